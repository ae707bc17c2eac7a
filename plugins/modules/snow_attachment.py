#!/usr/bin/python
# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attach files to a record, remove, rename or fetch them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: snow_attachment
short_description: Manage files attached to a ServiceNow record
version_added: 0.1.0
author:
  - changegate.snow contributors (@changegate)
description:
  - Sees to it that a record has one file of a name with a content, or none; gives an attachment another name; or
    fetches attachments as files.
  - A file is unchanged if the instance has one of that name with the same SHA-256. Otherwise the new file is uploaded
    first, and only then are others of that name deleted, so that nothing is lost when the upload fails.
  - Files are streamed from and to disk, and the hash that the instance tells is compared.
  - If one of several files fails, the others are attached, deleted or fetched all the same. The task fails then, and
    RV(results) tells what became of each. Without a connection or a login the rest is not tried.
extends_documentation_fragment:
  - changegate.snow.instance
  - changegate.snow.attached
  - changegate.snow.attributes
  - changegate.snow.attributes.writes
options:
  src:
    description:
      - The file to attach, on the host where the task runs. Relative paths begin at the working folder there.
      - May be a pattern with V(*), V(?), V([...]), and V(**) for any folders, which attaches every file that it
        matches; as in a shell, V(*) matches no name that begins with a dot. A file of this very name comes first.
    type: path
  content:
    description:
      - The text to attach, in UTF-8, instead of O(src). Needs O(name).
      - A dict or a list becomes JSON, as in M(ansible.builtin.copy).
    type: raw
  files:
    description:
      - Several files to attach, instead of O(src) or O(content). Each is a path or a pattern, as O(src) takes them, or
        a dict with C(src) or C(content), and C(name) and C(content_type) if need be.
      - No two of them may have the same name. A path that is named twice, for example by two patterns, is one file.
    type: list
    elements: raw
  name:
    description:
      - Name of the attachment. The name of O(src) without its folders, if not set.
      - Letters of another case make another name.
    type: str
  pattern:
    description:
      - A pattern for the names of attachments with V(*), V(?) and V([...]), for O(state=absent) and O(state=fetched).
        V(*) means every attachment of the record.
    type: str
  content_type:
    description:
      - Media type of the attachment. One that is there with the same content and another type is replaced.
      - Guessed from its name, if not set. Then one that is there with the same content keeps the type that it has.
    type: str
  new_name:
    description:
      - The name that O(state=renamed) gives to the attachment called O(name). Its media type stays as it is.
    type: str
  dest:
    description:
      - Where O(state=fetched) puts the file, on the host where the task runs. A folder, which has to be there, or the
        path of the file if there is only one.
      - In a folder a file has the name of the attachment. One that would lead out of it, or that begins with a dot, is
        refused; so are control characters.
    type: path
  mode:
    description:
      - Permissions of a fetched file, as in M(ansible.builtin.file), V('0640') or V(u=rw,g=r,o=). Quote octal digits.
      - A file that is there keeps its own if this is not set; a new one has those of the umask.
    type: raw
  if_no_match:
    description:
      - What happens if a pattern of O(src) or O(files) matches no file, or if the record has no attachment to fetch.
      - V(fail) fails the task, V(ignore) goes on without.
      - With O(state=absent) and O(state=renamed) it has no effect.
    type: str
    choices: [fail, ignore]
    default: fail
  state:
    description:
      - V(present) attaches files.
      - V(absent) deletes all attachments that O(name), O(pattern) or O(attachment_sys_id) means.
      - V(fetched) brings those to O(dest). A file that is there with the same content is left alone, any other is
        replaced. It has its name only when it is whole and verified.
      - V(renamed) gives the one called O(name), or the one with O(attachment_sys_id), its O(new_name).
    type: str
    choices: [present, absent, fetched, renamed]
    default: present
seealso:
  - module: changegate.snow.snow_attachment_info
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

