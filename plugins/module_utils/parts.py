# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be known about changes besides their own fields: one request for each part that is asked for.

Source: ServiceNow documentation, "Change Management API", "Table API", "Attachment API", and the tables Approval
(sysapproval_approver) and Journal entry (sys_journal_field).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.associated import associated
from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, Record
from ansible_collections.changegate.snow.plugins.module_utils.change_conflicts import Conflict
from ansible_collections.changegate.snow.plugins.module_utils.change_lists import PAGE
from ansible_collections.changegate.snow.plugins.module_utils.change_states import NextStates, Transition
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import Forbidden
from ansible_collections.changegate.snow.plugins.module_utils.fields import CHANGE_STATES
from ansible_collections.changegate.snow.plugins.module_utils.item_names import AFFECTED, IMPACTED, OFFERING
from ansible_collections.changegate.snow.plugins.module_utils.related import (
    Part,
    Reading,
    Rows,
    entry_of,
    journals,
    named,
    queries,
    related,
)

_EMPTY = Cell("", "")
_APPROVAL = (
    "sys_id", "sysapproval", "approver", "approver.name", "approver.user_name", "approver.email", "state", "group",
    "group.assignment_group", "due_date", "sys_created_on", "sys_updated_on", "sys_updated_by",
)  # fmt: skip


