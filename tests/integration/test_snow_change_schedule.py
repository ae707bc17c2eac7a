# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_change_schedule: free slots of an item or a change, and the first of them as the plan of a change."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest
from tests.integration.helpers import Instance, login, refusal, snow, unfailing

from ansible_collections.changegate.snow.plugins.modules import snow_change_schedule

#: The core routers may be worked on on Saturdays, from 9 to 12 UTC in winter; a web server at any time.
ROUTER, SERVER = "rtr-core-01", "web-01"
SATURDAY = {"start": "2030-02-02 09:00:00", "end": "2030-02-02 11:00:00"}
SHOP = {"correlation_id": "shop"}


@pytest.fixture(autouse=True)
def january(instance: Instance) -> None:
    instance.control("PUT", "clock", {"now": "2030-01-30T12:00:00Z"})
    instance.control("PUT", "settings", {"worker_seconds": 0})


def schedule(**options: Any) -> dict[str, Any]:
    named = {} if {"ci", "number", "sys_id", "correlation_id"} & options.keys() else SHOP
    return snow("snow_change_schedule", **named, **options)


def planned(**options: Any) -> dict[str, Any]:
    return schedule(state="planned", **options)


def predicted(task: dict[str, Any]) -> dict[str, Any]:
    return {**task, "check_mode": True}


def seeded(instance: Instance, name: str = "shop", item: str = ROUTER, **columns: str) -> str:
    (ci,) = instance.rows("cmdb_ci", name=item)
    new = {"correlation_id": name, "short_description": "Shop", "cmdb_ci": ci["sys_id"], "chg_model": "Normal"}
    return instance.seed("change_request", {**new, **columns})[0]


def slots(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(slot["start"], slot["end"]) for slot in result["slots"]]


def test_slots(instance: Instance) -> None:
    """Of an item by name or sys_id, of a change as it is planned or as it is asked; nothing is changed."""
    sys_id = seeded(instance, start_date="2030-02-02 08:00:00", end_date="2030-02-02 10:00:00")
    (ci,) = instance.rows("cmdb_ci", name=ROUTER)
    tasks = [schedule(ci=ROUTER.upper(), duration="2h"), schedule(ci=ci["sys_id"].upper(), duration=7200)]
    tasks += [schedule(ci=ROUTER, duration="1h 30m", planned_start="2030-02-16T10:00:00+01:00"), schedule()]
    tasks += [schedule(duration="1h"), schedule(planned_start="2030-02-16 00:00:00"), schedule(sys_id=sys_id)]
    tasks += [schedule(ci=ROUTER, duration="1d"), predicted(schedule())]
    results = unfailing(instance.run(*tasks))
    assert all((result["changed"], result["diff"]) == (False, {"before": {}, "after": {}}) for result in results)
    by_name, by_id, later, as_planned, shorter, from_then, by_sys_id, none, foretold = results
    # The change is planned from 8 to 10, so that anything else begins at 10.
    assert slots(by_name)[0] == ("2030-02-02 10:00:00", "2030-02-02 12:00:00")
    assert slots(by_id) == slots(by_name)
    assert slots(later)[0] == ("2030-02-16 09:00:00", "2030-02-16 10:30:00")
    assert slots(as_planned)[0] == (SATURDAY["start"], SATURDAY["end"])
    assert slots(by_sys_id) == slots(foretold) == slots(as_planned)
    assert slots(shorter)[0] == ("2030-02-02 10:00:00", "2030-02-02 11:00:00")
    assert slots(from_then)[0] == ("2030-02-16 09:00:00", "2030-02-16 11:00:00")
    assert none["slots"] == []
    assert as_planned["record"]["sys_id"] == sys_id
    assert "record" not in by_name
    assert instance.rows("change_request", correlation_id="shop")[0]["start_date"] == "2030-02-02 08:00:00"
    spent = [result["requests"] for result in results]
    assert spent == [3, 2, 3, 3, 3, 3, 3, 3, 3]


