"""Every type of field over HTTP: how it is written, stored, shown and written as it is shown."""

from __future__ import annotations

from typing import Any

import pytest
from tests.simulator.behaviors import behavior
from tests.simulator.support import ABEL, Sim

from snow_simulator.store.schema import TYPES

TABLE = "u_value_sample"
PATH = f"/api/now/table/{TABLE}"


def made(sim: Sim, user: str = "ansible", /, **values: object) -> dict[str, Any]:
    return sim.insert(TABLE, user, **values)


def shown(sim: Sim, sys_id: str, user: str = "ansible") -> dict[str, Any]:
    parameters = {"sysparm_display_value": "all", "sysparm_exclude_reference_link": "true"}
    result: dict[str, Any] = sim.get(f"{PATH}/{sys_id}", user, **parameters).json()["result"]
    return result


# What is sent, what is stored, what ansible (UTC, ISO formats) sees.
PLAIN = [
    ("u_integer", "1,234.0", "1234", "1,234"),
    ("u_integer", 7, "7", "7"),
    ("u_long", "123456789012", "123456789012", "123,456,789,012"),
    ("u_decimal", "1234.5", "1234.50", "1,234.50"),
    ("u_decimal", "-0", "0.00", "0.00"),
    ("u_float", "0.1250", "0.125", "0.125"),
    ("u_cost", "USD;12.5", "USD;12.5", "$12.50"),
    ("u_cost", "eur;1234567.891", "EUR;1234567.891", "€1,234,567.89"),
    ("u_cost", "20", "USD;20", "$20.00"),
    ("u_price", "CHF;-3", "CHF;-3", "-CHF3.00"),
    ("u_flag", True, "true", "true"),
    ("u_flag", "0", "false", "false"),
    ("u_when", "2026-07-15 08:00:00", "2026-07-15 08:00:00", "2026-07-15 08:00:00"),
    ("u_when", "2026-07-15T08:00:00Z", "2026-07-15 08:00:00", "2026-07-15 08:00:00"),
    ("u_day", "2026-07-15", "2026-07-15", "2026-07-15"),
    ("u_day", "2026-07-15 23:00:00", "2026-07-15", "2026-07-15"),
    ("u_time", "14:05:09", "1970-01-01 14:05:09", "14:05:09"),
    ("u_time", "1970-01-01 06:00:00", "1970-01-01 06:00:00", "06:00:00"),
    ("u_elapsed", "1970-01-01 00:02:17", "1970-01-01 00:02:17", "2 Minutes 17 Seconds"),
    ("u_elapsed", "1 02:03:04", "1970-01-02 02:03:04", "1 Day 2 Hours 3 Minutes 4 Seconds"),
    ("u_color", "dark_blue", "dark_blue", "Dark Blue"),
    ("u_level", "2", "2", "2 - Medium"),
    ("u_person", ABEL, ABEL, "Abel Tuter"),
    ("u_people", f"{ABEL},x@y.example", f"{ABEL},x@y.example", "Abel Tuter, x@y.example"),
    ("u_short", "more than ten letters", "more than ", "more than "),
    ("u_text", "<P onclick='x()'>a<script>bad()</script> & <b>b", "<p>a &amp; <b>b</b></p>", "<p>a &amp; <b>b</b></p>"),
    ("u_link", "https://example.com/?a=1", "https://example.com/?a=1", "https://example.com/?a=1"),
    ("u_mail", "a@example.com", "a@example.com", "a@example.com"),
]


@behavior("Values", "Each type stored in one form and shown in another: numbers, money, dates, durations, HTML ..")
@pytest.mark.parametrize(("name", "sent", "stored", "display"), PLAIN)
def test_plain_values(sim: Sim, name: str, sent: object, stored: str, display: str) -> None:
    record = made(sim, **{name: sent})
    assert sim.dump(TABLE, sys_id=record["sys_id"])[0][name] == stored
    assert shown(sim, record["sys_id"])[name] == {"value": stored, "display_value": display}


@behavior("Values", "What cannot be read leaves a number or date as it was")
@pytest.mark.parametrize(
    ("name", "sent"),
    [("u_integer", "many"), ("u_decimal", "1.2.3"), ("u_float", "NaN"), ("u_cost", "USD;much"), ("u_cost", "USD;"),
     ("u_when", "tomorrow"), ("u_when", "2026-02-30 00:00:00"), ("u_when", "15.07.2026 10:00:00"), ("u_day", "soon"),
     ("u_time", "25:00:00"), ("u_elapsed", "a while"), ("u_level", "9"), ("u_level", "2 - Medium"),
     ("u_integer", "1e40"), ("u_elapsed", "1969-01-01 00:00:00")],
)  # fmt: skip
def test_what_cannot_be_read_changes_nothing(sim: Sim, name: str, sent: str) -> None:
    before = sim.rows(TABLE, "number=VAL0000001", sysparm_exclude_reference_link="true")[0]
    answer = sim.patch(TABLE, before["sys_id"], **{name: sent})
    assert answer.status_code == 200
    assert before[name] != ""
    assert sim.dump(TABLE, sys_id=before["sys_id"])[0][name] == before[name]


