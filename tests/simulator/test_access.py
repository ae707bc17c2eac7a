"""Who may see and write which records and fields."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
from tests.simulator.behaviors import behavior
from tests.simulator.support import Sim, error, running

from snow_simulator import Simulator

CHANGES = "/api/sn_chg_rest/change"
NO_RECORD = (404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
NO_FIELD = (
    403,
    "Insufficient rights to query records",
    "Field(s) present in the query do not have permission to be read",
)
UPDATE_REFUSED = (403, "Operation Failed", "ACL Exception Update Failed due to security constraints")

OWN = """
extends: demo
roles:
  vip_desk: {description: Sees what is private}
  head: {contains: [vip_desk, itil]}
access:
  change_request:
    rows:
      - {roles: [vip_desk]}
      - {query: category!=Telecom}
      - {operations: [create], query: "risk!=2"}
    fields:
      justification: {read: [vip_desk]}
      backout_plan: {write: [vip_desk]}
      work_notes: {read: [vip_desk]}
  change_task:
    rows:
      - {operations: [write], query: "assigned_to=javascript:gs.getUserID()"}
  problem:
    fields:
      short_description: {read: [vip_desk]}
      assigned_to: {read: [vip_desk]}
records:
  sys_user_has_role:
    - {user: david.loo, role: head}
  problem:
    - {number: PRB0040002, short_description: Hidden words, assigned_to: fred.luddy}
