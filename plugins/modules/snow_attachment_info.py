#!/usr/bin/python
# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List the files attached to a record."""

from __future__ import annotations

DOCUMENTATION = r"""
module: snow_attachment_info
short_description: List files attached to ServiceNow records
version_added: 0.1.0
author:
  - changegate.snow contributors (@changegate)
description:
  - Returns name, size, type, hash, sys_id and times of the attachments of a record, of one attachment, or of all that a
    query finds. M(changegate.snow.snow_attachment) with
    O(changegate.snow.snow_attachment#module:state=fetched) fetches what is in them.
  - Where there is no such attachment the list is empty, and the task does not fail; so it can be repeated with
    C(until). A record that has to be looked up and is not there fails the task. One that is named by its O(sys_id) is
    not looked up.
extends_documentation_fragment:
  - changegate.snow.instance
  - changegate.snow.attached
  - changegate.snow.attributes
  - changegate.snow.attributes.reads
options:
  name:
    description:
      - Only attachments of this very name. Letters of another case make another name.
    type: str
  pattern:
    description:
      - Only attachments whose names fit this pattern with V(*), V(?) and V([...]).
    type: str
  attachment_query:
    description:
      - A query on the table C(sys_attachment), as an encoded query or as columns and values. With a record, only those
        of its attachments; without one, of all records, or of those of O(table) if that is set.
      - One without a condition, which would find every attachment, is refused. So is one about columns that attachments
        do not show, such as those of other records, because an instance drops conditions on columns that it does not
        know.
    type: raw
  limit:
    description:
      - The most attachments that are returned. All, if not set.
    type: int
seealso:
  - module: changegate.snow.snow_attachment
"""

EXAMPLES = r"""
- name: What is attached to the change
  changegate.snow.snow_attachment_info:
    number: CHG0030020
  register: attached

- name: Their names
  ansible.builtin.debug:
    msg: "{{ attached.attachments | map(attribute='file_name') }}"

- name: Wait until somebody has attached the test report
  changegate.snow.snow_attachment_info:
    number: CHG0030020
    pattern: "*report*.pdf"
  register: reports
  until: reports.attachments | length > 0
  retries: 60
  delay: 30

- name: The largest attachments of all changes
  changegate.snow.snow_attachment_info:
    attachment_query: table_name=change_request^size_bytes>10000000^ORDERBYDESCsize_bytes
    limit: 10
"""

RETURN = r"""
attachments:
  description: >-
    The attachments, with all columns that the instance shows, oldest first unless O(attachment_query) has an order.
  returned: success
  type: list
  elements: dict
  contains:
    sys_id:
      description: The sys_id of the attachment.
      type: str
    file_name:
      description: Its name.
      type: str
    size_bytes:
      description: Its size in bytes, as text.
      type: str
    content_type:
      description: Its media type.
      type: str
    hash:
      description: The SHA-256 of its content, in hexadecimal digits.
      type: str
    table_name:
      description: The table of its record.
      type: str
    table_sys_id:
      description: The sys_id of its record.
      type: str
    download_link:
      description: Where its content is.
      type: str
    sys_created_on:
      description: When it was attached, in UTC.
      type: str
    sys_created_by:
      description: Who attached it.
      type: str
  sample:
    - sys_id: 6ea10fe64f411200adf9f8e18110c739
      file_name: deployment.md
      content_type: text/plain
      size_bytes: "1024"
      hash: 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824
attachment:
  description: The attachment, if exactly one was found.
  returned: when exactly one attachment was found
  type: dict
  sample: {"sys_id": "6ea10fe64f411200adf9f8e18110c739", "file_name": "deployment.md"}
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
_OWN = Spec(
    {"attachment_query": {"type": "raw"}, "limit": {"type": "int"}},
    mutually_exclusive=[_RECORDS, ("name", "pattern", "attachment_sys_id"), ("attachment_sys_id", "attachment_query")],
    required_one_of=[(*_RECORDS, "attachment_query")],
)
SPEC = arguments.INSTANCE.merge(arguments.ATTACHED).merge(_OWN)


def run(task: Task) -> None:
    from ansible_collections.changegate.snow.plugins.module_utils.attachment_listing import listed

    found = listed(task)
    task.trail.extra["attachments"] = found
    if len(found) == 1:
        task.trail.extra["attachment"] = found[0]


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
