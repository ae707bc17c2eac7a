# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to ask a list for, from the options that say it. No input or output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Union

from ansible_collections.changegate.snow.plugins.module_utils import filters
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Condition, Query
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.query import check_field, check_identifier, is_sys_id

Conditions = Union[str, Mapping[str, Any]]


class Wanted(NamedTuple):
    """The records of a list: arguments of the list operations.

    *query* is None where there are *pairs*, and a text where an encoded query goes as it stands.
    """

    query: str | Query | None = None
    pairs: Mapping[str, Any] | None = None
    order: str | None = None
    text: str | None = None
    limit: int | None = None
    offset: int = 0


def wanted(
    query: Conditions | None = None,
    more: Mapping[str, Any] | None = None,
    pairs: Mapping[str, Any] | None = None,
    order_by: Sequence[str] = (),
    text: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Wanted:
    """The list that options ask for.

    :param query: conditions as plain data, or an encoded query, which goes as it stands.
    :param more: conditions that hold besides the query, or besides the pairs: column to value.
    :param order_by: columns; a minus before one means descending.
    :raises InvalidUsage: it makes no sense, or would ask for everything without saying so.
    """
    if limit is not None and limit < 1:
        raise InvalidUsage(f"limit is {limit}; give at least 1.")
    if text is not None and not text.strip():
        raise InvalidUsage("text_search is empty; give the words to search for.")
    order = _order(order_by)
    if pairs is None:
        found = _query(query, more or {}, order)
        return Wanted(found, None, None, text, limit, offset)
    if not pairs:
        raise InvalidUsage("filters is empty and would find everything; give columns and their values.")
    if len(order) > 1 or any(descending for _column, descending in order):
        raise InvalidUsage("With filters the instance sorts by one column, and not descending; use query instead.")
    by_pairs = {name.replace(".name", ""): value for name, value in (more or {}).items()}
    both = sorted(by_pairs.keys() & pairs.keys())
    if both:
        raise InvalidUsage(f"{', '.join(both)} stands in filters and is an option too; give it once.")
    return Wanted(None, {**by_pairs, **pairs}, order[0][0] if order else None, text, limit, offset)


def by_name_or_id(column: str, value: object, option: str) -> dict[str, str]:
    """The condition that the reference *column* is the record with this name or sys_id."""
    text = check_identifier(value, option)
    return {column: text.lower()} if is_sys_id(text) else {f"{column}.name": text}


def _order(order_by: Sequence[str]) -> tuple[tuple[str, bool], ...]:
    found = []
    for name in order_by:
        text = name.strip()
        column = check_field(text[1:] if text.startswith("-") else text)
        found.append((column.lower(), text.startswith("-")))
    return tuple(found)


def _query(query: Conditions | None, more: Mapping[str, Any], order: tuple[tuple[str, bool], ...]) -> str | Query:
    if query is not None and not isinstance(query, (str, Mapping)):
        raise InvalidUsage(
            f"query is a {type(query).__name__}; give conditions by column, or an encoded query as a text."
        )
    if query is not None and not (query.strip() if isinstance(query, str) else query):
        raise InvalidUsage("query is empty and would find everything; give conditions such as active=true.")
    besides = Query.where(*(Condition(column, "=", str(value)) for column, value in more.items())).ordered(*order)
    if isinstance(query, str):
        if not more:
            return "^".join(part for part in (query, str(besides)) if part)
        return str(Query.parse(query) & besides)
    return (filters.from_data(query) if query else Query()) & besides


def check_columns(columns: Iterable[str], option: str = "fields") -> list[str]:
    """*columns* of the record itself, each once; others cannot be read through this API."""
    names = list(dict.fromkeys(check_field(name.strip()) for name in columns))
    walked = [name for name in names if "." in name]
    if walked:
        raise InvalidUsage(f"{option} holds {', '.join(walked)}, of another record; give columns of the record itself.")
    return names
