"""Approving or rejecting as somebody: for PATCH .../approvals, the control API and auto-approval."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
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


def auto_approve(instance: Instance, seconds: float) -> None:
    """Every request older than that is approved by the one who is asked, unless a rule is against it."""
    table = instance.raw.schema["sysapproval_approver"]
    limit = dates.stored(instance.clock.now() - timedelta(seconds=seconds))
    for row in instance.raw.find(table, {"state": "requested"}):
        if row["sys_updated_on"] <= limit:
            instance.attempt(partial(_approve_now, instance, row["sys_id"]))


def _approve_now(instance: Instance, sys_id: str) -> None:
    row = instance.raw.get(instance.raw.schema["sysapproval_approver"], sys_id)
    # One approval settles its group, so a row may have been settled since it was read.
    if row and row["state"] == "requested" and (approver := instance.users.by_id(row["approver"])):
        decide(instance, row, approver, "approved")
