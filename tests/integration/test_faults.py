# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad days: what is sent again, what is never done twice, and what a task says when it has to give up.

All cases run in a few plays, each as a user of its own, so that its faults hit nobody else; then each is a test.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pytest
from tests.integration.helpers import Instance, Outcome, login, refusal, snow, unfailing

from snow_simulator import Simulator

#: Who may work on changes; the first two may delete them as well.
MANAGERS = ("admin", "bow.ruggeri")
USERS = (*MANAGERS, "ansible", "abel.tuter", "beth.anglin", "david.loo", "don.goodliffe", "ines.itilson")
TABLES = ("change_request", "change_task", "sys_journal_field", "task_ci")
CLOSING = {"close_code": "successful", "close_notes": "Deployed."}
REFUSED = {"status": 403, "body": {"error": {"message": "Operation Failed", "detail": "No"}, "status": "failure"}}
SOON = {"Retry-After": "1"}


class Seen(NamedTuple):
    """What a case came to: its task, its requests, and the rows of the instance afterwards."""

    outcome: Outcome
    log: list[dict[str, Any]]
    rows: dict[str, list[dict[str, Any]]]

    @property
    def methods(self) -> str:
        return " ".join(entry["method"] for entry in self.log)

    def found(self, table: str, **conditions: str) -> list[dict[str, Any]]:
        return [row for row in self.rows[table] if all(row[name] == value for name, value in conditions.items())]


Check = Callable[["Case", Seen], None]


class Case(NamedTuple):
    """One task under faults.

    :param fails: the kind of failure; empty where the task is to succeed.
    :param methods: the requests that are expected, where they are certain.
    """

    name: str
    module: str
    options: Mapping[str, Any]
    faults: Sequence[Mapping[str, Any]]
    changed: bool
    fails: str = ""
    methods: str = ""
    check: Check = lambda case, seen: None
    seeded: Mapping[str, str] | None = None

    @property
    def number(self) -> str:
        """The change that is there for this case."""
        return f"CHG009{CASES.index(self):04}"

    @property
    def correlation_id(self) -> str:
        return f"case-{self.name}"


def fault(
    action: Mapping[str, Any], method: str, count: int | None = 1, path: str = "", skip: int = 0
) -> dict[str, Any]:
    return {"action": dict(action), "method": method, "count": count, "path": path, "skip": skip}


def always(action: Mapping[str, Any], method: str, **match: Any) -> dict[str, Any]:
    return fault(action, method, None, **match)


# What must be true afterwards ------------------------------------------------------------------------------


def one_change(case: Case, seen: Seen) -> None:
    """However often it was tried: one change, complete, with its note once."""
    (row,) = seen.found("change_request", correlation_id=case.correlation_id)
    assert (row["description"], row["start_date"]) == ("New", "2026-11-24 20:00:00")
    assert row["assignment_group"] == "287ebd7da9fe198100f92cc8d1d2154e"
    assert seen.outcome.result["record"]["sys_id"] == row["sys_id"]
    notes = seen.found("sys_journal_field", element_id=row["sys_id"])
    assert [note["value"] for note in notes] == [case.options[name] for name in ("work_notes",) if name in case.options]


def no_change(case: Case, seen: Seen) -> None:
    assert not seen.found("change_request", correlation_id=case.correlation_id)


def one_yet(case: Case, seen: Seen) -> None:
    """It came true after the task had given up, once."""
    assert len(seen.found("change_request", correlation_id=case.correlation_id)) == 1


def one_task(case: Case, seen: Seen) -> None:
    """One task, with its change, its names and its dates."""
    (parent,) = seen.found("change_request", number=case.number)
    (row,) = seen.found("change_task", change_request=parent["sys_id"])
    assert (row["parent"], row["planned_start_date"]) == (parent["sys_id"], "2026-11-24 20:00:00")
    assert row["assignment_group"] == "287ebd7da9fe198100f92cc8d1d2154e"


