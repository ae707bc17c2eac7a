"""Configuration items and services of a change (Change Management API, POST and GET .../ci)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..access.users import User

if TYPE_CHECKING:
    from ..instance import Instance


@dataclass(frozen=True, slots=True)
class Kind:
    """An association type: where it is kept, in which field, and what it may point to."""

    table: str
    field: str
    target: str


KINDS = {
    "affected": Kind("task_ci", "ci_item", "cmdb_ci"),
    "impacted": Kind("task_cmdb_ci_service", "cmdb_ci_service", "cmdb_ci_service"),
    "offering": Kind("task_service_offering", "service_offering", "service_offering"),
}
Messages = dict[str, list[str]]


class Associations:
    def __init__(self, instance: Instance, user: User) -> None:
        self.instance = instance
        self.user = user

    def associate(self, kind: str, request: dict[str, Any]) -> Messages:
        """What the worker does. Nothing valid is an error; some of it invalid is a warning."""
        messages: Messages = {"errorMessages": [], "warningMessages": [], "infoMessages": []}
        task, ids = str(request.get("task")), [str(item) for item in request.get("cmdb_ci_sys_ids") or ()]
        valid = [sys_id for sys_id in ids if self._exists(kind, sys_id)]
        for sys_id in ids:
            if sys_id not in valid:
                severity = "warningMessages" if valid else "errorMessages"
                messages[severity].append(f"Invalid CMDB_CI sys_id provided: {sys_id}")
        for sys_id in valid:
            if not self.add(kind, task, sys_id):
                messages["infoMessages"].append(f"CMDB_CI sys_id already associated: {sys_id}")
        if kind == "affected" and request.get("refresh_impacted_services"):
            self._refresh_services(task)
        return messages

    def add(self, kind: str, task: str, sys_id: str) -> bool:
        """False if it is associated already."""
        where = KINDS[kind]
        table = self.instance.raw.schema[where.table]
        values = {"task": task, where.field: sys_id}
        if self.instance.raw.first(table, values):
            return False
        self.instance.records.insert_raw(self.user, table, values)
        return True

    def _exists(self, kind: str, sys_id: str) -> bool:
        table = self.instance.raw.schema[KINDS[kind].target]
        return self.instance.raw.get(table, sys_id) is not None

    def _refresh_services(self, task: str) -> None:
        """The services that depend on an affected item, over CI relations upwards."""
        raw = self.instance.raw
        affected = raw.find(raw.schema["task_ci"], {"task": task})
        for service in self._above([row["ci_item"] for row in affected]):
            self.add("impacted", task, service)

    def _above(self, items: list[str]) -> list[str]:
        raw = self.instance.raw
        relations, services = raw.schema["cmdb_rel_ci"], raw.schema["cmdb_ci_service"]
        seen: dict[str, None] = {}
        pending = list(items)
        while pending:
            child = pending.pop()
            if child in seen:
                continue
            seen[child] = None
            pending.extend(row["parent"] for row in raw.find(relations, {"child": child}))
        return [sys_id for sys_id in seen if raw.get(services, sys_id)]
