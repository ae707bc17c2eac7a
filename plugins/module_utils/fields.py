# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one table of options and columns: what an option is called, which column it fills, and of what kind it is.

Argument specs, plans and writes are all made from it, so that an option cannot be documented and never sent.

Source: ServiceNow documentation, "Change Management API", GET /sn_chg_rest/change, response body parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Field(NamedTuple):
    """An option and the column it fills; *kind* is one of ``values.KINDS`` or ``journal``."""

    option: str
    kind: str
    column: str

    @property
    def option_type(self) -> str:
        """The type that the option has in an argument spec."""
        return {"boolean": "bool", "integer": "int", "list": "list"}.get(self.kind, "str")


def _field(option: str, kind: str = "string", column: str | None = None) -> Field:
    return Field(option, kind, column or option)


#: Columns of the Task table that changes and change tasks have in common.
_TASK_COMMON = (
    _field("correlation_id"),
    _field("short_description"),
    _field("description"),
    _field("assignment_group", "reference"),
    _field("assigned_to", "reference"),
    _field("cmdb_ci", "reference"),
    _field("close_code", "choice"),
    _field("close_notes"),
)

CHANGE = (
    *_TASK_COMMON,
    _field("type", "choice"),
    _field("chg_model", "reference"),
    _field("requested_by", "reference"),
    _field("business_service", "reference"),
    _field("category", "choice"),
    _field("priority", "choice"),
    _field("impact", "choice"),
    _field("risk", "choice"),
    _field("urgency", "choice"),
    _field("scope", "choice"),
    _field("phase", "choice"),
    _field("reason", "choice"),
    _field("justification"),
    _field("proposed_change"),
    _field("change_plan"),
    _field("implementation_plan"),
    _field("backout_plan"),
    _field("test_plan"),
    _field("risk_impact_analysis"),
    _field("start_date", "datetime"),
    _field("end_date", "datetime"),
    _field("work_start", "datetime"),
    _field("work_end", "datetime"),
    _field("requested_by_date", "datetime"),
    _field("due_date", "datetime"),
    _field("cab_required", "boolean"),
    # A date on some instances, a date and time on others.
    _field("cab_date", "auto"),
    _field("cab_delegate", "reference"),
    _field("cab_recommendation"),
    _field("review_date", "date"),
    _field("review_status", "choice"),
    _field("review_comments"),
    _field("on_hold", "boolean"),
    _field("on_hold_reason"),
    _field("outside_maintenance_schedule", "boolean"),
    _field("production_system", "boolean"),
    _field("unauthorized", "boolean"),
    _field("opened_by", "reference"),
    _field("company", "reference"),
    _field("location", "reference"),
    _field("service_offering", "reference"),
    _field("parent", "reference"),
    _field("contact_type", "choice"),
    _field("correlation_display"),
    _field("watch_list", "list"),
    _field("work_notes_list", "list"),
    _field("work_notes", "journal"),
    _field("comments", "journal"),
)

CHANGE_TASK = (
    *_TASK_COMMON,
    _field("change_task_type", "choice"),
    _field("planned_start_date", "datetime"),
    _field("planned_end_date", "datetime"),
    _field("order", "integer"),
    _field("on_hold", "boolean"),
    _field("on_hold_reason"),
    _field("work_notes", "journal"),
    _field("comments", "journal"),
)

#: Columns of well-known tables that no option stands for, and their kinds.
_OTHER = {
    "number": "string",
    "correlation_display": "string",
    "approval": "choice",
    "urgency": "choice",
    "scope": "choice",
    "on_hold": "boolean",
    "on_hold_reason": "string",
    "cab_required": "boolean",
    "cab_recommendation": "string",
    "company": "reference",
    "location": "reference",
    "parent": "reference",
    "change_request": "reference",
    "opened_by": "reference",
    "caller_id": "reference",
    "service_offering": "reference",
    "watch_list": "list",
    "contact_type": "choice",
    "due_date": "datetime",
    "active": "boolean",
    "opened_at": "datetime",
    "closed_at": "datetime",
    "sys_created_on": "datetime",
    "sys_updated_on": "datetime",
    "business_duration": "duration",
    "calendar_duration": "duration",
}

#: Passwords that every instance has.
_SECRETS = {"sys_user": {"user_password": "secret"}}
#: Columns that name one user, and those that name several.
PEOPLE = ("requested_by", "assigned_to", "opened_by", "cab_delegate", "caller_id")
PEOPLE_LISTS = ("watch_list", "work_notes_list")

