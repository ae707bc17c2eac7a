# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy that options say, what is refused, and how long a gate waits between two looks."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.gate_options import Patience, patience_of, policy_of
from ansible_collections.changegate.snow.plugins.module_utils.gate_pace import Pace
from ansible_collections.changegate.snow.plugins.module_utils.gate_policy import FourEyes, GatePolicy, Window
from ansible_collections.changegate.snow.plugins.modules.snow_change_gate import SPEC

DEFAULTS = {name: option.get("default") for name, option in SPEC.argument_spec().items()}


def policy(**options: Any) -> GatePolicy:
    return policy_of({**DEFAULTS, **options}, options.keys())


def test_nothing_said() -> None:
    assert policy() == GatePolicy()
    assert patience_of(DEFAULTS) == Patience()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"states": ["Scheduled", "-1"]}, {"states": ("Scheduled", "-1")}),
        ({"states": ["ANY"], "approval": ["Any"]}, {"states": ("any",), "approval": ("any",)}),
        ({"on_hold": "allow"}, {"may_be_on_hold": True}),
        ({"window": {"required": False}}, {"window": None}),
        ({"window": {"min_remaining": "30m", "early": "90", "grace": "0"}}, {"window": Window(1800, 90, 0)}),
        ({"conflicts": "none"}, {"conflict_max_age": 3600}),
        ({"conflicts": "none", "conflict_max_age": "2h"}, {"conflict_max_age": 7200}),
        ({"conflict_max_age": "2h"}, {}),
        ({"tasks": {"closed": ["a", "a"], "open": None}}, {"tasks_closed": ("a",)}),
        ({"approved_by": {"groups": None, "users": ["a"], "at_least": 1}}, {"four_eyes": FourEyes(users=("a",))}),
        ({"hosts": ["a"], "cis": ["b"], "type": ["c"], "model": ["d"]},
         {"hosts": ("a",), "cis": ("b",), "types": ("c",), "models": ("d",)}),
    ],
)  # fmt: skip
def test_policy(options: dict[str, Any], expected: dict[str, Any]) -> None:
    assert policy(**options) == GatePolicy(**expected)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        *[({name: None}, f"{name} is null") for name in ("states", "hosts", "window", "match", "approved_by", "type")],
        *[({name: []}, f"{name} is empty") for name in ("states", "approval", "hosts", "cis", "type", "model")],
        ({"hosts": ["web-01", ""]}, "hosts is ''"),
        ({"hosts": ["None"]}, "hosts is 'None'"),
        ({"states": ["any", "implement"]}, "states names any and others"),
        ({"required_fields": []}, "required_fields is empty"),
        ({"required_fields": ["work_notes"]}, "a journal"),
        ({"required_fields": ["assignment_group.name"]}, "of another record"),
        ({"tasks": {}}, "tasks names none"),
        ({"tasks": {"closed": [], "open": []}}, "tasks names none"),
        ({"tasks": {"closed": [], "open": ["a"]}}, "tasks.closed is empty"),
        ({"match": ""}, "query is empty"),
        ({"match": {}}, "query is empty"),
        ({"window": {"early": "soon"}}, "window.early is 'soon'"),
        ({"window": {"grace": "-5"}}, "window.grace is '-5'"),
        ({"conflict_max_age": "never"}, "conflict_max_age is 'never'"),
        ({"approved_by": {"at_least": 0}}, "approved_by.at_least is 0"),
        ({"approved_by": {"users": ["a"], "at_least": 2}}, "wants 2 people and names 1"),
        ({"approved_by": {"groups": [], "at_least": 1}}, "approved_by.groups is empty"),
        ({"risk_at_most": ""}, "risk_at_most is ''"),
    ],
)
def test_refused(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidUsage) as refused:
        policy(**options)
    assert complaint in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("timeout", "-1"), ("timeout", "long"), ("interval", "0"), ("interval", "0.5"), ("heartbeat", "0")],
)
def test_impatience(name: str, value: str) -> None:
    with pytest.raises(InvalidUsage, match=name):
        patience_of({**DEFAULTS, name: value})


def steady(interval: float) -> Pace:
    return Pace(interval, lambda: 0.0)


def test_pauses_grow_to_a_minute() -> None:
    pace = steady(10)
    pauses = [pace.pause() for _ in range(12)]
    assert pauses[0] == 10
    assert pauses == sorted(pauses)
    assert pauses[-1] == 60
    pace.news()
    assert pace.pause() == 10


def test_a_long_interval_stays() -> None:
    pace = steady(600)
    assert {pace.pause() for _ in range(300)} == {600}


def test_jitter() -> None:
    assert (Pace(10, lambda: 1.0).pause(), Pace(10, lambda: -1.0).pause()) == (12, 8)
    assert len({Pace(10).pause() for _ in range(20)}) > 1


def test_not_more_often_than_the_instance_allows() -> None:
    """100 requests an hour, 3 of them for each look."""
    assert steady(1).pause(requests=3, hourly=100) == 108
    assert steady(600).pause(requests=3, hourly=100) == 600


def test_awake_when_the_window_begins() -> None:
    assert steady(60).pause(opens_in=5) == 6
    assert steady(60).pause(opens_in=500) == 60
    # The instance comes first.
    assert steady(60).pause(requests=1, hourly=60, opens_in=5) == 60
