# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_change_info: what every module keeps to."""

from __future__ import annotations

from tests.integration.contracts.case import Case, Contract, Option, asked, refused, returns, seeded, sent

NUMBER, SYS_ID = "CHG0033046", "0f4ac6c4b750230096c3e4f6ee11a9fe"
PARTS = [
    "tasks", "affected_cis", "impacted_services", "service_offerings", "conflicts", "approvals", "next_states",
    "attachments", "journal", "window",
]  # fmt: skip
ACTIVE = {"query": "active=true"}

CASES = [
    Case("by number", {"number": NUMBER}, changed=False),
    Case("by a query", {"query": "active=true^ORDERBYnumber", "limit": 3}, changed=False),
    Case("none", {"number": "CHG9999999"}, changed=False),
    Case(
        "all parts",
        {"sys_id": SYS_ID, "include": PARTS},
        " ".join(["GET"] * 11),
        changed=False,
        prepare=[
            seeded("task_ci", {"task": SYS_ID, "ci_item": "web-01"}),
            seeded("task_cmdb_ci_service", {"task": SYS_ID, "cmdb_ci_service": "E-mail"}),
            seeded("task_service_offering", {"task": SYS_ID, "service_offering": "Online Shop Europe"}),
            seeded("conflict", {"change": SYS_ID, "type": "blackout"}),
            seeded("sysapproval_approver", {"sysapproval": SYS_ID, "approver": "abel.tuter", "state": "approved"}),
            sent("PATCH", f"/api/now/table/change_request/{SYS_ID}", {"work_notes": "Seen."}),
        ],
    ),
    Case("counted", {**ACTIVE, "count_only": True}, changed=False),
    Case("by plain data", {"query": {"state": ["new", "closed"]}, "type": "normal", "model": "Normal"}, changed=False),
]

OPTIONS = {
    "instance": Option({"username": "auditor", "password": "auditor-password"}, asked("GET /api/sn_chg_rest/change")),
    "sys_id": Option(SYS_ID, asked(f"/api/sn_chg_rest/change/{SYS_ID}"), base={}),
    "number": Option(NUMBER, asked(f"number={NUMBER}"), base={}),
    "correlation_id": Option(
        "shop-1",
        returns(NUMBER),
        base={},
        prepare=[seeded("change_request", {"sys_id": SYS_ID, "correlation_id": "shop-1"})],
    ),
    "query": Option("risk=2", asked("sysparm_query=risk=2"), base={}),
    "limit": Option(2, asked("sysparm_limit=2"), base={"query": "active=true"}),
    "type": Option("normal", asked("/change/normal"), base=ACTIVE),
    "model": Option("Normal", asked("chg_model.name=Normal"), base={}),
    "filters": Option({"assignment_group": "Network"}, asked("assignment_group=Network"), base={}),
    "text_search": Option("BGP", asked("textSearch=BGP"), base={}),
    "order_by": Option(["-number"], asked("ORDERBYDESCnumber"), base=ACTIVE),
    "offset": Option(1, asked("sysparm_offset=1"), base=ACTIVE),
    "fields": Option(["number"], returns(f'"record": {{"number": "{NUMBER}"}}')),
    "count_only": Option(True, asked("/table/change_request"), base=ACTIVE),
    "exactly_one": Option(True, refused("No change request was found"), base={"query": "number=CHG9999999"}),
    "include": Option(["tasks"], returns('"tasks": [{')),
}  # fmt: skip

CONTRACT = Contract(
    base={"number": NUMBER},
    cases=CASES,
    options=OPTIONS,
    missing=None,
    wrong={"query": " "},
)
