"""Change Management API: filters, parameters, roles, tasks, templates, associations, workers."""

from __future__ import annotations

import time
from typing import Any

import pytest
from tests.simulator.behaviors import behavior
from tests.simulator.documented import operation
from tests.simulator.support import ABEL, CHG24, NETWORK, Sim, error

AREA = "Change Management API"
API = "/api/sn_chg_rest/change"
WEB_01 = "caf043a3b7fb23000999e4f6ee11a9c0"


def listed(sim: Sim, path: str = "", **params: object) -> tuple[list[str], dict[str, Any]]:
    answer = sim.get(f"{API}{path}", "ansible", **params)
    assert answer.status_code == 200, answer.text
    *records, last = answer.json()["result"]
    assert set(last) == {"__meta"}
    return [record["number"]["value"] for record in records], last["__meta"]


@operation("GET /change")
def test_list_filters(sim: Sim) -> None:
    assert listed(sim, sysparm_query="number=CHG0000024")[0] == ["CHG0000024"]
    assert listed(sim, state="closed")[0] == ["CHG0000024"]
    assert listed(sim, assignment_group="Network", active="true")[0] == ["CHG0030001", "CHG0030021"]
    assert listed(sim, textSearch="firewall")[0] == ["CHG0030001"]
    assert listed(sim, textSearch="firewall", state="closed")[0] == []
    numbers = listed(sim)[0]
    assert numbers == sorted(numbers)
    assert listed(sim, sysparm_query="ORDERBYDESCnumber")[0] == numbers[::-1]
    assert listed(sim, sysparm_offset=1, sysparm_limit=2)[0] == numbers[1:3]
    assert listed(sim, order="sys_id")[0] != numbers


@behavior(AREA, "Lists may end with `__meta` (setting `list_meta`)")
def test_list_ends_with_meta(sim: Sim) -> None:
    query = "state=3^nothing=1"
    numbers, meta = listed(sim, sysparm_query=query)
    assert numbers == ["CHG0000024"]
    assert meta == {"encodedQuery": query, "fields": {"applied": ["state"], "ignored": ["nothing"]}}
    assert listed(sim, sysparm_query="number=none") == (
        [], {"encodedQuery": "number=none", "fields": {"applied": ["number"], "ignored": []}},
    )  # fmt: skip
    sim.settings(list_meta=False)
    assert sim.get(API, sysparm_query="number=none").json() == {"result": []}


def test_typed_lists_hold_their_type(sim: Sim) -> None:
    for kind in ("normal", "emergency", "standard"):
        answer = sim.get(f"{API}/{kind}", sysparm_query="number!=x^NQstate=-5").json()["result"][:-1]
        assert {record["type"]["value"] for record in answer} == {kind}
    assert error(sim.get(f"{API}/normal/{CHG24}"))[0] == 404


SHAPES = behavior(
    AREA, "Value shapes: real booleans, numbers by operation, unset as empty text, `display_value_internal`"
)


@SHAPES
@pytest.mark.parametrize(
    ("method", "path", "state", "on_hold"),
    [
        ("POST", "", -5, False),
        ("GET", "/{change}", -5.0, False),
        ("PATCH", "/{change}", -5.0, False),
        ("DELETE", "/{change}", -5.0, False),
        ("POST", "/normal", "-5", "false"),
        ("GET", "/normal/{change}", "-5", "false"),
        ("PATCH", "/normal/{change}", "-5", "false"),
        ("DELETE", "/normal/{change}", "-5", "false"),
        ("POST", "/{change}/task", "-5", "false"),
    ],
)
def test_numbers_booleans_dates_and_references(
    sim: Sim, method: str, path: str, state: object, on_hold: object
) -> None:
    change = sim.new_change()
    body = {"start_date": "2030-07-01 12:00:00", "planned_start_date": "2030-07-01 12:00:00"}
    sim.set_change(change, **body)
    answer = sim.call(method, API + path.format(change=change), "admin", json={**body, "assignment_group": NETWORK})
    found = answer.json()["result"]
    record = found[0] if isinstance(found, list) else found
    assert type(record["state"]["value"]) is type(state)
    assert (record["state"]["value"], record["on_hold"]["value"]) == (state, on_hold)
    assert record["on_hold"]["display_value"] == "false"
    assert record["assignment_group"] == {"value": NETWORK, "display_value": "Network"}
    assert record["order"] == {"value": "", "display_value": ""}
    name = "planned_start_date" if path.endswith("task") else "start_date"
    assert record[name]["value"] == "2030-07-01 12:00:00"
    assert record[name]["display_value"] == "2030-07-01 05:00:00"
    typed = on_hold is False
    assert record[name].get("display_value_internal") == ("2030-07-01 05:00:00" if typed else None)
    assert record.get("variables") == ({"value": "variable_pool", "display_value": "variable_pool"} if typed else None)


