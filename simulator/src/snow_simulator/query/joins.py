"""Joins: `JOINsys_user.sys_id=sys_user_group.manager!active=true` finds users who manage an active group.

What follows `!` is a query of the other table. It reaches to the next join or to the end, but for what sorts the whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from .ast import Join, Query
from .inner import found
from .operators import Sql

if TYPE_CHECKING:
    from .compile import Compiler

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
    guard = compiler.paths.guard
    inner = type(compiler)(compiler.schema, compiler.choices, other, compiler.scope, guard) if other else None
    key = inner.paths.resolve(join.key) if inner else None
    name = f"{join.table}.{join.field}"
    if not inner or not column or not key or not compiler.table.extends(join.table):
        compiler.ignored.append(name)
        return None
    if not (column.readable and key.readable):
        compiler.denied.append(name)
        return None
    source, parameters = found(inner, join.query)
    compiler.applied.append(name)
    compiler.ignored += inner.ignored
    compiler.denied += inner.denied
    # A query of its own has its own aliases.
    return f"({column.sql} <> '' AND {column.sql} IN (SELECT {key.sql} {source}))", parameters
