# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_change_conflict: what every module keeps to."""

from __future__ import annotations

from tests.integration.contracts.case import Case, Contract, Option, asked, refused, returns, seeded

NUMBER, SYS_ID = "CHG0033046", "0f4ac6c4b750230096c3e4f6ee11a9fe"
KNOWN = {"sys_id": SYS_ID}
PLANNED = [seeded("change_request", {"sys_id": SYS_ID, "correlation_id": "shop-1"})]

CASES = [
    Case("checked", KNOWN, waits=True),
    Case("reported", {"number": NUMBER, "state": "reported"}, "GET GET", changed=False),
    Case("none to cancel", {**KNOWN, "state": "canceled"}, changed=False),
]

OPTIONS = {
    "instance": Option({"username": "bow.ruggeri", "password": "bow.ruggeri-password"}, asked("POST", "/conflict")),
    "sys_id": Option(SYS_ID, asked("POST", f"{SYS_ID}/conflict"), base={}),
    "number": Option(NUMBER, asked("POST", f"{SYS_ID}/conflict"), base={}),
    "correlation_id": Option("shop-1", asked("POST", f"{SYS_ID}/conflict"), base={}, prepare=PLANNED),
    "state": Option("reported", returns('"state": "none"')),
    "max_age": Option(0, asked("POST", "/conflict")),
    "timeout": Option(-1, refused("timeout")),
}

CONTRACT = Contract(
    base=KNOWN,
    cases=CASES,
    options=OPTIONS,
    idle={
        "max_age": (0, {**KNOWN, "state": "reported"}),
        "timeout": (1, {**KNOWN, "state": "started"}),
    },
    missing={"number": "CHG9999999"},
    wrong={**KNOWN, "max_age": -1},
    examples_user="bow.ruggeri",
)
