"""Configuration items and services of a change (Change Management API, POST and GET .../ci)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..access.users import User
from .messages import Messages

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


class Associations:
    def __init__(self, instance: Instance, user: User) -> None:
        self.instance = instance
        self.user = user

    def has_task(self, request: dict[str, Any]) -> bool:
        """The change may have been deleted since the worker was started."""
        return self.instance.raw.get(self.instance.raw.schema["task"], str(request.get("task"))) is not None

    def associate(self, kind: str, request: dict[str, Any], messages: Messages) -> None:
        """Nothing valid is an error; some of it invalid is a warning."""
        task, ids = str(request["task"]), [str(item) for item in request["cmdb_ci_sys_ids"]]
        valid = [sys_id for sys_id in ids if self._exists(kind, sys_id)]
        for sys_id in ids:
            if sys_id not in valid:
                said = messages.warnings if valid else messages.errors
                said.append(f"Invalid CMDB_CI sys_id provided: {sys_id}")
        for sys_id in valid:
            if not self._add(kind, task, sys_id):
                messages.infos.append(f"CMDB_CI sys_id already associated: {sys_id}")
        if kind == "affected" and request.get("refresh_impacted_services"):
            affected = self.instance.raw.find(self.instance.raw.schema["task_ci"], {"task": task})
            self._replace_services(task, [row["ci_item"] for row in affected])

    def refresh(self, task: str, messages: Messages) -> None:
        """POST .../refresh_impacted_services: the services above the change's own configuration item."""
        record = self.instance.raw.get(self.instance.raw.schema["task"], task)
        if record is None or not self._exists("affected", record["cmdb_ci"]):
            messages.errors.append("The change request has no configuration item")
            return
        self._replace_services(task, [record["cmdb_ci"]])

    def _add(self, kind: str, task: str, sys_id: str, *, manually: bool = True) -> bool:
        """False if it is associated already."""
        where = KINDS[kind]
        table = self.instance.raw.schema[where.table]
        values = {"task": task, where.field: sys_id}
        if self.instance.raw.first(table, values):
            return False
        if "manually_added" in table.fields:
            values["manually_added"] = "true" if manually else "false"
        self.instance.records.insert_raw(self.user, table, values)
        return True

    def _exists(self, kind: str, sys_id: str) -> bool:
        table = self.instance.raw.schema[KINDS[kind].target]
        return self.instance.raw.get(table, sys_id) is not None

    def _replace_services(self, task: str, items: list[str]) -> None:
        """Those that depend on the items, over CI relations upwards, instead of those found before."""
        where = KINDS["impacted"]
        table = self.instance.raw.schema[where.table]
        wanted = self._above(items)
        for row in self.instance.raw.find(table, {"task": task}):
            if row["manually_added"] != "true" and row[where.field] not in wanted:
                self.instance.records.delete(self.user, table, row)
        for service in wanted:
            self._add("impacted", task, service, manually=False)

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
