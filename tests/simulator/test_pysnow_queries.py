"""Every method of pysnow's QueryBuilder, against what it finds among the seven incidents of the demo data.

Each is named by the last two digits of its number; what is wanted was counted by hand from the data.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from tests.simulator.behaviors import behavior
from tests.simulator.clients import pysnow_client
from tests.simulator.support import Sim

pysnow = pytest.importorskip("pysnow", reason="pysnow is not installed")

methods = behavior("Clients", "pysnow 0.7.17: every method of QueryBuilder, and its errors")
# INC0000062 was opened at this moment, 60 and 61 before, 63 to 65 after it.
NOON = datetime(2024, 3, 6, 12)
CENTRAL_EUROPE = timezone(timedelta(hours=1))


def where(field: str) -> Any:
    return pysnow.QueryBuilder().field(field)


def found(sim: Sim, query: object, user: str = "ansible") -> list[int]:
    incidents = pysnow_client(sim, user).resource(api_path="/table/incident").get(query=query)
    return [int(record["number"][-2:]) for record in incidents.all()]


CASES = [
    ("starts_with", lambda: where("short_description").starts_with("Printer"), {62}),
    ("starts_with ignores case", lambda: where("short_description").starts_with("web"), {64}),
    ("ends_with", lambda: where("short_description").ends_with("is slow"), {63}),
    ("contains", lambda: where("short_description").contains("not"), {55, 65}),
    ("contains, a comma", lambda: where("short_description").contains("502, some"), {64}),
    ("contains, a reference", lambda: where("caller_id").contains("Employee"), {55, 60, 62, 65}),
    ("not_contains", lambda: where("short_description").not_contains("e"), set()),
    ("not_contains, other", lambda: where("short_description").not_contains("is"), {60, 61, 64, 65}),
    ("is_empty", lambda: where("assigned_to").is_empty(), {60, 62, 65}),
    ("is_empty, over a reference", lambda: where("cmdb_ci.name").is_empty(), {55, 60, 62, 65}),
    ("is_not_empty", lambda: where("cmdb_ci").is_not_empty(), {61, 63, 64}),
    ("equals", lambda: where("priority").equals("2"), {63, 64}),
    ("equals ignores case", lambda: where("category").equals("Software"), {55, 64}),
    ("equals, over references", lambda: where("assignment_group.manager.name").equals("Don Goodliffe"), {63, 64}),
    ("equals, nothing", lambda: where("hold_reason").equals(""), {55, 60, 61, 62, 64, 65}),
    ("equals, a list", lambda: where("priority").equals(["1", "5"]), {55, 62}),
    ("equals, a list of numbers", lambda: where("priority").equals([1, 5]), {55, 62}),
    ("not_equals", lambda: where("category").not_equals("hardware"), {55, 60, 61, 63, 64}),
    ("not_equals, a list", lambda: where("state").not_equals(["1", "2"]), {60, 63, 64}),
    ("greater_than", lambda: where("priority").greater_than(3), {62, 65}),
    ("greater_than, a moment of UTC", lambda: where("opened_at").greater_than(NOON), {63, 64, 65}),
    ("greater_than_or_equal", lambda: where("priority").greater_than_or_equal(3), {60, 61, 62, 65}),
    ("greater_than_or_equal, a moment", lambda: where("opened_at").greater_than_or_equal(NOON), {62, 63, 64, 65}),
    ("less_than", lambda: where("priority").less_than(2), {55}),
    ("less_than, a moment", lambda: where("opened_at").less_than(NOON), {55, 60, 61}),
    ("less_than_or_equal", lambda: where("priority").less_than_or_equal(2), {55, 63, 64}),
    ("less_than_or_equal, a moment", lambda: where("opened_at").less_than_or_equal(NOON), {55, 60, 61, 62}),
    ("between", lambda: where("priority").between(2, 3), {60, 61, 63, 64}),
    ("between, moments", lambda: where("opened_at").between(NOON, NOON + timedelta(hours=3)), {62, 63}),
    ("AND", lambda: where("priority").equals("2").AND().field("state").equals("6"), {64}),
    ("OR", lambda: where("priority").equals("2").OR().field("state").equals("1"), {62, 63, 64, 65}),
    ("OR binds more than AND",
     lambda: where("priority").equals("2").OR().field("priority").equals("3").AND().field("active").equals("true"),
     {61, 63, 64}),
    ("OR belongs to the condition before it",
     lambda: where("active").equals("true").AND().field("priority").equals("3").OR().field("priority").equals("5"),
     {61, 62}),
    ("NQ",
     lambda: where("state").equals("1").AND().field("priority").equals("5").NQ().field("number").equals("INC0000055"),
     {55, 62}),
]  # fmt: skip


@methods
@pytest.mark.parametrize(("build", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_conditions(sim: Sim, build: Any, wanted: set[int]) -> None:
    numbers = found(sim, build())
    assert set(numbers) == wanted
    assert len(numbers) == len(wanted)


@methods
def test_order(sim: Sim) -> None:
    ascending = where("active").equals("true").AND().field("opened_at").order_ascending()
    assert found(sim, ascending) == [55, 61, 62, 63, 64, 65]
    descending = where("active").equals("true").AND().field("opened_at").order_descending()
    assert found(sim, descending) == [65, 64, 63, 62, 61, 55]
    two = where("priority").order_descending().AND().field("number").order_ascending()
    assert found(sim, two) == [62, 65, 60, 61, 63, 64, 55]
    # The order is that of the whole, also of a union.
    union = where("state").equals("1").NQ().field("state").equals("2").AND().field("number").order_descending()
    assert found(sim, union) == [65, 62, 61, 55]


@methods
def test_an_aware_moment_is_taken_to_utc(sim: Sim) -> None:
    aware = datetime(2024, 3, 6, 13, tzinfo=CENTRAL_EUROPE)
    assert found(sim, where("opened_at").less_than(aware).AND().field("opened_at").order_ascending()) == [60, 55, 61]
    assert 62 in found(sim, where("opened_at").less_than_or_equal(aware))
    assert found(sim, where("opened_at").greater_than(datetime(2024, 3, 8, tzinfo=UTC))) == [65]


@methods
def test_moments_of_between_are_those_of_the_user(sim: Sim) -> None:
    # Noon UTC is four in the morning in Los Angeles, and one in the afternoon in Zurich.
    early, late = datetime(2024, 3, 6, 4), datetime(2024, 3, 6, 13)
    second = timedelta(seconds=1)
    assert found(sim, where("opened_at").between(early, early + second), "david.loo") == [62]
    assert found(sim, where("opened_at").between(late, late + second), "ines.itilson") == [62]
    assert found(sim, where("opened_at").between(early, early + second)) == []


@methods
def test_a_string_query_and_a_dictionary(sim: Sim) -> None:
    assert found(sim, {"priority": "2", "state": 6}) == [64]
    assert sorted(found(sim, "priority=2^ORpriority=1")) == [55, 63, 64]
    assert len(found(sim, {})) == 7
    reference = pysnow_client(sim).resource(api_path="/table/incident").get(query={"number": "INC0000061"}).one()
    # A reference as it was read can be asked for.
    assert found(sim, {"caller_id": reference["caller_id"]}) == [61]


@methods
def test_errors() -> None:
    errors = pysnow.exceptions
    with pytest.raises(errors.QueryTypeError):
        where("a").equals({})
    with pytest.raises(errors.QueryTypeError):
        where("a").greater_than("2024-01-01")
    with pytest.raises(errors.QueryTypeError):
        where("a").between(1, NOON)
    with pytest.raises(errors.QueryMissingField):
        pysnow.QueryBuilder().equals("x")
    with pytest.raises(errors.QueryEmpty):
        str(pysnow.QueryBuilder())
    with pytest.raises(errors.QueryExpressionError):
        str(where("a").equals("x").AND().field("b"))
    with pytest.raises(errors.QueryMissingField):
        str(where("a").equals("x").AND())
    with pytest.raises(errors.QueryExpressionError):
        where("a").AND()
    with pytest.raises(errors.QueryMultipleExpressions):
        where("a").equals("x").equals("y")
