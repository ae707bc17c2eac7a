# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules that read lists of the Change Management API have in common."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  query:
    description:
      - Conditions as plain data, column by column, all of which hold; a list means one of its values, null means empty,
        a mapping holds operators and their values, such as V(contains), V(starts_with), V(not_equals), V(after),
        V(before), V(greater_than) or V(empty), and V(or) is a list of such conditions of which one holds. Every value
        is escaped. All operators are those of M(changegate.snow.snow_record_info).
      - States of changes may be given by label, and so may other choices of changes, which costs one request. A
        reference is asked about with a dot, as in V(assignment_group.name), or by its sys_id.
      - Or an encoded query as a text, which goes to the instance as it stands.
      - An empty one, which would find everything, is refused. So is a column that the records do not show, because an
        instance drops a condition on a column that it does not know, and finds everything; likewise in O(order_by).
    type: raw
  text_search:
    description: Words to search for in all columns, with the full text search of the instance.
    type: str
  order_by:
    description: Columns to sort by. A minus before a column means descending, as in V(-number).
    type: list
    elements: str
  limit:
    description: The most that are returned.
    type: int
    default: 100
  offset:
    description: How many to pass over, in the order that O(order_by) says.
    type: int
    default: 0
"""