def updated(case: Case, seen: Seen) -> None:
    """The change has what was asked for, and its note once."""
    (row,) = seen.found("change_request", number=case.number)
    assert row["description"] == seen.outcome.result["record"]["description"] == "New"
    notes = seen.found("sys_journal_field", element_id=row["sys_id"])
    assert [note["value"] for note in notes] == [case.options[name] for name in ("work_notes",) if name in case.options]


def untouched(case: Case, seen: Seen) -> None:
    (row,) = seen.found("change_request", number=case.number)
    assert row["description"] == seen.outcome.result["record"]["description"] == ""


def unwritten(case: Case, seen: Seen) -> None:
    (row,) = seen.found("change_request", number=case.number)
    assert row["description"] == ""
    assert not [entry for entry in seen.log if entry["write"]]


def no_task(case: Case, seen: Seen) -> None:
    unwritten(case, seen)
    assert not seen.found("change_task", short_description="Install", sys_created_by=seen.outcome.host)


def in_implement(case: Case, seen: Seen) -> None:
    """The first step was taken; the record and the steps say so, although the second one failed."""
    (row,) = seen.found("change_request", number=case.number)
    assert row["state"] == seen.outcome.result["record"]["state"] == "-1"
    assert [step["to"] for step in seen.outcome.result["transitions"]] == ["Implement"]


def closed(case: Case, seen: Seen) -> None:
    (row,) = seen.found("change_request", number=case.number)
    assert (row["state"], row["close_code"]) == ("3", "successful")
    assert [step["to"] for step in seen.outcome.result["transitions"]] == ["Implement", "Review", "Closed"]


def gone(case: Case, seen: Seen) -> None:
    assert not seen.found("change_request", number=case.number)


def still_there(case: Case, seen: Seen) -> None:
    assert seen.found("change_request", number=case.number)


def one_item(case: Case, seen: Seen) -> None:
    (row,) = seen.found("change_request", number=case.number)
    assert len(seen.found("task_ci", task=row["sys_id"])) == 1


def waited(case: Case, seen: Seen) -> None:
    """The pause that the instance asked for was made."""
    first, second = (time.strptime(entry["time"], "%Y-%m-%dT%H:%M:%SZ") for entry in seen.log[:2])
    assert time.mktime(second) - time.mktime(first) >= 1


def made_but_incomplete(case: Case, seen: Seen) -> None:
    """The record was made, and is returned, although a later write of the same task failed."""
    (parent,) = seen.found("change_request", number=case.number)
    (row,) = seen.found("change_task", change_request=parent["sys_id"])
    assert seen.outcome.result["record"]["sys_id"] == row["sys_id"]


# The cases -------------------------------------------------------------------------------------------------

THERE = {"short_description": "There already", "assignment_group": "Network", "chg_model": "Normal"}


def read(name: str, *faults: dict[str, Any], fails: str = "", **more: Any) -> Case:
    """A change that is as it should be."""
    instance = more.pop("instance", {})
    options = {"short_description": "There already", **({"instance": instance} if instance else {})}
    methods = more.pop("methods", "" if fails else "GET GET")
    return Case(f"read-{name}", "snow_change", options, faults, False, fails, methods, seeded=THERE, **more)


def update(name: str, *faults: dict[str, Any], fails: str = "", changed: bool = True, **more: Any) -> Case:
    """A change whose description is written."""
    options = {"description": "New", "risk": "High", **more.pop("options", {})}
    check = more.pop("check", untouched if fails else updated)
    methods = more.pop("methods", "" if fails else "GET PATCH PATCH")
    return Case(f"update-{name}", "snow_change", options, faults, changed, fails, methods, check, THERE)


def create(name: str, *faults: dict[str, Any], fails: str = "", **more: Any) -> Case:
    """A change that is made, with names, dates and text."""
    options = {"short_description": "Made", "description": "New", "assignment_group": "Network",
               "start_date": "2026-11-24T20:00:00Z", **more.pop("options", {})}  # fmt: skip
    check = more.pop("check", no_change if fails else one_change)
    return Case(f"create-{name}", "snow_change", options, faults, not fails, fails, more.pop("methods", ""), check)


