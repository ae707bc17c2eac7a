"""Whether the conditions of a transition hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..records.matching import fits
from ..records.service import RecordService
from ..store.records import Record
from .models import Condition, Model, Transition
from .states import CANCELED
from .system import SYSTEM

if TYPE_CHECKING:
    from ..instance import Instance

APPROVAL_KINDS = frozenset({"stage_approved", "stage_rejected"})


class Conditions:
    """Evaluates conditions on a change as it is about to be stored."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.service = instance.records

    def holds(self, condition: Condition, change: Record) -> bool:
        match condition.kind:
            case "not_on_hold":
                return change["on_hold"] != "true"
            case "no_active_tasks":
                return not active_tasks(self.service, change)
            case "stage_approved":
                return self._stage(change) == "approved"
            case "stage_rejected":
                return self._stage(change) == "rejected"
        table = self.service.schema["change_request"]
        return fits(self.instance, SYSTEM, table, change, condition.query)

    def available(self, transition: Transition, change: Record) -> bool:
        """On hold only Canceled is reachable, whatever the transition itself waits for."""
        if change["on_hold"] == "true" and transition.to_state != CANCELED:
            return False
        return all(self.holds(condition, change) for condition in transition.conditions)

    def reachable(self, model: Model, change: Record, before: str, after: str) -> bool:
        return any(self.available(item, change) for item in model.between(before, after))

    def _stage(self, change: Record) -> str:
        """How the approval that the present state asked for stands."""
        table = self.service.schema["sysapproval_group"]
        stored = self.service.raw.get(self.service.schema["change_request"], change["sys_id"])
        stage = stored["state"] if stored else ""
        groups = self.service.raw.find(table, {"parent": change["sys_id"], "stage": stage})
        return groups[-1]["approval"] if groups else ""


def active_tasks(service: RecordService, change: Record) -> list[Record]:
    table = service.schema["change_task"]
    return service.raw.find(table, {"change_request": change["sys_id"], "active": "true"})
