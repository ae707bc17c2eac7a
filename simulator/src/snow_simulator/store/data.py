"""Loads YAML data sets: schema, choices, models and records."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from .database import Database
from .document import DataError, Document
from .dump import contents_of, load_dump
from .loader import load_dictionary, load_records
from .schema import Schema
from .schema_yaml import build_schema, merge_tables

_HERE = Path(__file__).parent.parent / "data"
_BUILT_IN = ("minimal", "demo")
# The C loader reads the demo data ten times faster.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class DataSet:
    """What the files of a data set say, merged."""

    schema: Schema
    documents: tuple[Document, ...]
    models: tuple[dict[str, Any], ...]
    # The tables that are not built in, as YAML has them.
    own_tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    # Of a dump: the document, and the contents of its attachments by sys_id.
    dump: dict[str, Any] | None = None
    contents: dict[str, bytes] = field(default_factory=dict)


def read_data_set(name: str) -> DataSet:
    """`minimal`, `demo`, the path of a YAML file (or a directory of them) in the same format, or that of a dump."""
    return _built_in(name) if name in _BUILT_IN else _read_data_set(name)


@lru_cache(maxsize=len(_BUILT_IN))
def _built_in(name: str) -> DataSet:
    """Files of one's own may change while the process runs; these do not."""
    return _read_data_set(name)


def _read_data_set(name: str) -> DataSet:
    documents = [_read(path) for path in sorted((_HERE / "schema").glob("*.yml"))]
    documents.append(_read(_HERE / "models.yml"))
    own = _documents(name)
    documents.extend(own)
    models: dict[str, dict[str, Any]] = {}
    for document in documents:
        for model in document.get("models") or ():
            if not isinstance(model, dict) or not {"sys_id", "name"} <= set(model):
                raise DataError("models: each has at least 'sys_id' and 'name'")
            models[str(model["sys_id"])] = model
    try:
        schema = build_schema(documents)
        own_tables = merge_tables(own)
        dump = next((document for document in own if "dump" in document), None)
        contents = contents_of(dump) if dump else {}
    except ValueError as error:
        raise DataError(str(error)) from None
    except (AttributeError, TypeError, KeyError) as error:
        raise DataError(f"tables have not the expected form: {error}") from None
    kept = {name: value for name, value in dump.items() if name != "contents"} if dump else None
    return DataSet(schema, tuple(documents), tuple(models.values()), own_tables, kept, contents)


def fill(database: Database, data: DataSet) -> None:
    """Create every table and put the data set's records there."""
    database.create()
    database.begin()
    try:
        if data.dump:
            load_dictionary(database)
            load_dump(database, data.dump)
        else:
            load_records(database, data.documents, data.models)
    except ValueError as error:
        raise DataError(str(error)) from None
    except (AttributeError, TypeError, KeyError) as error:
        raise DataError(f"choices or records have not the expected form: {error}") from None
    database.commit()


def _documents(name: str) -> list[Document]:
    if name == "minimal":
        return [_read(_HERE / "minimal.yml")]
    if name == "demo":
        files = sorted((_HERE / "demo").glob("*.yml"))
        return [_read(_HERE / "minimal.yml"), *map(_read, files)]
    path = Path(name)
    if not path.exists():
        raise DataError(f"No data set '{name}': it is neither one of {', '.join(_BUILT_IN)} nor a file")
    files = sorted(path.glob("*.yml")) if path.is_dir() else [path]
    own = [_read(file) for file in files]
    if any("dump" in document for document in own):
        if len(own) > 1:
            raise DataError(f"{name}: a dump stands for itself, there is nothing to add to it")
        return own
    base = next((str(document["extends"]) for document in own if document.get("extends")), "minimal")
    if base not in _BUILT_IN:
        raise DataError(f"'extends' is one of {', '.join(_BUILT_IN)}, not '{base}'")
    return [*_documents(base), *own]


def _read(path: Path) -> Document:
    try:
        text = path.read_text(encoding="utf-8")
        document = json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=_LOADER)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise DataError(f"{path}: {error}") from None
    if not isinstance(document, dict):
        raise DataError(f"{path}: a mapping is expected, with 'tables', 'choices', 'models' or 'records'")
    return Document(str(path), document)
