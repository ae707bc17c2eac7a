"""Asynchronous workers: Waiting, In-Progress, Complete or Error (Change Management API, GET .../worker)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..access.users import User
from ..store.records import Record
from .association import Associations
from .deciding import auto_approve

if TYPE_CHECKING:
    from ..instance import Instance

WAITING, IN_PROGRESS, COMPLETE, ERROR = "1", "2", "3", "4"
_EMPTY: dict[str, list[str]] = {"errorMessages": [], "warningMessages": [], "infoMessages": []}


class Workers:
    """Jobs become due as time passes; the dispatcher calls `advance` before each request."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self._table = instance.raw.schema["chg_mgt_worker"]
        self._due: dict[str, tuple[datetime, datetime]] = {}
        for state in (WAITING, IN_PROGRESS):
            for record in instance.raw.find(self._table, {"state": state}):
                self._schedule(record["sys_id"])

    def clear(self) -> None:
        self._due.clear()

    def start(self, user: User, kind: str, request: dict[str, Any]) -> Record:
        values = {
            "type": kind,
            "state": WAITING,
            "task": str(request.get("task") or ""),
            "request": json.dumps(request, separators=(",", ":")),
            "messages": json.dumps(_EMPTY),
        }
        record = self.instance.records.insert_raw(user, self._table, values)
        self._schedule(record["sys_id"])
        return record

    def pending(self) -> bool:
        return bool(self._due) or self.instance.settings.auto_approve_after is not None

    def advance(self) -> None:
        now = self.instance.clock.now()
        for sys_id, (begin, end) in list(self._due.items()):
            record = self.instance.raw.get(self._table, sys_id)
            if record is None:
                del self._due[sys_id]
            elif now >= end:
                self._run(record)
                del self._due[sys_id]
            elif now >= begin and record["state"] == WAITING:
                self._set(record, {"state": IN_PROGRESS})
        if self.instance.settings.auto_approve_after is not None:
            auto_approve(self.instance, self.instance.settings.auto_approve_after)

    def _schedule(self, sys_id: str) -> None:
        seconds = self.instance.settings.worker_seconds
        now = self.instance.clock.now()
        self._due[sys_id] = (now + timedelta(seconds=seconds / 2), now + timedelta(seconds=seconds))

    def _run(self, record: Record) -> None:
        user = self._owner(record)
        request = json.loads(record["request"])
        messages = Associations(self.instance, user).associate(record["type"], request)
        failed = bool(messages["errorMessages"])
        self._set(record, {"state": ERROR if failed else COMPLETE, "messages": json.dumps(messages)})

    def _owner(self, record: Record) -> User:
        found = self.instance.users.by_name(record["sys_created_by"])
        if found is None:
            raise LookupError(f"worker {record['sys_id']} belongs to nobody")
        return found

    def _set(self, record: Record, values: dict[str, str]) -> None:
        self.instance.records.update_raw(self._owner(record), self._table, record, values)
