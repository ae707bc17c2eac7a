# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks of a change as records that converge can write.

A look-up reads all tasks of the change at once, the change being named by dot-walking: the same answer says which task
is meant and which change is its parent. Writes go to the Change Management API, which verifies that the task is one of
the change; names and labels, which it does not take for tasks, go to the Table API.

Source: ServiceNow documentation, "Change Management API", the operations on tasks; "Table API" (dot-walking in queries
and fields, ``sysparm_input_display_value``).
"""

from __future__ import annotations

import copy
from collections.abc import Collection

from ansible_collections.changegate.snow.plugins.module_utils.cells import Record, record_of
from ansible_collections.changegate.snow.plugins.module_utils.change_rules import SHOWS_CLOSED, current, is_closed
from ansible_collections.changegate.snow.plugins.module_utils.change_task_calls import ChangeTasks
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    NoResults,
    Unapplied,
    UnexpectedResponseFormat,
)
from ansible_collections.changegate.snow.plugins.module_utils.fields import CHANGE_TASK_STATES
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity
from ansible_collections.changegate.snow.plugins.module_utils.plan import Desired, Payload, payloads_of
from ansible_collections.changegate.snow.plugins.module_utils.query import equals, is_sys_id
from ansible_collections.changegate.snow.plugins.module_utils.stores import Differences, TableStore
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail
from ansible_collections.changegate.snow.plugins.module_utils.values import same

_PARENT = "change_request"


class ChangeTaskStore(TableStore):
    """Tasks of one change.

    :param parent: the change; None where the task is identified by its own number or sys_id alone.
    """

    def __init__(
        self,
        client: Client,
        trail: Trail,
        parent: Identity | None,
        state_match: str = "exact",
    ) -> None:
        super().__init__(client, "change_task", trail)
        self._parent = parent
        self._state_match = state_match
        self._parent_sys_id: str | None = parent.sys_id if parent else None
        self._parent_number: str | None = None
        self._seen: list[Record] | None = None
        self._api = ChangeTasks(client.transport)

    def find(self, identity: Identity) -> Record | None:
        if self._parent is None:
            return super().find(identity)
        return identity.only([task for task in self.tasks() if identity.fits(task)], self.request)

    def tasks(self) -> list[Record]:
        """All tasks of the change; raises :class:`NoResults` if there is no such change."""
        if self._seen is not None:
            seen, self._seen = self._seen, None
            return seen
        if self._parent is None:
            return []
        tasks = self.search(_tasks_of(self._parent), limit=None)
        for task in tasks:
            self._check_parent(task, self._parent)
        return tasks or self._tasks_of_found(self._parent)

    def _tasks_of_found(self, parent: Identity) -> list[Record]:
        """Where no task tells of its change: those of the change that is looked up."""
        change = self._require_parent(parent)
        # Of an open one they were asked for already.
        if change is None or not (_follows(parent) and is_closed(change)):
            return []
        tasks = self.search(equals(_PARENT, change["sys_id"].value), limit=None)
        for task in tasks:
            self._check_parent(task, parent)
        return tasks

    def after(self, seen: list[Record], trail: Trail, state_match: str = "exact") -> ChangeTaskStore:
        """A store for one more task of the same change, whose first look-up is in what was *seen* already."""
        other = copy.copy(self)
        other._seen, other._trail, other._state_match = seen, trail, state_match
        return other

    def create(self, differences: Differences) -> Record:
        first, *rest = payloads_of(differences)
        record = self._made(first)
        self._trail.wrote(record)
        parent = record.get(_PARENT) or record.get("parent")
        if parent is None or parent.value.strip() != self._parent_sys_id:
            name = record["number"].value if "number" in record else record["sys_id"].value
            raise Unapplied(
                f"{name} was created, but the instance did not make it a task of the {self._parent}; check that the "
                "user may write change_request on change tasks."
            )
        return self._send(record, rest)

    def delete(self, record: Record) -> None:
        change = _change_of(record)
        if change is None:
            super().delete(record)
            return
        self._api.delete_task(change, record["sys_id"].value)
        self._trail.wrote()

    def pending(self, record: Record, desired: Desired) -> Desired:
        wanted, state = desired.get("state"), record.get("state")
        if self._state_match != "at_least" or wanted is None or state is None:
            return desired
        if not CHANGE_TASK_STATES.is_past(state.value, wanted):
            return desired
        return {column: value for column, value in desired.items() if column != "state"}

    def _made(self, payload: Payload) -> Record:
        """A new task of the parent, which the Table API is told as the other columns are."""
        if not payload.display:
            try:
                return self._whole(self._api.create_task(str(self._parent_sys_id), payload, strict=False))
            except Unapplied as error:
                self._trail.wrote(error.record)
                raise
        parent = {_PARENT: str(self._parent_number), "parent": str(self._parent_number)}
        return record_of(self._resource(payload).create({**payload.texts, **parent}, once=False))

    def _send(self, record: Record, payloads: Collection[Payload]) -> Record:
        for payload in payloads:
            change = _change_of(record)
            if payload.display or change is None:
                record = super()._send(record, [payload])
            else:
                after = self._whole(self._api.update_task(change, record["sys_id"].value, payload, strict=False))
                self._trail.updated(record, after, journal=not payload.repeatable)
                record = after
        return record

    def _whole(self, answer: Record) -> Record:
        """The task that a write returned; read again where the answer holds only part of it."""
        return answer if "state" in answer else self.reread(answer)

    def _check_parent(self, task: Record, parent: Identity) -> None:
        """A server that drops the condition on the parent would give us the tasks of other changes."""
        cell = task.get(_PARENT)
        known = self._parent_sys_id or (cell.value if cell else None)
        by_number = parent.conditions.get("number")
        if cell is None or cell.value != known or (by_number and not same("reference", by_number, cell)):
            raise UnexpectedResponseFormat(
                f"The instance was asked for the tasks of the {parent} and returned one of another change; "
                "check that the user may read change tasks. Nothing was written.",
                request=self.request,
            )
        self._parent_sys_id, self._parent_number = known, cell.display

    def _require_parent(self, parent: Identity) -> Record | None:
        """A change without tasks tells nothing about itself; a task must never be made without its parent.

        None where check mode stands before its creation.
        """
        changes = TableStore(self._client, _PARENT, self._trail)
        columns = ["sys_id", "number", *parent.conditions, *(SHOWS_CLOSED if _follows(parent) else ())]
        change = parent.only(current(changes.search(parent.query, fields=columns)), changes.request)
        if change is not None:
            self._parent_sys_id, self._parent_number = change["sys_id"].value, change["number"].value
        elif self._trail.check_mode and parent.creates:
            self._trail.warnings.append(
                f"There is no {parent} yet; check mode assumes that an earlier task would make it."
            )
        else:
            raise NoResults(f"There is no {parent}, or the user may not read it; check the identifier.")
        return change


def _tasks_of(parent: Identity) -> str:
    if parent.sys_id:
        return equals(_PARENT, parent.sys_id)
    found = "^".join(equals(f"{_PARENT}.{column}", value) for column, value in parent.conditions.items())
    return f"{found}^{_PARENT}.active=true" if _follows(parent) else found


def _follows(parent: Identity) -> bool:
    """Whether the change can have followed closed ones of the same identity: then the open one is meant."""
    return parent.creates


def _change_of(task: Record) -> str | None:
    """The sys_id of the change that a task belongs to, as far as it shows."""
    cell = task.get(_PARENT)
    return cell.value if cell is not None and is_sys_id(cell.value) else None
