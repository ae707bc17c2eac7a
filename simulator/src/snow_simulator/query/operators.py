"""One SQL fragment for each operator. Text compares without regard to case."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import product

from ..store.functions import fold
from ..store.schema import Field
from ..values import scalars
from .paths import Column

Sql = tuple[str, list[object]]
COLLATE = "COLLATE NOCASE"
# Text with more letters that SQLite cannot compare is looked for in every record instead of the index.
_MAX_LETTERS = 6


def literal(field: Field, value: str) -> str:
    """A compared value in the form that is stored; what cannot be stored there stays as it is and meets nothing."""
    if value and field.is_typed:
        return scalars.exact(field, value) or value
    return value


def equals(column: Column, value: str) -> Sql:
    value = literal(column.field, value)
    if value and column.field.is_money and ";" not in value:
        return _amount(column, "=", value)
    if not column.letters or value.isascii():
        return f"{column.sql} = ? {COLLATE}", [value]
    return one_of(column, [value])


def differs(column: Column, value: str) -> Sql:
    sql, parameters = equals(column, value)
    return f"NOT ({sql})", parameters


def one_of(column: Column, values: Sequence[str]) -> Sql:
    """The column holds one of the values. The index serves, unless there are too many letters to write every way."""
    ways = [_ways(value) for value in values] if column.letters else [[value] for value in values]
    if any(not found for found in ways):
        folded = json.dumps([fold(value) for value in values])
        return f"{column.folded} {COLLATE} IN (SELECT value FROM json_each(?))", [folded]
    flat = json.dumps([way for found in ways for way in found])
    return f"{column.sql} {COLLATE} IN (SELECT value FROM json_each(?))", [flat]


def membership(column: Column, operator: str, values: Sequence[str]) -> Sql | None:
    """What a script's list means to an operator: `=` is the same as IN. None for operators that take no list."""
    found = one_of(column, values)
    match operator:
        case "=" | "IN":
            return found
        case "!=" | "NOT IN":
            return f"NOT ({found[0]})", found[1]
    return None


def _ways(value: str) -> list[str]:
    """Each way to write the letters that NOCASE does not know: é and É. Empty if there are too many."""
    if value.isascii():
        return [value]
    letters = [_cases(letter) for letter in value]
    if sum(len(cases) > 1 for cases in letters) > _MAX_LETTERS:
        return []
    return ["".join(way) for way in product(*letters)]


def _cases(letter: str) -> list[str]:
    if letter.isascii():
        return [letter]
    forms = {letter, letter.lower(), letter.upper(), letter.title(), letter.casefold(), fold(letter)}
    return sorted(form for form in forms if len(form) == 1 and fold(form) == fold(letter))


def is_in(column: Column, value: str) -> Sql:
    items = [literal(column.field, item.strip()) for item in value.split(",")]
    sql, parameters = one_of(column, items)
    if not column.field.is_money:
        return sql, parameters
    amounts = json.dumps([float(found) for found in map(scalars.number, items) if found is not None])
    plain = f"{column.sql} <> '' AND {column.number} IN (SELECT value FROM json_each(?))"
    return f"({sql} OR ({plain}))", [*parameters, amounts]


def not_in(column: Column, value: str) -> Sql:
    sql, parameters = is_in(column, value)
    return f"NOT ({sql})", parameters


def like(column: Column, value: str) -> Sql:
    return f"instr(lower({column.folded}), lower(?)) > 0", [fold(value)]


def not_like(column: Column, value: str) -> Sql:
    return f"instr(lower({column.folded}), lower(?)) = 0", [fold(value)]


def starts_with(column: Column, value: str) -> Sql:
    return f"substr(lower({column.folded}), 1, length(?)) = lower(?)", [fold(value)] * 2


def ends_with(column: Column, value: str) -> Sql:
    if not value:
        return "1", []
    return f"substr(lower({column.folded}), -length(?)) = lower(?)", [fold(value)] * 2


def is_empty(column: Column, value: str) -> Sql:
    return f"{column.sql} = ''", []


def is_not_empty(column: Column, value: str) -> Sql:
    return f"{column.sql} <> ''", []


def anything(column: Column, value: str) -> Sql:
    return "1", []


def _ordered(symbol: str) -> Callable[[Column, str], Sql]:
    def compare(column: Column, value: str) -> Sql:
        """Numbers as numbers, all else as text; an unset field is neither less nor more than anything."""
        if column.field.is_number:
            return _amount(column, symbol, value)
        stored = fold(literal(column.field, value))
        return f"({column.sql} <> '' AND {column.folded} {symbol} ? {COLLATE})", [stored]

    return compare


def _amount(column: Column, symbol: str, value: str) -> Sql:
    number = scalars.number(value.rpartition(";")[2] if column.field.is_money else value)
    if number is None:
        return "0", []
    return f"({column.sql} <> '' AND {column.number} {symbol} ?)", [float(number)]


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
# On a reference these look at its display value (a name is what one sees and filters by).
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
        return f"{left.folded} {symbol} {right.folded} {COLLATE}", []
    both = f"{left.sql} <> '' AND {right.sql} <> ''"
    if left.field.is_number and right.field.is_number:
        return f"({both} AND {left.number} {symbol} {right.number})", []
    return f"({both} AND {left.folded} {symbol} {right.folded} {COLLATE})", []


def text_search(columns: list[Column], words: list[str]) -> Sql:
    """Every word somewhere in one of the columns."""
    if not words or not columns:
        return "1", []
    # Each column on its own line, so that a word cannot span two of them.
    joined = " || char(10) || ".join(column.folded for column in columns)
    parameters: list[object] = [fold(word) for word in words]
    return " AND ".join(f"instr(lower({joined}), lower(?)) > 0" for _ in words), parameters
