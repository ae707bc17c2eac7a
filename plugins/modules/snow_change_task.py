#!/usr/bin/python
# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create, update or delete tasks of a change request."""

from __future__ import annotations

DOCUMENTATION = r"""
module: snow_change_task
short_description: Manage the tasks of a ServiceNow change request
version_added: 0.1.0
author:
  - changegate.snow contributors (@changegate)
description:
  - Adds a task to a change request, updates it, closes it, or deletes it; or does so for all tasks of a list.
  - Only what is given is compared and written. An option that is left out leaves its field as it is; C(null) or
    an empty string clears it.
  - A task is identified by O(sys_id), O(number), O(correlation_id) or O(short_description), in this order. By
    the last two it is looked for among the tasks of its change, and created there if it is missing. A number or a
    sys_id belongs to a task that exists.
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
  tasks:
    description:
      - Several tasks of the change, in their order, instead of one. It goes with O(change) or
        O(change_correlation_id), and with none of the options of a single task.
      - They are looked up with one request, and those that differ are written one after the other. One that fails
        stops no other; then the task fails, and RV(results) tells what became of each.
      - Each is known by its O(tasks[].sys_id), O(tasks[].number), O(tasks[].correlation_id) or
        O(tasks[].short_description), in this order, and may stand there once.
    type: list
    elements: dict
    suboptions:
      sys_id:
        description: The sys_id of the task. It must exist, unless O(tasks[].state=absent).
        type: str
      number:
        description: The number of the task. It must exist, unless O(tasks[].state=absent).
        type: str
      correlation_id:
        description: Your own ID of the task.
        type: str
      short_description:
        description: Summary. It is needed to create the task.
        type: str
      state:
        description: As O(state).
        type: str
      state_match:
        description: As O(state_match). Without O(tasks[].state) it has no effect.
        type: str
        choices: [exact, at_least]
        default: exact
      order:
        description:
          - Place among the tasks of the change. If this is left out it is 10 more than that of the task before it in
            the list, and 10 for the first one; null clears it.
        type: int
      description:
        description: Detailed description.
        type: str
      change_task_type:
        description: As O(change_task_type).
        type: str
      assignment_group:
        description: As O(assignment_group).
        type: str
      assigned_to:
        description: As O(assigned_to).
        type: str
      cmdb_ci:
        description: As O(cmdb_ci).
        type: str
      planned_start_date:
        description: As O(planned_start_date).
        type: str
      planned_end_date:
        description: As O(planned_end_date).
        type: str
      on_hold:
        description: As O(on_hold).
        type: bool
      on_hold_reason:
        description: As O(on_hold_reason).
        type: str
      close_code:
        description: As O(close_code).
        type: str
      close_notes:
        description: As O(close_notes).
        type: str
      work_notes:
        description: As O(work_notes).
        type: str
      comments:
        description: As O(comments).
        type: str
      fields:
        description: As O(fields).
        type: dict
  purge:
    description:
      - Whether tasks of the change that are not in O(tasks) are deleted, also those that the instance has made by
        itself. Those that are closed or canceled stay, because they tell what was done; delete such a task with
        O(tasks[].state=absent).
      - Nothing is purged where one of O(tasks) failed. An empty list, which has to be given as such (V([])), leaves no
        open task.
    type: bool
    default: false
  short_description:
    description:
      - Summary. It identifies the task if none of the others does, and is needed to create one.
      - At most 160 characters where it identifies the task.
    type: str
  state:
    description:
      - The state that the task should be in, by label or value, in any case. The usual ones are V(pending), V(open),
        V(in progress), V(closed) and V(canceled). Another one is looked up first, and refused if the instance has none
        such.
      - An instance wants O(close_code) and O(close_notes) of a task that is to be closed.
      - V(absent) deletes the task. It goes with nothing but what names the task.
    type: str
  state_match:
    description:
      - V(exact) wants just O(state). V(at_least) is satisfied by a task that has passed it already. A canceled
        task has passed nothing.
      - Without O(state), and with O(state=absent), it has no effect.
    type: str
    choices: [exact, at_least]
    default: exact
  description:
    description: Detailed description.
    type: str
  change_task_type:
    description:
      - Type of the task, for example V(planning), V(implementation), V(testing) or V(review).
      - This and every other choice is refused before anything is written if the instance does not have it, with those
        that it has. One that is not among the usual choices is looked up for that, which costs a request where it is
        about to be written.
    type: str
  order:
    description: Place among the tasks of the change.
    type: int
  assignment_group:
    description:
      - Name or sys_id of the group that does the work.
      - The instance resolves the name; of two groups with one name it takes one without a word. Give the sys_id where
        that may be.
    type: str
  assigned_to:
    description:
      - Name, user name, mail address or sys_id of the user who does the work. A user name or a mail address costs a
        request, unless it is what the instance displays.
      - A name with a blank is resolved by the instance, without a request; of two users with one name it takes one
        without a word. Give the user name where that may be.
    type: str
  cmdb_ci:
    description: Name or sys_id of the configuration item.
    type: str
  planned_start_date:
    description: Planned start, such as V(2026-07-15T08:00:00Z). Without an offset it is UTC.
    type: str
  planned_end_date:
    description: Planned end, in the same form. Refused if it is before the O(planned_start_date) of the same task.
    type: str
  on_hold:
    description: Whether the task is on hold. An instance may refuse that for a task that is pending or over.
    type: bool
  on_hold_reason:
    description: Why it is on hold.
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
  - module: changegate.snow.snow_change_info
"""

