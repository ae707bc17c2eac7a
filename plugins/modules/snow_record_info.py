#!/usr/bin/python
# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read records of any table, count them, or have the instance add them up."""

from __future__ import annotations

DOCUMENTATION = r"""
module: snow_record_info
short_description: Read records of any ServiceNow table
version_added: 0.1.0
author:
  - changegate.snow contributors (@changegate)
description:
  - Returns one record by its identity, or all that a query finds; or only how many there are, or numbers about them.
  - Where nothing is found the list is empty, and the task does not fail, unless O(exactly_one) is set.
  - An instance drops a condition on a column that it does not know, and then finds everything. This is found out, and
    fails the task.
extends_documentation_fragment:
  - changegate.snow.instance
  - changegate.snow.attributes
  - changegate.snow.attributes.reads
options:
  table:
    description: Name of the table, for example V(incident).
    type: str
    required: true
  sys_id:
    description: The sys_id of the record.
    type: str
  number:
    description: The number of the record.
    type: str
  query:
    description:
      - Which records, as conditions or as an encoded query. An empty one is refused.
      - Conditions are a mapping of columns to values, all of which hold. A list means one of its members, null means
        empty, and C(or) takes a list of mappings of which one holds. A value may be a mapping of operators, all of
        which hold, V(contains), V(not_contains), V(starts_with), V(ends_with), V(equals), V(not_equals), V(in),
        V(not_in), V(empty), V(greater_than), V(greater_or_equal), V(less_than), V(less_or_equal), V(after),
        V(on_or_after), V(before), V(on_or_before), V(between), V(within_last), V(older_than), V(within_next),
        V(later_than), V(same_as), V(not_same_as), V(greater_than_column), V(greater_or_equal_column),
        V(less_than_column), V(less_or_equal_column), V(dynamic), V(instance_of), or V(all) with a list of such
        mappings.
      - Values are escaped, so text from anywhere may stand there.
      - States of changes and their tasks may be given by label, and so may choices of the columns that tasks, changes,
        incidents and problems have in common, which costs one request. A state or a priority that is none is refused. A
        column of a reference is asked for with a dot (V(assignment_group.name)).
      - An encoded query, for example V(active=true^assignment_group.name=Network), goes to the instance as it stands.
        One that cannot be read is refused.
    type: raw
  all:
    description: Read the whole table. Without it, O(limit) must be given where nothing says which records.
    type: bool
    default: false
  fields:
    description:
      - The columns to return, of other records too (V(caller_id.manager.email)). All of the table's own, if not set.
      - One that no record shows is warned about.
    type: list
    elements: str
  order_by:
    description: Columns to sort by. A minus sign before one sorts it descending, as in V(-opened_at).
    type: list
    elements: str
  limit:
    description: The most records that are returned. All that are found, if not set.
    type: int
  offset:
    description: How many of the first records to leave out.
    type: int
    default: 0
  display_value:
    description:
      - What is returned of each column. V(values) are stored values, V(display) is what this user would see, and
        V(both) is a mapping with C(value) and C(display_value).
      - Displayed dates are in the time zone and the format of the user.
    type: str
    choices: [values, display, both]
    default: values
  exactly_one:
    description: Fail if none or more than one is found.
    type: bool
    default: false
  count_only:
    description: Return how many records there are, and none of them.
    type: bool
    default: false
  aggregate:
    description: Return numbers about the records, made by the instance, and none of them.
    type: dict
    suboptions:
      group_by:
        description: One entry for each combination of these columns. One for all records, if not set.
        type: list
        elements: str
        default: []
      sum:
        description: Columns to add up.
        type: list
        elements: str
        default: []
      avg:
        description: Columns to average.
        type: list
        elements: str
        default: []
      min:
        description: Columns to tell the least value of.
        type: list
        elements: str
        default: []
      max:
        description: Columns to tell the greatest value of.
        type: list
        elements: str
        default: []
seealso:
  - module: changegate.snow.snow_record
  - module: changegate.snow.snow_change_info
"""

