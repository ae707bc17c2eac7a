"""Business rules, data policies and auditing of one's own data."""

from __future__ import annotations

from tests.simulator.behaviors import behavior
from tests.simulator.support import ABEL, ADMIN_ID, NETWORK, Sim, error

OWN = """
extends: demo
tables:
  u_server:
    label: Server order
    display: u_name
    audit: true
    fields:
      u_name: string(40)
      u_size: {type: integer, label: Size}
      u_state: string(40) =new
      u_owner: reference:sys_user
      u_group: reference:sys_user_group
      u_due: glide_date_time
      u_checked: boolean =false
      u_steps: integer =0
      u_key: password(40)
      u_notes: {type: journal, label: Notes}
    roles: {write: [itil], delete: [itil]}
  u_big_server: {extends: u_server, fields: {u_rack: string(10)}}
choices:
  u_server: {u_state: {new: New, ordered: Ordered, done: Done}}
business_rules:
  - {name: No ghosts, table: u_server, condition: u_name=ghost, abort: true, sys_id: 0000000000000000000000000000aaaa}
  - name: Owner
    table: u_server
    operations: [insert]
    condition: u_ownerISEMPTY
    set: {u_owner: "javascript:gs.getUserID()"}
  - name: Group of owner
    table: u_server
    order: 200
    condition: u_owner.user_name=abel.tuter
    set: {u_group: Network}
  - {name: Ordered stays, table: u_server, was: u_state=ordered, condition: u_state=new, abort: true}
  - {name: Ordered is kept, table: u_server, operations: delete, condition: u_state=ordered, abort: true}
  - name: On ordering
    table: u_server
    changed: u_state
    condition: u_state=ordered
    set: {u_due: "javascript:gs.daysAgo(-7)", u_checked: true, u_notes: It is ordered}
  - name: Step
    table: u_server
    when: after
    operations: update
    changed: [u_name, u_size]
    condition: u_state=new
    set: {u_steps: 1, u_name: Stepped}
  - {name: Finish, table: u_server, when: after, condition: u_size=99, changed: u_size, set: {u_size: 100}}
  - {name: Not a hundred, table: u_server, operations: update, condition: u_size=100, abort: true}
  - {name: Racks, table: u_big_server, condition: u_rackISEMPTY, set: {u_rack: R1}}
  - {name: Off, table: u_server, active: false, abort: true}
  - {name: No urgent ones, table: incident, order: 1000, condition: priority=1, abort: true}
  - {name: Early, table: incident, condition: priority=1^short_description=early, abort: true}
  - {name: Freeze, table: change_request, changed: state, condition: state=-4^category=Telecom, abort: true}
data_policies:
  - {name: Size, table: u_server, condition: u_state=ordered, mandatory: [u_size, u_notes], read_only: u_name}
"""


def aborted(rule: str, *stack: str, table: str = "u_server", sys_id: str = "") -> str:
    names = ",".join(stack or (rule,))
    return (
        f"Operation against file '{table}' was aborted by Business Rule '{rule}^{sys_id}'. Business Rule Stack:{names}"
    )


def detail(answer: object) -> str:
    """Of a 403 "Operation Failed", without the sys_id of the rule."""
    status, message, text = error(answer)  # type: ignore[arg-type]
    assert (status, message) == (403, "Operation Failed")
    before, _, after = str(text).partition("^")
    return f"{before}^{after[32:]}" if after else before


@behavior("Own data", "Business rules that abort inserts, updates and deletes, with the instance's error")
def test_abort(own: Sim) -> None:
    answer = own.call("POST", "/api/now/table/u_server", json={"u_name": "Ghost"})
    assert error(answer) == (403, "Operation Failed", aborted("No ghosts", sys_id="0000000000000000000000000000aaaa"))
    assert own.dump("u_server") == []
    answer = own.call("POST", "/api/now/table/u_big_server", json={"u_name": "Ghost"})
    assert detail(answer) == aborted("No ghosts", table="u_big_server")
    made = own.insert("u_server", u_state="ordered", u_size="1", u_notes="x")["sys_id"]
    assert detail(own.patch("u_server", made, u_state="new")) == aborted("Ordered stays")
    assert detail(own.call("DELETE", f"/api/now/table/u_server/{made}")) == aborted("Ordered is kept")
    assert own.dump("u_server")[0]["u_state"] == "ordered"


