# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_change: states that are waited for, states of an instance's own, and notes on the way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.integration.helpers import Instance, Outcome, refusal, snow, unfailing

from snow_simulator import Simulator

NEW = {"correlation_id": "states", "short_description": "States", "assignment_group": "Network"}
FILE = [{"name": "a.txt", "content": "x"}]
CLOSING = {"close_code": "successful", "close_notes": "Deployed."}


def change(**options: Any) -> dict[str, Any]:
    return snow("snow_change", **{"correlation_id": "states", **options})


def seeded(instance: Instance, **columns: str) -> str:
    (sys_id,) = instance.seed("change_request", {**NEW, "chg_model": "Normal", **columns})
    return sys_id


def moves(outcome: Outcome) -> list[str]:
    return [step["to"] for step in outcome.result["transitions"]]


def notes(instance: Instance, sys_id: str) -> list[str]:
    return [row["value"] for row in instance.rows("sys_journal_field", element_id=sys_id)]


@contextmanager
def meanwhile(act: Callable[[], object], after: Callable[[], bool]) -> Iterator[None]:
    """Do *act* beside the play, as soon as *after* holds."""

    def run() -> None:
        deadline = time.monotonic() + 60
        while not after():
            if time.monotonic() > deadline:
                return
            time.sleep(0.05)
        act()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def polled(instance: Instance) -> Callable[[], bool]:
    """Whether the task is waiting: it has asked for the next states."""
    return lambda: any(request.path.endswith("/nextstates") for request in instance.requests())


# Waiting ---------------------------------------------------------------------------------------------------


def test_approvals_are_waited_for(instance: Instance, in_process: bool) -> None:
    """From New to Closed in one task: approvals come by themselves, each step is returned, the note is there once."""
    instance.control("PUT", "settings", {"auto_approve_after": 1})
    task = change(**NEW, state="closed", wait_timeout=60, work_notes="Go", **CLOSING)
    again = change(state="scheduled", state_match="at_least", wait_timeout=60)
    foretold, played = ({**task, "check_mode": True}, [task, task, again])
    first, *rest = instance.run(foretold, *played, in_process=in_process, arguments=["-v"])
    results = unfailing([first, *rest])
    assert [result["changed"] for result in results] == [True, True, False, False]
    assert results[0]["diff"] == results[1]["diff"]
    reached = moves(rest[0])
    assert reached[0] == "Assess"
    assert reached[-4:] == ["Scheduled", "Implement", "Review", "Closed"]
    assert notes(instance, results[1]["record"]["sys_id"]) == ["Go"]
    assert results[2]["requests"] == 2
    assert results[3]["requests"] == 1


def test_what_is_waited_for_is_shown(instance: Instance) -> None:
    """In process the play shows what it waits for, where warnings go; with no_log it shows nothing."""
    seeded(instance, state="-4")
    task = {**change(state="authorize", wait_timeout=1), "ignore_errors": True}
    played = instance.play(task, {**task, "no_log": True})
    shown = [line for line in played.output.splitlines() if line.startswith("... CHG")]
    assert len(shown) == 1, played.output
    assert "is in Assess: Assess to Authorize waits for: Change is approved (0 s)" in shown[0]


def test_time_is_up(instance: Instance) -> None:
    """What did not come is named, with the time; what else was asked for was written before, and is not repeated."""
    sys_id = seeded(instance, state="-4")
    task = change(state="implement", wait_timeout=1, description="New", work_notes="Go")
    outcomes = instance.run(task, task, change(state="implement", wait_timeout=-1))
    for outcome in outcomes[:2]:
        sentence = refusal(outcome, "transition_refused")
        assert all(words in sentence for words in ("Assess", "Implement", "Change is approved", "1 seconds"))
        assert moves(outcome) == []
    assert [outcome.changed for outcome in outcomes[:2]] == [True, False]
    assert outcomes[0].result["record"]["description"] == "New"
    assert notes(instance, sys_id) == ["Go"]
    assert "wait_timeout" in refusal(outcomes[2], "invalid_usage")


