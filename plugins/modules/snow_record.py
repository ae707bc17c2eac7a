#!/usr/bin/python
# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create, update or delete records of any table."""

from __future__ import annotations

DOCUMENTATION = r"""
module: snow_record
short_description: Manage records of any ServiceNow table
version_added: 0.1.0
author:
  - changegate.snow contributors (@changegate)
description:
  - Brings one record to the values that are given, or deletes it; or, with O(records), any number of them in one task,
    in a few requests.
  - Only what is given is compared and written. A field that is left out stays as it is; C(null) or an empty string
    clears it.
  - A value is unchanged if it equals the stored value or the display value, so that references and choices can
    be given by name. Names are resolved by the instance, but for users, who can be given by name, user name or e-mail,
    and have to be exactly one.
  - What the instance did not apply is returned in RV(unapplied) and fails the task.
  - One of O(sys_id), O(number), O(match_on) and O(query) says which record. It is a failure if more than one fits.
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
      - Columns of O(data), or of each of O(records), that identify the record, by their stored values. If no record has
        them, one is created.
      - Give columns that never change, for example V(correlation_id).
    type: list
    elements: str
  query:
    description:
      - What finds the record, as conditions (a mapping of columns to what they hold) or as an encoded query.
        M(changegate.snow.snow_record_info) says what conditions there are.
      - It must find one record at most. What it finds has to show every column that it asks about, because an instance
        drops a condition on a column that it does not know, and then finds everything.
      - If it finds none, one is created only if the query is sure to find it again, which it is if it asks for nothing
        but columns and their stored values, other than C(number) and C(sys_id). Its values are then those of the new
        record, beside O(data).
    type: raw
  data:
    description:
      - Column to value.
      - A full ISO 8601 date and time with its offset, such as V(2026-07-15T10:00:00+02:00), is written in UTC. Dates
        without an offset are UTC.
      - The journals C(work_notes) and C(comments) get the text as a new entry, once.
      - Names of references and labels of choices beside dates or sys_ids cost a second request, because the instance
        would read dates in the user's time zone in the first.
      - Passwords and encrypted texts are written each time, because they cannot be read, and masked in the result.
        Ansible logs the options of a task before it is known what they are; give the task C(no_log) for these.
      - With O(state=absent) only the columns in O(match_on) count.
    type: dict
  records:
    description:
      - Many records, each as in O(data), found by O(match_on), which they all must have.
      - They are looked up and written in batches. One that fails stops no other; the task fails in the end, and
        RV(results) says what became of each.
      - With O(match_on=sys_id) they are records that exist.
      - With O(state=absent) only the columns in O(match_on) count.
      - Two that are the same by O(match_on), and any that cannot be used, are refused before anything is sent.
        An empty list is nothing to do.
    type: list
    elements: dict
  if_missing:
    description:
      - What happens if there is no such record. V(create) creates it; one that O(sys_id) or O(number) names cannot be
        created, and fails. V(fail) fails. V(ignore) does nothing.
      - With O(state=absent) there is nothing to do then, and V(fail) is refused.
    type: str
    choices: [create, fail, ignore]
    default: create
seealso:
  - module: changegate.snow.snow_record_info
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

- name: Take over the open incident about a server, if there is one
  changegate.snow.snow_record:
    table: incident
    query:
      cmdb_ci.name: web-01
      active: true
      category: network
    data:
      assigned_to: Beth Anglin
    if_missing: ignore

- name: What an inventory says about its servers, in one task
  changegate.snow.snow_record:
    table: cmdb_ci_server
    match_on: [name]
    records: "{{ servers }}"
  vars:
    servers:
      - {name: app-01, ip_address: 192.0.2.11, environment: Production}
      - {name: app-02, ip_address: 192.0.2.12, environment: Production, serial_number: null}
  register: servers

- name: Which of them are new
  ansible.builtin.debug:
    msg: "{{ servers.results | selectattr('action', 'eq', 'created') | map(attribute='record.name') }}"

- name: Remove servers that are no more
  changegate.snow.snow_record:
    table: cmdb_ci_server
    match_on: [name]
    records: [{name: app-01}, {name: app-02}]
    state: absent
"""