@behavior("Own data", "Business rules that set fields, before or after the write, by value, label, name or script")
def test_set(own: Sim) -> None:
    made = own.insert("u_server", "admin", u_name="a")
    assert made["u_owner"]["value"] == ADMIN_ID
    assert made["u_group"] == ""
    made = own.insert("u_server", "admin", u_name="b", u_owner=ABEL)
    assert made["u_group"]["value"] == NETWORK
    own.control("PUT", "clock", {"now": "2030-01-01T00:00:00Z"})
    answer = own.patch("u_server", made["sys_id"], "admin", u_state="Ordered", u_size="4", u_notes="mine")
    shown = answer.json()["result"]
    assert (shown["u_due"][:10], shown["u_checked"]) == ("2030-01-08", "true")
    entries = own.dump("sys_journal_field", element_id=made["sys_id"])
    assert [entry["value"] for entry in entries] == ["It is ordered"]
    assert own.insert("u_big_server", u_name="c")["u_rack"] == "R1"
    # Not again where the state stays as it is.
    own.patch("u_server", made["sys_id"], "admin", u_checked="false", u_notes="x")
    assert own.dump("u_server", sys_id=made["sys_id"])[0]["u_checked"] == "false"


@behavior("Own data", "A rule does not start itself again; the stack of an abort names the rules that led to it")
def test_nested_rules(own: Sim) -> None:
    made = own.insert("u_server", u_name="a")["sys_id"]
    shown = own.patch("u_server", made, u_name="b").json()["result"]
    assert (shown["u_name"], shown["u_steps"]) == ("Stepped", "1")
    answer = own.patch("u_server", made, u_size="99")
    assert detail(answer) == aborted("Not a hundred", "Finish", "Not a hundred")
    assert own.dump("u_server")[0]["u_size"] == ""


@behavior("Own data", "Rules of order 1000 and more run after what the instance does by itself")
def test_order(own: Sim) -> None:
    """Priority is derived from impact and urgency by the instance."""
    answer = own.call("POST", "/api/now/table/incident", json={"impact": "1", "urgency": "1"})
    assert detail(answer) == aborted("No urgent ones", table="incident")
    body = {"impact": "1", "urgency": "1", "short_description": "early"}
    assert detail(own.call("POST", "/api/now/table/incident", json=body)) == aborted("No urgent ones", table="incident")
    body |= {"priority": "1"}
    assert detail(own.call("POST", "/api/now/table/incident", json=body)) == aborted("Early", table="incident")


@behavior("Own data", "Business rules hold for the Change Management API too")
def test_change_api(own: Sim) -> None:
    change = own.new_change(category="Telecom")
    assert detail(own.set_change(change, state="assess")) == aborted("Freeze", table="change_request")
    assert own.set_change(change, short_description="x").status_code == 200
    assert own.state(change) == "-5"
    assert own.dump("sysapproval_approver", sysapproval=change) == []


@behavior("Own data", "Data policies: mandatory and read-only fields, on a condition")
def test_data_policies(own: Sim) -> None:
    answer = own.call("POST", "/api/now/table/u_server", json={"u_state": "ordered"})
    assert detail(answer) == "Data Policy Exception: The following fields are mandatory: Size"
    made = own.insert("u_server", u_name="a")["sys_id"]
    assert own.patch("u_server", made, u_state="ordered", u_size="5").status_code == 200
    answer = own.patch("u_server", made, u_checked="false")
    assert detail(answer) == "Data Policy Exception: The following fields are mandatory: Notes"
    answer = own.patch("u_server", made, u_name="b", u_notes="x")
    assert detail(answer) == "Data Policy Exception: The following fields are read only: Name"
    assert own.dump("u_server")[0]["u_name"] == "a"


@behavior(
    "Own data", "`sys_audit` has a row for each field of an update to an audited table (`audit: true`; tasks are)"
)
def test_audit(own: Sim) -> None:
    made = own.insert("u_big_server", "ansible", u_name="a")["sys_id"]
    assert own.dump("sys_audit") == []
    own.patch("u_server", made, "beth.anglin", u_owner=ABEL, u_notes="hello", u_key="secret")
    rows = {row["fieldname"]: row for row in own.rows("sys_audit", f"documentkey={made}")}
    assert set(rows) == {"u_owner", "u_group", "u_notes"}
    assert {(row["tablename"], row["user"], row["record_checkpoint"]) for row in rows.values()} == {
        ("u_big_server", "beth.anglin", "1")
    }
    assert (rows["u_owner"]["newvalue"], rows["u_notes"]["newvalue"]) == (ABEL, "hello")
    assert rows["u_owner"]["oldvalue"] == own.dump("sys_user", user_name="ansible")[0]["sys_id"]
    own.patch("u_server", made, u_owner=ABEL)
    assert len(own.dump("sys_audit")) == 3
    change = own.new_change()
    own.set_change(change, short_description="new")
    row = own.rows("sys_audit", f"documentkey={change}")[0]
    assert (row["fieldname"], row["oldvalue"], row["newvalue"]) == ("short_description", "Test", "new")
    assert error(own.get("/api/now/table/sys_audit", "ansible"))[0] == 403
    company = own.rows("core_company")[0]["sys_id"]
    own.patch("core_company", company, "admin", name="x")
    assert len(own.dump("sys_audit")) == 4