def move(name: str, *faults: dict[str, Any], fails: str = "", check: Check = closed) -> Case:
    """A change that goes from Scheduled to Closed, in three steps."""
    options = {"state": "closed", **CLOSING}
    return Case(f"move-{name}", "snow_change", options, faults, True, fails, "", check, {**THERE, "state": "-2"})


def task(name: str, *faults: dict[str, Any], fails: str = "", check: Check = one_task, changed: bool = True) -> Case:
    """The first task of a change, with names and dates."""
    options = {
        "short_description": "Install",
        "assignment_group": "Network",
        "planned_start_date": "2026-11-24T20:00:00Z",
    }
    return Case(f"task-{name}", "snow_change_task", options, faults, changed, fails, "", check, THERE)


def items(name: str, *faults: dict[str, Any], fails: str = "", check: Check = one_item) -> Case:
    """A change that is written, and gets an affected item."""
    options = {"description": "New", "affected_cis": ["web-01"]}
    return Case(f"items-{name}", "snow_change", options, faults, True, fails, "", check, THERE)


def delete(name: str, *faults: dict[str, Any], fails: str = "", **more: Any) -> Case:
    options = {"state": "absent"}
    check = still_there if fails else gone
    return Case(f"delete-{name}", "snow_change", options, faults, not fails, fails, check=check, seeded=THERE, **more)


HTML, HALF, QUOTA = {"html": "hibernating"}, {"truncate": True}, {"quota": True}
BEFORE, AFTER = {"drop": "before"}, {"drop": "after"}
SLOW, SLOWER = {"delay_ms": 900}, {"delay_ms": 1800}
STRANGER = {
    "status": 200,
    "body": {
        "result": [
            {
                "sys_id": "1" * 32,
                "number": "CHG0000001",
                "correlation_id": "x",
                "change_request": "2" * 32,
                "short_description": "Strange",
            }
        ]
    },
}
LATER = {"status": 429, "headers": {"Retry-After": "3600"}}
HURRY, AT_ONCE = {"timeout": 0.3}, {"retry_deadline": 0}
SHORT = {"timeout": 0.3, "retry_deadline": 0.5}

