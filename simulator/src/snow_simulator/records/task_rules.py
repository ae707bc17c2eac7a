"""What every task does by itself: opening, closing, priority, and what goes with it when it is deleted."""

from __future__ import annotations

from ..values import dates
from .write import RuleBook, Write

# The states in which a task is no longer active.
CLOSED = {
    "change_request": {"3", "4"},
    "change_task": {"3", "4"},
    "incident": {"7", "8"},
    "problem": {"107"},
    "task": {"3", "4", "7"},
}
# impact + urgency -> priority, as the instance's priority lookup has it.
_PRIORITY = {2: "1", 3: "2", 4: "3", 5: "4", 6: "5"}
# The documents show "4 - Low" for a change with impact and urgency 3.
_LOWEST_OF_CHANGES = "4"
_DEPENDENTS = (
    ("sysapproval_approver", "sysapproval"),
    ("sysapproval_group", "parent"),
    ("sys_journal_field", "element_id"),
    ("task_ci", "task"),
    ("task_cmdb_ci_service", "task"),
    ("task_service_offering", "task"),
    ("change_task", "change_request"),
    ("conflict", "change"),
    ("sys_execution_tracker", "source"),
)


def register(rules: RuleBook) -> None:
    rules.add("before", "insert", "task", opened)
    rules.add("before", "insert", "task", priority)
    rules.add("before", "insert update", "task", follow_state)
    rules.add("before", "update", "task", count_reassignments)
    rules.add("after", "delete", "task", delete_dependents)
    rules.add("before", "insert", "sys_user", compose_name)


def closed_states(write: Write) -> set[str]:
    return next(CLOSED[table.name] for table in write.table.lineage() if table.name in CLOSED)


def opened(write: Write) -> None:
    record = write.after
    record["opened_by"] = record["opened_by"] or write.user.sys_id
    record["opened_at"] = record["opened_at"] or record["sys_created_on"]
    if "requested_by" in record:
        record["requested_by"] = record["requested_by"] or record["opened_by"]


def priority(write: Write) -> None:
    """Derived at creation, unless the caller sent one."""
    if "priority" in write.given:
        return
    record = write.after
    try:
        derived = _PRIORITY[int(record["impact"]) + int(record["urgency"])]
    except (KeyError, ValueError):
        return
    if write.table.extends("change_request") and derived > _LOWEST_OF_CHANGES:
        derived = _LOWEST_OF_CHANGES
    record["priority"] = derived


def follow_state(write: Write) -> None:
    """active, closed_at and closed_by follow the state."""
    if write.operation == "update" and not write.changed("state"):
        return
    record = write.after
    active = record["state"] not in closed_states(write)
    record["active"] = "true" if active else "false"
    if active:
        record["closed_at"] = record["closed_by"] = ""
    else:
        record["closed_at"] = record["closed_at"] or dates.stored(write.service.clock.now())
        record["closed_by"] = record["closed_by"] or write.user.sys_id


def count_reassignments(write: Write) -> None:
    moved = (write.changed(name) and write.before[name] for name in ("assignment_group", "assigned_to"))
    if any(moved):
        write.after["reassignment_count"] = str(int(write.before["reassignment_count"] or 0) + 1)


def delete_dependents(write: Write) -> None:
    service = write.service
    for name, reference in _DEPENDENTS:
        table = service.schema[name]
        for record in service.raw.find(table, {reference: write.sys_id}):
            service.delete(write.user, table, record)


def compose_name(write: Write) -> None:
    record = write.after
    record["name"] = record["name"] or f"{record['first_name']} {record['last_name']}".strip()
