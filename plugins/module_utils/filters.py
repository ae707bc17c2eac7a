# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions as plain data, the way YAML says them. No input or output.

.. code-block:: yaml

    state: [new, assess]                      # one of them
    short_description: {contains: database}   # an operator and its value
    sys_created_on: {after: 2026-01-01, before: 2026-02-01T00:00:00Z}   # both
    assigned_to: null                         # empty
    caller_id: {value: 681c..., link: ...}    # a reference as it was read
    or:                                       # at least one of these
      - priority: 1
      - {impact: 1, urgency: 1}

All keys of a mapping hold together. Every value is escaped, so data from anywhere may stand there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.encoded import Condition, Query, Term
from ansible_collections.changegate.snow.plugins.module_utils.errors import QueryExpressionError, QueryTypeError
from ansible_collections.changegate.snow.plugins.module_utils.query import DATETIME_FORMAT, escape, fits_a_list, plain
from ansible_collections.changegate.snow.plugins.module_utils.values import parse_datetime

#: A union of more branches than this is a query that no server should be sent.
MOST_BRANCHES = 64
_UNITS = ("minute", "hour", "day", "week", "month", "quarter", "year")
_SIMPLE = {
    "contains": "LIKE",
    "not_contains": "NOT LIKE",
    "starts_with": "STARTSWITH",
    "ends_with": "ENDSWITH",
    "greater_than": ">",
    "greater_or_equal": ">=",
    "less_than": "<",
    "less_or_equal": "<=",
}
_MOMENTS = {"after": ">", "on_or_after": ">=", "before": "<", "on_or_before": "<="}
_COLUMNS = {
    "same_as": "SAMEAS",
    "not_same_as": "NSAMEAS",
    "greater_than_column": "GT_FIELD",
    "greater_or_equal_column": "GT_OR_EQUALS_FIELD",
    "less_than_column": "LT_FIELD",
    "less_or_equal_column": "LT_OR_EQUALS_FIELD",
}
#: A reference as a record holds it, so that what was read can be asked for.
_CELL = frozenset({"value", "display_value", "link"})
_IDS = {"dynamic": "DYNAMIC", "instance_of": "INSTANCEOF"}

Terms = list[list[Term]]
"""Groups that all hold; of each group one term does."""


def from_data(data: Mapping[str, Any]) -> Query:
    """The query that *data* says; an empty mapping is the query for everything.

    Raises :class:`QueryTypeError` or another :class:`QueryError` that names the column and what it takes.
    """
    if not isinstance(data, Mapping):
        raise QueryTypeError(f"Conditions are a mapping of columns to values, not {type(data).__name__}.")
    query = Query()
    for name, wanted in data.items():
        # A server takes column names in any case; in an encoded query capitals could be read as an operator.
        query &= _either(wanted) if name == "or" else _column(str(name).lower(), wanted)
        if len(query.branches) > MOST_BRANCHES:
            raise QueryExpressionError(f"The conditions make more than {MOST_BRANCHES} alternatives; ask in parts.")
    return query


def _either(wanted: object) -> Query:
    """``or:`` a list of mappings. Alternatives of one condition each stay one group; others become a union."""
    if not isinstance(wanted, (list, tuple)) or not wanted:
        raise QueryTypeError("'or' takes a list of conditions, at least one.")
    parts = [from_data(item) for item in wanted]
    if not all(part.branches for part in parts):
        raise QueryTypeError("An alternative under 'or' has no condition.")
    single = [part.branches[0][0] for part in parts if len(part.branches) == 1 and len(part.branches[0]) == 1]
    if len(single) == len(parts):
        return Query(((tuple(term for group in single for term in group),),))
    query = parts[0]
    for part in parts[1:]:
        query |= part
    return query


