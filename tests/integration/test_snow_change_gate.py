# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_change_gate as a playbook calls it; test_gate_waiting.py has its long waits, unit/test_gate.py its rules."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.integration.helpers import Instance, Outcome, login, refusal, snow, unfailing

SYS_ID, NUMBER = "0f4ac6c4b750230096c3e4f6ee11a9fe", "CHG0033046"
CHANGE = {
    "sys_id": SYS_ID,
    "state": "-1",
    "approval": "approved",
    "on_hold": "false",
    "start_date": "2020-01-01 00:00:00",
    "end_date": "2100-01-01 00:00:00",
    "requested_by": "abel.tuter",
    "opened_by": "ansible",
    "cmdb_ci": "",
}


def gate(**options: Any) -> dict[str, Any]:
    named = {} if {"number", "sys_id", "correlation_id", "query"} & options.keys() else {"sys_id": SYS_ID}
    return snow("snow_change_gate", **named, **options)


def change(instance: Instance, **columns: str) -> None:
    instance.seed("change_request", {**CHANGE, **columns})


def affected(instance: Instance, *items: str) -> None:
    instance.seed("task_ci", *({"task": SYS_ID, "ci_item": item} for item in items))


def approved(instance: Instance, *users: str, state: str = "approved", group: str = "") -> None:
    rows = [{"sysapproval": SYS_ID, "approver": user, "state": state, "group": group} for user in users]
    instance.seed("sysapproval_approver", *rows)


def broken(outcome: Outcome) -> dict[str, str]:
    """Rule to reason, of a gate that is not open."""
    assert refusal(outcome, "gate_closed").startswith(f"{NUMBER} is not open: ")
    assert not outcome.result["open"]
    return {reason["rule"]: reason["text"] for reason in outcome.result["reasons"]}


def test_open_and_closed(instance: Instance, in_process: bool) -> None:
    """One request, one line; with enforce the play ends there, and without it the next task decides."""
    change(instance)
    open_, named = unfailing(instance.run(gate(), gate(number=NUMBER.lower()), in_process=in_process))
    assert (open_["open"], open_["requests"], open_["reasons"]) == (True, 1, [])
    assert open_["summary"].startswith(f"{NUMBER} is open: it is in Implement; its approval is Approved; ")
    assert open_["record"]["sys_id"] == named["record"]["sys_id"] == SYS_ID
    change(instance, state="-2", on_hold="true", on_hold_reason="Not today.")
    tasks = [{"ignore_errors": True, **gate()}, gate(enforce=False), {"fail": {"msg": "here"}}]
    played = instance.play(*tasks, in_process=in_process)
    closed, reported = played.of("snow_change_gate")
    assert broken(closed) == {
        "states": "its state is Scheduled (-2), not implement",
        "on_hold": "it is on hold: Not today",
    }
    assert not reported.failed
    assert (reported.result["open"], reported.result["summary"]) == (False, closed.result["msg"])
    assert instance.writes() == []


def test_nothing_is_deployed_behind_a_closed_gate(instance: Instance) -> None:
    change(instance, approval="requested")
    played = instance.play(gate(), {"name": "Deploy", "ansible.builtin.debug": {"msg": "deployed"}})
    assert played.code == 2
    assert "Deploy" not in [outcome.name for outcome in played.outcomes]


def test_which_change(instance: Instance) -> None:
    """By any identity, or by what finds exactly one; nothing else is taken for it."""
    change(instance, correlation_id="shop-1")
    good = [
        gate(correlation_id="shop-1"),
        gate(query={"correlation_id": "shop-1"}),
        gate(query="correlation_id=shop-1"),
    ]
    assert all(result["open"] for result in unfailing(instance.run(*good)))
    instance.seed("change_request", {"number": "CHG0099001", "correlation_id": "shop-1", "state": "-1"})
    instance.clear_log()
    bad = [
        (gate(correlation_id="shop-1"), "multiple_results"),
        (gate(query={"correlation_id": "shop-1"}), "multiple_results"),
        (gate(query={"correlation_id": "shop-2"}), "no_results"),
        (gate(number="CHG9999999"), "no_results"),
        (gate(sys_id="0" * 32), "no_results"),
        (gate(query={"u_release": "shop-1"}), "invalid_usage"),
        (gate(query="javascript:gs.now()"), "invalid_query"),
    ]
    for outcome, (_task, kind) in zip(instance.run(*(task for task, _kind in bad)), bad, strict=True):
        refusal(outcome, kind)
        assert outcome.result["open"] is False
    sent = len(instance.requests())
    empty = [gate(number=""), gate(number="null"), gate(sys_id="x"), gate(correlation_id=" "), gate(query="")]
    empty += [gate(query={}), gate(query=None), gate(hosts=[]), gate(match={}), gate(states=None)]
    for outcome in instance.run(*empty):
        assert outcome.failed
        # Ansible itself refuses a query that is null, and knows of no gate.
        assert not outcome.result.get("open")
        assert outcome.result["requests"] == 0
    assert len(instance.requests()) == sent


