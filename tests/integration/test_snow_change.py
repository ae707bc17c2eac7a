# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_change: what it compares and writes, which change it means, which way it walks, and what it refuses."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.integration.helpers import Instance, Outcome, login, refusal, snow, unfailing

ABEL, BETH = "62826bf03710200044e0bfc8bcbe5df1", "46d44a40a9fe198101947ae9f5daf4fb"
NETWORK = "287ebd7da9fe198100f92cc8d1d2154e"
APACHE, WEB_01, WEB_02 = (
    "3a27d4370a0a0bb4006316812bf45439",
    "caf043a3b7fb23000999e4f6ee11a9c0",
    "06f043a3b7fb23000999e4f6ee11a9c1",
)
RELEASE: dict[str, Any] = {
    "correlation_id": "shop-1-production",
    "short_description": "Deploy shop 1",
    "requested_by": "Abel Tuter",
    "assignment_group": "Network",
    "start_date": "2026-11-24T20:00:00Z",
    "end_date": "2026-11-24T23:00:00+01:00",
    "implementation_plan": "Deploy it.\nTest it.\n",
}
NEW, ASSESS, AUTHORIZE, SCHEDULED, IMPLEMENT, REVIEW, CLOSED, CANCELED = "-5", "-4", "-3", "-2", "-1", "0", "3", "4"
CLOSING = {"close_code": "successful", "close_notes": "Deployed."}
NO_DIFF: dict[str, Any] = {"before": {}, "after": {}}


def change(**options: Any) -> dict[str, Any]:
    return snow("snow_change", **options)


def release(**options: Any) -> dict[str, Any]:
    """A task for the change of RELEASE, by its correlation ID."""
    return change(correlation_id=RELEASE["correlation_id"], **options)


def seeded(instance: Instance, **columns: str) -> str:
    """The sys_id of a change that is there already, in any state."""
    row = {"short_description": "There already", "assignment_group": "Network", "chg_model": "Normal", **columns}
    (sys_id,) = instance.seed("change_request", row)
    return sys_id


def row_of(instance: Instance, sys_id: str) -> dict[str, Any]:
    (row,) = instance.rows("change_request", sys_id=sys_id)
    return row


def moves(outcome: Outcome) -> list[tuple[str, str]]:
    return [(step["from"], step["to"]) for step in outcome.result["transitions"]]


# Created, again, changed, deleted --------------------------------------------------------------------------


def test_create_again_change_absent_again(instance: Instance, in_process: bool) -> None:
    """Each step changes once, check mode foretells it, and the instance holds what was asked for."""
    steps = release(**_but(RELEASE)), release(short_description="Deploy shop 1.0"), release(state="absent")
    tasks = [task for step in steps for task in ({**step, "check_mode": True}, step, step)]
    # The account of the playbooks may not delete.
    results = unfailing(instance.run(*tasks, in_process=in_process, environ=login("bow.ruggeri")))
    assert [result["changed"] for result in results] == [True, True, False] * 3
    # One request more to see that only one user is meant.
    assert [result["requests"] for result in results] == [2, 3, 1, *[1, 2, 1] * 2]
    assert [result["diff"] for result in results[0::3]] == [result["diff"] for result in results[1::3]]
    assert [result["diff"] for result in results[2::3]] == [NO_DIFF] * 3
    assert [request.method for request in instance.writes()] == ["POST", "PATCH", "DELETE"]
    made, changed = results[1], results[4]
    assert (made["record"]["assignment_group"], made["display"]["assignment_group"]) == (NETWORK, "Network")
    assert made["record"]["start_date"] == "2026-11-24 20:00:00"
    assert made["record"]["end_date"] == "2026-11-24 22:00:00"
    assert made["record"]["type"] == "normal"
    assert changed["record"]["number"] == made["record"]["number"]
    assert changed["diff"] == {
        "before": {"short_description": "Deploy shop 1"},
        "after": {"short_description": "Deploy shop 1.0"},
    }
    assert not instance.rows("change_request", correlation_id=RELEASE["correlation_id"])


def _but(options: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name not in ("correlation_id", *names)}


# What is compared ------------------------------------------------------------------------------------------


