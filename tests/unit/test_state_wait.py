# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for a change to go on: how long, how often, what is said, and when there is no more hope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest

from ansible_collections.changegate.snow.plugins.module_utils import errors, walk
from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, Record
from ansible_collections.changegate.snow.plugins.module_utils.change_requests import ChangeRequests
from ansible_collections.changegate.snow.plugins.module_utils.change_states import NextStates, Transition
from ansible_collections.changegate.snow.plugins.module_utils.change_waiting import Clock
from ansible_collections.changegate.snow.plugins.module_utils.state_wait import StateWait, Waited

SYS_ID = "b0dbda5347c12200e0ef563dbb9a718f"


def record(state: str, approval: str = "requested") -> Record:
    return {
        "sys_id": Cell(SYS_ID, SYS_ID),
        "number": Cell("CHG1", "CHG1"),
        "state": Cell(state, f"<{state}>"),
        "approval": Cell(approval, approval),
    }


def ways(state: str, *opened: str, closed: Sequence[str] = (), told: bool = True) -> NextStates:
    found = [
        Transition(f"{state} to {to}", to, to in opened, False, () if to in opened else ("Approved",), (), state)
        for to in (*opened, *closed)
    ]
    return NextStates(opened, {}, tuple(found) if told else ())


class Instance:
    """What the instance shows, look by look; the last of each for ever."""

    def __init__(self, records: Sequence[Record], states: Sequence[NextStates]) -> None:
        self._records, self._states = list(records), list(states)
        self.looks = 0

    def get(self, sys_id: str) -> Record:
        assert sys_id == SYS_ID
        self.looks += 1
        return self._records.pop(0) if len(self._records) > 1 else self._records[0]

    def next_states(self, sys_id: str) -> NextStates:
        return self._states.pop(0) if len(self._states) > 1 else self._states[0]


class Time:
    def __init__(self) -> None:
        self.at = 0.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.at += seconds
        self.pauses.append(seconds)

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.at, self.sleep)


def waited(
    records: Sequence[Record], states: Sequence[NextStates], target: str = "-2", timeout: float = 100.0
) -> tuple[Waited, Time, list[str], Instance]:
    time, said, instance = Time(), cast("list[str]", []), Instance(records, states)
    wait = StateWait(timeout, said.append, time.clock)
    found = wait.pass_by(cast("ChangeRequests", instance), record("-4"), states[0], target, ["-4"])
    return found, time, said, instance


ASSESS = ways("-4", "4", closed=("-3",))


def test_it_looks_with_growing_pauses_until_the_state_is_another() -> None:
    found, time, said, _ = waited([record("-4")] * 12 + [record("-3")], [ASSESS], timeout=1000)
    assert (found.record["state"].value, found.obstacle) == ("-3", "")
    assert time.pauses[0] == 0.5
    assert time.pauses == sorted(time.pauses)
    assert time.pauses[-1] == 15.0
    assert set(said) == {"CHG1 is in <-4>: -4 to -3 waits for: Approved"}
    assert len(said) == 13


def test_time_is_up_for_all_waits_together() -> None:
    time, instance = Time(), Instance([record("-4")], [ASSESS])
    wait = StateWait(10, lambda _text: None, time.clock)
    api = cast("ChangeRequests", instance)
    first = wait.pass_by(api, record("-4"), ASSESS, "-2", ["-4"])
    assert first.obstacle == "-4 to -3 waits for: Approved; that did not come in 10 seconds"
    assert time.at == pytest.approx(10)
    wait.pass_by(api, record("-4"), ASSESS, "-2", ["-4"])
    assert time.at == pytest.approx(10)


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (record("-5", "rejected"), "its approval was rejected"),
        (record("-4", "rejected"), "its approval was rejected"),
        (record("4"), "it was canceled"),
        (record("-5"), "it was taken back"),
        (record("-2", "rejected"), ""),  # it is there all the same
        (record("17"), ""),
    ],
)
def test_no_hope_is_left(after: Record, words: str) -> None:
    found, _, _, instance = waited([record("-4"), after], [ASSESS])
    assert found.obstacle == words
    assert instance.looks == 2


