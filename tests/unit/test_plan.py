# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans: what is written, how it is sent, and what the server did not apply."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.changegate.snow.plugins.module_utils import errors, fields, plan
from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell
from ansible_collections.changegate.snow.plugins.module_utils.plan import Miss, Payload

KINDS = fields.kinds_of_changes()
GROUP = "287ebd7da9fe198100f92cc8d1d2154e"
CURRENT = {
    "sys_id": Cell("b" * 32, "b" * 32),
    "short_description": Cell("Reboot", "Reboot"),
    "state": Cell("-5", "New"),
    "assignment_group": Cell(GROUP, "Network", "https://x/api/now/table/sys_user_group/" + GROUP),
    "start_date": Cell("2026-07-15 08:00:00", "2026-07-15 01:00:00"),
    "description": Cell("", ""),
    "work_notes": Cell("", ""),
}

UPDATES: list[tuple[dict[str, Any], dict[str, str], dict[str, str]]] = [
    ({}, {}, {}),
    ({"short_description": "Reboot", "assignment_group": "network", "state": "new"}, {}, {}),
    ({"short_description": "Patch"}, {"short_description": "Reboot"}, {"short_description": "Patch"}),
    ({"assignment_group": "Software"}, {"assignment_group": "Network"}, {"assignment_group": "Software"}),
    ({"assignment_group": None}, {"assignment_group": "Network"}, {"assignment_group": ""}),
    ({"description": None}, {}, {}),
    ({"description": "x"}, {"description": ""}, {"description": "x"}),
    (
        {"start_date": "2026-07-15T12:00:00+02:00"},
        {"start_date": "2026-07-15 08:00:00"},
        {"start_date": "2026-07-15 10:00:00"},
    ),
    ({"state": "-4"}, {"state": "New"}, {"state": "Assess"}),
    ({"work_notes": "hello"}, {"work_notes": ""}, {"work_notes": "hello"}),
]


@pytest.mark.parametrize(("desired", "before", "after"), UPDATES)
def test_update(desired: dict[str, Any], before: dict[str, str], after: dict[str, str]) -> None:
    the_plan = plan.for_update(CURRENT, desired, KINDS)
    assert (the_plan.before(), the_plan.after()) == (before, after)
    assert the_plan.unknown == ()


def test_a_column_that_the_record_does_not_show_is_unknown_and_not_empty() -> None:
    the_plan = plan.for_update(CURRENT, {"u_nope": "", "comments": "a journal that is not there"}, KINDS)
    assert the_plan.unknown == ("u_nope", "comments")


def test_a_text_that_may_have_been_cut_is_a_change_that_somebody_has_to_look_at() -> None:
    current = {"description": Cell("x" * 80, "x" * 80)}
    the_plan = plan.for_update(current, {"description": "x" * 81}, KINDS)
    assert (the_plan.after(), the_plan.cut) == ({"description": "x" * 81}, ("description",))


def test_a_key_goes_with_the_first_request() -> None:
    desired = {"correlation_id": "0" * 32, "u_item": "1" * 32, "assignment_group": "Network"}
    dated = {**desired, "start_date": "2026-07-15T08:00Z"}
    first, second = plan.payloads_of(plan.for_create(dated, KINDS, {"correlation_id", "u_item"}).differences)
    assert set(first.texts) == set(desired)
    assert set(second.texts) == {"start_date"}


def test_create_leaves_out_what_is_empty() -> None:
    the_plan = plan.for_create({"short_description": "x", "description": "", "risk": None}, KINDS)
    assert the_plan.after() == {"short_description": "x"}
    assert the_plan.before() == {}


def test_a_wrong_date_stops_before_anything_is_sent() -> None:
    with pytest.raises(errors.InvalidUsage, match="start_date"):
        plan.for_update(CURRENT, {"start_date": "soon"}, KINDS).after()


def test_missed_names_what_was_asked_and_what_is_there() -> None:
    desired = {"state": "-4", "short_description": "Reboot", "u_nope": "x", "work_notes": "w", "u_other": None}
    assert plan.missed(CURRENT, desired, KINDS) == [Miss("state", "-4", "New (-5)"), Miss("u_nope", "x", None)]


def test_payload_marks_names_as_display_values() -> None:
    desired = {"assignment_group": "Network", "start_date": "2026-07-15T08:00:00Z", "description": "x", "risk": "High"}
    payload = plan.payload_of(plan.for_create(desired, KINDS).differences)
    assert payload.display == {"assignment_group", "risk"}
    assert payload.texts["start_date"] == "2026-07-15 08:00:00"


@pytest.mark.parametrize(
    ("desired", "expected"),
    [
        ({}, []),
        ({"description": "x"}, [({"description"}, set())]),
        (
            {"assignment_group": "Network", "description": "x"},
            [({"assignment_group", "description"}, {"assignment_group"})],
        ),
        # A sys_id and a date alone need no second request.
        (
            {"assignment_group": GROUP, "start_date": "2026-07-15T08:00:00Z", "description": "x"},
            [({"assignment_group", "start_date", "description"}, set())],
        ),
        # A name beside a date does: the date must not be read in the user's time zone.
        (
            {"assignment_group": "Network", "start_date": "2026-07-15T08:00:00Z", "description": "x"},
            [({"assignment_group", "description"}, {"assignment_group"}), ({"start_date"}, set())],
        ),
    ],
)
def test_payloads_of_an_api_with_one_mode_a_request(
    desired: dict[str, Any], expected: list[tuple[set[str], set[str]]]
) -> None:
    payloads = plan.payloads_of(plan.for_create(desired, KINDS).differences)
    assert [(set(payload.texts), set(payload.display)) for payload in payloads] == expected


COLUMNS = ["short_description", "assignment_group", "start_date", "risk", "u_any"]


@given(st.dictionaries(st.sampled_from(COLUMNS), st.sampled_from(["x", GROUP, "3", "2026-07-15T08:00:00Z"])))
def test_every_difference_is_sent_exactly_once(desired: dict[str, str]) -> None:
    desired = {name: value for name, value in desired.items() if name != "start_date" or "T" in value}
    differences = plan.for_create(desired, KINDS).differences
    sent: list[str] = [column for payload in plan.payloads_of(differences) for column in payload.texts]
    assert sorted(sent) == sorted(desired)
    assert all(_is_pure(payload) for payload in plan.payloads_of(differences))


def _is_pure(payload: Payload) -> bool:
    """No request says of a date that it is a display value."""
    return not (payload.display and "2026-07-15 08:00:00" in payload.texts.values())
