#!/usr/bin/python
# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read change requests and what belongs to them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: snow_change_info
short_description: Read ServiceNow change requests
version_added: 0.1.0
author:
  - changegate.snow contributors (@changegate)
description:
  - Returns one change request by its identity, or all that a query finds, with the parts that are asked for.
  - Where nothing is found the list is empty, and the task does not fail; so it can be repeated with C(until).
extends_documentation_fragment:
  - changegate.snow.instance
  - changegate.snow.attributes
  - changegate.snow.attributes.reads
options:
  sys_id:
    description: The sys_id of the change.
    type: str
  number:
    description: The number of the change.
    type: str
  correlation_id:
    description: The correlation ID of the change, as in M(changegate.snow.snow_change).
    type: str
  query:
    description:
      - An encoded query, for example V(active=true^assignment_group.name=Network). It goes to the instance as it
        stands. An empty one, which would find every change, is refused.
    type: str
  limit:
    description: The most changes that are returned.
    type: int
    default: 100
  include:
    description:
      - What to read besides the fields of the changes. V(tasks), V(approvals) and V(attachments) cost one
        request each for all changes together, V(affected_cis) and V(next_states) one for each change.
    type: list
    elements: str
    choices: [tasks, approvals, attachments, affected_cis, next_states]
    default: []
seealso:
  - module: changegate.snow.snow_change
"""

EXAMPLES = r"""
- name: Wait until the change is approved
  changegate.snow.snow_change_info:
    number: CHG0000024
  register: change
  until: change.record.approval | default('') == 'approved'
  retries: 60
  delay: 30

- name: What the group has to do
  changegate.snow.snow_change_info:
    query: active=true^assignment_group.name=Network^ORDERBYstart_date
    include: [tasks, approvals]
  register: changes

- name: Their numbers
  ansible.builtin.debug:
    msg: "{{ changes.changes | map(attribute='record.number') }}"
"""

RETURN = r"""
changes:
  description: The changes that were found.
  returned: success
  type: list
  elements: dict
  contains:
    record:
      description: Column to stored value.
      type: dict
    display:
      description: Column to display value.
      type: dict
    tasks:
      description: The tasks, each with its RV(record) and RV(display).
      returned: if included
      type: list
      elements: dict
    approvals:
      description: Who was asked to approve and what they said, each with its RV(record) and RV(display).
      returned: if included
      type: list
      elements: dict
    attachments:
      description: The attachments, as the instance describes them.
      returned: if included
      type: list
      elements: dict
    affected_cis:
      description: The affected configuration items, each with C(name) and C(sys_id).
      returned: if included
      type: list
      elements: dict
    next_states:
      description: >-
        The ways to other states, each with C(state), C(label), whether it is C(available) and C(automatic), and the
        conditions that are C(unmet).
      returned: if included
      type: list
      elements: dict
record:
  description: The change, column to stored value, if exactly one was found.
  returned: when exactly one change was found
  type: dict
  sample: {"number": "CHG0000024", "state": "3"}
display:
  description: The change, column to display value, if exactly one was found.
  returned: when exactly one change was found
  type: dict
  sample: {"number": "CHG0000024", "state": "Closed"}
diff:
  description: Always empty; this module changes nothing.
  returned: always
  type: dict
  sample: {"before": {}, "after": {}}
unapplied:
  description: Always empty; this module changes nothing.
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

from ansible_collections.changegate.snow.plugins.module_utils import arguments, identity
from ansible_collections.changegate.snow.plugins.module_utils.arguments import Spec
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.module import run_module
from ansible_collections.changegate.snow.plugins.module_utils.task import Task

_IDENTITIES = ("sys_id", "number", "correlation_id")
_INCLUDES = ["tasks", "approvals", "attachments", "affected_cis", "next_states"]
_OWN = Spec(
    {
        "query": {"type": "str"},
        "limit": {"type": "int", "default": 100},
        "include": {"type": "list", "elements": "str", "choices": _INCLUDES, "default": []},
    },
    mutually_exclusive=[(*_IDENTITIES, "query")],
    required_one_of=[(*_IDENTITIES, "query")],
)
SPEC = arguments.INSTANCE.merge(arguments.identity(*_IDENTITIES)).merge(_OWN)


def run(task: Task) -> None:
    from ansible_collections.changegate.snow.plugins.module_utils.parts import find_changes, with_parts

    wanted = task.params["query"]
    if wanted is not None and not wanted.strip():
        raise InvalidUsage("query is empty and would find every change; give an encoded query such as active=true.")
    if wanted is None:
        wanted = identity.chosen("change request", task.options(_IDENTITIES), _IDENTITIES)
    if task.params["limit"] < 1:
        raise InvalidUsage(f"limit is {task.params['limit']}; give at least 1.")
    found = find_changes(task.client, wanted, task.params["limit"])
    if len(found) == 1:
        task.trail.record = found[0]
    task.trail.extra["changes"] = with_parts(task.client, found, task.params["include"])


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