def test_what_is_hopeless_is_not_waited_for(instance: Instance) -> None:
    """Rejected, canceled, taken back: waiting ends at once and says why; so it does where nothing leads there."""
    decisions: list[tuple[dict[str, Any], str, str]] = [
        ({"state": "4"}, "canceled", "Canceled"),
        ({"state": "-5"}, "taken back", "New"),
    ]
    begin = time.monotonic()
    for columns, words, label in decisions:
        sys_id = seeded(instance, state="-4", correlation_id=words)
        instance.clear_log()
        act = partial(instance.seed, "change_request", {"sys_id": sys_id, **columns})
        with meanwhile(act, polled(instance)):
            (outcome,) = instance.run(change(sys_id=sys_id, correlation_id=words, state="implement", wait_timeout=300))
        assert words in refusal(outcome, "transition_refused")
        assert moves(outcome) == [label]
        assert outcome.changed
        assert outcome.result["display"]["state"] == label
    (made,) = instance.run(change(**NEW, state="assess"))
    unfailing([made])
    instance.clear_log()
    reject = {"change": "states", "state": "rejected", "comments": "Not now"}
    with meanwhile(partial(instance.control, "POST", "approve", reject), polled(instance)):
        (outcome,) = instance.run(change(state="implement", wait_timeout=300))
    assert "its approval was rejected" in refusal(outcome, "transition_refused")
    assert moves(outcome) == ["New"]
    review = seeded(instance, state="0", correlation_id="review")
    back, closed = instance.run(
        change(sys_id=review, correlation_id="review", state="implement", wait_timeout=300),
        change(number="CHG0030010", correlation_id="", state="new", wait_timeout=300),
    )
    assert "Review" in refusal(back, "transition_refused")
    assert closed.failed
    assert time.monotonic() - begin < 120


def test_a_step_that_opens_is_taken(instance: Instance) -> None:
    """A hold that is taken off: the task goes on, although answers are lost while it waits."""
    held = seeded(instance, state="-2", on_hold="true")
    for skip, action in ((1, {"drop": "before"}), (2, {"status": 503}), (3, {"html": "hibernating"})):
        instance.fault(action, method="GET", path=held, count=1, skip=skip)
    act = partial(instance.seed, "change_request", {"sys_id": held, "on_hold": "false"})
    with meanwhile(act, polled(instance)):
        (outcome,) = instance.run(change(state="implement", wait_timeout=60))
    unfailing([outcome])
    assert moves(outcome) == ["Implement"]


# What check mode foretells ---------------------------------------------------------------------------------


def test_check_mode_asks_for_the_first_step(instance: Instance) -> None:
    """Where no way leads it fails as the real run does; what may be met by then, and later steps, it warns of."""
    states = {"closed": "3", "canceled": "4", "reviewed": "0", "assessed": "-4", "new": "-5", "scheduled": "-2"}
    for name, state in states.items():
        seeded(instance, correlation_id=name, state=state, active="false" if state in ("3", "4") else "true")
    hopeless = [
        change(correlation_id="closed", state="implement"),
        change(correlation_id="reviewed", state="canceled", description="x"),
        change(correlation_id="canceled", state="implement", wait_timeout=600),
        change(correlation_id="reviewed", state="assess"),
        change(correlation_id="new", state="nonsense"),
        change(correlation_id="new", state="nonsense", calculate_risk=True),
        change(correlation_id="another", short_description="x", state="nonsense"),
    ]
    tasks = [each for task in hopeless for each in ({**task, "check_mode": True}, task)]
    outcomes = instance.run(*tasks)
    for foretold, real in zip(outcomes[::2], outcomes[1::2], strict=True):
        # The real run tells besides what the instance said.
        causes = [refusal(outcome, "transition_refused").rpartition(": ")[2] for outcome in (foretold, real)]
        assert causes[0] == causes[1]
        assert (foretold.changed, real.changed) == (False, False)
    assert "there is no such state; give one of New, Assess" in outcomes[-1].result["msg"]
    assert instance.rows("change_request", correlation_id="another") == []
    doubtful = [
        (change(correlation_id="assessed", state="scheduled"), "waits for: Change is approved"),
        (change(correlation_id="assessed", state="authorize"), "waits for: Change is approved"),
        (change(correlation_id="new", state="closed"), "only the step to Assess is known"),
        (change(correlation_id="scheduled", state="implement"), ""),
        (change(correlation_id="assessed", type="emergency"), "lets type be changed in New only"),
        (change(correlation_id="fresh", short_description="x", state="assess"), ""),
        (change(correlation_id="fresh", short_description="x", state="implement"), "Where a new change can go"),
        (change(correlation_id="fresh", short_description="x", type="Standard", state="scheduled"), ""),
        (change(correlation_id="fresh", short_description="x", state="review", attachments=FILE), "a new change"),
    ]
    instance.clear_log()
    for outcome, (_task, words) in zip(
        instance.run(*(task for task, _ in doubtful), check=True), doubtful, strict=True
    ):
        (result,) = unfailing([outcome])
        assert result["changed"]
        assert [words in line for line in result.get("warnings", [])] == ([True] if words else [])
    assert instance.writes() == []