CASES = (
    # Managers' cases first: only two users may delete.
    delete("503", fault({"status": 503}, "DELETE")),
    delete("after", fault(AFTER, "DELETE")),
    # Whatever may pass is read again.
    *(read(str(status), fault({"status": status}, "GET")) for status in (502, 503, 504)),
    read("429", fault({"status": 429}, "GET")),
    read("429-after", fault({"status": 429, "headers": SOON}, "GET"), check=waited),
    read("503-after", fault({"status": 503, "headers": SOON}, "GET"), check=waited),
    read("html", fault(HTML, "GET")),
    read("half", fault(HALF, "GET")),
    read("quota", fault(QUOTA, "GET")),
    read("before", fault(BEFORE, "GET")),
    read("after", fault(AFTER, "GET")),
    read("slow", fault(SLOW, "GET"), instance=HURRY),
    # Whatever does not pass, or takes too long to, is given up.
    read("500", fault({"status": 500}, "GET"), fails="response", methods="GET"),
    read("429-for-an-hour", fault(LATER, "GET"), fails="rate_limited", methods="GET"),
    read("429-always", always({"status": 429}, "GET"), fails="rate_limited"),
    read("503-always", always({"status": 503}, "GET"), fails="response"),
    read("503-not-again", fault({"status": 503}, "GET"), fails="response", methods="GET", instance=AT_ONCE),
    read("html-always", always(HTML, "GET"), fails="instance_unavailable"),
    read("half-always", always(HALF, "GET"), fails="unexpected_response"),
    read("quota-always", always(QUOTA, "GET"), fails="response"),
    read("before-always", always(BEFORE, "GET"), fails="connection"),
    read("slow-always", always(SLOW, "GET"), fails="connection", instance=HURRY),
    read("redirect", always({"redirect": "https://login.example.com/"}, "GET"), fails="instance_unavailable"),
    # An answer to another question: not the record that was asked for, and none.
    update("stranger", always(STRANGER, "GET"), fails="unexpected_response", changed=False, check=unwritten),
    create("stranger", always(STRANGER, "GET"), fails="unexpected_response", methods="GET"),
    task("stranger", always(STRANGER, "GET"), fails="unexpected_response", changed=False, check=no_task),
    read("no-result", always({"status": 200, "body": {}}, "GET"), fails="unexpected_response"),
    # A PATCH carries absolute values and can be repeated; a note in it cannot.
    update("503", fault({"status": 503}, "PATCH")),
    update("429", fault({"status": 429}, "PATCH")),
    update("html", fault(HTML, "PATCH")),
    update("half", fault(HALF, "PATCH")),
    update("quota", fault(QUOTA, "PATCH")),
    update("before", fault(BEFORE, "PATCH")),
    update("after", fault(AFTER, "PATCH")),
    update("slow", fault(SLOW, "PATCH"), options={"instance": HURRY}),
    update("note-503", fault({"status": 503}, "PATCH"), options={"work_notes": "Begun"}, methods="-"),
    update("note-before", fault(BEFORE, "PATCH"), options={"work_notes": "Begun"}, methods="-"),
    update("note-after", fault(AFTER, "PATCH"), options={"work_notes": "Begun"}, methods="-"),
    update("note-half", fault(HALF, "PATCH"), options={"work_notes": "Begun"}, methods="-"),
    update("403", fault(REFUSED, "PATCH"), fails="forbidden", changed=False, methods="GET PATCH"),
    update("500", fault({"status": 500}, "PATCH"), fails="response", changed=False, methods="GET PATCH"),
    update("503-always", always({"status": 503}, "PATCH"), fails="response", changed=False),
    # A POST is never simply repeated: the change is looked for, and there is one of it afterwards.
    create("429", fault({"status": 429}, "POST"), methods="GET POST POST"),
    create("before", fault(BEFORE, "POST")),
    create("after", fault(AFTER, "POST"), methods="GET POST GET"),
    create("after-with-note", fault(AFTER, "POST"), options={"work_notes": "Begun"}),
    create("before-with-note", fault(BEFORE, "POST"), options={"work_notes": "Begun"}),
    create("500", fault({"status": 500}, "POST")),
    create("503", fault({"status": 503}, "POST")),
    # It may happen yet, however long one looks: then nobody sends it again.
    create("504", fault({"status": 504}, "POST"), fails="outcome_unknown", options={"instance": SHORT}),
    create("too-slow", fault(SLOWER, "POST"), fails="outcome_unknown", options={"instance": SHORT}, check=one_yet),
    create("html", fault(HTML, "POST")),
    create("half", fault(HALF, "POST")),
    create("quota", fault(QUOTA, "POST")),
    create("slow", fault(SLOW, "POST"), options={"instance": HURRY}),
    create("after-and-read-503", fault(AFTER, "POST"), fault({"status": 503}, "GET", skip=1)),
    create("403", fault(REFUSED, "POST"), fails="forbidden"),
    create("429-for-an-hour", fault(LATER, "POST"), fails="rate_limited", methods="GET POST"),
    create("500-always", always({"status": 500}, "POST"), fails="response"),
    create("before-always", always(BEFORE, "POST"), fails="outcome_unknown"),
    # In the middle of something.
    move("503", fault({"status": 503}, "PATCH", skip=1)),
    move("after", fault(AFTER, "PATCH", count=2)),
    move("403", fault(REFUSED, "PATCH", skip=1), fails="transition_refused", check=in_implement),
    move("500", fault({"status": 500}, "PATCH", skip=1), fails="response", check=in_implement),
    move("before-always", always(BEFORE, "PATCH", skip=1), fails="outcome_unknown", check=in_implement),
    move("nextstates-500", fault({"status": 500}, "GET", path="/nextstates", skip=1), fails="response",
         check=in_implement),
    # Tasks, with names beside dates: two writes.
    task("before", fault(BEFORE, "POST")),
    task("after", fault(AFTER, "POST")),
    task("500", fault({"status": 500}, "POST")),
    task("half", fault(HALF, "POST")),
    task("patch-after", fault(AFTER, "PATCH")),
    task("patch-403", always(REFUSED, "PATCH"), fails="forbidden", check=made_but_incomplete),
    task("patch-503-always", always({"status": 503}, "PATCH"), fails="response", check=made_but_incomplete),
    # Affected items: the order to the worker is a POST as well.
    items("before", fault(BEFORE, "POST")),
    items("after", fault(AFTER, "POST")),
    items("503", fault({"status": 503}, "POST")),
    items("worker", fault({"status": 503}, "GET", path="/worker/")),
    items("500-always", always({"status": 500}, "POST"), fails="response", check=updated),
)  # fmt: skip


