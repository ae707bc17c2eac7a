# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Columns that a query may ask about without a look whether the instance has them. No input or output.

Source: ServiceNow documentation, tables User, Group, Configuration item, Company, Location, Change Model and Task.
"""

from __future__ import annotations

from ansible_collections.changegate.snow.plugins.module_utils.fields import PEOPLE, kinds_of_table, known_columns

#: What a record has that a reference leads to, whatever its table.
_ANYWHERE = frozenset({"sys_id", "name"})
_OF_USERS = _ANYWHERE | {"user_name", "email", "active"}
#: References to other tasks, and the tables of these.
_TASKS = {"parent": "task", "change_request": "change_request"}
#: Columns that the documents name of tables that are only looked up.
DOCUMENTED = {
    "chg_model": frozenset({"active", "available_in_ui", "default_change_model", "description", "name"}),
    "std_change_record_producer": frozenset({"active", "category", "description", "name", "short_description"}),
    "sys_attachment": frozenset(
        {"content_type", "file_name", "hash", "size_bytes", "sys_created_by", "sys_created_on", "table_name"}
        | {"table_sys_id"}
    ),
}


def is_known(table: str, column: str) -> bool:
    """Whether every instance has *column* of *table*; it may be one of a record that a reference leads to."""
    first, _dot, rest = column.partition(".")
    if first != "sys_id" and first not in known_columns(table) | DOCUMENTED.get(table, frozenset()):
        return False
    if not rest:
        return True
    if kinds_of_table(table).get(first) != "reference":
        return False
    if first in _TASKS:
        return "." not in rest and is_known(_TASKS[first], rest)
    return rest in (_OF_USERS if first in PEOPLE else _ANYWHERE)
