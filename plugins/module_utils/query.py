# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Encoded queries that cannot be injected.

A value that reaches an encoded query unescaped can add conditions (``^``) or run a script on the server
(``javascript:``). Everything here refuses or escapes such values; a caller who wants the raw form says so.

Source: ServiceNow documentation, "Encoded query strings" and "Operators available for filters and queries".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timezone
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    InvalidIdentity,
    InvalidUsage,
    QueryEmpty,
    QueryExpressionError,
    QueryMissingField,
    QueryMultipleExpressions,
    QueryTypeError,
)

# Compiled at their first use: importing this file is what every task and script pays.
_FIELD = r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*\Z"
_TABLE = r"[A-Za-z][A-Za-z0-9_]*\Z"
_SYS_ID = r"[0-9a-fA-F]{32}\Z"
_SURROGATE = "[\ud800-\udfff]"
_CONTROL = r"[\x00-\x1f\x7f]"
#: What a template gives when its variable was never set: taken for an identifier, it finds nothing, or anything.
_EMPTY_WORDS = frozenset({"", "none", "null", "undefined", "omit"})

#: Not a number is not less than it, either.
_LARGEST = 10**100

DATETIME_FORMAT = "%Y-%m-%d %H:%M:%S"


def check_field(name: str) -> str:
    """*name* if it can be a column, dot-walked or not; raises :class:`QueryMissingField` otherwise."""
    if not isinstance(name, str) or not re.match(_FIELD, name):
        raise QueryMissingField(f"{name!r} is not a column name; give letters, digits, underscores and dots.")
    return name


def check_table(name: str) -> str:
    """*name* if it can be a table; raises :class:`InvalidUsage` otherwise."""
    if not isinstance(name, str) or not re.match(_TABLE, name):
        raise InvalidUsage(f"{name!r} is not a table name; give letters, digits and underscores.")
    return name


def is_sys_id(value: object) -> bool:
    """Whether *value* has the form of a sys_id: 32 hexadecimal digits."""
    return isinstance(value, str) and bool(re.match(_SYS_ID, value))


def check_sys_id(value: str, option: str = "sys_id") -> str:
    """*value* if it is a sys_id; raises :class:`InvalidIdentity` otherwise."""
    if not is_sys_id(value):
        raise InvalidIdentity(f"{option} is {value!r}, which is not a sys_id; give 32 hexadecimal digits.")
    return value.lower()


def check_identifier(value: object, option: str) -> str:
    """*value* as the text of an identifier; an empty one, or the text of an unset variable, is refused."""
    text = "" if value is None else str(value).strip()
    if text.lower() in _EMPTY_WORDS:
        raise InvalidIdentity(f"{option} is {value!r}; give the identifier of a record.")
    return text


def escape(value: str) -> str:
    """*value* as it may stand in a condition: ``^`` doubled; scripts and control characters refused."""
    if value.lower().lstrip().startswith("javascript:"):
        raise QueryTypeError("A query value begins with 'javascript:', which the server would run; pass it as raw.")
    if re.search(_SURROGATE, value):
        raise QueryTypeError(f"The query value {value!r} holds half a character, which UTF-8 cannot carry.")
    if re.search(_CONTROL, value):
        raise QueryTypeError(f"The query value {value!r} holds a line break or a control character.")
    return value.replace("^", "^^")


def plain(value: object) -> str:
    """A single query value as text, not escaped: datetimes in UTC (naive ones are UTC), booleans in lower case."""
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) or (isinstance(value, (int, float)) and abs(value) < _LARGEST):
        return str(value)
    if isinstance(value, (int, float)):
        raise QueryTypeError("A query value is a number that no column can hold; give a smaller one.")
    raise QueryTypeError(f"A query value is a string, a number, a boolean or a datetime, not {type(value).__name__}.")


def operand(value: object) -> str:
    """A single query value as escaped text, see :func:`plain`."""
    return escape(plain(value))


def fits_a_list(text: str) -> bool:
    """Whether *text* can be a member of ``IN``: its list is divided at commas, and its members are trimmed."""
    return "," not in text and text == text.strip()