def with_parts(reading: Reading, names: Sequence[str], columns: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The ``changes`` return value: each change (with *columns* only, if there are any) and its parts *names*."""
    parts = [PARTS[name](reading) for name in dict.fromkeys(names)] if reading.changes else []
    found = []
    for change in reading.changes:
        entry = entry_of(change, columns)
        for part in parts:
            entry.update(part[change["sys_id"].value])
        found.append(entry)
    return found


# One request for all changes ------------------------------------------------------------------------------


def tasks(reading: Reading) -> Part:
    """The tasks of each change, in their order."""
    rows: Rows
    if len(reading.changes) == 1:
        rows = {reading.sys_ids[0]: [entry_of(task) for task in _tasks_of(reading.client, reading.sys_ids[0])]}
    else:
        found = related(reading, "change_task", "change_request", "^ORDERBYorder^ORDERBYnumber")
        rows = {sys_id: [entry_of(task) for task in records] for sys_id, records in found.items()}
    return named("tasks", rows)


def _tasks_of(client: Client, sys_id: str) -> list[Record]:
    from ansible_collections.changegate.snow.plugins.module_utils.change_task_calls import ChangeTasks

    api, order = ChangeTasks(client.transport), "ORDERBYorder^ORDERBYnumber"
    # What fits into one page needs no second request to know that it was all.
    found = list(api.tasks(sys_id, order, limit=PAGE))
    return found if len(found) < PAGE else list(api.tasks(sys_id, order))


def approvals(reading: Reading) -> Part:
    """Who was asked to approve each change, what they said and why; the why costs a request if anybody has decided."""
    found = related(reading, "sysapproval_approver", "sysapproval", "^ORDERBYsys_created_on", _APPROVAL)
    decided = [row["sys_id"].value for rows in found.values() for row in rows if _has_decided(row)]
    said: Rows = {}
    try:
        said = journals(reading.client, decided, ["comments"])
    except Forbidden as error:
        reading.trail.warnings.append(f"The comments of the approvals cannot be read: {error}")
    rows = {sys_id: [_approval(row, said) for row in records] for sys_id, records in found.items()}
    return named("approvals", rows)


def _has_decided(row: Record) -> bool:
    return row.get("state", _EMPTY).value in ("approved", "rejected")


def _approval(row: Record, said: Rows) -> dict[str, Any]:
    approver = row.get("approver", _EMPTY)
    return {
        "name": row.get("approver.name", approver).display,
        "user_name": row.get("approver.user_name", _EMPTY).value,
        "email": row.get("approver.email", _EMPTY).value,
        "state": row.get("state", _EMPTY).value,
        "comments": "\n\n".join(entry["text"] for entry in said.get(row["sys_id"].value, [])),
        "group": row.get("group.assignment_group", _EMPTY).display,
        **entry_of({name: cell for name, cell in row.items() if "." not in name}),
    }


def attachments(reading: Reading) -> Part:
    """What is attached to each change: name, type, size and hash."""
    rows: Rows = {sys_id: [] for sys_id in reading.sys_ids}
    for query in queries("table_sys_id", reading.sys_ids):
        full = f"table_name=change_request^{query}^ORDERBYfile_name^ORDERBYsys_created_on"
        for raw in reading.client.resource("/attachment").get(query=full).all():
            rows.setdefault(str(raw.get("table_sys_id")), []).append(raw)
    return named("attachments", rows)


def journal(reading: Reading) -> Part:
    """Work notes and comments of each change, the oldest first."""
    return named("journal", journals(reading.client, reading.sys_ids, ["comments", "work_notes"]))


def window(reading: Reading) -> Part:
    """The planned time of each change, and the present by the clock of the answer that brought it: no request."""
    from ansible_collections.changegate.snow.plugins.module_utils.change_window import moment_of, window_of

    now = moment_of(reading.client.transport.date)
    return {change["sys_id"].value: {"window": window_of(change, now)} for change in reading.changes}


# One request for each change ------------------------------------------------------------------------------


def conflicts(reading: Reading) -> Part:
    """What the last conflict check of each change found, and how far it is."""
    from ansible_collections.changegate.snow.plugins.module_utils.change_time_calls import ChangeTimes
    from ansible_collections.changegate.snow.plugins.module_utils.query import utc_text

    api, found = ChangeTimes(reading.client.transport), {}
    for sys_id in reading.sys_ids:
        check = api.conflicts(sys_id)
        state = {
            "status": check.status,
            "running": check.running,
            "checked": check.checked,
            "last_run": None if check.last_run is None else utc_text(check.last_run),
        }
        listed = [
            {"type": each.type.value, "label": each.type.display, **entry_of(each.record)}
            for each in sorted(check.conflicts, key=_order_of)
        ]
        found[sys_id] = {"conflicts": listed, "conflict_check": state}
    return found


def _order_of(conflict: Conflict) -> tuple[str, str]:
    """For an order that is the same each time."""
    return conflict.type.display, conflict.record.get("sys_id", _EMPTY).value


def next_states(reading: Reading) -> Part:
    """The states that each change can go to, with the conditions of each way."""
    from ansible_collections.changegate.snow.plugins.module_utils.change_requests import ChangeRequests

    api, rows = ChangeRequests(reading.client.transport), {}
    for change in reading.changes:
        sys_id = change["sys_id"].value
        rows[sys_id] = _ways(api.next_states(sys_id), change.get("state", _EMPTY).value)
    return named("next_states", rows)


def _ways(states: NextStates, present: str) -> list[dict[str, Any]]:
    """One entry a way to a state, the open ones before the closed ones; without a model nothing is known of the way."""
    ways = list(states.transitions)
    if not ways:
        ways = [Transition("", state, True, False, ()) for state in states.available if state != present]
    return [
        {
            "name": way.name,
            "state": way.to_state,
            # The answer names only the states that are open now.
            "label": states.labels.get(way.to_state) or CHANGE_STATES.label_of(way.to_state),
            "available": way.available,
            "automatic": way.automatic,
            "unmet": list(way.unmet),
            "met": list(way.met),
        }
        for way in sorted(ways, key=lambda way: not way.available)
    ]


PARTS: Mapping[str, Callable[[Reading], Part]] = {
    "tasks": tasks,
    AFFECTED.option: associated(AFFECTED),
    IMPACTED.option: associated(IMPACTED),
    OFFERING.option: associated(OFFERING),
    "conflicts": conflicts,
    "approvals": approvals,
    "next_states": next_states,
    "attachments": attachments,
    "journal": journal,
    "window": window,
}
