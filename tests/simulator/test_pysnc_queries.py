"""PySNC's queries, against what they find among the seven incidents of the demo data.

Each is named by the last two digits of its number; what is wanted was counted by hand from the data.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.simulator.behaviors import behavior
from tests.simulator.clients import pysnc_client, speak_plainly
from tests.simulator.support import CHG24, NETWORK, Sim

pysnc = pytest.importorskip("pysnc", reason="pysnc is not installed")

queries = behavior("Clients", "PySNC 1.2: queries with every operator, get, order, fields, dot-walking")
paging = behavior("Clients", "PySNC 1.2: limit, batch_size, iteration, rewind")
ALL = {55, 60, 61, 62, 63, 64, 65}


@pytest.fixture
def client(sim: Sim, monkeypatch: pytest.MonkeyPatch) -> Any:
    speak_plainly(monkeypatch)
    return pysnc_client(sim)


def found(client: Any, build: Callable[[Any], object]) -> list[int]:
    record = client.GlideRecord("incident")
    build(record)
    record.query()
    numbers = [int(str(row.number)[-2:]) for row in record]
    assert len(record) == record.get_row_count() == len(numbers)
    return numbers


CASES: list[tuple[str, Callable[[Any], object], set[int]]] = [
    ("equals", lambda r: r.add_query("priority", "2"), {63, 64}),
    ("=", lambda r: r.add_query("priority", "=", "2"), {63, 64}),
    ("!=", lambda r: r.add_query("priority", "!=", "2"), ALL - {63, 64}),
    (">", lambda r: r.add_query("priority", ">", 3), {62, 65}),
    (">=", lambda r: r.add_query("priority", ">=", 3), {60, 61, 62, 65}),
    ("<", lambda r: r.add_query("priority", "<", 2), {55}),
    ("<=", lambda r: r.add_query("priority", "<=", 2), {55, 63, 64}),
    ("> of a moment", lambda r: r.add_query("opened_at", ">", "2024-03-06 12:00:00"), {63, 64, 65}),
    ("IN", lambda r: r.add_query("number", "IN", "INC0000055,INC0000060"), {55, 60}),
    ("NOT IN", lambda r: r.add_query("state", "NOT IN", "1,2"), {60, 63, 64}),
    ("STARTSWITH", lambda r: r.add_query("short_description", "STARTSWITH", "printer"), {62}),
    ("ENDSWITH", lambda r: r.add_query("short_description", "ENDSWITH", "slow"), {63}),
    ("CONTAINS", lambda r: r.add_query("short_description", "CONTAINS", "router"), {61}),
    ("DOES NOT CONTAIN", lambda r: r.add_query("short_description", "DOES NOT CONTAIN", "is"), {60, 61, 64, 65}),
    ("LIKE", lambda r: r.add_query("short_description", "LIKE", "not"), {55, 65}),
    ("INSTANCEOF", lambda r: r.add_query("sys_class_name", "INSTANCEOF", "task"), ALL),
    ("INSTANCEOF another class", lambda r: r.add_query("sys_class_name", "INSTANCEOF", "change_request"), set()),
    ("add_active_query", lambda r: r.add_active_query(), ALL - {60}),
    ("add_null_query", lambda r: r.add_null_query("assigned_to"), {60, 62, 65}),
    ("add_not_null_query", lambda r: r.add_not_null_query("cmdb_ci"), {61, 63, 64}),
    ("add_or_condition", lambda r: r.add_query("priority", "5").add_or_condition("priority", "4"), {62, 65}),
    ("add_or_condition with an operator",
     lambda r: r.add_query("priority", "5").add_or_condition("number", "ENDSWITH", "64"), {62, 64}),
    ("add_encoded_query", lambda r: r.add_encoded_query("problem_id.number=PRB0040001"), {61}),
    ("an encoded query beside another",
     lambda r: (r.add_encoded_query("stateIN1,2"), r.add_query("priority", "<", 4)), {55, 61}),
    ("over references", lambda r: r.add_query("assignment_group.manager.name", "Don Goodliffe"), {63, 64}),
    ("a script", lambda r: r.add_query("assigned_to.user_name", "!=", "javascript:gs.getUserName()"), ALL),
    ("a condition on an unknown field is dropped", lambda r: r.add_query("asdf", "x"), ALL),
]  # fmt: skip


@queries
@pytest.mark.parametrize(("build", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_conditions(client: Any, build: Callable[[Any], object], wanted: set[int]) -> None:
    assert set(found(client, build)) == wanted


@queries
def test_order(client: Any) -> None:
    def ascending(record: Any) -> None:
        record.add_active_query()
        record.order_by("opened_at")

    assert found(client, ascending) == [55, 61, 62, 63, 64, 65]
    assert found(client, lambda record: record.order_by_desc("number")) == sorted(ALL, reverse=True)
    # Without an order PySNC sorts by sys_id, so that pages fit together.
    record = client.GlideRecord("incident", batch_size=2)
    record.query()
    ids = [str(row.sys_id) for row in record]
    assert ids == sorted(ids)
    assert len(ids) == 7


@queries
def test_a_query_of_its_own(client: Any) -> None:
    query = pysnc.query.Query()
    query.add_query("priority", "2")
    record = client.GlideRecord("incident")
    record.query(query)
    assert len(record) == 2
    assert record.get_encoded_query() == "ORDERBYsys_id"


@queries
def test_get(client: Any) -> None:
    change = client.GlideRecord("change_request")
    assert change.get(CHG24)
    assert change.get_value("assignment_group") == NETWORK
    assert change.get_display_value("assignment_group") == "Network"
    assert (change.get_value("state"), change.get_display_value("state")) == ("3", "Closed")
    other = client.GlideRecord("change_request")
    assert other.get("number", "CHG0033046")
    assert other.get_display_value("assignment_group") == "Hardware"
    assert not client.GlideRecord("change_request").get("number", "none")
    assert not client.GlideRecord("change_request").get("bunk")


@queries
def test_fields_and_dot_walking(client: Any) -> None:
    change = client.GlideRecord("change_request")
    change.fields = "number,assignment_group,assignment_group.manager,assignment_group.manager.email"
    change.add_query("number", "CHG0000024")
    change.query()
    assert change.next()
    assert set(change.serialize()) == {"sys_id", *change.fields}
    assert change.get_value("assignment_group.manager.email") == "fred.luddy@example.com"
    assert change.get_display_value("assignment_group.manager") == "Fred Luddy"
    assert change.assignment_group == NETWORK
    assert str(change.assignment_group.manager.email) == "fred.luddy@example.com"
    with pytest.raises(AttributeError, match="did you mean to add this"):
        _ = change.assignment_group.description
    assert "number" in change
    assert "short_description" not in change


@queries
def test_what_is_displayed(client: Any) -> None:
    def first(display_value: object, links: bool = False) -> Any:
        record = client.GlideRecord("change_request")
        record.display_value = display_value
        record.exclude_reference_link = not links
        record.add_query("number", "CHG0000024")
        record.query()
        assert record.next()
        return record

    assert first(False).get_display_value("state") == "3"
    assert first(True).get_value("state") == "Closed"
    both = first("all", links=True)
    assert (both.get_value("state"), both.get_display_value("state")) == ("3", "Closed")
    assert both.assignment_group.get_link().endswith(f"/api/now/table/sys_user_group/{NETWORK}")
    assert first("all").assignment_group.get_link() is None


@paging
@pytest.mark.parametrize(("batch", "limit", "wanted"), [(3, None, 7), (2, 4, 4), (3, 7, 7), (100, 5, 5), (1, None, 7)])
def test_batches(client: Any, sim: Sim, batch: int, limit: int | None, wanted: int) -> None:
    # With limit 5 and batches of 2 PySNC itself returns 6 records: it asks for a whole last batch.
    record = client.GlideRecord("incident", batch_size=batch)
    if limit:
        record.limit = limit
    record.order_by("number")
    record.query()
    numbers = [str(row.number) for row in record]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == wanted
    pages = [entry for entry in sim.log() if entry["path"].endswith("/incident")]
    assert len(pages) == -(-wanted // batch)


@paging
def test_iteration(client: Any) -> None:
    record = client.GlideRecord("incident", batch_size=2)
    assert len(record) == 0
    record.query()
    assert record.has_next()
    assert sum(1 for _ in iter(record.next, False)) == 7
    assert not record.next()
    record.rewind()
    assert record.next()
    assert len(list(record)) == len(list(record)) == 7
    spent = client.GlideRecord("incident", batch_size=2, rewindable=False)
    spent.query()
    assert len(list(spent)) == 7
    assert len(list(spent)) == 0
    with pytest.raises(RuntimeError):
        spent.query()
