"""Joins: `JOINsys_user.sys_id=sys_user_group.manager!active=true` finds users who manage an active group.

What follows `!` is a query of the other table. It reaches to the next join or to the end, but for what sorts the whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..store.database import quoted
from ..store.records import RawRecords
from ..store.schema import Table
from .ast import Join, Query
from .operators import Sql
from .paths import BASE, Column

if TYPE_CHECKING:
    from .compile import Compiled, Compiler

# `^^` before it is a caret of a value, not the beginning of a join.
_JOIN = re.compile(r"(?:^|(?<!\^)\^)JOIN(\w+)\.(\w+)=(\w+)\.(\w+)!")


def parse_joins(text: str, parse: Callable[[str], Query]) -> Query:
    """The query with its joins; `parse` reads the parts between them."""
    head, *rest = _JOIN.split(text)
    query = parse(head)
    for start in range(0, len(rest), 5):
        table, field, other, key, condition = rest[start : start + 5]
        inner = parse(condition)
        query.order += inner.order
        query.joins.append(Join(table, field, other, key, inner))
    return query


def joined(compiler: Compiler, joins: list[Join]) -> list[Sql]:
    """The conditions of these joins; one that cannot be read counts as an invalid condition."""
    return [sql for sql in (_condition(compiler, join) for join in joins) if sql]


def _condition(compiler: Compiler, join: Join) -> Sql | None:
    other, column = compiler.schema.get(join.other), compiler.paths.resolve(join.field)
    key = other.fields.get(join.key) if other else None
    readable = all(field and field.type != "password" for field in (column and column.field, key))
    if other is None or column is None or not readable or not compiler.table.extends(join.table):
        compiler.ignored.append(f"{join.table}.{join.field}")
        return None
    inner = type(compiler)(compiler.schema, compiler.choices, other, compiler.scope).compile(join.query)
    compiler.applied.append(join.field)
    compiler.ignored += inner.ignored
    compiler.denied += inner.denied
    return _fits(column, join.key, other, inner)


def _fits(column: Column, key: str, other: Table, inner: Compiled) -> Sql:
    """`column` is among the values of `key` in what the inner query finds; a query of its own has its own aliases."""
    condition = RawRecords.class_condition(other, BASE)
    where = f"({inner.where})" + (f" AND {condition}" if condition else "")
    source = f"FROM {quoted(other.root.name)} AS {BASE} {inner.joins} WHERE {where}"
    sql = f"{column.sql} <> '' AND {column.sql} IN (SELECT {BASE}.{quoted(key)} {source})"
    return f"({sql})", inner.parameters
