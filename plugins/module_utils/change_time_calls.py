# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations on time: conflicts of a change, and free slots for it.

Source: ServiceNow documentation, "Change Management API". The schedule operations need the role sn_change_writer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from ansible_collections.changegate.snow.plugins.module_utils import answers, checks
from ansible_collections.changegate.snow.plugins.module_utils.change_answers import record_in, text_in
from ansible_collections.changegate.snow.plugins.module_utils.change_calls import ChangeCalls, Progress
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    Forbidden,
    InvalidUsage,
    SnowError,
    Unapplied,
    WorkerTimedOut,
)
from ansible_collections.changegate.snow.plugins.module_utils.query import check_sys_id

if TYPE_CHECKING:
    from datetime import datetime

    from ansible_collections.changegate.snow.plugins.module_utils.change_conflicts import ConflictCheck
    from ansible_collections.changegate.snow.plugins.module_utils.change_workers import Worker

_PLANNED = ("start_date", "end_date")


class ChangeTimes(ChangeCalls):
    """Conflicts and free time. Slots are in ``spans`` of the worker once it has ended; no slot is an empty tuple."""

    def schedule(self, sys_id: str, *, wait: float | None = None, progress: Progress = None) -> Worker:
        """GET /sn_chg_rest/change/{change_sys_id}/schedule: free slots for a change with an item and planned dates.

        :param wait: seconds to wait for the worker; None returns it as it was started. Errors of :meth:`wait`.
        """
        return self._start("GET", f"/{check_sys_id(sys_id)}/schedule", wait, progress)

    def ci_schedule(
        self,
        ci: str,
        duration: float | timedelta,
        planned_start: str | datetime | None = None,
        *,
        wait: float | None = None,
        progress: Progress = None,
    ) -> Worker:
        """GET /sn_chg_rest/change/ci/{cmdb_ci_sys_id}/schedule: find free slots of a configuration item.

        :param duration: how long the work takes: whole seconds or a timedelta.
        :param planned_start: not before that time, which is UTC unless it says otherwise; now without it.
        """
        asked = _asked(duration, planned_start)
        return self._start("GET", f"/ci/{check_sys_id(ci, 'ci')}/schedule", wait, progress, params=asked)

    def first_available(
        self,
        sys_id: str,
        duration: float | timedelta,
        planned_start: str | datetime | None = None,
        *,
        wait: float | None = None,
        progress: Progress = None,
    ) -> Worker:
        """PATCH /sn_chg_rest/change/{change_sys_id}/schedule/first_available: plan a change for the first free slot.

        Arguments as in :meth:`ci_schedule`.

        :param wait: seconds to wait for the worker, and then to verify with one request more that it is planned.
        :raises Unapplied: it was waited for, and there is no free slot: the change is planned as before.
        """
        sys_id, asked = check_sys_id(sys_id), _asked(duration, planned_start)
        worker = self._start("PATCH", f"/{sys_id}/schedule/first_available", wait, progress, json=asked)
        if wait is not None and (worker.found_no_slot or not self._is_planned(sys_id, asked)):
            told = "; ".join(worker.messages.infos).rstrip(".") or "the instance does not say why"
            raise Unapplied(
                f"The change {sys_id} was not planned for a free slot: {told}; give a shorter duration.", detail=told
            )
        return worker

    def _is_planned(self, sys_id: str, asked: Mapping[str, str]) -> bool:
        """Whether the planned dates are as they were asked for; what a worker says is up to its language."""
        path = f"/{sys_id}"
        record = record_in(self._get(path).body, self._name("GET", path), sys_id)
        from ansible_collections.changegate.snow.plugins.module_utils import values

        start, end = (values.parse_datetime(record[name].value) if name in record else None for name in _PLANNED)
        earliest = values.parse_datetime(asked.get("planned_start_time", ""))
        if start is None or end is None or (earliest is not None and start < earliest):
            return False
        return (end - start).total_seconds() == int(asked["duration_in_seconds"])

    def start_conflict_check(self, sys_id: str) -> str:
        """POST /sn_chg_rest/change/{sys_id}/conflict: look for conflicts; returns the sys_id of the process."""
        path = f"/{check_sys_id(sys_id)}/conflict"
        reply = self._transport.request("POST", self.root + path)
        return text_in(reply.body, self._name("POST", path))

    def conflicts(self, sys_id: str) -> ConflictCheck:
        """GET /sn_chg_rest/change/{sys_id}/conflict: how far the conflict check is, or what the last one found."""
        from ansible_collections.changegate.snow.plugins.module_utils.change_conflicts import conflict_check_of

        path = f"/{check_sys_id(sys_id)}/conflict"
        reply = self._get(path)
        return conflict_check_of(reply.body, self._name("GET", path))._replace(seen=answers.moment_in(reply.headers))

    def cancel_conflict_check(self, sys_id: str) -> None:
        """DELETE /sn_chg_rest/change/{sys_id}/conflict: cancel the conflict check that is running.

        :raises ResponseError: none is running.
        """
        path = f"{self.root}/{check_sys_id(sys_id)}/conflict"
        try:
            self._transport.request("DELETE", path, repeatable=False)
        except SnowError as error:
            from ansible_collections.changegate.snow.plugins.module_utils import retry

            unknown = retry.may_have_happened(error) and not isinstance(error, Forbidden)
            if not unknown or self._transport.retry_deadline <= 0:
                raise
            if not self.conflicts(sys_id).cancelled:
                self._transport.request("DELETE", path, repeatable=False)

    def wait_for_conflicts(
        self,
        sys_id: str,
        timeout: float = 120.0,
        progress: Callable[[ConflictCheck], object] | None = None,
        *,
        since: ConflictCheck | None = None,
    ) -> ConflictCheck:
        """What the conflict check of a change found, when it has ended; as :meth:`wait` does for workers.

        :param since: what was known before it was started: the same once more is not its outcome.
        :raises WorkerFailed: it ended in an error or was cancelled.
        :raises WorkerTimedOut: it has not ended after *timeout* seconds, or was never started.
        """
        from ansible_collections.changegate.snow.plugins.module_utils.change_conflicts import failure_of
        from ansible_collections.changegate.snow.plugins.module_utils.change_waiting import check_timeout, last_look

        checks.function("progress", progress)
        seconds, sys_id = check_timeout(timeout), check_sys_id(sys_id)

        def ended(check: ConflictCheck) -> bool:
            return check.ended and (since is None or not check.is_still(since))

        last = last_look(lambda: self.conflicts(sys_id), ended, seconds, progress, self._clock)
        if not ended(last):
            state = "running" if last.running else "not running"
            raise WorkerTimedOut(
                f"The conflict check of the change {sys_id} is {state} after {seconds:g} seconds; start it, wait "
                "for it again or give it more time.",
                detail=last.job_status,
            )
        if not last.complete:
            raise failure_of(last, sys_id)
        return last

    def check_conflicts(
        self, sys_id: str, timeout: float = 120.0, progress: Callable[[ConflictCheck], object] | None = None
    ) -> ConflictCheck:
        """Start a conflict check, wait for it, and return what it found."""
        from ansible_collections.changegate.snow.plugins.module_utils.change_waiting import check_timeout

        checks.function("progress", progress)
        check_timeout(timeout)
        self.start_conflict_check(sys_id)
        return self.wait_for_conflicts(sys_id, timeout, progress)


def _asked(duration: float | timedelta, planned_start: str | datetime | None) -> dict[str, str]:
    seconds = duration.total_seconds() if isinstance(duration, timedelta) else duration
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or seconds < 1 or seconds % 1:
        raise InvalidUsage(f"duration is {duration!r}; give a whole number of seconds above zero, or a timedelta.")
    asked = {"duration_in_seconds": str(int(seconds))}
    if planned_start is not None:
        from ansible_collections.changegate.snow.plugins.module_utils import values

        asked["planned_start_time"] = values.to_send("datetime", planned_start, "planned_start")
    return asked