def test_hosts_of_the_play(instance: Instance) -> None:
    """Its hosts have to be among the affected items: by any name, each one, and only one."""
    change(instance)
    affected(instance, "web-01", "web-02", "db-01")
    play = {"hosts": "all", "vars": {"ansible_connection": "local"}}
    asked = {**gate(hosts="{{ ansible_play_hosts_all }}"), "run_once": True, "delegate_to": "localhost"}
    inside = instance.play(asked, play=play, arguments=["-i", "web-01,10.0.2.2,db-01.example.com,"])
    assert inside.code == 0, inside.output
    beyond = instance.play(asked, play=play, arguments=["-i", "web-01,web-03,app-01,"])
    assert beyond.code == 2
    texts = [reason["text"] for reason in beyond.of("snow_change_gate")[0].result["reasons"]]
    assert texts == [f"{name} is not among the affected items" for name in ("web-03", "app-01")]
    twin = instance.seed("cmdb_ci_server", {"name": "web-01", "ip_address": "10.9.9.9"})[0]
    affected(instance, twin)
    ambiguous, clear = instance.run(gate(hosts=["web-01"]), gate(hosts=["web-01.example.com", "10.9.9.9"], cis=[twin]))
    assert broken(ambiguous)["hosts"].startswith("web-01 is ambiguous among the affected items: web-01 (")
    assert not clear.failed


def test_tasks_fields_and_conditions(instance: Instance) -> None:
    change(instance, risk="2", chg_model="Normal", backout_plan="Back.", test_plan="")
    instance.seed(
        "change_task",
        {"change_request": SYS_ID, "number": "CTASK0099001", "short_description": "Back up", "state": "3"},
        {"change_request": SYS_ID, "number": "CTASK0099002", "short_description": "Verify", "state": "1"},
    )
    good = gate(
        tasks={"closed": ["back up"], "open": ["CTASK0099002"]},
        required_fields=["backout_plan"],
        match={"risk": "High", "assignment_group.name": {"not_equals": "Nobody"}},
        risk_at_most="high",
        model="Normal",
        type=["normal"],
    )
    bad = gate(
        tasks={"closed": ["Verify", "Announce"], "open": ["Back up"]},
        required_fields=["test_plan", "u_nothing"],
        match="risk=3",
        risk_at_most="Moderate",
        model=["Standard"],
        type="emergency",
    )
    opened, closed, unknown = instance.run(good, bad, gate(match={"u_nothing": 1}))
    unfailing([opened])
    assert broken(closed).keys() == {"tasks", "required_fields", "match", "risk_at_most", "model", "type"}
    assert len(closed.result["reasons"]) == 9
    assert "shows no column u_nothing" in refusal(unknown, "invalid_usage")


def test_words_that_are_none(instance: Instance) -> None:
    """A slip of the pen would keep the gate closed for ever: it is said at once, with what there is."""
    change(instance)
    own = gate(states=["Build", "implement"], approval=["Requested", "approved"])
    wrong = [gate(states=["Implment"]), gate(approval=["aproved"]), gate(risk_at_most="tiny")]
    good, *outcomes = instance.run(own, *wrong)
    unfailing([good])
    for outcome, word in zip(outcomes, ("'Implment'", "'aproved'", "'tiny'"), strict=True):
        assert word in refusal(outcome, "invalid_usage")


