"""Asking for approval, and what an approval or a rejection does to the change."""

from __future__ import annotations

from ..access.users import User, Users
from ..records.service import RecordService
from ..store.records import Record
from .models import Model
from .states import NEW


class Approvals:
    """The approval rows (sysapproval_approver, sysapproval_group) of changes."""

    def __init__(self, service: RecordService, users: Users) -> None:
        self.service = service
        self.users = users
        self._approver = service.schema["sysapproval_approver"]
        self._group = service.schema["sysapproval_group"]

    def rows(self, change: str, state: str = "") -> list[Record]:
        match = {"sysapproval": change} | ({"state": state} if state else {})
        return self.service.raw.find(self._approver, match)

    def request(self, user: User, change: Record, model: Model) -> None:
        """Ask the members of the group that the model names for this state; any one of them is enough."""
        group = self._group_of(change, model)
        if not group:
            return
        values = {"parent": change["sys_id"], "assignment_group": group, "stage": change["state"]}
        asked = self.service.insert_raw(user, self._group, values)
        for member in self._eligible(change, group):
            row = {
                "sysapproval": change["sys_id"],
                "document_id": change["sys_id"],
                "source_table": "change_request",
                "approver": member,
                "group": asked["sys_id"],
                "state": "requested",
            }
            self.service.insert_raw(user, self._approver, row)

    def _group_of(self, change: Record, model: Model) -> str:
        who = model.approvals.get(change["state"], "")
        if who in ("", "assignment_group"):
            return change["assignment_group"] if who else ""
        group = self.service.raw.first(self.service.schema["sys_user_group"], {"name": who})
        return group["sys_id"] if group else ""

    def _eligible(self, change: Record, group: str) -> list[str]:
        """Four eyes: whoever requested or opened the change is never asked."""
        own = {change["requested_by"], change["opened_by"]}
        return [member for member in self.users.members(group) if member not in own]

    def withdraw(self, user: User, change: str, state: str) -> None:
        """Pending requests become `state`: cancelled (back to New) or not_required (on hold, Canceled)."""
        for row in self.rows(change, "requested"):
            self.service.update_raw(user, self._approver, row, {"state": state})
        for group in self.service.raw.find(self._group, {"parent": change, "approval": "requested"}):
            self.service.update_raw(user, self._group, group, {"approval": state})

    def reinstate(self, user: User, change: Record) -> None:
        """Off hold: what the hold made unnecessary is asked for again."""
        match = {"parent": change["sys_id"], "stage": change["state"], "approval": "not_required"}
        for group in self.service.raw.find(self._group, match)[-1:]:
            self.service.update_raw(user, self._group, group, {"approval": "requested"})
            for row in self.rows(change["sys_id"], "not_required"):
                if row["group"] == group["sys_id"]:
                    self.service.update_raw(user, self._approver, row, {"state": "requested"})

    def decided(self, user: User, row: Record) -> None:
        """After a row was approved or rejected: one answer settles the group."""
        group = self.service.raw.get(self._group, row["group"])
        if group is None:
            return
        self.service.update_raw(user, self._group, group, {"approval": row["state"]})
        for other in self.rows(row["sysapproval"], "requested"):
            if other["group"] == group["sys_id"]:
                self.service.update_raw(user, self._approver, other, {"state": "not_required"})


def approval_on_entry(model: Model, change: Record) -> str | None:
    """The change's own `approval` field when it enters its state; None leaves it."""
    state = change["state"]
    if state in model.approvals:
        return "requested"
    if state == NEW:
        return "rejected" if change["approval"] == "rejected" else "not requested"
    if model.pre_approved:
        return "approved"
    return None
