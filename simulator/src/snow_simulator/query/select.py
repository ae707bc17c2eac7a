"""Runs a compiled query."""

from __future__ import annotations

from dataclasses import dataclass

from ..store.database import quoted
from ..store.records import RawRecords, Record
from ..store.schema import Table
from .compile import Compiled
from .paths import BASE


@dataclass(slots=True)
class Page:
    """Records of one page, and how many there are in all."""

    records: list[Record]
    total: int


def select(records: RawRecords, table: Table, compiled: Compiled, *, limit: int, offset: int) -> Page:
    """The page of `table` that the query asks for; fields of extending tables are left out."""
    names = list(table.fields)
    if "sys_class_name" not in table.fields:
        names.append("sys_class_name")
    columns = ", ".join(f"{BASE}.{quoted(name)}" for name in names)
    body = _body(records, table, compiled)
    sql = f"SELECT {columns} {body} ORDER BY {compiled.order} LIMIT ? OFFSET ?"
    rows = records.database.rows(sql, [*compiled.parameters, limit, offset])
    total = len(rows) + offset
    # The total need not be counted where this page shows the end.
    if len(rows) == limit or (offset and not rows):
        total = count(records, table, compiled)
    return Page([dict(zip(names, row, strict=True)) for row in rows], total)


def count(records: RawRecords, table: Table, compiled: Compiled) -> int:
    sql = f"SELECT COUNT(*) {_body(records, table, compiled)}"
    return int(records.database.rows(sql, compiled.parameters)[0][0])


def _body(records: RawRecords, table: Table, compiled: Compiled) -> str:
    condition = records.class_condition(table, BASE)
    where = f"({compiled.where})" + (f" AND {condition}" if condition else "")
    return f"FROM {quoted(table.root.name)} AS {BASE} {compiled.joins} WHERE {where}"