def test_four_eyes(instance: Instance) -> None:
    change(instance)
    approved(instance, "abel.tuter")
    eyes = [{}, {"groups": ["Network"]}, {"groups": ["CAB Approval"]}, {"users": ["bow.ruggeri@example.com"]}]
    tasks = [gate(approved_by=each) for each in eyes]
    # The requester alone has approved, who is of the group Network.
    texts = [broken(outcome)["approved_by"] for outcome in instance.run(*tasks)]
    counts_not = [text.endswith("who requested or opened it does not count") for text in texts]
    assert counts_not == [True, True, False, False], texts
    approved(instance, "bow.ruggeri", "don.goodliffe", state="requested")
    for outcome in instance.run(*tasks):
        assert broken(outcome).keys() == {"approved_by"}
    bow = instance.rows("sys_user", user_name="bow.ruggeri")[0]
    (row,) = instance.rows("sysapproval_approver", approver=bow["sys_id"], sysapproval=SYS_ID)
    instance.seed("sysapproval_approver", {"sys_id": row["sys_id"], "state": "approved"})
    users = [bow["user_name"].upper(), bow["email"], bow["sys_id"]]
    good = [{}, {"groups": ["cab approval"]}, *({"users": [user]} for user in users)]
    assert all(result["open"] for result in unfailing(instance.run(*(gate(approved_by=each) for each in good))))
    bad = [{"groups": ["Network"]}, {"users": ["don.goodliffe"]}, {"at_least": 2}]
    for outcome in instance.run(*(gate(approved_by=each) for each in bad)):
        assert broken(outcome).keys() == {"approved_by"}


def test_incidents(instance: Instance) -> None:
    change(instance)
    empty = gate(no_open_incidents=True)
    (nothing,) = instance.run(empty)
    assert broken(nothing)["no_open_incidents"].startswith("it has no affected items")
    affected(instance, "build-01")
    unfailing(instance.run(empty))
    instance.seed("incident", {"number": "INC0099001", "cmdb_ci": "build-01", "active": "true"})
    instance.seed("incident", {"number": "INC0099002", "cmdb_ci": "build-01", "active": "false"})
    (outcome,) = instance.run(empty)
    assert broken(outcome)["no_open_incidents"] == "its items have 1 active incident (INC0099001)"


def test_conflicts(instance: Instance) -> None:
    """No check, an old one, one that found something, one that is fresh; check mode starts none."""
    week = {"start_date": "2031-03-02 03:00:00", "end_date": "2031-03-02 05:00:00"}
    instance.control("PUT", "clock", {"now": "2031-03-02T03:10:00Z"})
    instance.control("PUT", "settings", {"worker_seconds": 0.2})
    change(instance, cmdb_ci="fw-edge-01", **week)
    last, fresh = gate(conflicts="none"), gate(conflicts="none", conflict_check="fresh")
    blocked = gate(conflicts="none", conflict_check="fresh", states=["review"])
    first, *_, foretold, made, kept = instance.run(last, blocked, {**fresh, "check_mode": True}, fresh, last)
    assert broken(first) == {"conflicts": "no conflict check was run"}
    unfailing([foretold, made, kept])
    assert (foretold.changed, foretold.result["open"]) == (True, False)
    assert (made.changed, made.result["open"], kept.changed, kept.result["open"]) == (True, True, False, True)
    assert made.result["facts"]["conflicts"]["conflicts"] == []
    assert len(instance.writes()) == 1
    instance.control("PUT", "clock", {"advance_seconds": 3601})
    stale, again = instance.run(last, fresh)
    assert broken(stale) == {"conflicts": "its conflict check is older than 1 h"}
    unfailing([again])
    # On a Tuesday nobody maintains the firewall.
    instance.control("PUT", "clock", {"now": "2031-03-04T03:10:00Z"})
    change(instance, cmdb_ci="fw-edge-01", start_date="2031-03-04 03:00:00", end_date="2031-03-04 05:00:00")
    found, known = instance.run(fresh, fresh)
    assert broken(found) == broken(known) == {"conflicts": "it has 1 conflict (Not In Maintenance Window)"}
    assert (found.changed, known.changed) == (True, False)


def test_a_check_that_fails(instance: Instance) -> None:
    """There is no item to check: the gate is closed, and says why."""
    change(instance)
    (outcome,) = instance.run(gate(conflicts="none", conflict_check="fresh"))
    assert outcome.failed
    assert outcome.result["open"] is False


def test_unreadable_is_a_no(instance: Instance) -> None:
    """Whoever may read changes only knows neither who approved nor what is affected."""
    change(instance)
    affected(instance, "web-01")
    approved(instance, "bow.ruggeri")
    tasks = [
        gate(),
        gate(approved_by={}),
        gate(no_open_incidents=True),
        gate(hosts=["web-01"]),
        gate(tasks={"open": ["a"]}),
    ]
    for user in ("auditor", "joe.employee"):
        outcomes = instance.run(*tasks, environ=login(user))
        for outcome in outcomes[1:]:
            assert outcome.result["open"] is False or outcome.result["requests"] > 1
            assert "Traceback" not in str(outcome.result)
    assert all(outcome.result["open"] is False for outcome in outcomes)