def test_plan(instance: Instance) -> None:
    """The first slot is taken, as check mode has said, and then it stays; another length or start is another plan."""
    seeded(instance)
    seeded(instance, "bound", start_date="2030-02-16 09:30:00", end_date="2030-02-16 10:30:00")
    seeded(instance, "blocked", start_date="2030-02-05 09:30:00", end_date="2030-02-05 10:30:00")
    plan = planned(duration="2h")
    late = planned(duration="3h", planned_start="2030-02-10T00:00:00Z")
    tasks = [
        predicted(plan),
        plan,
        plan,
        predicted(plan),
        planned(),
        planned(duration="2h", planned_start=SATURDAY["start"]),
    ]
    tasks += [predicted(late), late, late]
    tasks += [planned(correlation_id="bound", duration="1h"), planned(correlation_id="bound")]
    blocked = planned(correlation_id="blocked")
    tasks += [predicted(blocked), blocked, blocked]
    results = unfailing(instance.run(*tasks))
    foretold, first = results[:2]
    changed = [True, True, False, False, False, False, True, True, False, False, False, True, True, False]
    assert [result["changed"] for result in results] == changed
    assert foretold["slot"] == first["slot"] == results[2]["slot"] == SATURDAY
    assert foretold["diff"] == first["diff"] == {
        "before": {"start_date": "", "end_date": ""},
        "after": {"start_date": SATURDAY["start"], "end_date": SATURDAY["end"]},
    }  # fmt: skip
    assert foretold["record"]["start_date"] == first["record"]["start_date"] == SATURDAY["start"]
    assert results[6]["diff"] == results[7]["diff"]
    # That of the change called bound takes an hour of the next Saturday.
    assert results[7]["slot"] == {"start": "2030-02-23 09:00:00", "end": "2030-02-23 12:00:00"}
    assert results[9]["slot"]["start"] == "2030-02-16 09:30:00"
    assert results[11]["diff"] == results[12]["diff"]
    assert results[12]["slot"]["start"] == "2030-02-02 09:00:00"
    assert [len(instance.rows("change_request", start_date=slot["start"])) for slot in (
        results[8]["slot"], results[9]["slot"], results[13]["slot"],
    )] == [1, 1, 1]  # fmt: skip
    log = iter(instance.requests())
    spent = [" ".join(next(log).method for _ in range(result["requests"])) for result in results]
    assert spent[:4] == ["GET GET GET", "GET PATCH GET GET", "GET GET GET", "GET GET GET"]
    assert spent[12] == "GET GET GET PATCH GET GET"


def test_a_plan_of_another_length(instance: Instance) -> None:
    """The present window of a change is not in its own way, neither when it is planned anew nor in check mode."""
    seeded(instance, start_date="2030-02-02 09:30:00", end_date="2030-02-02 10:30:00")
    seeded(instance, "late", "web-02", start_date="2030-02-02 09:00:00", end_date="2030-02-02 10:00:00")
    tasks = []
    for duration in ("30m", "2h", "3h", "1h"):
        tasks += [predicted(planned(duration=duration)), planned(duration=duration)]
    then = {"correlation_id": "late", "planned_start": "2030-02-02T09:00:00Z"}
    for more in ({"duration": "4h"}, {"duration": "2h", "planned_start": "2030-02-02T09:30:00Z"}):
        tasks += [predicted(planned(**{**then, **more})), planned(**{**then, **more})]
    results = unfailing(instance.run(*tasks))
    for foretold, done in zip(results[::2], results[1::2], strict=True):
        assert foretold["changed"]
        assert foretold["diff"] == done["diff"]
        assert foretold["slot"] == done["slot"]
        assert "warnings" not in foretold
    starts = [result["slot"]["start"][-8:-3] for result in results[1::2]]
    assert starts == ["09:00", "09:00", "09:00", "09:00", "09:00", "09:30"]


def test_a_window_that_has_begun(instance: Instance) -> None:
    """Where any time is free the slot begins now; it stays the plan while time goes on, and while it is implemented."""
    seeded(instance, item=SERVER)
    begun = {"start_date": "2030-01-30 11:00:00", "end_date": "2030-01-30 11:30:00", "state": "-1"}
    seeded(instance, "deployed", SERVER, **begun)
    plan = planned(duration="1h")
    tasks = [plan, plan, planned(correlation_id="deployed"), planned(correlation_id="deployed", duration="1h")]
    first, second, implemented, longer = instance.run(*tasks)
    results = unfailing([first, second, implemented])
    assert [result["changed"] for result in results] == [True, False, False]
    assert implemented.result["requests"] == 1
    assert "is in Implement and not planned as it is asked for" in refusal(longer, "not_converged")
    instance.control("PUT", "clock", {"now": "2030-01-30T13:30:00Z"})
    (over,) = unfailing(instance.run(plan))
    assert over["changed"]
    assert over["slot"]["start"] >= "2030-01-30 13:30:00"


