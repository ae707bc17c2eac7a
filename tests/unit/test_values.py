# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values: the same content in another written form is not a change, and another content always is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.changegate.snow.plugins.module_utils import cells, errors, values
from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell

GROUP = "287ebd7da9fe198100f92cc8d1d2154e"
LINK = f"https://x.service-now.com/api/now/table/sys_user_group/{GROUP}"


@pytest.mark.parametrize(
    ("raw", "cell"),
    [
        ("3", Cell("3", "3")),
        (None, Cell("", "")),
        (True, Cell("true", "true")),
        ({"value": -5.0, "display_value": "New"}, Cell("-5", "New")),
        ({"value": -5, "display_value": "New"}, Cell("-5", "New")),
        ({"value": "-5", "display_value": "New"}, Cell("-5", "New")),
        ({"value": False, "display_value": "false"}, Cell("false", "false")),
        ({"value": "", "display_value": ""}, Cell("", "")),
        ({"value": GROUP, "display_value": "Network", "link": LINK}, Cell(GROUP, "Network", LINK)),
        ({"value": GROUP, "link": LINK}, Cell(GROUP, GROUP, LINK)),
        ({"display_value": "Network", "link": LINK}, Cell(GROUP, "Network", LINK)),
        ({"value": "v", "display_value": "d", "display_value_internal": "i"}, Cell("v", "d")),
        ({"value": "", "display_value": None}, Cell("", "")),
    ],
)
def test_cell_of_any_shape(raw: Any, cell: Cell) -> None:
    assert cells.cell_of(raw) == cell


def test_record_of_leaves_meta_out() -> None:
    assert cells.record_of({"number": "CHG1", "__meta": {"ignoredFields": ["x"]}}) == {"number": Cell("CHG1", "CHG1")}


MOMENT = Cell("2026-07-15 08:00:00", "2026-07-15 01:00:00")
ELAPSED, NOON = Cell("1970-01-02 02:03:00", "1 Day 2 Hours 3 Minutes"), Cell("1970-01-01 14:05:00", "14:05:00")
PRICE, HTML = Cell("USD;12.5", "$12.50"), Cell("<p>A <b>bold</b> &#38; word</p>", "<p>A <b>bold</b> &#38; word</p>")
ANCHOR = '<a href="/x?a=1&b=2">y</a>'
SAME: list[tuple[str, object, Cell]] = [
    ("string", "a\nb", Cell("a\r\nb\r\n", "a\r\nb\r\n")),
    ("string", "a\n", Cell("a", "a")),
    ("choice", "New", Cell("-5", "New")),
    ("choice", "new", Cell("-5", "New")),
    ("choice", -5, Cell("-5", "New")),
    ("choice", "3", Cell("3", "3 - Low")),
    ("reference", "Network", Cell(GROUP, "Network", LINK)),
    ("reference", "network", Cell(GROUP, "Network", LINK)),
    ("reference", GROUP.upper(), Cell(GROUP, "Network", LINK)),
    ("datetime", "2026-07-15T08:00:00Z", MOMENT),
    ("datetime", "2026-07-15T10:00:00+02:00", MOMENT),
    ("datetime", "2026-07-15 10:00:00 +0200", MOMENT),
    ("datetime", "2026-07-15 08:00:00", MOMENT),
    ("datetime", "2026-07-15T08:00", MOMENT),
    ("datetime", "2026-07-15T08:00:00.123456+00:00", MOMENT),
    ("datetime", datetime(2026, 7, 15, 8), MOMENT),
    ("datetime", datetime(2026, 7, 15, 1, tzinfo=timezone(timedelta(hours=-7))), MOMENT),
    ("date", "2026-07-15", Cell("2026-07-15", "15.07.2026")),
    ("date", date(2026, 7, 15), Cell("2026-07-15", "15.07.2026")),
    ("date", "2026-07-15T08:00:00Z", Cell("2026-07-15", "2026-07-15")),
    ("boolean", True, Cell("true", "true")),
    ("boolean", "True", Cell("true", "true")),
    ("boolean", "0", Cell("false", "false")),
    ("integer", 3.0, Cell("3", "3")),
    ("integer", "03", Cell("3", "3")),
    ("list", f"{'b' * 32},{'a' * 32}", Cell(f"{'a' * 32},{'b' * 32}", "A, B")),
    ("list", ["B", "A"], Cell(f"{'a' * 32},{'b' * 32}", "A, B")),
    *(("duration", form, ELAPSED) for form in ("26:03:00", "1 02:03:00", "1 day 2 hours 3 minutes", "93780", 93780)),
    *(("auto", form, ELAPSED) for form in ("26:03:00", "1 Day 2 Hours 3 Minutes", "1970-01-02 02:03:00")),
    *((kind, form, NOON) for kind in ("time", "auto") for form in ("14:05", "14:05:00", "1970-01-01 14:05:00")),
    *((kind, form, PRICE) for kind in ("currency", "auto") for form in ("USD;12.50", "usd;12.5", "12.5", 12.5)),
    *((kind, "<p>A  <i>bold</i> &amp; word</p>", HTML) for kind in ("html", "auto")),
    ("html", "A bold & word", HTML),
    ("html", "<a class='b' href='/x?a=1&amp;b=2'>y</a>", Cell(ANCHOR, ANCHOR)),
    ("list", ["B", "a" * 32], Cell(f"{'a' * 32},{'b' * 32}", "A, B")),
    ("auto", "x", Cell("x", "x")),
    ("auto", "Network", Cell(GROUP, "Network", LINK)),
    ("auto", GROUP, Cell(GROUP, "Network", LINK)),
    ("auto", "new", Cell("1", "New")),
    ("auto", 1, Cell("1", "New")),
    ("auto", 1.5, Cell("1.50", "1.50")),
    ("auto", True, Cell("true", "true")),
    ("auto", "True", Cell("true", "true")),
    ("auto", "2026-07-15T10:00:00+02:00", MOMENT),
    ("auto", datetime(2026, 7, 15, 8), MOMENT),
    ("auto", date(2026, 7, 15), Cell("2026-07-15", "2026-07-15")),
    ("auto", [], Cell("", "")),
    ("auto", "", Cell("", "")),
    ("auto", None, Cell("", "")),
    ("integer", None, Cell("", "")),
    ("boolean", None, Cell("false", "false")),
    ("auto", "", Cell("false", "false")),
    ("auto", "2026-07-15", Cell("2026-07-15 00:00:00", "2026-07-14 17:00:00")),
    ("auto", "2026-07-15T08:00:00Z", Cell("2026-07-15", "2026-07-15")),
    ("auto", f"{'b' * 32},{'a' * 32}", Cell(f"{'a' * 32},{'b' * 32}", "A, B")),
]


