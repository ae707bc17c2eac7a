"""Change models: a model of one's own with its states, and what models have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
from tests.simulator.behaviors import README, behavior
from tests.simulator.support import NETWORK, Sim, error
from tests.simulator.test_conflicts import start
from tests.simulator.test_process import API, CLOSING, next_states, pending, refused_by_rule, tasks

from snow_simulator import Simulator

AREA = "Change process"
OWN = "A model of one's own: further states, conditions, approval, tasks (Database Release in the demo data)"
DATABASE_TEAM = {"ines.itilson", "don.goodliffe"}
WEB_02 = "06f043a3b7fb23000999e4f6ee11a9c1"


def release(sim: Sim, **values: object) -> str:
    body = {"chg_model": "Database Release", "encrypted_fields": "assignment_group", "assignment_group": "Database"}
    answer = sim.call("POST", API, json={**body, **values}).json()["result"]
    assert answer["chg_model"]["display_value"] == "Database Release"
    assert (answer["type"]["value"], answer["category"]["value"]) == ("normal", "Software")
    sys_id: str = answer["sys_id"]["value"]
    return sys_id


def conditions(sim: Sim, change: str, state: str) -> list[tuple[str, bool]]:
    """Names of the conditions of the transitions to that state, and whether they are met."""
    groups: list[list[dict[str, Any]]] = next_states(sim, change)["state_transitions"]
    found = [row for group in groups for item in group if item["to_state"] == state for row in item["conditions"]]
    return [(row["condition"]["name"], row["passed"]) for row in found]


@behavior(AREA, OWN)
def test_own_model_from_new_to_closed(sim: Sim) -> None:
    sim.settings(worker_seconds=0)
    change = release(sim, cmdb_ci=WEB_02)
    refused_by_rule(sim, change, state="assess")
    refused_by_rule(sim, change, state="Build")
    assert conditions(sim, change, "10") == [("Has a plan", False), ("Not On hold", True)]
    assert sim.set_change(change, state="Build", implementation_plan="Pour").status_code == 200
    assert next_states(sim, change)["state_label"] == {"4": "Canceled", "10": "Build"}
    assert sim.set_change(change, test_plan="Count", backout_plan="Drain").status_code == 200
    assert next_states(sim, change)["available_states"] == ["11", "4", "10"]
    assert sim.set_change(change, state="verify").json()["result"]["state"] == {
        "display_value": "Verify",
        "value": 11.0,
    }
    assert pending(sim, change) == DATABASE_TEAM
    assert sim.approve(change, user="ines.itilson")["state"] == "-2"
    assert sim.change(change)["approval"] == "approved"
    sim.set_change(change, start_date="2030-03-05 10:00:00", end_date="2030-03-05 12:00:00")
    refused_by_rule(sim, change, state="implement")
    start(sim, change)
    assert sim.set_change(change, state="implement").status_code == 200
    assert set(tasks(sim, change)) == {"Release", "Compare the number of rows", "Tell the users"}
    refused_by_rule(sim, change, state="review")
    for task in tasks(sim, change).values():
        sim.patch("change_task", task["sys_id"], state="3")
    assert sim.set_change(change, state="review").status_code == 200
    assert sim.set_change(change, state="closed", **CLOSING).status_code == 200


@behavior(AREA, OWN)
def test_rejection_in_own_model_goes_where_the_model_says(sim: Sim) -> None:
    plans = {"implementation_plan": "Pour", "test_plan": "Count", "backout_plan": "Drain"}
    change = release(sim, **plans)
    for state in ("10", "11"):
        assert sim.set_change(change, state=state).status_code == 200
    path = f"{API}/{change}/approvals"
    answer = sim.call("PATCH", path, "ines.itilson", json={"state": "rejected", "comments": "no"})
    assert answer.json()["result"][0]["state"] == {"value": "10", "display_value": "Build"}
    assert sim.change(change)["approval"] == "rejected"
    assert sim.set_change(change, state="11").status_code == 200
    assert (pending(sim, change), sim.change(change)["approval"]) == (DATABASE_TEAM, "requested")
    assert sim.set_change(change, state="10").status_code == 200
    assert pending(sim, change) == set()
    assert pending(sim, change, "cancelled") == DATABASE_TEAM


@behavior(AREA, OWN)
def test_own_states_are_those_of_the_model_only(sim: Sim) -> None:
    change = sim.new_change()
    refused_by_rule(sim, change, state="build")
    assert next_states(sim, change)["available_states"] == ["-4", "4", "-5"]
    labels = sim.rows("sys_choice", "name=change_request^element=state^value=10", sysparm_fields="label")
    assert labels == [{"label": "Build"}]


@behavior(AREA, "Change Registration: no approvals, a preset")
def test_change_registration_to_its_end(sim: Sim) -> None:
    answer = sim.call("POST", API, json={"chg_model": "Change Registration"}).json()["result"]
    change = answer["sys_id"]["value"]
    for state in ("assess", "scheduled", "review"):
        refused_by_rule(sim, change, state=state)
    assert next_states(sim, change)["available_states"] == ["-1", "4", "-5"]
    for state, values in (("implement", {}), ("review", {}), ("closed", CLOSING)):
        assert sim.set_change(change, state=state, **values).status_code == 200
    assert sim.dump("sysapproval_approver", sysapproval=change) == []
    assert sim.change(change)["approval"] == "approved"


@behavior(AREA, "Back to New from Assess (normal) or Authorize (emergency) cancels pending approvals")
def test_emergency_back_to_new(sim: Sim) -> None:
    change = sim.new_change(type="emergency")
    sim.set_change(change, state="authorize")
    assert sim.set_change(change, state="new").status_code == 200
    assert pending(sim, change, "cancelled") == {"bow.ruggeri", "don.goodliffe"}
    normal = sim.new_change()
    sim.set_change(normal, state="assess")
    sim.approve(normal)
    refused_by_rule(sim, normal, state="new")


@behavior(AREA, "A rejection sends the change back to New")
def test_emergency_rejected(sim: Sim) -> None:
    change = sim.new_change(type="emergency")
    sim.set_change(change, state="authorize")
    assert sim.approve(change, state="rejected")["state"] == "-5"
    assert sim.change(change)["approval"] == "rejected"


HOLD = "On hold: only Canceled is reachable; pending approvals are withdrawn, and asked for again afterwards"


@behavior(AREA, HOLD)
@pytest.mark.parametrize("state", ["-5", "-2", "-1", "0"])
def test_nothing_moves_on_hold(sim: Sim, state: str) -> None:
    change = sim.new_change() if state == "-5" else sim.scheduled()
    for step in ("-1", "0"):
        if state in ("-1", "0") and int(step) <= int(state):
            sim.set_change(change, state=step)
    sim.set_change(change, on_hold=True)
    canceled = ["4"] if state != "0" else []
    assert next_states(sim, change)["available_states"] == [*canceled, state]
    for target in ("-4", "-2", "-1", "0", "3"):
        if target != state:
            refused_by_rule(sim, change, state=target, **CLOSING)
    shown = [item for group in next_states(sim, change)["state_transitions"] for item in group]
    assert {item["to_state"] for item in shown if item["transition_available"]} == set(canceled)


@behavior(AREA, HOLD)
def test_closing_the_last_task_on_hold_moves_the_change_on_afterwards(sim: Sim) -> None:
    change = sim.scheduled()
    sim.set_change(change, state="implement")
    sim.set_change(change, on_hold=True)
    for task in tasks(sim, change).values():
        sim.patch("change_task", task["sys_id"], state="3")
    assert sim.state(change) == "-1"
    sim.set_change(change, on_hold=False)
    assert sim.state(change) == "0"


@behavior(AREA, HOLD)
def test_nobody_decides_on_hold(sim: Sim) -> None:
    change = sim.new_change()
    sim.set_change(change, state="assess")
    sim.set_change(change, on_hold=True)
    path = f"{API}/{change}/approvals"
    assert error(sim.call("PATCH", path, "fred.luddy", json={"state": "approved"}))[0] == 400
    sim.set_change(change, on_hold=False)
    assert sim.call("PATCH", path, "fred.luddy", json={"state": "approved"}).status_code == 200


@behavior(AREA, "Review cancels the generated tasks that are open, and no others")
def test_review_keeps_manual_tasks(sim: Sim) -> None:
    change = sim.scheduled()
    sim.call("POST", f"{API}/{change}/task", json={"short_description": "mine"})
    sim.set_change(change, state="implement")
    done = tasks(sim, change)["Implement"]
    sim.patch("change_task", done["sys_id"], state="3")
    sim.set_change(change, state="review")
    states = {name: row["state"] for name, row in tasks(sim, change).items()}
    assert states == {"mine": "-5", "Implement": "3", "Post implementation testing": "4"}


@behavior(AREA, "Task states: Pending -5, Open 1, In Progress 2, Closed 3, Canceled 4")
def test_task_states(sim: Sim) -> None:
    change = sim.new_change()
    task = sim.call("POST", f"{API}/{change}/task").json()["result"][0]
    path, seen = f"{API}/{change}/task/{task['sys_id']['value']}", [task["state"]["value"]]
    for state in ("open", "In Progress", "3", "Canceled"):
        shown = sim.call("PATCH", path, json={"state": state}).json()["result"][0]
        seen.append((shown["state"]["display_value"], shown["active"]["value"]))
    assert seen == ["-5", ("Open", "true"), ("In Progress", "true"), ("Closed", "false"), ("Canceled", "false")]


@behavior(AREA, "States are taken by value or label, in any case, over the Change Management API")
@pytest.mark.parametrize("text", ["-4", "Assess", "ASSESS", "assess", " assess "])
def test_states_by_value_or_label(sim: Sim, text: str) -> None:
    change = sim.new_change()
    assert sim.set_change(change, state=text).json()["result"]["state"]["display_value"] == "Assess"


@behavior(AREA, "`close_code` (successful, successful_issues, unsuccessful) and `close_notes` are mandatory for Closed")
@pytest.mark.parametrize("code", ["successful", "successful_issues", "unsuccessful"])
def test_close_codes(sim: Sim, code: str) -> None:
    change = sim.scheduled()
    for state in ("implement", "review"):
        sim.set_change(change, state=state)
    assert sim.set_change(change, state="closed", close_code=code, close_notes="x").status_code == 200
    assert sim.change(change)["close_code"] == code


CONDITIONS = """
extends: demo
models:
  - name: Careful
    sys_id: 22222222222222222222222222222222
    transitions:
      - from: -5
        to: -1
        conditions:
          - {name: Somewhere harmless, query: cmdb_ci.environment!=Production^ORrisk=4^cmdb_ciISNOTEMPTY}
          - {name: Nonsense is never met, query: no_such_field=1^ORstate=-1}
