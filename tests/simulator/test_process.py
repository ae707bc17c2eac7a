"""The change process: states, models, tasks, approvals."""

from __future__ import annotations

from typing import Any

import pytest
from tests.simulator.behaviors import behavior
from tests.simulator.documented import operation
from tests.simulator.support import ABEL, NETWORK, Sim, error

SOFTWARE = "8a4dde73c6112278017a6a4baf547aa7"
CLOSING = {"close_code": "successful", "close_notes": "done"}
AREA = "Change process"
API = "/api/sn_chg_rest/change"


def refused_by_rule(sim: Sim, change: str, **values: object) -> None:
    before = sim.change(change)
    status, message, detail = error(sim.set_change(change, **values))
    assert (status, message) == (403, "Operation Failed")
    assert str(detail).startswith("Operation against file 'change_request' was aborted by Business Rule '")
    assert "Business Rule Stack:" in str(detail)
    assert sim.change(change) == before


def refused_as_mandatory(sim: Sim, change: str, label: str, **values: object) -> None:
    status, message, detail = error(sim.set_change(change, **values))
    assert (status, message) == (403, "Operation Failed")
    assert str(detail).startswith("Data Policy Exception:")
    assert "mandatory" in str(detail)
    assert label in str(detail)


def pending(sim: Sim, change: str, state: str = "requested") -> set[str]:
    users = {row["sys_id"]: row["user_name"] for row in sim.dump("sys_user")}
    return {users[row["approver"]] for row in sim.dump("sysapproval_approver", sysapproval=change, state=state)}


@behavior(AREA, "Normal: New, Assess, Authorize, Scheduled, Implement, Review, Closed")
def test_normal_change_passes_all_states(sim: Sim) -> None:
    change = sim.new_change()
    assert sim.state(change) == "-5"
    assert sim.set_change(change, state="assess").json()["result"]["state"]["value"] == -4.0
    assert sim.change(change)["approval"] == "requested"
    assert sim.approve(change) == {"state": "-3", "approval": "requested", "approved_by": ["abel.tuter"]}
    assert sim.approve(change)["state"] == "-2"
    assert sim.change(change)["approval"] == "approved"
    assert sim.set_change(change, state="Implement").status_code == 200
    assert sim.change(change)["work_start"]
    assert sim.set_change(change, state="REVIEW").status_code == 200
    assert sim.change(change)["work_end"]
    assert sim.set_change(change, state="closed", **CLOSING).status_code == 200
    closed = sim.change(change)
    assert (closed["state"], closed["active"], closed["close_code"]) == ("3", "false", "successful")


@behavior(AREA, "Emergency skips Assess")
def test_emergency_skips_assess(sim: Sim) -> None:
    change = sim.new_change(type="emergency")
    refused_by_rule(sim, change, state="assess")
    assert sim.set_change(change, state="authorize").status_code == 200
    assert pending(sim, change) == {"bow.ruggeri", "don.goodliffe"}
    assert sim.approve(change)["state"] == "-2"


@behavior(AREA, "Standard skips Assess and Authorize", simplified="counts as approved")
def test_standard_skips_assess_and_authorize(sim: Sim) -> None:
    change = sim.new_change(type="standard")
    for state in ("assess", "authorize", "implement"):
        refused_by_rule(sim, change, state=state)
    assert sim.set_change(change, state="scheduled").status_code == 200
    assert sim.change(change)["approval"] == "approved"
    assert sim.dump("sysapproval_approver", sysapproval=change) == []


@behavior(AREA, "Change Registration: no approvals, a preset")
def test_change_registration_takes_its_preset(sim: Sim) -> None:
    answer = sim.call("POST", API, json={"chg_model": "Change Registration", "type": "normal"}).json()["result"]
    assert answer["assignment_group"]["display_value"] == "Change Management"
    assert answer["short_description"]["value"] == "Automated : Change"
    assert sim.set_change(answer["sys_id"]["value"], state="implement").status_code == 200


@behavior(AREA, "An illegal transition: 403 aborted by Business Rule, or, by setting, 200 with the state unchanged")
@pytest.mark.parametrize("state", ["authorize", "scheduled", "implement", "review", "closed", "-2", "3"])
def test_states_cannot_be_skipped(sim: Sim, state: str) -> None:
    refused_by_rule(sim, sim.new_change(), state=state, **CLOSING)


@behavior(AREA, "An illegal transition: 403 aborted by Business Rule, or, by setting, 200 with the state unchanged")
@pytest.mark.parametrize("path", ["table", "change"])
def test_illegal_transition_can_be_ignored(sim: Sim, path: str) -> None:
    sim.settings(illegal_transition="ignore")
    change = sim.new_change()
    values = {"state": "-1", "short_description": "changed"}
    url = {"table": "/api/now/table/change_request", "change": API}[path]
    answer = sim.call("PATCH", f"{url}/{change}", json=values)
    assert answer.status_code == 200
    record = sim.change(change)
    assert (record["state"], record["short_description"], record["active"]) == ("-5", "changed", "true")
    assert sim.set_change(change, state="closed").status_code == 200
    assert sim.change(change)["active"] == "true"