@pytest.mark.parametrize(("kind", "wanted", "cell"), SAME)
def test_same(kind: str, wanted: object, cell: Cell) -> None:
    assert values.same(kind, wanted, cell)


OTHER: list[tuple[str, object, Cell]] = [
    ("string", "A", Cell("a", "a")),
    ("string", "a\n\n", Cell("a", "a")),
    ("string", "", Cell("a", "a")),
    ("choice", "Closed", Cell("-5", "New")),
    ("reference", "Software", Cell(GROUP, "Network", LINK)),
    ("reference", "0" * 32, Cell(GROUP, "0" * 32, LINK)),
    ("datetime", "2026-07-15T08:00:01Z", MOMENT),
    # The display value is in some user's time zone: never to be compared.
    ("datetime", "2026-07-15 01:00:00", MOMENT),
    ("datetime", "tomorrow", MOMENT),
    ("date", "2026-07-16", Cell("2026-07-15", "2026-07-16")),
    ("boolean", "maybe", Cell("true", "true")),
    ("integer", 0, Cell("", "")),
    ("integer", None, Cell("0", "0")),
    ("boolean", False, Cell("", "")),
    ("list", ["A", "a" * 32], Cell(f"{'a' * 32},{'b' * 32}", "A, B")),
    ("list", "A,B,C", Cell(f"{'a' * 32},{'b' * 32}", "A, B")),
    ("list", "A", Cell(f"{'a' * 32},{'b' * 32}", "A, B")),
    ("duration", "26:03:01", ELAPSED),
    ("duration", "a while", ELAPSED),
    ("auto", "26:03:01", ELAPSED),
    ("time", "14:06", NOON),
    ("time", "26:05", NOON),
    ("currency", "EUR;12.5", PRICE),
    ("currency", "12.51", PRICE),
    ("auto", "EUR;12.5", PRICE),
    ("html", "<p>Another word</p>", HTML),
    *((kind, '<a href="/elsewhere">y</a>', Cell(ANCHOR, ANCHOR)) for kind in ("html", "auto")),
    *((kind, text, Cell("1", "New")) for kind in ("choice", "integer", "auto") for text in ("sNaN", "Infinity")),
    ("secret", "x", Cell("x", "x")),
    ("auto", "X", Cell("x", "x")),
    ("auto", "1.1", Cell("1.10", "1.10")),
    ("auto", "2026-07-15 01:00:00", MOMENT),
    ("auto", None, Cell("x", "x")),
    ("auto", "x", Cell("", "")),
    ("boolean", None, Cell("true", "true")),
    ("auto", "2026-07-15", Cell("2026-07-15 08:00:00", "2026-07-15 01:00:00")),
    ("auto", "2026-07-16T08:00:00Z", Cell("2026-07-15", "2026-07-15")),
    ("auto", "x", Cell("2026-07-15", "2026-07-15")),
]


