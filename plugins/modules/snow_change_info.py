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
  - Returns one change request by its identity, or all that conditions find, with the parts that are asked for.
  - Where nothing is found the list is empty, and the task does not fail; so it can be repeated with C(until). With
    O(exactly_one) it fails.
extends_documentation_fragment:
  - changegate.snow.instance
  - changegate.snow.listed
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
  type:
    description:
      - Only changes of this type. It may stand beside an identity, too; a change of another type is not found then.
    type: str
    choices: [normal, standard, emergency]
  model:
    description: Only changes of this change model, by its name or sys_id.
    type: str
  filters:
    description:
      - Columns and the one value that each has, instead of O(query). Choices and references may be given by what they
        display, such as V(Scheduled) or V(Network), which the instance itself resolves. It then sorts by one column
        only, and not descending. A column that the changes do not show is refused.
    type: dict
  fields:
    description:
      - The columns to return of each change; all of them, if this is not set. The Change Management API always sends
        all of them, so this makes results shorter, not the task faster.
    type: list
    elements: str
  include:
    description:
      - What to read besides the fields of the changes. Nothing is read that does not stand here.
      - V(tasks), V(affected_cis), V(impacted_services), V(service_offerings), V(approvals), V(attachments) and
        V(journal) cost one request each for all changes together, up to 40 of them. The comments of approvals cost one
        more, if anybody has decided.
      - Items, services and offerings are sorted by name. Where several changes are found, and the user may not read the
        whole table of their associations, they cost one request for each change.
      - V(conflicts) and V(next_states) cost one request for each change, because nothing but the Change Management API
        tells how a check went and which ways are open.
      - V(window) costs none.
    type: list
    elements: str
    choices:
      - tasks
      - affected_cis
      - impacted_services
      - service_offerings
      - conflicts
      - approvals
      - next_states
      - attachments
      - journal
      - window
    default: []
  count_only:
    description:
      - Whether to return nothing but how many changes there are, whatever the O(limit), with one request. An instance
        may count changes that the user cannot read.
      - It goes with O(query), O(type), O(model) and O(text_search).
    type: bool
    default: false
  exactly_one:
    description: Whether it is a failure if there is no change, or more than one.
    type: bool
    default: false
seealso:
  - module: changegate.snow.snow_change
  - module: changegate.snow.snow_change_model_info
  - module: changegate.snow.snow_change_template_info
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
    query:
      state: [scheduled, implement]
      assignment_group.name: Network
      start_date: {empty: false}
    order_by: [start_date, -priority]
    fields: [number, short_description, state, start_date]
    include: [tasks, approvals]
  register: changes

- name: Their numbers
  ansible.builtin.debug:
    msg: "{{ changes.changes | map(attribute='record.number') }}"

- name: The same with an encoded query
  changegate.snow.snow_change_info:
    query: active=true^assignment_group.name=Network^ORDERBYstart_date

- name: Emergency changes of the group, by what is displayed
  changegate.snow.snow_change_info:
    type: emergency
    filters:
      assignment_group: Network
      active: true

- name: Everything that there is to know about one change
  changegate.snow.snow_change_info:
    number: CHG0000024
    exactly_one: true
    include:
      - tasks
      - affected_cis
      - impacted_services
      - service_offerings
      - conflicts
      - approvals
      - next_states
      - attachments
      - journal
      - window
  register: change

- name: Whether it is time
  ansible.builtin.debug:
    msg: "{{ change.changes[0].window.inside }}, {{ change.changes[0].window.seconds_left }} seconds left"

- name: How many changes speak of the router
  changegate.snow.snow_change_info:
    text_search: router
    model: Normal
    count_only: true
