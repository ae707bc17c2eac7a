"""Dot-walked field names to SQL expressions and the joins they need."""

from __future__ import annotations

from dataclasses import dataclass

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


class Paths:
    """Resolves names against one base table and collects LEFT JOINs, one for each reference walked."""

    def __init__(self, schema: Schema, table: Table) -> None:
        self.schema = schema
        self.table = table
        self._joins: dict[str, tuple[str, str]] = {}

    def resolve(self, path: str) -> Column | None:
        """None if a name on the way does not exist or is no reference."""
        table, alias, walked = self.table, BASE, ""
        *references, last = path.split(".")
        for name in references:
            field = table.fields.get(name)
            target = self.schema.get(field.reference) if field and field.type == "reference" else None
            if target is None:
                return None
            walked += f".{name}"
            joined = self._join(walked, alias, name, target)
            if joined is None:
                return None
            table, alias = target, joined
        field = table.fields.get(last)
        return Column(self._expression(alias, last), field, table) if field else None

    def display(self, column: Column, path: str) -> Column:
        """What a reference is displayed as; the column itself for other fields."""
        if column.field.type != "reference":
            return column
        target = self.schema[column.field.reference]
        return self.resolve(f"{path}.{target.display_field()}") or column

    def joins(self) -> str:
        return " ".join(sql for _, sql in self._joins.values())

    def _join(self, walked: str, alias: str, name: str, target: Table) -> str | None:
        if walked not in self._joins:
            if len(self._joins) >= MAX_JOINS:
                return None
            joined = f"j{len(self._joins)}"
            source = f"{alias}.{quoted(name)}"
            # An unset reference must not meet a record, so the empty key is excluded by its absence.
            sql = f"LEFT JOIN {quoted(target.root.name)} AS {joined} ON {joined}.sys_id = {source}"
            self._joins[walked] = (joined, sql)
        return self._joins[walked][0]

    @staticmethod
    def _expression(alias: str, name: str) -> str:
        column = f"{alias}.{quoted(name)}"
        return column if alias == BASE else f"COALESCE({column}, '')"
