#!/usr/bin/python
# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read standard change templates."""

from __future__ import annotations

DOCUMENTATION = r"""
module: snow_change_template_info
short_description: Read ServiceNow standard change templates
version_added: 0.1.0
author:
  - changegate.snow contributors (@changegate)
description:
  - Returns the templates that standard changes are made from, all of them or those that are asked for, and what they
    set.
  - Where nothing is found the list is empty, and the task does not fail. With O(exactly_one) it fails.
extends_documentation_fragment:
  - changegate.snow.instance
  - changegate.snow.listed
  - changegate.snow.attributes
  - changegate.snow.attributes.reads
options:
  sys_id:
    description: The sys_id of the template, as it is in C(std_change_record_producer).
    type: str
  name:
    description: The name of the template, in any case.
    type: str
  active:
    description: Only templates that are active, or with V(false) only those that are not.
    type: bool
  filters:
    description:
      - Columns and the one value that each has, instead of O(query). Choices and references may be given by what they
        display, which the instance itself resolves. It then sorts by one column only, and not descending. A column that
        the templates do not show is refused.
    type: dict
  exactly_one:
    description: Whether it is a failure if there is no template, or more than one.
    type: bool
    default: false
  order_by:
    description:
      - Columns to sort by. A minus before a column means descending, as in V(-name). By name, if this is not set and
        O(query) is no encoded query.
    type: list
    elements: str
  include:
    description:
      - What to read besides the fields of the templates.
      - V(values) are what a change gets from them. The Change Management API does not tell, so they are read from the
        table C(sys_template), with one request for up to 40 templates, for which the user needs the right.
    type: list
    elements: str
    choices: [values]
    default: []
seealso:
  - module: changegate.snow.snow_change
  - module: changegate.snow.snow_change_model_info
"""

EXAMPLES = r"""
- name: The templates that are in use
  changegate.snow.snow_change_template_info:
    active: true
  register: templates

- name: Their names
  ansible.builtin.debug:
    msg: "{{ templates.templates | map(attribute='name') }}"

- name: What a change gets from one of them
  changegate.snow.snow_change_template_info:
    name: Reboot a server
    include: [values]
    exactly_one: true
  register: reboot

- name: Its plan
  ansible.builtin.debug:
    msg: "{{ reboot.template['values'].implementation_plan }}"

- name: Templates for the network
  changegate.snow.snow_change_template_info:
    query:
      category: Network
      active: true
    order_by: [-name]
"""

RETURN = r"""
templates:
  description: The templates that were found.
  returned: success
  type: list
  elements: dict
  contains:
    sys_id:
      description: The sys_id of the standard change template.
      type: str
    name:
      description: Its name.
      type: str
    short_description:
      description: What it is for.
      type: str
    active:
      description: Whether it is active; null if the instance does not show that.
      type: bool
    template:
      description: The record of C(sys_template) that holds the values, with its C(name) and C(sys_id).
      type: dict
    values:
      description: Column to the stored value that a new change gets.
      returned: if included
      type: dict
    record:
      description: The standard change template, column to stored value.
      type: dict
    display:
      description: The standard change template, column to display value.
      type: dict
  sample:
    - sys_id: 92b8544047810200e90d87e8dee490b0
      name: Add network switch to datacenter cabinet
      short_description: Standard change template to add network switch to cabinet
      active: true
      template:
        name: Add network switch to datacenter cabinet
        sys_id: 1c8e02ec47410200e90d87e8dee49057
      values: {"category": "Network", "test_plan": "Ping the switch"}
      record: {"category": "Network"}
      display: {"category": "Network"}
template:
  description: The template, if exactly one was found; as in RV(templates).
  returned: when exactly one template was found
  type: dict
  sample: {"name": "Reboot a server", "active": true}
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

_OWN = Spec(
    {
        "active": {"type": "bool"},
        "filters": {"type": "dict"},
        "exactly_one": {"type": "bool", "default": False},
        "include": {"type": "list", "elements": "str", "choices": ["values"], "default": []},
    },
    mutually_exclusive=[
        *(("sys_id", other) for other in ("name", *arguments.LISTED.options, "filters", "active")),
        ("query", "filters"),
    ],
)
SPEC = arguments.INSTANCE.merge(arguments.LISTED).merge(arguments.identity("sys_id", "name")).merge(_OWN)


def run(task: Task) -> None:
    from ansible_collections.changegate.snow.plugins.module_utils.catalog_reading import ask, read_templates

    asked = ask(task.params, task.given, ["active"])
    with_values = "values" in (task.params["include"] or [])
    read_templates(task.client, task.trail, asked, task.params["exactly_one"], with_values)


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
