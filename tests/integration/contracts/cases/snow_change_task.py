# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_change_task: what every module keeps to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.integration.contracts.case import Case, Contract, Option, asked, column, returns, seeded, spared

CHANGE, CHANGE_ID, BARE = "CHG0033046", "0f4ac6c4b750230096c3e4f6ee11a9fe", "CHG0030020"
TASK, TASK_ID = "CTASK0010001", "12629ec4b750230096c3e4f6ee11a9d5"
ABEL, NETWORK, APACHE = (
    "62826bf03710200044e0bfc8bcbe5df1",
    "287ebd7da9fe198100f92cc8d1d2154e",
    "3a27d4370a0a0bb4006316812bf45439",
)
KNOWN = {"number": TASK}
INSTALL: dict[str, Any] = {"change": CHANGE, "short_description": "Install"}
CLOSING = {"state": "closed", "close_code": "successful", "close_notes": "Done."}
SHOP = seeded("change_request", {"sys_id": CHANGE_ID, "correlation_id": "shop-1"})


def _task_of(base: Mapping[str, Any] | None) -> dict[str, Any]:
    """What names the task in the base of an option, as an item of a list."""
    # Without an order, which the list would give it.
    known = KNOWN if base is None else base
    return {"order": None, **{name: value for name, value in known.items() if name != "change"}}


def of_task(name: str, after: str | None = None) -> Any:
    return column(f"change_task.{name}", after)


CASES = [
    Case("created", {**INSTALL, "assignment_group": "Network", "change_task_type": "Implementation", "order": 1}),
    Case("created with dates", {**INSTALL, "planned_start_date": "2031-02-01T20:00:00+01:00", "assigned_to": ABEL}),
    Case("created by ID", {"change_correlation_id": "shop-1", "correlation_id": "a", "short_description": "A"},
         prepare=[SHOP]),
    Case("first of its change", {"change": BARE, "short_description": "First"}),
    Case("nothing to do", {"change": CHANGE_ID, "short_description": "Retire node"}, changed=False),
    Case("updated by number", {**KNOWN, "order": 7, "cmdb_ci": "PS Apache01", "description": "a\nb\n"}),
    Case("updated with names and dates",
         {**KNOWN, "assigned_to": "Abel Tuter", "planned_end_date": "2031-02-01 20:00"}),
    Case("noted", {**KNOWN, "work_notes": "Seen."}, "GET GET"),
    Case("closed", {**KNOWN, **CLOSING}),
    Case("passed already", {**KNOWN, "state": "open", "state_match": "at_least"}, changed=False,
         prepare=[seeded("change_task", {"sys_id": TASK_ID, "state": "2"})]),
    Case("deleted", {**KNOWN, "state": "absent"}, user="bow.ruggeri"),
    Case("several", {"change": CHANGE, "tasks": [
        {"short_description": "Drain", "assignment_group": "Network"}, {**KNOWN, "description": "x"}]}),
    Case("purged", {"change": CHANGE, "purge": True, "tasks": [{"short_description": "Drain"}]}, user="bow.ruggeri"),
    Case("deleted already", {**INSTALL, "state": "absent"}, changed=False),
]  # fmt: skip

OPTIONS = {
    "instance": Option({"username": "auditor", "password": "auditor-password"}, asked("GET /api/now/table")),
    "unapplied": Option("warn", returns('"field": "shoe_size"'), base={**KNOWN, "fields": {"shoe_size": 44}}),
    "change": Option(BARE, asked(f"change_request.number={BARE}"), base={"short_description": "First"}),
    "change_correlation_id": Option("shop-1", of_task("change_request", CHANGE_ID), prepare=[SHOP],
                                    base={"short_description": "Install"}),
    "sys_id": Option(TASK_ID, returns(TASK), base={}),
    "number": Option(TASK, returns(TASK_ID), base={}),
    "correlation_id": Option("a", of_task("correlation_id", "a"), base=INSTALL),
    "short_description": Option("Another", of_task("short_description", "Another")),
    "state": Option("in progress", of_task("state", "2")),
    "state_match": Option("at_least", spared(), base={**KNOWN, "state": "pending"}),
    "description": Option("Text", of_task("description", "Text")),
    "change_task_type": Option("Review", of_task("change_task_type", "review")),
    "order": Option(12, of_task("order", "12")),
    "assignment_group": Option("Network", of_task("assignment_group", NETWORK)),
    "assigned_to": Option("Abel Tuter", of_task("assigned_to", ABEL)),
    "cmdb_ci": Option("PS Apache01", of_task("cmdb_ci", APACHE)),
    "planned_start_date": Option("2031-02-01T20:00:00+01:00", of_task("planned_start_date", "2031-02-01 19:00:00")),
    "planned_end_date": Option("2031-02-01 20:00:00", of_task("planned_end_date", "2031-02-01 20:00:00")),
    "close_code": Option("unsuccessful", of_task("close_code", "unsuccessful")),
    "close_notes": Option("Text", of_task("close_notes", "Text")),
    "work_notes": Option("Seen.", column("sys_journal_field.value", "Seen.")),
    "comments": Option("Seen.", column("sys_journal_field.value", "Seen.")),
    "fields": Option({"urgency": "1 - High"}, of_task("urgency", "1")),
    "on_hold": Option(True, of_task("on_hold", "true")),
    "on_hold_reason": Option("Parts", of_task("on_hold_reason", "Parts")),
    "tasks": Option(
        [{"short_description": "Install"}], of_task("short_description", "Install"), base={"change": CHANGE}
    ),
    "purge": Option(True, column("change_task.number", ""), base={"change": CHANGE, "tasks": []}, user="bow.ruggeri"),
}  # fmt: skip
#: The options of one task are those of each in a list.
IN_A_LIST = {
    f"tasks.{name}": replace(option, base={"change": CHANGE, "tasks": [_task_of(option.base)]})
    for name, option in OPTIONS.items()
    if name not in ("instance", "unapplied", "change", "change_correlation_id", "tasks", "purge")
}

CONTRACT = Contract(
    base=KNOWN,
    cases=CASES,
    options={**OPTIONS, **IN_A_LIST},
    idle={
        "state_match": ("at_least", {**KNOWN, "order": 3}),
        "tasks.state_match": ("at_least", {"change": CHANGE, "tasks": [{**KNOWN, "order": 3}]}),
    },
    partial=[
        Case("one of two", {"change": CHANGE, "tasks": [{**KNOWN, "order": 3}, {"number": "CTASK9999999"}]}),
        Case("not applied", {**KNOWN, "fields": {"shoe_size": 44}}),
    ],
    missing={"number": "CTASK9999999", "order": 1},
    wrong={"number": "None"},
    examples_user="bow.ruggeri",
)