@SHAPES
def test_unset_numbers_and_dates(sim: Sim) -> None:
    record = sim.get(f"{API}/{CHG24}").json()["result"]
    assert record["order"] == {"display_value": "", "value": ""}
    assert record["sla_due"] == {"display_value": "UNKNOWN", "value": "", "display_value_internal": ""}
    assert record["on_hold"] == {"display_value": "false", "value": False}
    assert record["sys_created_on"]["display_value_internal"] == record["sys_created_on"]["display_value"]


@operation("POST /change")
def test_create_by_model_and_by_type(sim: Sim) -> None:
    for body, kind, model in (
        ({"chg_model": "Emergency"}, "emergency", "Emergency"),
        ({"chg_model": "e55d0bfec343101035ae3f52c1d3ae49"}, "standard", "Standard"),
        ({"type": "Normal"}, "normal", "Normal"),
        ({"type": "standard", "chg_model": "Normal"}, "standard", "Normal"),
        ({}, "normal", "Normal"),
    ):
        record = sim.call("POST", API, json=body).json()["result"]
        assert (record["type"]["value"], record["chg_model"]["display_value"]) == (kind, model)
        assert (record["state"], record["approval"]["value"]) == (
            {"display_value": "New", "value": -5},
            "not requested",
        )
    assert error(sim.call("POST", API, json={"chg_model": "No Such"}))[0] == 404
    assert error(sim.call("POST", API, json={"type": "No Such"}))[0] == 400


@operation("POST /change")
def test_body_overrides_url(sim: Sim) -> None:
    answer = sim.call("POST", f"{API}?short_description=url&reason=x", json={"short_description": "body"})
    record = answer.json()["result"]
    assert (record["short_description"]["value"], record["reason"]["value"]) == ("body", "x")


@behavior(AREA, "`__meta.ignoredFields` names what was not written")
def test_ignored_fields_are_named(sim: Sim) -> None:
    body = {"no_such_field": 1, "sys_updated_on": "2020-01-01 00:00:00", "reason": "x"}
    for answer in (sim.call("POST", API, json=body), sim.set_change(sim.new_change(), **body)):
        assert answer.json()["result"]["__meta"] == {"ignoredFields": ["no_such_field", "sys_updated_on"]}


@behavior(AREA, "`encrypted_fields`", simplified="set by display value; nothing is encrypted")
@pytest.mark.parametrize("where", ["body", "url"])
def test_encrypted_fields_are_set_by_display_value(sim: Sim, where: str) -> None:
    values = {
        "encrypted_fields": "assignment_group, impact",
        "assignment_group": "Network",
        "assigned_to": "Abel Tuter",
        "impact": "1 - High",
        "start_date": "2026-07-15 08:00:00",
    }
    options: dict[str, Any] = {"json": values} if where == "body" else {"params": values, "json": {}}
    record = sim.call("POST", API, "admin", **options).json()["result"]
    assert record["assignment_group"]["value"] == NETWORK
    assert record["impact"]["value"] == 1
    assert record["assigned_to"]["value"] == ""
    assert record["start_date"]["value"] == "2026-07-15 08:00:00"