"""


def numbers(sim: Sim, user: str, query: str = "", **params: object) -> list[str]:
    return [row["number"] for row in sim.rows("ast_contract", query, user, **params)]


def contract(sim: Sim, number: str) -> str:
    return sim.dump("ast_contract", number=number)[0]["sys_id"]


# Records ------------------------------------------------------------------------------------------------


@behavior(
    "Access", "Rules for records by role and encoded query (`access: rows`), with scripts such as the caller's ID"
)
def test_row_rules(sim: Sim) -> None:
    assert numbers(sim, "admin") == ["CNTR0000101", "CNTR0000102", "CNTR0000103", "CNTR0000104"]
    assert numbers(sim, "don.goodliffe") == numbers(sim, "admin")
    assert numbers(sim, "ansible") == ["CNTR0000101", "CNTR0000104"]
    assert numbers(sim, "abel.tuter") == numbers(sim, "admin")
    assert error(sim.get("/api/now/table/ast_contract", "joe.employee"))[:2] == (403, NO_FIELD[1])


@behavior(
    "Access", "Records that may not be read are taken out after the limit: short pages, `X-Total-Count` counts them"
)
def test_short_pages(sim: Sim) -> None:
    pages = []
    for offset in (0, 2):
        answer = sim.get(
            "/api/now/table/ast_contract", sysparm_limit=2, sysparm_offset=offset, sysparm_query="ORDERBYnumber"
        )
        assert answer.headers["X-Total-Count"] == "4"
        assert ('rel="next"' in answer.headers["Link"]) is (offset == 0)
        pages.append([row["number"] for row in answer.json()["result"]])
    assert pages == [["CNTR0000101"], ["CNTR0000104"]]


@behavior("Access", "A record that may not be read is not found; one that may only be read is not written (403)")
def test_single_records(sim: Sim) -> None:
    hidden, seen = contract(sim, "CNTR0000102"), contract(sim, "CNTR0000101")
    for method, body in (("GET", None), ("PATCH", {"vendor": ""}), ("PUT", {"vendor": ""}), ("DELETE", None)):
        path = f"/api/now/table/ast_contract/{hidden}"
        assert error(sim.call(method, path, json=body)) == NO_RECORD
    before = sim.dump("ast_contract")
    assert error(sim.patch("ast_contract", seen, short_description="x")) == UPDATE_REFUSED
    answer = sim.call("DELETE", f"/api/now/table/ast_contract/{seen}")
    assert error(answer) == (403, "Operation Failed", "ACL Exception Delete Failed due to security constraints")
    assert sim.dump("ast_contract") == before
    assert sim.patch("ast_contract", seen, "beth.anglin", short_description="x").status_code == 200
    assert sim.call("DELETE", f"/api/now/table/ast_contract/{seen}", "don.goodliffe").status_code == 204


@behavior(
    "Access", "Whoever writes a record out of their own sight gets an empty `result`", simplified="not documented"
)
def test_writing_out_of_sight(sim: Sim) -> None:
    seen = contract(sim, "CNTR0000102")
    beth = sim.dump("sys_user", user_name="beth.anglin")[0]["sys_id"]
    answer = sim.patch("ast_contract", seen, "abel.tuter", contract_administrator=beth)
    assert (answer.status_code, answer.json()) == (200, {"result": {}})
    answer = sim.call("POST", "/api/now/table/ast_contract", json={"short_description": "of nobody"})
    assert (answer.status_code, answer.json()) == (201, {"result": {}})


@behavior("Access", "Rules for creating records: 403, and nothing is left")
def test_create_rule(own: Sim) -> None:
    count = len(own.dump("change_request"))
    answer = own.call("POST", "/api/now/table/change_request", json={"risk": "2"})
    assert error(answer) == (403, "Operation Failed", "ACL Exception Insert Failed due to security constraints")
    assert error(own.call("POST", "/api/sn_chg_rest/change", json={"risk": "2"}))[0] == 403
    assert len(own.dump("change_request")) == count
    assert own.call("POST", "/api/now/table/change_request", json={"risk": "3"}).status_code == 201


@behavior("Access", "The Change Management API keeps the rules for records and fields")
def test_change_api(own: Sim) -> None:
    hidden = own.new_change("david.loo", category="Telecom", justification="because")
    task = own.call("POST", f"/api/sn_chg_rest/change/{hidden}/task", "david.loo", json={}).json()["result"][0]
    api = "/api/sn_chg_rest/change"
    paths = [(method, f"{api}/{kind}{hidden}") for kind in ("", "normal/") for method in ("GET", "PATCH", "DELETE")]
    paths += [("GET", f"{api}/{hidden}/nextstates"), ("GET", f"{api}/{hidden}/task")]
    paths += [("PATCH", f"{api}/{hidden}/task/{task['sys_id']['value']}"), ("POST", f"{api}/{hidden}/task")]
    for method, path in paths:
        answer = own.call(method, path, "bow.ruggeri", json={"short_description": "x"} if method != "GET" else None)
        assert error(answer) == NO_RECORD, (method, path)
    assert own.get(f"{api}/{hidden}", "david.loo").json()["result"]["justification"]["value"] == "because"

    answer = own.get(api, "bow.ruggeri", sysparm_query="category=Telecom")
    assert [set(row) for row in answer.json()["result"]] == [{"__meta"}]
    assert answer.headers["X-Total-Count"] == "1"
    shown = own.get(f"{api}/normal", "bow.ruggeri", sysparm_limit="1").json()["result"][0]
    assert "short_description" in shown
    assert "justification" not in shown
    assert error(own.get(api, "bow.ruggeri", sysparm_query="justification=because")) == NO_FIELD
    assert error(own.get(api, "bow.ruggeri", order="justification")) == NO_FIELD

    change = own.new_change("bow.ruggeri")
    answer = own.set_change(change, "bow.ruggeri", backout_plan="x", test_plan="y").json()["result"]
    assert answer["__meta"]["ignoredFields"] == ["backout_plan"]
    assert (own.change(change)["backout_plan"], own.change(change)["test_plan"]) == ("", "y")


@behavior("Access", "The Attachment API keeps the rules for records: list, read, upload, rename and delete")
def test_attachments(own: Sim) -> None:
    hidden = own.new_change("david.loo", category="Telecom")
    headers = {"Content-Type": "text/plain"}
    upload = f"/api/now/attachment/file?table_name=change_request&table_sys_id={hidden}&file_name=a"
    made = own.call("POST", upload, "david.loo", data=b"x", headers=headers).json()["result"]["sys_id"]
    answer = own.get("/api/now/attachment", "bow.ruggeri")
    assert (answer.json()["result"], answer.headers["X-Total-Count"]) == ([], "1")
    assert own.rows("sys_attachment", "", "bow.ruggeri") == []
    assert len(own.rows("sys_attachment", "", "david.loo")) == 1
    for method, path in (("GET", ""), ("GET", "/file"), ("PATCH", ""), ("DELETE", "")):
        answer = own.call(method, f"/api/now/attachment/{made}{path}", "bow.ruggeri", json={"file_name": "b"})
        assert error(answer) == NO_RECORD
    answer = own.call("POST", upload, "bow.ruggeri", data=b"x", headers=headers)
    assert error(answer)[0] == 404
    assert [row["file_name"] for row in own.dump("sys_attachment")] == ["a"]


@behavior("Access", "Attaching takes the right to write the record")
def test_attaching_to_a_record_that_is_only_read(sim: Sim) -> None:
    path = f"/api/now/attachment/file?table_name=ast_contract&table_sys_id={contract(sim, 'CNTR0000101')}&file_name=a"
    headers = {"Content-Type": "text/plain"}
    answer = sim.call("POST", path, data=b"x", headers=headers)
    assert error(answer) == (403, "Operation Failed", "ACL Exception Insert Failed due to security constraints")
    assert sim.call("POST", path, "beth.anglin", data=b"x", headers=headers).status_code == 201


@behavior("Access", "Journal entries and audit rows are as readable as the record and the field that they belong to")
def test_journals_of_hidden_records(own: Sim) -> None:
    hidden = own.new_change("david.loo", category="Telecom", comments="secret")
    seen = own.new_change("david.loo", comments="public", work_notes="for few")

    def entries(user: str) -> set[str]:
        query = f"element_idIN{hidden},{seen}"
        return {row["value"] for row in own.rows("sys_journal_field", query, user)}

    assert entries("bow.ruggeri") == {"public"}
    assert entries("david.loo") == entries("admin") == {"secret", "public", "for few"}


# Fields -------------------------------------------------------------------------------------------------


@behavior("Access", "Fields that may not be read are left out, not blanked (`access: fields`)")
@pytest.mark.parametrize("mode", ["false", "true", "all"])
def test_unreadable_fields_are_left_out(sim: Sim, mode: str) -> None:
    row = sim.rows("ast_contract", "number=CNTR0000101", "ansible", sysparm_display_value=mode)[0]
    assert not {"payment_amount", "lifetime_cost"} & set(row)
    names = "number,payment_amount,parent_contract.payment_amount,vendor.name"
    rows = sim.rows("ast_contract", "number=CNTR0000104", "ansible", sysparm_fields=names)
    assert rows == [{"number": "CNTR0000104", "vendor.name": "Lease & Co"}]
    row = sim.rows("ast_contract", "number=CNTR0000104", "don.goodliffe", sysparm_fields=names)[0]
    assert (row["payment_amount"], row["parent_contract.payment_amount"]) == ("450.00", "900.00")


@behavior("Access", "A query or a sort on a field that may not be read is refused with 403, over references too")
@pytest.mark.parametrize(
    "query",
    [
        "payment_amount=900",
        "payment_amountISEMPTY",
        "number=x^ORpayment_amount>1",
        "parent_contract.payment_amount=900",
        "parent_contract.parent_contract.payment_amount=900",
        "lifetime_costGT_FIELDpayment_amount",
        "numberSAMEASpayment_amount",
        "ORDERBYpayment_amount",
        "ORDERBYDESCparent_contract.payment_amount",
        "contract_administrator.user_password=x",
        "ORDERBYcontract_administrator.user_password",
    ],
)
def test_unreadable_fields_are_not_queried(sim: Sim, query: str) -> None:
    assert error(sim.get("/api/now/table/ast_contract", sysparm_query=query)) == NO_FIELD
    if "password" not in query:
        assert sim.get("/api/now/table/ast_contract", "don.goodliffe", sysparm_query=query).status_code == 200


def test_name_value_pairs_on_unreadable_fields(sim: Sim) -> None:
    assert error(sim.get("/api/now/table/ast_contract", payment_amount="900")) == NO_FIELD


@behavior("Access", "Fields that may not be written are ignored without a word")
def test_unwritable_fields_are_ignored(sim: Sim) -> None:
    own = contract(sim, "CNTR0000102")
    answer = sim.patch("ast_contract", own, "abel.tuter", terms="mine", payment_amount="1", short_description="x")
    assert (answer.status_code, answer.json()["result"]["short_description"]) == (200, "x")
    stored = sim.dump("ast_contract", sys_id=own)[0]
    assert (stored["terms"], stored["payment_amount"]) == ("Under negotiation", "900.00")
    sim.patch("ast_contract", own, "don.goodliffe", terms="theirs", payment_amount="1")
    stored = sim.dump("ast_contract", sys_id=own)[0]
    assert (stored["terms"], stored["payment_amount"]) == ("theirs", "1.00")


@behavior("Access", "Text search does not look into fields that may not be read")
def test_text_search_skips_unreadable_fields(own: Sim) -> None:
    for user, found in (("ansible", 0), ("david.loo", 1)):
        assert len(own.rows("problem", "123TEXTQUERY321=hidden words", user)) == found


# Dot-walking --------------------------------------------------------------------------------------------


@behavior("Access", "Walking a reference shows nothing of a record or table that may not be read, nor finds by it")
def test_dot_walking_does_not_leak(sim: Sim) -> None:
    names = "parent_contract,parent_contract.number,parent_contract.vendor.name"
    rows = sim.rows("ast_contract", "number=CNTR0000104", "ansible", sysparm_fields=names)
    assert set(rows[0]) == {"parent_contract"}
    # The caller's own page shows it to whoever may read it.
    assert set(sim.rows("ast_contract", "number=CNTR0000104", "abel.tuter", sysparm_fields=names)[0]) == set(
        names.split(",")
    )
    for query in (
        "parent_contract.number=CNTR0000102",
        "parent_contract.vendor.name=Uplink Telecom",
        "parent_contract.numberSTARTSWITHCNTR",
    ):
        assert numbers(sim, "ansible", query) == [], query
        assert numbers(sim, "abel.tuter", query)[-1:] == ["CNTR0000104"], query


def test_display_value_of_a_reference_is_shown(sim: Sim) -> None:
    """As an instance does: the label belongs to the record that refers."""
    row = sim.rows("ast_contract", "number=CNTR0000104", "ansible", sysparm_display_value="true")[0]
    assert row["parent_contract"]["display_value"] == "Uplink to Geneva"
    assert numbers(sim, "ansible", "parent_contractLIKEGeneva") == ["CNTR0000104"]


def test_dot_walking_to_a_table_that_may_not_be_read(sim: Sim) -> None:
    """fred.luddy may read tasks, as an approver, but no configuration items."""
    answer = sim.get("/api/now/table/incident", "fred.luddy", sysparm_fields="number,cmdb_ci,cmdb_ci.name")
    assert all(set(row) == {"number", "cmdb_ci"} for row in answer.json()["result"] if row["cmdb_ci"])
    assert error(sim.get("/api/now/table/incident", "fred.luddy", sysparm_query="cmdb_ci.name=x")) == NO_FIELD


@behavior("Access", "Rules of a table hold for what is read through the table that it extends")
def test_reading_through_the_base_table(own: Sim) -> None:
    own.new_change("david.loo", category="Telecom", short_description="private")
    rows = own.rows("task", "short_description=private", "david.loo")
    assert len(rows) == 1
    # A field of problems is hidden: a query through task must not find out what is in it.
    assert error(own.get("/api/now/table/task", "bow.ruggeri", sysparm_query="short_description=private")) == NO_FIELD
    seen = own.rows("task", "sys_class_name=problem^ORsys_class_name=change_request", "bow.ruggeri")
    kinds = {row["sys_class_name"]: row for row in seen}
    assert "short_description" not in kinds["problem"]
    assert "short_description" in kinds["change_request"]
    assert "private" not in {row.get("short_description") for row in seen}
    problem = own.dump("problem", number="PRB0040002")[0]["sys_id"]
    own.control(
        "POST",
        "seed",
        {"table": "incident", "records": [{"number": "INC1", "problem_id": problem, "parent": problem}]},
        201,
    )
    names = "number,problem_id.short_description,parent.short_description,parent.assigned_to.name,parent.number"
    row = own.rows("incident", "number=INC1", "bow.ruggeri", sysparm_fields=names)[0]
    assert row == {"number": "INC1", "parent.number": "PRB0040002"}


def test_write_rule_alone_leaves_reading_free(own: Sim) -> None:
    """A rule for an operation says nothing about the others; without the role for it an admin still may."""
    change = own.new_change("bow.ruggeri")
    task = own.insert("change_task", "bow.ruggeri", change_request=change)["sys_id"]
    assert own.get(f"/api/now/table/change_task/{task}", "bow.ruggeri").status_code == 200
    assert error(own.patch("change_task", task, "bow.ruggeri", short_description="x")) == UPDATE_REFUSED
    assert error(own.patch("task", task, "bow.ruggeri", short_description="x")) == UPDATE_REFUSED
    answer = own.call("PATCH", f"/api/sn_chg_rest/change/{change}/task/{task}", "bow.ruggeri", json={"order": "1"})
    assert error(answer) == UPDATE_REFUSED
    assert own.patch("change_task", task, "admin", short_description="x").status_code == 200


# Roles --------------------------------------------------------------------------------------------------


@behavior(
    "Access", "Roles contain others (`sys_user_role_contains`, `roles:` in one's own data), read anew with each change"
)
def test_contained_roles(sim: Sim, own: Sim) -> None:
    def may(user: str) -> int:
        return sim.get("/api/now/table/incident", user).status_code

    joe, roles = sim.rows("sys_user", "user_name=joe.employee")[0]["sys_id"], {}
    for name in ("asset", "change_manager"):
        roles[name] = sim.rows("sys_user_role", f"name={name}")[0]["sys_id"]
    sim.insert("sys_user_has_role", "admin", user=joe, role=roles["asset"])
    assert may("joe.employee") == 403
    link = sim.insert("sys_user_role_contains", "admin", role=roles["asset"], contains=roles["change_manager"])
    assert may("joe.employee") == 200
    sim.call("DELETE", f"/api/now/table/sys_user_role_contains/{link['sys_id']}", "admin")
    assert may("joe.employee") == 403
    # david.loo has only `head`, which contains vip_desk and, with itil, what that contains.
    assert own.get("/api/sn_chg_rest/change", "david.loo").status_code == 200


@behavior("Access", "Roles in a circle do no harm")
def test_roles_in_a_circle(sim: Sim) -> None:
    roles = [sim.rows("sys_user_role", f"name={name}")[0]["sys_id"] for name in ("itil", "asset")]
    for role, contained in (roles, roles[::-1]):
        sim.insert("sys_user_role_contains", "admin", role=role, contains=contained)
    assert sim.get("/api/now/table/incident", "beth.anglin").status_code == 200


@behavior(
    "Access", "The roles of the Change Management API: itil, change_manager, sn_change_read, sn_change_write(r), admin"
)
@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("admin", "read create update delete"),
        ("change_manager", "read create update delete"),
        ("itil", "read create update"),
        ("sn_change_read", "read"),
        ("sn_change_write", "read"),
        ("sn_change_writer", "read"),
        ("approver_user", ""),
    ],
)
def test_roles_of_the_change_api(sim: Sim, role: str, allowed: str) -> None:
    sim.control(
        "POST", "seed", {"table": "sys_user_has_role", "records": [{"user": "Joe Employee", "role": role}]}, 201
    )
    change = sim.new_change()
    path = "/api/sn_chg_rest/change"
    calls: dict[str, tuple[str, str, dict[str, Any] | None]] = {
        "read": ("GET", f"{path}/{change}", None),
        "create": ("POST", path, {"short_description": "x"}),
        "update": ("PATCH", f"{path}/{change}", {"short_description": "x"}),
        "delete": ("DELETE", f"{path}/{change}", None),
    }
    # sn_change_writer is for the operations on schedules only.
    for name, (method, url, body) in calls.items():
        answer: requests.Response = sim.call(method, url, "joe.employee", json=body)
        assert answer.status_code == (200 if name in allowed.split() else 403), name


# Elsewhere ----------------------------------------------------------------------------------------------


@behavior("Access", "The Aggregate API counts what the caller may read, and groups by no field that is hidden")
def test_aggregates(sim: Sim) -> None:
    path = "/api/now/stats/ast_contract"

    def groups(user: str, **parameters: str) -> dict[str, str]:
        answer = sim.get(path, user, sysparm_count="true", **parameters).json()["result"]
        return {row["groupby_fields"][0]["value"]: row["stats"]["count"] for row in answer}

    for user, count in (("ansible", "2"), ("don.goodliffe", "4")):
        assert sim.get(path, user, sysparm_count="true").json()["result"]["stats"]["count"] == count
    assert groups("ansible", sysparm_group_by="state") == {"active": "2"}
    # The joins of grouping and of the query have parameters of their own.
    found = groups("ansible", sysparm_group_by="parent_contract.number", sysparm_query="vendor.name=Lease & Co")
    assert found == {"": "2"}
    query = "parent_contract.numberISEMPTY^vendor.name=Lease & Co"
    assert groups("ansible", sysparm_group_by="parent_contract.state", sysparm_query=query) == {"": "2"}
    for parameters in (
        {"sysparm_group_by": "payment_amount"},
        {"sysparm_sum_fields": "payment_amount"},
        {"sysparm_min_fields": "parent_contract.payment_amount"},
        {"sysparm_group_by": "state", "sysparm_having": "sum^payment_amount^>^1"},
        {"sysparm_group_by": "state", "sysparm_order_by": "SUM^payment_amount"},
        {"sysparm_query": "payment_amount>1"},
    ):
        assert error(sim.get(path, **parameters)) == NO_FIELD, parameters
        assert sim.get(path, "don.goodliffe", **parameters).status_code == 200, parameters


@behavior("Access", "The page for people keeps the rules for records and fields")
def test_page(own: Sim) -> None:
    hidden = own.new_change("david.loo", category="Telecom", short_description="Hidden one", justification="because")
    number = own.change(hidden)["number"]
    for user, seen in (("beth.anglin", False), ("david.loo", True)):
        with requests.Session() as visitor:
            form = {"user_name": user, "password": f"{user}-password", "next": "/"}
            answer = visitor.post(f"{own.url}/login", data=form, timeout=10)
            assert answer.status_code == 200
            assert ("Hidden one" in answer.text) is seen
            page = visitor.get(f"{own.url}/changes/{number}", timeout=10)
            assert (page.status_code, "because" in page.text) == ((200, True) if seen else (404, False))


HIDING = """
extends: demo
access:
  conflict: {rows: [{roles: [change_manager]}]}
  chg_model: {rows: [{query: name!=Emergency}]}
  cmdb_ci: {rows: [{query: nameNOT LIKEweb-01}]}
  chg_mgt_worker: {rows: [{query: type!=affected}]}
  std_change_record_producer: {rows: [{roles: [change_manager]}]}
