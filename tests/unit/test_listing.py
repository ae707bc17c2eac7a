# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paging against a table in memory that changes between any two requests."""

from __future__ import annotations

import random
import threading
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ansible_collections.changegate.snow.plugins.module_utils.errors import UnexpectedResponseFormat
from ansible_collections.changegate.snow.plugins.module_utils.listing import Ask, Page, rest_by_key, rest_by_position

SIZE = 10


class Table:
    """Rows with a key and a rank; *hidden* keys count, and are left out of pages."""

    def __init__(self, seed: int, count: int, moves: int, hides: bool) -> None:
        self._chance = random.Random(seed)
        self.rows = [self._row() for _number in range(count)]
        self.hidden = {row["sys_id"] for row in self.rows if hides and self._chance.random() < 0.3}
        self.gone: set[str] = set()
        self.requests = 0
        self._moves = moves
        self._lock = threading.Lock()

    def _row(self) -> dict[str, Any]:
        return {"sys_id": f"{self._chance.getrandbits(128):032x}", "rank": self._chance.random()}

    def visible(self) -> set[str]:
        return {row["sys_id"] for row in self.rows} - self.hidden

    def by_key(self, ask: Ask) -> Page:
        return self._page(ask, "sys_id")

    def by_rank(self, ask: Ask) -> Page:
        return self._page(ask, "rank")

    def _page(self, ask: Ask, order: str) -> Page:
        with self._lock:
            self.requests += 1
            if self.requests > 1:
                self._change()
            rows = sorted(self.rows, key=lambda row: str(row[order]))
            if ask.within is not None:
                low, high = ask.within
                rows = [row for row in rows if row["sys_id"] >= low and (high is None or row["sys_id"] <= high)]
            found = rows[ask.offset : ask.offset + ask.size]
            return Page(ask, [row for row in found if row["sys_id"] not in self.hidden], len(rows))

    def _change(self) -> None:
        for _move in range(self._chance.randint(0, self._moves)):
            if self._chance.random() < 0.5 or len(self.rows) < 5:
                self.rows.append(self._row())
            else:
                self.gone.add(self.rows.pop(self._chance.randrange(len(self.rows)))["sys_id"])


@given(
    seed=st.integers(0, 10**9),
    count=st.integers(0, 150),
    moves=st.integers(0, 4),
    window=st.sampled_from([1, 3]),
    by_key=st.booleans(),
    hides=st.booleans(),
)
@example(seed=1436, count=63, moves=2, window=1, by_key=True, hides=True)
@settings(max_examples=500, deadline=None)
def test_nothing_twice_and_nothing_lost(
    seed: int, count: int, moves: int, window: int, by_key: bool, hides: bool
) -> None:
    """Every row that is there from the beginning to the end comes once, however many others come and go."""
    # Hidden rows hide where pages meet; then only a table that stays as it is can be promised whole by position.
    table = Table(seed, count, moves if by_key or not hides else 0, hides)
    before = table.visible()
    fetch = table.by_key if by_key else table.by_rank
    first = fetch(Ask(0, SIZE))
    found = [row["sys_id"] for row in first.records]
    if not first.ends():
        keyed = by_key and first.is_full
        rest = rest_by_key(fetch, first, SIZE, window) if keyed else rest_by_position(fetch, first, SIZE, window)
        found += [row["sys_id"] for rows in rest for row in rows]
    assert len(found) == len(set(found))
    stayed = before - table.gone
    if by_key and not first.is_full:
        return  # A short first page is read on by position.
    assert stayed <= set(found)


@given(seed=st.integers(0, 10**9), limit=st.integers(0, 90))
@settings(max_examples=100, deadline=None)
def test_a_limit_is_kept(seed: int, limit: int) -> None:
    table = Table(seed, 80, 0, False)
    first = table.by_rank(Ask(0, SIZE))
    rows = [row for page in rest_by_position(table.by_rank, first, SIZE, 3, limit) for row in page]
    assert len(rows) == min(limit, 70)
    assert table.requests <= 1 + -(-min(limit, 70) // SIZE)


@pytest.mark.parametrize("total", [None, 10**6])
@pytest.mark.parametrize("size", [1, SIZE])
def test_an_instance_that_knows_no_pages(total: int | None, size: int) -> None:
    """The same records again and again: an end where they are few, an error where there may be more."""
    records = [{"sys_id": f"{number:032x}"} for number in range(size)]
    asked = []

    def fetch(ask: Ask) -> Page:
        asked.append(ask)
        assert len(asked) < 100
        return Page(ask, (records * 2)[: ask.size], total)

    first = Page(Ask(0, SIZE), records, total)
    if size == 1 and total is None:
        assert [row for page in rest_by_position(fetch, first, SIZE, 1) for row in page] == []
    else:
        with pytest.raises(UnexpectedResponseFormat):
            list(rest_by_position(fetch, first, SIZE, 1))
