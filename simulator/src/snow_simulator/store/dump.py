"""A dump: everything that an instance keeps, as a document that can be loaded again, record by record as it was.

    dump: 1                                   the version of this format
    definitions: [{tables: .., models: ..}]   the tables, models and rules of each file of the data set, as there
    records: {<root table>: [{field: value}]} stored values, oldest first; what is empty is left out
    sequences: {<table>: <last number>}       so that numbers go on
    contents: {<sys_id of attachment>: base64}

Not in it: sys_db_object and sys_dictionary, which are made from the tables, and what is no data (settings, faults,
the log, the clock, tokens).
"""

from __future__ import annotations

import base64
import binascii
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from .database import Database, quoted
from .document import DataError, Document, blamed, mapping, rows, whole
from .records import RawRecords
from .shapes import DUMPED, text

VERSION = 1
_DERIVED = ("sys_db_object", "sys_dictionary")


def dump_records(raw: RawRecords) -> dict[str, list[dict[str, str]]]:
    found = {}
    for root in raw.schema.roots():
        if root.name not in _DERIVED and (records := raw.find(root, {})):
            own = {"sys_class_name": root.name}
            found[root.name] = [{k: v for k, v in item.items() if v and own.get(k) != v} for item in records]
    return found


def dump_definitions(documents: Iterable[Document]) -> list[dict[str, Any]]:
    found = ({name: document[name] for name in DUMPED if document.get(name)} for document in documents)
    return [sections for sections in found if sections]


def definitions_of(document: Document) -> list[Document]:
    """What the files of the data set said, of which the dump was made."""
    place = f"{document.source}: definitions"
    if document["dump"] != VERSION:
        raise DataError(f"{document.source}: dump: version {document['dump']!r} is not known, {VERSION} is")
    with blamed(document):
        parts = rows(document.get("definitions"), "definitions")
    return [Document(f"{place}[{number}]", part) for number, part in enumerate(parts)]


def load_dump(database: Database, document: Document) -> None:
    """ValueError says what is wrong with a dump that somebody has changed."""
    try:
        for name, records in mapping(document.get("records"), "records").items():
            _load_table(database, name, rows(records, f"records.{name}"))
    except sqlite3.IntegrityError as error:
        raise ValueError(f"records: {error}") from None
    for name, last in mapping(document.get("sequences"), "sequences").items():
        database.set_sequence(name, whole(last, f"sequences.{name}", 0))


def _load_table(database: Database, name: str, records: list[dict[str, Any]]) -> None:
    table = database.schema.get(name)
    if table is None or table.parent:
        raise ValueError(f"records: '{name}' is not a root table")
    columns = database.schema.columns(table)
    for record in records:
        if unknown := set(record) - set(columns):
            raise ValueError(f"records: table '{name}' has no field {', '.join(sorted(unknown))}")
        if not record.get("sys_id"):
            raise ValueError(f"records: a record of table '{name}' has no sys_id")
    names, marks = ", ".join(map(quoted, columns)), ", ".join("?" for _ in columns)
    sql = f"INSERT INTO {quoted(name)} ({names}) VALUES ({marks})"
    database.execute_many(sql, _rows(name, columns, records))


def _rows(name: str, columns: list[str], records: list[dict[str, Any]]) -> Iterator[list[str]]:
    for record in records:
        values = {"sys_class_name": name, **record}
        yield [text(values.get(column), f"records.{name}.{column}") for column in columns]


def contents_of(section: object) -> dict[str, bytes]:
    """The contents of attachments, by sys_id."""
    try:
        found = mapping(section, "contents").items()
        return {sys_id: base64.b64decode(encoded, validate=True) for sys_id, encoded in found}
    except (binascii.Error, ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"contents: {error}") from None
