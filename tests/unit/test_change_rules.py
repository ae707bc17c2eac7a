# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is decided about a change before it is written, and what counts as a choice."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ansible_collections.changegate.snow.plugins.module_utils import affected, change_rules, choices, errors, fields
from ansible_collections.changegate.snow.plugins.module_utils.affected import AssociatedItems
from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell
from ansible_collections.changegate.snow.plugins.module_utils.change_catalog import AssociatedItem
from ansible_collections.changegate.snow.plugins.module_utils.choices import Choice
from ansible_collections.changegate.snow.plugins.module_utils.item_names import IMPACTED
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail

KINDS = fields.kinds_of_changes()


def record(**columns: str) -> dict[str, Cell]:
    cells = {name: Cell(value, value) for name, value in columns.items()}
    return {"number": Cell("CHG1", "CHG1"), "state": Cell("3", "Closed"), **cells}


@pytest.mark.parametrize(
    ("columns", "closed"),
    [
        ({"active": "false"}, True),
        ({"active": "true"}, False),
        ({"active": "true", "state": "3"}, False),
        ({}, True),
        ({"state": "4"}, True),
        ({"state": "0"}, False),
    ],
)
def test_closed(columns: dict[str, str], closed: bool) -> None:
    assert change_rules.is_closed(record(**columns)) is closed


def test_a_closed_change_may_be_as_it_is_wanted() -> None:
    current = record(active="false", description="x")
    for wish in ({"description": "x"}, {"work_notes": "note"}, {"state": "-1"}):
        change_rules.respect_closed(current, wish, KINDS)
    with pytest.raises(errors.NotConverged, match="affected_cis"):
        change_rules.respect_closed(current, {"description": "x"}, KINDS, ["affected_cis"])
    with pytest.raises(errors.NotConverged, match="u_secret"):
        change_rules.respect_closed(current, {"u_secret": "x"}, {**KINDS, "u_secret": "secret"})
    with pytest.raises(errors.NotConverged, match="description"):
        change_rules.respect_closed(current, {"description": "y"}, KINDS)
    # These are refused with a reason of their own.
    change_rules.respect_closed(current, {"state": "0"}, KINDS, ["calculate_risk"])
    assert change_rules.unlike(current, {"description": "x"}, KINDS) == []
    rest = change_rules.unlike(current, {"comments": "note", "description": "y"}, KINDS)
    assert "description, comments" in change_rules.kept_without(current, rest)
    change_rules.respect_closed(record(active="true"), {"description": "y"}, KINDS)


def test_periods() -> None:
    """Moments are compared, whatever their offset; one that is cleared or no time is not judged here."""
    early, late = "2031-02-01T20:00:00+02:00", "2031-02-01 18:30:00"
    change_rules.check_periods({"start_date": early, "end_date": late})
    change_rules.check_periods({"start_date": late, "end_date": None, "work_end": early})
    change_rules.check_periods({"start_date": late, "end_date": "tomorrow"})
    change_rules.check_periods({"work_start": late, "work_end": late})
    for begin, end in (
        ("start_date", "end_date"),
        ("work_start", "work_end"),
        ("planned_start_date", "planned_end_date"),
    ):
        with pytest.raises(errors.InvalidUsage, match=f"{end} .* is before {begin}"):
            change_rules.check_periods({begin: late, end: early})


HELD = record(state="-1", on_hold="true", on_hold_reason="Parts")
FREE = record(state="-1", on_hold="false", on_hold_reason="")


@pytest.mark.parametrize(
    ("current", "desired", "more"),
    [
        (FREE, {}, {}),
        (FREE, {"on_hold": True, "on_hold_reason": "Parts"}, {}),
        (HELD, {"on_hold": "false"}, {"on_hold_reason": ""}),
        (HELD, {"on_hold": None}, {"on_hold_reason": ""}),
        (HELD, {"on_hold_reason": "Time"}, {}),
        (None, {"on_hold": False}, {}),
        (None, {"on_hold": "yes", "on_hold_reason": "Parts", "state": "-4"}, {}),
        (FREE, {"on_hold_reason": ""}, {}),
    ],
)
def test_hold(current: dict[str, Cell] | None, desired: dict[str, Any], more: dict[str, Any]) -> None:
    assert change_rules.check_hold(current, desired) == more