@pytest.mark.parametrize(("kind", "wanted", "cell"), OTHER)
def test_not_the_same(kind: str, wanted: object, cell: Cell) -> None:
    assert not values.same(kind, wanted, cell)


@given(
    st.datetimes(min_value=datetime(1980, 1, 1), max_value=datetime(2100, 1, 1)),
    st.integers(min_value=-14 * 60, max_value=14 * 60),
)
def test_a_moment_is_the_same_in_any_offset(moment: datetime, minutes: int) -> None:
    utc = moment.replace(microsecond=0, tzinfo=UTC)
    stored = utc.strftime("%Y-%m-%d %H:%M:%S")
    local = utc.astimezone(timezone(timedelta(minutes=minutes)))
    assert values.same("datetime", local.isoformat(), Cell(stored, "whatever"))
    assert values.to_send("datetime", local.isoformat(), "start_date") == stored


@pytest.mark.parametrize(
    ("kind", "wanted", "text"),
    [
        ("datetime", "2026-07-15T10:00:00+02:00", "2026-07-15 08:00:00"),
        ("date", "2026-07-15", "2026-07-15"),
        ("auto", "2026-07-15T10:00:00+02:00", "2026-07-15 08:00:00"),
        # Without an offset it may be any text: it is left alone.
        ("auto", "2026-07-15T10:00:00", "2026-07-15T10:00:00"),
        ("auto", datetime(2026, 7, 15, 10), "2026-07-15 10:00:00"),
        ("auto", date(2026, 7, 15), "2026-07-15"),
        ("auto", ["a", "b"], "a,b"),
        ("boolean", True, "true"),
        ("integer", 3, "3"),
        ("string", None, ""),
        ("duration", "2 hours 30 minutes", "1970-01-01 02:30:00"),
        ("duration", 90, "1970-01-01 00:01:30"),
        ("time", "8:30", "08:30:00"),
        ("currency", " USD;12.5 ", "USD;12.5"),
        ("html", "<p>x</p>", "<p>x</p>"),
    ],
)
def test_to_send(kind: str, wanted: object, text: str) -> None:
    assert values.to_send(kind, wanted, "x") == text


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("datetime", "tomorrow"),
        ("datetime", "2026-13-01T00:00:00Z"),
        ("datetime", "2026-07-15"),
        ("date", "July"),
        ("integer", "many"),
        ("duration", "a while"),
        ("duration", 10**11),
        ("time", "25:00"),
        ("time", "8:60"),
        ("time", "1 08:00:00"),
        ("currency", "much"),
    ],
)
def test_to_send_refuses_and_names_the_option(kind: str, wanted: object) -> None:
    with pytest.raises(errors.InvalidUsage, match="start_date is"):
        values.to_send(kind, wanted, "start_date")


@pytest.mark.parametrize(
    ("kind", "wanted", "before", "form"),
    [
        ("reference", "Network", None, "display"),
        ("reference", GROUP, None, "value"),
        ("choice", "High", None, "display"),
        ("choice", "3", None, "either"),
        ("string", "anything", None, "either"),
        ("datetime", "2026-07-15T08:00:00Z", None, "value"),
        ("auto", "2026-07-15 08:00:00", None, "value"),
        ("auto", "2026-07-15", None, "value"),
        ("auto", "text", None, "display"),
        ("auto", "text", Cell("old", "old"), "either"),
        ("auto", "text", Cell(GROUP, "Network", LINK), "display"),
        ("auto", "text", Cell("1", "New"), "display"),
        ("auto", 5, None, "either"),
        ("auto", "true", None, "either"),
        ("auto", "", None, "either"),
        ("auto", GROUP, None, "value"),
        ("duration", "1:00", None, "value"),
        ("html", "<p>x</p>", None, "either"),
        ("secret", "x", None, "display"),
    ],
)
def test_form_of(kind: str, wanted: object, before: Cell | None, form: str) -> None:
    assert values.form_of(kind, wanted, before) == form


def test_a_text_that_was_cut_at_the_length_of_its_column() -> None:
    assert values.is_cut("x" * 161, Cell("x" * 160, "x" * 160))
    assert not values.is_cut("x" * 161, Cell("x" * 159, "x" * 159))
    assert not values.is_cut("x" * 160, Cell("x" * 160, "x" * 160))
