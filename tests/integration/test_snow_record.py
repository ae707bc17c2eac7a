# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_record: any table, known to the library or not; what is written, what is left alone, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from tests.integration.helpers import Instance, Outcome, login, refusal, snow, tolerated, unfailing

from ansible_collections.changegate.snow.plugins.modules import snow_record

ABEL, BETH = "62826bf03710200044e0bfc8bcbe5df1", "46d44a40a9fe198101947ae9f5daf4fb"
HARDWARE = "8a5055c9c61122780043563ef53438e3"
DISK: dict[str, Any] = {
    "correlation_id": "disk-full-web-01",
    "short_description": "Disk full on web-01",
    "assignment_group": "Hardware",
    "urgency": 2,
}


def incident(**data: Any) -> dict[str, Any]:
    """A task that brings the incident of DISK to *data*."""
    return record("incident", correlation_id=DISK["correlation_id"], **data)


def record(table: str, **data: Any) -> dict[str, Any]:
    """A task for a record that is identified by the first column of *data*."""
    return snow("snow_record", table=table, match_on=[next(iter(data))], data=data)


def changed(outcomes: list[Outcome]) -> list[bool]:
    assert not [outcome.result["msg"] for outcome in outcomes if outcome.failed]
    return [outcome.changed for outcome in outcomes]


def test_create_again_change_again_absent_again(instance: Instance, in_process: bool) -> None:
    """Each step changes once, check mode foretells it, and no step costs more requests than the budget says."""
    create = snow("snow_record", table="incident", match_on=["correlation_id"], data=DISK)
    update = incident(urgency=1, assignment_group="Network")
    absent = snow("snow_record", table="incident", match_on=["correlation_id"], data=DISK, state="absent")
    tasks = [step for task in (create, update, absent) for step in ({**task, "check_mode": True}, task, task)]
    played = instance.play(*tasks, in_process=in_process, environ=login("admin"))
    assert changed(played.ours) == [True, True, False] * 3
    assert [outcome.result["requests"] for outcome in played.ours] == [1, 2, 1] * 3
    assert [request.method for request in instance.writes()] == ["POST", "PATCH", "DELETE"]
    results = [outcome.result for outcome in played.ours]
    assert [result["diff"] for result in results[0::3]] == [result["diff"] for result in results[1::3]]
    assert [result["diff"] for result in results[2::3]] == [{"before": {}, "after": {}}] * 3
    assert results[1]["diff"] == {"before": {}, "after": {**DISK, "urgency": "2"}}
    assert results[1]["record"]["assignment_group"] == HARDWARE
    assert results[1]["display"]["assignment_group"] == "Hardware"
    assert results[4]["diff"]["before"] == {"urgency": "2 - Medium", "assignment_group": "Hardware"}
    assert results[4]["record"]["urgency"] == "1"
    assert not instance.rows("incident", correlation_id=DISK["correlation_id"])


def test_one_connection_a_task(instance: Instance) -> None:
    """The requests of one task share a TCP connection."""
    instance.play(incident(short_description="One"))
    assert [request.method for request in instance.requests()] == ["GET", "POST"]
    assert len({request.connection for request in instance.requests()}) == 1


def test_by_number_and_by_sys_id(instance: Instance) -> None:
    """A number and a sys_id name a record that is there; one that is not is never created, and absent is content."""
    (row,) = instance.rows("incident", number="INC0000062")
    data = {"short_description": "Toner is here"}
    nowhere = {"number": "INC9999999"}, {"sys_id": "0" * 32}
    played = instance.play(
        snow("snow_record", table="incident", number="INC0000062", data=data),
        snow("snow_record", table="incident", sys_id=row["sys_id"].upper(), data=data),
        *tolerated(*(snow("snow_record", table="incident", data=data, **key) for key in nowhere)),
        *(snow("snow_record", table="incident", state="absent", **key) for key in nowhere),
    )
    first, again, *missing, none, nothing = played.ours
    assert changed([first, again, none, nothing]) == [True, False, False, False]
    assert [outcome.result["error"]["type"] for outcome in missing] == ["no_results", "no_results"]
    assert [request.method for request in instance.writes()] == ["PATCH"]
    assert instance.rows("incident", sys_id=row["sys_id"])[0]["short_description"] == "Toner is here"


