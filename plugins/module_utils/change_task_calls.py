# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations on the tasks of a change request. Source: ServiceNow documentation, "Change Management API"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, Record
from ansible_collections.changegate.snow.plugins.module_utils.change_calls import ChangeCalls
from ansible_collections.changegate.snow.plugins.module_utils.errors import Unapplied
from ansible_collections.changegate.snow.plugins.module_utils.fields import kinds_of_change_tasks
from ansible_collections.changegate.snow.plugins.module_utils.query import check_sys_id

if TYPE_CHECKING:
    from typing import Unpack

    from ansible_collections.changegate.snow.plugins.module_utils.change_lists import ListOptions
    from ansible_collections.changegate.snow.plugins.module_utils.change_writes import Columns, Written
    from ansible_collections.changegate.snow.plugins.module_utils.params import Query


class ChangeTasks(ChangeCalls):
    """Tasks of a change; each is named along with its change, and the instance verifies that it is one of it."""

    def tasks(self, change: str, query: Query | None = None, **options: Unpack[ListOptions]) -> Iterator[Record]:
        """GET /sn_chg_rest/change/{change_sys_id}/task: the tasks of a change; see :class:`ListOptions`."""
        return self._list(f"/{check_sys_id(change, 'change')}/task", query, **options)

    def create_task(self, change: str, columns: Columns, *, strict: bool = True) -> Written:
        """POST /sn_chg_rest/change/{change_sys_id}/task: a new task of a change.

        :raises Unapplied: a column was not applied, or the task became one of another change.
        """
        change = check_sys_id(change, "change")
        path = f"/{change}/task"
        made = self._write("POST", path, columns, kinds_of_change_tasks(), strict)
        parent = made.get("parent", made.get("change_request", Cell("", "")))
        if parent.value.strip() not in ("", change):
            error = Unapplied(f"The new task {made['sys_id'].value} is none of the change {change}; delete it.")
            error.record = made
            raise error
        return made

    def update_task(self, change: str, task: str, columns: Columns, *, strict: bool = True) -> Written:
        """PATCH /sn_chg_rest/change/{change_sys_id}/task/{task_sys_id}: change columns of a task."""
        task = check_sys_id(task, "task")
        path = f"/{check_sys_id(change, 'change')}/task/{task}"
        return self._write("PATCH", path, columns, kinds_of_change_tasks(), strict, sys_id=task)

    def delete_task(self, change: str, task: str) -> Record:
        """DELETE /sn_chg_rest/change/{change_sys_id}/task/{task_sys_id}: delete a task; returns it as it was."""
        task = check_sys_id(task, "task")
        return self._delete(f"/{check_sys_id(change, 'change')}/task/{task}", task)
