# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_change_conflict: a check is started where there is no recent one, awaited, returned and canceled."""

from __future__ import annotations

import textwrap
from typing import Any

from tests.integration.helpers import Instance, login, refusal, snow, unfailing

from ansible_collections.changegate.snow.plugins.modules import snow_change_conflict

#: Planned outside of the maintenance window of its firewall.
NUMBER, FIREWALL = "CHG0030001", "afbffb24b758230096c3e4f6ee11a972"
CHECKED = ["not_in_maintenance_window"]


def conflict(**options: Any) -> dict[str, Any]:
    named = {} if {"number", "sys_id", "correlation_id"} & options.keys() else {"number": NUMBER}
    # Whoever may cancel a check.
    return {**snow("snow_change_conflict", **named, **options), "environment": login("bow.ruggeri")}


def predicted(task: dict[str, Any]) -> dict[str, Any]:
    return {**task, "check_mode": True}


def methods(instance: Instance, results: list[dict[str, Any]]) -> list[str]:
    """The requests of each task, without the looks at a check that runs."""
    log = iter(instance.requests())
    spent = [[next(log).method for _ in range(result["requests"])] for result in results]
    return [" ".join(spend[:4]) for spend in spent]


def slowly(instance: Instance, seconds: float = 3600) -> None:
    instance.control("PUT", "settings", {"worker_seconds": seconds})


def trackers(instance: Instance) -> list[str]:
    return [row["state"] for row in instance.rows("sys_execution_tracker")]


def test_check(instance: Instance) -> None:
    """Nothing is known; check mode starts nothing; then one check is made, and counts as long as it is recent."""
    tasks = [conflict(state="reported"), predicted(conflict()), conflict(), predicted(conflict()), conflict()]
    tasks += [conflict(sys_id=FIREWALL.upper()), conflict(state="started"), conflict(state="reported")]
    tasks += [conflict(state="canceled"), predicted(conflict(max_age=0)), conflict(max_age=0)]
    results = unfailing(instance.run(*tasks))
    nothing, foretold, made, *_ = results
    assert [result["changed"] for result in results] == [False, True, True, *[False] * 6, True, True]
    assert (nothing["check"]["state"], nothing["check"]["last_run"], nothing["conflicts"]) == ("none", "", [])
    assert foretold["diff"] == made["diff"] == {
        "before": {"conflict_check": "none"}, "after": {"conflict_check": "started"},
    }  # fmt: skip
    assert results[-1]["diff"] == results[-2]["diff"]
    (row,) = instance.rows("change_request", number=NUMBER)
    for result in results[2:]:
        assert (result["check"]["status"], result["check"]["state"], result["check"]["records"]) == (
            "Conflict", "complete", 1,
        )  # fmt: skip
        assert [item["record"]["type"] for item in result["conflicts"]] == CHECKED
        assert result["conflicts"][0]["display"]["change"] == NUMBER
    assert results[-1]["check"]["last_run"] == row["conflict_last_run"]
    assert trackers(instance) == ["2", "2"]
    unchanged = ["GET GET"] * 2 + ["GET", "GET GET", "GET GET", "GET GET"]
    assert methods(instance, results) == [
        "GET GET", "GET GET", "GET GET POST GET", *unchanged, "GET GET", "GET GET POST GET",
    ]  # fmt: skip


def test_a_check_that_takes_long(instance: Instance) -> None:
    """One that runs is awaited and not started again; its end can be out of reach; it is canceled once."""
    slowly(instance)
    tasks = [conflict(state="started"), conflict(state="started"), conflict(timeout=1), conflict(state="reported")]
    tasks += [predicted(conflict(state="canceled")), conflict(state="canceled"), conflict(state="canceled")]
    started, again, late, shown, foretold, canceled, unchanged = instance.run(*tasks)
    results = unfailing([started, again, shown, foretold, canceled, unchanged])
    assert [result["changed"] for result in results] == [True, False, False, True, True, False]
    assert [result["check"]["state"] for result in results[:4]] == ["pending"] * 4
    assert [result["check"]["state"] for result in results[4:]] == ["canceled"] * 2
    assert foretold.result["diff"] == canceled.result["diff"]
    assert canceled.result["diff"]["after"] == {"conflict_check": "canceled"}
    assert "1 second" in refusal(late, "worker_timed_out")
    assert not late.changed
    assert late.result["check"]["state"] == "pending"
    assert trackers(instance) == ["4"]