@behavior(AREA, "An illegal transition: 403 aborted by Business Rule, or, by setting, 200 with the state unchanged")
def test_illegal_transition_over_the_table_api(sim: Sim) -> None:
    change = sim.new_change()
    assert error(sim.patch("change_request", change, state="-1"))[0] == 403
    assert error(sim.call("POST", "/api/now/table/change_request", json={"state": "-2"}))[0] == 403


@behavior(AREA, "`assignment_group` is mandatory beyond New")
def test_assignment_group_is_mandatory_beyond_new(sim: Sim) -> None:
    change = sim.new_change(assignment_group="")
    refused_as_mandatory(sim, change, "Assignment group", state="assess")
    assert sim.set_change(change, state="assess", assignment_group=NETWORK).status_code == 200
    other = sim.new_change(assignment_group="")
    sim.settings(illegal_transition="ignore")
    assert sim.set_change(other, state="assess").status_code == 200
    assert sim.state(other) == "-5"


@behavior(AREA, "`close_code` (successful, successful_issues, unsuccessful) and `close_notes` are mandatory for Closed")
def test_close_code_and_notes_are_mandatory(sim: Sim) -> None:
    change = sim.scheduled()
    for state in ("implement", "review"):
        sim.set_change(change, state=state)
    refused_as_mandatory(sim, change, "Close code", state="closed")
    refused_as_mandatory(sim, change, "Close notes", state="closed", close_code="successful")
    assert sim.set_change(change, state="closed", **CLOSING).status_code == 200


@behavior(AREA, "Cancel from New to Implement, not from Review or Closed")
@pytest.mark.parametrize("steps", [[], ["assess"], ["scheduled"], ["scheduled", "implement"]])
def test_cancel_from_new_to_implement(sim: Sim, steps: list[str]) -> None:
    change = sim.scheduled() if "scheduled" in steps else sim.new_change()
    for state in steps[1:] if "scheduled" in steps else steps:
        sim.set_change(change, state=state)
    assert sim.set_change(change, state="canceled").status_code == 200
    assert (sim.state(change), sim.change(change)["active"]) == ("4", "false")
    assert pending(sim, change) == set()
    assert all(task["active"] == "false" for task in sim.dump("change_task", change_request=change))


@behavior(AREA, "Cancel from New to Implement, not from Review or Closed")
def test_no_cancel_from_review_or_closed(sim: Sim) -> None:
    change = sim.scheduled()
    for state in ("implement", "review"):
        sim.set_change(change, state=state)
    refused_by_rule(sim, change, state="canceled")
    sim.set_change(change, state="closed", **CLOSING)
    refused_by_rule(sim, change, state="canceled")
    refused_by_rule(sim, change, state="new")


@behavior(AREA, "`type` is writable only in New")
def test_type_is_writable_only_in_new(sim: Sim) -> None:
    change = sim.new_change()
    sim.set_change(change, type="emergency")
    assert sim.change(change)["type"] == "emergency"
    sim.set_change(change, type="normal")
    sim.set_change(change, state="assess")
    assert sim.set_change(change, type="emergency", reason="x").status_code == 200
    assert sim.change(change)["type"] == "normal"


# Tasks -------------------------------------------------------------------------------------------------


def tasks(sim: Sim, change: str) -> dict[str, dict[str, str]]:
    return {row["short_description"]: row for row in sim.dump("change_task", change_request=change)}


@behavior(AREA, "Implement creates the tasks of the model")
def test_implement_generates_tasks_and_review_cancels_them(sim: Sim) -> None:
    change = sim.scheduled()
    sim.set_change(change, state="implement")
    made = tasks(sim, change)
    assert set(made) == {"Implement", "Post implementation testing"}
    assert {task["state"] for task in made.values()} == {"1"}
    assert all(task["parent"] == change and task["assignment_group"] == NETWORK for task in made.values())
    sim.set_change(change, state="review")
    assert {task["state"] for task in tasks(sim, change).values()} == {"4"}


@behavior(AREA, "Implement creates the tasks of the model")
def test_task_generation_can_be_switched_off(sim: Sim) -> None:
    sim.settings(generate_tasks=False)
    change = sim.scheduled()
    sim.set_change(change, state="implement")
    assert tasks(sim, change) == {}
    assert sim.state(change) == "-1"