- name: Attach all logs, and a report under another name
  changegate.snow.snow_attachment:
    correlation_id: shop-2026.11.1-production
    files:
      - logs/*.log
      - src: build/report.html
        name: test report.html
      - content: All is well.
        name: summary.txt

- name: Attach a manual to a configuration item
  changegate.snow.snow_attachment:
    table: cmdb_ci
    match:
      name: web-01
    src: plans/deployment.md
    name: manual.md

- name: Call the plan what it is
  changegate.snow.snow_attachment:
    number: "{{ change.record.number }}"
    name: deployment.md
    new_name: plan.md
    state: renamed

- name: Fetch the logs of the change
  changegate.snow.snow_attachment:
    number: "{{ change.record.number }}"
    pattern: "*.log"
    dest: fetched/
    mode: "0640"
    state: fetched

- name: Remove the plan
  changegate.snow.snow_attachment:
    number: "{{ change.record.number }}"
    name: plan.md
    state: absent

- name: Remove all logs
  changegate.snow.snow_attachment:
    number: "{{ change.record.number }}"
    pattern: "*.log"
    state: absent
"""

RETURN = r"""
attachment:
  description: >-
    The attachment as the instance describes it, if the task is about one. In check mode, what is known of it.
  returned: when O(src), O(content), O(name) or O(attachment_sys_id) names one attachment that is or was there
  type: dict
  sample:
    sys_id: 6ea10fe64f411200adf9f8e18110c739
    file_name: deployment.md
    content_type: text/plain
    size_bytes: "1024"
    hash: 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824
results:
  description: What became of each file.
  returned: when the files were found out, also if some of them failed
  type: list
  elements: dict
  contains:
    name:
      description: Name of the attachment.
      type: str
    changed:
      description: Whether it was attached, deleted, renamed, or written to O(dest).
      type: bool
    attachment:
      description: The attachment as the instance describes it. In check mode, what is known of it.
      type: dict
    path:
      description: Where the file is, with O(state=fetched).
      type: str
    failed:
      description: Whether it failed, or was not tried after another one had failed.
      type: bool
    msg:
      description: Why it failed.
      type: str
    error:
      description: Why it failed, as in RV(error).
      type: dict
  sample:
    - name: deployment.md
      changed: true
      attachment: {"sys_id": "6ea10fe64f411200adf9f8e18110c739", "file_name": "deployment.md"}
diff:
  description: >-
    The attachments that were touched, before and after; with O(state=fetched) the files that were, by C(path) with
    their C(hash), or with their C(mode) if only that was changed.
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
        V(local_file), V(no_results), V(multiple_results), V(not_converged) or V(outcome_unknown).
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

_RECORDS = ("sys_id", "number", "correlation_id", "match", "query", "attachment_sys_id")
_CHOICES = ("name", "pattern", "attachment_sys_id")
_OWN = Spec(
    {
        "src": {"type": "path"},
        "content": {"type": "raw"},
        "files": {"type": "list", "elements": "raw"},
        "content_type": {"type": "str"},
        "new_name": {"type": "str"},
        "dest": {"type": "path"},
        "mode": {"type": "raw"},
        "if_no_match": {"type": "str", "choices": ["fail", "ignore"], "default": "fail"},
        "state": {"type": "str", "choices": ["present", "absent", "fetched", "renamed"], "default": "present"},
    },
    mutually_exclusive=[_RECORDS, ("src", "content", "files"), _CHOICES],
    required_one_of=[_RECORDS],
    required_if=[
        ("state", "present", ("src", "content", "files"), True),
        ("state", "absent", _CHOICES, True),
        ("state", "fetched", _CHOICES, True),
        ("state", "fetched", ("dest",)),
        ("state", "renamed", ("name", "attachment_sys_id"), True),
        ("state", "renamed", ("new_name",)),
    ],
    required_by={"content": "name"},
)
SPEC = arguments.INSTANCE.merge(arguments.ATTACHED).merge(_OWN)

#: What means something with which state only.
_USED = {
    "present": ("src", "content", "files", "name", "content_type"),
    "absent": _CHOICES,
    "fetched": (*_CHOICES, "dest", "mode"),
    "renamed": ("name", "attachment_sys_id", "new_name"),
}


def run(task: Task) -> None:
    from ansible_collections.changegate.snow.plugins.module_utils.attachment_options import refuse_others
    from ansible_collections.changegate.snow.plugins.module_utils.attachment_states import STATES

    refuse_others(task, _USED)
    STATES[task.params["state"]](task)


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