def test_names_labels_values_and_sys_ids_are_the_same(instance: Instance) -> None:
    """A reference by name or sys_id, a choice by label or value, in any case: all find that nothing has to be done."""
    by_name = {
        "short_description": "Names", "type": "Normal", "chg_model": "Normal", "requested_by": "Abel Tuter",
        "assignment_group": "Network", "assigned_to": "Abel Tuter", "cmdb_ci": "web-01",
        "business_service": "Online Shop", "category": "Network", "priority": "2 - High", "impact": "1 - High",
        "risk": "High", "reason": "Hardware upgrade",
        "fields": {"urgency": "2 - Medium", "watch_list": "Abel Tuter"},
    }  # fmt: skip
    by_value = {
        "type": "normal", "requested_by": ABEL, "assignment_group": NETWORK, "assigned_to": ABEL.upper(),
        "cmdb_ci": WEB_01, "priority": 2, "impact": 1, "risk": 2, "reason": "Hardware Upgrade",
        "fields": {"urgency": 2, "watch_list": [ABEL]},
    }  # fmt: skip
    in_another_case = {
        "type": "NORMAL", "requested_by": "abel tuter", "assignment_group": "NETWORK", "category": "network",
        "business_service": "online shop", "risk": "HIGH", "reason": "hardware UPGRADE", "impact": "1 - high",
        "state": "NEW",
    }  # fmt: skip
    tasks = [release(**options) for options in (by_name, by_name, by_value, in_another_case)]
    results = unfailing(instance.run(*tasks))
    assert [result["diff"] for result in results[1:]] == [NO_DIFF] * 3
    assert [request.method for request in instance.writes()] == ["POST"]
    record = results[0]["record"]
    wanted = {
        "type": "normal", "requested_by": ABEL, "assignment_group": NETWORK, "assigned_to": ABEL, "cmdb_ci": WEB_01,
        "category": "Network", "priority": "2", "impact": "1", "risk": "2", "reason": "Hardware Upgrade",
        "urgency": "2", "watch_list": ABEL,
    }  # fmt: skip
    assert {column: record[column] for column in wanted} == wanted


def test_dates_are_moments(instance: Instance) -> None:
    """Dates are UTC whatever offset they are written with and wherever the user lives; no form of one differs."""
    forms = ("2026-11-24 20:00:00", "2026-11-24T20:00", "2026-11-24T21:00:00+01:00", "2026-11-24T15:00:00.5-0500")
    tasks = [release(short_description="Dates", requested_by="Abel Tuter", start_date=form) for form in forms]
    other = release(start_date="2026-11-24T20:00:01Z", cmdb_ci="web-02")
    # A user in New York, so that a date taken in the user's time zone shows.
    results = unfailing(instance.run(*tasks, other, environ=login("abel.tuter")))
    assert [result["changed"] for result in results] == [True, False, False, False, True]
    assert results[0]["record"]["start_date"] == "2026-11-24 20:00:00"
    assert results[4]["record"]["start_date"] == "2026-11-24 20:00:01"
    assert results[4]["diff"]["before"]["start_date"] == "2026-11-24 20:00:00"


def test_text_without_line_ends(instance: Instance) -> None:
    r"""\r\n and \n, with or without a last line end, are one text; any other difference is one."""
    plans = ("One\r\nTwo\r\n", "One\nTwo", "One\r\nTwo", "One\nTwo\n", "One\nTwo ", "one\nTwo ")
    tasks = [release(short_description="Text", implementation_plan=plan) for plan in plans]
    results = unfailing(instance.run(*tasks))
    assert [result["changed"] for result in results] == [True, False, False, False, True, True]


def test_text_longer_than_its_column(instance: Instance) -> None:
    """A text that does not fit is cut by the instance: a warning, the first time and again, but no endless change."""
    task = release(short_description="x" * 200)
    results = unfailing(instance.run(task, task))
    assert [result["changed"] for result in results] == [True, False]
    assert results[1]["record"]["short_description"] == "x" * 160
    for result in results:
        assert "short_description" in result["warnings"][0]


def test_null_and_empty_clear_and_omitted_leaves_alone(instance: Instance) -> None:
    full = {
        "description": "Long", "justification": "Good", "cmdb_ci": "web-01", "assigned_to": "Abel Tuter",
        "start_date": "2026-11-24T20:00:00Z", "end_date": "2026-11-24T22:00:00Z", "fields": {"watch_list": ABEL},
    }  # fmt: skip
    clear = release(description=None, cmdb_ci="", assigned_to=None, end_date="", fields={"watch_list": None})
    tasks = release(short_description="Full", **full), release(), clear, clear
    results = unfailing(instance.run(*tasks))
    assert [result["changed"] for result in results] == [True, False, True, False]
    record = results[2]["record"]
    assert [record[name] for name in ("description", "cmdb_ci", "assigned_to", "end_date", "watch_list")] == [""] * 5
    assert record["justification"] == "Good"
    assert record["start_date"] == "2026-11-24 20:00:00"
    assert record["short_description"] == "Full"
    assert results[2]["diff"]["after"] == dict.fromkeys(
        ("description", "cmdb_ci", "assigned_to", "end_date", "watch_list"), ""
    )


