# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for a change to move by itself, or for its next step to open: approvals, tasks of others, a hold.

Source: ServiceNow documentation, "Change Management API", nextstates (``automatic_transition``, ``conditions``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils import walk
from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, Record
from ansible_collections.changegate.snow.plugins.module_utils.change_requests import ChangeRequests
from ansible_collections.changegate.snow.plugins.module_utils.change_states import NextStates
from ansible_collections.changegate.snow.plugins.module_utils.change_waiting import Clock, check_timeout
from ansible_collections.changegate.snow.plugins.module_utils.fields import CHANGE_STATES

#: The pauses between two looks, in seconds: people decide in minutes, rules in moments.
_FIRST, _LONGEST = 0.5, 15.0
_EMPTY = Cell("", "")


class Waited(NamedTuple):
    """The record as it is now, and what keeps it from going on; nothing, if it went on or can."""

    record: Record
    obstacle: str = ""


class StateWait:
    """The patience of one task: *timeout* seconds in all, however often it has to wait.

    :param progress: gets a line at each look.
    :raises InvalidUsage: *timeout* cannot be waited for.
    """

    def __init__(
        self,
        timeout: float = 0.0,
        progress: Callable[[str], None] = lambda _text: None,
        clock: Clock | None = None,
    ) -> None:
        self._timeout = check_timeout(timeout, "wait_timeout")
        self._progress = progress
        self._clock = clock or Clock()
        self._deadline: float | None = None

    def __bool__(self) -> bool:
        return self._timeout > 0

    def pass_by(
        self, api: ChangeRequests, record: Record, states: NextStates, target: str, visited: Collection[str]
    ) -> Waited:
        """Look at the change until its state is another one or a step to *target* is open.

        It ends early where that can surely not come: the change was rejected, has ended, or nothing leads there.
        """
        self._deadline = self._clock.now() + self._timeout if self._deadline is None else self._deadline
        pause = _FIRST
        while True:
            reason = walk.obstacles(states, target, record["state"].value)
            if not walk.may_open(states, target, visited):
                return Waited(record, reason)
            left = self._deadline - self._clock.now()
            if left <= 0:
                return Waited(record, f"{reason}; that did not come in {self._timeout:g} seconds")
            self._progress(f"{record['number'].value} is in {record['state'].display}: {reason}")
            self._clock.sleep(min(pause, left))
            pause = min(pause * 1.5, _LONGEST)
            before, record = record, api.get(record["sys_id"].value)
            ended = _end_of(before, record, target)
            if ended or record["state"].value != before["state"].value:
                return Waited(record, ended)
            states = api.next_states(record["sys_id"].value)
            if walk.next_step(states, record["state"].value, target, visited) is not None:
                return Waited(record)


def _end_of(before: Record, record: Record, target: str) -> str:
    """Why the change will surely not come to *target* any more; empty if it may, or is there."""
    state = record["state"].value
    if state == target:
        return ""
    if record.get("approval", _EMPTY).value == "rejected":
        return "its approval was rejected"
    if state == CHANGE_STATES.canceled:
        return "it was canceled"
    if CHANGE_STATES.is_past(before["state"].value, state):
        return "it was taken back"
    return ""
