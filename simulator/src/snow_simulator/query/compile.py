"""A parsed query, to SQL."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from ..store.choices import Choices
from ..store.schema import Schema, Table
from ..values import dates
from . import operators
from .ast import Condition, Query
from .joins import joined
from .operators import Sql
from .parse import TEXT_QUERY
from .paths import BASE, Column, Guard, Paths
from .script import Scope, evaluate

# The Dynamic Filter Option "Me" has this sys_id on every instance.
_ME = "90d1921e5f510100a9ad2572f2b477fe"
_RELATIVE = re.compile(r"^@(minute|hour|dayofweek|day|week)@(ago|ahead)@(\d{1,6})$")
_MAX_WORDS = 20


@dataclass(slots=True)
class Compiled:
    """The pieces of a SELECT, with the parameters of `joins` and `where` in that order.

    `applied` and `ignored` name the fields of the query, `denied` those that the caller may not read.
    """

    joins: str
    where: str
    parameters: list[object]
    order: str
    applied: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)


class Compiler:
    def __init__(
        self, schema: Schema, choices: Choices, table: Table, scope: Scope, guard: Guard | None = None
    ) -> None:
        self.choices = choices
        self.table = table
        self.schema = schema
        self.scope = scope
        self.paths = Paths(schema, table, guard)
        self.applied: list[str] = []
        self.ignored: list[str] = []
        self.denied: list[str] = []

    def compile(self, query: Query, *, strict: bool = False) -> Compiled:
        """`strict` is glide.invalid_query.returns_no_rows: an invalid part leaves no rows."""
        branches = [self._branch(branch) for branch in query.branches]
        found = _combine("OR", branches) if branches else ("1", [])
        where, parameters = _combine("AND", [found, *joined(self, query.joins)])
        order = self._order(query.order)
        if strict and self.ignored:
            where, parameters = "0", []
        parameters = [*self.paths.parameters, *parameters]
        return Compiled(self.paths.joins(), where, parameters, order, self.applied, self.ignored, self.denied)

    def _branch(self, groups: list[list[Condition]]) -> Sql:
        compiled = [sql for sql in map(self._group, groups) if sql]
        return _combine("AND", compiled) if compiled else ("1", [])

    def _group(self, conditions: list[Condition]) -> Sql | None:
        """None if nothing valid is left of it: the group is dropped."""
        compiled = [sql for sql in map(self._condition, conditions) if sql]
        return _combine("OR", compiled) if compiled else None

    def _condition(self, condition: Condition) -> Sql | None:
        sql = self._text_query(condition) if condition.field == TEXT_QUERY else self._field(condition)
        (self.applied if sql else self.ignored).append(condition.field or condition.value)
        return sql

    def _text_query(self, condition: Condition) -> Sql:
        names = [item.name for item in self.table.fields.values() if item.type == "string"]
        columns = [column.sql for column in map(self.paths.resolve, names) if column and column.readable]
        return operators.text_search(columns, condition.value.split()[:_MAX_WORDS])

    def _field(self, condition: Condition) -> Sql | None:
        column = self.paths.resolve(condition.field) if condition.field else None
        if column is None:
            return None
        if not column.readable:
            self.denied.append(condition.field)
            return None
        if condition.operator in operators.FIELD_TO_FIELD:
            return self._other_field(column, condition)
        special = self._special(condition.operator)
        if special:
            return special(column, condition)
        value = evaluate(condition.value, self.scope)
        if value is None:
            return None
        if condition.operator in operators.BY_DISPLAY:
            column = self.paths.display(column, condition.field)
        return operators.SIMPLE[condition.operator](column, value)

    def _special(self, operator: str) -> Callable[[Column, Condition], Sql | None] | None:
        if operator.startswith("RELATIVE"):
            return self._relative
        return {
            "BETWEEN": self._between,
            "ON": self._on,
            "NOTON": self._not_on,
            "DYNAMIC": self._dynamic,
            "INSTANCEOF": self._instance_of,
            "DISPLAY": self._display_equals,
        }.get(operator)

    def _other_field(self, column: Column, condition: Condition) -> Sql | None:
        other = self.paths.resolve(condition.value)
        if other is None:
            return None
        if not other.readable:
            self.denied.append(condition.value)
            return None
        return operators.compare_fields(column, condition.operator, other)

    def _between(self, column: Column, condition: Condition) -> Sql | None:
        parts = condition.value.split("@")
        return self._range(column, parts) if len(parts) == 2 else None

    def _on(self, column: Column, condition: Condition) -> Sql | None:
        parts = condition.value.split("@")
        return self._range(column, parts[1:]) if len(parts) == 3 else None

    def _not_on(self, column: Column, condition: Condition) -> Sql | None:
        inside = self._on(column, condition)
        return (f"NOT ({inside[0]})", inside[1]) if inside else None

    def _range(self, column: Column, ends: list[str]) -> Sql | None:
        low, high = (evaluate(end, self.scope) for end in ends)
        if low is None or high is None:
            return None
        return _combine("AND", [operators.at_least(column, low), operators.at_most(column, high)])

    def _relative(self, column: Column, condition: Condition) -> Sql | None:
        match = _RELATIVE.match(condition.value)
        if not match or not column.field.is_date:
            return None
        unit = {"minute": "minutes", "hour": "hours", "week": "weeks"}.get(match[1], "days")
        distance = timedelta(**{unit: int(match[3])})
        try:
            moment = self.scope.now - distance if match[2] == "ago" else self.scope.now + distance
        except OverflowError:
            return None
        symbol = {"GT": ">", "GE": ">=", "LT": "<", "LE": "<="}[condition.operator[-2:]]
        return operators.SIMPLE[symbol](column, dates.stored(moment))

    def _dynamic(self, column: Column, condition: Condition) -> Sql | None:
        return operators.equals(column, self.scope.user_id) if condition.value == _ME else None

    def _instance_of(self, column: Column, condition: Condition) -> Sql | None:
        table = self.schema.get(condition.value)
        if table is None or column.field.type != "sys_class_name":
            return None
        return operators.is_in(column, ",".join(item.name for item in table.descendants()))

    def _display_equals(self, column: Column, condition: Condition) -> Sql:
        """Name-value pairs take values and display values (facts, section 2)."""
        value = condition.value
        by_label = self.choices.by_label(column.table, column.field.name, value)
        options = [operators.equals(column, value)]
        if by_label is not None:
            options.append(operators.equals(column, by_label))
        shown = self.paths.display(column, condition.field)
        if shown is not column:
            options.append(operators.equals(shown, value))
            # assigned_to=john.smith is the documents' own example.
            if column.field.reference == "sys_user":
                user_name = self.paths.resolve(f"{condition.field}.user_name")
                options.extend([operators.equals(user_name, value)] if user_name else [])
        return _combine("OR", options)

    def _order(self, keys: list[tuple[str, bool]]) -> str:
        parts = []
        for path, descending in keys:
            column = self.paths.resolve(path)
            if column is None or not column.readable:
                (self.denied if column else self.ignored).append(path)
                continue
            shown = self.paths.display(column, path)
            parts.append(_sort_key(shown) + (" DESC" if descending else ""))
        # SQLite allows 2,000 terms; nobody reads beyond the first few.
        return ", ".join(parts[:50]) or f"{BASE}.rowid"


def _sort_key(column: Column) -> str:
    if column.field.is_number:
        # Unset numbers come first, as NULL does in the instance's database.
        return f"CASE WHEN {column.sql} = '' THEN NULL ELSE CAST({column.sql} AS REAL) END"
    return f"{column.sql} {operators.COLLATE}"


def _combine(word: str, parts: list[Sql]) -> Sql:
    """A balanced tree of AND or OR: SQLite limits the depth of an expression."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    left, left_parameters = _combine(word, parts[:middle])
    right, right_parameters = _combine(word, parts[middle:])
    return f"({left} {word} {right})", left_parameters + right_parameters
