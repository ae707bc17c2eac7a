"""Runs a compiled query."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from ..store.database import Row, quoted
from ..store.records import RawRecords, Record
from ..store.schema import Table
from .compile import Compiled
from .paths import BASE


@dataclass(slots=True)
class Page:
    """The rows of one page, their columns, and how many there are in all."""

    names: list[str]
    rows: list[Row]
    total: int

    @property
    def records(self) -> list[Record]:
        return [dict(zip(self.names, row, strict=True)) for row in self.rows]

    def keep(self, records: list[Record]) -> None:
        """Only these of its records; `total` stays."""
        ids, position = {record["sys_id"] for record in records}, self.names.index("sys_id")
        self.rows = [row for row in self.rows if row[position] in ids]


def select(
    records: RawRecords,
    table: Table,
    compiled: Compiled,
    *,
    limit: int,
    offset: int,
    shown: Iterable[str] | None = None,
) -> Page:
    """The page of `table` that the query asks for; fields of extending tables are left out.

    `shown`: fields, or paths that begin with one, that somebody wants to see. None: all. Others may be left out.
    """
    names = _names(table, shown)
    plain = not table.children and compiled.order == f"{BASE}.rowid"
    source = body(records, table, compiled.joins, compiled.where, by_index=plain)
    # Which records first, and only then their columns: those of one page need not be sorted or skipped over.
    sql = f"SELECT {BASE}.rowid {source} ORDER BY {compiled.order} LIMIT ? OFFSET ?"
    ids = [row[0] for row in records.database.rows(sql, [*compiled.parameters, limit, offset])]
    total = len(ids) + offset
    # The total need not be counted where this page shows the end.
    if len(ids) == limit or (offset and not ids):
        total = count(records, table, compiled)
    return Page(names, _rows(records, table, names, ids), total)


def count(records: RawRecords, table: Table, compiled: Compiled) -> int:
    source = body(records, table, compiled.joins, compiled.where, by_index=True)
    return records.database.count(f"SELECT COUNT(*) {source}", compiled.parameters)


def body(records: RawRecords, table: Table, joins: str, where: str, *, by_index: bool = False) -> str:
    """FROM and WHERE: the records of `table` and of what extends it that a compiled query is about.

    `by_index`: the index of classes serves well, if the query itself restricts nothing.
    """
    condition = records.class_condition(table, BASE, by_index=by_index and where == "1")
    both = f"({where})" + (f" AND {condition}" if condition else "")
    return f"FROM {quoted(table.root.name)} AS {BASE} {joins} WHERE {both}"


def _names(table: Table, shown: Iterable[str] | None) -> list[str]:
    """The columns to read: most of what a page takes is the reading of columns."""
    known = [*table.fields, *(() if "sys_class_name" in table.fields else ("sys_class_name",))]
    if shown is None:
        return known
    # The class and the owner of a record decide what may be seen of it.
    needed = {"sys_id", "sys_class_name", *table.belongs_to, *(name.partition(".")[0] for name in shown)}
    return [name for name in known if name in needed]


def _rows(records: RawRecords, table: Table, names: list[str], ids: list[str]) -> list[Row]:
    columns = ", ".join(f"{BASE}.{quoted(name)}" for name in names)
    source = f"json_each(?) AS page JOIN {quoted(table.root.name)} AS {BASE} ON {BASE}.rowid = page.value"
    return records.database.rows(f"SELECT {columns} FROM {source} ORDER BY page.key", [json.dumps(ids)])
