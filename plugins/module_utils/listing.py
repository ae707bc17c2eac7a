# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Long lists, page by page: no row twice, none lost while others come and go, and pages fetched ahead.

The first page says how many rows there are. Where the caller asked for no order, what is left is read by ranges of
the unique key, side by side: rows that come or go elsewhere move nothing. Otherwise it is read by position, each
page beginning with the last row of the page before: where that is another row, rows went meanwhile, and the pages
are read again from further up.

A short page is not the last one: rows that the user may not read are taken out after the limit was applied. Source:
ServiceNow documentation, "Table API" (``sysparm_limit``, ``sysparm_offset``, ``X-Total-Count``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.cells import RawRecord
from ansible_collections.changegate.snow.plugins.module_utils.errors import UnexpectedResponseFormat
from ansible_collections.changegate.snow.plugins.module_utils.keys import KeyRange, Recent, key_of, ranges_behind

#: Standard deviations by which a range may hold more rows than expected and still take one request.
_ROOM = 5
#: Pages in a row with nothing but known records, before the instance is taken for one that knows no pages.
_IDLE = 3
#: Ranges of keys at most; one that holds more rows takes more requests.
_MOST_RANGES = 10_000
#: How often the rows around a gap are read again, twice as many each time.
_WIDENINGS = 6


class Ask(NamedTuple):
    """One request of a list: where to begin, how many rows at most, and in which range of keys."""

    offset: int
    size: int
    within: KeyRange | None = None


class Page(NamedTuple):
    """What one request brought. *total* is how many rows match its query, or None where the answer does not say."""

    ask: Ask
    records: list[RawRecord]
    total: int | None

    @property
    def is_full(self) -> bool:
        return len(self.records) >= self.ask.size

    @property
    def last_key(self) -> str | None:
        return key_of(self.records[-1]) if self.records else None

    def believed(self) -> Page:
        """The same page without a total that is less than what has come."""
        if self.total is None or self.total >= self.ask.offset + len(self.records):
            return self
        # Some lists end with an element that is no record.
        came = sum(key_of(row) is not None for row in self.records)
        return self._replace(total=None) if self.total < self.ask.offset + came else self

    def ends(self) -> bool:
        """Whether nothing can come after it. Without a total only an empty page proves that."""
        if self.total is None:
            return not self.records
        return self.ask.offset + self.ask.size >= self.total


class There:
    """The rows of a first page that is there already."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def __iter__(self) -> Iterator[RawRecord]:
        return iter(self.page.records)


Fetch = Callable[[Ask], Page]


def rest_by_key(fetch: Fetch, first: Page, size: int, window: int) -> Iterator[list[RawRecord]]:
    """All rows behind the page *first*, in the order of their keys.

    :param size: rows that a request should bring.
    :param window: requests under way at once.
    """
    last_key = first.last_key
    if last_key is None:
        return iter(())
    expected = max((first.total or 0) - first.ask.offset - first.ask.size, 1)
    spread = len(first.records) / first.total if first.total and not first.ask.offset else None
    ranges = ranges_behind(last_key, min(-(-expected // size), _MOST_RANGES), spread)
    asks = [Ask(0, size + int(_ROOM * size**0.5) if len(ranges) > 1 else size + 1, part) for part in ranges]
    given = set(map(key_of, first.records)) - {last_key}

    def rows_of(page: Page) -> Iterator[list[RawRecord]]:
        if not given.isdisjoint(map(key_of, page.records)):
            raise _repeated()
        return _range(fetch, page, {last_key})

    from ansible_collections.changegate.snow.plugins.module_utils.ahead import ahead

    # No variable here holds a page: it is gone when the next one is waited for.
    pages = ahead((partial(fetch, ask) for ask in asks), min(window, len(asks)))
    return chain.from_iterable(map(rows_of, pages))


def _range(fetch: Fetch, page: Page, seen: set[str | None]) -> Iterator[list[RawRecord]]:
    """The rows of one range of keys, which most often are those of its first *page*."""
    size = page.ask.size
    while True:
        yield [row for row in page.records if key_of(row) not in seen]
        if page.ends():
            return
        seen.update(map(key_of, page.records))
        page = fetch(_next(page, size))


def _next(page: Page, size: int) -> Ask:
    """Behind the last key that *page* shows; where all that it could show is hidden, as much again and more.

    Never by position: rows that go meanwhile would move others past it.
    """
    within = page.ask.within
    if within is not None and page.last_key not in (None, within.lower):
        return Ask(0, size, KeyRange(str(page.last_key), within.upper))
    return page.ask._replace(size=page.ask.size * 2)


def rest_by_position(
    fetch: Fetch, first: Page, size: int, window: int, limit: int | None = None
) -> Iterator[list[RawRecord]]:
    """The rows behind the page *first*, *limit* at most, in the order of the query.

    Rows that are added or go while this reads may shift others: what was given out already is left out, and a gap is
    read again. *size* and *window* as for :func:`rest_by_key`.
    """
    from ansible_collections.changegate.snow.plugins.module_utils.ahead import ahead

    reader = _ByPosition(fetch, first, limit)
    begin = first.ask.offset + first.ask.size
    if first.total is not None:
        end = first.total if limit is None else min(first.total, begin + limit)
        count = -(-(end - begin) // size)
        asks = (_overlapping(Ask(at, min(size, end - at))) for at in range(begin, end, size))
        yield from reader.pages(ahead((partial(fetch, ask) for ask in asks), min(window, count)))
        begin = max(begin, end)
    # What has moved behind the end that was foreseen, and lists that do not tell their length.
    while reader.goes_on(begin):
        page = fetch(_overlapping(Ask(begin, size if reader.left is None else min(size, reader.left))))
        yield from reader.pages([page])
        begin = page.ask.offset + page.ask.size


def _overlapping(ask: Ask) -> Ask:
    return Ask(ask.offset - 1, ask.size + 1)


def _repeated() -> UnexpectedResponseFormat:
    return UnexpectedResponseFormat("The instance answers every page with the same records; give a limit.")


class _ByPosition:
    """Puts pages together that each begin with the last row of the one before."""

    def __init__(self, fetch: Fetch, first: Page, limit: int | None) -> None:
        self._fetch = fetch
        self._last = first
        self._given = Recent(first.records)
        self._idle = 0
        self.left = limit

    def goes_on(self, begin: int) -> bool:
        """Whether there may be more rows from position *begin* on."""
        if self.left == 0:
            return False
        if self._last.total is not None:
            return begin < self._last.total
        if self._idle and self._last.is_full:
            raise _repeated()
        return bool(self._last.records) and not self._idle

    def pages(self, pages: Iterable[Page]) -> Iterator[list[RawRecord]]:
        for page in pages:
            rows = self._bridge(page) + page.records
            fresh = self._given.fresh(rows)
            # Rows without a key are never known: they are new where the whole page is another one.
            new = any(key_of(row) is not None for row in fresh) or (fresh and page.records != self._last.records)
            self._idle = 0 if new or not page.records else self._idle + 1
            self._last = page
            if self._idle >= _IDLE:
                raise _repeated()
            if self.left is not None:
                fresh = fresh[: self.left]
                self.left -= len(fresh)
            yield fresh
            if self.left == 0:
                return

    def _bridge(self, page: Page) -> list[RawRecord]:
        """The rows that were passed over between the last page and *page*, and some around them.

        Pages are fetched side by side: either of the two may be the older one, so both sides are read again, as far
        as it takes to meet a row that was given out and one of *page*.
        """
        before = self._last.last_key
        ahead_of = {key_of(row) for row in page.records}
        if before is None or not self._last.is_full or before in ahead_of:
            return []
        if not ahead_of and (page.total is None or page.total > page.ask.offset):
            # Its rows are hidden. Where the list ends before it, it has become shorter, and rows moved up.
            return []
        back = forward = page.ask.size
        for _attempt in range(_WIDENINGS):
            start = max(0, page.ask.offset - back)
            again = self._fetch(Ask(start, page.ask.offset - start + forward))
            found = {key_of(row) for row in again.records}
            begins = start == 0 or any(map(self._given.knows, found))
            ends = not found.isdisjoint(ahead_of) or again.ends()
            if begins and ends:
                return again.records
            back, forward = back * (1 if begins else 2), forward * (1 if ends else 2)
        raise UnexpectedResponseFormat(
            "The records move faster than they can be read in this order; leave the order out, or ask for fewer."
        )
