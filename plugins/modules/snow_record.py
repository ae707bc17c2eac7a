#!/usr/bin/python
# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create, update or delete a record of any table."""

from __future__ import annotations

DOCUMENTATION = r"""
module: snow_record
short_description: Manage a record of any ServiceNow table
version_added: 0.1.0
author:
  - changegate.snow contributors (@changegate)
description:
  - Brings one record to the values that are given, or deletes it.
  - Only what is given is compared and written. A field that is left out stays as it is; C(null) or an empty string
    clears it.
  - A value is unchanged if it equals the stored value or the display value, so that references and choices can
    be given by name. Names are resolved by the instance.
  - What the instance did not apply is returned in RV(unapplied) and fails the task.
extends_documentation_fragment:
  - changegate.snow.instance
  - changegate.snow.writer
  - changegate.snow.attributes
  - changegate.snow.attributes.writes
options:
  table:
    description:
      - Name of the table, for example V(incident).
    type: str
    required: true
  state:
    description:
      - Whether the record is there.
      - This is not the column C(state) of the record, which goes into O(data).
    type: str
    choices: [present, absent]
    default: present
  sys_id:
    description:
      - The sys_id of the record. It must exist, unless O(state=absent).
    type: str
  number:
    description:
      - The number of the record. It must exist, unless O(state=absent).
    type: str
  match_on:
    description:
      - Columns of O(data) that identify the record, by their stored values. If no record has them, one is created.
      - Give columns that never change, for example V(correlation_id).
    type: list
    elements: str
  data:
    description:
      - Column to value.
      - A full ISO 8601 date and time with its offset, such as V(2026-07-15T10:00:00+02:00), is written in UTC. Dates
        without an offset are UTC.
      - The journals C(work_notes) and C(comments) get the text as a new entry, once.
      - Names of references and labels of choices beside dates or sys_ids cost a second request, because the instance
        would read dates in the user's time zone in the first.
    type: dict
  if_missing:
    description:
      - What happens if O(match_on) finds no record. V(create) creates it, V(fail) fails.
    type: str
    choices: [create, fail]
    default: create
seealso:
  - module: changegate.snow.snow_change
"""

EXAMPLES = r"""
- name: An incident about this host, opened once
  changegate.snow.snow_record:
    table: incident
    match_on: [correlation_id]
    data:
      correlation_id: "disk-full-{{ inventory_hostname }}"
      short_description: "Disk full on {{ inventory_hostname }}"
      assignment_group: Hardware
      urgency: 2
  register: incident

- name: Add a note to it, once
  changegate.snow.snow_record:
    table: incident
    number: "{{ incident.record.number }}"
    data:
      work_notes: The disk was extended by 20 GB.

- name: No such record
  changegate.snow.snow_record:
    table: incident
    number: "{{ incident.record.number }}"
    state: absent
"""

RETURN = r"""
record:
  description: The record after the task, column to stored value. In check mode, as it would be.
  returned: when the record is there
  type: dict
  sample: {"sys_id": "b0dbda5347c12200e0ef563dbb9a718f", "number": "CHG0000024", "state": "-5"}
display:
  description: The same record, column to display value.
  returned: when the record is there
  type: dict
  sample: {"number": "CHG0000024", "state": "New"}
diff:
  description: The fields that were touched, before and after. Dates are in UTC.
  returned: always
  type: dict
  sample: {"before": {"state": "New"}, "after": {"state": "Assess"}}
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
from ansible_collections.changegate.snow.plugins.module_utils.module import run_module
from ansible_collections.changegate.snow.plugins.module_utils.task import Task

_IDENTITIES = ("sys_id", "number")
_OWN = Spec(
    {
        "table": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "match_on": {"type": "list", "elements": "str"},
        "data": {"type": "dict"},
        "if_missing": {"type": "str", "choices": ["create", "fail"], "default": "create"},
    },
    mutually_exclusive=[(*_IDENTITIES, "match_on")],
    required_one_of=[(*_IDENTITIES, "match_on")],
    required_by={"match_on": "data"},
)
SPEC = arguments.WRITER.merge(arguments.identity(*_IDENTITIES)).merge(_OWN)


def run(task: Task) -> None:
    table = query.check_table(task.params["table"])
    data = task.params["data"] or {}
    kinds = fields.kinds_of_table(table)
    if task.params["match_on"] is not None:
        who = identity.of_matching(table, task.params["match_on"], data, kinds)
    else:
        who = identity.chosen(table, task.options(_IDENTITIES), _IDENTITIES)
    from ansible_collections.changegate.snow.plugins.module_utils.stores import TableStore

    store = TableStore(task.client, table, task.trail)
    converger = task.converger(store, kinds, task.params["if_missing"])
    if task.params["state"] == "absent":
        converger.absent(who)
    else:
        converger.present(who, {query.check_field(column): value for column, value in data.items()})


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