def test_check_mode(instance: Instance) -> None:
    """It asks once, foretells what nobody can change any more, and leaves open what a real run would wait for."""
    change(instance, approval="requested", state="-2")
    waiting, asked = instance.run(gate(timeout="1h"), gate(), check=True)
    assert not waiting.failed
    assert (waiting.result["open"], waiting.result["looks"]) == (False, 1)
    assert "Check mode asks once" in waiting.result["warnings"][0]
    assert broken(asked).keys() == {"states", "approval"}
    change(instance, approval="rejected")
    (rejected,) = instance.run(gate(timeout="1h"), check=True)
    assert refusal(rejected, "gate_closed").endswith("It cannot open any more.")
    # Where check mode stands before the creation of the change.
    early, wrong = instance.run(gate(correlation_id="shop-9"), gate(number="CHG9999999"), check=True)
    assert (early.failed, early.result["open"]) == (False, False)
    refusal(wrong, "no_results")
    assert instance.writes() == []


@contextmanager
def meanwhile(instance: Instance, looks: int, event: Callable[[], object]) -> Iterator[None]:
    """*event* happens when the instance has been asked *looks* times."""

    def work() -> None:
        instance.await_requests(looks)
        event()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    thread.join()


def test_live(instance: Instance) -> None:
    """Whoever watches the terminal sees what it waits for, at once when it is another thing, and when it is open."""
    change(instance, approval="requested", state="-2")
    instance.clear_log()

    def approve() -> None:
        change(instance, state="-2")
        instance.await_requests(4)
        change(instance)

    with meanwhile(instance, 2, approve):
        played = instance.play(gate(timeout="60", interval="1", heartbeat="1"))
    assert played.code == 0, played.output
    (outcome,) = played.of("snow_change_gate")
    assert outcome.result["open"]
    assert outcome.result["looks"] >= 4
    assert 2 <= outcome.result["waited"] <= 30
    lines = [line for line in played.output.splitlines() if line.startswith("... ")]
    state, approval = "its state is Scheduled (-2), not implement", "its approval is Requested, not approved"
    assert lines[0].startswith(f"... {NUMBER} is not open: {state}; {approval}.")
    assert any(
        line.startswith(f"... {NUMBER} is not open: its state is Scheduled (-2), not implement.") for line in lines
    )
    assert instance.writes() == []


@pytest.mark.parametrize("in_process", [True, False])
def test_rejected_while_it_waits(instance: Instance, in_process: bool) -> None:
    change(instance, approval="requested", state="-2")
    instance.clear_log()
    with meanwhile(instance, 1, lambda: change(instance, approval="rejected", state="-5")):
        (outcome,) = instance.run(gate(timeout="600", interval="1"), in_process=in_process)
    assert refusal(outcome, "gate_closed").endswith("It cannot open any more.")
    assert outcome.result["final"]
    assert outcome.result["waited"] < 60


def test_controllers_clock_has_no_say(instance: Instance) -> None:
    """The window is years from here, and the instance lives in it; then it lives here, and the window is elsewhere."""
    change(instance, start_date="2031-03-02 03:00:00", end_date="2031-03-02 05:00:00")
    instance.control("PUT", "clock", {"now": "2031-03-02T03:10:00Z"})
    inside, *near = instance.run(gate(), gate(window={"min_remaining": "109m"}), gate(window={"min_remaining": "111m"}))
    assert inside.result["facts"]["now"].startswith("2031-03-02 03:10")
    assert [outcome.failed for outcome in near] == [False, True]
    instance.control("PUT", "clock", {"now": "2031-03-02T02:59:00Z"})
    outside, early = instance.run(gate(), gate(window={"early": "2m"}))
    assert broken(outside) == {"window": "its window begins at 2031-03-02 03:00:00 UTC"}
    assert not early.failed


def test_whoever_asks_lives_anywhere(instance: Instance) -> None:
    """Displayed times differ with the user, and stored ones do not."""
    change(instance, start_date="2031-03-02 03:00:00", end_date="2031-03-02 05:00:00")
    instance.control("PUT", "clock", {"now": "2031-03-02T03:10:00Z"})
    for user in ("admin", "greta.gruber", "uma.smith", "ines.itilson"):
        (outcome,) = instance.run(gate(window={"min_remaining": "109m"}), environ=login(user))
        unfailing([outcome])