def test_what_cannot_be_planned(instance: Instance) -> None:
    """No slot, no item, no dates, no right, no such record, nonsense: one sentence, and nothing is written."""
    durations, starts = ("", "0", "-1", "2 hours", "1:30", "1.5h", "h"), ("", "now", "2030-02-02")
    refused: list[tuple[dict[str, Any], str, str]] = [
        *(({"duration": text}, "invalid_usage", "duration") for text in durations),
        *(({"duration": "1h", "planned_start": text}, "invalid_usage", "planned_start") for text in starts),
        ({"timeout": -1}, "invalid_usage", "timeout"),
        ({"ci": ROUTER}, "invalid_usage", "duration"),
        ({"ci": "", "duration": "1h"}, "invalid_identity", "ci"),
        ({"ci": ROUTER, "duration": "1h", "state": "planned"}, "invalid_usage", "ci"),
        ({"number": "None"}, "invalid_identity", "number"),
    ]  # fmt: skip
    seeded(instance)
    instance.seed("change_request", {"correlation_id": "bare", "short_description": "Bare"})
    instance.seed("cmdb_ci", {"name": "twin"}, {"name": "twin"})
    cases = [
        (planned(duration="4h"), "unapplied", "No slots found"),
        (predicted(planned(duration="4h")), "unapplied", "No slots found"),
        (planned(), "invalid_usage", "give duration"),
        (schedule(), "invalid_usage", "give duration"),
        (planned(correlation_id="bare", duration="1h"), "invalid_usage", "no configuration item"),
        (planned(number="CHG9999999", duration="1h"), "no_results", "CHG9999999"),
        (schedule(ci="nowhere", duration="1h"), "no_results", "no configuration item with name nowhere"),
        (schedule(ci="twin", duration="1h"), "multiple_results", "more than one"),
        (schedule(ci="0" * 32, duration="1h"), "response", "cmdb_ci"),
        ({**schedule(duration="1h"), "environment": login("auditor")}, "forbidden", ""),
    ]
    both = schedule(ci=ROUTER, number="CHG1", duration="1h")
    wrong = [schedule(**options) for options, *_ in refused]
    clash, *first = instance.run(both, *wrong, *(task for task, *_ in cases))
    assert clash.failed
    for (_, kind, words), outcome in zip(refused, first[: len(wrong)], strict=True):
        assert words in refusal(outcome, kind)
        assert outcome.result["requests"] == 0
    outcomes = first[len(wrong) :]
    for (task, kind, words), outcome in zip(cases, outcomes, strict=True):
        assert words in refusal(outcome, kind), task
        assert not outcome.changed
    assert instance.rows("change_request", correlation_id="shop")[0]["start_date"] == ""


def test_what_the_instance_does_not_do(instance: Instance) -> None:
    """A worker that says it has planned the change, and has not; in check mode, a change that is not there yet."""
    seeded(instance)
    instance.control("PUT", "settings", {"worker_seconds": 3600})
    worker = {"sysId": "a" * 32, "link": f"{instance.url}/api/sn_chg_rest/change/worker/{'a' * 32}"}
    done = {"worker": worker, "state": {"value": 3, "display_value": "Complete"}, "type": "schedule"}
    done["messages"] = {"infoMessages": ["Change has been updated"]}
    for method, path in (("PATCH", "/first_available"), ("GET", "/worker/")):
        instance.fault({"status": 200, "body": {"result": done}}, method=method, path=path, count=1)
    ignored, soon, report = instance.run(
        planned(duration="1h"), predicted(planned(correlation_id="soon")), predicted(schedule(correlation_id="soon"))
    )
    assert "did not plan" in refusal(ignored, "unapplied")
    assert ignored.result["unapplied"][0]["field"] == "start_date"
    assert not ignored.changed
    assert [result["changed"] for result in unfailing([soon, report])] == [True, False]
    assert report.result["slots"] == []
    assert "earlier task" in soon.result["warnings"][0]


def test_a_search_that_takes_long(instance: Instance) -> None:
    """The wait ends at the time-out; whoever watches is told how far it is; a lost answer plans once."""
    seeded(instance)
    instance.control("PUT", "settings", {"worker_seconds": 3600})
    (late,) = instance.run(planned(duration="1h", timeout=1))
    assert "1 second" in refusal(late, "worker_timed_out")
    assert not late.changed
    instance.control("PUT", "settings", {"worker_seconds": 0.5})
    instance.fault({"drop": "after"}, method="PATCH", path="/first_available", count=1)
    played = instance.play(planned(duration="2h"))
    assert unfailing(played.ours)[0]["slot"] == SATURDAY
    assert "the search for free time is In-Progress" in played.output


def test_the_examples(instance: Instance) -> None:
    """They run as they are written."""
    seeded(instance, number="CHG0099001")
    path = instance.folder / "examples.yml"
    tasks = textwrap.indent(snow_change_schedule.EXAMPLES, "    ").replace("CHG0030001", "CHG0099001")
    path.write_text(f"- hosts: localhost\n  gather_facts: false\n  tasks:\n{tasks}")
    played = instance.playbook(path)
    assert played.code == 0, played.output
    free, plan = played.of("snow_change_schedule")
    assert free.result["slots"][0]["start"] == "2031-03-01 09:00:00"
    assert plan.changed
    assert played.last.result["msg"] == f"From {plan.result['slot']['start']} to {plan.result['slot']['end']}"
