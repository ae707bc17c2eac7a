# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_change: what every module keeps to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.integration.contracts.case import (
    Case,
    Contract,
    Option,
    approved,
    asked,
    column,
    refused,
    returns,
    seeded,
    spared,
)

BARE, UNDERWAY = "CHG0030020", "CHG0030001"
BARE_ID = "b0dbda5347c12200e0ef563dbb9a718f"
ABEL, NETWORK, APACHE = (
    "62826bf03710200044e0bfc8bcbe5df1",
    "287ebd7da9fe198100f92cc8d1d2154e",
    "3a27d4370a0a0bb4006316812bf45439",
)
RELEASE: dict[str, Any] = {
    "correlation_id": "shop-1",
    "short_description": "Deploy shop 1",
    "requested_by": "Abel Tuter",
    "assignment_group": "Network",
    "cmdb_ci": "PS Apache01",
    "start_date": "2031-02-01T20:00:00+01:00",
    "end_date": "2031-02-01 21:00:00",
    "implementation_plan": "Deploy it.\nTest it.\n",
    "risk": "Low",
}
CLOSING = {"close_code": "successful", "close_notes": "Deployed."}
SWITCH = "Add network switch to datacenter cabinet"
KNOWN = {"number": BARE}
SUMMARY = {"short_description": "x"}
OPEN = {"correlation_id": "shop-1", "short_description": "Deploy shop 1"}
SERVICES = {"impacted_services": ["E-mail"], "service_offerings": ["Online Shop Europe"]}
ASSOCIATED = seeded("task_ci", {"task": UNDERWAY, "ci_item": "web-01"})
FILE = {"content": "Deploy.", "name": "plan.txt"}


def shop(**columns: str) -> Any:
    """A change of the release, in any state."""
    row = {"short_description": "Deploy shop 1", "assignment_group": "Network", "chg_model": "Normal", **columns}
    return seeded("change_request", {"correlation_id": "shop-1", **row})


def of_change(name: str, after: str | None = None) -> Any:
    return column(f"change_request.{name}", after)


CASES = [
    Case("created", RELEASE),
    Case("created emergency", {**OPEN, "type": "Emergency", "fields": {"urgency": 1}}),
    Case("created by model", {**OPEN, "chg_model": "Normal"}),
    Case("created with items", {**OPEN, "affected_cis": ["web-01"]}, "GET GET", waits=True),
    Case("created with services", {**OPEN, **SERVICES}, "GET GET GET", waits=True),
    Case("items made exact", {"number": UNDERWAY, "affected_cis": [], "items_match": "exact"}, "GET GET",
         prepare=[ASSOCIATED]),
    Case("created with a file", {**OPEN, "attachments": [{"name": "plan.txt", "content": "Deploy."}]}, "GET GET"),
    Case("waited for", {**OPEN, "state": "assess", "wait_timeout": 60}, prepare=[shop()]),
    Case("created from a template", {"correlation_id": "a", "template": SWITCH, "requested_by": "abel.tuter"},
         "GET GET"),
    Case("created with secrets", {**OPEN, "encrypted_fields": {"justification": "hush-hush"}}),
    Case("on hold", {"number": UNDERWAY, "on_hold": True, "on_hold_reason": "Parts"}),
    Case("created and moved", {**OPEN, "assignment_group": "Network", "state": "assess"}),
    Case("nothing to do", {**KNOWN, "short_description": "Remove server"}, changed=False),
    Case("updated by number", {**KNOWN, "risk": "High", "impact": 2, "priority": "2 - High", "description": "a\r\nb"}),
    Case("updated by sys_id", {"sys_id": BARE_ID, "assigned_to": ABEL, "assignment_group": "NETWORK"}),
    Case("cleared", {"number": "CHG0033046", "cmdb_ci": None, "start_date": ""}),
    Case("noted", {**KNOWN, "work_notes": "Seen."}, "GET GET"),
    Case("noted and updated", {**KNOWN, "comments": "Hello", "risk": "2"}, "GET GET"),
    Case("one state on", {**OPEN, "state": "assess"}, prepare=[shop()]),
    Case("many states on", {**OPEN, "state": "closed", **CLOSING}, prepare=[shop(state="-2", approval="approved")]),
    Case("passed already", {"number": UNDERWAY, "state": "assess", "state_match": "at_least"}, changed=False),
    Case("canceled", {**KNOWN, "state": "canceled", "work_notes": "Superseded."}, "GET GET"),
    Case("deleted", {**KNOWN, "state": "absent"}, user="bow.ruggeri"),
    Case("deleted already", {**OPEN, "state": "absent"}, changed=False),
]  # fmt: skip