def _column(name: str, wanted: object) -> Query:
    if isinstance(wanted, Mapping) and "value" in wanted and _CELL.issuperset(wanted):
        wanted = wanted["value"]
    if not isinstance(wanted, Mapping):
        return _query([_equals(name, wanted)])
    if not wanted:
        raise QueryTypeError(f"{name} has no operator; give one of {', '.join(sorted(OPERATIONS))}.")
    groups: Terms = []
    for operator, value in wanted.items():
        make = OPERATIONS.get(str(operator))
        if make is None:
            known = ", ".join(sorted(OPERATIONS))
            raise QueryExpressionError(f"{name}: {operator!r} is not an operator; give one of {known}.")
        groups += make(name, value)
    return _query(groups)


def _query(groups: Iterable[Iterable[Term]]) -> Query:
    return Query((tuple(tuple(group) for group in groups),))


# One value, or several of which one holds --------------------------------------------------------------


def _equals(name: str, wanted: object) -> list[Term]:
    if isinstance(wanted, (list, tuple)):
        return _one_of(name, wanted)
    if _is_empty(wanted):
        return [Condition(name, "ISEMPTY")]
    return [Condition(name, "=", _text(name, wanted))]


def _one_of(name: str, wanted: Iterable[object]) -> list[Term]:
    """``IN`` for what it can carry; a value with a comma or with blanks at an end, and an empty one, become conditions
    of their own: members of a list are divided at commas, and trimmed."""
    values = list(wanted)
    if not values:
        raise QueryTypeError(f"{name} has an empty list, which no record matches; give at least one value.")
    texts = [_text(name, value) for value in values if not _is_empty(value)]
    listed = list(dict.fromkeys(text for text in texts if fits_a_list(text)))
    terms: list[Term] = []
    if len(listed) > 1:
        terms.append(Condition(name, "IN", ",".join(listed)))
    elif listed:
        terms.append(Condition(name, "=", listed[0]))
    terms += [Condition(name, "=", text) for text in dict.fromkeys(texts) if not fits_a_list(text)]
    if len(texts) < len(values):
        terms.append(Condition(name, "ISEMPTY"))
    return terms


def _differs(name: str, wanted: object) -> Terms:
    """None of the values; each with a comma, and an empty one, is a condition that must hold as well."""
    values = list(wanted) if isinstance(wanted, (list, tuple)) else [wanted]
    if not values:
        raise QueryTypeError(f"{name} has an empty list; give at least one value.")
    texts = [_text(name, value) for value in values if not _is_empty(value)]
    listed = list(dict.fromkeys(text for text in texts if fits_a_list(text)))
    groups: Terms = []
    if len(listed) > 1:
        groups.append([Condition(name, "NOT IN", ",".join(listed))])
    elif listed:
        groups.append([Condition(name, "!=", listed[0])])
    groups += [[Condition(name, "!=", text)] for text in dict.fromkeys(texts) if not fits_a_list(text)]
    if len(texts) < len(values):
        groups.append([Condition(name, "ISNOTEMPTY")])
    return groups


def _is_empty(value: object) -> bool:
    return value is None or value == ""