# What is stored for a value, and other ways to write the same, for columns whose types the library does not know.
SPELLINGS: list[tuple[str, str, list[Any], str]] = [
    ("incident", "made_sla", [False, "false", "False"], "false"),
    ("incident", "severity", [1, "1 - high", "1", 1.0], "1"),
    ("incident", "category", ["Inquiry / Help", "inquiry", "INQUIRY / HELP"], "inquiry"),
    ("incident", "reassignment_count", [7, "7", 7.0], "7"),
    ("incident", "follow_up", ["2026-07-15T10:00:00+02:00", "2026-07-15 08:00:00", "2026-07-15T03:00:00-0500"],
     "2026-07-15 08:00:00"),
    ("incident", "work_notes_list", [["Abel Tuter", "Beth Anglin"], [BETH, ABEL], f"{ABEL}, {BETH}",
     "Beth Anglin, Abel Tuter"], f"{ABEL},{BETH}"),
    ("incident", "watch_list", ["Abel Tuter, Beth Anglin", [BETH, ABEL]], f"{ABEL},{BETH}"),
    ("incident", "resolved_by", ["Abel Tuter", ABEL, "abel tuter"], ABEL),
    ("incident", "description", ["One\nTwo\n", "One\r\nTwo"], "One\nTwo\n"),
    ("cmdb_ci_server", "operational_status", ["Repair in Progress", 3, "3"], "3"),
    ("cmdb_ci_server", "environment", ["Test"], "Test"),
    ("cmdb_ci_server", "cpu_count", [16.0, 16, "16"], "16"),
    ("cmdb_ci_server", "support_group", [HARDWARE, "Hardware", "hardware"], HARDWARE),
    ("cmdb_ci_server", "managed_by", ["Beth Anglin", BETH], BETH),
    ("cmdb_ci_server", "serial_number", ["0042-A"], "0042-A"),
    ("change_request", "review_date", ["2026-07-15"], "2026-07-15"),
    ("change_request", "cab_date", ["2026-07-15T10:00:00Z", "2026-07-15 10:00"], "2026-07-15 10:00:00"),
]  # fmt: skip
TABLES = {"incident": "INC0000065", "cmdb_ci_server": "win-file-01", "change_request": "CHG0030020"}


def cell_by_cell(data: dict[tuple[str, str], Any]) -> list[dict[str, Any]]:
    """A task for each table, with the columns of *data* that are in it."""
    tasks = []
    for table, name in TABLES.items():
        key = "name" if table == "cmdb_ci_server" else "number"
        columns = {column: value for (owner, column), value in data.items() if owner == table}
        tasks.append(snow("snow_record", table=table, match_on=[key], data={key: name, **columns}, if_missing="fail"))
    return tasks


def test_columns_of_unknown_type(instance: Instance) -> None:
    """Every type is stored right from every spelling, another spelling changes nothing, null clears, once."""
    longest = max(len(spellings) for _table, _column, spellings, _stored in SPELLINGS)
    rounds = [
        cell_by_cell({(table, column): given[min(turn, len(given) - 1)] for table, column, given, _stored in SPELLINGS})
        for turn in range(longest)
    ]
    choices = {"made_sla", "severity", "category", "operational_status", "environment"}  # have no empty value
    cleared = cell_by_cell({(table, column): None for table, column, *_ in SPELLINGS if column not in choices})
    played = instance.play(
        *(task for tasks in rounds for task in tasks),
        *cleared,
        *cleared,
        # A user whose zone is not UTC: dates must not be read in it.
        environ=login("ines.itilson"),
    )
    first, repeated = played.ours[:3], played.ours[3 : 3 * longest]
    assert changed(first) == [True, True, True]
    stored = {table: outcome.result["record"] for table, outcome in zip(TABLES, first, strict=True)}
    held = {(table, column): stored[table][column] for table, column, *_ in SPELLINGS}
    assert held == {(table, column): text for table, column, _given, text in SPELLINGS}
    assert [outcome.result["diff"] for outcome in repeated] == [{"before": {}, "after": {}}] * len(repeated)
    assert changed(repeated) == [False] * len(repeated)
    assert changed(played.ours[-6:]) == [True, True, True, False, False, False]
    (row,) = instance.rows("incident", number="INC0000065")
    assert (row["follow_up"], row["work_notes_list"], row["resolved_by"]) == ("", "", "")
    # Omitted columns were left alone all the while.
    assert row["short_description"] == "New laptop does not start"


def test_other_case_of_a_text_is_a_change(instance: Instance) -> None:
    """A name or label is compared in any case, a plain text exactly; a number in a text is a text."""
    tasks = [record("cmdb_ci_server", name="win-file-01", serial_number=text) for text in ("ab", "AB", "1", "01")]
    played = instance.play(*tasks)
    assert changed(played.ours) == [True] * 4


def test_what_a_column_cannot_hold_is_rounded(instance: Instance) -> None:
    """A boolean has no empty value and a date no time of day: what is meant is written, once, and no failure."""
    rounded: list[tuple[str, str, str, str | None, str]] = [
        ("incident", "INC0000065", "made_sla", None, "false"),
        ("incident", "INC0000065", "follow_up", "2026-07-15", "2026-07-15 00:00:00"),
        ("change_request", "CHG0030020", "review_date", "2026-07-15T10:00:00Z", "2026-07-15"),
    ]
    tasks = [
        snow("snow_record", table=table, number=number, data={column: wanted})
        for table, number, column, wanted, _stored in rounded
    ]
    played = instance.play(*tolerated(*tasks, *tasks))
    assert changed(played.ours) == [True] * 3 + [False] * 3
    for table, number, column, _wanted, stored in rounded:
        assert instance.rows(table, number=number)[0][column] == stored


