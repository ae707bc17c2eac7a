"""A dump: everything that an instance keeps, as a document that can be loaded again, record by record as it was.

    dump: 1                                   the version of this format
    tables, models                            as in a data set; of tables only what the data set added
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
from collections.abc import Iterator
from typing import Any

from .database import Database, quoted
from .loader import text_of
from .records import RawRecords

VERSION = 1
_DERIVED = ("sys_db_object", "sys_dictionary")


def dump_records(raw: RawRecords) -> dict[str, list[dict[str, str]]]:
    found = {}
    for root in raw.schema.roots():
        if root.name not in _DERIVED and (records := raw.find(root, {})):
            own = {"sys_class_name": root.name}
            found[root.name] = [{k: v for k, v in item.items() if v and own.get(k) != v} for item in records]
    return found


def load_dump(database: Database, document: dict[str, Any]) -> None:
    """ValueError says what is wrong with a dump that somebody has changed."""
    if document["dump"] != VERSION:
        raise ValueError(f"dump: version {document['dump']!r} is not known, {VERSION} is")
    try:
        for name, records in (document.get("records") or {}).items():
            _load_table(database, str(name), records)
    except sqlite3.IntegrityError as error:
        raise ValueError(f"records: {error}") from None
    for name, last in (document.get("sequences") or {}).items():
        database.set_sequence(str(name), int(last))


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
        whole = {"sys_class_name": name, **record}
        yield [text_of(whole.get(column)) for column in columns]


def contents_of(document: dict[str, Any]) -> dict[str, bytes]:
    """The contents of attachments, by sys_id."""
    try:
        found = (document.get("contents") or {}).items()
        return {str(sys_id): base64.b64decode(text, validate=True) for sys_id, text in found}
    except (binascii.Error, ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"contents: {error}") from None
