# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells the test, before each task begins and when the play is over, and waits until it has looked at the instance."""

from __future__ import annotations

import os
import urllib.request
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: watcher
type: aggregate
short_description: Stop before each task
description: For the tests of what every module keeps to.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "watcher"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._wait(str(task.get_name()))

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._wait("")

    def _wait(self, name: str) -> None:
        request = urllib.request.Request(os.environ["WATCHER_URL"], name.encode(), method="POST")
        # The address is on loopback, whatever proxy the play uses.
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60):
            pass