EXAMPLES = r"""
- name: A task of the change, made by the first run and found by every later one
  changegate.snow.snow_change_task:
    change: CHG0033046
    short_description: Install the release
    change_task_type: implementation
    assignment_group: Network
    assigned_to: Abel Tuter
    planned_start_date: 2026-11-24T20:00:00Z
    planned_end_date: 2026-11-24T21:00:00Z

- name: It is done
  changegate.snow.snow_change_task:
    change: CHG0033046
    short_description: Install the release
    state: closed
    close_code: successful
    close_notes: Installed on all servers.
    work_notes: No restarts were needed.

- name: All steps of the deployment, in this order, and no other open task
  changegate.snow.snow_change_task:
    change: CHG0030020
    purge: true
    tasks:
      - short_description: Drain the load balancer
        assignment_group: Network
      - short_description: Install the release
        change_task_type: implementation
        assigned_to: Abel Tuter
      - correlation_id: shop-smoke-test
        short_description: Look at the health page
        change_task_type: testing
  register: steps

- name: What became of each
  ansible.builtin.debug:
    msg: "{{ steps.results | items2dict(key_name='task', value_name='changed') }}"

- name: One of them is not needed after all
  changegate.snow.snow_change_task:
    change: CHG0030020
    correlation_id: shop-smoke-test
    state: absent
"""

