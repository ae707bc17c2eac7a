"""RLQUERY: how many records of another table refer to each record."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..store.database import quoted
from ..store.schema import Table
from .ast import Related
from .inner import found
from .operators import Sql

if TYPE_CHECKING:
    from .compile import Compiler

_COUNT = re.compile(r"^(?:(>=|<=|>|<|=)(\d{1,9})|BETWEEN(\d{1,9})@(\d{1,9}))(?:,m2m)?$")


def _count(text: str) -> tuple[Callable[[int], bool], str, list[object]] | None:
    """What a count must be: as a predicate and as SQL on COUNT(*); None for text that is no such condition."""
    match = _COUNT.match(text)
    if not match:
        return None
    symbol, number, low, high = match.groups()
    if symbol is None:
        first, last = int(low), int(high)
        return (lambda count: first <= count <= last), "COUNT(*) BETWEEN ? AND ?", [first, last]
    wanted = int(number)
    compare: dict[str, Callable[[int], bool]] = {
        ">=": lambda count: count >= wanted,
        "<=": lambda count: count <= wanted,
        ">": lambda count: count > wanted,
        "<": lambda count: count < wanted,
        "=": lambda count: count == wanted,
    }
    return compare[symbol], f"COUNT(*) {symbol} ?", [wanted]


def _refers(related: Table, field: str, to: Table) -> bool:
    """Whether a field of the related table is a reference to records of that table."""
    item = related.fields.get(field)
    return bool(item and item.type == "reference" and (to.extends(item.reference) or _below(to, item.reference)))


def _below(table: Table, name: str) -> bool:
    return any(item.name == name for item in table.descendants())


def _restriction(key: str, field: str, found: Sql, count: str) -> Sql | None:
    """Records (by their key) that so many rows of `found` refer to; whoever has none is in no group of rows."""
    condition = _count(count)
    if condition is None:
        return None
    holds, having, numbers = condition
    sql, parameters = found
    if holds(0):
        inner, membership = f"NOT ({having})", "NOT IN"
    else:
        inner, membership = having, "IN"
    return f"{key} {membership} (SELECT {field} {sql} GROUP BY {field} HAVING {inner})", [*parameters, *numbers]


def counted(compiler: Compiler, wanted: list[Related]) -> list[Sql]:
    """The conditions of these related lists; one that cannot be read counts as an invalid condition."""
    return [sql for sql in (_condition(compiler, item) for item in wanted) if sql]


def _condition(compiler: Compiler, wanted: Related) -> Sql | None:
    table, key = compiler.schema.get(wanted.table), compiler.paths.resolve("sys_id")
    name = f"RLQUERY{wanted.table}.{wanted.field}"
    if table is None or key is None or not _refers(table, wanted.field, compiler.table):
        compiler.ignored.append(name)
        return None
    guard, base = compiler.paths.guard, f"{compiler.paths.base}r"
    if guard and not guard.may_query(table, table.fields[wanted.field]):
        compiler.denied.append(name)
        return None
    inner = type(compiler)(compiler.schema, compiler.choices, table, compiler.scope, guard, base=base)
    sql = _restriction(key.sql, f"{base}.{quoted(wanted.field)}", found(inner, wanted.query), wanted.count)
    compiler.ignored += inner.ignored
    compiler.denied += inner.denied
    (compiler.applied if sql else compiler.ignored).append(name)
    return sql
