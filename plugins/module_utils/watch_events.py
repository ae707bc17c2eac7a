# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events about changes: their kinds, their contents, and the IDs by which a repetition is known. No input or output."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.cells import displayed, stored
from ansible_collections.changegate.snow.plugins.module_utils.watch_rows import Row, between
from ansible_collections.changegate.snow.plugins.module_utils.watch_steps import Move

Event = dict[str, Any]
WINDOWS: Mapping[str, str] = {"window_begins": "start_date", "window_ends": "end_date"}
APPROVERS = ("approver_approved", "approver_rejected")
KINDS = ("entered", "approved", "rejected", "held", "released", *WINDOWS, *APPROVERS)
#: The decisions of single approvers take a request more with every look.
USUAL = KINDS[: -len(APPROVERS)]
_SPACE = uuid.UUID("6a1cf29c-3f1a-5e0b-9a57-1f1d8b0e6f5e")
_DECISIONS = ("approved", "rejected")


class Interest(NamedTuple):
    """Which events are wanted: of these *kinds*, and ``entered`` only for these *states* (values; all if empty)."""

    kinds: frozenset[str]
    states: frozenset[str] = frozenset()

    def wants(self, kind: str, value: str | None) -> bool:
        return kind in self.kinds and not (kind == "entered" and self.states and value not in self.states)


class Labels(NamedTuple):
    """Where events come from, and column to value to label: what earlier values are called is not in the record."""

    source: str
    texts: Mapping[str, Mapping[str, str]] = {}

    def of(self, row: Row, column: str, value: str | None) -> str | None:
        cell = row.record.get(column)
        if value is None or (cell is not None and row.values.get(column) == value):
            return cell.display if value is not None and cell is not None else None
        return self.texts.get(column, {}).get(value, value)


def kind_of(move: Move, decided_by_one: bool = False) -> str | None:
    """The kind of event that *move* is, None if it is none; *decided_by_one*: of an approval, not of a change."""
    if decided_by_one or move.column == "approval":
        prefix = "approver_" if decided_by_one else ""
        return prefix + move.new if move.new in _DECISIONS else None
    if move.column == "state":
        return "entered" if move.new else None
    if move.new == "true":
        return "held"
    return "released" if move.new == "false" and move.old == "true" else None


def of_move(kind: str, move: Move, row: Row, state: str | None, now: str, labels: Labels) -> Event:
    """The event of *move*; *state* is the one in which the change was after it, None if that is not known."""
    event = _event(kind, row, move.at, now, f"{move.revision}|{move.new}", labels)
    event.update(
        old_value=move.old,
        old_label=labels.of(row, move.column, move.old),
        new_value=move.new,
        new_label=labels.of(row, move.column, move.new),
        complete=move.complete,
        by=move.by or None,
    )
    if kind not in APPROVERS:
        event.update(state_value=state, state_label=labels.of(row, "state", state))
    return event


def of_window(kind: str, row: Row, now: str, labels: Labels) -> Event:
    """The event of a window that begins or ends when the plan of *row* says."""
    at = row.values[WINDOWS[kind]]
    state = row.values.get("state")
    event = _event(kind, row, at, now, at, labels)
    event.update(complete=True, state_value=state, state_label=labels.of(row, "state", state))
    return event


def _event(kind: str, row: Row, at: str, now: str, mark: str, labels: Labels) -> Event:
    own = "|".join((labels.source, kind, row.sys_id, mark))
    name = str(uuid.uuid5(_SPACE, own))
    event: Event = {
        "id": name,
        "kind": kind,
        "sys_id": row.parent,
        "number": _number(row),
        "at": _shown(at),
        "seen": _shown(now),
        "late": max(0, between(at, now)),
        "window": _window(row, now),
        "complete": False,
        "by": None,
        **dict.fromkeys(
            ("old_value", "old_label", "new_value", "new_label", "state_value", "state_label", "approver"), None
        ),
        "record": stored(row.record),
        "display": displayed(row.record),
        # What ansible-rulebook would otherwise give a number of its own.
        "meta": {"uuid": name},
    }
    if kind in APPROVERS:
        event["approver"] = _approver(row)
        state = row.record.get("sysapproval.state")
        if state is not None:
            event.update(state_value=state.value, state_label=state.display)
    return event


def _window(row: Row, now: str) -> str | None:
    """Whether it is now ``before``, ``within`` or ``after`` the planned window; None if none is planned."""
    start, end = (row.values.get(column, "") for column in ("start_date", "end_date"))
    if not start or not end:
        return None
    return "before" if now < start else "within" if now < end else "after"


def _number(row: Row) -> str | None:
    """Of an approval that of its change."""
    cell = row.record.get("sysapproval.number") or row.record.get("number")
    return cell.value if cell is not None else None


def _approver(row: Row) -> dict[str, Any]:
    name, user = row.record.get("approver"), row.record.get("approver.user_name")
    return {
        "sys_id": name.value if name else None,
        "name": name.display if name else None,
        "user_name": user.value if user else None,
        "approval": row.sys_id,
    }


def _shown(moment: str) -> str:
    return f"{moment.replace(' ', 'T')}Z"
