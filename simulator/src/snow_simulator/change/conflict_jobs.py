"""Conflict checking as a job: started, followed and cancelled (Change Management API, .../conflict).

A job is a record of `sys_execution_tracker`, which goes Pending, Running, and Successful, Failed or Cancelled; while it
runs, it checks one configuration item after the other.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ..access.users import User
from ..errors import bad_request
from ..store.records import Record
from ..values import dates
from .conflicts import OUTSIDE, Finder, items_of
from .schedules import planned_period
from .timetable import Timetable, owner

if TYPE_CHECKING:
    from ..instance import Instance

PENDING, RUNNING, SUCCESSFUL, FAILED, CANCELLED = "0", "1", "2", "3", "4"
_NOT_RUN, _CONFLICT, _NONE = "Not Run", "Conflict", "No Conflict"


class ConflictJobs:
    """At most one runs for a change. `advance` does what has become due."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        schema = instance.raw.schema
        self._tracker, self._change, self._conflict = (
            schema[name] for name in ("sys_execution_tracker", "change_request", "conflict")
        )
        self.due = Timetable(instance.clock)

    def resume(self) -> None:
        """Takes up what the data say is not done yet."""
        self.due.clear()
        for state in (PENDING, RUNNING):
            for record in self.instance.raw.find(self._tracker, {"state": state, "source_table": "change_request"}):
                self._schedule(record["sys_id"])

    def _schedule(self, sys_id: str) -> None:
        self.due.add(sys_id, self.instance.settings.worker_seconds)

    # What the operations do ----------------------------------------------------------------------------

    def start(self, user: User, change: Record) -> Record:
        """The new job; what an earlier one found is forgotten. ApiError 400 says why it cannot start."""
        items = self._startable(change)
        now = dates.stored(self.instance.clock.now())
        values = {
            "name": f"Conflict detection for {change['number']}",
            "source": change["sys_id"],
            "source_table": "change_request",
            "start_time": now,
            "items": ",".join(items),
        }
        job = self.instance.records.insert_raw(user, self._tracker, values)
        self._forget(user, change)
        self._note(user, change, {"conflict_status": _NOT_RUN, "conflict_last_run": now})
        self._schedule(job["sys_id"])
        return job

    def _startable(self, change: Record) -> list[str]:
        message = "Conflict checking could not be started"
        if self.running(change["sys_id"]):
            raise bad_request(message, "Conflict checking is already running for this change request")
        if planned_period(change) is None:
            raise bad_request(message, "The change request needs a planned start date before its planned end date")
        items = items_of(self.instance, change)
        if not items:
            raise bad_request(message, "The change request has no configuration item")
        return items

    def latest(self, change: str) -> Record | None:
        rows = self.instance.raw.find(self._tracker, {"source": change})
        return rows[-1] if rows else None

    def running(self, change: str) -> Record | None:
        job = self.latest(change)
        return job if job and job["state"] in (PENDING, RUNNING) else None

    def cancel(self, user: User, change: Record) -> None:
        """What it has found so far goes: it is no result. ApiError 400 where nothing is running."""
        job = self.running(change["sys_id"])
        if job is None:
            raise bad_request("Cancel request failed", "No conflict checking is running for this change request")
        self._end(user, job, CANCELLED, "Cancelled")
        self._forget(user, change)

    def status(self, change: Record) -> dict[str, object]:
        """All but the conflicts. A successful job is "Conflict" even if it found none, as the document says."""
        job = self.latest(change["sys_id"])
        successful = job is not None and job["state"] == SUCCESSFUL
        return {
            "status": _CONFLICT if successful else change["conflict_status"] or _NOT_RUN,
            "last_run": change["conflict_last_run"],
            "record_count": job["record_count"] if job else "0",
            "job_status": job["state"] if job else "",
        }

    def found(self, change: str) -> list[Record]:
        return self.instance.raw.find(self._conflict, {"change": change})

    # As time passes ------------------------------------------------------------------------------------

    def advance(self) -> None:
        """As workers do: what goes wrong with a job ends that job only."""
        for sys_id, progress in self.due.progress():
            if problem := self.instance.attempt(partial(self._step, sys_id, progress)):
                self.due.remove(sys_id)
                self.instance.raw.update(self._tracker, sys_id, {"state": FAILED, "message": problem})

    def _step(self, sys_id: str, progress: float | None) -> None:
        job = self.instance.raw.get(self._tracker, sys_id)
        if job is None or job["state"] not in (PENDING, RUNNING):
            self.due.remove(sys_id)
        elif progress is not None:
            self._work(job, progress)

    def _work(self, job: Record, progress: float) -> None:
        user = owner(self.instance, job)
        change = self.instance.raw.get(self._change, job["source"])
        if change is None or planned_period(change) is None:
            self.due.remove(job["sys_id"])
            self._end(user, job, FAILED, "The change request is not planned any more")
            return
        items = job["items"].split(",")
        done, until = int(job["record_count"]), int(len(items) * progress)
        for item in items[done:until]:
            self._check(user, change, item)
        values = {"state": RUNNING, "record_count": str(until), "percent_complete": str(int(100 * progress))}
        self.instance.records.update_raw(user, self._tracker, job, values)
        if progress >= 1:
            self.due.remove(job["sys_id"])
            self._finish(user, job, change)

    def _check(self, user: User, change: Record, item: str) -> None:
        now = dates.stored(self.instance.clock.now())
        for row in Finder(self.instance, user, change).conflicts(item):
            self.instance.records.insert_raw(user, self._conflict, {**row, "last_checked": now})

    def _finish(self, user: User, job: Record, change: Record) -> None:
        types = {row["type"] for row in self.found(change["sys_id"])}
        outside = "true" if OUTSIDE in types else "false"
        status = _CONFLICT if types else _NONE
        self._note(user, change, {"conflict_status": status, "outside_maintenance_schedule": outside})
        self._end(user, job, SUCCESSFUL, "Completed")

    def _end(self, user: User, job: Record, state: str, message: str) -> None:
        values = {"state": state, "message": message, "completion_time": dates.stored(self.instance.clock.now())}
        self.instance.records.update_raw(user, self._tracker, job, values)

    def _forget(self, user: User, change: Record) -> None:
        for row in self.found(change["sys_id"]):
            self.instance.records.delete(user, self._conflict, row)

    def _note(self, user: User, change: Record, values: Record) -> None:
        self.instance.records.update_raw(user, self._change, change, values)
