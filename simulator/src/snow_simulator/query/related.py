"""RLQUERY: how many records of another table refer to each record."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..store.schema import Table
from .operators import Sql

_COUNT = re.compile(r"^(?:(>=|<=|>|<|=)(\d{1,9})|BETWEEN(\d{1,9})@(\d{1,9}))(?:,m2m)?$")


def counted(text: str) -> tuple[Callable[[int], bool], str, list[object]] | None:
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


def refers(related: Table, field: str, to: Table) -> bool:
    """Whether a field of the related table is a reference to records of that table."""
    item = related.fields.get(field)
    return bool(item and item.type == "reference" and (to.extends(item.reference) or _below(to, item.reference)))


def _below(table: Table, name: str) -> bool:
    return any(item.name == name for item in table.descendants())


def restriction(key: str, field: str, found: Sql, count: str) -> Sql | None:
    """Records (by their key) that so many rows of `found` refer to; whoever has none is in no group of rows."""
    condition = counted(count)
    if condition is None:
        return None
    holds, having, numbers = condition
    sql, parameters = found
    if holds(0):
        inner, membership = f"NOT ({having})", "NOT IN"
    else:
        inner, membership = having, "IN"
    return f"{key} {membership} (SELECT {field} {sql} GROUP BY {field} HAVING {inner})", [*parameters, *numbers]
