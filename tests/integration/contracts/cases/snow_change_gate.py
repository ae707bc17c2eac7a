# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_change_gate: what every module keeps to."""

from __future__ import annotations

from tests.integration.contracts.case import Case, Contract, Option, asked, both, refused, returns, seeded

#: A change of its own: what others do to theirs would close the gate.
NUMBER, SYS_ID = "CHG0099010", "9a7e0000000000000000000000000010"
WEB, CAB_MEMBER = "web-01", "bow.ruggeri"
#: A change that may proceed now, and for years.
OPEN = {
    "sys_id": SYS_ID,
    "number": NUMBER,
    "correlation_id": "gate-1",
    "short_description": "Deploy shop 2026.11.1",
    "active": "true",
    "state": "-1",
    "approval": "approved",
    "on_hold": "false",
    "type": "normal",
    "chg_model": "Normal",
    "risk": "3",
    "start_date": "2020-01-01 00:00:00",
    "end_date": "2100-01-01 00:00:00",
    "requested_by": "abel.tuter",
    "opened_by": "ansible",
    "backout_plan": "Back.",
    "test_plan": "Test.",
    "conflict_status": "Not Run",
    "cmdb_ci": WEB,
    "production_system": "true",
}
TASK = {"change_request": SYS_ID, "number": "CTASK0099001", "short_description": "Back up the database", "state": "3"}
READY = [
    seeded("change_request", OPEN),
    seeded("task_ci", {"task": SYS_ID, "ci_item": WEB}),
    seeded("change_task", TASK),
    seeded("sysapproval_approver", {"sysapproval": SYS_ID, "approver": CAB_MEMBER, "state": "approved"}),
]
KNOWN = {"sys_id": SYS_ID}
HELD = [seeded("change_request", {**OPEN, "on_hold": "true"})]
#: The change of the examples, on a Sunday: its firewall is maintained then.
EXAMPLE = {
    **OPEN,
    "sys_id": "afbffb24b758230096c3e4f6ee11a972",
    "number": "CHG0030001",
    "correlation_id": "shop-2026.11.1-production",
    "cmdb_ci": "build-01",
    "start_date": "2031-03-02 03:00:00",
    "end_date": "2031-03-02 05:00:00",
}
EXAMPLES = [
    lambda instance: instance.control("PUT", "settings", {"worker_seconds": 0}),
    lambda instance: instance.control("PUT", "clock", {"now": "2031-03-02T03:10:00Z"}),
    seeded("change_request", EXAMPLE),
    # The play's own host.
    seeded("cmdb_ci_server", {"name": "localhost"}),
    seeded("task_ci", {"task": EXAMPLE["sys_id"], "ci_item": "localhost"}),
    seeded("change_task", {**TASK, "change_request": EXAMPLE["sys_id"]}),
    seeded("sysapproval_approver", {"sysapproval": EXAMPLE["sys_id"], "approver": CAB_MEMBER, "state": "approved"}),
]
ALL = {
    **KNOWN,
    "hosts": [WEB, "10.0.2.1"],
    "cis": ["WEB-01"],
    "type": ["normal"],
    "model": ["Normal"],
    "risk_at_most": "3",
    "tasks": {"closed": ["Back up the database"]},
    "required_fields": ["backout_plan"],
    "match": {"production_system": True},
    "approved_by": {"groups": ["CAB Approval"], "users": ["abel.tuter"]},
}

CASES = [
    Case("open", KNOWN, changed=False, prepare=READY),
    Case("by number", {"number": NUMBER}, changed=False, prepare=READY),
    Case("by a query", {"query": {"correlation_id": "gate-1"}}, changed=False, prepare=READY),
    Case("everything", ALL, " ".join(["GET"] * 7), changed=False, prepare=READY),
    Case(
        "closed",
        {"number": NUMBER, "cis": ["web-02"], "no_open_incidents": True, "enforce": False},
        "GET GET GET GET",
        changed=False,
        prepare=READY,
    ),
]

