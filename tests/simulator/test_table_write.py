"""Table API, writing: conversion, silently ignored fields, audit, journals, derived fields, errors."""

from __future__ import annotations

import pytest
from tests.simulator.behaviors import behavior
from tests.simulator.support import ABEL, ADMIN_ID, CHG24, NETWORK, Sim, error


@behavior("Table API", "Insert, update with PUT and PATCH, delete; Location")
def test_insert_read_update_delete(sim: Sim) -> None:
    answer = sim.call("POST", "/api/now/table/incident", json={"short_description": "A", "urgency": 2})
    record = answer.json()["result"]
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{sim.url}/api/now/table/incident/{record['sys_id']}"
    assert (record["number"], record["urgency"], record["state"]) == ("INC0010001", "2", "1")
    for method in ("PUT", "PATCH"):
        path = f"/api/now/table/incident/{record['sys_id']}"
        answer = sim.call(method, path, json={"description": method})
        assert (answer.status_code, answer.json()["result"]["description"]) == (200, method)
        assert answer.json()["result"]["short_description"] == "A"
    deleted = sim.call("DELETE", path, "admin")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert sim.get(path).status_code == 404
    assert sim.call("DELETE", path, "admin").status_code == 404


@behavior("Table API", "Record numbers")
def test_numbers_go_up_and_skip_what_is_there(sim: Sim) -> None:
    sim.insert("incident", number="INC0010002")
    assert [sim.insert("incident")["number"] for _ in range(3)] == ["INC0010001", "INC0010003", "INC0010004"]
    assert sim.insert("change_request")["number"] == "CHG0040001"


@behavior("Table API", "Audit fields: who and when, sys_mod_count")
def test_audit_fields(sim: Sim) -> None:
    record = sim.insert("incident", sys_created_by="somebody", sys_mod_count=9)
    assert (record["sys_created_by"], record["sys_mod_count"]) == ("ansible", "0")
    sim.control("PUT", "clock", {"advance_seconds": 60})
    changed = sim.patch("incident", record["sys_id"], "beth.anglin", urgency=1).json()["result"]
    assert (changed["sys_updated_by"], changed["sys_mod_count"]) == ("beth.anglin", "1")
    assert changed["sys_updated_on"] > record["sys_updated_on"]
    again = sim.patch("incident", record["sys_id"], "abel.tuter", urgency=1).json()["result"]
    assert (again["sys_updated_by"], again["sys_mod_count"]) == ("beth.anglin", "1")


@behavior("Table API", "Unknown and unwritable fields are ignored without a word")
def test_unknown_and_unwritable_fields_are_ignored(sim: Sim) -> None:
    record = sim.insert("incident", no_such_field="x", sys_updated_by="me", sys_class_name="problem")
    assert "no_such_field" not in record
    assert (record["sys_updated_by"], record["sys_class_name"]) == ("ansible", "incident")
    answer = sim.patch("incident", record["sys_id"], no_such_field="x")
    assert answer.status_code == 200
    assert answer.json()["result"]["sys_mod_count"] == "0"


@behavior("Table API", "The sys_id of a POST is honored, once")
def test_sys_id_of_a_post_is_honoured_once(sim: Sim) -> None:
    sys_id = "a" * 32
    assert sim.insert("incident", sys_id=sys_id)["sys_id"] == sys_id
    sim.insert("incident", sys_id=5)
    for taken in (sys_id, sys_id.upper(), sys_id + "b", 5):
        answer = sim.call("POST", "/api/now/table/incident", json={"sys_id": taken})
        assert error(answer)[:2] == (403, "Operation Failed")
    other = sim.insert("incident")
    assert sim.patch("incident", other["sys_id"], sys_id="b" * 32).json()["result"]["sys_id"] == other["sys_id"]


@behavior("Table API", "Written values are converted, and cut to the length of their column")
@pytest.mark.parametrize(
    ("field", "sent", "stored"),
    [
        ("knowledge", True, "true"),
        ("knowledge", "TRUE", "true"),
        ("knowledge", 1, "true"),
        ("knowledge", "no", "false"),
        ("order", "3.0", "3"),
        ("order", 7, "7"),
        ("order", "-0012", "-12"),
        ("due_date", "2026-07-15 08:00:00", "2026-07-15 08:00:00"),
        ("due_date", "2026-07-15T08:00:00Z", "2026-07-15 08:00:00"),
        ("due_date", "2026-07-15", "2026-07-15 00:00:00"),
        ("due_date", "", ""),
        ("review_date", "2026-07-15 08:00:00", "2026-07-15"),
        ("short_description", "x" * 200, "x" * 160),
        ("short_description", "a\0b", "ab"),
        ("description", "one\r\ntwo\n", "one\r\ntwo\n"),
        ("watch_list", f"{ABEL},{ADMIN_ID},{ABEL}", f"{ABEL},{ADMIN_ID}"),
        ("watch_list", f"nobody,{ABEL},a@example.com", f"{ABEL},a@example.com"),
        ("assignment_group", NETWORK.upper(), NETWORK),
        ("impact", "2", "2"),
        ("type", "Emergency", "emergency"),
        ("correlation_id", None, ""),
    ],
)  # fmt: skip
def test_values_are_stored_as_an_instance_does(sim: Sim, field: str, sent: object, stored: str) -> None:
    sim.insert("change_request", sys_id="c" * 32, **{field: sent})
    assert sim.dump("change_request", sys_id="c" * 32)[0][field] == stored