def test_names_beside_dates(instance: Instance) -> None:
    """Names and dates together take two writes, and the dates are UTC although the user lives elsewhere."""
    new = {
        "correlation_id": "zones",
        "short_description": "Zones",
        "assignment_group": "Hardware",
        "due_date": "2026-07-15T10:00:00+02:00",
        "work_start": "2026-07-15 07:30:00",
    }
    moved = {**new, "assignment_group": "Network", "due_date": "2026-12-15T10:00:00Z"}
    tasks = [snow("snow_record", table="incident", match_on=["correlation_id"], data=data) for data in (new, moved)]
    played = instance.play(*(again for task in tasks for again in (task, task)), environ=login("ines.itilson"))
    assert changed(played.ours) == [True, False, True, False]
    assert [outcome.result["requests"] for outcome in played.ours] == [3, 1, 3, 1]
    assert [request.method for request in instance.writes()] == ["POST", "PATCH", "PATCH", "PATCH"]
    first, second = played.ours[0].result["record"], played.ours[2].result["record"]
    dates = (first["assignment_group"], first["due_date"], first["work_start"])
    assert dates == (HARDWARE, "2026-07-15 08:00:00", "2026-07-15 07:30:00")
    assert (played.ours[2].result["display"]["assignment_group"], second["due_date"]) == (
        "Network",
        "2026-12-15 10:00:00",
    )
    assert instance.rows("incident", correlation_id="zones")[0]["due_date"] == "2026-12-15 10:00:00"


def test_notes_are_written_once(instance: Instance) -> None:
    """A journal reads back empty; still each note is there once, whether it came with the create or later."""
    first, second = incident(**_but_key(), work_notes="Extended by 20 GB."), incident(work_notes="Done.\nReally.")
    predicted = {**second, "check_mode": True}
    played = instance.play(first, first, predicted, second, predicted, second)
    assert changed(played.ours) == [True, False, True, True, False, False]
    (row,) = instance.rows("incident", correlation_id=DISK["correlation_id"])
    notes = [entry["value"] for entry in instance.rows("sys_journal_field", element_id=row["sys_id"])]
    assert notes == ["Extended by 20 GB.", "Done.\nReally."]


def _but_key() -> dict[str, Any]:
    return {name: value for name, value in DISK.items() if name != "correlation_id"}


@pytest.mark.parametrize("no_rows", [False, True], ids=["condition_dropped", "no_rows"])
def test_refused_before_anything_is_written(instance: Instance, no_rows: bool) -> None:
    """Unknown columns and tables, and keys that name several records or none, write nothing: in check mode likewise."""
    instance.control("PUT", "settings", {"invalid_query_returns_no_rows": no_rows})
    absent = {"state": "absent"}
    refused: list[tuple[dict[str, Any], str, str]] = [
        (incident(**_but_key(), shoe_size=44), "invalid_usage", "shoe_size"),
        (record("incident", number="INC0000055", shoe_size=44), "invalid_usage", "shoe_size"),
        (record("cmdb_ci_server", name="new-01", shoe_size=44), "invalid_usage", "shoe_size"),
        (record("cmdb_ci_server", name="win-file-01", shoe_size=44), "invalid_usage", "shoe_size"),
        (record("u_shoes", u_size="44"), "response", "u_shoes"),
        (record("incident", category="hardware", short_description="Which?"), "multiple_results", "INC0000062"),
        (snow("snow_record", table="incident", match_on=["category"], data={"category": "hardware"}, **absent),
         "multiple_results", "INC0000065"),
        # The server does not know the key: it drops the condition, and other records come back.
        (record("incident", shoe_size="44", short_description="Mine"), "", "shoe_size"),
        (record("cmdb_ci_server", shoe_size="44", name="Mine"), "", "shoe_size"),
    ]  # fmt: skip
    tasks = [task for task, _kind, _word in refused]
    played = instance.play(*tolerated(*tasks), *tolerated(*tasks, check_mode=True))
    for outcome, (task, kind, word) in zip(played.ours, refused * 2, strict=True):
        assert outcome.failed, task
        assert not outcome.changed
        assert word in outcome.result["msg"]
        assert kind in ("", outcome.result["error"]["type"]), outcome.result["msg"]
    assert instance.writes() == []


