"""PySNC's queries over other tables: related lists and joins."""

from __future__ import annotations

from typing import Any

import pytest
from tests.simulator.behaviors import behavior
from tests.simulator.clients import pysnc_client, speak_plainly
from tests.simulator.support import Sim

pysnc = pytest.importorskip("pysnc", reason="pysnc is not installed")

related = behavior("Clients", "PySNC 1.2: add_rl_query, related lists")
joins = behavior("Clients", "PySNC 1.2: add_join_query")


@pytest.fixture
def users(sim: Sim, monkeypatch: pytest.MonkeyPatch) -> Any:
    speak_plainly(monkeypatch)
    return pysnc_client(sim).GlideRecord("sys_user")


def names(record: Any) -> list[str]:
    record.query()
    return sorted(str(row.user_name) for row in record)


@related
def test_with_something_related(users: Any) -> None:
    condition = users.add_rl_query("sys_user_has_role", "user", ">0", True)
    condition.add_query("role.name", "approver_user")
    wanted = "RLQUERYsys_user_has_role.user,>0,m2m^role.name=approver_user^ENDRLQUERY"
    assert users.get_encoded_query() == wanted
    assert names(users) == ["abel.tuter", "bow.ruggeri", "don.goodliffe", "fred.luddy"]


@related
def test_with_nothing_related(users: Any) -> None:
    users.add_rl_query("sys_user_has_role", "user", "=0")
    assert names(users) == ["joe.employee", "retired.person"]


@related
def test_with_a_number_of_related_records(users: Any) -> None:
    users.add_rl_query("sys_user_has_role", "user", ">=2")
    users.add_query("user_name", "!=", "bow.ruggeri")
    assert names(users) == ["abel.tuter", "don.goodliffe"]


@related
def test_as_an_encoded_query(users: Any) -> None:
    users.add_encoded_query("RLQUERYsys_user_grmember.user,>0,m2m^group.nameLIKEcab^ENDRLQUERY^active=true")
    assert names(users) == ["bow.ruggeri", "don.goodliffe"]


@joins
def test_joins(users: Any) -> None:
    join = users.add_join_query("sys_user_group", join_table_field="manager")
    join.add_query("active", "true")
    assert users.get_encoded_query() == "JOINsys_user.sys_id=sys_user_group.manager!active=true"
    assert names(users) == ["beth.anglin", "bow.ruggeri", "don.goodliffe", "fred.luddy"]


@joins
def test_a_join_beside_a_condition(users: Any) -> None:
    users.add_query("user_name", "STARTSWITH", "d")
    join = users.add_join_query("sys_user_group", join_table_field="manager")
    join.add_query("name", "Database")
    assert names(users) == ["don.goodliffe"]