def _text(name: str, value: object) -> str:
    """The value unescaped: the condition escapes it. What cannot be a value is refused here, with the column."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    try:
        text = plain(value)
        escape(text)
    except QueryTypeError as error:
        raise QueryTypeError(f"{name}: {error.message}") from None
    return text


# Operators ---------------------------------------------------------------------------------------------

Operation = Callable[[str, Any], Terms]


def _simple(operator: str) -> Operation:
    """A list holds if one of its values does, but for NOT LIKE, where all must."""

    def make(name: str, wanted: object) -> Terms:
        values = list(wanted) if isinstance(wanted, (list, tuple)) else [wanted]
        if not values or any(_is_empty(value) for value in values):
            raise QueryTypeError(f"{name}: {operator} takes a value, and it is empty.")
        terms: list[Term] = [Condition(name, operator, _text(name, value)) for value in values]
        return [[term] for term in terms] if operator.startswith("NOT") else [terms]

    return make


def _moment(operator: str) -> Operation:
    def make(name: str, wanted: object) -> Terms:
        return [[Condition(name, operator, _moment_text(name, wanted))]]

    return make


def _moment_text(name: str, wanted: object) -> str:
    """A point in time in UTC; a date alone stays one, which the server takes as its midnight."""
    if isinstance(wanted, date) and not isinstance(wanted, datetime):
        return wanted.isoformat()
    if isinstance(wanted, str) and len(wanted) == 10:
        try:
            return date.fromisoformat(wanted).isoformat()
        except ValueError:
            pass
    moment = parse_datetime(wanted)
    if moment is None:
        raise QueryTypeError(f"{name}: {wanted!r} is not a date or a time; give one like 2026-07-15T08:00:00Z.")
    return moment.strftime(DATETIME_FORMAT)


def _other_column(operator: str) -> Operation:
    def make(name: str, wanted: object) -> Terms:
        other = Condition(str(wanted), "ISEMPTY").column
        return [[Condition(name, operator, other)]]

    return make


def _identifier(operator: str) -> Operation:
    def make(name: str, wanted: object) -> Terms:
        if not isinstance(wanted, str) or not wanted:
            raise QueryTypeError(f"{name}: {operator} takes an identifier.")
        return [[Condition(name, operator, _text(name, wanted))]]

    return make


def _empty(name: str, wanted: object) -> Terms:
    if not isinstance(wanted, bool):
        raise QueryTypeError(f"{name}: 'empty' takes true or false, not {wanted!r}.")
    return [[Condition(name, "ISEMPTY" if wanted else "ISNOTEMPTY")]]


def _between(name: str, wanted: object) -> Terms:
    if not isinstance(wanted, (list, tuple)) or len(wanted) != 2:
        raise QueryTypeError(f"{name}: 'between' takes two values, from and to.")
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in wanted)
    start, end = (str(value) if numbers else _moment_text(name, value) for value in wanted)
    return [[Condition(name, "BETWEEN", f"{start}@{end}")]]


def _relative(operator: str, direction: str, opposite: str = "") -> Operation:
    """``within_last: 7 days``, ``older_than: 1 month``: relative to the server's present, which *opposite* keeps to."""

    def make(name: str, wanted: object) -> Terms:
        words = str(wanted).split()
        unit = words[1].rstrip("s").lower() if len(words) == 2 else ""
        if unit not in _UNITS or not (words[0].isascii() and words[0].isdigit()):
            units = ", ".join(f"{unit}s" for unit in _UNITS)
            raise QueryTypeError(f"{name}: {wanted!r} is not a length of time; give a number and one of {units}.")
        groups: Terms = [[Condition(name, operator, f"@{unit}@{direction}@{words[0]}")]]
        if opposite:
            groups.append([Condition(name, opposite, f"@minute@{direction}@0")])
        return groups

    return make


def _all(name: str, wanted: object) -> Terms:
    """Several conditions with the same operator on one column: ``all: [{contains: a}, {contains: b}]``."""
    if not isinstance(wanted, (list, tuple)) or not all(isinstance(item, Mapping) for item in wanted):
        raise QueryTypeError(f"{name}: 'all' takes a list of conditions.")
    queries = [_column(name, item) for item in wanted]
    return [list(group) for query in queries for group in query.branches[0]]


OPERATIONS: dict[str, Operation] = {
    "equals": lambda name, wanted: [_equals(name, wanted)],
    "not_equals": _differs,
    "in": lambda name, wanted: [_one_of(name, wanted if isinstance(wanted, (list, tuple)) else [wanted])],
    "not_in": _differs,
    "empty": _empty,
    "between": _between,
    "within_last": _relative("RELATIVEGE", "ago", "RELATIVELE"),
    "older_than": _relative("RELATIVELT", "ago"),
    "within_next": _relative("RELATIVELE", "ahead", "RELATIVEGE"),
    "later_than": _relative("RELATIVEGT", "ahead"),
    "all": _all,
    **{name: _simple(operator) for name, operator in _SIMPLE.items()},
    **{name: _moment(operator) for name, operator in _MOMENTS.items()},
    **{name: _other_column(operator) for name, operator in _COLUMNS.items()},
    **{name: _identifier(operator) for name, operator in _IDS.items()},
}
