# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples in the documentation of the modules that read changes and write their tasks do what they say."""

from __future__ import annotations

import importlib
from textwrap import indent

import pytest
from tests.integration.helpers import Instance, Played, login

CLEAR_BGP = "1766f1de47410200e90d87e8dee490f6"


def run_examples(instance: Instance, name: str) -> Played:
    """The examples of a module as the play that they are a part of."""
    module = importlib.import_module(f"ansible_collections.changegate.snow.plugins.modules.{name}")
    path = instance.folder / f"{name}.yml"
    path.write_text("- hosts: localhost\n  gather_facts: false\n  tasks:\n" + indent(module.EXAMPLES, "    "))
    return instance.playbook(path, environ=login("bow.ruggeri"))


#: What the last example of each prints.
SAID = {
    "snow_change_info": "True, ",
    "snow_change_task": '"Drain the load balancer": true',
    "snow_change_model_info": "Normal",
    "snow_change_template_info": "Reboot",
}


@pytest.mark.parametrize("name", list(SAID))
def test_examples(instance: Instance, name: str) -> None:
    """All in one play, as they stand; they run again, and what only reads changes nothing."""
    now = {"start_date": "2026-11-24 20:00:00", "end_date": "2026-11-24 22:00:00"}
    instance.seed("change_request", {"sys_id": CLEAR_BGP, "approval": "approved", **now})
    instance.control("PUT", "clock", {"now": "2026-11-24T20:30:00Z"})
    first, second = run_examples(instance, name), run_examples(instance, name)
    assert (first.code, second.code) == (0, 0), first.output
    assert SAID[name] in first.output
    assert [outcome.changed for outcome in second.of(name)] == (
        # The list makes the task that the last example deletes.
        [False, False, True, True] if name == "snow_change_task" else [False] * len(second.of(name))
    )
    assert not any("warnings" in outcome.result for outcome in second.ours)
