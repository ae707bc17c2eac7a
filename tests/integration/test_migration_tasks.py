# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide for people who come from servicenow.itsm's tasks of changes does what it says."""

from __future__ import annotations

import re
from importlib import import_module
from textwrap import indent

from tests.integration.helpers import REPOSITORY, Instance, login

TEXT = (REPOSITORY / "docs" / "from-servicenow-itsm-tasks.md").read_text(encoding="utf-8")
#: The options of change_request_task and change_request_task_info of servicenow.itsm 2.x.
PEER = {
    "instance", "change_request_task_mapping", "sys_id", "number", "configuration_item", "configuration_item_id",
    "change_request_number", "change_request_id", "type", "state", "assigned_to", "assignment_group",
    "assignment_group_id", "short_description", "description", "on_hold", "hold_reason", "planned_start_date",
    "planned_end_date", "close_code", "close_notes", "other", "query", "sysparm_query", "sysparm_display_value",
}  # fmt: skip


def test_the_examples(instance: Instance) -> None:
    """All of them in one play, as they stand; what is made once is found when they run again."""
    blocks = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    path = instance.folder / "guide.yml"
    path.write_text("- hosts: localhost\n  gather_facts: false\n  tasks:\n" + indent("\n".join(blocks), "    "))
    first, second = (instance.playbook(path, environ=login("bow.ruggeri")) for _ in range(2))
    assert (first.code, second.code) == (0, 0), first.output
    states = [outcome.result["display"]["state"] for outcome in first.of("snow_change_task")[:3]]
    assert states == ["Open", "In Progress", "Closed"]
    assert [outcome.changed for outcome in first.of("snow_change_task")] == [True] * 5
    # The first four make a task and delete it again.
    assert [outcome.changed for outcome in second.of("snow_change_task")] == [True] * 4 + [False]
    assert all("records" in outcome.result for outcome in first.of("snow_record_info"))
    assert len(first.of("snow_change_info")[0].result["changes"][0]["tasks"]) == 3


def test_every_option_of_the_peer_is_mapped_to_options_that_are_there() -> None:
    rows = [line.split(" | ") for line in TEXT.splitlines() if line.startswith("| `")]
    left = {name for row in rows for name in re.findall(r"`(\w+)", row[0])}
    assert left >= PEER
    modules = [
        import_module(f"ansible_collections.changegate.snow.plugins.modules.{name}")
        for name in ("snow_change_task", "snow_change_info", "snow_record_info")
    ]
    known = {name for module in modules for name in module.SPEC.options}
    known |= {
        "snow_record_info",
        "snow_change_info",
        "record",
        "records",
        "diff",
        "changed",
        "changes",
        "msg",
        "display",
    }
    known |= {"both", "or", "on_hold_reason", "assigned_to", "cmdb_ci", "change_request"}
    named = {name for row in rows for name in re.findall(r"`(\w+)(?=[`.:])", row[1])}
    assert named - known == set()
