# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_attachment: what every module keeps to."""

from __future__ import annotations

from tests.integration.contracts.case import (
    Case,
    Contract,
    Option,
    asked,
    attached,
    column,
    emptied,
    faulty,
    refused,
    returns,
    seeded,
)
from tests.integration.helpers import REPOSITORY

NUMBER, SYS_ID = "CHG0030020", "b0dbda5347c12200e0ef563dbb9a718f"
FILE = {"name": "plan.md", "content": "Deploy.\n"}
KNOWN = {"sys_id": SYS_ID, **FILE}
OLD = attached("change_request", SYS_ID, "plan.md", "Something else.")
SRC = str(REPOSITORY / "tests" / "ansible.cfg")

CASES = [
    Case("new", KNOWN),
    Case("new by number", {"number": NUMBER, **FILE}, "GET GET"),
    Case("from a file", {"sys_id": SYS_ID, "src": SRC}),
    Case("replaced", KNOWN, prepare=[OLD]),
    Case("two of a name replaced", KNOWN, prepare=[OLD, OLD]),
    Case("there already", KNOWN, changed=False, prepare=[attached("change_request", SYS_ID, "plan.md", "Deploy.\n")]),
    Case("several", {"sys_id": SYS_ID, "files": [SRC, {"name": "b.txt", "content": "B"}]}, prepare=[OLD]),
    Case("renamed", {"sys_id": SYS_ID, "name": "plan.md", "new_name": "old.md", "state": "renamed"}, prepare=[OLD]),
    Case(
        "fetched",
        {"sys_id": SYS_ID, "pattern": "*.md", "dest": "fetched", "mode": "0640", "state": "fetched"},
        local=True,
        prepare=[OLD, emptied("fetched")],
    ),
    Case("removed by a pattern", {"sys_id": SYS_ID, "pattern": "*.md", "state": "absent"}, prepare=[OLD, OLD]),
    Case("removed", {"sys_id": SYS_ID, "name": "plan.md", "state": "absent"}, prepare=[OLD]),
    Case("removed already", {"sys_id": SYS_ID, "name": "plan.md", "state": "absent"}, changed=False),
]

OPTIONS = {
    "instance": Option(
        {"username": "bow.ruggeri", "password": "bow.ruggeri-password"}, asked("GET /api/now/attachment")
    ),
    "table": Option("incident", column("sys_attachment.table_name", "incident"), base={"number": "INC0000062", **FILE}),
    "sys_id": Option(SYS_ID, column("sys_attachment.table_sys_id", SYS_ID), base=FILE),
    "number": Option(NUMBER, column("sys_attachment.table_sys_id", SYS_ID), base=FILE),
    "correlation_id": Option(
        "shop-1",
        column("sys_attachment.table_sys_id", SYS_ID),
        base=FILE,
        prepare=[seeded("change_request", {"sys_id": SYS_ID, "correlation_id": "shop-1"})],
    ),
    "match": Option({"number": NUMBER}, column("sys_attachment.table_sys_id", SYS_ID), base=FILE),
    "query": Option(f"number={NUMBER}", column("sys_attachment.table_sys_id", SYS_ID), base=FILE),
    "attachment_sys_id": Option("0" * 32, asked(f"/api/now/attachment/{'0' * 32}"), base={"state": "absent"}),
    "files": Option([SRC], column("sys_attachment.file_name", "ansible.cfg"), base={"sys_id": SYS_ID}),
    "pattern": Option(
        "*.md", column("sys_attachment.file_name", ""), base={"sys_id": SYS_ID, "state": "absent"}, prepare=[OLD]
    ),
    "new_name": Option(
        "new.md",
        column("sys_attachment.file_name", "new.md"),
        base={"sys_id": SYS_ID, "name": "plan.md", "state": "renamed"},
        prepare=[OLD],
    ),
    "dest": Option(
        "fetched/here.md",
        returns("fetched/here.md"),
        prepare=[OLD, emptied("fetched")],
        local=True,
        base={"sys_id": SYS_ID, "name": "plan.md", "state": "fetched"},
    ),
    "mode": Option(
        "rubbish",
        refused("mode"),
        prepare=[OLD, emptied("fetched")],
        base={"sys_id": SYS_ID, "name": "plan.md", "state": "fetched", "dest": "fetched"},
    ),
    "if_no_match": Option("ignore", returns('"results": []'), base={"sys_id": SYS_ID, "src": "nothing/*"}),
    "src": Option(SRC, column("sys_attachment.file_name", "ansible.cfg"), base={"sys_id": SYS_ID}),
    "content": Option("Other.", returns('"size_bytes": "6"')),
    "name": Option("other.md", column("sys_attachment.file_name", "other.md")),
    "content_type": Option("application/x-plan", column("sys_attachment.content_type", "application/x-plan")),
    "state": Option(
        "absent", column("sys_attachment.file_name", ""), base={"sys_id": SYS_ID, "name": "plan.md"}, prepare=[OLD]
    ),
}

CONTRACT = Contract(
    base=KNOWN,
    cases=CASES,
    options=OPTIONS,
    idle={"if_no_match": ("ignore", {"sys_id": SYS_ID, "name": "plan.md", "state": "absent"})},
    missing={"number": "CHG9999999", **FILE},
    partial=[
        Case(
            "one of two fails",
            {"sys_id": SYS_ID, "files": [SRC, {"name": "b.txt", "content": "B"}]},
            prepare=[faulty({"status": 403}, method="POST", path="/api/", skip=1)],
        ),
    ],
    wrong={"sys_id": SYS_ID, "src": ""},
    variables={"change": {"record": {"number": NUMBER, "sys_id": SYS_ID}}},
    examples=[seeded("change_request", {"sys_id": SYS_ID, "correlation_id": "shop-2026.11.1-production"})],
    files={
        "plans/deployment.md": "Deploy it.",
        "logs/shop.log": "Started.",
        "build/report.html": "<p>Well</p>",
        "fetched/there": "",
    },
)