def test_if_missing_fail(instance: Instance) -> None:
    """Without leave to create, a record that is not there fails; in check mode an earlier task may be to make it."""
    task = snow("snow_record", table="incident", match_on=["correlation_id"], data=DISK, if_missing="fail")
    played = instance.play(*tolerated(task), {**task, "check_mode": True})
    failed, foretold = played.ours
    assert failed.result["error"]["type"] == "no_results"
    assert DISK["correlation_id"] in failed.result["msg"]
    assert not foretold.failed
    assert foretold.result["warnings"]
    assert instance.writes() == []


@pytest.mark.parametrize("no_rows", [False, True], ids=["condition_dropped", "no_rows"])
def test_nothing_is_deleted_by_an_unknown_key(instance: Instance, no_rows: bool) -> None:
    """The server that drops a condition offers other records for deletion; none goes."""
    instance.control("PUT", "settings", {"invalid_query_returns_no_rows": no_rows})
    keys: list[dict[str, Any]] = [{"shoe_size": "44"}, {"category": "database", "shoe_size": "44"}]
    absent = [snow("snow_record", table="incident", match_on=list(data), data=data, state="absent") for data in keys]
    before = len(instance.rows("incident"))
    played = instance.play(*tolerated(*absent), environ=login("admin"))
    assert [outcome.changed for outcome in played.ours] == [False, False]
    assert instance.writes() == []
    assert len(instance.rows("incident")) == before


def test_keys_are_escaped(instance: Instance) -> None:
    """A key with ^ and commas finds its own record and no other; one that the server would run is refused."""
    odd = "a^b,c=d^ORnumberISNOTEMPTY"
    played = instance.play(
        *[record("incident", short_description=odd, urgency=1)] * 2,
        *tolerated(record("incident", short_description="javascript:gs.now()")),
    )
    assert changed(played.ours[:2]) == [True, False]
    assert "javascript:" in played.ours[2].result["msg"]
    assert len(instance.rows("incident", short_description=odd)) == 1
    assert len(instance.writes()) == 1


def test_check_mode_on_a_read_only_instance(instance: Instance, in_process: bool) -> None:
    """--check needs no right to write, and foretells changed and diff of the real run to the letter."""
    tasks = [
        incident(**_but_key(), follow_up="2026-07-15 10:00"),
        snow("snow_record", table="incident", number="INC0000063",
             data={"assigned_to": None, "state": "In Progress", "due_date": "2026-07-15T10:00:00+02:00",
                   "work_notes": "Looked at it.", "assignment_group": "Database"}),
        record("cmdb_ci_server", name="win-file-01", cpu_count=8, managed_by="Beth Anglin", environment="Test"),
        snow("snow_record", table="incident", number="INC0000062", state="absent"),
    ]  # fmt: skip
    admin = login("admin")
    instance.read_only()
    predicted = instance.play(*tasks, check=True, in_process=in_process, environ=admin)
    assert instance.writes() == []
    instance.read_only(False)
    real = instance.play(*tasks, in_process=in_process, environ=admin)
    for foretold, done in zip(predicted.ours, real.ours, strict=True):
        assert (foretold.changed, foretold.result["diff"]) == (done.changed, done.result["diff"])
    assert changed(real.ours) == [True] * 4
    assert changed(instance.play(*tasks, check=True, environ=admin).ours) == [False] * 4


def test_ignored_fields_are_named(instance: Instance) -> None:
    """What the instance takes without a word and does not apply fails the task, and is named with both values."""
    instance.fault({"ignore_fields": ["urgency"]}, method="PATCH")
    wanted = {"urgency": 1, "short_description": "Noticed"}
    task = snow("snow_record", table="incident", number="INC0000062", data=wanted)
    warned = {**task, "changegate.snow.snow_record": {**task["changegate.snow.snow_record"], "unapplied": "warn"}}
    played = instance.play(*tolerated(task), warned)
    failed, warning = (outcome.result for outcome in played.ours)
    expected = [{"field": "urgency", "wanted": "1", "actual": "3 - Low (3)"}]
    assert (failed["changed"], failed["unapplied"]) == (True, expected)
    assert [outcome.failed for outcome in played.ours] == [True, False]
    assert failed["error"]["type"] == "unapplied"
    assert "urgency" in failed["msg"]
    assert failed["record"]["short_description"] == "Noticed"
    assert warning["unapplied"] == expected
    assert any("urgency" in line for line in warning["warnings"])
    # Nothing of it was applied.
    assert not warning["changed"]


