"""Asynchronous workers: Waiting, In-Progress, Complete or Error (Change Management API, GET .../worker)."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from ..access.users import User
from ..store.records import Record
from .conflict_jobs import ConflictJobs
from .deciding import auto_approve
from .messages import Messages
from .timetable import Timetable, owner
from .work import do

if TYPE_CHECKING:
    from ..instance import Instance

WAITING, IN_PROGRESS, COMPLETE, ERROR = "1", "2", "3", "4"


class Workers:
    """Jobs become due as time passes; the dispatcher calls `advance` before each request."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.conflicts = ConflictJobs(instance)
        self._table = instance.raw.schema["chg_mgt_worker"]
        self._due = Timetable(instance.clock)
        self.resume()

    def resume(self) -> None:
        """Takes up what the data say is not done yet."""
        self._due.clear()
        for state in (WAITING, IN_PROGRESS):
            for record in self.instance.raw.find(self._table, {"state": state}):
                self._schedule(record["sys_id"])
        self.conflicts.resume()

    def start(self, user: User, kind: str, request: dict[str, Any]) -> Record:
        values = {
            "type": kind,
            "state": WAITING,
            "task": str(request.get("task") or request.get("change_sys_id") or ""),
            "request": json.dumps(request, separators=(",", ":")),
            "messages": json.dumps(Messages().as_dict()),
        }
        record = self.instance.records.insert_raw(user, self._table, values)
        self._schedule(record["sys_id"])
        return record

    def pending(self) -> bool:
        return bool(self._due) or bool(self.conflicts.due) or self.instance.settings.auto_approve_after is not None

    def advance(self) -> None:
        """Each job in a transaction of its own: one that fails ends in Error and is in nobody's way."""
        for sys_id, progress in self._due.progress():
            if problem := self.instance.attempt(partial(self._step, sys_id, progress)):
                self._give_up(sys_id, problem)
        self.conflicts.advance()
        if self.instance.settings.auto_approve_after is not None:
            auto_approve(self.instance, self.instance.settings.auto_approve_after)

    def _step(self, sys_id: str, progress: float | None) -> None:
        record = self.instance.raw.get(self._table, sys_id)
        if record is None:
            self._due.remove(sys_id)
        elif progress == 1:
            self._due.remove(sys_id)
            self._run(record)
        elif progress is not None and record["state"] == WAITING:
            self._set(record, {"state": IN_PROGRESS})

    def _give_up(self, sys_id: str, problem: str) -> None:
        """Past the business rules, which may be what is in the way."""
        self._due.remove(sys_id)
        values = {"state": ERROR, "messages": json.dumps(Messages(errors=[problem]).as_dict())}
        self.instance.raw.update(self._table, sys_id, values)

    def _schedule(self, sys_id: str) -> None:
        self._due.add(sys_id, self.instance.settings.worker_seconds)

    def _run(self, record: Record) -> None:
        messages = Messages()
        payload = self._do(record, messages)
        values = {"state": ERROR if messages.errors else COMPLETE, "messages": json.dumps(messages.as_dict())}
        if payload:
            values["payload"] = json.dumps(payload, separators=(",", ":"))
        self._set(record, values)

    def _do(self, record: Record, messages: Messages) -> dict[str, object] | None:
        """A record that somebody else has put there may say anything: that is no reason to stop serving."""
        try:
            return do(
                self.instance, owner(self.instance, record), record["type"], json.loads(record["request"]), messages
            )
        except (ValueError, KeyError, TypeError):
            messages.errors.append("The request of this worker cannot be read")
            return None

    def _set(self, record: Record, values: dict[str, str]) -> None:
        self.instance.records.update_raw(owner(self.instance, record), self._table, record, values)
