"""POST /_sim/approve: an approver acts, as they would in the instance's own pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..access.users import User
from ..change.deciding import decide, pending
from ..store.records import Record
from ..values.text import from_json
from .problems import ControlError

if TYPE_CHECKING:
    from ..instance import Instance


def approve(instance: Instance, body: dict[str, Any]) -> dict[str, object]:
    change = _find(instance, from_json(body.get("change")))
    state = from_json(body.get("state")) or "approved"
    if state not in ("approved", "rejected"):
        raise ControlError(400, "'state' is approved or rejected")
    comments = from_json(body.get("comments")) or ("Rejected in the simulator" if state == "rejected" else "")
    user = _user(instance, body.get("user"))
    names: list[str] = []
    rows = pending(instance, change["sys_id"], user)
    seen: set[str] = set()
    while rows and rows[0]["sys_id"] not in seen:
        # A rule of the data set may leave a row as it was.
        seen.add(rows[0]["sys_id"])
        approver = instance.users.by_id(rows[0]["approver"])
        if approver is None:
            raise ControlError(409, f"Approval {rows[0]['sys_id']} asks a user who does not exist")
        decide(instance, rows[0], approver, state, comments)
        names.append(approver.user_name)
        # With "all" the next stage is decided as well, by whoever it asks.
        rows = pending(instance, change["sys_id"], user) if body.get("all") else []
    moved = _find(instance, change["sys_id"])
    if not names:
        who = f" for {user.user_name}" if user else ""
        raise ControlError(409, f"No approval is pending{who} on {moved['number']} (state {moved['state']})")
    return {"state": moved["state"], "approval": moved["approval"], "approved_by": names}


def _find(instance: Instance, text: str) -> Record:
    """A change by sys_id, number or correlation_id."""
    table = instance.raw.schema["change_request"]
    for name in ("sys_id", "number", "correlation_id"):
        record = instance.raw.first(table, {name: text}) if text else None
        if record:
            return record
    raise ControlError(404, f"No change '{text}'")


def _user(instance: Instance, name: object) -> User | None:
    if not name:
        return None
    user = instance.users.by_name(str(name))
    if user is None:
        raise ControlError(404, f"No user '{name}'")
    return user