def test_users_are_looked_up(instance: Instance) -> None:
    """By user name, e-mail or name; nobody, or one of several, is refused before a write, unless all is to be tried."""
    instance.seed("sys_user", *[{"user_name": f"twin.{n}", "name": "Twin Brother"} for n in range(2)])
    names = ["abel.tuter", "ABEL.TUTER@example.com", "Abel Tuter", "Nobody Known", "Twin Brother"]
    tasks = [snow("snow_record", table="incident", number="INC0000062", data={"assigned_to": name}) for name in names]
    lenient = snow("snow_record", table="incident", number="INC0000063", data={"caller_id": "Nobody"}, unapplied="warn")
    *known, nobody, twins, tried = instance.run(*tasks, lenient)
    assert [outcome.result["record"]["assigned_to"] for outcome in known] == [ABEL] * 3
    assert changed(known) == [True, False, False]
    assert known[0].result["diff"]["after"] == {"assigned_to": "Abel Tuter"}
    for refused, words in ((nobody, "no user has"), (twins, "twin.0")):
        assert (refused.failed, refused.result["error"]["type"]) == (True, "invalid_usage")
        assert words in refused.result["msg"]
        assert not refused.changed
    assert not tried.failed
    assert tried.result["unapplied"][0]["wanted"] == "Nobody"
    assert len(instance.writes()) == 2


def test_columns_of_other_tables_are_refused(instance: Instance) -> None:
    """A column that a change has and an incident has not, and one of a class below; nothing is made with them."""
    many = [{"correlation_id": "other", "risk": 1}]
    tasks = [
        record("incident", correlation_id="other", risk="High"),
        snow("snow_record", table="incident", match_on=["correlation_id"], records=many),
        record("cmdb_ci", name="other", host_name="web-9"),
        record("cmdb_ci_server", name="other", host_name="web-9", asset_tag="P1"),
    ]
    *refused, made = instance.run(*[{**task, "check_mode": True} for task in tasks])
    assert [outcome.failed for outcome in refused] == [True] * 3
    assert made.changed
    *refused, made = instance.run(*tasks)
    for outcome, column in zip(refused, ("risk", "risk", "host_name"), strict=True):
        assert (outcome.failed, outcome.changed) == (True, False)
        assert column in outcome.result["msg"]
    assert not made.failed
    assert len(instance.writes()) == 1


def test_a_dictionary_that_may_not_be_read(instance: Instance) -> None:
    """It proves nothing: what the record shows decides. One that cannot be read now is a failure."""
    instance.fault({"status": 403}, path="/table/sys_db_object")
    task = record("u_value_sample", u_name="blind", u_integer="3", u_note="x")
    lineage = instance.run(task, task)
    instance.fault({"status": 403}, path="/table/sys_dictionary")
    nothing = instance.run(
        record("u_value_sample", u_name="blinder", u_integer="3", u_note="x"), record("u_value_sample", u_shoe="44")
    )
    instance.control("DELETE", "faults")
    instance.fault({"status": 503}, path="/table/sys_dictionary")
    (later,) = instance.run(record("u_value_sample", u_name="later"))
    assert changed(lineage) == [True, False]
    assert not nothing[0].failed
    assert nothing[1].result["error"]["type"] == "unexpected_response"
    assert (later.failed, later.changed, later.result["error"]["status"]) == (True, False, 503)


def test_secrets_that_only_the_instance_knows(instance: Instance, in_process: bool) -> None:
    """The dictionary says that a column is a password: it is written each time, and shown nowhere."""
    word = "correct-horse-battery"
    one = snow("snow_record", table="u_value_sample", number="VAL0000001", data={"u_secret": word})
    many = snow("snow_record", table="u_value_sample", match_on=["number"],
                records=[{"number": "VAL0000001", "u_key": word}])  # fmt: skip
    new = record("u_value_sample", u_name="secretive", u_sealed=word)
    foretold = instance.run(one, many, check=True, in_process=in_process)
    outcomes = instance.run(one, many, new, one, many, new, in_process=in_process)
    assert [outcome.changed for outcome in foretold] == [True, True]
    assert [outcome.changed for outcome in outcomes] == [True, True, True, False, False, False]
    (row,) = instance.rows("u_value_sample", number="VAL0000001")
    assert (row["u_secret"], row["u_key"]) == (word, word)
    assert outcomes[0].result["diff"] == {"before": {}, "after": {"u_secret": "********"}}
    for outcome in (*foretold, *outcomes):
        assert word not in str(outcome.result)
        assert "sys_mod_count" not in str(outcome.result.get("results"))
    lost = snow("snow_record", table="sys_user", match_on=["user_name"], if_missing="fail",
                data={"user_name": "nobody", "user_password": word})  # fmt: skip
    (missing,) = instance.run(lost, in_process=in_process)
    assert missing.failed
    assert word not in str(missing.result)


