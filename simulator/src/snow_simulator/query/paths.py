"""Dot-walked field names to SQL expressions and the joins they need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ..store.database import quoted
from ..store.schema import Field, Schema, Table

# SQLite joins at most 64 tables.
MAX_JOINS = 60
BASE = "t"


@dataclass(frozen=True, slots=True)
class Column:
    """One end of a path: its SQL expression, never NULL."""

    sql: str
    field: Field
    table: Table
    readable: bool = True


class Guard(Protocol):
    """What the caller of a query may look at."""

    def may_query(self, table: Table, field: Field) -> bool: ...

    def rows_of(self, table: Table, alias: str) -> tuple[str, list[object]] | None:
        """A condition that leaves of the joined table only what the caller may read; None: all of it."""


class Paths:
    """Resolves names against one base table and collects LEFT JOINs, one for each reference walked.

    With a guard a record that the caller may not read is walked to as if the reference were unset.
    """

    def __init__(self, schema: Schema, table: Table, guard: Guard | None = None) -> None:
        self.schema = schema
        self.table = table
        self.guard = guard
        self.parameters: list[object] = []
        self._joins: dict[str, tuple[str, str]] = {}

    def resolve(self, path: str) -> Column | None:
        """None if a name on the way does not exist or is no reference."""
        return self._resolve(path, self.guard)

    def display(self, column: Column, path: str) -> Column:
        """What a reference is displayed as; the column itself for other fields.

        An instance shows it to whoever sees the reference, may they read the record or not.
        """
        if column.field.type != "reference":
            return column
        target = self.schema[column.field.reference]
        return self._resolve(f"{path}.{target.display_field()}", None) or column

    def _resolve(self, path: str, guard: Guard | None) -> Column | None:
        table, alias, walked, readable = self.table, BASE, "", True
        *references, last = path.split(".")
        for name in references:
            field = table.fields.get(name)
            target = self.schema.get(field.reference) if field and field.type == "reference" else None
            if field is None or target is None:
                return None
            readable = readable and (guard is None or guard.may_query(table, field))
            walked += f".{name}"
            joined = self._join(walked, alias, name, target, guard)
            if joined is None:
                return None
            table, alias = target, joined
        field = table.fields.get(last)
        if field is None:
            return None
        readable = readable and field.type != "password" and (guard is None or guard.may_query(table, field))
        return Column(self._expression(alias, last), field, table, readable)

    def joins(self) -> str:
        return " ".join(sql for _, sql in self._joins.values())

    def _join(self, walked: str, alias: str, name: str, target: Table, guard: Guard | None) -> str | None:
        if guard is None and self.guard is not None:
            walked += "!"
        if walked not in self._joins:
            if len(self._joins) >= MAX_JOINS:
                return None
            joined = f"j{len(self._joins)}"
            source = f"{alias}.{quoted(name)}"
            # An unset reference must not meet a record, so the empty key is excluded by its absence.
            sql = f"LEFT JOIN {quoted(target.root.name)} AS {joined} ON {joined}.sys_id = {source}"
            if guard and (rows := guard.rows_of(target, joined)):
                sql += f" AND {rows[0]}"
                self.parameters += rows[1]
            self._joins[walked] = (joined, sql)
        return self._joins[walked][0]

    @staticmethod
    def _expression(alias: str, name: str) -> str:
        column = f"{alias}.{quoted(name)}"
        return column if alias == BASE else f"COALESCE({column}, '')"
