# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to changes for people from servicenow.itsm is true: each option that it names exists, each example runs."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from tests.integration.helpers import Instance, unfailing

from ansible_collections.changegate.snow.plugins.modules import snow_change, snow_change_info

REPOSITORY = Path(__file__).parents[2]
TEXT = (REPOSITORY / "docs" / "from-servicenow-itsm-changes.md").read_text(encoding="utf-8")
MODULES = {path.stem for path in (REPOSITORY / "plugins" / "modules").glob("*.py")}
#: All options and return values of the modules that people come from.
THEIRS = {
    "Options of change_request": {
        "instance", "sys_id", "number", "attachments", "change_request_mapping", "state", "type", "template",
        "requested_by", "assignment_group", "assignment_group_id", "category", "priority", "risk", "impact", "urgency",
        "short_description", "description", "close_code", "close_notes", "on_hold", "hold_reason", "other",
    },
    "Return values of change_request": {"record", "diff", "changed"},
    "Options of change_request_info": {
        "instance", "sys_id", "number", "query", "sysparm_query", "sysparm_display_value", "change_request_mapping",
    },
}  # fmt: skip
OURS = {
    "Options of change_request": set(snow_change.SPEC.options),
    "Return values of change_request": {"changed", *yaml.safe_load(snow_change.RETURN)},
    "Options of change_request_info": set(snow_change_info.SPEC.options),
}


def rows(title: str) -> list[list[str]]:
    """The cells of the table under *title*."""
    (section,) = re.findall(rf"## {title}\n(.*?)(?=\n## |\Z)", TEXT, re.DOTALL)
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_every_option_has_its_counterpart() -> None:
    for title, theirs in THEIRS.items():
        table = rows(title)
        assert {name for row in table for name in re.findall(r"`(\w+)`", row[0])} == theirs, title
        for _, here, _ in table:
            named = re.findall(r"`(\w+)`", here)
            assert named or here == "not needed", title
            assert set(named) <= OURS[title] | MODULES, (title, here)


def test_the_examples_of_the_guide(instance: Instance) -> None:
    tasks = [
        task
        for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
        for task in yaml.load(block, yaml.BaseLoader)
    ]
    results = unfailing(instance.play(*tasks).ours)
    again = unfailing(instance.play(*tasks).ours)
    assert [result["changed"] for result in results] == [True] * 4 + [False] * 2
    assert [result["changed"] for result in again] == [False] * 6
    opened, found = results[0], results[4]["changes"][0]
    assert (opened["display"]["requested_by"], opened["record"]["expected_start"]) == (
        "Abel Tuter",
        "2021-02-12 00:00:00",
    )
    assert found["record"]["state"] == "-4"
    assert [file["file_name"] for file in found["attachments"]] == ["plan.txt"]