EXAMPLES = r"""
- name: Changes that begin soon, the next first
  changegate.snow.snow_record_info:
    table: change_request
    query:
      state: [new, assess, authorize, scheduled]
      start_date: {after: "2026-01-01T00:00:00Z", before: "2027-01-01T00:00:00Z"}
      or:
        - risk: 2
        - {impact: 1, assignment_group.name: Network}
    fields: [number, short_description, start_date, assignment_group.manager.email]
    order_by: [start_date, -priority]
    limit: 20
  register: soon

- name: Who has to know
  ansible.builtin.debug:
    msg: "{{ soon.records | map(attribute='assignment_group.manager.email') | unique }}"

- name: The server that this play is about
  changegate.snow.snow_record_info:
    table: cmdb_ci_server
    query:
      name: web-01
    exactly_one: true
    display_value: both
  register: server

- name: Wait until nobody works on it any more
  changegate.snow.snow_record_info:
    table: incident
    query: cmdb_ci={{ server.record.sys_id.value }}^state=2
    count_only: true
  register: busy
  until: busy.count == 0
  retries: 3
  delay: 1

- name: Open incidents by priority and group
  changegate.snow.snow_record_info:
    table: incident
    query:
      active: true
    aggregate:
      group_by: [priority, assignment_group]
      avg: [reassignment_count]
      max: [opened_at]
  register: load
"""

RETURN = r"""
records:
  description: The records that were found, in the order that was asked for.
  returned: success, unless count_only or aggregate is set
  type: list
  elements: dict
  sample: [{"number": "INC0000055", "caller_id.name": "Abel Tuter"}]
record:
  description: The record, if exactly one was found.
  returned: when exactly one record was found
  type: dict
  sample: {"number": "INC0000055", "caller_id.name": "Abel Tuter"}
count:
  description: How many records RV(records) holds; with O(count_only) or O(aggregate), how many there are.
  returned: success
  type: int
  sample: 1
groups:
  description: What the instance says about the records, sorted by what their groups are displayed as.
  returned: when aggregate is set
  type: list
  elements: dict
  contains:
    group:
      description: The columns of O(aggregate.group_by), to their stored values.
      type: dict
    display:
      description: The columns of O(aggregate.group_by), to their display values.
      type: dict
    count:
      description: How many records the group has.
      type: int
    sum:
      description: Column to number; null if no record of the group has a value.
      returned: if asked for
      type: dict
    avg:
      description: Column to number; null if no record of the group has a value.
      returned: if asked for
      type: dict
    min:
      description: Column to number, or to text where it holds no numbers.
      returned: if asked for
      type: dict
    max:
      description: Column to number, or to text where it holds no numbers.
      returned: if asked for
      type: dict
  sample: [{"group": {"priority": "1"}, "display": {"priority": "1 - Critical"}, "count": 2}]
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
        V(instance_unavailable), V(invalid_query), V(multiple_results), V(no_results) or V(not_found).
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

from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils import arguments
from ansible_collections.changegate.snow.plugins.module_utils.arguments import Spec
from ansible_collections.changegate.snow.plugins.module_utils.module import run_module
from ansible_collections.changegate.snow.plugins.module_utils.task import Task

_IDENTITIES = ("sys_id", "number")
_NAMES: dict[str, Any] = {"type": "list", "elements": "str", "default": []}
_OWN = Spec(
    {
        "table": {"type": "str", "required": True},
        "query": {"type": "raw"},
        "all": {"type": "bool", "default": False},
        "fields": {"type": "list", "elements": "str"},
        "order_by": {"type": "list", "elements": "str"},
        "limit": {"type": "int"},
        "offset": {"type": "int", "default": 0},
        "display_value": {"type": "str", "choices": ["values", "display", "both"], "default": "values"},
        "exactly_one": {"type": "bool", "default": False},
        "count_only": {"type": "bool", "default": False},
        "aggregate": {
            "type": "dict",
            "options": dict.fromkeys(("group_by", "sum", "avg", "min", "max"), _NAMES),
        },
    },
    mutually_exclusive=[(*_IDENTITIES, "query", "all"), ("exactly_one", "count_only", "aggregate")],
)
SPEC = arguments.INSTANCE.merge(arguments.identity(*_IDENTITIES)).merge(_OWN)


def run(task: Task) -> None:
    from ansible_collections.changegate.snow.plugins.module_utils import record_listing

    record_listing.run(task)


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