def test_a_step_opens() -> None:
    found, *_ = waited([record("-4")], [ASSESS, ASSESS, ways("-4", "-3", "4")])
    assert found.obstacle == ""


def test_what_leads_nowhere_is_not_waited_for() -> None:
    found, time, _, instance = waited([record("-4")], [ASSESS, ways("-4", "4", "-5")])
    assert found.obstacle == "from here it can go to 4, -5"
    assert instance.looks == 2
    assert time.pauses == [0.5, 0.75]


def test_may_open() -> None:
    assert walk.may_open(ASSESS, "-2", ["-4"])
    assert walk.may_open(ASSESS, "-3", ["-4"])
    assert not walk.may_open(ASSESS, "-5", ["-4"])
    assert not walk.may_open(ASSESS, "4", ["-4"])
    assert not walk.may_open(ASSESS, "-2", ["-4", "-3"])
    assert walk.may_open(ways("-4", "4", closed=("17",)), "-2", ["-4"])
    assert not walk.may_open(ways("-4", "4", "-5"), "-2", ["-4"])
    # An older instance does not tell what it waits for.
    assert walk.may_open(ways("-4", "4", told=False), "-2", ["-4"])


def test_step_to_try() -> None:
    """What is written along with it may open a step, but none that only the instance takes."""
    assert walk.step_to_try(ways("-5", "4", closed=("-4",)), "-5", "-2", ["-5"]) == "-4"
    assert walk.step_to_try(ways("-5", "4", closed=("10",)), "-5", "11", ["-5"]) == "10"
    assert walk.step_to_try(ways("-1", "4", "3"), "-1", "-2", ["-1"]) is None


def test_outlook() -> None:
    """What is open needs no word; what may open is doubtful, what no way leads to is refused."""
    assert walk.outlook(ways("-5", "-4", "4"), "-5", "-4", ended=False) == ("", "")
    refused, doubt = walk.outlook(ways("-5", "-4", "4"), "-5", "3", ended=False)
    assert (refused, "only the step to -4" in doubt) == ("", True)
    refused, doubt = walk.outlook(ASSESS, "-4", "-2", ended=False)
    assert (refused, bool(doubt)) == ("", True)
    assert walk.outlook(ways("0", "3"), "0", "-1", ended=False).refused
    # Without a model nobody tells which ways there are; but from an end there is none.
    assert walk.outlook(ways("-4", "4", told=False), "-4", "-2", ended=False).doubt
    assert walk.outlook(ways("3", told=False), "3", "-1", ended=True).refused
    assert walk.outlook(ways("0", "3", told=False), "0", "-4", ended=False).refused
    assert walk.outlook(ways("-4", "-5", told=False), "-4", "-5", ended=False) == ("", "")
    # Canceled is a target like others, and may open.
    assert walk.outlook(ways("-1", "0", closed=("4",)), "-1", "4", ended=False).doubt


def test_states_by_label() -> None:
    labels = {"10": "Plough", "-5": "New"}
    assert walk.state_by_label(labels, "PLOUGH") == "10"
    assert walk.state_by_label(labels, "10") == "10"
    assert walk.state_by_label(labels, "plow") is None


def test_only_states_of_its_own_lie_before_one_of_its_own() -> None:
    assert walk.next_step(ways("-5", "10", "4"), "-5", "11", ["-5"]) == "10"
    assert walk.next_step(ways("-2", "-1", "4"), "-2", "11", ["-2"]) is None
    assert walk.next_step(ways("-5", "10", "-4", "4"), "-5", "11", ["-5"]) is None


@pytest.mark.parametrize("timeout", [-1, True, "1", float("inf")])
def test_no_time_at_all(timeout: Any) -> None:
    with pytest.raises(errors.InvalidUsage, match="wait_timeout"):
        StateWait(timeout)