OPTIONS = {
    "instance": Option({"username": "auditor", "password": "auditor-password"}, asked("GET /api/sn_chg_rest/change")),
    "sys_id": Option(BARE_ID, returns(BARE), base={}),
    "number": Option(BARE, returns(BARE_ID), base={}),
    "correlation_id": Option("shop-1", of_change("correlation_id", "shop-1"), base={"short_description": "x"}),
    "if_missing": Option("fail", refused("There is no change request"), base=OPEN),
    "state": Option("canceled", of_change("state", "4")),
    "state_match": Option("at_least", spared(), base={"number": UNDERWAY, "state": "assess"}),
    "unapplied": Option("warn", returns('"field": "shoe_size"'), base={**KNOWN, "fields": {"shoe_size": 44}}),
    "type": Option("emergency", of_change("type", "emergency")),
    "chg_model": Option("Emergency", of_change("chg_model"), base={"correlation_id": "x", "short_description": "x"}),
    "short_description": Option("Another", of_change("short_description", "Another")),
    "description": Option("Text", of_change("description", "Text")),
    "requested_by": Option("Abel Tuter", of_change("requested_by", ABEL)),
    "assignment_group": Option("Network", of_change("assignment_group", NETWORK)),
    "assigned_to": Option("Abel Tuter", of_change("assigned_to", ABEL)),
    "cmdb_ci": Option("PS Apache01", of_change("cmdb_ci", APACHE)),
    "affected_cis": Option(["PS Apache01"], column("task_ci.ci_item", APACHE)),
    "impacted_services": Option(["E-mail"], column("task_cmdb_ci_service.cmdb_ci_service")),
    "service_offerings": Option(["Online Shop Europe"], column("task_service_offering.service_offering")),
    "items_match": Option(
        "exact", column("task_ci.ci_item", ""), base={"number": UNDERWAY, "affected_cis": []}, prepare=[ASSOCIATED]
    ),
    "refresh_impacted_services": Option(
        True, column("task_cmdb_ci_service.cmdb_ci_service"), base={**KNOWN, "cmdb_ci": "web-01"}
    ),
    "calculate_risk": Option(True, asked("PATCH", "/risk")),
    "wait_timeout": Option(
        60, asked("GET", "/nextstates"), base={"correlation_id": "shop-1", "state": "assess"}, prepare=[shop()]
    ),
    "attachments": Option([FILE], column("sys_attachment.file_name", "plan.txt")),
    "attachments.src": Option(
        __file__, column("sys_attachment.file_name", Path(__file__).name), base={**KNOWN, "attachments": [{}]}
    ),
    "attachments.content": Option(
        "Other.", column("sys_attachment.size_bytes", "6"), base={**KNOWN, "attachments": [{"name": "plan.txt"}]}
    ),
    "attachments.name": Option(
        "other.txt", column("sys_attachment.file_name", "other.txt"), base={**KNOWN, "attachments": [FILE]}
    ),
    "attachments.content_type": Option(
        "text/x-plan", column("sys_attachment.content_type", "text/x-plan"), base={**KNOWN, "attachments": [FILE]}
    ),
    "business_service": Option("Online Shop", of_change("business_service")),
    "category": Option("Network", of_change("category", "Network")),
    "priority": Option("2 - High", of_change("priority", "2")),
    "impact": Option("2 - Medium", of_change("impact", "2")),
    "risk": Option("High", of_change("risk", "2")),
    "reason": Option("Hardware upgrade", of_change("reason", "Hardware Upgrade")),
    "justification": Option("Text", of_change("justification", "Text")),
    "implementation_plan": Option("Text", of_change("implementation_plan", "Text")),
    "backout_plan": Option("Text", of_change("backout_plan", "Text")),
    "test_plan": Option("Text", of_change("test_plan", "Text")),
    "risk_impact_analysis": Option("Text", of_change("risk_impact_analysis", "Text")),
    "start_date": Option("2031-02-01T20:00:00+01:00", of_change("start_date", "2031-02-01 19:00:00")),
    "end_date": Option("2031-02-01T20:00:00Z", of_change("end_date", "2031-02-01 20:00:00")),
    "work_start": Option("2031-01-01T20:00:00Z", of_change("work_start", "2031-01-01 20:00:00")),
    "work_end": Option("2031-01-01 20:00:00", of_change("work_end", "2031-01-01 20:00:00")),
    "close_code": Option("unsuccessful", of_change("close_code", "unsuccessful")),
    "close_notes": Option("Text", of_change("close_notes", "Text")),
    "work_notes": Option("Seen.", column("sys_journal_field.value", "Seen.")),
    "comments": Option("Seen.", column("sys_journal_field.value", "Seen.")),
    "if_closed": Option("keep", returns("if_closed=keep"), base={"number": "CHG0000024", "description": "Another"}),
    "template": Option("Reboot a server", of_change("std_change_producer_version"), base={"correlation_id": "x"}),
    "template_table": Option(
        "sys_template_none",
        refused("sys_template_none"),
        base={"correlation_id": "x", "template": "Reboot a server"},
    ),
    "encrypted_fields": Option(
        {"description": "sealed"}, of_change("description", "sealed"), base={"correlation_id": "x", **SUMMARY}
    ),
    "update_encrypted": Option(
        "always", of_change("description", "sealed"), base={**KNOWN, "encrypted_fields": {"description": "sealed"}}
    ),
    "urgency": Option("1 - High", of_change("urgency", "1")),
    "scope": Option("Large", of_change("scope", "2")),
    "phase": Option("Plan", of_change("phase", "plan")),
    "proposed_change": Option("Text", of_change("proposed_change", "Text")),
    "change_plan": Option("Text", of_change("change_plan", "Text")),
    "requested_by_date": Option("2031-02-01T20:00:00Z", of_change("requested_by_date", "2031-02-01 20:00:00")),
    "due_date": Option("2031-02-01T20:00:00Z", of_change("due_date", "2031-02-01 20:00:00")),
    "cab_required": Option(True, of_change("cab_required", "true")),
    "cab_date": Option("2031-02-01T20:00:00Z", of_change("cab_date", "2031-02-01 20:00:00")),
    "cab_delegate": Option("abel.tuter", of_change("cab_delegate", ABEL)),
    "cab_recommendation": Option("Text", of_change("cab_recommendation", "Text")),
    "review_date": Option("2031-02-01", of_change("review_date", "2031-02-01")),
    "review_status": Option("Pass", of_change("review_status", "1")),
    "review_comments": Option("Text", of_change("review_comments", "Text")),
    "on_hold": Option(True, of_change("on_hold", "true"), base={"number": UNDERWAY, "on_hold_reason": "Parts"}),
    "on_hold_reason": Option("Parts", of_change("on_hold_reason", "Parts"), base={"number": UNDERWAY, "on_hold": True}),
    "outside_maintenance_schedule": Option(True, of_change("outside_maintenance_schedule", "true")),
    "production_system": Option(True, of_change("production_system", "true")),
    "unauthorized": Option(True, of_change("unauthorized", "true")),
    "opened_by": Option("abel.tuter@example.com", of_change("opened_by", ABEL)),
    "company": Option("ACME North America", of_change("company")),
    "location": Option("Rue de Lausanne 12, Geneva", of_change("location")),
    "service_offering": Option("Online Shop Europe", of_change("service_offering")),
    "parent": Option("CHG0000024", of_change("parent")),
    "contact_type": Option("Web", of_change("contact_type", "web")),
    "correlation_display": Option("CI", of_change("correlation_display", "CI")),
    "watch_list": Option(["Abel Tuter"], of_change("watch_list", ABEL)),
    "work_notes_list": Option(["abel.tuter"], of_change("work_notes_list", ABEL)),
    "fields": Option({"urgency": "1 - High"}, of_change("urgency", "1")),
}

CONTRACT = Contract(
    base=KNOWN,
    cases=CASES,
    options=OPTIONS,
    partial=[Case("not applied", {**OPEN, "fields": {"sys_created_by": "me"}})],
    idle={
        "state_match": ("at_least", {**KNOWN, "risk": "High"}),
        "wait_timeout": (60, {**KNOWN, "risk": "High"}),
        "items_match": ("exact", {"number": UNDERWAY, "risk": "High"}),
        "update_encrypted": ("always", {**KNOWN, "risk": "High"}),
    },
    missing={"number": "CHG9999999", "risk": "High"},
    wrong={"number": "None"},
    variables={"deployed": True, "superseded": True, "waiting": True},
    examples=[seeded("change_request", {"number": "CHG0030007", "short_description": "The last release"})],
    meanwhile={"Begin when it was approved, for which an hour is waited": [approved("shop-2026.11.1-production")]},
)
