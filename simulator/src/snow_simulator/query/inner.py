"""A query inside another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..store.database import quoted
from ..store.records import RawRecords
from .ast import Query
from .operators import Sql

if TYPE_CHECKING:
    from .compile import Compiler


def found(inner: Compiler, query: Query) -> Sql:
    """FROM and WHERE of what the query finds: of that only what the caller may read."""
    compiled = inner.compile(query)
    table, base, guard = inner.table, inner.paths.base, inner.paths.guard
    visible = guard.rows_of(table, base) if guard else None
    conditions = [f"({compiled.where})", RawRecords.class_condition(table, base), visible[0] if visible else ""]
    where = " AND ".join(filter(None, conditions))
    source = f"FROM {quoted(table.root.name)} AS {base} {compiled.joins} WHERE {where}"
    return source, [*compiled.parameters, *(visible[1] if visible else [])]
