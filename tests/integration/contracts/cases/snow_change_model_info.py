# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_change_model_info: what every module keeps to."""

from __future__ import annotations

from tests.integration.contracts.case import Case, Contract, Option, asked, refused

NORMAL, PATH = "007c4001c343101035ae3f52c1d3aeb2", "GET /api/sn_chg_rest/change/model"

CASES = [
    Case("all", {}, changed=False),
    Case("by name", {"name": "Normal"}, changed=False),
    Case("none", {"sys_id": "0" * 32}, changed=False),
]

OPTIONS = {
    "instance": Option({"username": "auditor", "password": "auditor-password"}, asked(PATH)),
    "sys_id": Option(NORMAL, asked(f"{PATH}/{NORMAL}")),
    "name": Option("Normal", asked("name=Normal")),
    "active": Option(False, asked("active=false")),
    "available_in_ui": Option(True, asked("available_in_ui=true")),
    "query": Option({"name": {"contains": "or"}}, asked("nameLIKEor")),
    "filters": Option({"default_change_model": True}, asked("default_change_model=true")),
    "exactly_one": Option(True, refused("no record of"), base={"name": "Nothing"}),
    "text_search": Option("emergency", asked("textSearch=emergency")),
    "order_by": Option(["-name"], asked("ORDERBYDESCname")),
    "limit": Option(2, asked("sysparm_limit=2")),
    "offset": Option(1, asked("sysparm_offset=1")),
}

CONTRACT = Contract(base={}, cases=CASES, options=OPTIONS, missing=None, wrong={"name": "None"})