"""


@behavior("Access", "Rules for records hold for models, templates, workers, conflicts and items of the change API")
def test_rules_for_what_belongs_to_the_process(tmp_path: Path) -> None:
    file = tmp_path / "hiding.yml"
    file.write_text(HIDING)
    simulator = Simulator(data=str(file))
    with simulator:
        sim = Sim(simulator)
        sim.settings(worker_seconds=0)
        model = next(row["sys_id"] for row in sim.dump("chg_model") if row["name"] == "Emergency")
        template = sim.dump("std_change_record_producer", active="true")[0]["sys_id"]
        item = next(row["sys_id"] for row in sim.dump("cmdb_ci") if "web-01" in row["name"])
        when = {"start_date": "2030-01-01 10:00:00", "end_date": "2030-01-01 11:00:00", "cmdb_ci": item}
        sim.new_change("admin", **when)
        change = sim.new_change("admin", **when)
        sim.call("POST", f"{CHANGES}/{change}/conflict", "admin")
        body = {"association_type": "affected", "cmdb_ci_sys_ids": item}
        worker = sim.call("POST", f"{CHANGES}/{change}/ci", "admin", json=body).json()["result"]["worker"]["sysId"]
        assert sim.get(f"{CHANGES}/{change}/conflict", "admin").json()["result"]["conflicts"]
        assert sim.get(f"{CHANGES}/{change}/conflict").json()["result"]["conflicts"] == []
        for method, path in (
            ("GET", f"/model/{model}"),
            ("GET", f"/standard/template/{template}"),
            ("POST", f"/standard/{template}"),
            ("GET", f"/worker/{worker}"),
        ):
            assert error(sim.call(method, CHANGES + path)) == NO_RECORD, path
            assert sim.call(method, CHANGES + path, "admin").status_code == 200, path
        assert error(sim.call("POST", CHANGES, json={"chg_model": model})) == NO_RECORD
        free = f"{CHANGES}/ci/{item}/schedule?duration_in_seconds=60"
        assert sim.get(free).status_code == 400
        assert sim.get(free, "admin").status_code == 202
        sim.close()


def test_a_list_of_what_nobody_may_see_is_empty(tmp_path: Path) -> None:
    own = "extends: demo\naccess: {task_ci: {rows: [{roles: [change_manager]}]}}"
    with running(tmp_path, own) as simulator:
        path = f"{simulator.url}/api/sn_chg_rest/change/c286d61347c12200e0ef563dbb9a71df/ci?association_type=affected"
        seen = {}
        for user in ("ansible", "bow.ruggeri"):
            answer = requests.get(path, auth=(user, f"{user}-password"), timeout=5)
            seen[user] = (answer.status_code, len(answer.json()["result"]))
    assert seen == {"ansible": (200, 0), "bow.ruggeri": (200, 1)}
