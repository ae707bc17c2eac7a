# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_record: what every module keeps to."""

from __future__ import annotations

from typing import Any

from tests.integration.contracts.case import Case, Contract, Option, asked, column, refused, returns, seeded

INCIDENT = {"table": "incident", "number": "INC0000062"}
DISK: dict[str, Any] = {"correlation_id": "disk-full", "short_description": "Disk full", "urgency": 2}
MATCHED = {"table": "incident", "match_on": ["correlation_id"], "data": DISK}
SAMPLE = {"table": "u_value_sample", "number": "VAL0000002"}
MANY = {"table": "cmdb_ci_server", "match_on": ["name"], "records": [
    {"name": "new-01", "ip_address": "192.0.2.1"}, {"name": "web-01", "ip_address": "192.0.2.2"}]}  # fmt: skip
ABEL = "62826bf03710200044e0bfc8bcbe5df1"

CASES = [
    Case("created", MATCHED),
    Case("created with names and dates", {
        "table": "incident", "match_on": ["correlation_id"],
        "data": {**DISK, "caller_id": "Abel Tuter", "due_date": "2031-02-01T20:00:00+01:00", "made_sla": False,
                 "watch_list": ["Abel Tuter", "Beth Anglin"]},
    }),
    Case("nothing to do", {**INCIDENT, "data": {}}, changed=False),
    Case("updated", {**INCIDENT, "data": {"urgency": "1 - High", "impact": 1, "assigned_to": ABEL}}),
    Case("updated with names and dates", {**INCIDENT, "data": {"assigned_to": "Abel Tuter",
                                                               "due_date": "2031-02-01T20:00:00Z"}}),
    Case("cleared", {**INCIDENT, "data": {"short_description": None, "assigned_to": ""}}),
    Case("noted", {**INCIDENT, "data": {"work_notes": "Seen.", "comments": "Hello"}}, "GET GET GET"),
    Case("of a table of their own", {**SAMPLE, "data": {"u_name": "Something", "u_flag": "True", "u_integer": 3.0}}),
    Case("found by a query", {"table": "incident", "query": {"number": "INC0000062"}, "data": {"urgency": 1}}),
    Case("none, and that is fine", {"table": "incident", "query": {"number": "INC9999999"}, "data": {"urgency": 1},
                                    "if_missing": "ignore"}, changed=False),
    Case("many", MANY),
    Case("many deleted", {**MANY, "state": "absent"}, user="admin",
         prepare=[seeded("cmdb_ci_server", {"name": "new-01"}, {"name": "new-02"})]),
    Case("deleted", {**INCIDENT, "state": "absent"}, user="admin"),
    Case("deleted already", {**MATCHED, "state": "absent"}, changed=False),
]  # fmt: skip

OPTIONS = {
    "instance": Option({"username": "ines.itilson", "password": "ines.itilson-password"}, asked("table/incident")),
    "unapplied": Option("warn", returns('"field": "shoe_size"'), base={**INCIDENT, "data": {"shoe_size": 44}}),
    "table": Option("incident", asked("/api/now/table/incident"), base={"number": "INC0000062"}),
    "state": Option("absent", column("incident.number", ""), user="admin"),
    "sys_id": Option(ABEL, asked(f"sys_id={ABEL}"), base={"table": "sys_user"}),
    "number": Option("INC0000062", asked("number=INC0000062"), base={"table": "incident"}),
    "match_on": Option(["correlation_id"], asked("correlation_id=disk-full"), base={"table": "incident", "data": DISK}),
    "query": Option(
        {"active": True, "number": "INC0000062"}, asked("number=INC0000062"), base={"table": "incident", "data": {}}
    ),
    "records": Option(
        [{"name": "new-01", "ip_address": "192.0.2.1"}],
        column("cmdb_ci_server.ip_address", "192.0.2.1"),
        base={"table": "cmdb_ci_server", "match_on": ["name"]},
    ),
    "data": Option({"short_description": "Another"}, column("incident.short_description", "Another")),
    "if_missing": Option("fail", refused("There is no"), base=MATCHED),
}

CONTRACT = Contract(
    base=INCIDENT,
    cases=CASES,
    options=OPTIONS,
    missing={"table": "incident", "number": "INC9999999", "data": {"urgency": 1}},
    wrong={"table": "incident", "number": "None"},
    examples_user="admin",
)
