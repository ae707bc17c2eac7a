"""Joins in encoded queries, as PySNC writes them and as instances use them themselves."""

from __future__ import annotations

import pytest
from tests.simulator.behaviors import behavior
from tests.simulator.support import Sim, error

pytestmark = [behavior("Queries", "JOINtable.field=other.field!query of the other table")]
MANAGE = "JOINsys_user.sys_id=sys_user_group.manager!"


def names(sim: Sim, query: str, table: str = "sys_user") -> list[str]:
    field = "number" if table == "task" else "user_name"
    return [row[field] for row in sim.rows(table, query, sysparm_fields=field)]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        (MANAGE, ["beth.anglin", "bow.ruggeri", "don.goodliffe", "fred.luddy"]),
        (f"{MANAGE}name=Network", ["fred.luddy"]),
        (f"{MANAGE}name=Network^ORname=Database", ["don.goodliffe", "fred.luddy"]),
        (f"{MANAGE}name=Network^NQname=Database", ["don.goodliffe", "fred.luddy"]),
        (f"{MANAGE}manager.user_nameSTARTSWITHb", ["beth.anglin", "bow.ruggeri"]),
        (f"first_name=Fred^ORfirst_name=Abel^{MANAGE}name=Network", ["fred.luddy"]),
        (f"user_name=joe.employee^{MANAGE}", []),
        (
            f"{MANAGE}name=Software^JOINsys_user.sys_id=sys_user_grmember.user!group.name=CAB Approval",
            ["don.goodliffe"],
        ),
        ("JOINsys_user.department=cmn_department.sys_id!name=Sales", ["joe.employee"]),
        ("JOINsys_user.manager=sys_user.sys_id!", []),
    ],
)
def test_joins(sim: Sim, query: str, wanted: list[str]) -> None:
    assert sorted(names(sim, query)) == wanted
    # What sorts stands at the end, and sorts the whole.
    assert names(sim, f"{query}^ORDERBYDESCuser_name") == wanted[::-1]


def test_tables_of_a_hierarchy(sim: Sim) -> None:
    query = "JOINtask.sys_id=incident.problem_id!active=true"
    assert names(sim, query, "task") == ["PRB0040001"]
    assert names(sim, "JOINtask.sys_id=change_request.parent!", "task") == []


@pytest.mark.parametrize(
    "join",
    [
        "JOINnothing.sys_id=sys_user_group.manager!",
        "JOINincident.sys_id=sys_user_group.manager!",
        "JOINsys_user.nothing=sys_user_group.manager!",
        "JOINsys_user.sys_id=nothing.manager!",
        "JOINsys_user.sys_id=sys_user_group.nothing!",
        "JOINsys_user.sys_id=sys_user_group.manager!nothing=1",
        "JOINsys_user.sys_id=sys_user_group.manager",
        "JOIN",
    ],
)
def test_a_join_that_cannot_be_read_is_an_invalid_condition(sim: Sim, join: str) -> None:
    sim.settings(invalid_query_returns_no_rows=True)
    assert names(sim, join) == []
    sim.settings(invalid_query_returns_no_rows=False)
    # The join alone is dropped, or a condition within it: the rest counts.
    found = names(sim, f"user_name=fred.luddy^{join}")
    assert found == ["fred.luddy"]


@pytest.mark.parametrize(
    "query",
    [
        "JOINsys_user.sys_id=sys_user.manager!user_passwordSTARTSWITHa",
        "JOINsys_user.user_password=sys_user.user_name!",
        "JOINsys_user.name=oauth_entity.client_secret!",
    ],
)
def test_a_password_cannot_be_asked_for(sim: Sim, query: str) -> None:
    answer = sim.get("/api/now/table/sys_user", "admin", sysparm_query=query)
    detail = "Field(s) present in the query do not have permission to be read"
    assert error(answer) == (403, "Insufficient rights to query records", detail)


def test_a_caret_of_a_value_begins_no_join(sim: Sim) -> None:
    query = f"user_name=fred.luddy^ORfirst_name=a^^{MANAGE}name=Network"
    assert names(sim, query) == ["fred.luddy"]
    assert names(sim, f"first_name=a^^{MANAGE}name=Network") == []


def test_a_join_shows_nothing_of_what_the_caller_may_not_read(sim: Sim) -> None:
    query = "JOINsys_user.sys_id=oauth_entity.user!client_id=changegate"
    assert [row["user_name"] for row in sim.rows("sys_user", query, sysparm_fields="user_name")] == ["ansible"]
    answer = sim.get("/api/now/table/sys_user", "ansible", sysparm_query=query)
    assert error(answer)[:2] == (403, "Insufficient rights to query records")
