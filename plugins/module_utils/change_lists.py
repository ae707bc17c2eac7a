# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of the Change Management API: what is asked for, and the rows of its pages, each once. No input or output.

The documents name no total and no tie-breaker, and instances repeat rows: pages are asked for in an order that
ends in the sys_id, until one brings nothing new.

Source: ServiceNow documentation, "Change Management API", query parameters of GET /sn_chg_rest/change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypedDict

from ansible_collections.changegate.snow.plugins.module_utils.change_answers import Row, key_of
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    InvalidUsage,
    QueryTypeError,
    UnexpectedResponseFormat,
)
from ansible_collections.changegate.snow.plugins.module_utils.params import ParamsBuilder, Query
from ansible_collections.changegate.snow.plugins.module_utils.query import check_field, escape, plain

#: The API's own default of records in one answer.
PAGE = 500
_RESERVED = ("order", "textSearch", "association_type")


class ListOptions(TypedDict, total=False):
    """What every list takes beside its query.

    *pairs* are columns and their values, which may be display values of choices and references; not along with a query.
    *order* is the column to sort by. *text* is searched in all columns. *limit* is the number of records at most, all
    without it; *offset* the number of records to pass over.
    """

    pairs: Mapping[str, object] | None
    order: str | None
    text: str | None
    limit: int | None
    offset: int


class Wanted(NamedTuple):
    """A list to ask for: the parameters of all of its pages, and which of its records."""

    params: Mapping[str, str]
    limit: int | None
    offset: int

    @property
    def size(self) -> int:
        """Records in a page."""
        return PAGE if self.limit is None else min(PAGE, self.limit)


class Page(NamedTuple):
    """One answer: its rows, and the number of rows in all where the instance tells."""

    rows: list[Row]
    total: int | None


def wanted(
    query: Query | None = None,
    pairs: Mapping[str, object] | None = None,
    order: str | None = None,
    text: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Wanted:
    """The list that these arguments ask for, see :class:`ListOptions`; raises :class:`InvalidUsage` if they cannot."""
    for name, number in (("limit", limit), ("offset", offset)):
        if number is not None and (isinstance(number, bool) or not isinstance(number, int) or number < 0):
            raise InvalidUsage(f"{name} is {number!r}; give a whole number that is not negative.")
    if pairs and query is not None:
        raise InvalidUsage("Give either query or pairs: the instance takes only one of them.")
    if text is not None and (not isinstance(text, str) or not text.strip()):
        raise InvalidUsage(f"text is {text!r}; give the words to search for.")
    search = {} if text is None else {"textSearch": _value("text", text)}
    single = limit is not None and limit <= PAGE
    chosen = _paired(pairs, order, single) if pairs else _queried(query, order, single)
    return Wanted({**chosen, **search}, limit, offset)


def _paired(pairs: Mapping[str, object], order: str | None, single: bool) -> dict[str, str]:
    if not isinstance(pairs, Mapping):
        raise InvalidUsage(f"pairs is a mapping of columns to values, not {type(pairs).__name__}.")
    sort = check_field(order) if order is not None else (None if single else "sys_id")
    return {**{_pair(name): _value(name, value) for name, value in pairs.items()}, **({"order": sort} if sort else {})}


def _pair(name: str) -> str:
    if name in _RESERVED or check_field(name).startswith("sysparm_"):
        raise InvalidUsage(f"{name} is no column; it cannot stand in pairs.")
    return name


def _value(name: str, value: object) -> str:
    """The text of a parameter that is no query: nobody tells how a caret would be escaped in it."""
    try:
        found = escape(plain(value))
    except QueryTypeError as error:
        raise InvalidUsage(f"{name} is {value!r}, which cannot be searched for so: {error}") from error
    if "^" in found:
        raise InvalidUsage(f"{name} is {value!r}, which holds '^'; search for it with a query.")
    return found


def _queried(query: Query | None, order: str | None, single: bool) -> dict[str, str]:
    """An order is part of the query: the sys_id comes last in it, so that pages fit together."""
    parts = [] if query is None else [ParamsBuilder.stringify_query(query)]
    if order is not None:
        parts.append(f"ORDERBY{check_field(order)}")
    if not single and "ORDERBYsys_id" not in "".join(parts):
        parts.append("ORDERBYsys_id")
    text = "^".join(part for part in parts if part)
    return {"sysparm_query": text} if text else {}


def rows_of(fetch: Callable[[int, int], Page], wanted: Wanted, request: str) -> Iterator[Row]:
    """The rows of the list, each once, page by page as they are asked for.

    It keeps one page, and the sys_id of each row that has passed. A limit that fits into one page costs one request
    unless that page says that there is more.

    :param fetch: gets the page at an offset, with so many rows at most.
    :raises UnexpectedResponseFormat: the instance answers every offset with the first page.
    """
    seen: set[str] = set()
    first: frozenset[str] = frozenset()
    offset = wanted.offset
    while wanted.limit is None or len(seen) < wanted.limit:
        size = wanted.size
        page = fetch(offset, size)
        keys = [key_of(row) for row in page.rows]
        fresh = {key: row for key, row in zip(keys, page.rows) if key not in seen}
        if not fresh and _is_first_again(page, size, first, keys, len(seen)):
            raise UnexpectedResponseFormat(
                f"{request} is answered with the same {len(keys)} records whatever the offset; ask for fewer of them, "
                "by conditions or with a limit.",
                request=request,
            )
        first = first or frozenset(keys)
        for key, row in fresh.items():
            if wanted.limit is not None and len(seen) >= wanted.limit:
                return
            seen.add(key)
            yield row
        offset += size
        if _is_last(page, size, offset, bool(fresh), wanted):
            return


def _is_first_again(page: Page, size: int, first: frozenset[str], keys: list[str], seen: int) -> bool:
    """More rows than were asked for are all rows, from an instance that knows no limit either."""
    known = page.total is not None and page.total <= seen
    return len(keys) == size and first.issuperset(keys) and not known


def _is_last(page: Page, size: int, offset: int, fresh: bool, wanted: Wanted) -> bool:
    """A short page proves nothing: rows that the user may not see are taken out after they were counted."""
    short = len(page.rows) < size
    if page.total is not None:
        return offset >= page.total and (short or not fresh)
    return not fresh or (short and wanted.limit is not None and wanted.limit <= PAGE)
