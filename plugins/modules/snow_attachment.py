#!/usr/bin/python
# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attach files to a record, or remove them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: snow_attachment
short_description: Manage a file attached to a ServiceNow record
version_added: 0.1.0
author:
  - changegate.snow contributors (@changegate)
description:
  - Sees to it that a record has one file of a name with a content, or none.
  - A file is unchanged if the instance has one of that name with the same SHA-256. Otherwise the new file is uploaded
    first, and only then are others of that name deleted, so that nothing is lost when the upload fails.
  - The file is streamed from disk, and the hash that the instance returns is compared.
extends_documentation_fragment:
  - changegate.snow.instance
  - changegate.snow.attributes
  - changegate.snow.attributes.writes
options:
  table:
    description:
      - The table of the record.
    type: str
    default: change_request
  sys_id:
    description:
      - The sys_id of the record. Saves the request that looks it up.
    type: str
  number:
    description:
      - The number of the record.
    type: str
  correlation_id:
    description:
      - The correlation ID of the record, as in M(changegate.snow.snow_change).
    type: str
  src:
    description:
      - The file to attach, on the host where the task runs.
    type: path
  content:
    description:
      - The text to attach, in UTF-8, instead of O(src). Needs O(name).
    type: str
  name:
    description:
      - Name of the attachment. The name of O(src) without its folders, if not set.
    type: str
  content_type:
    description:
      - Media type of the attachment. Guessed from its name, if not set.
    type: str
  state:
    description:
      - Whether the file is attached. V(absent) deletes all of that O(name) from the record.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: changegate.snow.snow_change
"""

EXAMPLES = r"""
- name: Attach the plan to the change
  changegate.snow.snow_attachment:
    number: "{{ change.record.number }}"
    src: plans/deployment.md

- name: Attach what was deployed
  changegate.snow.snow_attachment:
    sys_id: "{{ change.record.sys_id }}"
    name: versions.json
    content: "{{ {'shop': '2026.11.1'} | to_nice_json }}"

- name: Remove the plan
  changegate.snow.snow_attachment:
    number: "{{ change.record.number }}"
    name: deployment.md
    state: absent
"""

RETURN = r"""
attachment:
  description: The attachment as the instance describes it. In check mode, what is known of it.
  returned: when O(state=present)
  type: dict
  sample:
    sys_id: 6ea10fe64f411200adf9f8e18110c739
    file_name: deployment.md
    content_type: text/plain
    size_bytes: "1024"
    hash: 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824
diff:
  description: The files of that name, before and after.
  returned: always
  type: dict
  sample: {"before": {"attachments": []}, "after": {"attachments": [{"file_name": "deployment.md"}]}}
unapplied:
  description: Always empty; what other modules return for fields that the instance did not apply.
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

from ansible_collections.changegate.snow.plugins.module_utils import arguments, identity, query
from ansible_collections.changegate.snow.plugins.module_utils.arguments import Spec
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.module import run_module
from ansible_collections.changegate.snow.plugins.module_utils.task import Task

_IDENTITIES = ("sys_id", "number", "correlation_id")
_OWN = Spec(
    {
        "table": {"type": "str", "default": "change_request"},
        "src": {"type": "path"},
        "content": {"type": "str"},
        "name": {"type": "str"},
        "content_type": {"type": "str"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    },
    mutually_exclusive=[_IDENTITIES, ("src", "content")],
    required_one_of=[_IDENTITIES],
    required_if=[("state", "present", ("src", "content"), True), ("state", "absent", ("name",))],
    required_by={"content": "name"},
)
SPEC = arguments.INSTANCE.merge(arguments.identity(*_IDENTITIES)).merge(_OWN)


def run(task: Task) -> None:
    from ansible_collections.changegate.snow.plugins.module_utils.attached_file import AttachedFile
    from ansible_collections.changegate.snow.plugins.module_utils.content import content_of, content_of_file

    params, table = task.params, query.check_table(task.params["table"])
    who = identity.chosen(table, task.options(_IDENTITIES), _IDENTITIES)
    if params["state"] == "absent":
        AttachedFile(task.client, table, who, task.trail).absent(params["name"])
        return
    if params["src"]:
        content = content_of_file(params["src"], params["name"], params["content_type"])
    elif params["content"] is not None:
        content = content_of(params["content"], params["name"], params["content_type"])
    else:
        raise InvalidUsage("src is empty; give the path of a file, or content.")
    AttachedFile(task.client, table, who, task.trail).present(content)


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
