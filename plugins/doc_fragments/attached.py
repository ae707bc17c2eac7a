# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What names a record and its attachments."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  table:
    description:
      - The table of the record. Where the record is looked up, a table that its own table extends will do, for example
        V(task) or V(cmdb_ci); with O(sys_id) it is the record's own table, because attachments name this one.
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
      - The correlation ID of the record, as in M(changegate.snow.snow_change). Of several changes with one, that which
        is open is meant.
    type: str
  match:
    description:
      - Columns that identify the record, and their stored values, for example C(name) of a configuration item. A column
        of a record that is referred to is written with a dot, for example C(cmdb_ci.name).
    type: dict
  query:
    description:
      - A query that finds the record and no other, as an encoded query or as columns and values. The record that it
        finds has to show the columns that it asks about.
    type: raw
  attachment_sys_id:
    description:
      - The sys_id of the attachment itself, instead of a record. For one of several that have the same name.
    type: str
"""