@behavior("Values", "Clearing: a choice keeps its value, everything else is emptied")
def test_clearing(sim: Sim) -> None:
    sys_id = sim.rows(TABLE, "number=VAL0000001")[0]["sys_id"]
    names = [name for name in sim.dump(TABLE, sys_id=sys_id)[0] if name.startswith("u_")]
    sim.patch(TABLE, sys_id, **dict.fromkeys(names, ""))
    left = {name: value for name, value in sim.dump(TABLE, sys_id=sys_id)[0].items() if name in names and value}
    assert left == {"u_color": "dark_blue", "u_level": "2", "u_flag": "false"}


# What a user types, with sysparm_input_display_value=true.
TYPED = [
    ("greta.gruber", "u_when", "15.07.2026 10:00:00", "2026-07-15 08:00:00"),
    ("greta.gruber", "u_when", "2026-07-15 10:00:00", ""),
    ("greta.gruber", "u_day", "15.07.2026", "2026-07-15"),
    ("greta.gruber", "u_time", "10:00:00", "1970-01-01 09:00:00"),
    ("uma.smith", "u_when", "07/15/2026 10:00:00 PM", "2026-07-16 02:00:00"),
    ("uma.smith", "u_when", "07/15/2026 12:00:00 AM", "2026-07-15 04:00:00"),
    ("uma.smith", "u_when", "15/07/2026 10:00:00 PM", ""),
    ("uma.smith", "u_day", "07/15/2026", "2026-07-15"),
    ("uma.smith", "u_time", "01:30:00 PM", "1970-01-01 18:30:00"),
    ("ines.itilson", "u_when", "2026-07-15 10:00:00", "2026-07-15 08:00:00"),
    ("ansible", "u_elapsed", "2 Hours 3 Minutes", "1970-01-01 02:03:00"),
    ("ansible", "u_cost", "$1,234.50", "USD;1234.5"),
    ("ansible", "u_cost", "CHF20", "CHF;20"),
    ("ansible", "u_color", "dark blue", "dark_blue"),
    ("ansible", "u_level", "2 - medium", "2"),
    ("ansible", "u_person", "Abel Tuter", ABEL),
    ("ansible", "u_person", "abel.tuter", ABEL),
    ("ansible", "u_person", "abel.tuter@example.com", ABEL),
    ("ansible", "u_person", "Nobody", ""),
    ("ansible", "u_people", "Abel Tuter, abel.tuter", ABEL),
    ("ansible", "u_integer", "1,234", "1234"),
]


@behavior("Values", "Display values as input: labels, names, user names, e-mail, money, dates as the user writes them")
@pytest.mark.parametrize(("user", "name", "typed", "stored"), TYPED)
def test_display_values_as_input(sim: Sim, user: str, name: str, typed: str, stored: str) -> None:
    answer = sim.call("POST", f"{PATH}?sysparm_input_display_value=true", user, json={name: typed})
    assert answer.status_code == 201
    assert sim.dump(TABLE, sys_id=answer.json()["result"]["sys_id"])[0][name] == stored


@behavior("Values", "Dates and times in each user's time zone and formats (sys_user, else the system properties)")
def test_each_user_sees_dates_in_formats_of_their_own(sim: Sim) -> None:
    sys_id = sim.rows(TABLE, "number=VAL0000001")[0]["sys_id"]

    def seen(user: str) -> list[str]:
        record = shown(sim, sys_id, user)
        return [record[name]["display_value"] for name in ("u_when", "u_day", "u_time")]

    assert seen("ansible") == ["2026-07-15 20:30:00", "2026-07-15", "14:05:00"]
    assert seen("greta.gruber") == ["15.07.2026 22:30:00", "15.07.2026", "15:05:00"]
    assert seen("uma.smith") == ["07/15/2026 04:30:00 PM", "07/15/2026", "09:05:00 AM"]


