"""Conditions on dates: ranges (ON), trends (DATEPART), relative ones, and one date against another."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from ..values import dates
from ..values.calendar import UNITS, period, shift
from . import operators
from .moments import range_of
from .operators import Sql
from .paths import Column
from .script import PREFIX, Scope, arguments_of, evaluate

_AMOUNT = r"(\d{1,6})"
_RELATIVE = re.compile(rf"^@(minute|hour|dayofweek|day|week|month|quarter|year)@(ago|ahead)@{_AMOUNT}$")
_DISTANCE = re.compile(rf"^(minute|hour|day|week|month|quarter|year)@(before|after|before or after)@{_AMOUNT}$")
_SYMBOLS = {"GT": ">", "GE": ">=", "LT": "<", "LE": "<=", "EE": "="}
_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def zone_of(column: Column, scope: Scope) -> str:
    """A date without a time is the same everywhere."""
    return "" if column.field.type == "glide_date" else scope.zone_name


def value_for(column: Column, value: str, scope: Scope) -> str | None:
    """A compared value with its script run. A moment becomes the user's date for a field that holds no time."""
    found = evaluate(value, scope)
    if found and value.startswith(PREFIX) and column.field.type == "glide_date":
        return dates.displayed(found, scope.zone)[:10]
    return found


def between(column: Column, ends: list[str], scope: Scope) -> Sql | None:
    low, high = (value_for(column, end, scope) for end in ends)
    if low is None or high is None:
        return None
    (first, one), (last, other) = operators.at_least(column, low), operators.at_most(column, high)
    return f"({first} AND {last})", [*one, *other]


def on(column: Column, value: str, scope: Scope) -> Sql | None:
    """`Today@<first>@<last>` as lists make it, or the name of a range or a date alone."""
    name, *ends = value.split("@")
    if len(ends) == 2:
        return between(column, ends, scope)
    if ends:
        return None
    found = range_of("".join(word[:1].upper() + word[1:] for word in name.split()), scope.now, scope.zone)
    if found is None:
        day = dates.parse(name, scope.zone)
        found = period(day.astimezone(scope.zone), "day") if day else None
    if found is None:
        return None
    first, last = (dates.stored(end) for end in found)
    if column.field.type == "glide_date":
        first, last = (dates.displayed(end, scope.zone)[:10] for end in (first, last))
    return between(column, [first, last], scope)


def not_on(column: Column, value: str, scope: Scope) -> Sql | None:
    inside = on(column, value, scope)
    return (f"NOT ({inside[0]})", inside[1]) if inside else None


def relative(column: Column, operator: str, value: str, scope: Scope) -> Sql | None:
    """RELATIVEGT@hour@ago@2: after two hours ago. EE means: in that hour (day, month ..)."""
    match = _RELATIVE.match(value)
    if not match or not column.field.is_date:
        return None
    unit = "day" if match[1] == "dayofweek" else match[1]
    steps = int(match[3]) * (-1 if match[2] == "ago" else 1)
    try:
        local = scope.now.astimezone(UTC if unit in ("minute", "hour") else scope.zone)
        moment = shift(local, unit, steps).astimezone(scope.zone)
        if operator == "RELATIVEEE":
            return between(column, [_comparable(column, end) for end in period(moment, unit)], scope)
        return operators.SIMPLE[_SYMBOLS[operator[-2:]]](column, _comparable(column, moment))
    except (OverflowError, ValueError):
        return None


def _comparable(column: Column, moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}" if column.field.type == "glide_date" else dates.stored(moment)


def date_part(column: Column, value: str, scope: Scope) -> Sql | None:
    """`Monday@javascript:gs.datePart('dayofweek','monday','GE')`: from Monday to Saturday, as weeks begin on Sunday."""
    _, _, script = value.partition("@")
    arguments = arguments_of(script, "datePart")
    if arguments is None or len(arguments) != 3 or not column.field.is_date:
        return None
    unit, wanted, comparison = arguments
    number = _part_number(unit, wanted.strip().lower())
    if number is None or comparison not in _SYMBOLS:
        return None
    parameters: list[object] = [unit, zone_of(column, scope), number]
    return f"COALESCE(date_part({column.sql}, ?, ?) {_SYMBOLS[comparison]} ?, 0)", parameters


def _part_number(unit: str, wanted: str) -> int | None:
    match unit:
        case "dayofweek":
            return _DAYS.index(wanted) if wanted in _DAYS else None
        case "month":
            return _MONTHS.index(wanted[:3]) + 1 if wanted[:3] in _MONTHS else None
        case "year" | "quarter" | "week" | "hour":
            return int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 5 else None
    return None


def same_unit(left: Column, operator: str, right: Column, unit: str, scope: Scope) -> Sql | None:
    """SAMEAS and NSAMEAS with `@day`: both dates in the same day (week, month ..)."""
    if unit not in UNITS or not (left.field.is_date and right.field.is_date):
        return None
    periods = [f"COALESCE(date_period({column.sql}, ?, ?), '')" for column in (left, right)]
    symbol = operators.FIELD_TO_FIELD[operator]
    return f"({periods[0]} {symbol} {periods[1]})", [unit, zone_of(left, scope), unit, zone_of(right, scope)]


def distance(left: Column, operator: str, right: Column, value: str) -> Sql | None:
    """`day@before@3`: the date is more (or less) than three days before the other one.

    Less than three days before does not mean after; `before or after` looks both ways.
    """
    match = _DISTANCE.match(value)
    if not match or not (left.field.is_date and right.field.is_date):
        return None
    unit, direction, amount = match[1], match[2], int(match[3])
    found, parameters = [], list[object]()
    for side in direction.split(" or "):
        found.append(_one_side(left, right, before=side == "before", near=operator == "LESSTHAN"))
        parameters += [unit, -amount if side == "before" else amount]
    return f"({left.sql} <> '' AND {right.sql} <> '' AND ({' OR '.join(found)}))", parameters


def _one_side(left: Column, right: Column, *, before: bool, near: bool) -> str:
    limit = f"date_shift({right.sql}, ?, ?)"
    if left.field.type == "glide_date":
        limit = f"substr({limit}, 1, 10)"
    if not near:
        return f"{left.sql} {'<' if before else '>'} {limit}"
    symbols = (">", "<=") if before else ("<", ">=")
    return f"({left.sql} {symbols[0]} {limit} AND {left.sql} {symbols[1]} {right.sql})"
