# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What values are called: labels of states and approvals, which the history does not tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.fields import CHANGE_STATES
from ansible_collections.changegate.snow.plugins.module_utils.lookups import choices_of
from ansible_collections.changegate.snow.plugins.module_utils.watch_events import Labels

_APPROVALS = {
    "not requested": "Not Yet Requested",
    "requested": "Requested",
    "approved": "Approved",
    "rejected": "Rejected",
    "cancelled": "Cancelled",
    "not_required": "No Longer Required",
    "duplicate": "Duplicate",
}
_USUAL: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "change_request": {
        "state": {value: CHANGE_STATES.label_of(value) for value in CHANGE_STATES.values.values()},
        "approval": _APPROVALS,
    },
    "sysapproval_approver": {"state": _APPROVALS},
}


def labels_of(client: Client, source: str, table: str, columns: Sequence[str]) -> Labels:
    """The labels of *columns* on this instance; the usual ones where the user may not read them. One request."""
    lists = choices_of(client, table, columns, active=False)
    return Labels(
        source,
        {
            column: {**_USUAL[table][column], **{choice.value: choice.label for choice in lists.get(column, [])}}
            for column in columns
        },
    )


def states_of(wanted: Sequence[str], labels: Mapping[str, str]) -> frozenset[str]:
    """The values of the states *wanted*, given by value or label in any case; *labels* is value to label.

    :raises InvalidUsage: the instance has no such state.
    """
    values = {label.casefold(): value for value, label in labels.items()}
    found = set()
    for text in wanted:
        value = text if text in labels else values.get(text.casefold(), CHANGE_STATES.value_of(text))
        if value not in labels:
            shown = ", ".join(f"{label} ({value})" for value, label in labels.items())
            raise InvalidUsage(f"states holds {text!r}, and this instance has {shown}; give one of them.")
        found.add(value)
    return frozenset(found)
