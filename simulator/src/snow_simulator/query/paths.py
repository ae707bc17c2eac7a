"""Dot-walked field names to SQL expressions and the joins they need."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Protocol

from ..store.database import quoted
from ..store.schema import Field, Schema, Table

# SQLite joins at most 64 tables.
MAX_JOINS = 60
BASE = "t"


@dataclass(frozen=True, slots=True)
class Column:
    """One end of a path: its SQL expression, never NULL.

    `letters`: it holds letters beyond ASCII, so SQLite's NOCASE is not enough to compare it.
    """

    sql: str
    field: Field
    table: Table
    letters: bool = False
    readable: bool = True

    @property
    def folded(self) -> str:
        """The expression to compare under COLLATE NOCASE; the bare column, with its index, wherever that is right."""
        return f"fold({self.sql})" if self.letters else self.sql

    @property
    def number(self) -> str:
        """The expression as a number; of an amount of money without its currency."""
        bare = f"substr({self.sql}, instr({self.sql}, ';') + 1)" if self.field.is_money else self.sql
        return f"CAST({bare} AS REAL)"


class Guard(Protocol):
    """What the caller of a query may look at."""

    def may_query(self, table: Table, field: Field) -> bool: ...

    def rows_of(self, table: Table, alias: str) -> tuple[str, list[object]] | None:
        """A condition that leaves of the joined table only what the caller may read; None: all of it."""


class Paths:
    """Resolves names against one base table and collects LEFT JOINs, one for each reference walked.

    `base` is the alias of the table, `letters` names columns with letters beyond ASCII. With a guard a record that the
    caller may not read is walked to as if the reference were unset.
    """

    def __init__(
        self,
        schema: Schema,
        table: Table,
        letters: Container[tuple[str, str]] = (),
        base: str = BASE,
        guard: Guard | None = None,
    ) -> None:
        self.schema = schema
        self.table = table
        self.base = base
        self.guard = guard
        self.parameters: list[object] = []
        self._letters = letters
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
        table, alias, walked, readable = self.table, self.base, "", True
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
        readable = readable and not field.is_secret and (guard is None or guard.may_query(table, field))
        letters = (table.root.name, last) in self._letters
        return Column(self._expression(alias, last), field, table, letters, readable)

    def joins(self) -> str:
        return " ".join(sql for _, sql in self._joins.values())

    def _join(self, walked: str, alias: str, name: str, target: Table, guard: Guard | None) -> str | None:
        if guard is None and self.guard is not None:
            walked += "!"
        if walked not in self._joins:
            if len(self._joins) >= MAX_JOINS:
                return None
            joined = f"{self.base}_{len(self._joins)}"
            source = f"{alias}.{quoted(name)}"
            # An unset reference must not meet a record, so the empty key is excluded by its absence.
            sql = f"LEFT JOIN {quoted(target.root.name)} AS {joined} ON {joined}.sys_id = {source}"
            if guard and (rows := guard.rows_of(target, joined)):
                sql += f" AND {rows[0]}"
                self.parameters += rows[1]
            self._joins[walked] = (joined, sql)
        return self._joins[walked][0]

    def _expression(self, alias: str, name: str) -> str:
        column = f"{alias}.{quoted(name)}"
        return column if alias == self.base else f"COALESCE({column}, '')"
