"""PySNC's records: insert, update, delete, elements, serialization, links, errors."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.simulator.behaviors import behavior
from tests.simulator.clients import pysnc_client, secure_url, speak_plainly
from tests.simulator.support import ABEL, ADMIN_ID, CHG24, Sim

pysnc = pytest.importorskip("pysnc", reason="pysnc is not installed")

writes = behavior("Clients", "PySNC 1.2: insert, update, delete, and their errors")
elements = behavior("Clients", "PySNC 1.2: elements, display values, serialization, data for pandas")


@pytest.fixture
def client(sim: Sim, monkeypatch: pytest.MonkeyPatch) -> Any:
    speak_plainly(monkeypatch)
    return pysnc_client(sim)


def incidents(client: Any, *fields: str, limit: int = 0) -> Any:
    record = client.GlideRecord("incident")
    if fields:
        record.fields = list(fields)
    if limit:
        record.limit = limit
    record.order_by("number")
    record.query()
    return record


@writes
def test_insert_update_delete(client: Any, sim: Sim) -> None:
    record = client.GlideRecord("problem")
    record.initialize()
    assert record.is_new_record()
    record.short_description = "by PySNC"
    record.assigned_to = ABEL
    record.bunk_field = "an instance ignores it"
    sys_id = record.insert()
    stored = sim.dump("problem", sys_id=str(sys_id))[0]
    assert (stored["short_description"], stored["sys_created_by"]) == ("by PySNC", "ansible")
    # The answer has become the record: number, opener and display values are there.
    assert str(record.number) == stored["number"]
    assert record.get_display_value("opened_by") == "Ansible Automation"
    assert record.get_display_value("assigned_to") == "Abel Tuter"
    assert not record.changes()
    record.state = "102"
    assert record.changes()
    assert record.update() == sys_id
    assert record.get_display_value("state") == "Assess"
    assert sim.dump("problem", sys_id=str(sys_id))[0]["state"] == "102"
    with pytest.raises(pysnc.exceptions.RoleException):
        record.delete()
    own = pysnc_client(sim, "admin").GlideRecord("problem")
    assert own.get(str(sys_id))
    assert own.delete()
    assert not client.GlideRecord("problem").get(str(sys_id))


@writes
def test_only_what_was_changed_is_sent(client: Any, sim: Sim) -> None:
    record = incidents(client, limit=1)
    assert record.next()
    sim.patch("incident", str(record.sys_id), urgency="2")
    record.short_description = "changed"
    record.update()
    stored = sim.dump("incident", sys_id=str(record.sys_id))[0]
    assert (stored["short_description"], stored["urgency"]) == ("changed", "2")


@writes
def test_a_sys_id_of_ones_own(client: Any, sim: Sim) -> None:
    own = "AAAABBBBCCCCDDDDEEEEFFFF00001111"
    record = client.GlideRecord("problem")
    record.initialize()
    record.set_new_guid_value(own)
    assert record.insert() == own
    assert client.GlideRecord("problem").get(own)
    assert len(sim.dump("problem", sys_id=own)) == 1


@writes
def test_a_copy_of_one_record(client: Any, sim: Sim) -> None:
    record = incidents(client)
    assert record.next()
    copy = record.pop_record()
    copy.short_description = "of the copy"
    assert copy.update()
    assert record.short_description != "of the copy"
    assert sim.dump("incident", sys_id=str(record.sys_id))[0]["short_description"] == "of the copy"


@writes
def test_errors(sim: Sim, client: Any) -> None:
    errors = pysnc.exceptions
    with pytest.raises(errors.RequestException, match="Invalid table nothing"):
        client.GlideRecord("nothing").query()
    with pytest.raises(errors.AuthenticationException, match="User Not Authenticated"):
        pysnc_client(sim, "nobody").GlideRecord("incident").query()
    joe = pysnc_client(sim, "joe.employee").GlideRecord("incident")
    with pytest.raises(errors.RoleException, match="Insufficient rights"):
        joe.query()
    joe.initialize()
    joe.short_description = "x"
    with pytest.raises(errors.RoleException, match="ACL Exception Insert Failed"):
        joe.insert()
    change = client.GlideRecord("change_request")
    assert change.get(sim.new_change())
    change.state = "3"
    with pytest.raises(errors.RoleException, match="aborted by Business Rule"):
        change.update()


@writes
def test_a_quota_that_is_used_up(sim: Sim, client: Any) -> None:
    message = "Transaction cancelled: maximum execution time exceeded"
    body = {"error": {"message": message, "detail": message}, "status": "failure"}
    sim.fault("/api/now/table", action={"status": 200, "body": body}, count=1)
    with pytest.raises(pysnc.exceptions.RequestException, match="Maximum execution time exceeded"):
        client.GlideRecord("incident").query()
    # Where there is a partial result beside the error, PySNC does not see the error: the client is wrong.
    sim.fault("/api/now/table", action={"quota": True}, count=1)
    record = client.GlideRecord("incident")
    record.query()
    assert record.has_next()


@writes
def test_retries(sim: Sim, client: Any) -> None:
    """A client retries reads after 429, 500, 502 and 503 by itself."""
    for status in (429, 503):
        sim.fault("/api/now/table", action={"status": status}, count=1)
    assert len(incidents(client)) == 7
    assert [entry["status"] for entry in sim.log()] == [429, 503, 200]
    sim.fault("/api/now/table", action={"status": 503}, count=1)
    with pytest.raises(pysnc.exceptions.RequestException):
        incidents(pysnc_client(sim, auto_retry=False))


@writes
def test_approving(client: Any, sim: Sim) -> None:
    change = sim.new_change()
    sim.set_change(change, state="assess")
    approvals = pysnc_client(sim, "abel.tuter").GlideRecord("sysapproval_approver")
    approvals.add_query("sysapproval.number", sim.change(change)["number"])
    approvals.add_query("approver", "javascript:gs.getUserID()")
    approvals.query()
    assert approvals.next()
    approvals.state = "approved"
    approvals.update()
    assert sim.state(change) == "-3"


@elements
def test_elements(client: Any) -> None:
    user = client.GlideRecord("sys_user")
    assert user.get(ADMIN_ID)
    assert user.name == "System Administrator"
    assert bool(user.active)
    assert user.active == "true"
    assert not bool(user.locked_out)
    assert user.get_element("manager").nil()
    assert user.get_element("no_such_field") is None
    assert user.get_unique_name() == ADMIN_ID
    created = user.sys_created_on
    moment = datetime.strptime(created.get_value(), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    assert created.date_value() == moment
    assert created.date_numeric_value() == moment.timestamp() * 1000


@elements
def test_moments_are_displayed_to_the_user(sim: Sim, client: Any) -> None:
    seen = []
    for user in ("ansible", "admin"):
        change = pysnc_client(sim, user).GlideRecord("change_request")
        assert change.get(CHG24)
        seen.append((change.get_value("sys_created_on"), change.get_display_value("sys_created_on")))
    assert seen == [
        ("2015-07-06 18:55:46", "2015-07-06 18:55:46"),
        ("2015-07-06 18:55:46", "2015-07-06 11:55:46"),
    ]


@elements
def test_journals(client: Any, sim: Sim) -> None:
    record = incidents(client)
    assert record.next()
    record.work_notes = "looked at"
    assert record.update()
    assert record.get_value("work_notes") == ""
    assert record.get_display_value("work_notes").endswith(" - Ansible Automation (Work notes)\nlooked at\n\n")


@elements
def test_serialization(client: Any) -> None:
    record = incidents(client, "number", "state")
    assert record.next()
    sys_id = str(record.sys_id)
    assert record.serialize() == {"sys_id": sys_id, "number": "INC0000055", "state": "2"}
    assert record.serialize(display_value=True)["state"] == "In Progress"
    assert record.serialize(display_value="both")["state"] == {"value": "2", "display_value": "In Progress"}
    assert record.serialize(fields=["number"]) == {"number": "INC0000055"}
    assert record.serialize(changes_only=True) == {}
    every = record.serialize_all(fields=["number"])
    assert [row["number"] for row in every] == sorted(row["number"] for row in every)
    assert len(every) == 7


@elements
def test_data_for_pandas(client: Any) -> None:
    record = incidents(client, "sys_id", "number", "state", limit=4)
    data = record.to_pandas()
    assert list(data) == ["sys_id", "number", "state__value", "state__display"]
    assert data["number"] == ["INC0000055", "INC0000060", "INC0000061", "INC0000062"]
    assert data["state__display"] == ["In Progress", "Closed", "In Progress", "New"]
    assert list(record.to_pandas(mode="value")) == ["sys_id", "number", "state"]
    assert list(record.to_pandas(mode="both"))[:2] == ["sys_id__value", "sys_id__display"]
    assert list(record.to_pandas(columns=["a", "b", "c"], mode="display")) == ["a", "b", "c"]


@elements
def test_links(client: Any, sim: Sim) -> None:
    user = client.GlideRecord("sys_user")
    assert user.get(ADMIN_ID)
    assert user.get_link(no_stack=True) == f"{secure_url(sim)}/sys_user.do?sys_id={ADMIN_ID}"
    user.add_active_query()
    assert user.get_link_list().endswith("sys_user_list.do?sysparm_query=active%3Dtrue%5EORDERBYsys_id")


@elements
def test_records_that_are_not_there(client: Any) -> None:
    record = client.GlideRecord("incident")
    record.add_query("sys_id", "bunk")
    assert not record.has_next()
    record.query()
    assert list(record) == []
    with pytest.raises(pysnc.exceptions.NoRecordException):
        record.get_value("sys_id")
    with pytest.raises(pysnc.exceptions.NoRecordException):
        record.set_value("state", "1")