@behavior("Values", "Dates and times in each user's time zone and formats (sys_user, else the system properties)")
def test_system_properties_are_the_default(sim: Sim) -> None:
    for name, value in (("date_format", "d MMM yyyy"), ("time_format", "H:mm"), ("default.tz", "Asia/Tokyo")):
        sys_id = sim.rows("sys_properties", f"name=glide.sys.{name}")[0]["sys_id"]
        assert sim.patch("sys_properties", sys_id, "admin", value=value).status_code == 200
    record = sim.rows(TABLE, "number=VAL0000001", "ansible", sysparm_display_value="true")[0]
    assert record["u_when"] == "15 Jul 2026 20:30"
    sim.patch("sys_user", sim.rows("sys_user", "user_name=ansible")[0]["sys_id"], "admin", time_zone="")
    record = sim.rows(TABLE, "number=VAL0000001", "ansible", sysparm_display_value="true")[0]
    assert record["u_when"] == "16 Jul 2026 5:30"


@behavior("Values", "Dates and times in each user's time zone and formats (sys_user, else the system properties)")
@pytest.mark.parametrize("pattern", ["", "nonsense", "yyyy-yyyy", "dd.MM.yyyy'T'"])
def test_format_that_cannot_be_understood_is_the_iso_one(sim: Sim, pattern: str) -> None:
    sim.patch("sys_user", sim.rows("sys_user", "user_name=ansible")[0]["sys_id"], "admin", date_format=pattern)
    record = sim.rows(TABLE, "number=VAL0000001", "ansible", sysparm_display_value="true")[0]
    assert record["u_when"] == "2026-07-15 20:30:00"


@behavior("Values", "Passwords and encrypted fields: written, never read, not found by")
@pytest.mark.parametrize("name", ["u_secret", "u_key", "u_sealed"])
def test_secrets_are_only_written(sim: Sim, name: str) -> None:
    record = made(sim, **{name: "very secret"})
    assert name not in record
    assert sim.dump(TABLE, sys_id=record["sys_id"])[0][name] == "very secret"
    assert name not in sim.rows(TABLE, f"sys_id={record['sys_id']}", sysparm_fields=f"number,{name}")[0]
    for query in (f"{name}STARTSWITHvery", f"u_nameSAMEAS{name}", f"u_parent.{name}=x"):
        assert sim.get(PATH, sysparm_query=query).status_code == 403


@behavior("Values", "HTML: scripts, handlers and unknown elements removed", simplified="a fixed list of what stays")
@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ('<a href="javascript:x()" title="t">l</a>', '<a title="t">l</a>'),
        ('<a href=" java\nscript:x()">l</a>', "<a>l</a>"),
        ('<img src="https://e/x.png" onerror="x()">', '<img src="https://e/x.png" />'),
        ("<form><p>kept</p></form>", "<p>kept</p>"),
        ("<iframe src='x'>gone</iframe>stays", "stays"),
        ("1 < 2 &amp; 3", "1 &lt; 2 &amp; 3"),
        ("</p><i>open", "<i>open</i>"),
        ("<script>never closed", ""),
        ("<b><script><b></script>x</b>", "<b>x</b>"),
        ("plain", "plain"),
    ],
)
def test_html_is_sanitized(sim: Sim, sent: str, stored: str) -> None:
    record = made(sim, u_text=sent)
    assert record["u_text"] == stored
    # What an instance wrote it leaves alone.
    assert made(sim, u_text=stored)["u_text"] == stored


@behavior("Values", "Journals read back empty; their entries are in sys_journal_field")
def test_journals(sim: Sim) -> None:
    record = made(sim, u_log="noted")
    assert record["u_log"] == ""
    entries = sim.rows("sys_journal_field", f"element_id={record['sys_id']}")
    assert [(entry["element"], entry["value"]) for entry in entries] == [("u_log", "noted")]


def test_the_demo_table_has_every_type(sim: Sim) -> None:
    types = {field.type for field in sim.simulator.instance.raw.schema["u_value_special"].fields.values()}
    # Tasks have these.
    assert TYPES - types == {"journal_list", "due_date", "domain"}


@behavior("Values", "Money compared and sorted", simplified="by its amount: no conversion between currencies")
def test_money_is_compared_and_sorted_by_amount(sim: Sim) -> None:
    for cost in ("USD;9", "EUR;10", "USD;100.5"):
        made(sim, u_name="money", u_cost=cost)

    def found(query: str) -> list[str]:
        return [row["u_cost"] for row in sim.rows(TABLE, f"u_name=money^{query}")]

    assert found("ORDERBYu_cost") == ["USD;9", "EUR;10", "USD;100.5"]
    assert found("u_cost>9.5^ORDERBYDESCu_cost") == ["USD;100.5", "EUR;10"]
    assert found("u_cost=10") == ["EUR;10"]
    assert found("u_cost=USD;10") == []
    assert found("u_costIN9,EUR;10,x^ORDERBYu_cost") == ["USD;9", "EUR;10"]
