# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pure parts of long lists: ranges of keys, remembered keys, divided queries, work that is begun ahead."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.changegate.snow.plugins.module_utils.ahead import ahead
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Condition, Query
from ansible_collections.changegate.snow.plugins.module_utils.keys import Recent, key_of, ranges_behind
from ansible_collections.changegate.snow.plugins.module_utils.splitting import length, parts_of

KEYS = st.text("0123456789abcdef", min_size=32, max_size=32)


@given(KEYS, st.integers(1, 60), st.lists(KEYS, max_size=40))
def test_each_key_is_in_one_range(last: str, count: int, keys: list[str]) -> None:
    """The ranges together hold every key from the last one on, and none of them twice."""
    ranges = ranges_behind(last, count, None)
    assert 1 <= len(ranges) <= max(count, 1)
    for key in [*keys, last]:
        holding = [part for part in ranges if key >= part.lower and (part.upper is None or key <= part.upper)]
        assert len(holding) == (1 if key >= last else 0)


def test_uneven_keys_stay_in_one_range() -> None:
    assert len(ranges_behind("c0ffee00" + "0" * 24, 10, 0.1)) == 1
    assert len(ranges_behind("19999999" + "0" * 24, 9, 0.1)) == 9
    assert len(ranges_behind("global", 9, None)) == 1


def test_key_of_any_shape() -> None:
    cells: list[Any] = ["a", {"value": "a", "display_value": "a"}, {"display_value": "a"}]
    rows = [{"sys_id": cell} for cell in cells]
    assert [key_of(row) for row in rows] == ["a", "a", "a"]
    assert key_of({}) is key_of({"sys_id": ""}) is None


def test_recent_keys() -> None:
    recent = Recent([{"sys_id": "a"}])
    assert recent.fresh([{"sys_id": "a"}, {"sys_id": "b"}, {"sys_id": "b"}, {"name": "no key"}]) == [
        {"sys_id": "b"},
        {"name": "no key"},
    ]
    assert recent.knows("a")
    for number in range(10):
        recent.fresh([{"sys_id": str(number)}])
    assert not recent.knows("a")


SIGNS = st.characters(codec="utf-8", categories=["L", "N", "P"], exclude_characters=",")
VALUES = st.text(SIGNS, min_size=1, max_size=9)


@given(st.lists(VALUES, min_size=2, max_size=120, unique=True), st.integers(300, 500))
def test_parts_of_a_list_hold_every_value_once(values: list[str], room: int) -> None:
    """Each part fits if that is possible at all, keeps the other conditions, and the lists add up."""
    first = Condition("active", "=", "true")
    text = str(Query.where(first, Condition("name", "IN", ",".join(values), raw=True)))
    parts = [Query.parse(part) for part in parts_of(text, room)]
    found = []
    for part in parts:
        (branch,) = part.branches
        assert branch[0] == (first,)
        term = branch[1][0]
        assert isinstance(term, Condition)
        found += term.value.split(",")
    assert found == values
    assert len(parts) == 1 or all(length(str(part)) <= room for part in parts)


@given(st.lists(st.lists(VALUES, min_size=1, max_size=6), min_size=1, max_size=5))
def test_parts_of_unions_and_groups(branches: list[list[str]]) -> None:
    """A union is divided into its branches, and a group of alternatives into its terms."""
    query = Query(tuple((tuple(Condition("name", "=", value, raw=True) for value in names),) for names in branches))
    parts = [Query.parse(part) for part in parts_of(str(query), 300)]
    terms = [str(term) for part in parts for branch in part.branches for group in branch for term in group]
    assert terms == [str(term) for branch in query.branches for group in branch for term in group]


def test_what_cannot_be_divided_stays_whole() -> None:
    long = "x" * 500
    for text in (f"name={long}", f"nameNOT IN{long},y", f"nameIN{long},{long}^ORDERBYname", f"no query {long}"):
        assert parts_of(text, 300) == [text]


def call(number: int, running: list[int], most: list[int]) -> Callable[[], int]:
    lock = threading.Lock()

    def work() -> int:
        with lock:
            running.append(number)
            most.append(len(running))
        time.sleep(0.005 * (number % 3))
        running.remove(number)
        return number

    return work


@pytest.mark.parametrize("window", [1, 2, 5])
def test_ahead_keeps_order_and_window(window: int) -> None:
    running: list[int] = []
    most: list[int] = []
    assert list(ahead((call(number, running, most) for number in range(20)), window)) == list(range(20))
    assert max(most) <= window


def test_ahead_begins_no_more_than_needed() -> None:
    """What nobody asks for is not begun, beyond the window; an error comes in its turn."""
    begun: list[int] = []

    def note(number: int) -> int:
        begun.append(number)
        if number == 3:
            raise ValueError("three")
        return number

    results = ahead((partial(note, number) for number in range(20)), 3)
    assert begun == []
    assert [next(results), next(results), next(results)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)
    assert len(begun) <= 6