def test_fields_that_no_option_stands_for(instance: Instance) -> None:
    """``fields`` takes any column, compared by the form of what the record holds."""
    given: dict[str, Any] = {
        "cab_required": True, "on_hold": "no", "proposed_change": "One\nTwo", "review_date": "2026-12-01",
        "cab_date": "2026-11-23T10:00:00+02:00", "contact_type": "web", "company": "ACME North America",
        "watch_list": [ABEL, BETH], "urgency": 1, "correlation_display": "shop",
    }  # fmt: skip
    other = {
        **given, "cab_required": "TRUE", "on_hold": False, "proposed_change": "One\r\nTwo\r\n",
        "cab_date": "2026-11-23 08:00:00", "watch_list": f"{BETH}, {ABEL}", "urgency": "1 - High",
        "contact_type": "Web", "company": "acme north america",
    }  # fmt: skip
    tasks = [release(short_description="Other", fields=fields) for fields in (given, given, other, {"is_bulk": True})]
    results = unfailing(instance.run(*tasks))
    assert [result["diff"] for result in results[1:3]] == [NO_DIFF] * 2
    record = results[0]["record"]
    assert record["cab_required"] == "true"
    assert record["review_date"] == "2026-12-01"
    assert record["cab_date"] == "2026-11-23 08:00:00"
    assert set(record["watch_list"].split(",")) == set(given["watch_list"])
    assert results[3]["diff"] == {"before": {"is_bulk": "false"}, "after": {"is_bulk": "true"}}


def test_a_choice_that_the_instance_will_not_clear(instance: Instance) -> None:
    """The instance keeps a choice that is cleared: a warning, by option or column, and no change that was none."""
    sys_id = seeded(instance, category="Software")
    clear = {"sys_id": sys_id, "category": ""}
    tasks = change(**clear), change(**clear), change(sys_id=sys_id, fields={"contact_type": None}, description="x")
    results = unfailing(instance.run(*tasks))
    assert [result["changed"] for result in results] == [False, False, True]
    assert [result["unapplied"][0]["field"] for result in results] == ["category", "category", "contact_type"]
    assert all(result["unapplied"][0]["field"] in result["warnings"][0] for result in results)
    assert [result["diff"]["after"] for result in results] == [{}, {}, {"description": "x"}]
    assert row_of(instance, sys_id)["sys_mod_count"] == "1"


# Notes and affected items ----------------------------------------------------------------------------------


def test_a_note_is_added_once(instance: Instance) -> None:
    """A note is in the journal once, whether it came with the creation or later, and however often it is given."""
    first, second = {"work_notes": "Begun\nnow", "comments": "Hello"}, {"work_notes": "Done"}
    create = release(short_description="Notes", **first)
    tasks = create, create, release(work_notes="Begun\r\nnow\n"), release(**second), release(**second), create
    results = unfailing(instance.run(*tasks))
    assert [result["changed"] for result in results] == [True, False, False, True, False, False]
    journal = instance.rows("sys_journal_field", element_id=results[0]["record"]["sys_id"])
    assert sorted((row["element"], row["value"]) for row in journal) == [
        ("comments", "Hello"), ("work_notes", "Begun\nnow"), ("work_notes", "Done"),
    ]  # fmt: skip


def test_affected_items_are_added_once(instance: Instance) -> None:
    """Items by name, in any case, or sys_id are associated once; those that are there already stay."""
    tasks = [
        release(short_description="Items", affected_cis=["PS Apache01", WEB_01]),
        release(affected_cis=["ps apache01", "web-01"]),
        release(affected_cis=["web-02"]),
        release(affected_cis=[]),
        {**release(affected_cis=["app-01"]), "check_mode": True},
    ]
    results = unfailing(instance.run(*tasks))
    assert [result["changed"] for result in results] == [True, False, True, False, True]
    items = instance.rows("task_ci", task=results[0]["record"]["sys_id"])
    assert sorted(item["ci_item"] for item in items) == sorted([APACHE, WEB_01, WEB_02])
    assert {item["sys_id"] for item in results[2]["affected_cis"]} == {APACHE, WEB_01, WEB_02}
    assert {item["name"] for item in results[2]["affected_cis"]} == {"PS Apache01", "web-01", "web-02"}


def test_affected_items_that_are_not_exactly_one(instance: Instance) -> None:
    """An unknown or ambiguous name is refused before anything is written, be the change there or not."""
    twins = instance.seed("cmdb_ci", {"name": "twin"}, {"name": "twin"})
    none = {"correlation_id": "none-yet", "short_description": "None"}
    there = {"sys_id": seeded(instance), "description": "Changed"}
    unknown = [change(affected_cis=["web-01", "nosuch-01"], **who) for who in (none, there)]
    ambiguous = [change(affected_cis=["twin"], **who) for who in (none, there)]
    outcomes = instance.run(*unknown, *({**task, "check_mode": True} for task in unknown), *ambiguous)
    for outcome in outcomes[:4]:
        assert "nosuch-01" in refusal(outcome, "invalid_usage")
    for outcome in outcomes[4:]:
        sentence = refusal(outcome, "invalid_usage")
        assert all(sys_id in sentence for sys_id in twins)
    assert instance.writes() == []