@behavior("Table API", "Written values that do not fit leave the field alone")
@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("impact", "9"),
        ("impact", "2 - Medium"),
        ("impact", ""),
        ("state", "Assess"),
        ("order", "many"),
        ("due_date", "tomorrow"),
        ("due_date", "2026-02-31 00:00:00"),
        ("assignment_group", "Software"),
        ("assignment_group", "no such group"),
    ],
)
def test_values_that_do_not_fit_leave_the_field_alone(sim: Sim, field: str, sent: str) -> None:
    values = {"assignment_group": NETWORK, "order": "5", "due_date": "2026-01-01 00:00:00"}
    record = sim.insert("change_request", **values)
    before = sim.dump("change_request", sys_id=record["sys_id"])[0]
    assert sim.patch("change_request", record["sys_id"], **{field: sent}).status_code == 200
    assert sim.dump("change_request", sys_id=record["sys_id"])[0] == before


@behavior("Table API", "sysparm_input_display_value: names, labels, dates in the time zone of the user")
def test_input_display_values(sim: Sim) -> None:
    record = sim.insert("change_request", "admin")
    values = {
        "assignment_group": "network",
        "assigned_to": "Abel Tuter",
        "impact": "1 - high",
        "start_date": "2026-07-15 08:00:00",
        "watch_list": "Abel Tuter,Beth Anglin",
    }
    path = f"/api/now/table/change_request/{record['sys_id']}?sysparm_input_display_value=true"
    sim.call("PATCH", path, "admin", json=values)
    stored = sim.dump("change_request", sys_id=record["sys_id"])[0]
    assert (stored["assignment_group"], stored["assigned_to"], stored["impact"]) == (NETWORK, ABEL, "1")
    assert stored["start_date"] == "2026-07-15 15:00:00"
    assert stored["watch_list"] == f"{ABEL},46d44a40a9fe198101947ae9f5daf4fb"
    sim.call("PATCH", path, "admin", json={"assignment_group": "No Such Group"})
    assert sim.dump("change_request", sys_id=record["sys_id"])[0]["assignment_group"] == NETWORK


@behavior("Table API", "Derived fields of tasks: priority, opened, closed, active, reassignments")
@pytest.mark.parametrize(
    ("impact", "urgency", "priority"), [(1, 1, "1"), (1, 2, "2"), (2, 2, "3"), (2, 3, "4"), (3, 3, "5")]
)
def test_priority_is_derived(sim: Sim, impact: int, urgency: int, priority: str) -> None:
    assert sim.insert("incident", impact=impact, urgency=urgency)["priority"] == priority
    assert sim.insert("change_request", impact=impact, urgency=urgency)["priority"] == min(priority, "4")


@behavior("Table API", "Derived fields of tasks: priority, opened, closed, active, reassignments")
def test_opening_and_closing(sim: Sim) -> None:
    record = sim.insert("incident", "beth.anglin")
    assert record["opened_by"]["value"] == "46d44a40a9fe198101947ae9f5daf4fb"
    assert record["opened_at"] == record["sys_created_on"]
    assert (record["active"], record["closed_at"], record["closed_by"]) == ("true", "", "")
    closed = sim.patch("incident", record["sys_id"], "abel.tuter", state=7).json()["result"]
    assert (closed["active"], closed["closed_by"]["value"]) == ("false", ABEL)
    assert closed["closed_at"] == closed["sys_updated_on"]
    reopened = sim.patch("incident", record["sys_id"], state=2).json()["result"]
    assert (reopened["active"], reopened["closed_at"]) == ("true", "")


@behavior("Table API", "Derived fields of tasks: priority, opened, closed, active, reassignments")
def test_reassignments_are_counted(sim: Sim) -> None:
    record = sim.insert("incident", assignment_group=NETWORK)
    sim.patch("incident", record["sys_id"], assignment_group="8a4dde73c6112278017a6a4baf547aa7")
    sim.patch("incident", record["sys_id"], assigned_to=ABEL)
    assert sim.dump("incident", sys_id=record["sys_id"])[0]["reassignment_count"] == "1"


