"""Any text as a query: no traceback, no row of a table that it does not name, and nothing written.

SQLite itself is the witness: its authorizer is asked about every table that a statement touches.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.simulator.behaviors import behavior
from tests.simulator.random_queries import PIECES, SIMPLE
from tests.simulator.support import Sim

from snow_simulator.instance import Instance
from snow_simulator.query.compile import Compiler
from snow_simulator.query.parse import parse
from snow_simulator.query.select import select
from snow_simulator.store.schema import Schema
from snow_simulator.values.text import clean

TABLES = ("incident", "sys_user", "cmdb_ci_server", "u_value_sample")
pieces = st.sampled_from(
    [*SIMPLE, *PIECES, "short_description", "caller_id", "u_name", "order", "state", "manager", "sys_id", "u_when",
     "^", "^^", "^OR", "^NQ", "^EQ", "ORDERBY", "ORDERBYDESC", "GROUPBY", "@", ",", ".", "javascript:", "gs.daysAgo(",
     "gs.getUser().", "getMyGroups()", "gs.getProperty('x')", ")", "'", "123TEXTQUERY321=", "RLQUERY", "ENDRLQUERY",
     "RLQUERYsys_user_grmember.user,>=1^", "RLQUERYtask.parent,=0,m2m^", "RELATIVEGT@hour@ago@", "RELATIVEEE@year@ago@",
     "ON", "ONToday", "DATEPARTx@javascript:gs.datePart('week','", "'GE')", "MORETHAN", "LESSTHANu_until@day@before@",
     "INSTANCEOF", "DYNAMIC", "DYNAMIC90d1921e5f510100a9ad2572f2b477fe", "GT_FIELD", "task", "user_password", "\0",
     "\ud800", "é", "'; DROP TABLE task; --", "\" OR 1=1", "9" * 20, "-1", "1e400", "2026-07-15", "{}", "?", ":x"]
)  # fmt: skip
texts = st.lists(pieces | st.text(max_size=5), max_size=14).map("".join)


class Witness:
    """Collects what SQLite is about to touch."""

    def __init__(self) -> None:
        self.read: set[str] = set()
        self.other: list[tuple[object, ...]] = []

    def __call__(self, action: int, first: str | None, second: str | None, database: str | None, by: str | None) -> int:
        if action == sqlite3.SQLITE_READ and first:
            self.read.add(first)
        elif action not in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_READ):
            self.other.append((action, first, second))
        return sqlite3.SQLITE_OK


@pytest.fixture(scope="module")
def instance() -> Iterator[Instance]:
    made = Instance("demo")
    # SQLite declares this table function in its own schema at the first use.
    made.database.rows("SELECT key, value FROM json_each('[]')")
    yield made
    made.close()


def named(schema: Schema, table: str, text: str) -> set[str]:
    """The SQL tables that a query may read: its own, those that its references lead to, and related lists."""
    roots = {schema[table].root.name, "json_each"}
    if "DYNAMIC" in text:
        roots |= {"sys_filter_option_dynamic", "sys_user_grmember", "sys_user_has_role"}
    if "getMyGroups" in text:
        roots.add("sys_user_grmember")
    if "getUser" in text:
        roots.add("sys_user")
    roots |= {found.root.name for name, found in schema.tables.items() if f"RLQUERY{name}." in text}
    while True:
        families = [item for item in schema.tables.values() if item.root.name in roots]
        leads = {field.reference for item in families for field in item.own.values()
                 if field.type == "reference" and field.name in text}  # fmt: skip
        more = {schema[name].root.name for name in leads} - roots
        if not more:
            return roots
        roots |= more


@behavior("Queries", "Any text: no traceback, no other table read, nothing written")
@settings(max_examples=2500, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(query=texts, table=st.sampled_from(TABLES), strict=st.booleans())
def test_no_query_fails_or_touches_another_table(instance: Instance, query: str, table: str, strict: bool) -> None:
    query = clean(query)
    schema, user = instance.raw.schema, instance.users.by_name("admin")
    assert user is not None
    instance.choices.of(schema["task"], "state")
    instance.properties.text("loaded")
    # The columns of a table are asked for once, by a pragma; that is none of the query's doing.
    instance.raw.first(schema["sys_filter_option_dynamic"], {"sys_id": ""})
    witness, connection = Witness(), instance.database._connection
    connection.set_authorizer(witness)
    try:
        compiler = Compiler(schema, instance.choices, schema[table], instance.scope(user))
        select(instance.raw, schema[table], compiler.compile(parse(query), strict=strict), limit=1000, offset=0)
    finally:
        connection.set_authorizer(None)
    assert witness.other == []
    assert witness.read <= named(schema, table, query)


@behavior("Queries", "Any text: no traceback, no other table read, nothing written")
def test_witness_sees_what_it_should(instance: Instance) -> None:
    witness, connection = Witness(), instance.database._connection
    connection.set_authorizer(witness)
    try:
        connection.execute("SELECT name FROM sys_user LIMIT 1").fetchall()
        connection.execute("DELETE FROM sys_user WHERE 0")
    finally:
        connection.set_authorizer(None)
    assert witness.read == {"sys_user"}
    assert (sqlite3.SQLITE_DELETE, "sys_user", None) in witness.other


@behavior("Queries", "Any text: no traceback, no other table read, nothing written")
@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(query=texts)
def test_no_query_is_a_server_error(sim: Sim, query: str) -> None:
    answer = sim.call(
        "GET", "/api/now/table/u_value_sample", params={"sysparm_query": query.encode("utf-8", "replace")}
    )
    assert answer.status_code in (200, 403), answer.text
