"""Business rules of changes, their tasks and their approvals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import acl_refused, mandatory, rule_aborted
from ..records.write import RuleBook, Write
from .process import Process

if TYPE_CHECKING:
    from ..instance import Instance

_APPROVAL_RULE = ("Check Approval State", "5d2f0c1dc343101035ae3f52c1d3ae77")


def register(rules: RuleBook, instance: Instance) -> None:
    process = Process(instance)
    rules.add("before", "insert", "change_request", process.choose_model)
    rules.add("before", "insert update", "change_request", process.check)
    rules.add("after", "insert update", "change_request", process.entered)
    rules.add("before", "insert update", "change_task", mirror_parent)
    rules.add("after", "update", "change_task", process.task_closed)
    rules.add("before", "update", "sysapproval_approver", check_approver)
    rules.add("after", "update", "sysapproval_approver", process.approval_decided)


def mirror_parent(write: Write) -> None:
    """`parent` and `change_request` of a task are the same record."""
    record = write.after
    if write.changed("change_request") and record["change_request"]:
        record["parent"] = record["change_request"]
    elif write.changed("parent"):
        parent = write.service.raw.get(write.service.schema["change_request"], record["parent"])
        record["change_request"] = parent["sys_id"] if parent else record["change_request"]


def check_approver(write: Write) -> None:
    """Only the one who is asked (or an admin) decides, only while asked, and a rejection has its reason."""
    state = write.after["state"]
    if not write.changed("state") or state not in ("approved", "rejected"):
        return
    if write.user.sys_id != write.before["approver"] and not write.user.has_role("admin"):
        raise acl_refused("Update")
    if write.before["state"] != "requested":
        raise rule_aborted(write.table.name, *_APPROVAL_RULE)
    if state == "rejected" and "comments" not in write.journals:
        raise mandatory(["Comments"])
