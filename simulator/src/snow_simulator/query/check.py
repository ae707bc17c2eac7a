"""Whether a query that somebody wrote down can be read in full."""

from __future__ import annotations

from datetime import UTC, datetime

from ..store.choices import Choices
from ..store.schema import Schema, Table
from .compile import Compiler
from .parse import parse
from .script import Scope


class QueryCheck:
    """For queries in data sets, which are never to be read in part."""

    def __init__(self, schema: Schema, choices: Choices) -> None:
        self.schema = schema
        self.choices = choices
        self.scope = Scope("", "", UTC, datetime.now(UTC))

    def __call__(self, table: Table, query: str, place: str) -> str:
        """The query; ValueError names the condition that the table has no field for, or that is none."""
        compiled = Compiler(self.schema, self.choices, table, self.scope).compile(parse(query))
        if wrong := [*compiled.ignored, *compiled.denied]:
            raise ValueError(f"{place}: in '{query}', '{wrong[0]}' is no condition on table '{table.name}'")
        return query
