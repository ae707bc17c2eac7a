# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_change_schedule: what every module keeps to."""

from __future__ import annotations

from tests.integration.contracts.case import Case, Contract, Option, asked, column, faulty, refused, seeded

NUMBER, SYS_ID = "CHG0030001", "afbffb24b758230096c3e4f6ee11a972"
FROM = "2031-03-01T00:00:00Z"
ITEM = {"ci": "rtr-core-01", "duration": "2h", "planned_start": FROM}
#: A change that is not implemented yet.
OPEN = [seeded("change_request", {"sys_id": SYS_ID, "state": "-5", "work_start": "", "correlation_id": "shop-1"})]
PLAN = {"number": NUMBER, "state": "planned", "duration": "2h", "planned_start": FROM}
#: A worker that says it has planned the change, and has not.
DONE = {
    "worker": {"sysId": "a" * 32, "link": f"/api/sn_chg_rest/change/worker/{'a' * 32}"},
    "state": {"value": 3, "display_value": "Complete"},
    "type": "schedule",
    "messages": {"infoMessages": ["Change has been updated"]},
}

CASES = [
    Case("of an item", ITEM, waits=True, changed=False),
    Case("planned", PLAN, waits=True, prepare=OPEN),
]

OPTIONS = {
    "instance": Option({"username": "bow.ruggeri", "password": "bow.ruggeri-password"}, asked("/schedule")),
    "ci": Option("rtr-core-01", asked("rtr-core-01"), base={"duration": "2h", "planned_start": FROM}),
    "sys_id": Option(SYS_ID, asked(SYS_ID), base={}, prepare=OPEN),
    "number": Option(NUMBER, asked(NUMBER), base={}, prepare=OPEN),
    "correlation_id": Option("shop-1", asked("shop-1"), base={}, prepare=OPEN),
    "state": Option("planned", column("change_request.start_date"), base=PLAN, prepare=OPEN),
    "duration": Option("3h", asked("10800")),
    "planned_start": Option("2031-04-01T00:00:00Z", asked("2031-04-01")),
    "timeout": Option(-1, refused("timeout")),
}

CONTRACT = Contract(
    base=ITEM,
    cases=CASES,
    options=OPTIONS,
    partial=[
        Case(
            "not planned",
            PLAN,
            prepare=[
                *OPEN,
                faulty({"status": 200, "body": {"result": DONE}}, method="PATCH", path="/first_available"),
                faulty({"status": 200, "body": {"result": DONE}}, method="GET", path="/worker/", count=1),
            ],
        )
    ],
    missing={**PLAN, "number": "CHG9999999"},
    wrong={**PLAN, "duration": "soon"},
    examples=OPEN,
)
