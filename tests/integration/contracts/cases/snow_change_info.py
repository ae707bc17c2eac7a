# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_change_info: what every module keeps to."""

from __future__ import annotations

from tests.integration.contracts.case import Case, Contract, Option, asked, returns, seeded

NUMBER, SYS_ID = "CHG0033046", "0f4ac6c4b750230096c3e4f6ee11a9fe"
PARTS = ["tasks", "approvals", "attachments", "affected_cis", "next_states"]

CASES = [
    Case("by number", {"number": NUMBER}, changed=False),
    Case("by a query", {"query": "active=true^ORDERBYnumber", "limit": 3}, changed=False),
    Case("none", {"number": "CHG9999999"}, changed=False),
    Case("all parts", {"sys_id": SYS_ID, "include": PARTS}, "GET GET GET GET GET GET", changed=False),
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
    "include": Option(["tasks"], returns('"tasks": [{')),
}

CONTRACT = Contract(
    base={"number": NUMBER},
    cases=CASES,
    options=OPTIONS,
    missing=None,
    wrong={"query": " "},
)