"""

RETURN = r"""
changes:
  description: The changes that were found; empty with O(count_only).
  returned: success
  type: list
  elements: dict
  contains:
    record:
      description: Column to stored value.
      type: dict
      sample: {"number": "CHG0000024", "state": "3"}
    display:
      description: Column to display value.
      type: dict
      sample: {"number": "CHG0000024", "state": "Closed"}
    tasks:
      description: The tasks by their C(order), each with its C(record) and C(display).
      returned: if included
      type: list
      elements: dict
      sample:
        - record: {"number": "CTASK0010001", "short_description": "Retire node", "state": "-5"}
          display: {"number": "CTASK0010001", "short_description": "Retire node", "state": "Pending"}
    affected_cis:
      description: The affected configuration items.
      returned: if included
      type: list
      elements: dict
      contains:
        name:
          description: Its name.
          type: str
        sys_id:
          description: Its sys_id.
          type: str
      sample: [{"name": "PS Apache01", "sys_id": "3a27d4370a0a0bb4006316812bf45439"}]
    impacted_services:
      description: The impacted services.
      returned: if included
      type: list
      elements: dict
      contains:
        name:
          description: Its name.
          type: str
        sys_id:
          description: Its sys_id.
          type: str
      sample: [{"name": "Email", "sys_id": "27d32778c0a8000b00db970eeaa60f16"}]
    service_offerings:
      description: The service offerings.
      returned: if included
      type: list
      elements: dict
      contains:
        name:
          description: Its name.
          type: str
        sys_id:
          description: Its sys_id.
          type: str
      sample: []
    conflicts:
      description: What the last conflict check found.
      returned: if included
      type: list
      elements: dict
      contains:
        type:
          description: The kind of conflict.
          type: str
        label:
          description: The same as it is displayed.
          type: str
        record:
          description: The conflict, column to stored value.
          type: dict
        display:
          description: The conflict, column to display value.
          type: dict
      sample:
        - type: blackout
          label: Blackout
          record: {"type": "blackout", "change": "1766f1de47410200e90d87e8dee490f6"}
          display: {"type": "Blackout", "change": "CHG0000024"}
    conflict_check:
      description: How the last conflict check went.
      returned: if V(conflicts) is included
      type: dict
      contains:
        status:
          description: What the instance says of its outcome, such as V(Not Run), V(Conflict) or V(No Conflict).
          type: str
        running:
          description: Whether one is running now.
          type: bool
        checked:
          description: How many records were checked.
          type: int
        last_run:
          description: When it began, in UTC, or null.
          type: str
      sample: {"status": "Not Run", "running": false, "checked": 0, "last_run": null}
    approvals:
      description: Who was asked to approve and what they said, in the order in which they were asked.
      returned: if included
      type: list
      elements: dict
      contains:
        name:
          description: Name of the approver.
          type: str
        user_name:
          description: User name of the approver.
          type: str
        email:
          description: Mail address of the approver.
          type: str
        state:
          description: >-
            V(requested), V(approved), V(rejected), V(not requested), V(not_required), V(cancelled) or the like.
          type: str
        comments:
          description: What the approver wrote; empty if there is nothing, or the user may not read journals.
          type: str
        group:
          description: Name of the group for which the approver was asked, if any.
          type: str
        record:
          description: The approval, column to stored value.
          type: dict
        display:
          description: The approval, column to display value.
          type: dict
      sample:
        - name: Abel Tuter
          user_name: abel.tuter
          email: abel.tuter@example.com
          state: rejected
          comments: Not this week.
          group: Network
          record: {"state": "rejected", "approver": "62826bf03710200044e0bfc8bcbe5df1"}
          display: {"state": "Rejected", "approver": "Abel Tuter"}
    next_states:
      description: The ways to other states, the open ones first.
      returned: if included
      type: list
      elements: dict
      contains:
        name:
          description: What the instance calls this way.
          type: str
        state:
          description: The value of the state that it leads to.
          type: str
        label:
          description: Its label.
          type: str
        available:
          description: Whether it can be taken now.
          type: bool
        automatic:
          description: Whether the instance takes it by itself as soon as it is available.
          type: bool
        unmet:
          description: The conditions that are not met.
          type: list
          elements: str
        met:
          description: The conditions that are met.
          type: list
          elements: str
      sample:
        - name: Assess to Authorize
          state: "-3"
          label: Authorize
          available: false
          automatic: true
          unmet: [Change is approved]
          met: []
    attachments:
      description: The attachments by name, as the instance describes them; the C(hash) is the SHA-256 of the content.
      returned: if included
      type: list
      elements: dict
      sample: [{"file_name": "plan.txt", "size_bytes": "10", "content_type": "text/plain"}]
    journal:
      description: Work notes and comments, the oldest first.
      returned: if included
      type: list
      elements: dict
      contains:
        type:
          description: V(work_notes) or V(comments).
          type: str
        text:
          description: What was written.
          type: str
        author:
          description: User name of the author.
          type: str
        at:
          description: When, in UTC.
          type: str
        sys_id:
          description: The sys_id of the entry.
          type: str
      sample:
        - type: work_notes
          text: Begun.
          author: abel.tuter
          at: "2026-11-24 20:00:05"
          sys_id: 6ecfb4bbb75023006ec1e4f6ee11a95a
    window:
      description: The planned time, and the present by the clock of the instance. All times are in UTC.
      returned: if included
      type: dict
      contains:
        start:
          description: The planned start, or null.
          type: str
        end:
          description: The planned end, or null.
          type: str
        now:
          description: The time of the instance.
          type: str
        inside:
          description: >-
            Whether it has begun and not ended; no time is inside a window without a start or an end. Null if the
            instance does not tell its time.
          type: bool
        seconds_until_start:
          description: Seconds until the start; 0 after it, null without one.
          type: int
        seconds_left:
          description: Seconds until the end; 0 after it, null without one.
          type: int
      sample:
        start: "2026-11-24 20:00:00"
        end: "2026-11-24 22:00:00"
        now: "2026-11-24 20:30:00"
        inside: true
        seconds_until_start: 0
        seconds_left: 5400
