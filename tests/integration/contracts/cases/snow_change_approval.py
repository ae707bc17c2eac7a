# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_change_approval: what every module keeps to."""

from __future__ import annotations

from tests.integration.contracts.case import Case, Contract, Option, asked, column, faulty, refused, seeded, sent

SYS_ID = "b0dbda5347c12200e0ef563dbb9a718f"
NUMBER, WHO = "CHG0030020", "fred.luddy"
#: In Assess, where its group is asked.
ASKED = [
    seeded("change_request", {"sys_id": SYS_ID, "correlation_id": "shop-1", "assignment_group": "Network"}),
    sent("PATCH", f"/api/sn_chg_rest/change/{SYS_ID}", {"state": "assess"}),
]
#: An answer as after a decision, and none was taken.
NOT_TAKEN = {
    "status": 200,
    "body": {"result": [{"sys_id": SYS_ID, "number": {"value": NUMBER, "display_value": NUMBER}}]},
}
APPROVE = {"number": NUMBER, "state": "approved"}

CASES = [
    Case("approved", APPROVE, prepare=ASKED, user=WHO),
    Case("approved with comments", {**APPROVE, "comments": "Fine.", "change_state": "assess"}, prepare=ASKED, user=WHO),
    Case("rejected", {"sys_id": SYS_ID, "state": "rejected", "comments": "Not yet."}, prepare=ASKED, user=WHO),
]

OPTIONS = {
    "instance": Option({"username": WHO, "password": f"{WHO}-password"},
                       column("sysapproval_approver.state", "approved"), base=APPROVE, prepare=ASKED),
    "sys_id": Option(SYS_ID, column("sysapproval_approver.state", "approved"), base={"state": "approved"},
                     prepare=ASKED, user=WHO),
    "number": Option(NUMBER, asked(NUMBER), base={"state": "approved"}, prepare=ASKED, user=WHO),
    "correlation_id": Option("shop-1", asked("shop-1"), base={"state": "approved"}, prepare=ASKED, user=WHO),
    "state": Option("rejected", column("sysapproval_approver.state", "rejected"), base={**APPROVE, "comments": "No."},
                    prepare=ASKED, user=WHO),
    "comments": Option("Fine.", column("sys_journal_field.value", "Fine."), base=APPROVE, prepare=ASKED, user=WHO),
    "change_state": Option("authorize", refused("Assess"), base=APPROVE, prepare=ASKED, user=WHO),
}  # fmt: skip

CONTRACT = Contract(
    base=APPROVE,
    cases=CASES,
    options=OPTIONS,
    partial=[
        Case("not applied", APPROVE, user=WHO,
             prepare=[*ASKED, faulty(NOT_TAKEN, method="PATCH", path="/approvals")]),
    ],
    missing={"number": "CHG9999999", "state": "approved"},
    wrong={"number": NUMBER, "state": "rejected"},
    prepare=ASKED,
    user=WHO,
    examples=[
        seeded("change_request", {"sys_id": SYS_ID, "correlation_id": "shop-2026.11.1-production",
                                  "assignment_group": "Network"}),
        sent("PATCH", f"/api/sn_chg_rest/change/{SYS_ID}", {"state": "assess"}),
        seeded("change_request", {"number": "CHG0030001", "state": "-5", "assignment_group": "Network",
                                  "sys_id": "afbffb24b758230096c3e4f6ee11a972"}),
        sent("PATCH", "/api/sn_chg_rest/change/afbffb24b758230096c3e4f6ee11a972", {"state": "assess"}),
    ],
    examples_user=WHO,
)  # fmt: skip