# Whatever is lost on the way -------------------------------------------------------------------------------


@pytest.mark.parametrize("action", [{"drop": "after"}, {"drop": "before"}, {"truncate": 0.5}])
def test_notes_are_written_once_on_a_lossy_way(instance: Instance, action: dict[str, Any]) -> None:
    """Each answer to a step is lost once: every step is returned, the note is there once, the next run does nothing."""
    sys_id = seeded(instance, state="-2")
    for skip in (0, 1, 2):
        instance.fault(action, method="PATCH", path=sys_id, count=1, skip=skip)
    task = change(state="closed", work_notes="Go", comments="Hello", **CLOSING)
    outcomes = instance.run(task, task, environ={"SN_RETRY_DEADLINE": "20"})
    results = unfailing(outcomes)
    assert [result["changed"] for result in results] == [True, False]
    assert moves(outcomes[0]) == ["Implement", "Review", "Closed"]
    assert sorted(notes(instance, sys_id)) == ["Go", "Hello"]


def test_an_instance_that_ignores_a_state_after_waiting(instance: Instance) -> None:
    """A step that the instance does not take is a failure that says so, waited for or not."""
    seeded(instance, state="-2")
    instance.fault({"ignore_fields": ["state"]}, method="PATCH")
    (outcome,) = instance.run(change(state="implement", wait_timeout=2))
    assert "did not go to Implement" in refusal(outcome, "transition_refused")
    assert moves(outcome) == []


def test_a_blank_note_is_none(instance: Instance) -> None:
    sys_id = seeded(instance)
    blank = {"work_notes": "  ", "comments": "\n"}
    results = unfailing(instance.run(change(**blank), change(correlation_id="blank", short_description="x", **blank)))
    assert [(result["changed"], result["requests"]) for result in results] == [(False, 1), (True, 2)]
    assert notes(instance, sys_id) == notes(instance, results[1]["record"]["sys_id"]) == []


# States of an instance's own -------------------------------------------------------------------------------

FARM = """
extends: demo
choices:
  change_request:
    state: {10: Plough, 11: Sow}
models:
  - name: Farm
    sys_id: aa7c4001c343101035ae3f52c1d3aeb2
    type: normal
    record: {record_preset: "type=normal^EQ"}
    approvals: {11: assignment_group}
    transitions:
      - {from: -5, to: 10, conditions: [{name: Has a field, query: description!=}]}
      - {from: -5, to: 4}
      - {from: 10, to: 11}
      - {from: 10, to: 4}
      - {from: 11, to: -1, automatic: true, conditions: [{name: Approved, kind: stage_approved}]}
      - {from: 11, to: 4}
      - {from: -1, to: 3, conditions: [{name: No open tasks, kind: no_active_tasks}]}
"""


@pytest.fixture
def farm(tmp_path: Path) -> Iterator[Instance]:
    path = tmp_path / "farm.yml"
    path.write_text(FARM, encoding="utf-8")
    simulator = Simulator(data=str(path))
    simulator.start()
    yield Instance(simulator, tmp_path)
    simulator.stop()


