"""Approving or rejecting as somebody: for PATCH .../approvals, the control API and auto-approval."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ..access.users import User
from ..store.records import Record
from ..values import dates
from .approvals import Approvals

if TYPE_CHECKING:
    from ..instance import Instance


def pending(instance: Instance, change: str, user: User | None = None) -> list[Record]:
    """Open requests of a change, the oldest first; those that ask `user`, if given."""
    rows = Approvals(instance.records, instance.users).rows(change, "requested")
    return [row for row in rows if user is None or row["approver"] == user.sys_id]


def decide(instance: Instance, row: Record, user: User, state: str, comments: str = "") -> None:
    """Writes the row as `user`; the business rules do the rest."""
    table = instance.raw.schema["sysapproval_approver"]
    values = {"state": state} | ({"comments": comments} if comments else {})
    instance.records.update_raw(user, table, row, values)


def approver_of(instance: Instance, row: Record) -> User:
    user = instance.users.by_id(row["approver"])
    if user is None:
        raise LookupError(f"approval {row['sys_id']} asks a user who does not exist")
    return user


def auto_approve(instance: Instance, seconds: float) -> None:
    """Every request older than that is approved by the one who is asked."""
    table = instance.raw.schema["sysapproval_approver"]
    limit = dates.stored(instance.clock.now() - timedelta(seconds=seconds))
    for row in instance.raw.find(table, {"state": "requested"}):
        current = instance.raw.get(table, row["sys_id"])
        # One approval settles its group, so a row may have been settled since it was read.
        if current and current["state"] == "requested" and current["sys_updated_on"] <= limit:
            decide(instance, current, approver_of(instance, current), "approved")
