"""One SQL fragment for each operator. Text compares without regard to (ASCII) case."""

from __future__ import annotations

import json
from collections.abc import Callable

from ..store.schema import Field
from ..values.convert import decimal, integer
from .paths import Column

Sql = tuple[str, list[object]]
COLLATE = "COLLATE NOCASE"


def literal(field: Field, value: str) -> str:
    """A compared value in the form that is stored: numbers without zeros, booleans as words."""
    if field.type == "integer":
        return integer(value) or value
    if field.type == "decimal":
        return decimal(value) or value
    if field.type == "boolean":
        return {"1": "true", "0": "false"}.get(value, value)
    return value


def equals(column: Column, value: str) -> Sql:
    return f"{column.sql} = ? {COLLATE}", [literal(column.field, value)]


def differs(column: Column, value: str) -> Sql:
    return f"{column.sql} <> ? {COLLATE}", [literal(column.field, value)]


def is_in(column: Column, value: str) -> Sql:
    values = [literal(column.field, item.strip()) for item in value.split(",")]
    return f"{column.sql} {COLLATE} IN (SELECT value FROM json_each(?))", [json.dumps(values)]


def not_in(column: Column, value: str) -> Sql:
    sql, parameters = is_in(column, value)
    return f"NOT ({sql})", parameters


def like(column: Column, value: str) -> Sql:
    return f"instr(lower({column.sql}), lower(?)) > 0", [value]


def not_like(column: Column, value: str) -> Sql:
    return f"instr(lower({column.sql}), lower(?)) = 0", [value]


def starts_with(column: Column, value: str) -> Sql:
    return f"substr(lower({column.sql}), 1, length(?)) = lower(?)", [value, value]


def ends_with(column: Column, value: str) -> Sql:
    if not value:
        return "1", []
    return f"substr(lower({column.sql}), -length(?)) = lower(?)", [value, value]


def is_empty(column: Column, value: str) -> Sql:
    return f"{column.sql} = ''", []


def is_not_empty(column: Column, value: str) -> Sql:
    return f"{column.sql} <> ''", []


def anything(column: Column, value: str) -> Sql:
    return "1", []


def _ordered(symbol: str) -> Callable[[Column, str], Sql]:
    def compare(column: Column, value: str) -> Sql:
        """Numbers as numbers, all else as text; an unset field is neither less nor more than anything."""
        if not column.field.is_number:
            return f"({column.sql} <> '' AND {column.sql} {symbol} ? {COLLATE})", [value]
        number = decimal(value)
        if number is None:
            return "0", []
        return f"({column.sql} <> '' AND CAST({column.sql} AS REAL) {symbol} ?)", [float(number)]

    return compare


less, more, at_most, at_least = (_ordered(symbol) for symbol in ("<", ">", "<=", ">="))

SIMPLE: dict[str, Callable[[Column, str], Sql]] = {
    "=": equals,
    "!=": differs,
    "IN": is_in,
    "NOT IN": not_in,
    "LIKE": like,
    "NOT LIKE": not_like,
    "STARTSWITH": starts_with,
    "ENDSWITH": ends_with,
    "ISEMPTY": is_empty,
    "ISNOTEMPTY": is_not_empty,
    "ANYTHING": anything,
    "<": less,
    ">": more,
    "<=": at_most,
    ">=": at_least,
}
# On a reference these look at its display value (facts: a name is what one sees and filters by).
BY_DISPLAY = frozenset({"LIKE", "NOT LIKE", "STARTSWITH", "ENDSWITH"})

FIELD_TO_FIELD = {
    "SAMEAS": "=",
    "NSAMEAS": "<>",
    "GT_FIELD": ">",
    "LT_FIELD": "<",
    "GT_OR_EQUALS_FIELD": ">=",
    "LT_OR_EQUALS_FIELD": "<=",
}


def compare_fields(left: Column, operator: str, right: Column) -> Sql:
    symbol = FIELD_TO_FIELD[operator]
    if symbol in ("=", "<>"):
        return f"{left.sql} {symbol} {right.sql} {COLLATE}", []
    both = f"{left.sql} <> '' AND {right.sql} <> ''"
    if left.field.is_number and right.field.is_number:
        return f"({both} AND CAST({left.sql} AS REAL) {symbol} CAST({right.sql} AS REAL))", []
    return f"({both} AND {left.sql} {symbol} {right.sql} {COLLATE})", []


def text_search(columns: list[str], words: list[str]) -> Sql:
    """Every word somewhere in one of the columns."""
    if not words or not columns:
        return "1", []
    # Each column on its own line, so that a word cannot span two of them.
    joined = " || char(10) || ".join(columns)
    return " AND ".join(f"instr(lower({joined}), lower(?)) > 0" for _ in words), list(words)