"""


@behavior(AREA, "Conditions of transitions are encoded queries on the change as it would be stored")
@pytest.mark.parametrize(
    ("values", "moves"),
    [
        ({"cmdb_ci": "web-03"}, True),
        ({"cmdb_ci": "web-01"}, False),
        ({"cmdb_ci": "web-01", "risk": "4"}, True),
        ({"risk": "4"}, False),
    ],
)
def test_conditions_by_encoded_query(tmp_path: Path, values: dict[str, str], moves: bool) -> None:
    file = tmp_path / "own.yml"
    # Without the last condition, which strictly read finds nothing.
    file.write_text(
        CONDITIONS.replace("          - {name: Nonsense is never met, query: no_such_field=1^ORstate=-1}\n", "")
    )
    with Simulator(data=str(file)) as url, requests.Session() as session:
        session.auth = ("admin", "admin-password")
        api = f"{url}/api/sn_chg_rest/change"
        body = {"chg_model": "Careful", "assignment_group": NETWORK}
        change = session.post(api, json=body).json()["result"]["sys_id"]["value"]
        sent = {**values, "state": "-1", "encrypted_fields": "cmdb_ci"}
        assert session.patch(f"{api}/{change}", json=sent).status_code == (200 if moves else 403)
        stored = session.get(f"{api}/{change}").json()["result"]
        assert stored["state"]["value"] == (-1 if moves else -5)
        assert stored["cmdb_ci"]["display_value"] == (values.get("cmdb_ci", "") if moves else "")
        created = session.post(api, json={**body, **sent})
        assert created.status_code == (200 if moves else 403)
        assert len(session.get(api, params={"chg_model": "Careful"}).json()["result"]) == (3 if moves else 2)


def test_condition_that_cannot_be_read_is_never_met(tmp_path: Path) -> None:
    file = tmp_path / "own.yml"
    file.write_text(CONDITIONS)
    with Simulator(data=str(file)) as url, requests.Session() as session:
        session.auth = ("admin", "admin-password")
        api = f"{url}/api/sn_chg_rest/change"
        body = {"chg_model": "Careful", "assignment_group": NETWORK, "risk": "4", "state": "-1"}
        body |= {"cmdb_ci": "web-03", "encrypted_fields": "cmdb_ci"}
        assert session.post(api, json=body).status_code == 403


@behavior("Own data", "The example of the README")
def test_data_set_of_the_readme() -> None:
    with Simulator(data=str(README.parent / "examples" / "own.yml")) as url, requests.Session() as session:
        session.auth = ("admin", "admin-password")
        api = f"{url}/api/sn_chg_rest/change"
        body = {"chg_model": "Two steps", "reason": "Other", "state": "Built", "encrypted_fields": "assignment_group"}
        change = session.post(api, json={**body, "assignment_group": "Network"}).json()["result"]
        assert (change["state"]["display_value"], change["category"]["value"]) == ("Built", "Farm")
        requests.post(f"{url}/_sim/approve", json={"change": change["sys_id"]["value"]}, timeout=5)
        tasks = session.get(f"{api}/{change['sys_id']['value']}/task").json()["result"]
        assert tasks[0]["short_description"]["value"] == "Plough"
