"""Loads YAML data sets: schema, choices, models and records."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from . import shapes
from .database import Database
from .document import DataError, Document, blamed, rows, scalar
from .dump import contents_of, definitions_of, load_dump
from .loader import load_dictionary, load_records
from .schema import Schema
from .schema_yaml import build_schema

_HERE = Path(__file__).parent.parent / "data"
_BUILT_IN = ("minimal", "demo")
# The C loader reads the demo data ten times faster.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class DataSet:
    """What the files of a data set say, merged."""

    schema: Schema
    documents: tuple[Document, ...]
    models: tuple[Document, ...]
    # Those of the documents that do not come with every data set.
    own: tuple[Document, ...] = ()
    # Of a dump: the document, and the contents of its attachments by sys_id.
    dump: Document | None = None
    contents: dict[str, bytes] = field(default_factory=dict)


def read_data_set(name: str) -> DataSet:
    """`minimal`, `demo`, the path of a YAML file (or a directory of them) in the same format, or that of a dump.

    Raises DataError.
    """
    return _built_in(name) if name in _BUILT_IN else _data_set(name)


@cache
def _built_in(name: str) -> DataSet:
    return _data_set(name)


def _data_set(name: str) -> DataSet:
    documents = [_shipped(path) for path in sorted((_HERE / "schema").glob("*.yml"))]
    documents.append(_shipped(_HERE / "models.yml"))
    own = _documents(name)
    documents.extend(own)
    models: dict[str, Document] = {}
    for document in documents:
        with blamed(document):
            for number, item in enumerate(rows(document.get("models"), "models")):
                place = f"models[{number}]"
                model = shapes.model(item, place)
                models[str(model["sys_id"])] = Document(f"{document.source}: {place}", model)
    dump, contents = next((document for document in own if "dump" in document), None), {}
    if dump:
        with blamed(dump):
            # Once is enough in memory.
            contents = contents_of(dump.pop("contents", None))
    return DataSet(build_schema(documents), tuple(documents), tuple(models.values()), _files(own), dump, contents)


def fill(database: Database, data: DataSet) -> None:
    """Create every table and put the data set's records there."""
    try:
        database.create()
        database.begin()
        if data.dump:
            load_dictionary(database)
            with blamed(data.dump):
                load_dump(database, data.dump)
        else:
            load_records(database, data.documents, data.models)
        database.commit()
    except sqlite3.Error as error:
        raise DataError(f"{data.documents[-1].source}: the data do not fit into a database: {error}") from None


def _documents(name: str) -> list[Document]:
    if name == "minimal":
        return [_shipped(_HERE / "minimal.yml")]
    if name == "demo":
        files = sorted((_HERE / "demo").glob("*.yml"))
        return [_shipped(_HERE / "minimal.yml"), *map(_shipped, files)]
    path = Path(name)
    if not path.exists():
        raise DataError(f"No data set '{name}': it is neither one of {', '.join(_BUILT_IN)} nor a file")
    files = sorted([*path.glob("*.yml"), *path.glob("*.yaml")]) if path.is_dir() else [path]
    if not files:
        raise DataError(f"{path}: there is no YAML file in this directory")
    own = [_read(file) for file in files]
    if dump := next((document for document in own if "dump" in document), None):
        if len(own) > 1:
            raise DataError(f"{dump.source}: a dump stands for itself, there is nothing to add to it")
        return [*definitions_of(dump), dump]
    return [*_documents(_base(own)), *own]


def _base(own: list[Document]) -> str:
    """What the first document that says so extends."""
    for document in own:
        with blamed(document):
            base = scalar(document.get("extends"), "extends")
            if base and base not in _BUILT_IN:
                raise ValueError(f"'extends' is one of {', '.join(_BUILT_IN)}, not '{base}'")
            if base:
                return base
    return _BUILT_IN[0]


@cache
def _shipped(path: Path) -> Document:
    """A file of the package. One's own may change while a process runs; these do not."""
    return _read(path)


def _read(path: Path) -> Document:
    try:
        text = path.read_text(encoding="utf-8")
        document = json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise DataError(f"{path}: {where}{error.problem or error.context}") from None
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        raise DataError(f"{path}: {' '.join(str(error).split())}") from None
    if not isinstance(document, dict):
        raise DataError(f"{path}: a mapping is expected, with 'tables', 'choices', 'models' or 'records'")
    sections = shapes.DUMP_SECTIONS if "dump" in document else shapes.SECTIONS
    for key in document:
        if key not in sections:
            known = [name for name in sections if name not in shapes.ANCHORS]
            raise DataError(f"{path}: there is no section '{key}', only {', '.join(known)}")
    return Document(str(path), document)


def _files(own: list[Document]) -> tuple[Document, ...]:
    """Not a dump's records, which would be in memory twice."""
    return tuple(document for document in own if "dump" not in document)