def test_secrets_of_what_is_refused(instance: Instance) -> None:
    """A task that refuses something else shows no secret either, nor does one that foretells what is not there yet."""
    word = "correct-horse-battery"
    refused = [
        record("u_value_sample", u_name="Nothing", u_secret=word, u_nope=1),
        record("u_value_sample", u_name="Nothing", u_secret=word, u_person="nobody.here"),
        record("u_value_sample", u_name="New", u_secret=word, u_nope=1),
        record("u_value_sample", u_name="New", u_secret=word, u_person="nobody.here"),
    ]
    new = {"u_name": "New", "u_secret": word}
    foretold = snow("snow_record", table="u_value_sample", match_on=["u_name"], records=[new], if_missing="fail")
    played = instance.play(*tolerated(*refused), {**foretold, "check_mode": True}, arguments=["-vvvv"])
    assert [outcome.failed for outcome in played.ours] == [True] * 4 + [False]
    assert not [outcome.result for outcome in played.ours if word in str(outcome.result)]
    assert word not in played.output


def test_a_reference_that_only_the_instance_knows_is_no_key(instance: Instance) -> None:
    """By the name of what it refers to a record is not found again: each run would make another."""
    data = {"u_name": "R1", "u_person": "Abel Tuter"}
    task = snow("snow_record", table="u_value_sample", match_on=["u_name", "u_person"], data=data)
    by_id = snow(
        "snow_record", table="u_value_sample", match_on=["u_name", "u_person"], data={**data, "u_person": ABEL}
    )
    refused, made, again = instance.run(task, by_id, by_id)
    assert "name of a reference" in refusal(refused, "invalid_usage")
    assert (made.changed, again.changed) == (True, False)
    assert len(instance.rows("u_value_sample", u_name="R1")) == 1


def test_blank_notes_are_none(instance: Instance) -> None:
    """Nothing is added to a journal, whoever told that it is one, for one record and for many."""
    data = [{"u_name": "Nothing", "u_log": "  "}, {"u_name": "N2", "u_log": " ", "u_note": "x"}]
    tasks = [record("u_value_sample", **row) for row in data]
    many = snow(
        "snow_record", table="u_value_sample", match_on=["u_name"], records=[*data, {"u_name": "N3", "u_log": "\n"}]
    )
    by_id = snow("snow_record", table="incident", match_on=["number"],
                 records=[{"number": "INC0000065", "work_notes": "  "}])  # fmt: skip
    outcomes = instance.run(*tasks, many, many, by_id)
    assert [outcome.changed for outcome in outcomes] == [False, True, True, False, False]
    assert [row["value"] for row in instance.rows("sys_journal_field") if not row["value"].strip()] == []


def test_the_same_is_asked_once(instance: Instance) -> None:
    """Notes of a record whose user has to be looked up, and what a table extends."""
    notes = {"work_notes": "Extended.", "comments": "Done."}
    found = snow("snow_record", number="INC0000065", table="incident", data={"caller_id": "beth.anglin", **notes})
    # Of u_decimal the type matters only after the instance has rounded it.
    rounded = record("u_value_sample", u_name="Everything", u_integer="07", u_decimal="1,5")
    instance.run(found, rounded, check=True)
    assert len([request for request in instance.requests() if "sys_journal_field" in request.path]) == 2
    instance.run(rounded)
    instance.clear_log()
    instance.run(rounded)
    assert len([request for request in instance.requests() if "sys_db_object" in request.path]) <= 1


def test_what_the_record_seems_to_hold(instance: Instance) -> None:
    """Addresses among users, HTML without tags, and words for truth are the same in the second run."""
    given: list[dict[str, Any]] = [
        {"u_people": ["someone@else.example", "abel.tuter"]}, {"u_text": "plain & simple"}, {"u_flag": "yes"},
    ]  # fmt: skip
    tasks = [record("u_value_sample", u_name="Everything", **data) for data in given]
    wrong = [record("u_value_sample", u_name="Everything", u_note="new", **data)
             for data in ({"u_elapsed": "garbage"}, {"u_cost": "garbage"})]  # fmt: skip
    instance.run(*tasks)
    instance.clear_log()
    outcomes = instance.run(*tasks, *wrong)
    unfailing(outcomes[:3])
    assert [outcome.changed for outcome in outcomes] == [False] * 5
    assert [outcome.result["diff"] for outcome in outcomes] == [{"before": {}, "after": {}}] * 5
    assert all("garbage" in refusal(outcome, "invalid_usage") for outcome in outcomes[3:])
    assert instance.writes() == []


def test_partial_write_is_told(instance: Instance) -> None:
    """A failure says what was written before it, in the record and in the diff, and of what was not written nothing."""
    instance.fault({"status": 403}, method="PATCH")
    half, nothing = instance.run(
        incident(**_but_key(), due_date="2026-07-15T10:00:00Z"),
        snow("snow_record", table="incident", number="INC0000062", data={"urgency": 1, "work_notes": "Seen."}),
    )
    assert (half.failed, half.changed, half.result["error"]["type"]) == (True, True, "forbidden")
    (row,) = instance.rows("incident", correlation_id=DISK["correlation_id"])
    assert half.result["record"]["sys_id"] == row["sys_id"]
    assert half.result["diff"] == {"before": {}, "after": {**DISK, "urgency": "2"}}
    assert (nothing.failed, nothing.changed) == (True, False)
    assert nothing.result["diff"] == {"before": {}, "after": {}}
    instance.control("DELETE", "faults")
    instance.fault({"status": 403}, method="POST")
    (unmade,) = instance.run(snow("snow_record", table="incident", match_on=["correlation_id"],
                                  data={"correlation_id": "unmade", "urgency": 1}))  # fmt: skip
    assert (unmade.failed, unmade.changed, unmade.result["diff"]) == (True, False, {"before": {}, "after": {}})


