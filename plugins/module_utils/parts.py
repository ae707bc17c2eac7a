# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be known about changes besides their own fields: one request for each part that is asked for.

Source: ServiceNow documentation, "Change Management API", "Table API" and "Attachment API".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.cells import Record, displayed, record_of, stored
from ansible_collections.changegate.snow.plugins.module_utils.change_catalog import AssociatedItem
from ansible_collections.changegate.snow.plugins.module_utils.change_item_calls import ChangeItems
from ansible_collections.changegate.snow.plugins.module_utils.change_requests import ChangeRequests
from ansible_collections.changegate.snow.plugins.module_utils.change_states import NextStates
from ansible_collections.changegate.snow.plugins.module_utils.change_store import ChangeStore
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.fields import CHANGE_STATES
from ansible_collections.changegate.snow.plugins.module_utils.filters import from_data
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail

Part = dict[str, list[Any]]
#: sys_ids in one query: a URL of more than about 2,000 characters is refused by some proxies.
_AT_ONCE = 40


def entry_of(record: Record) -> dict[str, Any]:
    """A record as modules return it: values and display values."""
    return {"record": stored(record), "display": displayed(record)}


def tasks(client: Client, sys_ids: Sequence[str]) -> Part:
    """The tasks of all the changes, in their order."""
    return _grouped(client, "change_task", "change_request", sys_ids, "^ORDERBYorder^ORDERBYnumber")


def approvals(client: Client, sys_ids: Sequence[str]) -> Part:
    """Who was asked to approve each change, and what they said."""
    return _grouped(client, "sysapproval_approver", "sysapproval", sys_ids, "^ORDERBYsys_created_on")


def attachments(client: Client, sys_ids: Sequence[str]) -> Part:
    """What is attached to each change: name, type, size and hash."""
    found: Part = {sys_id: [] for sys_id in sys_ids}
    for query in _queries("table_sys_id", sys_ids):
        full = f"table_name=change_request^{query}^ORDERBYsys_created_on"
        for raw in client.resource("/attachment").get(query=full).all():
            found.setdefault(str(raw.get("table_sys_id")), []).append(raw)
    return found


def affected_cis(client: Client, sys_ids: Sequence[str]) -> Part:
    """The affected configuration items of each change; this API takes one change at a time."""
    api = ChangeItems(client.transport)
    return {sys_id: [_item(found) for found in api.cis(sys_id) if found.item.value] for sys_id in sys_ids}


def next_states(client: Client, sys_ids: Sequence[str]) -> Part:
    """The states that each change can go to, with the conditions that are not met."""
    api = ChangeRequests(client.transport)
    return {sys_id: _ways(api.next_states(sys_id)) for sys_id in sys_ids}


PARTS: Mapping[str, Callable[[Client, Sequence[str]], Part]] = {
    "tasks": tasks,
    "approvals": approvals,
    "attachments": attachments,
    "affected_cis": affected_cis,
    "next_states": next_states,
}


def find_changes(client: Client, wanted: Identity | str, limit: int) -> list[Record]:
    """The change with an identity, or those that an encoded query finds, *limit* at most."""
    api = ChangeRequests(client.transport)
    if isinstance(wanted, Identity):
        found = ChangeStore(api, Trail()).find(wanted)
        return [] if found is None else [found]
    return list(api.changes(wanted, limit=limit))


def with_parts(client: Client, changes: Sequence[Record], names: Sequence[str]) -> list[dict[str, Any]]:
    """The ``changes`` return value: each change with its parts *names*."""
    sys_ids = [change["sys_id"].value for change in changes]
    parts = {name: PARTS[name](client, sys_ids) if sys_ids else {} for name in names}
    return [
        {**entry_of(change), **{name: part.get(sys_id, []) for name, part in parts.items()}}
        for change, sys_id in zip(changes, sys_ids)
    ]


def _grouped(client: Client, table: str, parent: str, sys_ids: Sequence[str], order: str) -> Part:
    resource = client.table(table)
    resource.parameters.display_value = "all"
    found: Part = {sys_id: [] for sys_id in sys_ids}
    for query in _queries(parent, sys_ids):
        for raw in resource.get(query=query + order).all():
            record = record_of(raw)
            if parent in record:
                found.setdefault(record[parent].value, []).append(entry_of(record))
    return found


def _queries(column: str, sys_ids: Sequence[str]) -> list[str]:
    """Queries for all of *sys_ids*, each short enough for a URL."""
    chunks = (list(sys_ids[start : start + _AT_ONCE]) for start in range(0, len(sys_ids), _AT_ONCE))
    return [str(from_data({column: chunk})) for chunk in chunks]


def _item(found: AssociatedItem) -> dict[str, str]:
    return {"name": found.item.display, "sys_id": found.item.value}


def _ways(states: NextStates) -> list[dict[str, Any]]:
    """One entry a state that can be reached or could be, the open way to it before the closed ones."""
    return [
        {
            "state": way.to_state,
            # The answer names only the states that are open now.
            "label": states.labels.get(way.to_state) or CHANGE_STATES.label_of(way.to_state),
            "available": way.available,
            "automatic": way.automatic,
            "unmet": list(way.unmet),
        }
        for way in sorted(states.transitions, key=lambda way: not way.available)
    ]
