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
    source = body(records, table, compiled.joins, compiled.where)
    sql = f"SELECT {columns} {source} ORDER BY {compiled.order} LIMIT ? OFFSET ?"
    rows = records.database.rows(sql, [*compiled.parameters, limit, offset])
    total = len(rows) + offset
    # The total need not be counted where this page shows the end.
    if len(rows) == limit or (offset and not rows):
        total = count(records, table, compiled)
    return Page([dict(zip(names, row, strict=True)) for row in rows], total)


def count(records: RawRecords, table: Table, compiled: Compiled) -> int:
    sql = f"SELECT COUNT(*) {body(records, table, compiled.joins, compiled.where)}"
    return int(records.database.rows(sql, compiled.parameters)[0][0])


def body(records: RawRecords, table: Table, joins: str, where: str) -> str:
    """FROM and WHERE: the records of `table` and of what extends it that a compiled query is about."""
    condition = records.class_condition(table, BASE)
    both = f"({where})" + (f" AND {condition}" if condition else "")
    return f"FROM {quoted(table.root.name)} AS {BASE} {joins} WHERE {both}"
