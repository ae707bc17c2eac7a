# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells the guard of a run what the run is at."""

from __future__ import annotations

DOCUMENTATION = r"""
name: change_guard
type: notification
short_description: Name the last task of a run that was canceled in the notes of its change
version_added: 0.1.0
author:
  - changegate.snow contributors (@changegate)
description:
  - M(changegate.snow.snow_change_guard) closes a change whose run was canceled, but from outside it cannot see what the
    run was at. With this callback its notes name the last task and what failed before, host by host, and the log of
    both is attached as C(run.log).
  - When the run has come to its end it waits for the guard, up to 15 seconds, because its container may end with it.
  - Nothing is written where no change is guarded. What a task with C(no_log) said is left out.
requirements:
  - enabled with C(callbacks_enabled) in the configuration, or E(ANSIBLE_CALLBACKS_ENABLED)
"""

import os
from typing import Any

from ansible.plugins.callback import CallbackBase

from ansible_collections.changegate.snow.plugins.plugin_utils import journal

#: Seconds for which the end of the run waits for the guard.
_PATIENCE = 15.0


class CallbackModule(CallbackBase):
    """Writes tasks as they begin, and failures."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "changegate.snow.change_guard"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._add(task.get_name())

    def v2_playbook_on_handler_task_start(self, task: Any) -> None:
        self._add(task.get_name())

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        if not ignore_errors:
            self._failed(result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._failed(result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        if not journal.end(journal.paths_of(os.getpid()), _PATIENCE):
            self._display.warning(f"The guard of this run was not done after {_PATIENCE:.0f} seconds; it goes on.")

    def _failed(self, result: Any) -> None:
        found = result._result
        hidden = "censored" in found or found.get("_ansible_no_log") or result._task.no_log
        text = "what it said is hidden, because the task has no_log." if hidden else str(found.get("msg") or "")
        self._add(result._task.get_name(), result._host.get_name(), " ".join(text.split()) or "no reason given")

    @staticmethod
    def _add(*entry: str) -> None:
        for path in journal.paths_of(os.getpid()):
            journal.add(path, *entry)