@pytest.mark.parametrize(
    ("current", "desired"),
    [
        (FREE, {"on_hold": True}),
        (FREE, {"on_hold": True, "on_hold_reason": ""}),
        (FREE, {"on_hold_reason": "Parts"}),
        (None, {"on_hold_reason": "Parts"}),
        (HELD, {"on_hold": False, "on_hold_reason": "Parts"}),
        (None, {"on_hold": True, "on_hold_reason": "Parts"}),
        (FREE, {"on_hold": True, "on_hold_reason": "Parts", "state": "4"}),
        (record(state="-5", on_hold="false"), {"on_hold": True, "on_hold_reason": "Parts"}),
    ],
)
def test_hold_that_makes_no_sense(current: dict[str, Cell] | None, desired: dict[str, Any]) -> None:
    with pytest.raises(errors.InvalidUsage, match="hold"):
        change_rules.check_hold(current, desired)


@pytest.mark.parametrize(
    ("column", "wanted", "usual"),
    [
        ("risk", "high", True),
        ("risk", 2, True),
        ("risk", "9", False),
        ("priority", "3 - Moderate", True),
        ("priority", "moderate", False),
        ("close_code", "Successful with issues", True),
        ("u_color", "red", False),
    ],
)
def test_usual_choices(column: str, wanted: object, usual: bool) -> None:
    assert choices.is_usual(column, wanted) is usual


def test_choice_lists() -> None:
    rows = [
        {"name": "task", "element": "impact", "value": "1", "label": "1 - High"},
        {"name": "task", "element": "risk", "value": "9", "label": "Of tasks"},
        {"name": "change_request", "element": "risk", "value": "2", "label": "High"},
        {"name": "change_request", "element": "risk", "value": "2", "label": "Hoch"},
        {"name": "change_request", "element": "risk", "value": "", "label": "None"},
    ]
    assert choices.lists_of(rows, ("change_request", "task")) == {
        "impact": [Choice("1", "1 - High")],
        "risk": [Choice("2", "High")],
    }
    many = [Choice(str(number), f"Label {number}") for number in range(20)]
    assert choices.listed(many).endswith("Label 14 (14) and 5 more")
    assert choices.listed([Choice("Network", "Network")]) == "Network"


def test_a_usual_choice_without_its_label_is_none_of_this_instance() -> None:
    assert choices.is_unlabeled("close_code", Cell("successful", "successful"))
    assert not choices.is_unlabeled("close_code", Cell("successful", "Successful"))
    assert not choices.is_unlabeled("category", Cell("Network", "Network"))
    assert not choices.is_unlabeled("u_color", Cell("red", "red"))


class Instance:
    """A client, and the items of a change, to which the instance adds one of its own accord."""

    transport = None

    def __init__(self, task: str) -> None:
        cells = {"sys_id": Cell("row", "row"), "task": Cell(task, "CHG1")}
        self.rows = [AssociatedItem(Cell("own", "Own"), cells)]
        self.deleted: list[str] = []

    def cis(self, _sys_id: str, _association: str) -> list[AssociatedItem]:
        return [row for row in self.rows if row.record["sys_id"].value not in self.deleted]

    def table(self, _name: str) -> Any:
        return SimpleNamespace(delete_one=self.deleted.append)


@pytest.fixture
def items_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[Instance], AssociatedItems]:
    def build(instance: Instance) -> AssociatedItems:
        monkeypatch.setattr(affected, "ChangeItems", lambda _transport: instance)
        return AssociatedItems(cast("Any", instance), IMPACTED, [], True, False, Trail())

    return build


def test_an_exact_list_holds_for_a_new_change(items_of: Callable[[Instance], AssociatedItems]) -> None:
    """What the instance puts there when the change is made is removed by the same run, not by the next."""
    instance = Instance("made")
    items = items_of(instance)
    items.check(None)
    items.ensure(record(sys_id="made"))
    assert instance.deleted == ["row"]


def test_no_item_of_another_change_is_removed(items_of: Callable[[Instance], AssociatedItems]) -> None:
    instance = Instance("other")
    with pytest.raises(errors.UnexpectedResponseFormat, match="another record"):
        items_of(instance).check(record(sys_id="made"))
    assert not instance.deleted
