"""The parsed form of an encoded query."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Condition:
    """`field operator value`, as written."""

    field: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Join:
    """`table.field = other.key`, for what `query` finds in the other table."""

    table: str
    field: str
    other: str
    key: str
    query: Query


@dataclass(slots=True)
class Query:
    """A union of branches (^NQ); a branch is an "and" of groups; a group is an "or" of conditions.

    Every join must hold beside that.
    """

    branches: list[list[list[Condition]]] = field(default_factory=list)
    order: list[tuple[str, bool]] = field(default_factory=list)
    invalid: list[str] = field(default_factory=list)
    joins: list[Join] = field(default_factory=list)