RETURN = r"""
record:
  description: >-
    The record after the task, column to stored value. In check mode, as it would be. Of a task that was deleted, as it
    was.
  returned: when the record is there, and O(tasks) is not set
  type: dict
  sample: {"sys_id": "12629ec4b750230096c3e4f6ee11a9d5", "number": "CTASK0010001", "state": "1"}
display:
  description: The same record, column to display value.
  returned: when the record is there, and O(tasks) is not set
  type: dict
  sample: {"number": "CTASK0010001", "state": "Open"}
results:
  description: What became of each of O(tasks), in their order, and then of each task that was purged.
  returned: when O(tasks) is set, and could be used
  type: list
  elements: dict
  contains:
    index:
      description: The place of the task in O(tasks), from 0. Null if it was purged.
      type: int
    task:
      description: What the task is known by (of a purged one, its number).
      type: str
    changed:
      description: Whether the instance's record has changed. One that failed may have, in part.
      type: bool
    action:
      description: >-
        What was done, V(created), V(updated), V(deleted) or V(unchanged); or V(failed), if it is not as it was asked
        for.
      type: str
    purged:
      description: Whether it was not listed, and was deleted for that reason.
      type: bool
    record:
      description: As RV(record), of this task. Null if there is none.
      type: dict
    display:
      description: As RV(display), of this task. Null if there is none.
      type: dict
    diff:
      description: The fields that were touched, before and after.
      type: dict
    unapplied:
      description: As RV(unapplied), of this task.
      type: list
      elements: dict
    error:
      description: >-
        As RV(error), of this task, with its message in C(msg); null if it did not fail. Where the instance cannot be
        reached, the same for all tasks that were not tried.
      type: dict
  sample:
    - action: updated
      changed: true
      diff: {"before": {"order": ""}, "after": {"order": "10"}}
      display: {"number": "CTASK0010001", "order": "10", "state": "Open"}
      error: null
      index: 0
      purged: false
      record: {"number": "CTASK0010001", "order": "10", "state": "1"}
      task: Install the release
      unapplied: []
diff:
  description: >-
    The fields that were touched, before and after. Dates are in UTC. With O(tasks), those of each task that was
    touched, by what it is known by; a task that is to be created has no before, and one that is to be deleted no after.
  returned: always
  type: dict
  sample: {"before": {"state": "Open"}, "after": {"state": "Closed"}}
unapplied:
  description: Fields that were asked for and that the instance did not apply; with O(tasks), those of all tasks.
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
from ansible_collections.changegate.snow.plugins.module_utils.change_task_wishes import IDENTITIES, wish_of, wishes_of
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity
from ansible_collections.changegate.snow.plugins.module_utils.module import run_module
from ansible_collections.changegate.snow.plugins.module_utils.task import Task

#: The options of one task, alone or in the list.
_ONE = arguments.identity(*IDENTITIES).merge(arguments.PROCESS).merge(arguments.of_fields(fields.CHANGE_TASK))
_PARENT = ("change", "change_correlation_id")
_OWN = Spec(
    {
        "change": {"type": "str"},
        "change_correlation_id": {"type": "str"},
        "tasks": {
            "type": "list",
            "elements": "dict",
            "options": _ONE.argument_spec(),
            "mutually_exclusive": [["sys_id", "number"]],
        },
        "purge": {"type": "bool", "default": False},
    },
    mutually_exclusive=[_PARENT, ("sys_id", "number"), *(("tasks", name) for name in _ONE.options)],
    required_one_of=[(*IDENTITIES, "tasks"), ("sys_id", "number", *_PARENT)],
    required_if=[("purge", True, ("tasks",))],
)
SPEC = arguments.WRITER.merge(_ONE).merge(_OWN)


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
    from ansible_collections.changegate.snow.plugins.module_utils.change_task_checks import checks_of
    from ansible_collections.changegate.snow.plugins.module_utils.change_task_list import TaskList, policy_of
    from ansible_collections.changegate.snow.plugins.module_utils.change_task_store import ChangeTaskStore

    parent = parent_of(task)
    if "tasks" in task.given and parent is not None:
        if task.params["tasks"] is None:
            raise InvalidUsage("tasks is null, a variable that was never set; give a list, [] for none.")
        wishes = wishes_of(task.entries("tasks"))
        store = ChangeTaskStore(task.client, task.trail, parent)
        policy = policy_of(task.params["unapplied"])
        TaskList(task.client, store, task.trail, parent, policy).bring(wishes, task.params["purge"])
        return
    wish = wish_of(task)
    store = ChangeTaskStore(task.client, task.trail, parent, wish.state_match)
    converger = task.converger(store, fields.kinds_of_change_tasks(), required=("short_description",))
    if wish.absent:
        converger.absent(wish.identity)
    else:
        converger.present(wish.identity, wish.desired, before_write=checks_of(task.client, wish.desired))


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
