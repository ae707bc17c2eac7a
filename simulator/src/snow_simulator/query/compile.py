"""A parsed query, to SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..store.choices import Choices
from ..store.schema import Schema, Table
from . import dynamic, operators, periods, sorting
from .ast import Condition, Query
from .joins import joined
from .operators import Sql
from .parse import TEXT_QUERY
from .paths import BASE, Column, Guard, Paths
from .related import counted
from .script import Scope

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
    """Compiles queries on one table for one caller. `base` is the table's alias in the SQL.

    `guard` keeps what the caller may not look at out of them.
    """

    def __init__(
        self,
        schema: Schema,
        choices: Choices,
        table: Table,
        scope: Scope,
        guard: Guard | None = None,
        *,
        base: str = BASE,
    ) -> None:
        self.choices = choices
        self.table = table
        self.schema = schema
        self.scope = scope
        letters = scope.records.database.letters if scope.records else ()
        self.paths = Paths(schema, table, letters, base, guard)
        self.applied: list[str] = []
        self.ignored: list[str] = []
        self.denied: list[str] = []

    def compile(self, query: Query, *, strict: bool = False) -> Compiled:
        """`strict` is glide.invalid_query.returns_no_rows: an invalid part leaves no rows."""
        branches = [self._branch(branch) for branch in query.branches]
        found = [_combine("OR", branches)] if branches else []
        found += [*counted(self, query.related), *joined(self, query.joins)]
        where, parameters = _combine("AND", found) if found else ("1", [])
        order = sorting.order(self.paths, query.order)
        self.ignored += order.ignored
        self.denied += order.denied
        if strict and self.ignored:
            where, parameters = "0", []
        parameters = [*self.paths.parameters, *parameters]
        return Compiled(self.paths.joins(), where, parameters, order.sql, self.applied, self.ignored, self.denied)

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
        columns = [column for column in map(self.paths.resolve, names) if column and column.readable]
        return operators.text_search(columns, condition.value.split()[:_MAX_WORDS])

    def _field(self, condition: Condition) -> Sql | None:
        column = self._readable(condition.field)
        if column is None:
            return None
        if special := self._special(condition.operator):
            return special(column, condition)
        many = dynamic.listed(condition.value, self.scope)
        if many is not None:
            return operators.membership(column, condition.operator, many)
        value = periods.value_for(column, condition.value, self.scope)
        if value is None:
            return None
        if condition.operator in operators.BY_DISPLAY:
            column = self.paths.display(column, condition.field)
        return operators.SIMPLE[condition.operator](column, value)

    def _readable(self, path: str) -> Column | None:
        """The column of a condition; None for an unknown one, and for a secret, which makes the query denied."""
        column = self.paths.resolve(path) if path else None
        if column and (column.field.is_secret or not column.readable):
            self.denied.append(path)
            return None
        return column

    def _special(self, operator: str) -> Callable[[Column, Condition], Sql | None] | None:
        if operator in operators.FIELD_TO_FIELD or operator in ("MORETHAN", "LESSTHAN"):
            return self._other_field
        if operator.startswith("RELATIVE"):
            return lambda column, condition: periods.relative(column, operator, condition.value, self.scope)
        on_dates = {"ON": periods.on, "NOTON": periods.not_on, "DATEPART": periods.date_part}
        if operator in on_dates:
            return lambda column, condition: on_dates[operator](column, condition.value, self.scope)
        return {
            "BETWEEN": self._between,
            "DYNAMIC": self._dynamic,
            "INSTANCEOF": self._instance_of,
            "DISPLAY": self._display_equals,
        }.get(operator)

    def _other_field(self, column: Column, condition: Condition) -> Sql | None:
        name, separator, rest = condition.value.partition("@")
        other = self._readable(name)
        if other is None:
            return None
        if condition.operator in ("MORETHAN", "LESSTHAN"):
            return periods.distance(column, condition.operator, other, rest)
        if separator:
            same = condition.operator in ("SAMEAS", "NSAMEAS")
            return periods.same_unit(column, condition.operator, other, rest, self.scope) if same else None
        return operators.compare_fields(column, condition.operator, other)

    def _between(self, column: Column, condition: Condition) -> Sql | None:
        ends = condition.value.split("@")
        return periods.between(column, ends, self.scope) if len(ends) == 2 else None

    def _dynamic(self, column: Column, condition: Condition) -> Sql | None:
        values = dynamic.option(condition.value, self.scope)
        return None if values is None else operators.one_of(column, values)

    def _instance_of(self, column: Column, condition: Condition) -> Sql | None:
        table = self.schema.get(condition.value)
        if table is None or column.field.type != "sys_class_name":
            return None
        return operators.one_of(column, [item.name for item in table.descendants()])

    def _display_equals(self, column: Column, condition: Condition) -> Sql:
        """Name-value pairs take values and display values."""
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


def _combine(word: str, parts: list[Sql]) -> Sql:
    """A balanced tree of AND or OR: SQLite limits the depth of an expression."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    left, left_parameters = _combine(word, parts[:middle])
    right, right_parameters = _combine(word, parts[middle:])
    return f"({left} {word} {right})", left_parameters + right_parameters
