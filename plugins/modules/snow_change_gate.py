#!/usr/bin/python
# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask whether a deployment may proceed under its change request."""

from __future__ import annotations

DOCUMENTATION = r"""
module: snow_change_gate
short_description: Ask whether a deployment may proceed under its ServiceNow change request
version_added: 0.1.0
author:
  - changegate.snow contributors (@changegate)
description:
  - Reads a change request, holds it against a policy, and fails the task unless every rule of it is kept. All reasons
    are given at once, each with what was wanted and what was found.
  - It fails closed. What is unknown, unreadable, missing or ambiguous is a no.
  - Without any option but the one that names the change it wants the state Implement, the approval, no hold, and the
    present inside the planned start and end by the clock of the instance.
  - With O(timeout) it waits for the gate to open, through rate limits and an instance that does not answer, and ends at
    once when the gate can no longer open, because the change was rejected, canceled or closed, or its window is over.
  - What each rule means exactly is in the guide C(docs/gate.md) of the collection.
extends_documentation_fragment:
  - changegate.snow.instance
  - changegate.snow.attributes
attributes:
  check_mode:
    support: full
    details:
      - It asks once. Where a real run would wait, a gate that is not open is a warning, and RV(open) is false.
  diff_mode:
    support: full
    details:
      - It changes nothing, unless O(conflict_check=fresh) has a conflict check started.
  idempotent:
    support: full
options:
  sys_id:
    description: The sys_id of the change.
    type: str
  number:
    description: The number of the change.
    type: str
  correlation_id:
    description:
      - The correlation ID of the change, as in M(changegate.snow.snow_change). Of several changes with this ID the one
        that is not closed counts.
    type: str
  query:
    description:
      - Conditions that find exactly one change, as plain data or as an encoded query, see
        O(changegate.snow.snow_record_info#module:query). None, or several, fail the task.
    type: raw
  states:
    description:
      - The states in which the deployment may proceed, by value or label. V(any) alone takes every state but Closed and
        Canceled.
    type: list
    elements: str
    default: [implement]
  approval:
    description:
      - The approvals with which it may proceed. V(any) alone takes every one but C(rejected), and an empty one.
    type: list
    elements: str
    default: [approved]
  on_hold:
    description: Whether to refuse a change that is on hold.
    type: str
    choices: [refuse, allow]
    default: refuse
  window:
    description:
      - When it may proceed. Times are given in seconds, or as V(90m), V(2h) or V(1h30m).
    type: dict
    suboptions:
      required:
        description: Whether the present has to be inside the planned start and end of the change.
        type: bool
        default: true
      min_remaining:
        description: How much time has to be left until the end, O(window.grace) included.
        type: str
        default: "0"
      early:
        description: How long before the planned start it may proceed.
        type: str
        default: "0"
      grace:
        description: How long after the planned end it may proceed.
        type: str
        default: "0"
  hosts:
    description:
      - Hosts that all have to be among the affected items of the change, by name, fully qualified domain name, IP
        address or sys_id, for example C(ansible_play_hosts_all), the play's own.
    type: list
    elements: str
  cis:
    description: Configuration items that all have to be among the affected items of the change, by name or sys_id.
    type: list
    elements: str
  type:
    description: The types that the change may be of, for example V(normal), V(standard) or V(emergency).
    type: list
    elements: str
  model:
    description: The change models that the change may be of, by name or sys_id. Names need not be unique.
    type: list
    elements: str
  risk_at_most:
    description: The highest risk with which it may proceed, by value or label, for example V(moderate).
    type: str
  conflicts:
    description: Whether there must not be any scheduling conflicts.
    type: str
    choices: [any, none]
    default: any
  conflict_check:
    description:
      - What O(conflicts=none) rests on. V(last) takes the last conflict check. V(fresh) has one started and waits for
        it, if the last one is older than O(conflict_max_age), and nothing else keeps the gate closed.
      - Without O(conflicts=none) it has no effect.
    type: str
    choices: [last, fresh]
    default: last
  conflict_max_age:
    description:
      - How long ago the conflict check may have begun, in seconds, or as V(90m) or V(2h).
      - Without O(conflicts=none) it has no effect.
    type: str
    default: 1h
  tasks:
    description: Tasks of the change, by number or short description.
    type: dict
    suboptions:
      closed:
        description: Those that have to be closed. A canceled one is not.
        type: list
        elements: str
      open:
        description: Those that have to be open or in progress.
        type: list
        elements: str
  required_fields:
    description: Columns of the change that must not be empty, for example V(backout_plan).
    type: list
    elements: str
  match:
    description:
      - Any other conditions on the change, as plain data or as an encoded query, see
        O(changegate.snow.snow_record_info#module:query). The instance itself compares.
    type: raw
  no_open_incidents:
    description: Whether none of the affected items may have an active incident.
    type: bool
    default: false
  approved_by:
    description:
      - Four eyes. Who has to have approved the change; who requested or opened it does not count. Without groups and
        users it is anybody else.
    type: dict
    suboptions:
      groups:
        description: Groups whose approval was asked, or whose members approved, by name or sys_id.
        type: list
        elements: str
      users:
        description: Users who approved, by user name, e-mail or sys_id.
        type: list
        elements: str
      at_least:
        description: How many different people of these groups and users.
        type: int
        default: 1
  enforce:
    description: Whether a gate that is not open fails the task. If not, look at RV(open).
    type: bool
    default: true
  timeout:
    description:
      - How long to wait for the gate to open, in seconds, or as V(90m), V(2h) or V(1d 12h). V(0) asks once.
      - The last look is at the end of that time.
    type: str
    default: "0"
  interval:
    description:
      - Time between two looks, in the same form. It grows up to a minute (or to itself, if that is longer) while
        nothing happens, differs a little each time, and is never less than what the instance's rate limit allows.
      - Without O(timeout) it has no effect.
    type: str
    default: "10"
  heartbeat:
    description:
      - Time after which the reasons are shown again while nothing happens, in the same form. News is shown at once.
      - A task that does not run inside the controller can show nothing before its end. Without O(timeout)
        it has no effect.
    type: str
    default: "60"
seealso:
  - module: changegate.snow.snow_change
  - module: changegate.snow.snow_change_info
  - module: changegate.snow.snow_change_conflict
"""

