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

    Every join must hold beside that, and `related` restricts the whole union.
    """

    branches: list[list[list[Condition]]] = field(default_factory=list)
    order: list[tuple[str, bool]] = field(default_factory=list)
    invalid: list[str] = field(default_factory=list)
    joins: list[Join] = field(default_factory=list)
    related: list[Related] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Related:
    """RLQUERY: how many records of another table refer to the record, of those that `query` finds.

    `count` is an operator and a number as written (`>=1`, `=0`, `BETWEEN1@3`), maybe with `,m2m`.
    """

    table: str
    field: str
    count: str
    query: Query