#: Tables whose columns are named above.
_KNOWN_TABLES = frozenset({"task", "change_request", "change_task", "incident", "problem"})
#: Columns named above that the table Task has itself, and with it every table that extends it.
_OF_TASK = frozenset(
    {"active", "approval", "assigned_to", "assignment_group", "business_duration", "business_service"}
    | {"calendar_duration", "closed_at", "close_notes", "cmdb_ci", "comments", "company", "contact_type"}
    | {"correlation_display", "correlation_id", "description", "due_date", "impact", "location", "number"}
    | {"opened_at", "opened_by", "parent", "priority", "service_offering", "short_description", "state"}
    | {"sys_created_on", "sys_updated_on", "urgency", "watch_list", "work_end", "work_notes", "work_notes_list"}
    | {"work_start"}
)


def kinds_of(fields: Iterable[Field]) -> dict[str, str]:
    """Column to kind of *fields* and of the columns that every task has."""
    return {**_OTHER, **{field.column: field.kind for field in fields}}


def kinds_of_changes() -> dict[str, str]:
    """Column to kind of the table Change Request."""
    return {**kinds_of(CHANGE), "state": "change_state"}


def kinds_of_change_tasks() -> dict[str, str]:
    """Column to kind of the table Change Task."""
    return {**kinds_of(CHANGE_TASK), "state": "change_task_state"}


def known_columns(table: str) -> frozenset[str]:
    """Columns that *table* has on every instance, as far as they are named here; none for a table we do not know."""
    if table not in _KNOWN_TABLES:
        return frozenset()
    own = {
        "change_request": {field.column for field in CHANGE},
        "change_task": {"change_request", *(field.column for field in CHANGE_TASK)},
        "incident": {"caller_id", "category", "close_code"},
        "problem": {"category"},
    }
    return _OF_TASK.union(own.get(table, ()))


#: The tables that others extend on every instance, the nearest first.
_PARENTS = {
    "task": (),
    "sys_user": (),
    "sys_user_group": (),
    "sys_attachment": (),
    "cmdb_ci": ("cmdb",),
    "cmdb_ci_server": ("cmdb_ci_computer", "cmdb_ci_hardware", "cmdb_ci", "cmdb"),
}


def known_parents(table: str) -> tuple[str, ...] | None:
    """The tables that *table* extends, the nearest first; None where an instance has to be asked."""
    return _PARENTS.get(table, ("task",) if table in _KNOWN_TABLES else None)


def kinds_of_table(table: str) -> Mapping[str, str]:
    """Column to kind of a table that we know; of another one only the journals and what is a password everywhere."""
    if table not in _KNOWN_TABLES:
        return {"work_notes": "journal", "comments": "journal", **_SECRETS.get(table, {})}
    kinds = {"change_request": kinds_of_changes, "change_task": kinds_of_change_tasks}.get(table)
    return kinds() if kinds else {**kinds_of(CHANGE), "state": "choice"}


def people_of_table(table: str) -> tuple[str, ...]:
    """Columns that name users; none for a table that we do not know."""
    return (*PEOPLE, *PEOPLE_LISTS) if table in _KNOWN_TABLES else ()


class States(NamedTuple):
    """The states of a kind of record: label to value, the order of the process, and the one that ends it."""

    values: Mapping[str, str]
    order: tuple[str, ...]
    canceled: str

    def value_of(self, state: str) -> str:
        """The value of a state given by value or label, in any case; one that is not known stands for itself."""
        return self.values.get(state.strip().lower().replace("_", " "), state.strip())

    def label_of(self, state: str) -> str:
        """The label of a state's value; a value that is not known stands for itself."""
        labels = (label for label, value in self.values.items() if value == state)
        return next(labels, state).capitalize()

    def is_known(self, state: str) -> bool:
        """Whether *state* is the value of one of them."""
        return state in self.values.values()

    def is_past(self, state: str, other: str) -> bool:
        """Whether *state* comes after *other* in the order of the process; never so for unknown states."""
        if state not in self.order or other not in self.order:
            return False
        return self.order.index(state) > self.order.index(other)


CHANGE_STATES = States(
    values={
        "new": "-5",
        "assess": "-4",
        "authorize": "-3",
        "scheduled": "-2",
        "implement": "-1",
        "review": "0",
        "closed": "3",
        "canceled": "4",
        "cancelled": "4",
    },
    order=("-5", "-4", "-3", "-2", "-1", "0", "3"),
    canceled="4",
)

CHANGE_TASK_STATES = States(
    values={
        "pending": "-5",
        "open": "1",
        "in progress": "2",
        "work in progress": "2",
        "closed": "3",
        "canceled": "4",
        "cancelled": "4",
    },
    order=("-5", "1", "2", "3"),
    canceled="4",
)

#: Kind of a column that holds a state, to the states that it can hold.
STATES: Mapping[str, States] = {"change_state": CHANGE_STATES, "change_task_state": CHANGE_TASK_STATES}

#: States that a type of change does not pass.
SKIPPED_STATES: Mapping[str, frozenset[str]] = {
    "normal": frozenset(),
    "standard": frozenset({"-4", "-3"}),
    "emergency": frozenset({"-4"}),
}