EXAMPLES = r"""
- name: Wait until the deployment may proceed, two hours at most
  changegate.snow.snow_change_gate:
    correlation_id: shop-2026.11.1-production
    timeout: 2h
  register: gate

- name: What the log of the job says
  ansible.builtin.debug:
    msg: "{{ gate.summary }}"

- name: Only these hosts, with half an hour left, and approved by somebody of the CAB
  changegate.snow.snow_change_gate:
    number: CHG0030001
    hosts: "{{ ansible_play_hosts_all }}"
    window: {min_remaining: 30m}
    approved_by: {groups: [CAB Approval]}

- name: The one change of this release, whatever its number
  changegate.snow.snow_change_gate:
    query: {short_description: {contains: shop 2026.11.1}, active: true}

- name: A strict policy
  changegate.snow.snow_change_gate:
    number: CHG0030001
    type: [normal, standard]
    risk_at_most: moderate
    conflicts: none
    conflict_check: fresh
    tasks:
      closed: [Back up the database]
    required_fields: [backout_plan, test_plan]
    match: {production_system: true}
    no_open_incidents: true

- name: Ask, and decide in the next task
  changegate.snow.snow_change_gate:
    number: CHG0030001
    enforce: false
  register: gate

- name: Say what is missing
  ansible.builtin.debug:
    msg: "{{ gate.reasons | map(attribute='text') }}"
  when: not gate.open
"""