OPTIONS = {
    "instance": Option({"username": "auditor", "password": "auditor-password"}, asked("GET /api/sn_chg_rest/change")),
    "sys_id": Option(SYS_ID, asked(f"/api/sn_chg_rest/change/{SYS_ID}"), base={}, prepare=READY),
    "number": Option(NUMBER, asked(f"number={NUMBER}"), base={}, prepare=READY),
    "correlation_id": Option("gate-1", asked("correlation_id=gate-1"), base={}, prepare=READY),
    "query": Option("correlation_id=gate-1", asked("correlation_id=gate-1"), base={}, prepare=READY),
    "states": Option(["review"], refused("not review")),
    "approval": Option(["requested"], refused("not requested")),
    "on_hold": Option("allow", returns('"open": true'), prepare=HELD),
    "window.required": Option(
        False, returns('"open": true'), prepare=[seeded("change_request", {**OPEN, "end_date": "2020-01-02 00:00:00"})]
    ),
    "window.min_remaining": Option("99999d", refused("shorter than 99999 d")),
    "window.early": Option(
        "99999d",
        returns('"open": true'),
        prepare=[seeded("change_request", {**OPEN, "start_date": "2099-01-01 00:00:00"})],
    ),
    "window.grace": Option(
        "99999d",
        returns('"open": true'),
        prepare=[seeded("change_request", {**OPEN, "end_date": "2020-01-02 00:00:00"})],
    ),
    "window": Option({"min_remaining": "29000d"}, refused("less than 29000 d")),
    "tasks": Option({"closed": ["No such task"]}, refused("it has no task No such task")),
    "approved_by": Option({"users": ["abel.tuter"]}, refused("not by somebody (abel.tuter)")),
    "hosts": Option(["web-02"], refused("web-02 is not among the affected items")),
    "cis": Option(["web-02"], refused("web-02 is not among the affected items")),
    "type": Option(["emergency"], refused("not emergency")),
    "model": Option(["Standard"], refused("not Standard")),
    "risk_at_most": Option("low", refused("above the 4 allowed")),
    "conflicts": Option("none", refused("no conflict check was run")),
    "conflict_check": Option(
        "fresh", asked("POST", f"{SYS_ID}/conflict"), base={**KNOWN, "conflicts": "none", "enforce": False}
    ),
    "conflict_max_age": Option("2h", refused("no conflict check"), base={**KNOWN, "conflicts": "none"}),
    "tasks.closed": Option(["No such task"], refused("it has no task No such task")),
    "tasks.open": Option(["Back up the database"], refused("is not open: CTASK0099001 is Closed")),
    "required_fields": Option(["justification"], refused("justification is empty")),
    "match": Option({"production_system": False}, both(asked("production_system=false"), returns('"open": false')),
                    base={**KNOWN, "enforce": False}),
    "no_open_incidents": Option(True, refused("its items have 1 active incident (INC0000064)")),
    "approved_by.groups": Option(["Hardware"], refused("of Hardware")),
    "approved_by.users": Option(["abel.tuter"], refused("not by somebody (abel.tuter)")),
    "approved_by.at_least": Option(2, refused("2 people other than the requester")),
    "enforce": Option(False, returns('"open": false'), base={**KNOWN, "states": ["review"]}),
    "timeout": Option("1", refused("That did not change in 1 seconds."), base={**KNOWN, "states": ["review"]}),
    "interval": Option("0", refused("interval")),
    "heartbeat": Option("0", refused("heartbeat")),
}  # fmt: skip

CONTRACT = Contract(
    base=KNOWN,
    cases=CASES,
    options=OPTIONS,
    missing={"number": "CHG9999999"},
    wrong={**KNOWN, "hosts": []},
    prepare=READY,
    examples=EXAMPLES,
    meanwhile={"Ask, and decide in the next task": [seeded("change_request", {**EXAMPLE, "on_hold": "true"})]},
    idle={
        "conflict_check": ("fresh", KNOWN),
        "conflict_max_age": ("2h", KNOWN),
        "interval": ("5", KNOWN),
        "heartbeat": ("5", KNOWN),
    },
)