def test_what_cannot_be_checked(instance: Instance) -> None:
    """No plan, no such change, no right, options that make no sense: one sentence, and nothing is started."""
    refused: list[tuple[dict[str, Any], str]] = [
        ({"number": ""}, "invalid_identity"),
        ({"max_age": -1}, "invalid_usage"),
        ({"timeout": -1}, "invalid_usage"),
    ]
    new = {"number": "CHG0099001", "correlation_id": "bare", "short_description": "Bare"}
    instance.seed("change_request", new)
    cases = [
        ({"number": "CHG0099001"}, "response", "planned start date"),
        ({"number": "CHG9999999"}, "no_results", "There is no change request with number CHG9999999"),
        ({"sys_id": "0" * 32}, "no_results", "There is no change request with sys_id"),
        ({"correlation_id": "none-yet"}, "no_results", "There is no change request with correlation_id none-yet"),
    ]
    tasks = [conflict(**options) for options, *_ in cases]
    not_yet = [predicted(conflict(correlation_id="soon")), predicted(conflict(correlation_id="soon", state="canceled"))]
    reader = {**conflict(), "environment": login("auditor")}
    wrong = [conflict(**options) for options, _ in refused]
    *outcomes, soon, idle, forbidden = instance.run(*wrong, *tasks, *not_yet, reader)
    for (options, usage), outcome in zip(refused, outcomes[: len(wrong)], strict=True):
        assert next(reversed(options)) in refusal(outcome, usage)
        assert outcome.result["requests"] == 0
    for (_, kind, words), outcome in zip(cases, outcomes[len(wrong) :], strict=True):
        assert words in refusal(outcome, kind)
        assert not outcome.changed
    refusal(forbidden, "forbidden")
    assert [result["changed"] for result in unfailing([soon, idle])] == [True, False]
    assert "earlier task" in soon.result["warnings"][0]
    assert trackers(instance) == []


def test_lost_answers(instance: Instance) -> None:
    """A start or a cancel whose answer is lost is found, and not made twice."""
    slowly(instance)
    for when in ("after", "before"):
        instance.fault({"drop": when}, method="POST", path="/conflict", count=1)
        instance.fault({"drop": when}, method="DELETE", path="/conflict", count=1)
    tasks = [conflict(state="started"), conflict(state="canceled")] * 2
    results = unfailing(instance.run(*tasks))
    assert [result["changed"] for result in results] == [True] * 4
    assert trackers(instance) == ["4", "4"]


def test_somebody_else_is_faster(instance: Instance) -> None:
    """A check that began or ended between look and act is taken as it is."""
    slowly(instance)
    idle = {"status": "Not Run", "last_run": "", "record_count": "0", "job_status": "", "conflicts": []}
    for answer, skip in (({**idle, "job_status": "1"}, 0), (idle, 3)):
        action = {"status": 200, "body": {"result": answer}}
        instance.fault(action, method="GET", path="/conflict", count=1, skip=skip)
    tasks = [conflict(state="canceled"), conflict(state="started"), conflict(state="started")]
    ended, started, joined = unfailing(instance.run(*tasks))
    assert [ended["changed"], started["changed"], joined["changed"]] == [False, True, False]
    assert joined["diff"] == ended["diff"] == {"before": {}, "after": {}}
    assert (ended["check"]["state"], joined["check"]["state"]) == ("none", "pending")


def test_an_old_check(instance: Instance) -> None:
    """Age is told by the instance's clock, whatever time it is here."""
    instance.control("PUT", "clock", {"now": "2031-01-01T08:00:00Z"})
    (first,) = unfailing(instance.run(conflict()))
    instance.control("PUT", "clock", {"now": "2031-01-01T08:10:00Z"})
    second, third = unfailing(instance.run(conflict(max_age=660), conflict()))
    assert (first["changed"], second["changed"], third["changed"]) == (True, False, True)
    assert first["check"]["last_run"].startswith("2031-01-01 08:00")
    assert third["check"]["last_run"].startswith("2031-01-01 08:10")


def test_the_examples(instance: Instance) -> None:
    """They run as they are written; a long wait is told to whoever watches."""
    slowly(instance, 1)
    path = instance.folder / "examples.yml"
    tasks = textwrap.indent(snow_change_conflict.EXAMPLES, "    ")
    path.write_text(f"- hosts: localhost\n  gather_facts: false\n  tasks:\n{tasks}")
    played = instance.playbook(path, environ=login("bow.ruggeri"))
    assert played.code == 0, played.output
    assert [outcome.changed for outcome in played.of("snow_change_conflict")] == [True, True, True, False]
    assert "the conflict check of the change request with number CHG0030001 is running" in played.output