# Which change ----------------------------------------------------------------------------------------------


def test_identity(instance: Instance) -> None:
    """Number, sys_id in any case and correlation ID mean the same change; beside a number, the latter is a field."""
    sys_id = seeded(instance, number="CHG0099001", correlation_id="mine")
    tasks = [
        change(number="CHG0099001", description="One"),
        change(sys_id=sys_id.upper(), description="One"),
        change(correlation_id="mine", description="One"),
        change(number="CHG0099001", correlation_id="yours"),
        change(correlation_id="yours"),
    ]
    results = unfailing(instance.run(*tasks))
    assert [result["changed"] for result in results] == [True, False, False, True, False]
    assert {result["record"]["sys_id"] for result in results} == {sys_id}


def test_identity_that_is_none(instance: Instance) -> None:
    """What an unset variable leaves, or no identifier at all, is refused before any request, absent or not."""
    names, values = ("sys_id", "number", "correlation_id"), (None, "", " ", "None", "null")
    empty: list[dict[str, Any]] = [{name: value} for name in names for value in values]
    wrong = [{"sys_id": "CHG0000024"}, {"sys_id": "1" * 31}, {"correlation_id": "x" * 101}]
    cases = [*empty, *wrong]
    tasks = [change(**case, **wish) for wish in ({"short_description": "No"}, {"state": "absent"}) for case in cases]
    for case, outcome in zip([*cases, *cases], instance.run(*tasks), strict=True):
        assert next(iter(case)) in refusal(outcome, "invalid_identity")
        assert not outcome.changed
    assert instance.requests() == []


def test_identity_of_two_changes(instance: Instance) -> None:
    """Two changes with one correlation ID: neither is touched, and both are named."""
    seeded(instance, number="CHG0099001", correlation_id="twice")
    seeded(instance, number="CHG0099002", correlation_id="twice")
    twice = {"correlation_id": "twice"}
    outcomes = instance.run(change(**twice, short_description="One"), change(**twice, state="absent"))
    for outcome in outcomes:
        sentence = refusal(outcome, "multiple_results")
        assert "CHG0099001" in sentence
        assert "CHG0099002" in sentence
    assert instance.writes() == []


def test_identity_of_no_change(instance: Instance) -> None:
    """What is not there is not made from a number, a sys_id, without a summary, or where that is not wished."""
    cases = [
        ({"number": "CHG9999999", "short_description": "x"}, "CHG9999999"),
        ({"sys_id": "0" * 32, "short_description": "x"}, "0" * 32),
        ({"correlation_id": "none-yet", "description": "x"}, "short_description"),
        ({"correlation_id": "none-yet", "short_description": "x", "if_missing": "fail"}, "none-yet"),
    ]
    tasks = [change(**options) for options, _ in cases]
    outcomes = instance.run(*tasks, *(change(state="absent", **options) for options, _ in cases))
    for outcome, (_, word) in zip(outcomes[:4], cases, strict=True):
        assert word in refusal(outcome, "no_results")
        assert not outcome.changed
    assert not [result for result in unfailing(outcomes[4:]) if result["changed"]]
    assert instance.writes() == []


def test_identity_is_no_query(instance: Instance) -> None:
    """A correlation ID that looks like a query finds itself and nothing else; one that is a script is refused."""
    odd = "x^ORnumberISNOTEMPTY^^y"
    task = change(correlation_id=odd, short_description="Odd")
    script = change(correlation_id="javascript:gs.getUserID()", short_description="Script")
    made, again, refused = instance.run(task, task, script)
    assert [result["changed"] for result in unfailing([made, again])] == [True, False]
    assert "javascript:" in refusal(refused, "invalid_query")
    assert [row["short_description"] for row in instance.rows("change_request", correlation_id=odd)] == ["Odd"]
    assert len(instance.writes()) == 1


def test_deleting_needs_the_right(instance: Instance) -> None:
    """A user who may not delete is told so, and the change is still there."""
    sys_id = seeded(instance)
    (outcome,) = instance.run(change(sys_id=sys_id, state="absent"))
    refusal(outcome, "forbidden")
    assert not outcome.changed
    assert row_of(instance, sys_id)


# What is refused, what is not applied ----------------------------------------------------------------------


def test_unknown_columns_are_refused(instance: Instance) -> None:
    """A column that the table does not have is named, and nothing is written, be the change there or not."""
    sys_id, fields = seeded(instance), {"u_shop": "Geneva", "description": "x"}
    tasks = change(sys_id=sys_id, fields=fields), release(short_description="New", fields=fields)
    for outcome in instance.run(*tasks, *({**task, "check_mode": True} for task in tasks)):
        assert "u_shop" in refusal(outcome, "invalid_usage")
        assert not outcome.changed
    assert instance.writes() == []


