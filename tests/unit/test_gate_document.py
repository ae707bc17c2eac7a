# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/gate.md says what the gate says, and each point in which it is compared with others has its tests."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.unit.test_gate_properties import CHANGES_OF_A_POLICY, POLICIES_OF_A_SEED, SEEDS

from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Query
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.gate import evaluate
from ansible_collections.changegate.snow.plugins.module_utils.gate_facts import (
    ChangeTask,
    ConflictOutcome,
    Facts,
    Incidents,
    Item,
    Unknown,
)
from ansible_collections.changegate.snow.plugins.module_utils.gate_options import Patience, policy_of
from ansible_collections.changegate.snow.plugins.module_utils.gate_pace import Pace
from ansible_collections.changegate.snow.plugins.module_utils.gate_policy import FourEyes, GatePolicy
from ansible_collections.changegate.snow.plugins.modules import snow_change_gate

REPOSITORY = Path(__file__).resolve().parents[2]
TEXT = (REPOSITORY / "docs" / "gate.md").read_text(encoding="utf-8")
OPTIONS = snow_change_gate.SPEC.options


def section(title: str) -> str:
    """What stands under *title*, up to the next title of the same level or a higher one."""
    level = title.split()[0]
    (found,) = re.findall(rf"^{re.escape(title)}\n(.*?)(?=^#{{1,{len(level)}}} |\Z)", TEXT, re.DOTALL | re.MULTILINE)
    return str(found)


def tables(text: str) -> list[list[list[str]]]:
    """Each table of *text*, its head first, without the line below that."""
    blocks = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    found = []
    for block in blocks:
        lines = [[cell.strip() for cell in line[1:-1].split("|")] for line in block.splitlines()]
        found.append([lines[0], *lines[2:]])
    return found


COMPARED, ALSO_COMPARED, TESTED = tables(section("## Beside other gates"))
POINTS = [row[0] for row in COMPARED[1:]]


# ---- the comparison


def test_both_tables_have_the_same_points_and_say_the_same_of_ours() -> None:
    assert COMPARED[0][1] == ALSO_COMPARED[0][1] == "changegate.snow"
    assert [row[:2] for row in COMPARED] == [row[:2] for row in ALSO_COMPARED]
    assert [point.split()[0] for point in POINTS] == [str(number) for number in range(1, len(POINTS) + 1)]


@pytest.mark.parametrize("table", [COMPARED, ALSO_COMPARED])
def test_no_cell_is_empty_or_long(table: list[list[str]]) -> None:
    for row in table[1:]:
        assert len(row) == len(table[0]), row
        assert all(0 < len(cell) <= 60 for cell in row), [cell for cell in row if not 0 < len(cell) <= 60]


def test_each_cell_of_our_column_has_its_tests() -> None:
    """Each names one at least, and each that is named is there."""
    named = {row[0]: re.findall(r"`([^`]+)`", row[1]) for row in TESTED[1:]}
    assert list(named) == POINTS
    missing = {}
    for point, tests in named.items():
        assert tests, point
        missing[point] = [test for test in tests if not exists(test)]
    assert {point: tests for point, tests in missing.items() if tests} == {}


def exists(test: str) -> bool:
    file, _, function = test.partition("::")
    path = REPOSITORY / "tests" / file
    if not path.is_file():
        return False
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_everything_read_is_linked_and_dated() -> None:
    sources = [item for item in section("### What was read").split("\n- ") if item.strip()]
    assert len(sources) >= 7
    for source in sources:
        assert "](https://" in source, source
        assert re.search(r"\d{4}-\d\d-\d\d|commits? [0-9a-f]{8}", source), source


# ---- what it says of options


@pytest.mark.parametrize("title", ["## Asking", "## Waiting", "## The rules"])
def test_only_options_that_there_are(title: str) -> None:
    suboptions = {name for option in OPTIONS.values() for name in option.get("options") or {}}
    tasks = re.findall(r"changegate\.snow\.snow_change_gate:\n((?: {8}.*\n)+)", section(title))
    used = {name for task in tasks for name in re.findall(r"^ {8}(\w+):", task, re.MULTILINE)}
    assert used <= set(OPTIONS) | suboptions
    assert bool(tasks) == (title == "## Asking")


def test_the_defaults_of_waiting() -> None:
    text = section("## Waiting")
    assert Patience() == (0, 10, 60)
    assert [OPTIONS[name]["default"] for name in Patience._fields] == ["0", "10", "60"]
    assert all(said in text for said in ("`0`, the default, asks once", "`interval` (10 s)", "`heartbeat` (60 s)"))
    assert "by a quarter a look while nothing happens, up to a minute" in text
    pauses, most, least = Pace(10, lambda: 0.0), Pace(10, lambda: 1.0), Pace(10, lambda: -1.0)
    assert [pauses.pause() for _look in range(3)] == [10, 12.5, 15.625]
    assert max(pauses.pause() for _look in range(20)) == 60
    assert "differs by up to a fifth" in text
    assert (most.pause(), least.pause()) == (12, 8)


def test_every_rule_is_in_it() -> None:
    rules = {
        name
        for title in re.findall(r"^### (.*)", section("## The rules"), re.MULTILINE)
        for name in re.findall(r"`(\w+)`", title)
    }
    own = {"instance", "sys_id", "number", "correlation_id", "query", "enforce", *Patience._fields}
    helpers = {"conflict_check", "conflict_max_age"}
    assert rules == set(OPTIONS) - own - helpers


