#!/usr/bin/python
# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create, update or delete a task of a change request."""

from __future__ import annotations

DOCUMENTATION = r"""
module: snow_change_task
short_description: Manage a task of a ServiceNow change request
version_added: 0.1.0
author:
  - changegate.snow contributors (@changegate)
description:
  - Adds a task to a change request, updates it, closes it, or deletes it.
  - Only what is given is compared and written. An option that is left out leaves its field as it is; C(null) or
    an empty string clears it.
  - A task is identified by O(sys_id), O(number), O(correlation_id) or O(short_description), in this order. By
    the last two it is looked for among the tasks of its change, and created there if it is missing.
extends_documentation_fragment:
  - changegate.snow.instance
  - changegate.snow.writer
  - changegate.snow.attributes
  - changegate.snow.attributes.writes
options:
  change:
    description:
      - Number or sys_id of the change request.
    type: str
  change_correlation_id:
    description:
      - The correlation ID of the change request, as in M(changegate.snow.snow_change).
    type: str
  sys_id:
    description:
      - The sys_id of the task. It must exist, unless O(state=absent).
    type: str
  number:
    description:
      - The number of the task. It must exist, unless O(state=absent).
    type: str
  correlation_id:
    description:
      - Your own ID of the task. With it, the O(short_description) can be changed.
    type: str
  short_description:
    description:
      - Summary. It identifies the task if none of the others does, and is needed to create one.
    type: str
  state:
    description:
      - The state that the task should be in, by label or value, in any case. The usual ones are V(pending), V(open),
        V(in progress), V(closed) and V(canceled).
      - V(absent) deletes the task.
    type: str
  state_match:
    description:
      - V(exact) wants just O(state). V(at_least) is satisfied by a task that has passed it already. A canceled
        task has passed nothing.
    type: str
    choices: [exact, at_least]
    default: exact
  description:
    description: Detailed description.
    type: str
  change_task_type:
    description: Type of the task, for example V(planning), V(implementation), V(testing) or V(review).
    type: str
  order:
    description: Place among the tasks of the change.
    type: int
  assignment_group:
    description: Name or sys_id of the group that does the work.
    type: str
  assigned_to:
    description: Name or sys_id of the user who does the work.
    type: str
  cmdb_ci:
    description: Name or sys_id of the configuration item.
    type: str
  planned_start_date:
    description: Planned start, such as V(2026-07-15T08:00:00Z). Without an offset it is UTC.
    type: str
  planned_end_date:
    description: Planned end, in the same form.
    type: str
  close_code:
    description: How it went, for example V(successful), V(successful_issues) or V(unsuccessful).
    type: str
  close_notes:
    description: What was done.
    type: str
  work_notes:
    description: A work note to add, once. Looked up before, which costs a request.
    type: str
  comments:
    description: A comment to add, once. Looked up before, which costs a request.
    type: str
  fields:
    description:
      - Any other columns and their values, custom ones included.
    type: dict
seealso:
  - module: changegate.snow.snow_change
"""

EXAMPLES = r"""
- name: A task for each step of the deployment
  changegate.snow.snow_change_task:
    change: "{{ change.record.number }}"
    short_description: "{{ item }}"
    change_task_type: implementation
    assignment_group: Network
  loop:
    - Install the release
    - Check the health page

- name: The first one is done
  changegate.snow.snow_change_task:
    change: "{{ change.record.number }}"
    short_description: Install the release
    state: closed
    close_code: successful
    close_notes: Installed on all servers.
"""

RETURN = r"""
record:
  description: The record after the task, column to stored value. In check mode, as it would be.
  returned: when the record is there
  type: dict
  sample: {"sys_id": "12629ec4b750230096c3e4f6ee11a9d5", "number": "CTASK0010001", "state": "1"}
display:
  description: The same record, column to display value.
  returned: when the record is there
  type: dict
  sample: {"number": "CTASK0010001", "state": "Open"}
diff:
  description: The fields that were touched, before and after. Dates are in UTC.
  returned: always
  type: dict
  sample: {"before": {"state": "Open"}, "after": {"state": "Closed"}}
unapplied:
  description: Fields that were asked for and that the instance did not apply.
  returned: always
  type: list
  elements: dict
  contains:
    field:
      description: The column.
      type: str
    wanted:
      description: What was asked for.
      type: str
    actual:
      description: What the record holds; null if it does not show the column.
      type: str
  sample: []
requests:
  description: How many HTTP requests the task sent.
  returned: always
  type: int
  sample: 2
error:
  description: What went wrong, for a program to read.
  returned: failure
  type: dict
  contains:
    type:
      description: >-
        The kind of failure, for example V(authentication), V(connection), V(forbidden), V(invalid_usage),
        V(instance_unavailable), V(not_found), V(transition_refused) or V(unapplied).
      type: str
    status:
      description: The HTTP status, if there was one.
      type: int
    detail:
      description: What the instance said.
      type: str
    request:
      description: Method and path of the request.
      type: str
    transaction_id:
      description: By this ID the instance lists the request in its logs.
      type: str
"""

from ansible_collections.changegate.snow.plugins.module_utils import arguments, fields, identity, query
from ansible_collections.changegate.snow.plugins.module_utils.arguments import Spec
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity
from ansible_collections.changegate.snow.plugins.module_utils.module import run_module
from ansible_collections.changegate.snow.plugins.module_utils.task import Task

_IDENTITIES = ("sys_id", "number", "correlation_id", "short_description")
_OWN = Spec(
    {
        "change": {"type": "str"},
        "change_correlation_id": {"type": "str"},
    },
    mutually_exclusive=[("change", "change_correlation_id"), ("sys_id", "number")],
    required_one_of=[_IDENTITIES, ("sys_id", "number", "change", "change_correlation_id")],
)
_FIELDS = arguments.PROCESS.merge(arguments.of_fields(fields.CHANGE_TASK))
SPEC = arguments.WRITER.merge(arguments.identity("sys_id", "number")).merge(_FIELDS).merge(_OWN)


def parent_of(task: Task) -> Identity | None:
    """The change that the task names, if it names one."""
    if "change_correlation_id" in task.given:
        value = task.params["change_correlation_id"]
        return identity.of_column("change request", "correlation_id", value, "change_correlation_id")
    if "change" not in task.given:
        return None
    change = query.check_identifier(task.params["change"], "change")
    return identity.of_column("change request", "sys_id" if query.is_sys_id(change) else "number", change, "change")


def run(task: Task) -> None:
    from ansible_collections.changegate.snow.plugins.module_utils.change_task_store import ChangeTaskStore

    who = identity.chosen("change task", task.options(_IDENTITIES), _IDENTITIES)
    parent = parent_of(task)
    desired = {**task.desired(fields.CHANGE_TASK, more="fields"), **task.state(fields.CHANGE_TASK_STATES)}
    store = ChangeTaskStore(task.client, task.trail, parent, task.params["state_match"])
    converger = task.converger(store, fields.kinds_of_change_tasks(), required=("short_description",))
    if task.params["state"] == "absent":
        converger.absent(who)
    else:
        converger.present(who, desired)


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