#: A user, what goes wrong once for their requests, and with which of them.
ONCE_WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "abel.tuter": ("POST", {"drop": "before"}),
    "beth.anglin": ("POST", {"drop": "after"}),
    "david.loo": ("POST", {"truncate": True}),
    "don.goodliffe": ("POST", {"quota": True}),
    "ines.itilson": ("POST", {"html": "hibernating"}),
    "bow.ruggeri": ("POST", {"status": 429, "headers": {"Retry-After": "0"}}),
    "admin": ("POST", {"status": 502}),
    "ansible": ("GET", {"status": 503}),
}


def test_created_exactly_once(instance: Instance) -> None:
    """Whatever becomes of one request, one record is there in the end and the task succeeds."""
    tasks = []
    for user, (method, action) in ONCE_WRONG.items():
        instance.fault(action, method=method, path="/api/now/table/incident", user=user, count=1)
        task = record("incident", correlation_id=user, short_description=user, work_notes="Noted.")
        tasks.append({**task, "name": f"{user}: {action}", "environment": login(user)})
    played = instance.play(*tolerated(*(again for task in tasks for again in (task, task))))
    failed = {outcome.name: outcome.result["msg"] for outcome in played.ours if outcome.failed}
    assert not failed
    assert changed(played.ours) == [True, False] * len(tasks)
    for user in ONCE_WRONG:
        (row,) = instance.rows("incident", correlation_id=user)
        assert len(instance.rows("sys_journal_field", element_id=row["sys_id"])) == 1, user


def test_text_longer_than_its_column(instance: Instance) -> None:
    """A text that the instance cut is not written again and again: it is told."""
    played = instance.play(*[incident(short_description="x" * 200)] * 2)
    assert changed(played.ours) == [True, False]
    assert any("short_description" in line for line in played.ours[1].result["warnings"])


# One record that a query finds ---------------------------------------------------------------------------


def by_query(query: Any, table: str = "incident", **options: Any) -> dict[str, Any]:
    return snow("snow_record", table=table, query=query, **options)


def test_found_by_a_query(instance: Instance) -> None:
    """Conditions and encoded queries name one record, which is written and deleted once, and left alone if missing."""
    twin = {"correlation_display": "queried", "category": "network"}
    instance.seed("incident", {**twin, "cmdb_ci": "", "urgency": "3"})
    encoded = "correlation_display=queried^category=network^stateNOT IN7,8"
    walked = {"correlation_display": "queried", "caller_id.name": None}
    write: dict[str, Any] = {"data": {"urgency": 1, "assignment_group": "Network", "work_notes": "Taken over."}}
    tasks = [
        {**by_query({**twin, "cmdb_ci": None}, **write), "check_mode": True},
        by_query({**twin, "cmdb_ci": None}, **write),
        by_query(encoded, **write),
        by_query({**twin, "state": {"not_in": [7, 8]}}, data={"urgency": 1}),
        by_query(walked, data={"urgency": 1}),
        by_query(encoded, state="absent"),
        by_query(encoded, state="absent"),
        by_query(encoded, data={"urgency": 2}, if_missing="ignore"),
    ]
    played = instance.play(*tasks, environ=login("admin"))
    assert changed(played.ours) == [True, True, False, False, False, True, False, False]
    foretold, done = (outcome.result for outcome in played.ours[:2])
    assert foretold["diff"] == done["diff"]
    assert [outcome.result["requests"] for outcome in played.ours[3:]] == [1, 2, 2, 1, 1]
    assert "record" not in played.ours[-1].result
    assert not instance.rows("incident", correlation_display="queried")


