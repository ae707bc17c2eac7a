# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What docs/gate.md says of the gate beside others, as far as no other test holds it."""

from __future__ import annotations

import re
from typing import Any

from tests.integration.helpers import Instance, refusal, snow

RELEASE = "shop-2026.11.1-production"
#: What every instance has: Table API, Attachment API, Change Management API.
REST = re.compile(r"/api/(now/table|now/attachment|sn_chg_rest/change)(/|\Z)")
OPENED = {
    "correlation_id": RELEASE,
    "short_description": "Deploy shop 2026.11.1 to production",
    "requested_by": "Abel Tuter",
    "assignment_group": "Network",
    "start_date": "2026-11-24T20:00:00Z",
    "end_date": "2026-11-24T22:00:00Z",
    "state": "assess",
    "state_match": "at_least",
}


def gate(**options: Any) -> dict[str, Any]:
    return snow("snow_change_gate", correlation_id=RELEASE, states=["scheduled", "implement"], **options)


def change(**options: Any) -> dict[str, Any]:
    return snow("snow_change", **{**OPENED, **options})


def test_a_new_run_goes_on(instance: Instance) -> None:
    """Of a run that ended while it waited nothing is lost: the next one finds the change, and nobody is asked again."""
    instance.control("PUT", "clock", {"now": "2026-11-24T20:30:00Z"})
    opened, waited = instance.run(change(), gate(timeout=2, interval=1))
    refusal(waited, "gate_closed")
    # Those who assess it, and those who authorize it.
    for _stage in range(2):
        instance.control("POST", "approve", {"change": RELEASE})
    found, asked = instance.run(change(), gate(timeout=30, interval=1))
    assert not found.changed
    assert asked.result["open"]
    assert asked.result["record"]["number"] == opened.result["record"]["number"]
    assert len(instance.rows("change_request", correlation_id=RELEASE)) == 1


def test_nothing_but_the_rest_apis(instance: Instance) -> None:
    """From opening to the review, with all that the gate can ask: no application is needed on the instance."""
    instance.control("PUT", "clock", {"now": "2026-11-24T20:30:00Z"})
    instance.control("PUT", "settings", {"auto_approve_after": 0.1, "worker_seconds": 0})
    item = "build-01"
    asked = gate(
        hosts=[item],
        tasks={"closed": ["Install"]},
        conflicts="none",
        conflict_check="fresh",
        required_fields=["backout_plan"],
        match={"active": True},
        no_open_incidents=True,
        approved_by={"groups": ["CAB Approval"]},
        enforce=False,
    )
    end = {"state": "closed", "close_code": "successful", "close_notes": "Deployed."}
    step = {"change_correlation_id": RELEASE, "short_description": "Install"}
    outcomes = instance.run(
        change(affected_cis=[item], cmdb_ci=item, backout_plan="Back."),
        snow("snow_change_task", **step),
        change(state="implement", wait_timeout=30),
        snow("snow_change_task", **step, **end),
        asked,
        snow("snow_attachment", correlation_id=RELEASE, content="done", name="deployment.log"),
        change(state="review", work_notes="Deployed to build-01."),
    )
    assert [outcome.failed for outcome in outcomes] == [False] * len(outcomes)
    paths = [request.path for request in instance.requests()]
    assert [path for path in paths if not REST.match(path)] == []
    read = {path.split("/")[4] for path in paths if path.startswith("/api/now/table/")}
    assert {"task_ci", "change_task", "incident", "sysapproval_approver", "sys_user_grmember", "change_request"} <= read
    assert any(path.endswith("/conflict") for path in paths)
