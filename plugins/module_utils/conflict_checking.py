# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The conflict check of a change: looked at, started where there is no recent one, waited for, cancelled.

Source: ServiceNow documentation, "Change Management API", /sn_chg_rest/change/{sys_id}/conflict.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

from ansible_collections.changegate.snow.plugins.module_utils.cells import displayed, stored
from ansible_collections.changegate.snow.plugins.module_utils.change import ChangeApi
from ansible_collections.changegate.snow.plugins.module_utils.change_conflicts import ConflictCheck
from ansible_collections.changegate.snow.plugins.module_utils.change_waiting import Clock, last_look
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import NotFound, ResponseError, Unapplied
from ansible_collections.changegate.snow.plugins.module_utils.expected import expected_change, no_change
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity
from ansible_collections.changegate.snow.plugins.module_utils.once import exactly_once
from ansible_collections.changegate.snow.plugins.module_utils.query import utc_text
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail


class ConflictChecking:
    """The conflict check of the change *who*. *tell* takes a line for each step of a long wait."""

    def __init__(self, client: Client, trail: Trail, who: Identity, tell: Callable[[str], None]) -> None:
        self._api = ChangeApi(client.transport)
        self._patience = client.transport.retry_deadline
        self._trail = trail
        self._who = who
        self._tell = tell
        self._told = ""

    def report(self) -> None:
        """Return what is known, and start nothing."""
        sys_id = self._sys_id()
        if sys_id is not None:
            self._look(sys_id)

    def ensure(self, max_age: float, timeout: float | None) -> None:
        """There is a check that began no more than *max_age* seconds ago; None as *timeout* does not wait for its end.

        :raises WorkerFailed: it ended in an error.
        :raises WorkerTimedOut: it has not ended after *timeout* seconds.
        """
        sys_id = self._sys_id()
        if sys_id is None:
            self._would_start("none")
            return
        before = check = self._look(sys_id)
        started = not check.running and not is_recent(check, max_age)
        if started and self._trail.check_mode:
            self._would_start(check.state)
            return
        if started:
            self._start(sys_id, before)
        if timeout is not None and (started or check.running):
            self._api.wait_for_conflicts(sys_id, timeout, self._seen, since=before if started else None)
        elif started:
            self._look(sys_id)

    def cancel(self, timeout: float) -> None:
        """No check is running.

        :raises Unapplied: it is still running after *timeout* seconds.
        """
        sys_id = self._sys_id()
        if sys_id is None:
            return
        check = self._look(sys_id)
        if not check.running:
            return
        self._trail.expects({"conflict_check": "running"}, {"conflict_check": "canceled"})
        if self._trail.check_mode:
            self._trail.changed = True
            return
        try:
            self._api.cancel_conflict_check(sys_id)
        except ResponseError:
            if self._look(sys_id).running:
                raise
            # It has ended by itself meanwhile, and nothing was cancelled.
            self._trail.before.clear()
            self._trail.after.clear()
            return
        self._trail.wrote()
        last = last_look(lambda: self._api.conflicts(sys_id), lambda it: not it.running, timeout, self._seen, Clock())
        if last.running:
            raise Unapplied(
                f"The conflict check of the {self._who} is still running {timeout:g} seconds after it was cancelled; "
                "look at it on the instance.",
                detail=last.job_status,
            )

    def _start(self, sys_id: str, before: ConflictCheck) -> None:
        def find() -> str | None:
            check = self._look(sys_id)
            return "" if check.running or check.last_run != before.last_run else None

        try:
            exactly_once(lambda: self._api.start_conflict_check(sys_id), find, self._patience)
        except ResponseError:
            if not self._look(sys_id).running:
                raise
            return  # somebody else was faster: that one will do
        self._trail.expects({"conflict_check": before.state}, {"conflict_check": "started"})
        self._trail.wrote()

    def _would_start(self, state: str) -> None:
        self._trail.expects({"conflict_check": state}, {"conflict_check": "started"})
        self._trail.changed = True

    def _sys_id(self) -> str | None:
        """The sys_id of the change; None where check mode stands before its creation."""
        if self._who.sys_id is not None:
            return self._who.sys_id
        record = expected_change(self._api, self._trail, self._who)
        return None if record is None else record["sys_id"].value

    def _look(self, sys_id: str) -> ConflictCheck:
        try:
            check = self._api.conflicts(sys_id)
        except NotFound as error:
            raise no_change(self._who) from error
        self._show(check)
        return check

    def _seen(self, check: ConflictCheck) -> None:
        self._show(check)
        text = f"the conflict check of the {self._who} is {check.state}, {check.checked} records checked"
        if text != self._told:
            self._told = text
            self._tell(text)

    def _show(self, check: ConflictCheck) -> None:
        self._trail.extra["check"] = {
            "status": check.status,
            "state": check.state,
            "last_run": utc_text(check.last_run) if check.last_run else "",
            "records": check.checked,
        }
        found = (item.record for item in check.conflicts)
        self._trail.extra["conflicts"] = [{"record": stored(it), "display": displayed(it)} for it in found]


def is_recent(check: ConflictCheck, max_age: float) -> bool:
    """Whether a check has an outcome, and began no more than *max_age* seconds ago by the instance's time."""
    if not check.complete or check.last_run is None:
        return False
    now = check.seen or datetime.now(timezone.utc)
    return max_age > 0 and (now - check.last_run).total_seconds() <= max_age