def test_bad_values_are_refused(instance: Instance) -> None:
    """A date that is none, a column that is none, and a field given twice: nothing is written."""
    sys_id = seeded(instance)
    cases: list[tuple[dict[str, Any], str]] = [
        ({"start_date": "next tuesday"}, "start_date"),
        ({"end_date": "2026-02-30T10:00:00Z"}, "end_date"),
        ({"description": "One", "fields": {"description": "Two"}}, "description"),
        ({"state": "assess", "fields": {"state": "new"}}, "state"),
        ({"fields": {"a b": 1}}, "a b"),
        ({"fields": {"description": {"a": 1}}}, "description is a mapping"),
        ({"fields": {"requested_by.name": "x"}}, "requested_by.name"),
    ]
    new = release(short_description="New", start_date="soon")
    outcomes = instance.run(*(change(sys_id=sys_id, **options) for options, _ in cases), new)
    for outcome, word in zip(outcomes, [*(word for _, word in cases), "start_date"], strict=True):
        assert outcome.failed
        assert word in str(outcome.result["msg"])
        assert str(outcome.result["error"]["type"]).startswith("invalid")
    assert instance.writes() == []


def test_ignored_fields_fail(instance: Instance) -> None:
    """A field that the instance drops without a word fails the task, which says what it wanted and what it got."""
    sys_id = seeded(instance, description="Old")
    instance.fault({"ignore_fields": ["description", "cmdb_ci", "justification"]}, path="/change")
    updated, warned, made = instance.run(
        change(sys_id=sys_id, description="New", cmdb_ci="web-01", backout_plan="Back"),
        change(sys_id=sys_id, description="New", unapplied="warn"),
        release(short_description="Made", justification="Why"),
    )
    sentence = refusal(updated, "unapplied")
    assert all(word in sentence for word in ("description", "cmdb_ci", "'New'", "'Old'", "web-01"))
    assert "backout_plan" not in sentence
    assert updated.changed
    assert updated.result["unapplied"] == [
        {"field": "description", "wanted": "New", "actual": "Old"},
        {"field": "cmdb_ci", "wanted": "web-01", "actual": ""},
    ]
    assert updated.result["record"]["backout_plan"] == "Back"
    (result,) = unfailing([warned])
    assert result["unapplied"] == [{"field": "description", "wanted": "New", "actual": "Old"}]
    assert "description" in result["warnings"][0]
    assert "justification" in refusal(made, "unapplied")
    assert made.changed
    assert made.result["record"]["short_description"] == "Made"
    assert len(instance.rows("change_request", correlation_id=RELEASE["correlation_id"])) == 1


def test_what_was_not_applied_is_no_change(instance: Instance) -> None:
    """A write of which the instance applied nothing changed nothing, failure or warning; notes are one."""
    sys_id = seeded(instance, description="Old")
    instance.fault({"ignore_fields": ["description"]}, path="/change")
    wish = {"sys_id": sys_id, "description": "New"}
    failed, warned, noted, table = instance.run(
        change(**wish),
        change(**wish, unapplied="warn"),
        change(**wish, unapplied="warn", work_notes="Noted"),
        snow("snow_record", table="change_request", sys_id=sys_id, data={"assigned_to": "Nobody"}, unapplied="warn"),
    )
    refusal(failed, "unapplied")
    assert [outcome.changed for outcome in (failed, warned, noted, table)] == [False, False, True, False]
    assert [outcome.result["diff"]["after"] for outcome in (failed, warned)] == [{}, {}]
    assert noted.result["diff"]["after"] == {"work_notes": "Noted"}


def test_an_unknown_name_is_not_applied(instance: Instance) -> None:
    """A name that no record has is dropped by the instance, and fails the task."""
    (outcome,) = instance.run(change(sys_id=seeded(instance), cmdb_ci="Nothing At All"))
    assert "Nothing At All" in refusal(outcome, "unapplied")


# Check mode ------------------------------------------------------------------------------------------------


def test_check_mode_predicts_and_writes_nothing(instance: Instance) -> None:
    """With an instance that refuses every write, check mode foretells changed and diff of the real run."""
    old = {"description": "Old", "cmdb_ci": "web-01"}
    ids = [seeded(instance, state=state, **old) for state in (NEW, NEW, SCHEDULED)]
    tasks = [
        release(**_but(RELEASE), work_notes="Begun", affected_cis=["web-01"]),
        change(sys_id=ids[0], description="New", cmdb_ci="web-02", start_date="2026-11-24T21:00:00+01:00", risk="high"),
        change(sys_id=ids[1], description="Old", cmdb_ci=None, comments="Go", fields={"urgency": 2}, state="assess"),
        change(sys_id=ids[2], state="closed", **CLOSING),
        change(number="CHG0030010", state="implement", state_match="at_least"),
        change(number="CHG0033046", state="absent"),
    ]
    manager = login("bow.ruggeri")
    instance.read_only()
    predicted = unfailing(instance.run(*tasks, check=True, environ=manager))
    assert instance.writes() == []
    instance.read_only(False)
    real = unfailing(instance.run(*tasks, environ=manager))
    assert [result["changed"] for result in predicted] == [True, True, True, True, False, True]
    for expected, found in zip(predicted, real, strict=True):
        assert (expected["changed"], expected["diff"]) == (found["changed"], found["diff"])