@behavior(AREA, "Open tasks block Closed")
def test_open_task_blocks_closing(sim: Sim) -> None:
    change = sim.scheduled()
    answer = sim.call("POST", f"{API}/{change}/task", json={"short_description": "mine"})
    task = answer.json()["result"][0]["sys_id"]["value"]
    for state in ("implement", "review"):
        assert sim.set_change(change, state=state).status_code == 200
    refused_by_rule(sim, change, state="closed", **CLOSING)
    assert sim.call("PATCH", f"{API}/{change}/task/{task}", json={"state": "Closed"}).status_code == 200
    assert sim.set_change(change, state="closed", **CLOSING).status_code == 200


@behavior(AREA, "Closing the last task moves the change on to Review")
def test_closing_the_last_task_moves_on_to_review(sim: Sim) -> None:
    change = sim.scheduled()
    sim.set_change(change, state="implement")
    first, second = sim.dump("change_task", change_request=change)
    sim.patch("change_task", first["sys_id"], state="3", close_code="successful")
    assert sim.state(change) == "-1"
    sim.patch("change_task", second["sys_id"], state="3")
    assert sim.state(change) == "0"
    assert sim.dump("change_task", sys_id=first["sys_id"])[0]["close_code"] == "successful"


# Approvals ---------------------------------------------------------------------------------------------


@behavior(AREA, "Approval by the assignment group, then by the CAB", simplified="one approval is enough for a group")
def test_one_approval_of_a_group_is_enough(sim: Sim) -> None:
    change = sim.new_change()
    sim.set_change(change, state="assess")
    assert pending(sim, change) == {"abel.tuter", "fred.luddy"}
    answer = sim.call("PATCH", f"{API}/{change}/approvals", "fred.luddy", json={"state": "approved"})
    assert answer.json()["result"][0]["state"] == {"value": "-3", "display_value": "Authorize"}
    assert pending(sim, change, "approved") == {"fred.luddy"}
    assert pending(sim, change, "not_required") == {"abel.tuter"}
    assert pending(sim, change) == {"bow.ruggeri", "don.goodliffe"}


@behavior(AREA, "Whoever requested a change is not asked to approve it")
def test_requester_is_never_asked(sim: Sim) -> None:
    change = sim.new_change("abel.tuter")
    sim.set_change(change, "abel.tuter", state="assess")
    assert pending(sim, change) == {"fred.luddy"}
    other = sim.new_change(requested_by="5137153cc611227c000bbd1bd8cd2006")
    sim.set_change(other, state="assess")
    assert pending(sim, other) == {"abel.tuter"}


@behavior(AREA, "A group in which nobody may be asked leaves the change waiting")
def test_group_without_an_eligible_member_keeps_the_change_waiting(sim: Sim) -> None:
    change = sim.new_change(assignment_group="a715cd759f2002002920bde8132e7018", requested_by=None)
    bow = sim.rows("sys_user", "user_name=bow.ruggeri")[0]["sys_id"]
    sim.set_change(change, requested_by=bow)
    assert sim.set_change(change, state="assess").status_code == 200
    assert pending(sim, change) == set()
    refused_by_rule(sim, change, state="authorize")


@operation("PATCH /change/{sys_id}/approvals")
def test_who_is_not_asked_cannot_approve(sim: Sim) -> None:
    change = sim.new_change()
    sim.set_change(change, state="assess")
    for user in ("ansible", "bow.ruggeri", "david.loo"):
        answer = sim.call("PATCH", f"{API}/{change}/approvals", user, json={"state": "approved"})
        assert error(answer)[0] == 400
    assert error(sim.call("PATCH", f"{API}/{change}/approvals", "joe.employee", json={"state": "approved"}))[0] == 403
    assert sim.state(change) == "-4"
    row = sim.dump("sysapproval_approver", sysapproval=change)[0]
    assert error(sim.patch("sysapproval_approver", row["sys_id"], "ansible", state="approved"))[0] == 403


@behavior(AREA, "A rejection sends the change back to New")
def test_rejection_sends_back_to_new(sim: Sim) -> None:
    change = sim.new_change()
    sim.set_change(change, state="assess")
    path = f"{API}/{change}/approvals"
    for body in ({"state": "rejected"}, {"state": "rejected", "comments": " "}, {"state": "maybe"}, {}):
        assert error(sim.call("PATCH", path, "fred.luddy", json=body))[0] == 400
    answer = sim.call("PATCH", path, "fred.luddy", json={"state": "rejected", "comments": "too risky"})
    assert answer.json()["result"][0]["state"]["display_value"] == "New"
    assert sim.change(change)["approval"] == "rejected"
    assert pending(sim, change, "rejected") == {"fred.luddy"}
    assert pending(sim, change) == set()
    row = sim.dump("sysapproval_approver", sysapproval=change, state="rejected")[0]
    entries = sim.dump("sys_journal_field", element_id=row["sys_id"])
    assert [entry["value"] for entry in entries] == ["too risky"]
    assert sim.set_change(change, state="assess").status_code == 200
    assert sim.change(change)["approval"] == "requested"
    assert pending(sim, change) == {"abel.tuter", "fred.luddy"}


