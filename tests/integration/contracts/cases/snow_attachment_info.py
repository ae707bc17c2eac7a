# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_attachment_info: what every module keeps to."""

from __future__ import annotations

from tests.integration.contracts.case import Case, Contract, Option, asked, attached, returns, seeded

NUMBER, SYS_ID = "CHG0030020", "b0dbda5347c12200e0ef563dbb9a718f"
FILES = [
    attached("change_request", SYS_ID, "plan.md", "Deploy."),
    attached("change_request", SYS_ID, "test report.pdf", "Well."),
]
NONE = "0" * 32

CASES = [
    Case("by sys_id", {"sys_id": SYS_ID}, changed=False, prepare=FILES),
    Case("by number", {"number": NUMBER, "pattern": "*.md"}, "GET GET", changed=False, prepare=FILES),
    Case("none", {"sys_id": SYS_ID, "name": "none.md"}, changed=False),
]

OPTIONS = {
    "instance": Option({"username": "bow.ruggeri", "password": "bow.ruggeri-password"}, asked("now/attachment")),
    "table": Option("incident", asked("/api/now/table/incident"), base={"number": "INC0000062"}),
    "sys_id": Option(SYS_ID, asked(f"table_sys_id={SYS_ID}"), base={}),
    "number": Option(NUMBER, returns("plan.md"), base={}, prepare=FILES),
    "correlation_id": Option(
        "shop-1",
        returns("plan.md"),
        base={},
        prepare=[seeded("change_request", {"sys_id": SYS_ID, "correlation_id": "shop-1"}), *FILES],
    ),
    "match": Option({"number": NUMBER}, asked(f"number={NUMBER}"), base={}),
    "query": Option(f"number={NUMBER}", asked(f"number={NUMBER}"), base={}),
    "attachment_sys_id": Option(NONE, asked(NONE), base={}),
    "name": Option("plan.md", asked("file_name=plan.md")),
    "pattern": Option("*.pdf", returns("test report.pdf"), prepare=FILES),
    "attachment_query": Option({"content_type": "text/plain"}, asked("content_type=text/plain")),
    "limit": Option(1, asked("sysparm_limit=1"), prepare=FILES),
}

CONTRACT = Contract(
    base={"sys_id": SYS_ID},
    cases=CASES,
    options=OPTIONS,
    missing={"number": "CHG9999999"},
    wrong={"attachment_query": ""},
    examples=FILES,
)