def test_check_mode_of_a_whole_playbook(instance: Instance) -> None:
    """Before the first run, every later task works in check mode on a change that only an earlier one would make."""
    task = {"change_correlation_id": RELEASE["correlation_id"], "short_description": "Install"}
    later = [
        release(state="implement", if_missing="fail"),
        snow("snow_change_task", **task),
        snow("snow_change_task", **task, state="closed", **CLOSING),
        release(state="closed", if_missing="fail", affected_cis=["web-01"], **CLOSING),
        release(description="x"),
    ]
    info = snow("snow_change_info", correlation_id=RELEASE["correlation_id"], include=["tasks"])
    instance.read_only()
    results = unfailing(instance.run(release(**_but(RELEASE)), *later, info, check=True))
    assert [result["changed"] for result in results] == [True] * 6 + [False]
    assert ["warnings" in result for result in results] == [False, *[True] * 5, False]
    assert all(RELEASE["correlation_id"] in result["warnings"][0] for result in results[1:6])
    assert results[6]["changes"] == []
    assert instance.writes() == []


# States ----------------------------------------------------------------------------------------------------


def test_the_whole_way(instance: Instance) -> None:
    """New to Assess, approved by others, and on to Closed in one task, with every step and its time; then again."""
    instance.control("PUT", "clock", {"now": "2026-11-22T10:00:00Z"})
    create = release(**_but(RELEASE), state="assess", state_match="at_least")
    (made,) = instance.run(create)
    assert moves(made) == [("New", "Assess")]
    for state in (AUTHORIZE, SCHEDULED):
        assert instance.control("POST", "approve", {"change": RELEASE["correlation_id"]})["state"] == state
    instance.control("PUT", "clock", {"now": "2026-11-24T20:00:00Z"})
    close = release(state="closed", **CLOSING)
    outcomes = instance.run(create, release(state="implement"), close, close, create)
    results = unfailing(outcomes)
    assert [result["changed"] for result in results] == [False, True, True, False, False]
    assert [moves(outcome) for outcome in outcomes] == [
        [], [("Scheduled", "Implement")], [("Implement", "Review"), ("Review", "Closed")], [], [],
    ]  # fmt: skip
    times = [step["at"] for result in results for step in result["transitions"]]
    assert all(re.fullmatch(r"2026-11-24 20:0\d:\d\d", moment) for moment in times)
    assert times == sorted(times)
    assert (results[2]["display"]["state"], results[2]["record"]["close_code"]) == ("Closed", "successful")


def test_state_match(instance: Instance) -> None:
    """exact wants just the state; at_least takes a later one, but never Canceled."""
    found = {"review": REVIEW, "closed": CLOSED, "canceled": CANCELED}
    states = {name: seeded(instance, state=state) for name, state in found.items()}
    cases = [
        ("review", {"state": "implement", "state_match": "at_least"}, True),
        ("closed", {"state": "new", "state_match": "at_least"}, True),
        ("closed", {"state": "closed", "state_match": "at_least"}, True),
        ("closed", {"state": CLOSED}, True),
        ("canceled", {"state": "canceled", "state_match": "at_least"}, True),
        ("review", {"state": "implement"}, False),
        ("closed", {"state": "review"}, False),
        ("canceled", {"state": "implement", "state_match": "at_least"}, False),
        ("canceled", {"state": "closed", "state_match": "at_least", **CLOSING}, False),
    ]
    outcomes = instance.run(*(change(sys_id=states[name], **options) for name, options, _ in cases))
    for outcome, (name, _, satisfied) in zip(outcomes, cases, strict=True):
        if satisfied:
            assert not unfailing([outcome])[0]["changed"]
        else:
            assert name.capitalize() in refusal(outcome, "transition_refused")
            assert not outcome.changed
    assert not [request for request in instance.writes() if request.status == 200]


def test_an_unknown_state_moves_nothing(instance: Instance) -> None:
    """A mistyped state is refused where the change stands: it never walks on to look for it."""
    ids = [seeded(instance, state=state) for state in (NEW, SCHEDULED, IMPLEMENT)]
    before = [row_of(instance, sys_id) for sys_id in ids]
    for outcome in instance.run(*(change(sys_id=sys_id, state="implment", **CLOSING) for sys_id in ids)):
        assert "implment" in str(outcome.result["msg"]).casefold()
        assert outcome.failed
        assert outcome.result["transitions"] == []
        assert not outcome.changed
    assert [row_of(instance, sys_id) for sys_id in ids] == before


