# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks of a change as records that converge can write.

A look-up by short description or correlation ID reads all tasks of the change at once, the change being named by
dot-walking: the same answer says which task is meant and which change is its parent.

Source: ServiceNow documentation, "Table API" (dot-walking in queries and fields), table Change Task.
"""

from __future__ import annotations

from ansible_collections.changegate.snow.plugins.module_utils.cells import Record
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    NoResults,
    Unapplied,
    UnexpectedResponseFormat,
)
from ansible_collections.changegate.snow.plugins.module_utils.fields import CHANGE_TASK_STATES
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity
from ansible_collections.changegate.snow.plugins.module_utils.plan import Desired, Difference
from ansible_collections.changegate.snow.plugins.module_utils.query import equals
from ansible_collections.changegate.snow.plugins.module_utils.stores import Differences, TableStore
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail
from ansible_collections.changegate.snow.plugins.module_utils.values import form_of, same

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

    def find(self, identity: Identity) -> Record | None:
        if self._parent is None:
            return super().find(identity)
        tasks = self.search(_tasks_of(self._parent), limit=None)
        for task in tasks:
            self._check_parent(task, self._parent)
        if not tasks:
            self._require_parent(self._parent)
        return identity.only([task for task in tasks if identity.fits(task)], self.request)

    def create(self, differences: Differences) -> Record:
        """Create a task of the parent, which is named as the other columns are, so that one request carries all."""
        names = any(form_of(item.kind, item.wanted, item.before) == "display" for item in differences)
        parent = self._parent_number if names else self._parent_sys_id
        columns = (Difference(column, "reference", None, parent) for column in (_PARENT, "parent"))
        record = super().create((*differences, *columns))
        if _PARENT not in record or record[_PARENT].value != self._parent_sys_id:
            raise Unapplied(
                f"{record['number'].value} was created, but the instance did not make it a task of the {self._parent}; "
                "check that the user may write change_request on change tasks."
            )
        return record

    def pending(self, record: Record, desired: Desired) -> Desired:
        wanted, state = desired.get("state"), record.get("state")
        if self._state_match != "at_least" or wanted is None or state is None:
            return desired
        if not CHANGE_TASK_STATES.is_past(state.value, wanted):
            return desired
        return {column: value for column, value in desired.items() if column != "state"}

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

    def _require_parent(self, parent: Identity) -> None:
        """A change without tasks tells nothing about itself; a task must never be made without its parent."""
        changes = TableStore(self._client, _PARENT, self._trail)
        columns = ["sys_id", "number", *parent.conditions]
        change = parent.only(changes.search(parent.query, fields=columns), changes.request)
        if change is not None:
            self._parent_sys_id, self._parent_number = change["sys_id"].value, change["number"].value
        elif self._trail.check_mode and parent.creates:
            self._trail.warnings.append(
                f"There is no {parent} yet; check mode assumes that an earlier task would make it."
            )
        else:
            raise NoResults(f"There is no {parent}, or the user may not read it; check the identifier.")


def _tasks_of(parent: Identity) -> str:
    if parent.sys_id:
        return equals(_PARENT, parent.sys_id)
    return "^".join(equals(f"{_PARENT}.{column}", value) for column, value in parent.conditions.items())