@behavior(AREA, "`encrypted_fields`", simplified="set by display value; nothing is encrypted")
def test_names_are_not_taken_without_encrypted_fields(sim: Sim) -> None:
    change = sim.new_change(assignment_group="Network", assigned_to=ABEL)
    assert sim.change(change)["assignment_group"] == ""
    assert sim.change(change)["assigned_to"] == ABEL


@behavior(AREA, "Roles by verb: change_manager, itil, sn_change_read, admin; sn_change_writer for schedules")
def test_roles(sim: Sim) -> None:
    change = sim.new_change()
    path = f"{API}/{change}"
    assert sim.get(path, "auditor").status_code == 200
    assert error(sim.get(path, "joe.employee"))[:2] == (403, "Insufficient rights to query records")
    for user in ("auditor", "joe.employee"):
        assert error(sim.set_change(change, user, reason="x"))[0] == 403
        assert error(sim.call("POST", API, user, json={}))[0] == 403
    assert error(sim.call("DELETE", path, "ansible"))[0] == 403
    assert sim.call("DELETE", path, "bow.ruggeri").json()["result"]["sys_id"]["value"] == change
    assert error(sim.get(path)) == (
        404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval",
    )  # fmt: skip


@operation("GET /change/{sys_id}")
def test_record_is_found_by_sys_id_only(sim: Sim) -> None:
    assert sim.get(f"{API}/CHG0000024").status_code == 404


@operation("POST /change/standard/{standard_change_template_id}")
def test_standard_change_from_a_template(sim: Sim) -> None:
    path = f"{API}/standard/92b8544047810200e90d87e8dee490b0?reason=x&description=mine&no_such=1"
    record = sim.call("POST", path).json()["result"][0]
    assert record["short_description"]["value"] == "Add network switch to cabinet"
    assert record["description"]["value"].startswith("Mount the switch")
    assert record["reason"]["value"] == "x"
    assert record["type"]["value"] == "standard"
    assert record["std_change_producer_version"]["display_value"] == "Add network switch to datacenter cabinet - 1"
    assert record["__meta"]["ignoredFields"] == ["description", "no_such"]
    assert error(sim.call("POST", f"{API}/standard/{'0' * 32}"))[0] == 404
    inactive = sim.rows("std_change_record_producer", "active=false")[0]["sys_id"]
    assert error(sim.call("POST", f"{API}/standard/{inactive}"))[0] == 404


@operation("POST /change/{change_sys_id}/task")
def test_tasks_belong_to_their_change(sim: Sim) -> None:
    change, other = sim.new_change(), sim.new_change()
    path = f"{API}/{change}/task"
    made = sim.call("POST", f"{path}?short_description=url", json={"description": "body", "parent": other})
    task = made.json()["result"][0]
    number = sim.change(change)["number"]
    assert task["parent"] == {"value": change, "display_value": number}
    assert task["change_request"]["value"] == change
    assert (task["short_description"]["value"], task["description"]["value"]) == ("url", "body")
    assert (task["state"], task["__meta"]) == (
        {"value": "-5", "display_value": "Pending"}, {"ignoredFields": ["parent"]},
    )  # fmt: skip
    task_id = task["sys_id"]["value"]
    assert listed(sim, f"/{change}/task")[0] == [task["number"]["value"]]
    assert listed(sim, f"/{other}/task")[0] == []
    assert error(sim.call("PATCH", f"{API}/{other}/task/{task_id}", json={}))[0] == 404
    moved = sim.call("PATCH", f"{path}/{task_id}", json={"state": "In Progress", "work_notes": "n"})
    assert moved.json()["result"][0]["state"]["value"] == "2"
    assert error(sim.call("DELETE", f"{path}/{task_id}", "ansible"))[0] == 403
    assert sim.call("DELETE", f"{path}/{task_id}", "admin").status_code == 200
    assert error(sim.get(f"{API}/{'0' * 32}/task"))[0] == 404


def associate(sim: Sim, change: str, **body: object) -> dict[str, Any]:
    answer = sim.call("POST", f"{API}/{change}/ci", json={"association_type": "affected", **body})
    assert answer.status_code == 202, answer.text
    result: dict[str, Any] = answer.json()["result"]
    return result


