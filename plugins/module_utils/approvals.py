# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the approvals of a change say, and the decision that a task wants. No input or output.

An approval is a row of the table sysapproval_approver: one for each user who is asked, in each stage of the change.

Source: ServiceNow documentation, table "Approval" (sysapproval_approver).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, Record
from ansible_collections.changegate.snow.plugins.module_utils.change_rules import is_closed
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, NotAsked
from ansible_collections.changegate.snow.plugins.module_utils.fields import CHANGE_STATES
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity
from ansible_collections.changegate.snow.plugins.module_utils.query import equals

APPROVED, REJECTED = "approved", "rejected"
#: What is read of each approval; the change is seen through it, because an approver may not be allowed more.
COLUMNS = (
    "sys_id", "state", "comments", "approver", "approver.user_name", "group", "due_date", "sys_created_on",
    "sys_updated_on", "sysapproval", "sysapproval.number", "sysapproval.correlation_id", "sysapproval.state",
    "sysapproval.approval", "sysapproval.active",
)  # fmt: skip
_PARENT = "sysapproval"
#: Authorize, the last state of the usual process in which anybody is asked.
_LAST_ASKING = "-3"


class Decision(NamedTuple):
    """What a task wants: *state*, the *comments* that go with it, and the state that the change has to be in."""

    state: str
    comments: str = ""
    change_state: str | None = None

    @property
    def label(self) -> str:
        return self.state.capitalize()

    def difference(self, row: Record) -> tuple[dict[str, Any], dict[str, Any]]:
        """The diff of deciding on the approval *row*, before and after."""
        before, after = {"state": row["state"].display}, {"state": self.label}
        return ({**before, "comments": ""}, {**after, "comments": self.comments}) if self.comments else (before, after)


def decision_of(state: str, comments: str | None, change_state: str | None) -> Decision:
    """The decision that these options ask for; raises :class:`InvalidUsage` for one that cannot be made."""
    text = (comments or "").strip()
    if state == REJECTED and not text:
        raise InvalidUsage("A rejection needs comments; give its reason.")
    if change_state is not None and not change_state.strip():
        raise InvalidUsage("change_state is empty; give the state that the change has to be in, or leave it out.")
    return Decision(state, comments or "" if text else "", change_state)


def where(who: Identity) -> str:
    """The condition that finds the approvals of the change *who*."""
    if who.sys_id is not None:
        return equals(_PARENT, who.sys_id)
    conditions = "^".join(equals(f"{_PARENT}.{column}", value) for column, value in who.conditions.items())
    # Other tasks have approvals as well, and may have the same correlation ID.
    return f"{conditions}^{equals(f'{_PARENT}.sys_class_name', 'change_request')}"


def change_of(row: Record) -> dict[str, Cell]:
    """The change, as far as its approval *row* shows it."""
    inside = {name.split(".", 1)[1]: cell for name, cell in row.items() if name.startswith(f"{_PARENT}.")}
    parent = row[_PARENT]
    number = Cell(parent.display, parent.display)
    return {"number": number, **inside, "sys_id": parent._replace(display=parent.value, link=None)}


def requested(rows: Sequence[Record]) -> list[Record]:
    """Those that wait for a decision."""
    return [row for row in rows if row["state"].value == "requested"]


def latest(rows: Sequence[Record]) -> Record | None:
    """The last that was decided on, in whatever way."""
    decided = [row for row in rows if row["state"].value in (APPROVED, REJECTED)]
    return max(decided, key=lambda row: row["sys_updated_on"].value, default=None)


def in_state(row: Record, wanted: str | None) -> bool:
    """Whether the change of an approval is in the state *wanted* (value or label, in any case); None is any state."""
    if wanted is None:
        return True
    state = change_of(row).get("state")
    if state is None:
        return False
    return state.value == CHANGE_STATES.value_of(wanted) or state.display.casefold() == wanted.strip().casefold()


def may_yet_ask(change: Record, wanted: Decision) -> bool:
    """Whether an earlier task could bring the *change* from its state to one in which it asks for approval."""
    state = change.get("state")
    if is_closed(change) or state is None:
        return False
    target = CHANGE_STATES.value_of(wanted.change_state) if wanted.change_state else _LAST_ASKING
    there = state.value == target or state.display.casefold() == target.casefold()
    return not (there or CHANGE_STATES.is_past(state.value, target))


def refusal_of(last: Record | None, row: Record, wanted: Decision) -> NotAsked:
    """Why nothing is decided: *last* is what the user has decided last, *row* the newest approval."""
    number, user, state = row["sysapproval"].display, row["approver"].display, change_of(row).get("state")
    if not in_state(row, wanted.change_state):
        shown = state.display if state else "a state that this user may not see"
        return NotAsked(
            f"{number} is in {shown}, not in {wanted.change_state}, and {user} has not {wanted.state} it; decide "
            "while it is there, or without change_state."
        )
    if last is not None:
        return NotAsked(
            f"{user} has {last['state'].value} {number} already, at {last['sys_updated_on'].value} UTC; it has to "
            "ask for approval again before that can be decided otherwise.",
            detail=last["state"].display,
        )
    shown = row["state"].display
    return NotAsked(
        f"{number} does not ask {user} for approval now: that approval is {shown}; request its approval again.",
        detail=shown,
    )