@behavior(AREA, "A rejection sends the change back to New")
def test_cab_can_reject_as_well(sim: Sim) -> None:
    change = sim.new_change()
    sim.set_change(change, state="assess")
    sim.approve(change)
    assert sim.approve(change, state="rejected", comments="no") == {
        "state": "-5", "approval": "rejected", "approved_by": ["bow.ruggeri"],
    }  # fmt: skip


@behavior(AREA, "Approving over the Table API (`sysapproval_approver`)")
def test_approving_over_the_table_api(sim: Sim) -> None:
    change = sim.new_change()
    sim.set_change(change, state="assess")
    row = sim.dump("sysapproval_approver", sysapproval=change, approver=ABEL)[0]["sys_id"]
    assert "Comments" in str(error(sim.patch("sysapproval_approver", row, "abel.tuter", state="rejected"))[2])
    assert sim.patch("sysapproval_approver", row, "abel.tuter", state="approved").status_code == 200
    assert sim.state(change) == "-3"
    assert error(sim.patch("sysapproval_approver", row, "abel.tuter", state="rejected", comments="x"))[0] == 403


@behavior(AREA, "Back to New from Assess (normal) or Authorize (emergency) cancels pending approvals")
def test_back_to_new_cancels_pending_approvals(sim: Sim) -> None:
    change = sim.new_change()
    sim.set_change(change, state="assess")
    assert sim.set_change(change, state="new").status_code == 200
    assert pending(sim, change, "cancelled") == {"abel.tuter", "fred.luddy"}
    assert sim.change(change)["approval"] == "not requested"


@behavior(AREA, "On hold: only Canceled is reachable; pending approvals are withdrawn, and asked for again afterwards")
def test_on_hold(sim: Sim) -> None:
    change = sim.new_change()
    sim.set_change(change, state="assess")
    sim.set_change(change, on_hold=True, on_hold_reason="waiting")
    assert pending(sim, change) == set()
    assert pending(sim, change, "not_required") == {"abel.tuter", "fred.luddy"}
    refused_by_rule(sim, change, state="new")
    assert next_states(sim, change)["available_states"] == ["4", "-4"]
    sim.set_change(change, on_hold=False)
    assert pending(sim, change) == {"abel.tuter", "fred.luddy"}
    assert sim.approve(change)["state"] == "-3"
    sim.set_change(change, on_hold=True)
    assert sim.set_change(change, state="canceled").status_code == 200


def next_states(sim: Sim, change: str) -> dict[str, Any]:
    answer = sim.get(f"{API}/{change}/nextstates")
    assert answer.status_code == 200
    result: dict[str, Any] = answer.json()["result"]
    return result


@operation("GET /change/{change_sys_id}/nextstates")
def test_next_states_follow_the_model(sim: Sim) -> None:
    change = sim.new_change()
    answer = next_states(sim, change)
    assert answer["available_states"] == ["-4", "4", "-5"]
    assert answer["state_label"] == {"-4": "Assess", "4": "Canceled", "-5": "New"}
    sim.set_change(change, state="assess")
    answer = next_states(sim, change)
    assert answer["available_states"] == ["-5", "4", "-4"]
    authorize = next(group[0] for group in answer["state_transitions"] if group[0]["to_state"] == "-3")
    assert authorize["automatic_transition"] is True
    assert authorize["transition_available"] is False
    assert authorize["conditions"][0]["passed"] is False


@operation("GET /change/{change_sys_id}/nextstates")
def test_next_states_of_a_change_without_a_model(sim: Sim) -> None:
    change = "1766f1de47410200e90d87e8dee490f6"
    assert next_states(sim, change) == {"available_states": ["3"], "state_label": {"3": "Closed"}}


@behavior(AREA, "Approval after a while, by setting")
def test_approval_after_a_while(sim: Sim) -> None:
    sim.settings(auto_approve_after=60)
    change = sim.new_change()
    sim.set_change(change, state="assess")
    assert sim.state(change) == "-4"
    for state in ("-3", "-2"):
        sim.control("PUT", "clock", {"advance_seconds": 61})
        assert sim.state(change) == state


@behavior(AREA, "Approval by the assignment group, then by the CAB", simplified="one approval is enough for a group")
def test_software_group_asks_its_members(sim: Sim) -> None:
    change = sim.new_change(assignment_group=SOFTWARE)
    sim.set_change(change, state="assess")
    assert pending(sim, change) == {"david.loo", "don.goodliffe"}
