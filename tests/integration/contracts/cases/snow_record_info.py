# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_record_info: what every module keeps to."""

from __future__ import annotations

from tests.integration.contracts.case import Case, Contract, Option, asked, both, not_asked, refused, returns

NUMBER = "INC0000062"
KNOWN = {"table": "incident", "number": NUMBER}
ALL = {"table": "incident", "query": {"active": True}}
ABEL = "62826bf03710200044e0bfc8bcbe5df1"
NUMBERS = {**ALL, "aggregate": {"group_by": ["priority"]}}

CASES = [
    Case("by number", KNOWN, changed=False),
    Case("none", {"table": "incident", "number": "INC9999999"}, changed=False),
    Case("by conditions", {**ALL, "fields": ["number", "caller_id.name"], "order_by": ["-number"], "limit": 3,
                           "display_value": "both"}, changed=False),
    Case("counted", {**ALL, "count_only": True}, changed=False),
    Case("grouped", {**ALL, "aggregate": {"group_by": ["priority"], "sum": ["reassignment_count"]}}, changed=False),
]  # fmt: skip

OPTIONS = {
    "instance": Option({"username": "ines.itilson", "password": "ines.itilson-password"}, asked("table/incident")),
    "table": Option("incident", asked("/api/now/table/incident"), base={"number": NUMBER}),
    "sys_id": Option(ABEL, asked(f"sys_id={ABEL}"), base={"table": "sys_user"}),
    "number": Option(NUMBER, asked(f"number={NUMBER}"), base={"table": "incident"}),
    "query": Option({"urgency": 1}, asked("urgency=1"), base={"table": "incident"}),
    "all": Option(True, both(asked("table/incident"), returns(NUMBER)), base={"table": "incident"}),
    "fields": Option(["number"], asked("sysparm_fields=", "number")),
    "order_by": Option(["-urgency"], asked("ORDERBYDESCurgency"), base=ALL),
    "limit": Option(1, asked("sysparm_limit=1"), base=ALL),
    "offset": Option(1, asked("sysparm_offset=1"), base=ALL),
    "display_value": Option("display", returns("1 - High"), base={**ALL, "fields": ["urgency"]}),
    "exactly_one": Option(True, refused("incident"), base=ALL),
    "count_only": Option(True, both(asked("/api/now/stats/incident"), not_asked("sysparm_fields=number")), base=ALL),
    "aggregate": Option({"max": ["opened_at"]}, asked("sysparm_max_fields=opened_at"), base=ALL),
    "aggregate.group_by": Option(["urgency"], asked("sysparm_group_by=urgency"), base=NUMBERS),
    "aggregate.sum": Option(["reassignment_count"], asked("sysparm_sum_fields=reassignment_count"), base=NUMBERS),
    "aggregate.avg": Option(["reassignment_count"], asked("sysparm_avg_fields=reassignment_count"), base=NUMBERS),
    "aggregate.min": Option(["opened_at"], asked("sysparm_min_fields=opened_at"), base=NUMBERS),
    "aggregate.max": Option(["opened_at"], asked("sysparm_max_fields=opened_at"), base=NUMBERS),
}

CONTRACT = Contract(
    base=KNOWN,
    cases=CASES,
    options=OPTIONS,
    missing={**KNOWN, "number": "INC9999999", "exactly_one": True},
    wrong={"table": "incident", "query": {}},
)