RETURN = r"""
record:
  description: >-
    The record after the task, column to stored value. In check mode, as it would be; if it was deleted, as it was.
  returned: when the record is there, unless records is given
  type: dict
  sample: {"sys_id": "b0dbda5347c12200e0ef563dbb9a718f", "number": "CHG0000024", "state": "-5"}
display:
  description: The same record, column to display value.
  returned: when the record is there, unless records is given
  type: dict
  sample: {"number": "CHG0000024", "state": "New"}
results:
  description: What became of each of O(records), in their order.
  returned: when records is given and can be used
  type: list
  elements: dict
  contains:
    index:
      description: The place of the record in O(records), from 0.
      type: int
    changed:
      description: Whether the instance's record has changed. One that failed may have, in part.
      type: bool
    action:
      description: >-
        What was done, V(created), V(updated), V(deleted) or V(unchanged); or V(failed), if it is not as it was asked
        for.
      type: str
    record:
      description: >-
        The record, column to stored value; the columns that were given and, where the table has them, C(sys_id),
        C(number), C(name), C(short_description) and C(state). Null if there is none.
      type: dict
    diff:
      description: The fields that were touched, before and after.
      type: dict
    unapplied:
      description: As RV(unapplied), of this record.
      type: list
      elements: dict
    error:
      description: As RV(error), of this record, with its message in C(msg); null if it did not fail.
      type: dict
  sample:
    - action: updated
      changed: true
      diff: {"before": {"environment": "Test"}, "after": {"environment": "Production"}}
      error: null
      index: 0
      record: {"environment": "Production", "name": "app-01", "sys_id": "b0dbda5347c12200e0ef563dbb9a718f"}
      unapplied: []
diff:
  description: >-
    The fields that were touched, before and after. Dates are in UTC. With O(records), those of each record that was
    touched, by what identifies it.
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
        V(instance_unavailable), V(not_found), V(records_failed) or V(unapplied).
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

from collections.abc import Mapping
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils import arguments, fields, identity, query
from ansible_collections.changegate.snow.plugins.module_utils.arguments import Spec
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.module import run_module
from ansible_collections.changegate.snow.plugins.module_utils.task import Task

_IDENTITIES = ("sys_id", "number")
_WAYS = (*_IDENTITIES, "match_on", "query")
_OWN = Spec(
    {
        "table": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "match_on": {"type": "list", "elements": "str"},
        "query": {"type": "raw"},
        "data": {"type": "dict"},
        "records": {"type": "list", "elements": "dict"},
        "if_missing": {"type": "str", "choices": ["create", "fail", "ignore"], "default": "create"},
    },
    mutually_exclusive=[_WAYS, ("data", "records")],
    required_one_of=[_WAYS],
    required_by={"records": "match_on"},
)
SPEC = arguments.WRITER.merge(arguments.identity(*_IDENTITIES)).merge(_OWN)


def run(task: Task) -> None:
    table = query.check_table(task.params["table"])
    if task.params["state"] == "absent" and task.params["if_missing"] == "fail":
        raise InvalidUsage("if_missing=fail is about a record that is to be there; leave it out with state=absent.")
    if "records" in task.given:
        _many(task, table)
    else:
        _one(task, table)


def _one(task: Task, table: str) -> None:
    from ansible_collections.changegate.snow.plugins.module_utils.bulk_items import desired_of
    from ansible_collections.changegate.snow.plugins.module_utils.stores import QueriedStore

    data = desired_of(task.params["data"] or {})
    kinds = fields.kinds_of_table(table)
    who = _identity(task, table, data, kinds)
    store = QueriedStore(task.client, table, task.trail)
    converger = task.converger(store, kinds, task.params["if_missing"], people=fields.people_of_table(table))
    if task.params["state"] == "absent":
        converger.absent(who)
    else:
        converger.present(who, data)


def _identity(task: Task, table: str, data: Mapping[str, Any], kinds: Mapping[str, str]) -> identity.Identity:
    if "query" in task.given:
        from ansible_collections.changegate.snow.plugins.module_utils import labels, queried

        asked = queried.parsed(task.params["query"])
        if not isinstance(task.params["query"], str):
            asked = labels.resolved(task.client, table, asked)
        may_create = task.params["if_missing"] == "create" and task.params["state"] == "present"
        return queried.by_query(table, asked, data, kinds, may_create)
    if "match_on" not in task.given:
        return identity.chosen(table, task.options(_IDENTITIES), _IDENTITIES)
    if task.params["data"] is None:
        raise InvalidUsage("match_on names columns of data or of records; give one of these.")
    return identity.of_matching(table, task.params["match_on"] or [], data, kinds)


def _many(task: Task, table: str) -> None:
    from ansible_collections.changegate.snow.plugins.module_utils.many import Many

    records, match_on = task.params["records"], task.params["match_on"]
    if records is None or not match_on:
        missing = "records" if records is None else "match_on"
        raise InvalidUsage(f"{missing} is empty, as of a variable that was never set; give a list.")
    match_on = list(dict.fromkeys(query.check_field(name.strip()) for name in match_on))
    progress = task.counter(f"records of {table}")
    many = Many(task.client, table, records, match_on, task.trail, task.policy(task.params["if_missing"]), progress)
    if task.params["state"] == "absent":
        many.absent()
    else:
        many.present()


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
