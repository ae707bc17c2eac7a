# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The states of changes on this instance, which may have some of its own. Asked for only when one is not known.

Source: ServiceNow documentation, table "Choice" (sys_choice).
"""

from __future__ import annotations

from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import SnowError

#: The table, and the one that it extends.
_TABLES = ("change_request", "task")


def state_labels(client: Client) -> dict[str, str]:
    """Value to label of each state, in the order of their list; empty if the user may not read it."""
    query = {"name": list(_TABLES), "element": "state", "inactive": {"not_equals": True}}
    choices = client.table("sys_choice").get(query=query, fields=["name", "value", "label", "sequence"])
    try:
        rows = list(choices.all())
    except SnowError:
        return {}
    own = [row for row in rows if row.get("name") == _TABLES[0]] or rows
    ordered = sorted(own, key=lambda row: _number(row.get("sequence")))
    return {str(row.get("value")): str(row.get("label")) for row in ordered}


def _number(text: object) -> float:
    try:
        return float(str(text))
    except ValueError:
        return 0.0