def worker(sim: Sim, started: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = sim.get(f"{API}/worker/{started['worker']['sysId']}").json()["result"]
    return result


@operation("GET /change/worker/{sys_id}")
def test_worker_goes_through_its_states(sim: Sim) -> None:
    sim.settings(worker_seconds=10)
    change = sim.new_change()
    started = associate(sim, change, cmdb_ci_sys_ids=[WEB_01])
    seen = []
    for _ in range(3):
        seen.append(worker(sim, started)["state"])
        sim.control("PUT", "clock", {"advance_seconds": 6})
    assert seen == [
        {"value": 1, "display_value": "Waiting"},
        {"value": 2, "display_value": "In-Progress"},
        {"value": 3, "display_value": "Complete"},
    ]
    items = sim.get(f"{API}/{change}/ci", association_type="affected").json()["result"]
    assert [item["ci_item"]["display_value"] for item in items] == ["web-01"]


@operation("GET /change/worker/{sys_id}")
def test_worker_takes_real_time(sim: Sim) -> None:
    started = associate(sim, sim.new_change(), cmdb_ci_sys_ids=WEB_01)
    assert started["state"]["value"] == 1
    time.sleep(0.25)
    assert worker(sim, started)["state"]["value"] == 3


@operation("POST /change/{sys_id}/ci")
def test_services_are_refreshed_over_relations(sim: Sim) -> None:
    sim.settings(worker_seconds=0)
    change = sim.new_change()
    database = sim.rows("cmdb_ci", "name=db-01")[0]["sys_id"]
    associate(sim, change, cmdb_ci_sys_ids=[database], refresh_impacted_services=True)
    items = sim.get(f"{API}/{change}/ci", association_type="impacted").json()["result"]
    assert [item["cmdb_ci_service"]["display_value"] for item in items] == ["Online Shop"]


@operation("POST /change/{sys_id}/ci")
def test_invalid_and_repeated_items(sim: Sim) -> None:
    sim.settings(worker_seconds=0)
    change = sim.new_change()
    wrong = worker(sim, associate(sim, change, cmdb_ci_sys_ids="0" * 32))
    assert wrong["state"] == {"value": 4, "display_value": "Error"}
    assert "Invalid CMDB_CI sys_id provided" in wrong["messages"]["errorMessages"][0]
    mixed = worker(sim, associate(sim, change, cmdb_ci_sys_ids=[WEB_01, "0" * 32]))
    assert mixed["state"]["value"] == 3
    assert len(mixed["messages"]["warningMessages"]) == 1
    again = worker(sim, associate(sim, change, cmdb_ci_sys_ids=[WEB_01]))
    assert len(again["messages"]["infoMessages"]) == 1
    assert len(sim.dump("task_ci", task=change)) == 1


@operation("POST /change/{sys_id}/ci")
def test_association_errors(sim: Sim) -> None:
    change = sim.new_change()
    assert error(sim.get(f"{API}/{change}/ci"))[0] == 400
    for body in ({}, {"association_type": "affected"}, {"association_type": "x", "cmdb_ci_sys_ids": [WEB_01]}):
        assert error(sim.call("POST", f"{API}/{change}/ci", json=body))[0] == 400
    body = {"association_type": "affected", "cmdb_ci_sys_ids": [WEB_01]}
    assert error(sim.call("POST", f"{API}/{'0' * 32}/ci", json=body))[0] == 404
    assert error(sim.get(f"{API}/worker/{'0' * 32}"))[0] == 404


@operation("GET /change/model")
def test_models(sim: Sim) -> None:
    models = sim.get(f"{API}/model").json()["result"]
    assert {model["name"]["value"] for model in models} >= {"Normal", "Standard", "Emergency", "Change Registration"}
    assert [m["name"]["value"] for m in models if m["default_change_model"]["value"] is True] == ["Normal"]
    assert error(sim.get(f"{API}/model/{'0' * 32}"))[0] == 404