def test_fields_may_open_the_way(farm: Instance) -> None:
    """What a step waits for may be among what the same task writes; where it is not, nothing is written."""
    plain = {"correlation_id": "three", "short_description": "Farm", "chg_model": "Farm", "assignment_group": "Network"}
    (made,) = farm.run(change(**plain))
    unfailing([made])
    task = change(correlation_id="three", description="Wheat", work_notes="Go", state="sow")
    foretold, real, again = farm.run({**task, "check_mode": True}, task, task)
    unfailing([foretold, real, again])
    assert "waits for: Has a field" in foretold.result["warnings"][0]
    assert (moves(real), real.result["diff"]) == (["Plough", "Sow"], foretold.result["diff"])
    assert not again.changed
    unmet, stuck = farm.run(
        change(**{**plain, "correlation_id": "four"}, state="sow", justification="Rye"),
        change(correlation_id="three", description="Rye", state="closed"),
    )
    assert "waits for: Has a field" in refusal(unmet, "transition_refused")
    assert "waits for: Approved" in refusal(stuck, "transition_refused")
    assert (stuck.changed, stuck.result["diff"]) == (False, {"before": {}, "after": {}})


def test_the_diff_of_a_failure_shows_what_was_done(instance: Instance) -> None:
    """Fields that were written, and the state that was reached; of a refusal nothing, and a reason that helps."""
    seeded(instance, correlation_id="bare", assignment_group="")
    seeded(instance, correlation_id="half")
    bare, half, again, deleted, made = instance.run(
        change(correlation_id="bare", state="assess", description="x", work_notes="Go"),
        change(correlation_id="half", state="implement", description="x"),
        change(correlation_id="half", state="implement", description="x"),
        change(correlation_id="half", state="absent"),
        change(correlation_id="made", short_description="x", state="assess"),
    )
    sentence = refusal(bare, "transition_refused")
    assert "mandatory: Assignment group" in sentence
    assert "the step to Assess is offered, but the instance did not take it" in sentence
    assert (bare.changed, bare.result["diff"]) == (False, {"before": {}, "after": {}})
    wanted = {"before": {"description": "", "state": "New"}, "after": {"description": "x", "state": "Assess"}}
    assert (half.changed, half.result["diff"]) == (True, wanted)
    assert (again.changed, again.result["diff"]) == (False, {"before": {}, "after": {}})
    assert refusal(deleted, "forbidden")
    assert deleted.result["diff"] == {"before": {}, "after": {}}
    assert refusal(made, "transition_refused")
    assert made.changed
    assert made.result["diff"]["after"]["state"] == "New"
    # What was written before the items stays told, the state that came after them was not reached.
    seeded(instance, correlation_id="items", assignment_group="")
    (last,) = instance.run(change(correlation_id="items", state="assess", description="x", affected_cis=["web-01"]))
    assert refusal(last, "transition_refused")
    assert last.changed
    assert last.result["diff"]["after"]["description"] == "x"
    assert "state" not in last.result["diff"]["after"]


def test_states_of_a_model_of_its_own(farm: Instance) -> None:
    """By label or value, over several of them, on to a usual one; what is no state is refused with those that are."""
    plain = {"short_description": "Farm", "chg_model": "Farm", "assignment_group": "Network"}
    ploughed, sown = {**plain, "correlation_id": "one"}, {**plain, "correlation_id": "two", "description": "Wheat"}
    blocked, typo, walked, again, passed = farm.run(
        change(**ploughed, state="plough"),
        change(correlation_id="one", state="plow"),
        change(**sown, state="SOW"),
        change(correlation_id="two", state="11"),
        change(correlation_id="two", state="plough", state_match="at_least"),
    )
    assert "Has a field" in refusal(blocked, "transition_refused")
    sentence = refusal(typo, "transition_refused")
    assert all(word in sentence for word in ("Plow", "Plough", "Sow", "Implement")), sentence
    assert moves(walked) == ["Plough", "Sow"]
    assert not unfailing([again])[0]["changed"]
    assert "cannot be told" in refusal(passed, "transition_refused")
    assert not passed.changed
    farm.clear_log()
    with meanwhile(partial(farm.control, "POST", "approve", {"change": "two"}), polled(farm)):
        (on,) = farm.run(change(correlation_id="two", state="closed", wait_timeout=60, **CLOSING))
    unfailing([on])
    assert moves(on) == ["Implement", "Closed"]
