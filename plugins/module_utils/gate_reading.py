# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collecting the facts that a gate rests on: the change, and of what belongs to it only what the policy asks about.

A part that the user may not read is not an error: it is unknown, and the rule about it says so. One that cannot be read
now is an error, as everywhere.

Source: ServiceNow documentation, "Table API", "Change Management API", and the tables CIs Affected (task_ci), Approval
(sysapproval_approver), Group Member (sys_user_grmember), Change Task and Incident.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils import gate, reading
from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, Record
from ansible_collections.changegate.snow.plugins.module_utils.change_requests import ChangeRequests
from ansible_collections.changegate.snow.plugins.module_utils.change_time_calls import ChangeTimes
from ansible_collections.changegate.snow.plugins.module_utils.change_window import moment_of
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Condition, Query
from ansible_collections.changegate.snow.plugins.module_utils.errors import Forbidden, NotFound
from ansible_collections.changegate.snow.plugins.module_utils.filters import from_data
from ansible_collections.changegate.snow.plugins.module_utils.gate_facts import (
    Approver,
    ChangeTask,
    ConflictOutcome,
    Facts,
    Incidents,
    Item,
    Unknown,
)
from ansible_collections.changegate.snow.plugins.module_utils.gate_policy import GatePolicy
from ansible_collections.changegate.snow.plugins.module_utils.gate_rows import rows_of

_EMPTY = Cell("", "")
_ITEM = ("task", "ci_item", "ci_item.name", "ci_item.fqdn", "ci_item.ip_address")
_TASK = ("change_request", "number", "short_description", "state")
_APPROVAL = (
    "sysapproval", "approver", "approver.user_name", "approver.email", "state", "group", "group.assignment_group",
)  # fmt: skip
_INCIDENT = ("number", "cmdb_ci", "active")
_ACTIVE = Query.where(Condition("active", "=", "true"))


class GateReader:
    """Reads what *policy* asks about, whose labels are values already (``gate_labels.py``)."""

    def __init__(self, client: Client, policy: GatePolicy) -> None:
        self._client = client
        self._policy = policy
        self._parts = gate.parts_of(policy)

    @property
    def asks_parts(self) -> bool:
        """Whether the policy asks about more than the change itself."""
        return any(self._parts)

    def facts(self, change: Record) -> Facts:
        """The facts that the *change* tells, just now; its parts are not read."""
        return Facts(change, moment_of(self._client.transport.date))

    def change(self, sys_id: str) -> Facts:
        """The change anew; raises :class:`NotFound`."""
        return self.facts(ChangeRequests(self._client.transport).get(sys_id))

    def whole(self, sys_id: str) -> Facts:
        """The parts, and then the change: what it says is the youngest of all, and so is the time."""
        found: dict[str, Any] = {}
        if self._parts.items:
            found.update(self._items(sys_id))
        if self._parts.tasks:
            found["tasks"] = self._tasks(sys_id)
        if self._parts.conflicts:
            found["conflicts"] = self._conflicts(sys_id)
        if self._parts.approvers:
            found["approvers"] = self._approvers(sys_id)
        if self._parts.matched:
            found["matched"] = self._matched(sys_id)
        return self.change(sys_id)._replace(**found)

    def _items(self, sys_id: str) -> dict[str, Any]:
        rows = rows_of(self._client, "task_ci", "task", [sys_id], _ITEM, ("ci_item",))
        if not isinstance(rows, Unknown) and not rows.are_all:
            # One that nobody sees may have the same name.
            rows = Unknown("some of its affected items are hidden from the user")
        if isinstance(rows, Unknown):
            return {"items": rows, "incidents": rows}
        items = [
            Item(row["ci_item"].value, *(row.get(name, _EMPTY).value for name in _ITEM[2:]))
            for row in rows.records
            if row["ci_item"].value
        ]
        found: dict[str, Any] = {"items": items}
        if self._parts.incidents:
            found["incidents"] = self._incidents([item.sys_id for item in items])
        return found

    def _incidents(self, items: Sequence[str]) -> Incidents | Unknown:
        rows = rows_of(self._client, "incident", "cmdb_ci", items, _INCIDENT, ("active",), _ACTIVE)
        if isinstance(rows, Unknown):
            return rows
        if any(row["active"].value != "true" for row in rows.records):
            return Unknown("the instance was asked for active incidents and returned others")
        return Incidents(rows.total, tuple(row.get("number", _EMPTY).value for row in rows.records))

    def _tasks(self, sys_id: str) -> Sequence[ChangeTask] | Unknown:
        rows = rows_of(self._client, "change_task", "change_request", [sys_id], _TASK, ("state",))
        if isinstance(rows, Unknown):
            return rows
        if not rows.are_all:
            return Unknown("some of its tasks are hidden from the user")
        return [
            ChangeTask(
                row.get("number", _EMPTY).value,
                row.get("short_description", _EMPTY).value,
                row["state"].value,
                row["state"].display,
            )
            for row in rows.records
        ]

    def _conflicts(self, sys_id: str) -> ConflictOutcome | Unknown:
        try:
            check = ChangeTimes(self._client.transport).conflicts(sys_id)
        except (Forbidden, NotFound) as error:
            return Unknown(str(error))
        return ConflictOutcome(
            check.state, check.status, check.last_run, tuple(found.type.display for found in check.conflicts)
        )

    def _approvers(self, sys_id: str) -> Sequence[Approver] | Unknown:
        rows = rows_of(self._client, "sysapproval_approver", "sysapproval", [sys_id], _APPROVAL, ("approver", "state"))
        if isinstance(rows, Unknown):
            return rows
        members = self._members({row["approver"].value for row in rows.records} - {""})
        return [
            Approver(
                row["approver"].value,
                row.get("approver.user_name", _EMPTY).value,
                row.get("approver.email", _EMPTY).value,
                row["state"].value,
                (*_both(row.get("group.assignment_group", _EMPTY)), *members.get(row["approver"].value, ())),
            )
            for row in rows.records
        ]

    def _members(self, users: Collection[str]) -> dict[str, list[str]]:
        """User to the groups of the policy, by name and sys_id, in which the user is a member."""
        groups = self._policy.four_eyes.groups if self._policy.four_eyes else ()
        if not groups or not users:
            return {}
        only = from_data({"or": [{"group.name": list(groups)}, {"group": list(groups)}]})
        rows = rows_of(self._client, "sys_user_grmember", "user", sorted(users), ("user", "group"), ("group",), only)
        found: dict[str, list[str]] = {}
        # Who may not read members still has the groups that were asked.
        for row in () if isinstance(rows, Unknown) else rows.records:
            found.setdefault(row["user"].value, []).extend(_both(row["group"]))
        return found

    def _matched(self, sys_id: str) -> bool | Unknown:
        query = (self._policy.match or Query()) & Query.where(Condition("sys_id", "=", sys_id))
        rows, _missing = reading.read(self._client, reading.Wanted("change_request", query, ["sys_id"], limit=2))
        found = [row.get("sys_id") for row in rows]
        if found not in ([], [sys_id]):
            return Unknown("the instance was asked for this change and returned others")
        return bool(found)


def _both(reference: Cell) -> tuple[str, ...]:
    """The sys_id and the name of a group."""
    return (reference.value, reference.display) if reference.value else ()
