# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way through the states of a change, from what the instance says about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.changegate.snow.plugins.module_utils import errors, fields, walk
from ansible_collections.changegate.snow.plugins.module_utils.change_answers import unwrap
from ansible_collections.changegate.snow.plugins.module_utils.change_states import (
    NextStates,
    Transition,
    next_states_of,
)

EXAMPLES: dict[str, list[Any]] = json.loads(
    (Path(__file__).parents[1] / "simulator" / "data" / "change-management-examples.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("body", [None, {}, {"result": []}, {"result": [{"a": 1}, {"b": 2}]}, {"result": "x"}, [], "x"])
def test_no_record_is_an_error(body: Any) -> None:
    with pytest.raises(errors.MissingResult):
        unwrap(body, "PATCH /x")


def test_the_documented_next_states() -> None:
    (body,) = EXAMPLES["GET /sn_chg_rest/change/{change_sys_id}/nextstates"]
    states = next_states_of(body, "GET")
    assert states.available == ("0", "4", "-1")
    assert states.label("0") == "Review"
    assert states.transitions[0] == Transition(
        "Implement to Review", "0", False, True, ("No active Change Tasks",), (), "-1"
    )
    assert walk.next_step(states, "-1", "3", ["-1"]) == "0"
    assert walk.next_step(states, "-1", "4", ["-1"]) == "4"


@pytest.mark.parametrize(
    ("state", "target", "change_type", "direct"),
    [
        ("-5", "-4", "normal", True),
        ("-5", "-3", "normal", False),
        ("-5", "-2", "standard", True),
        ("-5", "-3", "emergency", True),
        ("-5", "-4", "emergency", False),
        ("-2", "-1", "normal", True),
        ("-1", "3", "normal", False),
        ("0", "3", "normal", True),
        ("3", "0", "normal", False),
        ("-2", "4", "normal", True),
        ("-5", "17", "normal", False),
        ("17", "-4", "normal", False),
    ],
)
def test_direct_step(state: str, target: str, change_type: str, direct: bool) -> None:
    assert walk.direct_step(state, target, change_type) is direct


def ways(*to_states: str, closed: tuple[str, ...] = ()) -> NextStates:
    transitions = [Transition(f"to {state}", state, True, False, ()) for state in to_states]
    transitions += [Transition(f"to {state}", state, False, False, ("Approved",)) for state in closed]
    return NextStates(
        (*to_states, *closed), {state: f"<{state}>" for state in (*to_states, *closed)}, tuple(transitions)
    )


STEPS: list[tuple[NextStates, str, str, list[str], str | None]] = [
    (ways("-4", "4"), "-5", "-1", ["-5"], "-4"),
    (ways("-4", "-2", "4"), "-5", "-1", ["-5"], "-2"),
    (ways("4"), "-4", "-1", ["-4"], None),  # never through Canceled
    (ways("4", closed=("-3",)), "-4", "-3", ["-4"], None),
    (ways("-5", "4"), "-4", "-1", ["-4"], None),  # never back
    (ways("3", "4"), "-1", "0", ["-1"], None),  # never past the target
    (ways("17", "4"), "-5", "-1", ["-5"], "17"),  # a state of the instance's own, without a rival
    (ways("17", "18", "4"), "-5", "-1", ["-5"], None),
    (ways("17", "4"), "-5", "17", ["-5"], "17"),
    (ways("17"), "-5", "-1", ["17", "-5"], None),
    (ways("-4", "4"), "-5", "clsoed", ["-5"], None),  # nobody knows what lies before a state that nobody knows
    (ways("-1", "4"), "17", "0", ["17"], "-1"),  # back from a state of its own onto the usual road
    (NextStates(("-4", "4"), {}, ()), "-5", "-4", ["-5"], "-4"),  # an older instance names no transitions
]


@pytest.mark.parametrize(("states", "state", "target", "visited", "step"), STEPS)
def test_next_step(states: NextStates, state: str, target: str, visited: list[str], step: str | None) -> None:
    assert walk.next_step(states, state, target, visited) == step


def test_a_state_of_the_instances_own_is_found_by_its_label() -> None:
    states = NextStates(("17",), {"17": "Waiting for vendor"}, ())
    assert walk.named_state(states, "waiting for Vendor") == "17"
    assert walk.named_state(states, "17") == "17"
    assert walk.named_state(states, "closed shop") == "closed shop"


def test_obstacles_name_the_conditions_that_are_not_met() -> None:
    assert walk.obstacles(ways("4", closed=("-3",)), "-1") == "to -3 waits for: Approved"
    assert walk.obstacles(ways("4"), "-1") == "from here it can go to <4>"
    assert walk.obstacles(NextStates((), {}, ()), "-1") == "no other state is open to it"


@pytest.mark.parametrize(
    ("name", "value"), [("Assess", "-4"), ("-4", "-4"), ("CANCELLED", "4"), ("implement", "-1"), ("Custom", "Custom")]
)
def test_states_by_label_or_value(name: str, value: str) -> None:
    assert fields.CHANGE_STATES.value_of(name) == value


def test_task_states() -> None:
    assert fields.CHANGE_TASK_STATES.value_of("in_progress") == "2"
    assert fields.CHANGE_TASK_STATES.is_past("3", "2")
    assert not fields.CHANGE_TASK_STATES.is_past("4", "2")