def patience(case: Case) -> float:
    """Seconds to go on trying: not many where it is in vain."""
    return 0.6 if any(each["count"] is None for each in case.faults) else 3.0


def task_of(case: Case, user: str) -> dict[str, Any]:
    options = dict(case.options)
    options["instance"] = {"retry_deadline": patience(case), **options.get("instance", {})}
    if case.module == "snow_change_task":
        options["change"] = case.number
    elif case.seeded:
        options["number"] = case.number
    else:
        options["correlation_id"] = case.correlation_id
    return {**snow(case.module, **options), "name": case.name, "environment": login(user), "ignore_errors": True}


@pytest.fixture(scope="module")
def seen(simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Seen]]:
    """All cases, as many in a play as there are users."""
    instance = Instance(simulator, tmp_path_factory.mktemp("faults"))
    batches = (CASES[start : start + len(USERS)] for start in range(0, len(CASES), len(USERS)))
    yield {name: each for batch in batches for name, each in played(instance, batch)}
    instance.control("POST", "reset")


def played(instance: Instance, batch: Sequence[Case]) -> Iterator[tuple[str, Seen]]:
    """Run some cases side by side, one a host, and look at what is left."""
    instance.control("POST", "reset")
    instance.clear_log()
    instance.seed("change_request", *({"number": case.number, **case.seeded} for case in batch if case.seeded))
    cast = dict(zip(USERS, batch, strict=False))
    for user, case in cast.items():
        for each in case.faults:
            instance.control("POST", "faults", {**each, "user": user})
        (instance.folder / f"{user}.json").write_text(json.dumps([task_of(case, user)]), encoding="utf-8")
    done = instance.play(
        {"ansible.builtin.include_tasks": "{{ inventory_hostname }}.json"},
        play={"hosts": "all", "connection": "local", "strategy": "free"},
        arguments=["-i", "".join(f"{user}," for user in cast), "-f", str(len(cast))],
    )
    assert "Traceback" not in done.output, done.output
    if any("delay_ms" in each["action"] for case in batch for each in case.faults):
        # What was delayed until its client had gone happens now.
        time.sleep(1)
    log = instance.control("GET", "log")["requests"]
    rows = {table: instance.rows(table) for table in TABLES}
    assert {outcome.name for outcome in done.ours} == {case.name for case in batch}, done.output
    for outcome in done.ours:
        yield outcome.name, Seen(outcome, [entry for entry in log if entry["user"] == outcome.host], rows)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_fault(seen: dict[str, Seen], case: Case) -> None:
    """The task succeeds, or fails in one sentence; and there is exactly what it says there is."""
    found = seen[case.name]
    if case.fails:
        refusal(found.outcome, case.fails)
        assert found.outcome.result["error"]["request"]
    else:
        unfailing([found.outcome])
    case.check(case, found)
    assert found.outcome.changed is case.changed
    if case.methods not in ("", "-"):
        assert found.methods == case.methods
    assert found.outcome.result["requests"] == len(found.log)
