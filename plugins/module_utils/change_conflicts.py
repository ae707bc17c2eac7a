# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a conflict check found, and how far it is. No input or output.

Source: ServiceNow documentation, "Change Management API", GET /sn_chg_rest/change/{sys_id}/conflict; the values of
``job_status`` are those of the table Execution Tracker.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, Record, record_of, text_of
from ansible_collections.changegate.snow.plugins.module_utils.change_answers import unwrap
from ansible_collections.changegate.snow.plugins.module_utils.errors import WorkerFailed

_RUNNING, _SUCCESSFUL, _FAILED, _CANCELLED = ("0", "1"), "2", "3", "4"
_STATES = {"0": "pending", "1": "running", "2": "complete", "3": "failed", "4": "canceled"}
_EMPTY = Cell("", "")
#: Seconds within which two times may be the same.
_SAME_MOMENT = 2


class Conflict(NamedTuple):
    """One conflict: its *type* (``not_in_maintenance_window``, ``blackout`` ...), the change, and the whole record."""

    type: Cell
    change: Cell
    record: Record


class ConflictCheck(NamedTuple):
    """The running conflict check of a change, or the last one.

    *status* is the outcome, which is "Conflict" even where *conflicts* is empty, and "Not Run" where there was none;
    *last_run* is when it began, in UTC; *checked* is the number of records that were checked; *job_status* is ``0``
    (pending), ``1`` (running), ``2`` (successful), ``3`` (failed), ``4`` (cancelled), or empty; *seen* is the
    instance's time of this answer.
    """

    status: str
    last_run: datetime | None
    checked: int
    job_status: str
    conflicts: tuple[Conflict, ...]
    seen: datetime | None = None

    @property
    def state(self) -> str:
        """``pending``, ``running``, ``complete``, ``failed``, ``canceled``, or ``none`` where there was no check."""
        return _STATES.get(self.job_status, "none")

    @property
    def running(self) -> bool:
        return self.job_status in _RUNNING

    @property
    def complete(self) -> bool:
        return self.job_status == _SUCCESSFUL

    @property
    def cancelled(self) -> bool:
        return self.job_status == _CANCELLED

    @property
    def ended(self) -> bool:
        return self.job_status in (_SUCCESSFUL, _FAILED, _CANCELLED)

    def is_still(self, earlier: ConflictCheck) -> bool:
        """Whether this is the outcome *earlier* again, from a node that does not know yet of one that was started."""
        if earlier.last_run is None or self.last_run != earlier.last_run:
            return False
        # Nothing tells two checks apart that have begun in the same second.
        return earlier.seen is not None and (earlier.seen - earlier.last_run).total_seconds() > _SAME_MOMENT


def conflict_check_of(body: Any, request: str) -> ConflictCheck:
    """The answer as one structure; no conflicts may come as a list, as an object or not at all."""
    from ansible_collections.changegate.snow.plugins.module_utils.values import parse_datetime

    result = unwrap(body, request)
    listed = result.get("conflicts")
    rows = [record_of(row) for row in listed] if isinstance(listed, list) else []
    count = text_of(result.get("record_count")).strip()
    return ConflictCheck(
        status=text_of(result.get("status")),
        last_run=parse_datetime(text_of(result.get("last_run"))),
        checked=int(count) if count.isascii() and count.isdigit() and len(count) < 20 else 0,
        job_status=text_of(result.get("job_status")).strip(),
        conflicts=tuple(Conflict(row.get("type", _EMPTY), row.get("change", _EMPTY), row) for row in rows),
    )


def failure_of(check: ConflictCheck, sys_id: str) -> WorkerFailed:
    """Why a check that has ended found nothing."""
    cause = "it was cancelled" if check.cancelled else "it ended in an error"
    return WorkerFailed(
        f"The conflict check of the change {sys_id} has no result: {cause}; check the planned dates and start again.",
        detail=cause,
    )
