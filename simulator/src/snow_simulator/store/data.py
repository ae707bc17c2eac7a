"""Loads YAML data sets: schema, choices, models and records."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from .database import Database
from .document import DataError, Document
from .loader import load_records
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
    models: tuple[dict[str, Any], ...]


@lru_cache(maxsize=8)
def read_data_set(name: str) -> DataSet:
    """`minimal`, `demo`, or the path of a YAML file (or a directory of them) in the same format."""
    documents = [_read(path) for path in sorted((_HERE / "schema").glob("*.yml"))]
    documents.append(_read(_HERE / "models.yml"))
    documents.extend(_documents(name))
    models: dict[str, dict[str, Any]] = {}
    for document in documents:
        for model in document.get("models") or ():
            if not isinstance(model, dict) or not {"sys_id", "name"} <= set(model):
                raise DataError("models: each has at least 'sys_id' and 'name'")
            models[str(model["sys_id"])] = model
    try:
        schema = build_schema(documents)
    except ValueError as error:
        raise DataError(str(error)) from None
    except (AttributeError, TypeError, KeyError) as error:
        raise DataError(f"tables have not the expected form: {error}") from None
    return DataSet(schema, tuple(documents), tuple(models.values()))


def fill(database: Database, data: DataSet) -> None:
    """Create every table and put the data set's records there."""
    database.create()
    database.begin()
    try:
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
    base = next((str(document["extends"]) for document in own if document.get("extends")), "minimal")
    if base not in _BUILT_IN:
        raise DataError(f"'extends' is one of {', '.join(_BUILT_IN)}, not '{base}'")
    return [*_documents(base), *own]


def _read(path: Path) -> Document:
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except (OSError, yaml.YAMLError) as error:
        raise DataError(f"{path}: {error}") from None
    if not isinstance(document, dict):
        raise DataError(f"{path}: a mapping is expected, with 'tables', 'choices', 'models' or 'records'")
    return Document(str(path), document)
