# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Promises that were broken once, each in a way that only a closer look found."""

from __future__ import annotations

from typing import Any

from tests.integration.helpers import Instance, refusal, snow, unfailing

RELEASE: dict[str, Any] = {
    "correlation_id": "shop",
    "short_description": "Deploy the shop",
    "assignment_group": "Network",
}


def test_identifiers_are_texts(instance: Instance) -> None:
    """2026.1 and 2026.10 are two releases, although they are one number."""
    tasks = [
        snow("snow_change_task", change_correlation_id="shop", correlation_id=key, short_description=f"Release {key}")
        for key in ("2026.1", "2026.10", "1", "01")
    ]
    results = unfailing(instance.run(snow("snow_change", **RELEASE), *tasks))
    assert all(result["changed"] for result in results)
    (change,) = instance.rows("change_request", correlation_id="shop")
    rows = instance.rows("change_task", change_request=change["sys_id"])
    assert {row["short_description"]: row["correlation_id"] for row in rows} == {
        f"Release {key}": key for key in ("2026.1", "2026.10", "1", "01")
    }


def test_a_text_that_grows_is_written(instance: Instance) -> None:
    """A stored text that ends where columns often do is not taken for a cut one."""
    short, long = "x" * 80, "x" * 80 + " and more"
    tasks = [snow("snow_change", **RELEASE, description=text) for text in (short, long, long)]
    results = unfailing(instance.run(*tasks))
    assert [result["changed"] for result in results] == [True, True, False]
    assert "warnings" not in results[1]
    (row,) = instance.rows("change_request", correlation_id="shop")
    assert row["description"] == long


def test_a_journal_that_is_not_there(instance: Instance) -> None:
    """A note for a table without a journal is refused, and not reported as written for ever."""
    note = snow("snow_record", table="cmdb_ci", match_on=["name"], data={"name": "PS Apache01", "work_notes": "Hello"})
    (outcome,) = instance.run(note)
    assert "work_notes" in refusal(outcome, "invalid_usage")
    assert instance.writes() == []


def test_a_note_that_did_not_arrive(instance: Instance) -> None:
    """A note that the instance ignored is named, because a journal reads back empty whatever it holds."""
    instance.run(snow("snow_change", **RELEASE))
    instance.fault({"ignore_fields": ["work_notes"]}, method="PATCH")
    (outcome,) = instance.run(snow("snow_change", **RELEASE, work_notes="Hello"))
    assert "work_notes" in refusal(outcome, "unapplied")
    assert [miss["field"] for miss in outcome.result["unapplied"]] == ["work_notes"]


def test_what_would_never_be_found_again_identifies_nothing(instance: Instance) -> None:
    """match_on a date, the name of a reference, or a text that is too long: each run would make another record."""
    named = {"short_description": "Disk", "assignment_group": "Network"}
    dated = {"short_description": "Disk", "due_date": "2026-11-24T20:00:00Z"}
    long = {"correlation_id": "x" * 101}
    tasks = [snow("snow_record", table="incident", match_on=list(data), data=data) for data in (named, dated, long)]
    outcomes = instance.run(*tasks)
    assert all(outcome.failed for outcome in outcomes)
    assert instance.requests() == []


def test_a_key_goes_with_the_insert(instance: Instance) -> None:
    """A correlation ID that looks like a sys_id does not wait for the second request, beside a name and a date."""
    instance.fault({"status": 500}, method="PATCH", path="/table/incident")
    data = {
        "correlation_id": "0" * 32,
        "short_description": "Disk",
        "assignment_group": "Network",
        "due_date": "2026-11-24T20:00:00Z",
    }
    task = snow("snow_record", table="incident", match_on=["correlation_id"], data=data)
    (outcome,) = instance.run(task)
    assert outcome.failed
    assert outcome.changed
    assert len(instance.rows("incident", correlation_id="0" * 32)) == 1


def test_each_request_once(instance: Instance) -> None:
    """retry_deadline: 0 sends a create once, whatever becomes of it."""
    instance.fault({"drop": "before"}, method="POST")
    task = snow("snow_change", **RELEASE, instance={"retry_deadline": 0})
    (outcome,) = instance.run(task)
    refusal(outcome, "outcome_unknown")
    assert [request.method for request in instance.requests()].count("POST") == 1


def test_items_come_before_the_state(instance: Instance) -> None:
    """Whoever is asked for the approval sees what the change affects."""
    task = snow("snow_change", **RELEASE, affected_cis=["web-01"], state="assess")
    result, again = unfailing(instance.run(task, task))
    paths = [str(request) for request in instance.requests() if request.write]
    assert [path.rsplit("/", 1)[-1] == "ci" for path in paths] == [False, True, False]
    assert (result["display"]["state"], again["changed"]) == ("Assess", False)


def test_one_identity_at_a_time(instance: Instance) -> None:
    """sys_id and number together: one of them would be ignored."""
    change = snow("snow_change", sys_id="b0dbda5347c12200e0ef563dbb9a718f", number="CHG0000024")
    (outcome,) = instance.run(change)
    assert "mutually exclusive" in outcome.result["msg"]


def test_gone_already(instance: Instance) -> None:
    """A task or an attachment of a change that is not there is absent."""
    tasks = [
        snow("snow_change_task", change="CHG9999999", short_description="Any", state="absent"),
        snow("snow_attachment", number="CHG9999999", name="any.txt", state="absent"),
    ]
    assert not any(result["changed"] for result in unfailing(instance.run(*tasks)))


def test_a_query_with_a_mistyped_field(instance: Instance) -> None:
    """A condition that the instance does not know is dropped by it: what it finds is not what was asked for."""
    (outcome,) = instance.run(snow("snow_change_info", query="asignment_group.name=Network^active=true"))
    assert "asignment_group" in refusal(outcome, "invalid_usage")
