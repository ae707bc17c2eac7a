# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_change_template_info: what every module keeps to."""

from __future__ import annotations

from tests.integration.contracts.case import Case, Contract, Option, asked, refused

SWITCH, PATH = "92b8544047810200e90d87e8dee490b0", "GET /api/sn_chg_rest/change/standard/template"

CASES = [
    Case("all", {}, changed=False),
    Case("by name, with what it sets", {"name": "Reboot a server", "include": ["values"]}, "GET GET", changed=False),
    Case("none", {"sys_id": "0" * 32}, changed=False),
]

OPTIONS = {
    "instance": Option({"username": "auditor", "password": "auditor-password"}, asked(PATH)),
    "sys_id": Option(SWITCH, asked(f"{PATH}/{SWITCH}")),
    "name": Option("Reboot a server", asked("name=Reboot a server")),
    "active": Option(False, asked("active=false")),
    "query": Option({"category": "Network"}, asked("category=Network")),
    "filters": Option({"category": "Network"}, asked("category=Network")),
    "exactly_one": Option(True, refused("no record of"), base={"name": "Nothing"}),
    "text_search": Option("switch", asked("textSearch=switch")),
    "order_by": Option(["-name"], asked("ORDERBYDESCname")),
    "limit": Option(2, asked("sysparm_limit=2")),
    "offset": Option(1, asked("sysparm_offset=1")),
    "include": Option(["values"], asked("/table/sys_template")),
}

CONTRACT = Contract(base={}, cases=CASES, options=OPTIONS, missing=None, wrong={"name": "None"})