@behavior("Table API", "Of an array only the first record is read")
def test_only_the_first_record_of_an_array_is_read(sim: Sim) -> None:
    body = [{"short_description": "one"}, {"short_description": "two"}]
    answer = sim.call("POST", "/api/now/table/incident", json=body)
    assert answer.json()["result"]["short_description"] == "one"
    path = f"/api/now/table/incident/{answer.json()['result']['sys_id']}"
    assert sim.call("PATCH", path, json=body[::-1]).json()["result"]["short_description"] == "two"
    assert len(sim.rows("incident", "short_descriptionINone,two")) == 1


@behavior("Table API", "Errors with their bodies")
@pytest.mark.parametrize("body", [b"{", b"\xff", b'"text"', b"5", b"[1]", b"[" * 100_000])
def test_body_that_is_no_json_object(sim: Sim, body: bytes) -> None:
    answer = sim.call("POST", "/api/now/table/incident", data=body)
    assert error(answer) == (400, "Exception while reading request", "The payload is not valid JSON.")


@behavior("Table API", "Written values are converted, and cut to the length of their column")
def test_lone_surrogates_do_no_harm(sim: Sim) -> None:
    answer = sim.call("POST", "/api/now/table/incident", data=b'{"short_description": "a\\ud800b"}')
    assert answer.json()["result"]["short_description"] == "a\ufffdb"


@behavior("Table API", "Inheritance: a base table reads and writes records of what extends it")
def test_writing_through_a_base_table(sim: Sim) -> None:
    record = sim.insert("change_request", assignment_group=NETWORK)
    answer = sim.patch("task", record["sys_id"], state="-4", chg_model="x", short_description="via task")
    assert answer.status_code == 200
    stored = sim.dump("change_request", sys_id=record["sys_id"])[0]
    assert (stored["state"], stored["short_description"], stored["chg_model"]) == (
        "-4", "via task", "007c4001c343101035ae3f52c1d3aeb2",
    )  # fmt: skip


@behavior("Access", "Roles by table and operation")
def test_roles(sim: Sim) -> None:
    for user in ("joe.employee", "auditor", "fred.luddy"):
        for table in ("incident", "change_request"):
            answer = sim.call("POST", f"/api/now/table/{table}", user, json={"short_description": "x"})
            detail = "ACL Exception Insert Failed due to security constraints"
            assert error(answer) == (403, "Operation Failed", detail)
    assert error(sim.patch("change_request", CHG24, "auditor", reason="x"))[2] == (
        "ACL Exception Update Failed due to security constraints"
    )
    for user, status in (("ansible", 403), ("bow.ruggeri", 204)):
        record = sim.insert("change_request")
        answer = sim.call("DELETE", f"/api/now/table/change_request/{record['sys_id']}", user)
        assert answer.status_code == status
    assert sim.get("/api/now/table/change_request", "auditor").status_code == 200
    assert sim.get("/api/now/table/sys_user", "joe.employee").status_code == 200
    assert sim.patch("sys_user", ABEL, "ansible", title="x").status_code == 403
    assert sim.call("POST", "/api/now/table/sys_dictionary", "admin", json={}).status_code == 403


@behavior("Table API", "A deleted task takes its approvals, tasks, journals and attachments along")
def test_deleting_a_change_takes_its_dependents_along(sim: Sim) -> None:
    change = sim.scheduled()
    sim.set_change(change, state="implement", work_notes="go")
    upload = f"/api/now/attachment/file?table_name=change_request&table_sys_id={change}&file_name=a"
    sim.call("POST", upload, data=b"x", headers={"Content-Type": "text/plain"})
    assert len(sim.dump("change_task", change_request=change)) == 2
    assert sim.call("DELETE", f"/api/now/table/change_request/{change}", "admin").status_code == 204
    assert sim.dump("change_task", change_request=change) == []
    assert sim.dump("sysapproval_approver", sysapproval=change) == []
    assert sim.dump("sys_journal_field", element_id=change) == []
    assert sim.dump("sys_attachment", table_sys_id=change) == []


@behavior("Table API", "Choices are records of sys_choice: a new one counts at once")
def test_new_choices_count_at_once(sim: Sim) -> None:
    values = {"name": "change_request", "element": "close_code", "value": "rolled_back", "label": "Rolled back"}
    sim.insert("sys_choice", "admin", **values)
    record = sim.insert("change_request", close_code="rolled_back")
    shown = sim.get(f"/api/now/table/change_request/{record['sys_id']}", sysparm_display_value="true")
    assert shown.json()["result"]["close_code"] == "Rolled back"
