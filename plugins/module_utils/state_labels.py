# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The states of changes on this instance, which may have some of its own. Asked for only when one is not known.

Source: ServiceNow documentation, table "Choice" (sys_choice).
"""

from __future__ import annotations

from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.lookups import choices_of

_TABLE = "change_request"


def state_labels(client: Client) -> dict[str, str]:
    """Value to label of each state, in the order of their list; empty if the user may not read it."""
    choices = choices_of(client, _TABLE, ["state"]).get("state", [])
    return {choice.value: choice.label for choice in choices}
