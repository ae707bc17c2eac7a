# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the result of every task to the file named in PLAY_RESULTS, a JSON object a line, for a program to read."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: results
type: aggregate
short_description: Result of every task as JSON lines
description: For the demo and the integration tests.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "results"
    CALLBACK_NEEDS_ENABLED = True

    def v2_runner_on_ok(self, result: Any) -> None:
        self._write("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._write("failed", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._write("skipped", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._write("unreachable", result)

    def v2_runner_item_on_ok(self, result: Any) -> None:
        self._write("item", result)

    def v2_runner_item_on_failed(self, result: Any) -> None:
        self._write("item", result)

    def _write(self, status: str, result: Any) -> None:
        entry = {
            "status": status,
            "name": result._task.get_name(),
            "action": result._task.action,
            "host": result._host.get_name(),
            "result": result._result,
        }
        with open(os.environ["PLAY_RESULTS"], "a", encoding="utf-8") as stream:
            stream.write(json.dumps(entry, default=str) + "\n")