def test_made_for_a_query_only_if_it_finds_it_again(instance: Instance) -> None:
    """Equalities are taken over by the new record; with anything else none is made, and the reason told."""
    plain = {"correlation_display": "made", "urgency": 2, "state": "In Progress"}
    made, again, other = instance.run(
        by_query(plain, data={"short_description": "Made"}),
        by_query("correlation_display=made^urgency=2^state=2", data={"short_description": "Made"}),
        by_query(plain, data={"urgency": "2", "impact": 1}),
    )
    assert changed([made, again, other]) == [True, False, True]
    (row,) = instance.rows("incident", correlation_display="made")
    assert (row["urgency"], row["short_description"], row["impact"]) == ("2", "Made", "1")
    doubtful: list[tuple[Any, str]] = [
        ({"correlation_display": {"contains": "nothing"}}, "is not a column and its value"),
        ({"correlation_display": ["x1", "x2"]}, "is not a column and its value"),
        ({"or": [{"correlation_display": "x1"}, {"urgency": 9}]}, "alternatives"),
        ("correlation_display=x1^NQcorrelation_display=x2", "alternatives"),
        ({"correlation_display": None, "urgency": 9}, "is not a column and its value"),
        ({"assignment_group.name": "x1"}, "another record"),
        ("correlation_display=x1^correlation_display=x2", "named before"),
        ("caller_id=" + "0" * 31, "reference"),
        ({"caller_id": "Abel Tuter"}, "caller_id.name"),
        ({"due_date": "2031-01-01"}, "date"),
        ({"number": "INC9999999"}, "to give"),
        ({"sys_id": "0" * 32}, "to give"),
    ]
    outcomes = instance.run(*(by_query(query, data={"impact": 1}) for query, _why in doubtful))
    for outcome, (query, why) in zip(outcomes, doubtful, strict=True):
        assert outcome.failed, query
        assert why in outcome.result["msg"], outcome.result["msg"]
        assert not outcome.changed
    assert len(instance.rows("incident", correlation_display="made")) == 1
    assert [request.method for request in instance.writes()] == ["POST", "PATCH"]


def test_queries_that_are_refused(instance: Instance) -> None:
    """An empty query, one that cannot be read or checked, several records, and data that hides what was asked about."""
    empty: list[Any] = ["", " ", {}, None]
    refused: list[tuple[dict[str, Any], str]] = [
        *[(by_query(query, data={"urgency": 1}), "query is empty") for query in empty],
        (by_query(5, data={"urgency": 1}), "columns and their conditions"),
        (by_query("active", state="absent"), "not a condition"),
        (by_query("123TEXTQUERY321=disk", state="absent"), "cannot be checked"),
        (by_query("ORDERBYnumber", state="absent"), "no condition"),
        (by_query({"correlation_display": "x", "urgency": 2}, data={"urgency": 1}), "data changes urgency"),
        (by_query({"number": "x"}, number="INC0000055"), "mutually exclusive"),
        (by_query({"number": "x"}, match_on=["number"], data={"number": "x"}), "mutually exclusive"),
        (by_query({"number": "x"}, records=[]), ""),
    ]
    for outcome, (task, words) in zip(instance.run(*(task for task, _ in refused)), refused, strict=True):
        assert outcome.failed, task
        assert words in outcome.result["msg"], outcome.result["msg"]
    assert instance.requests() == []
    for no_rows in (False, True):
        instance.control("PUT", "settings", {"invalid_query_returns_no_rows": no_rows})
        several, dropped, walked = instance.run(
            by_query({"category": "hardware"}, state="absent"),
            by_query({"category": "database", "shoe_size": 44}, data={"urgency": 1}, if_missing="fail"),
            by_query({"caller_id.shoe_size": 44}, state="absent"),
            environ=login("admin"),
        )
        assert "INC0000062" in refusal(several, "multiple_results")
        assert dropped.failed
        assert not walked.changed
    assert instance.writes() == []


def test_if_missing_ignore(instance: Instance) -> None:
    """What is not there is left alone, by whatever it is named; what is there is written."""
    data = {"correlation_id": "none-yet", "urgency": 1}
    tasks = [
        snow("snow_record", table="incident", match_on=["correlation_id"], data=data, if_missing="ignore"),
        snow("snow_record", table="incident", number="INC9999999", data={"urgency": 1}, if_missing="ignore"),
        snow("snow_record", table="incident", sys_id="0" * 32, data={"urgency": 1}, if_missing="ignore"),
        snow("snow_record", table="incident", number="INC0000062", data={"urgency": 1}, if_missing="ignore"),
    ]
    assert changed(instance.run(*tasks)) == [False, False, False, True]
    (row,) = instance.rows("incident", number="INC0000062")
    assert row["urgency"] == "1"
    assert not instance.rows("incident", correlation_id="none-yet")


def test_the_examples(instance: Instance) -> None:
    """They are run as they stand, twice; the second time what is kept has not changed."""
    tasks = yaml.safe_load(snow_record.EXAMPLES)
    instance.seed("incident", {"category": "network", "cmdb_ci": instance.rows("cmdb_ci", name="web-01")[0]["sys_id"]})
    played = instance.play(*tasks, environ=login("admin"))
    assert changed(played.of("snow_record")) == [True] * 6
    again = instance.play(*tasks, environ=login("admin"))
    assert changed(again.of("snow_record")) == [True, True, True, False, True, True]