def test_a_state_among_fields(instance: Instance) -> None:
    """A state in ``fields`` is the state, or is refused; it never leads past what was asked for."""
    sys_id = seeded(instance, state=SCHEDULED)
    (outcome,) = instance.run(change(sys_id=sys_id, fields={"state": "Implement"}, **CLOSING))
    assert row_of(instance, sys_id)["state"] == (SCHEDULED if outcome.failed else IMPLEMENT)


def test_states_by_value_and_label(instance: Instance) -> None:
    """A state is taken by label or value, in any case."""
    cases = ("Assess", "ASSESS", ASSESS, -4)
    ids = [seeded(instance) for _ in cases]
    tasks = [change(sys_id=sys_id, state=state) for sys_id, state in zip(ids, cases, strict=True)]
    again = [change(sys_id=ids[0], state=state) for state in cases]
    results = unfailing(instance.run(*tasks, *again))
    assert [result["changed"] for result in results] == [True] * 4 + [False] * 4
    assert {result["record"]["state"] for result in results} == {ASSESS}


def test_a_state_out_of_reach(instance: Instance) -> None:
    """Without approval there is no way to Implement: the unmet condition is named, and nothing is written."""
    waiting, held = seeded(instance, state=ASSESS), seeded(instance, state=SCHEDULED, on_hold="true")
    grouped = seeded(instance, assignment_group="")
    before = [row_of(instance, sys_id) for sys_id in (waiting, held, grouped)]
    far, near, hold, group = instance.run(
        change(sys_id=waiting, state="implement", description="Unwanted"),
        change(sys_id=waiting, state="authorize", description="Unwanted"),
        change(sys_id=held, state="implement"),
        change(sys_id=grouped, state="assess"),
    )
    for outcome, words in (
        (far, ("Change is approved", "Assess", "Implement")),
        (near, ("Change is approved", "Assess", "Authorize")),
        (hold, ("Not On hold", "Scheduled", "Implement")),
        (group, ("Assignment group", "New", "Assess")),
    ):
        sentence = refusal(outcome, "transition_refused")
        assert all(word.casefold() in sentence.casefold() for word in words), sentence
        assert not outcome.changed
        assert outcome.result["transitions"] == []
        assert outcome.result["record"]["number"] in sentence
    assert [row_of(instance, sys_id) for sys_id in (waiting, held, grouped)] == before
    assert not [request for request in instance.writes() if request.status < 400]


@pytest.mark.parametrize("how", ["setting", "fault"])
def test_an_ignored_state_is_a_failure(instance: Instance, how: str) -> None:
    """200 with the state unchanged is no success; what else was written is said."""
    if how == "setting":
        # An instance that ignores what it does not allow; and no one has approved.
        instance.control("PUT", "settings", {"illegal_transition": "ignore"})
        sys_id, step, target = seeded(instance, state=ASSESS), "authorize", "Authorize"
    else:
        instance.fault({"ignore_fields": ["state"]}, method="PATCH")
        sys_id, step, target = seeded(instance, state=SCHEDULED), "implement", "Implement"
    alone, beside, warned = instance.run(
        change(sys_id=sys_id, state=step),
        change(sys_id=sys_id, state=step, description="Written"),
        change(sys_id=sys_id, state=step, unapplied="warn"),
    )
    for outcome in (alone, beside, warned):
        assert target in refusal(outcome, "transition_refused")
        assert outcome.result["transitions"] == []
    assert [outcome.changed for outcome in (alone, beside, warned)] == [False, True, False]
    assert beside.result["record"]["description"] == "Written"
    assert row_of(instance, sys_id)["description"] == "Written"


def test_an_ignored_state_at_creation(instance: Instance) -> None:
    """A change that was made but not moved is a failure that returns the change."""
    instance.fault({"ignore_fields": ["state"]}, method="PATCH")
    (outcome,) = instance.run(release(**_but(RELEASE), state="assess"))
    refusal(outcome, "transition_refused")
    assert outcome.changed
    (row,) = instance.rows("change_request", correlation_id=RELEASE["correlation_id"])
    assert (outcome.result["record"]["sys_id"], outcome.result["record"]["state"]) == (row["sys_id"], NEW)


def test_closing_without_its_code(instance: Instance) -> None:
    """What closing demands is named; the steps before it are returned, and the change with them."""
    reviewed, scheduled = seeded(instance, state=REVIEW), seeded(instance, state=SCHEDULED)
    near, far = instance.run(
        change(sys_id=reviewed, state="closed", close_notes="Done"), change(sys_id=scheduled, state="closed")
    )
    for outcome in (near, far):
        assert "close code" in refusal(outcome, "transition_refused").casefold()
        assert outcome.result["record"]["state"] == REVIEW
    assert "close notes" in str(far.result["msg"]).casefold()
    assert (near.changed, far.changed) == (False, True)
    assert moves(far) == [("Scheduled", "Implement"), ("Implement", "Review")]