count:
  description: How many changes were returned; with O(count_only), how many there are.
  returned: success
  type: int
  sample: 2
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

from ansible_collections.changegate.snow.plugins.module_utils import arguments
from ansible_collections.changegate.snow.plugins.module_utils.arguments import Spec
from ansible_collections.changegate.snow.plugins.module_utils.module import run_module
from ansible_collections.changegate.snow.plugins.module_utils.task import Task

_IDENTITIES = ("sys_id", "number", "correlation_id")
_CONDITIONS = ("query", "filters", "text_search", "type", "model")
_INCLUDES = [
    "tasks",
    "affected_cis",
    "impacted_services",
    "service_offerings",
    "conflicts",
    "approvals",
    "next_states",
    "attachments",
    "journal",
    "window",
]
_OWN = Spec(
    {
        "type": {"type": "str", "choices": ["normal", "standard", "emergency"]},
        "model": {"type": "str"},
        "filters": {"type": "dict"},
        "fields": {"type": "list", "elements": "str"},
        "include": {"type": "list", "elements": "str", "choices": _INCLUDES, "default": []},
        "count_only": {"type": "bool", "default": False},
        "exactly_one": {"type": "bool", "default": False},
    },
    mutually_exclusive=[
        (*_IDENTITIES, "query", "filters"),
        *((name, other) for name in _IDENTITIES for other in ("text_search", "model", "order_by", "limit", "offset")),
    ],
    required_one_of=[(*_IDENTITIES, *_CONDITIONS)],
)
SPEC = arguments.INSTANCE.merge(arguments.LISTED).merge(arguments.identity(*_IDENTITIES)).merge(_OWN)


def run(task: Task) -> None:
    from ansible_collections.changegate.snow.plugins.module_utils.change_reading import ask, read

    read(task.client, task.trail, ask(task.params, task.given))


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
