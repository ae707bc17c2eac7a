#!/usr/bin/python
# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read change models."""

from __future__ import annotations

DOCUMENTATION = r"""
module: snow_change_model_info
short_description: Read ServiceNow change models
version_added: 0.1.0
author:
  - changegate.snow contributors (@changegate)
description:
  - Returns the change models that a change request can be made from, all of them or those that are asked for.
  - Where nothing is found the list is empty, and the task does not fail. With O(exactly_one) it fails.
extends_documentation_fragment:
  - changegate.snow.instance
  - changegate.snow.listed
  - changegate.snow.attributes
  - changegate.snow.attributes.reads
options:
  sys_id:
    description: The sys_id of the model.
    type: str
  name:
    description: The name of the model, in any case.
    type: str
  active:
    description: Only models that are active, or with V(false) only those that are not.
    type: bool
  available_in_ui:
    description: Only models that people can choose, or with V(false) only those that they cannot.
    type: bool
  filters:
    description:
      - Columns and the one value that each has, instead of O(query). Choices and references may be given by what they
        display, which the instance itself resolves. It then sorts by one column only, and not descending. A column that
        the models do not show is refused.
    type: dict
  exactly_one:
    description: Whether it is a failure if there is no model, or more than one.
    type: bool
    default: false
  order_by:
    description:
      - Columns to sort by. A minus before a column means descending, as in V(-name). By name, if this is not set and
        O(query) is no encoded query.
    type: list
    elements: str
seealso:
  - module: changegate.snow.snow_change
  - module: changegate.snow.snow_change_template_info
"""

EXAMPLES = r"""
- name: The models that people can choose from
  changegate.snow.snow_change_model_info:
    active: true
    available_in_ui: true
  register: models

- name: Their names
  ansible.builtin.debug:
    msg: "{{ models.models | map(attribute='name') }}"

- name: What a change of one model begins with
  changegate.snow.snow_change_model_info:
    name: Normal
  register: normal

- name: Its type
  ansible.builtin.debug:
    msg: "{{ normal.model.preset.type }}"

- name: The model that is taken where none is named, which there has to be
  changegate.snow.snow_change_model_info:
    filters:
      default_change_model: true
    exactly_one: true
  register: default

- name: Models that have to do with databases
  changegate.snow.snow_change_model_info:
    query:
      name: {contains: database}
"""

RETURN = r"""
models:
  description: The models that were found.
  returned: success
  type: list
  elements: dict
  contains:
    sys_id:
      description: The sys_id of the model.
      type: str
    name:
      description: Its name.
      type: str
    description:
      description: What it is for.
      type: str
    active:
      description: Whether it is active.
      type: bool
    available_in_ui:
      description: Whether people can choose it.
      type: bool
    default:
      description: Whether it is taken where none is named.
      type: bool
    preset:
      description: Column to the value that a new change gets.
      type: dict
    record:
      description: The model, column to stored value.
      type: dict
    display:
      description: The model, column to display value.
      type: dict
  sample:
    - sys_id: 007c4001c343101035ae3f52c1d3aeb2
      name: Normal
      description: ITIL Mode 1 Normal Change
      active: true
      available_in_ui: true
      default: true
      preset: {"type": "normal"}
      record: {"name": "Normal", "color": "#278efc"}
      display: {"name": "Normal", "color": "#278efc"}
model:
  description: The model, if exactly one was found; as in RV(models).
  returned: when exactly one model was found
  type: dict
  sample: {"name": "Normal", "active": true, "preset": {"type": "normal"}}
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

_FLAGS = ("active", "available_in_ui")
_OWN = Spec(
    {
        **{name: {"type": "bool"} for name in _FLAGS},
        "filters": {"type": "dict"},
        "exactly_one": {"type": "bool", "default": False},
    },
    mutually_exclusive=[
        *(("sys_id", other) for other in ("name", *arguments.LISTED.options, "filters", *_FLAGS)),
        ("query", "filters"),
    ],
)
SPEC = arguments.INSTANCE.merge(arguments.LISTED).merge(arguments.identity("sys_id", "name")).merge(_OWN)


def run(task: Task) -> None:
    from ansible_collections.changegate.snow.plugins.module_utils.catalog_reading import ask, read_models

    asked = ask(task.params, task.given, _FLAGS)
    read_models(task.client, task.trail, asked, task.params["exactly_one"])


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