def test_open_tasks_keep_a_change_open(instance: Instance) -> None:
    """A task that somebody added blocks Closed, and the condition is named."""
    sys_id = seeded(instance, state=REVIEW)
    instance.seed("change_task", {"change_request": sys_id, "short_description": "Open", "state": "1"})
    (outcome,) = instance.run(change(sys_id=sys_id, state="closed", **CLOSING))
    assert "No active Change Tasks" in refusal(outcome, "transition_refused")
    assert not outcome.changed
    assert row_of(instance, sys_id)["close_code"] == ""


def test_cancelling(instance: Instance) -> None:
    """Canceled is reached when asked for, from where the model allows it, in one step."""
    ids = [seeded(instance, state=state) for state in (NEW, ASSESS, SCHEDULED, IMPLEMENT, REVIEW, CLOSED)]
    outcomes = instance.run(*(change(sys_id=sys_id, state="canceled", work_notes="No") for sys_id in ids))
    for result in unfailing(outcomes[:4]):
        assert [step["to"] for step in result["transitions"]] == ["Canceled"]
        assert result["record"]["state"] == CANCELED
    for outcome in outcomes[4:]:
        refusal(outcome, "transition_refused")
        assert not outcome.changed


def test_no_way_leads_through_canceled(instance: Instance) -> None:
    """Where Canceled is the only open step, or the only one left, the change stays where it is."""
    authorize = [seeded(instance, state=AUTHORIZE) for _ in range(3)]
    odd = seeded(instance, state=AUTHORIZE, type="emergency", chg_model="Emergency", on_hold="true")
    states = ("implement", "closed", "7")
    tasks = [change(sys_id=sys_id, state=state) for sys_id, state in zip(authorize, states, strict=True)]
    for outcome in instance.run(*tasks, change(sys_id=odd, state="review"), change(sys_id=odd, state="new")):
        refusal(outcome, "transition_refused")
        assert not outcome.changed
    assert {row_of(instance, sys_id)["state"] for sys_id in (*authorize, odd)} == {AUTHORIZE}


def test_other_types_and_models(instance: Instance) -> None:
    """An emergency skips Assess, a standard change goes to Scheduled at once, a model of its own is followed."""
    (urgent,) = instance.run(change(correlation_id="urgent", short_description="Now", type="emergency",
                                    assignment_group="Network", state="authorize"))  # fmt: skip
    assert moves(urgent) == [("New", "Authorize")]
    assert instance.control("POST", "approve", {"change": "urgent"})["state"] == SCHEDULED
    registered = {"short_description": "Automated", "chg_model": "Change Registration", "assignment_group": "Network"}
    standard = {"short_description": "Usual", "type": "standard", "assignment_group": "Network"}
    outcomes = instance.run(
        change(correlation_id="urgent", type="emergency", state="closed", **CLOSING),
        change(correlation_id="standard", state="implement", **standard),
        change(correlation_id="model", state="closed", **registered, **CLOSING),
        change(correlation_id="model", **registered),
    )
    results = unfailing(outcomes)
    assert [[to for _, to in moves(outcome)] for outcome in outcomes] == [
        ["Implement", "Review", "Closed"], ["Scheduled", "Implement"], ["Implement", "Review", "Closed"], [],
    ]  # fmt: skip
    assert [result["changed"] for result in results] == [True, True, True, False]


def test_a_rejected_change(instance: Instance) -> None:
    """A rejection is not overruled: the change is back in New, and no task brings it past the approval."""
    (made,) = instance.run(release(**_but(RELEASE), state="assess"))
    unfailing([made])
    decided = {"change": RELEASE["correlation_id"], "state": "rejected", "comments": "Not now"}
    assert instance.control("POST", "approve", decided) == {**decided_as(instance), "state": NEW}
    (onward,) = instance.run(release(state="implement"))
    sentence = refusal(onward, "transition_refused")
    assert "approval was rejected" in sentence
    assert (moves(onward), onward.changed) == ([], False)
    (row,) = instance.rows("change_request", correlation_id=RELEASE["correlation_id"])
    assert (row["state"], row["approval"]) == (NEW, "rejected")
    assert row["work_start"] == ""


def decided_as(instance: Instance) -> dict[str, Any]:
    """What the control API answers to the rejection: the names are those whom the instance asked."""
    (row, *_) = (row for row in instance.rows("sysapproval_approver") if row["state"] == "rejected")
    (user,) = instance.rows("sys_user", sys_id=row["approver"])
    return {"approval": "rejected", "approved_by": [user["user_name"]]}


def test_back_to_new(instance: Instance) -> None:
    """A step back that the model has is taken in one step."""
    (outcome,) = instance.run(change(sys_id=seeded(instance, state=ASSESS), state="new"))
    unfailing([outcome])
    assert moves(outcome) == [("Assess", "New")]