def utc_text(moment: datetime) -> str:
    """*moment* in ServiceNow's stored form, UTC; a naive datetime counts as UTC."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=timezone.utc)
    try:
        return aware.astimezone(timezone.utc).strftime(DATETIME_FORMAT)
    except OverflowError as error:
        raise QueryTypeError(f"{moment} has no time in UTC; give a later or an earlier one.") from error


def equals(field: str, value: object) -> str:
    """One escaped condition ``field=value``."""
    return f"{check_field(field)}={operand(value)}"


def all_of(conditions: Mapping[str, object]) -> str:
    """All of *conditions*, each an equality: column to value."""
    if not conditions:
        raise QueryEmpty("At least one condition is required.")
    return "^".join(equals(field, value) for field, value in conditions.items())


class QueryBuilder:
    """A fluent builder with pysnow's names, whose values are escaped.

    ``str(builder)`` is the encoded query; an unfinished one raises.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._field: str | None = None
        self._complete = False

    def field(self, field: str) -> QueryBuilder:
        """Set the column that the next condition is about."""
        self._field = check_field(field)
        return self

    def order_descending(self) -> QueryBuilder:
        return self._order("ORDERBYDESC")

    def order_ascending(self) -> QueryBuilder:
        return self._order("ORDERBY")

    def starts_with(self, starts_with: str) -> QueryBuilder:
        return self._text("STARTSWITH", starts_with)

    def ends_with(self, ends_with: str) -> QueryBuilder:
        return self._text("ENDSWITH", ends_with)

    def contains(self, contains: str) -> QueryBuilder:
        return self._text("LIKE", contains)

    def not_contains(self, not_contains: str) -> QueryBuilder:
        return self._text("NOT LIKE", not_contains)

    def is_empty(self) -> QueryBuilder:
        return self._add("ISEMPTY", "")

    def is_not_empty(self) -> QueryBuilder:
        return self._add("ISNOTEMPTY", "")

    def equals(self, data: object) -> QueryBuilder:
        """``=`` for one value, ``IN`` for a list, with OR for what that cannot carry (a comma, blanks at an end)."""
        return self._one_or_many(data, "=", "IN")

    def not_equals(self, data: object) -> QueryBuilder:
        """``!=`` for one value, ``NOT IN`` for a list."""
        return self._one_or_many(data, "!=", "NOT IN")

    def greater_than(self, greater_than: int | float | date) -> QueryBuilder:
        return self._compare(">", greater_than)

    def greater_than_or_equal(self, greater_than: int | float | date) -> QueryBuilder:
        return self._compare(">=", greater_than)

    def less_than(self, less_than: int | float | date) -> QueryBuilder:
        return self._compare("<", less_than)

    def less_than_or_equal(self, less_than: int | float | date) -> QueryBuilder:
        return self._compare("<=", less_than)

    def between(self, start: Any, end: Any) -> QueryBuilder:
        """Between two integers, or two datetimes (or dates, which begin at midnight).

        Naive datetimes are in the time zone of the ServiceNow user, as pysnow has it, and aware ones in UTC.
        """
        if isinstance(start, date) and isinstance(end, date):
            return self._add("BETWEEN", f"{_generated(_moment(start))}@{_generated(_moment(end))}")
        if _is_int(start) and _is_int(end):
            return self._add("BETWEEN", f"{start}@{end}")
        raise QueryTypeError("between() takes two integers or two datetimes.")

    def raw(self, condition: str) -> QueryBuilder:
        """Add *condition* (operator and value) as it stands, unescaped: for what the server should evaluate."""
        if not isinstance(condition, str):
            raise QueryTypeError(f"raw() takes a string, not {type(condition).__name__}.")
        return self._add("", condition)

    def AND(self) -> QueryBuilder:
        return self._join("^")

    def OR(self) -> QueryBuilder:
        return self._join("^OR")

    def NQ(self) -> QueryBuilder:
        return self._join("^NQ")

    def __str__(self) -> str:
        if not self._parts:
            raise QueryEmpty("At least one condition is required.")
        if self._field is None:
            raise QueryMissingField("A logical operator must be followed by a field().")
        if not self._complete:
            raise QueryExpressionError("field() must be followed by a condition.")
        return "".join(self._parts)

    def _text(self, operator: str, value: str) -> QueryBuilder:
        self._about()
        if not isinstance(value, str):
            raise QueryTypeError(f"{operator} takes a string, not {type(value).__name__}.")
        return self._add(operator, escape(value))

    def _one_or_many(self, data: object, single: str, many: str) -> QueryBuilder:
        if isinstance(data, (str, int, float, datetime)):
            return self._add(single, operand(data))
        if not isinstance(data, (list, tuple)):
            raise QueryTypeError(f"Expected a string or a list, not {type(data).__name__}.")
        if not data:
            raise QueryTypeError("A list in a query is empty, which some instances take for any value; give one.")
        values = [operand(item) for item in data]
        listed = [value for value in values if fits_a_list(value)]
        others = [value for value in values if not fits_a_list(value)]
        if others and many != "IN":
            raise QueryTypeError(
                f"{many} takes no value with a comma or with blanks at an end; use not_equals() for each, with AND()."
            )
        conditions = [f"{many}{','.join(listed)}"] if listed or not others else []
        field = self._about()
        conditions += [f"={value}" for value in others]
        return self._written("^OR".join(f"{field}{condition}" for condition in conditions))

    def _compare(self, operator: str, value: object) -> QueryBuilder:
        if isinstance(value, date):
            return self._add(operator, utc_text(_moment(value)))
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise QueryTypeError(f"{operator} takes a number or a datetime, not {type(value).__name__}.")
        return self._add(operator, operand(value))

    def _order(self, keyword: str) -> QueryBuilder:
        # Not as pysnow has it: without a logical operator it would become a part of the value before it.
        return self._written(f"{keyword}{self._about()}")

    def _add(self, operator: str, text: str) -> QueryBuilder:
        return self._written(f"{self._about()}{operator}{text}")

    def _about(self) -> str:
        if not self._field:
            raise QueryMissingField("Conditions and orders require a field().")
        return self._field

    def _written(self, part: str) -> QueryBuilder:
        if self._complete:
            raise QueryMultipleExpressions("Expected a logical operator after the condition.")
        self._parts.append(part)
        self._complete = True
        return self

    def _join(self, operator: str) -> QueryBuilder:
        if not self._complete:
            raise QueryExpressionError("Logical operators must be preceded by a condition.")
        self._field = None
        self._complete = False
        self._parts.append(operator)
        return self


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _moment(day: date) -> datetime:
    """*day* as a datetime: itself if it is one, else its midnight."""
    return day if isinstance(day, datetime) else datetime(day.year, day.month, day.day)


def _generated(moment: datetime) -> str:
    """A datetime literal: a script in the user's time zone for a naive one, plain UTC text for an aware one."""
    if moment.tzinfo is not None:
        return utc_text(moment)
    return f'javascript:gs.dateGenerate("{moment.strftime(DATETIME_FORMAT)}")'
