# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries that are too long for a URL, as several that find the same together. No input or output.

Some proxies refuse a URL of more than about 2,048 characters (414). Long queries are lists of values, or unions; both
can be asked for in parts. Only what is found matters, not its order: an ordered query is never split.
"""

from __future__ import annotations

from urllib.parse import quote_plus

from ansible_collections.changegate.snow.plugins.module_utils.encoded import Branch, Condition, Group, Query
from ansible_collections.changegate.snow.plugins.module_utils.errors import QueryError

#: With less room than this, dividing would only make many requests of one.
_LEAST = 300


def length(text: str) -> int:
    """How many characters *text* takes in a URL."""
    return len(quote_plus(text))


def parts_of(text: str, room: int) -> list[str]:
    """*text* as encoded queries that take no more than *room* characters of a URL each and find the same together,
    some records perhaps twice; *text* alone where it fits, or where it cannot be divided."""
    if length(text) <= room or room < _LEAST or "ORDERBY" in text:
        return [text]
    try:
        parts = _divided(Query.parse(text), room)
    except QueryError:
        return [text]
    return [str(part) for part in parts] if parts else [text]


def _divided(query: Query, room: int) -> list[Query] | None:
    """*query* in parts that fit, or None if there is none for some of it."""
    if length(str(query)) <= room:
        return [query]
    halves = _halves(query)
    if halves is None:
        return None
    found: list[Query] = []
    for half in halves:
        parts = _divided(half, room)
        if parts is None:
            return None
        found += parts
    return found


def _halves(query: Query) -> tuple[Query, Query] | None:
    branches = query.branches
    if not branches:
        return None
    if len(branches) > 1:
        middle = len(branches) // 2
        return Query(branches[:middle]), Query(branches[middle:])
    branch: Branch = branches[0]
    longest = max(range(len(branch)), key=lambda at: sum(len(str(term)) for term in branch[at]))
    groups = _group_halves(branch[longest])
    if groups is None:
        return None
    first, second = ((*branch[:longest], group, *branch[longest + 1 :]) for group in groups)
    return Query((first,)), Query((second,))


def _group_halves(group: Group) -> tuple[Group, Group] | None:
    if len(group) > 1:
        middle = len(group) // 2
        return group[:middle], group[middle:]
    term = group[0]
    if not isinstance(term, Condition) or term.operator != "IN" or "," not in term.value:
        return None
    values = term.value.split(",")
    middle = len(values) // 2
    first, second = (
        Condition(term.column, "IN", ",".join(half), term.raw) for half in (values[:middle], values[middle:])
    )
    return (first,), (second,)