# ---- when it fails closed

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HIDDEN = Unknown("the user may not read it")
ITEM = Item("a" * 32, "web-01")
CHANGE = {
    name: Cell(value, value)
    for name, value in {
        "number": "CHG0033046",
        "state": "-1",
        "approval": "approved",
        "on_hold": "false",
        "start_date": "2026-11-24 10:00:00",
        "end_date": "2026-11-24 14:00:00",
        "risk": "3",
        "conflict_status": "No Conflict",
        "requested_by": "b" * 32,
        "opened_by": "c" * 32,
    }.items()
}


def facts(now: datetime | None = NOW, parts: dict[str, Any] | None = None, **columns: str | None) -> Facts:
    """The facts of a good change, with other *columns*; None is one that it does not show."""
    change = {**CHANGE, **{name: Cell(value, value) for name, value in columns.items() if value is not None}}
    for name in [name for name, value in columns.items() if value is None]:
        del change[name]
    return Facts(change, now, **(parts or {}))


CHECKED = ConflictOutcome("complete", "Conflict", NOW)
HOST, BACKED_UP = GatePolicy(hosts=("web-01",)), GatePolicy(tasks_closed=("Back up",))
CALM, FRESH = GatePolicy(no_open_incidents=True), GatePolicy(conflict_max_age=3600)
#: The reason, as the document has it, to the policy and the facts of which it comes.
REASONS: dict[str, tuple[GatePolicy, Facts]] = {
    "it does not show approval: the user may not read it": (GatePolicy(), facts(approval=None)),
    "approval is empty": (GatePolicy(), facts(approval="")),
    "risk is 'tiny', which nobody understands": (GatePolicy(risk_at_most="3"), facts(risk="tiny")),
    "the instance does not tell its time": (GatePolicy(), facts(None)),
    "its planned start and end is not set": (GatePolicy(), facts(start_date="", end_date="")),
    "its planned end 2026-11-24 20:00:00 is not after its planned start": (
        GatePolicy(),
        facts(start_date="2026-11-24 22:00:00", end_date="2026-11-24 20:00:00"),
    ),
    "nobody knows whether web-01 is affected": (HOST, facts(parts={"items": HIDDEN})),
    "web-01 is ambiguous among the affected items": (
        HOST,
        facts(parts={"items": [ITEM, ITEM._replace(sys_id="d" * 32)]}),
    ),
    "nobody knows whether the task Back up is closed": (BACKED_UP, facts(parts={"tasks": HIDDEN})),
    "it has no task Back up": (BACKED_UP, facts(parts={"tasks": [ChangeTask("CTASK1", "Verify", "3")]})),
    "it has no affected items whose incidents could be looked for": (
        CALM,
        facts(parts={"items": [], "incidents": Incidents(0)}),
    ),
    "its items have 2 active incidents (none that the user may read)": (
        CALM,
        facts(parts={"items": [ITEM], "incidents": Incidents(2)}),
    ),
    "nobody knows of incidents": (CALM, facts(parts={"items": [ITEM], "incidents": HIDDEN})),
    "no conflict check was run": (FRESH, facts(parts={"conflicts": ConflictOutcome("none", "", None)})),
    "its conflict check is older than 1 h": (
        FRESH,
        facts(parts={"conflicts": CHECKED._replace(began=NOW - timedelta(hours=2))}),
    ),
    "its conflict_status is not No Conflict, although the last check lists none": (
        FRESH,
        facts(parts={"conflicts": CHECKED}, conflict_status="Conflict"),
    ),
    "nobody knows of conflicts": (FRESH, facts(parts={"conflicts": HIDDEN})),
    "nobody knows who approved": (GatePolicy(four_eyes=FourEyes()), facts(parts={"approvers": HIDDEN})),
    "it does not show who requested and who opened it": (
        GatePolicy(four_eyes=FourEyes()),
        facts(parts={"approvers": []}, requested_by=None),
    ),
    "nobody knows whether it matches": (
        GatePolicy(match=Query.parse("risk=3")),
        facts(parts={"matched": HIDDEN}),
    ),
}
#: So many lines are failures of the task, which tests/integration/test_docs_gate.py has.
ERRORS = 4


def test_the_table_and_this_test_have_the_same_reasons() -> None:
    (table,) = tables(section("## When it fails closed"))
    written = [reason for row in table[1 + ERRORS :] for reason in row[1].split("; ")]
    assert written == list(REASONS)
    assert "The first four fail the task" in TEXT


@pytest.mark.parametrize("reason", REASONS)
def test_reason(reason: str) -> None:
    verdict = evaluate(*REASONS[reason])
    assert not verdict.open
    (said,) = [finding.text for finding in verdict.reasons]
    assert said.startswith(reason)


def test_the_number_of_situations() -> None:
    count = len(SEEDS) * POLICIES_OF_A_SEED * CHANGES_OF_A_POLICY
    assert f"about {count:,} generated situations, a quarter of them new" in section("## How it is tested")
    assert len(SEEDS) == 4


def test_an_empty_option() -> None:
    params = {name: option.get("default") for name, option in OPTIONS.items()}
    with pytest.raises(InvalidUsage) as raised:
        policy_of({**params, "hosts": []}, {"hosts"})
    assert str(raised.value).removesuffix("; fill it or leave it out.") in section("## When it fails closed")