RETURN = r"""
open:
  description: Whether every rule is kept. False, too, where the task failed for any other reason.
  returned: always, unless Ansible itself refuses the options
  type: bool
  sample: false
final:
  description: >-
    Whether the gate can no longer open, because the change is rejected, canceled or closed, or its window is over.
  returned: always, unless Ansible itself refuses the options
  type: bool
  sample: false
summary:
  description: The verdict and its reasons in one line.
  returned: always, unless Ansible itself refuses the options
  type: str
  sample: "CHG0030001 is not open: its state is Assess (-4), not implement; its approval is requested, not approved."
reasons:
  description: The rules that are not kept.
  returned: always, unless Ansible itself refuses the options
  type: list
  elements: dict
  contains:
    rule:
      description: The option.
      type: str
    wanted:
      description: What it wants.
      type: str
    found:
      description: What was found; empty if that is nothing.
      type: str
    text:
      description: Both for a person.
      type: str
    final:
      description: Whether the gate can no longer open because of it.
      type: bool
  sample:
    - rule: approval
      wanted: approved
      found: requested
      text: its approval is requested, not approved
      final: false
passed:
  description: The rules that are kept, in the same form.
  returned: always, unless Ansible itself refuses the options
  type: list
  elements: dict
  sample:
    - rule: on_hold
      wanted: "false"
      found: "false"
      text: it is not on hold
      final: false
facts:
  description:
    - What the verdict rests on. Parts that the policy does not ask about, or that the user may not read, are null.
    - It is null where the change could not be read.
  returned: always, unless Ansible itself refuses the options
  type: dict
  contains:
    now:
      description: The time of the instance, in UTC; null if it did not tell.
      type: str
    window:
      description: The planned C(start) and C(end) in UTC, null if not planned, and whether the present is C(inside).
      type: dict
    affected_cis:
      description: The affected items, each with its C(sys_id), C(name), C(fqdn) and C(ip_address).
      type: list
      elements: dict
    tasks:
      description: The tasks, each with its C(number), C(short_description), C(state) and C(label).
      type: list
      elements: dict
    approvals:
      description: The approvals, each with C(user) (a sys_id), C(user_name), C(email), C(state) and C(groups).
      type: list
      elements: dict
    incidents:
      description: The C(total) of active incidents, and the C(numbers) of those that the user may read.
      type: dict
    conflicts:
      description: The C(state) of the last conflict check, its C(status), when it C(began), and the C(conflicts).
      type: dict
    matched:
      description: Whether the instance found the change with O(match).
      type: bool
  sample:
    now: "2026-11-24 20:30:00"
    window: {"start": "2026-11-24 20:00:00", "end": "2026-11-24 22:00:00", "inside": true}
    affected_cis: null
    tasks: null
    approvals: null
    incidents: null
    conflicts: null
    matched: null
waited:
  description: How many seconds it took to the verdict.
  returned: always, unless Ansible itself refuses the options
  type: int
  sample: 0
looks:
  description: How often the instance was asked.
  returned: always, unless Ansible itself refuses the options
  type: int
  sample: 1
record:
  description: The change, column to stored value.
  returned: if it was read
  type: dict
  sample: {"number": "CHG0030001", "state": "-4"}
display:
  description: The change, column to display value.
  returned: if it was read
  type: dict
  sample: {"number": "CHG0030001", "state": "Assess"}
diff:
  description: Empty, unless a conflict check was started.
  returned: always
  type: dict
  sample: {"before": {}, "after": {}}
unapplied:
  description: Always empty; the task writes no fields.
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
  sample: 1
error:
  description: What went wrong, for a program to read.
  returned: failure
  type: dict
  contains:
    type:
      description: >-
        The kind of failure. V(gate_closed) if the gate is not open; otherwise nobody knows, for example
        V(authentication), V(connection), V(forbidden), V(instance_unavailable), V(invalid_usage), V(multiple_results),
        V(no_results), V(rate_limited) or V(response).
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

from ansible_collections.changegate.snow.plugins.module_utils import arguments
from ansible_collections.changegate.snow.plugins.module_utils.arguments import Spec
from ansible_collections.changegate.snow.plugins.module_utils.module import run_module
from ansible_collections.changegate.snow.plugins.module_utils.task import Task

_LIST = {"type": "list", "elements": "str"}
_WHICH = ("sys_id", "number", "correlation_id", "query")
_WINDOW = {
    "required": {"type": "bool", "default": True},
    "min_remaining": {"type": "str", "default": "0"},
    "early": {"type": "str", "default": "0"},
    "grace": {"type": "str", "default": "0"},
}
_OWN = Spec(
    {
        "query": {"type": "raw"},
        "states": {**_LIST, "default": ["implement"]},
        "approval": {**_LIST, "default": ["approved"]},
        "on_hold": {"type": "str", "choices": ["refuse", "allow"], "default": "refuse"},
        "window": {"type": "dict", "options": _WINDOW},
        "hosts": _LIST,
        "cis": _LIST,
        "type": _LIST,
        "model": _LIST,
        "risk_at_most": {"type": "str"},
        "conflicts": {"type": "str", "choices": ["any", "none"], "default": "any"},
        "conflict_check": {"type": "str", "choices": ["last", "fresh"], "default": "last"},
        "conflict_max_age": {"type": "str", "default": "1h"},
        "tasks": {"type": "dict", "options": {"closed": _LIST, "open": _LIST}},
        "required_fields": _LIST,
        "match": {"type": "raw"},
        "no_open_incidents": {"type": "bool", "default": False},
        "approved_by": {
            "type": "dict",
            "options": {"groups": _LIST, "users": _LIST, "at_least": {"type": "int", "default": 1}},
        },
        "enforce": {"type": "bool", "default": True},
        "timeout": {"type": "str", "default": "0"},
        "interval": {"type": "str", "default": "10"},
        "heartbeat": {"type": "str", "default": "60"},
    },
    mutually_exclusive=[_WHICH],
    required_one_of=[_WHICH],
)
SPEC = arguments.INSTANCE.merge(arguments.identity(*_WHICH[:3])).merge(_OWN)


def run(task: Task) -> None:
    from ansible_collections.changegate.snow.plugins.module_utils.gate_asking import ask

    ask(task.client, task.trail, task.params, task.given, task.progress)


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
