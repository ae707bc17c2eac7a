"""Dates, durations, scripts and display values, without HTTP."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.simulator.behaviors import behavior
from tests.simulator.support import Sim

from snow_simulator.query.script import Scope, evaluate
from snow_simulator.store.document import DataError, Document
from snow_simulator.store.schema_yaml import build_schema
from snow_simulator.values import dates, text

# A Wednesday; in Los Angeles it is the evening before.
SCOPE = Scope("me", "my.name", dates.zone("America/Los_Angeles"), datetime(2026, 7, 15, 2, 30, 15, tzinfo=UTC))


@behavior("Queries", "Scripts: dates (gs.dateGenerate, daysAgo, beginningOf.., endOf.. ..), without a script engine")
@pytest.mark.parametrize(
    ("script", "value"),
    [
        ("gs.getUserID()", "me"),
        ("gs.getUserName();", "my.name"),
        ("gs.now()", "2026-07-14"),
        ("gs.nowDateTime()", "2026-07-15 02:30:15"),
        ("gs.daysAgo(1)", "2026-07-14 02:30:15"),
        ("gs.daysAgo('-1')", "2026-07-16 02:30:15"),
        ("gs.daysAgoStart(0)", "2026-07-14 07:00:00"),
        ("gs.daysAgoEnd(0)", "2026-07-15 06:59:59"),
        ("gs.minutesAgo(30)", "2026-07-15 02:00:15"),
        ("gs.hoursAgoStart(1)", "2026-07-15 01:00:00"),
        ("gs.monthsAgo(5)", "2026-02-15 03:30:15"),
        ("gs.monthsAgoStart(1)", "2026-06-01 07:00:00"),
        ("gs.yearsAgo(1)", "2025-07-15 02:30:15"),
        ("gs.quartersAgoStart(0)", "2026-07-01 07:00:00"),
        ("gs.beginningOfToday()", "2026-07-14 07:00:00"),
        ("gs.endOfYesterday()", "2026-07-14 06:59:59"),
        ("gs.beginningOfTomorrow()", "2026-07-15 07:00:00"),
        ("gs.beginningOfThisWeek()", "2026-07-13 07:00:00"),
        ("gs.endOfLastWeek()", "2026-07-13 06:59:59"),
        ("gs.beginningOfNextMonth()", "2026-08-01 07:00:00"),
        ("gs.endOfThisQuarter()", "2026-10-01 06:59:59"),
        ("gs.beginningOfLastYear()", "2025-01-01 08:00:00"),
        ("gs.beginningOfCurrentHour()", "2026-07-15 02:00:00"),
        ("gs.endOfCurrentMinute()", "2026-07-15 02:30:59"),
        ("gs.dateGenerate('2026-01-01','12:00:00')", "2026-01-01 20:00:00"),
        ("gs.dateGenerate('2026-01-01','end')", "2026-01-02 07:59:59"),
        ('gs.dateGenerate("2026-01-01 12:00:00")', "2026-01-01 20:00:00"),
        ("gs.dateGenerate('x','y')", None),
        ("gs.nothing()", None),
        ("gs.daysAgo(x)", None),
        ("gs.daysAgo(999999)", None),
        ("gs.monthsAgo(999999)", None),
        ("alert(1)", None),
    ],
)
def test_scripts(script: str, value: str | None) -> None:
    assert evaluate(f"javascript:{script}", SCOPE) == value


def test_what_is_no_script_stays_as_it_is() -> None:
    assert evaluate("gs.getUserID()", SCOPE) == "gs.getUserID()"


@behavior("Values", "Dates and times in each user's time zone and formats (sys_user, else the system properties)")
def test_dates_across_daylight_saving() -> None:
    zone = dates.zone("Europe/Zurich")
    assert dates.displayed("2026-03-29 00:59:59", zone) == "2026-03-29 01:59:59"
    assert dates.displayed("2026-03-29 01:00:00", zone) == "2026-03-29 03:00:00"
    assert dates.to_stored("2026-03-29 03:00:00", zone) == "2026-03-29 01:00:00"
    assert dates.displayed("no date", zone) == "no date"
    assert dates.displayed("9999-12-31 23:30:00", zone) == "9999-12-31 23:30:00"


@behavior("Values", "Dates and times in each user's time zone and formats (sys_user, else the system properties)")
def test_unknown_time_zone_is_the_instances_own() -> None:
    for name in ("", "Nowhere/Land", "../etc/passwd"):
        assert dates.displayed("2026-07-15 12:00:00", dates.zone(name)) == "2026-07-15 05:00:00"


@behavior("Values", "Each type stored in one form and shown in another: numbers, money, dates, durations, HTML ..")
@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("1970-01-01 00:02:17", "2 Minutes 17 Seconds"),
        ("1970-01-02 01:00:01", "1 Day 1 Hour 1 Second"),
        ("1970-01-01 00:00:00", "0 Seconds"),
        ("soon", "soon"),
    ],
)
def test_durations(stored: str, shown: str) -> None:
    assert dates.duration_display(stored) == shown


@behavior("Values", "JSON values of any kind are taken as the text that an instance makes of them")
def test_text_of_json_values() -> None:
    values = [
        None,
        True,
        False,
        3,
        2.5,
        "x",
        {"value": "v", "display_value": "d"},
        {"display_value": "d"},
        ["a", 1],
        {},
    ]
    assert [text.from_json(value) for value in values] == ["", "true", "false", "3", "2.5", "x", "v", "d", "a,1", ""]


@behavior("Values", "Each type stored in one form and shown in another: numbers, money, dates, durations, HTML ..")
def test_lists_and_durations_are_displayed(sim: Sim) -> None:
    row = {"watch_list": "Abel Tuter,nobody@example.com", "calendar_duration": "1970-01-01 00:00:05", "number": "INC1"}
    sim.control("POST", "seed", {"table": "incident", "records": [row]}, status=201)
    shown = sim.rows("incident", "number=INC1", sysparm_display_value="true")[0]
    assert shown["watch_list"] == "Abel Tuter, nobody@example.com"
    assert shown["calendar_duration"] == "5 Seconds"


def test_a_bug_is_a_500_and_not_a_broken_connection(
    sim: Sim, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(sim.simulator.instance.models, "of", broken)
    answer = sim.call("POST", "/api/now/table/change_request", json={"number": "CHG1"})
    assert answer.status_code == 500
    assert answer.json()["error"]["message"].startswith("Exception while executing request")
    assert "ZeroDivisionError" in capfd.readouterr().err
    assert sim.dump("change_request", number="CHG1") == []


@pytest.mark.parametrize(
    "spec", ["string(", "1", "reference:", {"label": "no type"}, {"type": "string", "max_length": "y"}]
)
def test_field_that_cannot_be_read(spec: object) -> None:
    with pytest.raises(DataError, match=r"own\.yml.*u_x.*u_f"):
        build_schema([Document("own.yml", {"tables": {"u_x": {"fields": {"u_f": spec}}}})])
