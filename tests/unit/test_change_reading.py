# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lists of changes are asked for, and where the present is in a window."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.changegate.snow.plugins.module_utils.catalog_reading import preset_of
from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell
from ansible_collections.changegate.snow.plugins.module_utils.change_filter import by_name_or_id, wanted
from ansible_collections.changegate.snow.plugins.module_utils.change_window import moment_of, window_of
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage

SYS_ID = "007c4001c343101035ae3f52c1d3aeb2"


@pytest.mark.parametrize(
    ("options", "query"),
    [
        ({"query": "a=1^NQb=2"}, "a=1^NQb=2"),
        ({"query": "a=1^NQb=2", "order_by": ["-c", "d"]}, "a=1^NQb=2^ORDERBYDESCc^ORDERBYd"),
        ({"query": "a=1^NQb=2", "more": {"c": "3"}}, "a=1^c=3^NQb=2^c=3"),
        ({"query": {"a": [1, 2]}, "more": {"c": "x^y"}}, "aIN1,2^c=x^^y"),
        ({"more": {"c": "3"}}, "c=3"),
        ({"order_by": ["name"]}, "ORDERBYname"),
        ({}, ""),
    ],
)
def test_queries(options: dict[str, Any], query: str) -> None:
    assert str(wanted(**options).query) == query


def test_pairs() -> None:
    asked = wanted(pairs={"state": "New"}, more=by_name_or_id("chg_model", "Normal", "model"), order_by=["number"])
    assert (asked.query, asked.pairs, asked.order) == (None, {"chg_model": "Normal", "state": "New"}, "number")
    assert by_name_or_id("chg_model", SYS_ID.upper(), "model") == {"chg_model": SYS_ID}


@pytest.mark.parametrize("options", [{"query": ""}, {"query": {}}, {"pairs": {}}, {"limit": 0}, {"text": ""}])
def test_what_would_find_everything_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidUsage):
        wanted(**options)


@pytest.mark.parametrize(
    ("start", "end", "inside", "until", "left"),
    [
        ("2026-11-24 20:00:00", "2026-11-24 22:00:00", True, 0, 7200),
        ("2026-11-24 20:00:01", "2026-11-24 22:00:00", False, 1, 7200),
        ("2026-11-24 18:00:00", "2026-11-24 20:00:00", False, 0, 0),
        ("2026-11-24 18:00:00", "", False, 0, None),
        ("", "2026-11-24 22:00:00", False, None, 7200),
        ("", "", False, None, None),
    ],
)
def test_windows(start: str, end: str, inside: bool, until: int | None, left: int | None) -> None:
    change = {"start_date": Cell(start, start), "end_date": Cell(end, end)}
    found = window_of(change, datetime(2026, 11, 24, 20, tzinfo=UTC))
    assert (found["inside"], found["seconds_until_start"], found["seconds_left"]) == (inside, until, left)
    unknown = window_of(change, None)
    assert (unknown["now"], unknown["inside"], unknown["seconds_left"]) == (None, None, None)


def test_moments() -> None:
    assert moment_of("Tue, 24 Nov 2026 20:00:00 GMT") == datetime(2026, 11, 24, 20, tzinfo=UTC)
    assert (moment_of(None), moment_of("soon")) == (None, None)


def test_presets() -> None:
    assert preset_of("type=normal^short_description=a^^b^EQ") == {"type": "normal", "short_description": "a^b"}
    assert preset_of("") == {}
