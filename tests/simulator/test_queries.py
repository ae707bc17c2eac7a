"""Encoded queries over HTTP: operators, precedence, dot-walking, sorting, scripts, invalid parts."""

from __future__ import annotations

import pytest
from tests.simulator.behaviors import behavior
from tests.simulator.support import ABEL, NETWORK, Sim


@pytest.fixture
def records(sim: Sim) -> Sim:
    """Five locations-like records of a table without rules."""
    rows = [
        {"name": "Alpha", "description": "one two", "email": "a@x", "active": True, "manager": ABEL},
        {"name": "beta", "description": "", "email": "b@x", "active": False},
        {"name": "Gamma^Delta", "description": "two, three", "email": "g@x"},
        {"name": "delta", "description": "THREE", "email": "delta", "manager": "Fred Luddy"},
        {"name": "Öl", "description": "100%_x", "email": ""},
    ]
    for row in sim.dump("sys_user_group"):
        sim.call("DELETE", f"/api/now/table/sys_user_group/{row['sys_id']}", "admin")
    sim.control("POST", "seed", {"table": "sys_user_group", "records": rows}, status=201)
    return sim


def names(sim: Sim, query: str, table: str = "sys_user_group") -> list[str]:
    return [row["name"] for row in sim.rows(table, query, sysparm_fields="name")]


ALL = ["Alpha", "beta", "Gamma^Delta", "delta", "Öl"]


@behavior("Queries", "Operators on values, their precedence with ^ ^OR ^NQ, ^^, ^EQ, fields over references")
@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", ALL),
        ("name=alpha", ["Alpha"]),
        ("name!=ALPHA", ["beta", "Gamma^Delta", "delta", "Öl"]),
        ("description!=two", ALL),
        ("nameINalpha,BETA,x", ["Alpha", "beta"]),
        ("nameNOT INalpha,beta", ["Gamma^Delta", "delta", "Öl"]),
        ("descriptionLIKETWO", ["Alpha", "Gamma^Delta"]),
        ("descriptionCONTAINStwo", ["Alpha", "Gamma^Delta"]),
        ("descriptionNOT LIKEtwo", ["beta", "delta", "Öl"]),
        ("descriptionNOTLIKEtwo", ["beta", "delta", "Öl"]),
        ("descriptionDOES NOT CONTAINtwo", ["beta", "delta", "Öl"]),
        ("descriptionLIKE%", ["Öl"]),
        ("descriptionLIKE_", ["Öl"]),
        ("nameSTARTSWITHGAM", ["Gamma^Delta"]),
        ("nameENDSWITHTA", ["beta", "Gamma^Delta", "delta"]),
        ("descriptionISEMPTY", ["beta"]),
        ("descriptionEMPTYSTRING", ["beta"]),
        ("description=", ["beta"]),
        ("descriptionISNOTEMPTY", ["Alpha", "Gamma^Delta", "delta", "Öl"]),
        ("nameANYTHING", ALL),
        ("name<beta", ["Alpha"]),
        ("name<=beta", ["Alpha", "beta"]),
        ("name>DELTA", ["Gamma^Delta", "Öl"]),
        ("name>=delta^name<H", ["Gamma^Delta", "delta"]),
        ("nameBETWEENb@e", ["beta", "delta"]),
        ("emailSAMEASname", ["delta"]),
        ("emailNSAMEASname", ["Alpha", "beta", "Gamma^Delta", "Öl"]),
        ("active=1", ["Alpha", "Gamma^Delta", "delta", "Öl"]),
        ("active=false", ["beta"]),
        ("name=Gamma^^Delta", ["Gamma^Delta"]),
        ("nameLIKE^^", ["Gamma^Delta"]),
        ("name=alpha^ORname=beta^active=true", ["Alpha"]),
        ("active=true^name=alpha^ORname=beta", ["Alpha"]),
        ("name=beta^NQname=alpha^active=true", ["Alpha", "beta"]),
        ("name=beta^NQname=alpha^active=false", ["beta"]),
        ("name=alpha^EQ", ["Alpha"]),
        ("active=true^ORDERBYDESCname", ["Öl", "Gamma^Delta", "delta", "Alpha"]),
        ("nameINbeta,alpha^NQname=delta^ORDERBYname", ["Alpha", "beta", "delta"]),
        ("manager.user_name=abel.tuter", ["Alpha"]),
        ("manager.nameSTARTSWITHFred", ["delta"]),
        ("managerLIKEtuter", ["Alpha"]),
        (f"manager={ABEL}", ["Alpha"]),
        ("manager=Abel Tuter", []),
        ("manager.manager.nameISEMPTY^nameLIKEa^active=true", ["Alpha", "Gamma^Delta", "delta"]),
        ("managerISNOTEMPTY^ORDERBYDESCmanager.name", ["delta", "Alpha"]),
        ("123TEXTQUERY321=two three", ["Gamma^Delta"]),
        ("NAME=beta", ["beta"]),
        ("Manager.USER_NAME=abel.tuter", ["Alpha"]),
    ],
)
def test_operators(records: Sim, query: str, wanted: list[str]) -> None:
    found = names(records, query)
    assert found == wanted if "ORDERBY" in query else sorted(found) == sorted(wanted)


@behavior("Queries", "Invalid conditions: dropped, or no rows with glide.invalid_query.returns_no_rows")
@pytest.mark.parametrize("query", ["nothing=1", "name.x=1", "x.y.z=1", "nameFOO1", "garbage", "name", "="])
def test_invalid_condition_is_dropped_or_refused(records: Sim, query: str) -> None:
    assert sorted(names(records, query)) == sorted(ALL)
    assert names(records, f"name=beta^{query}") == ["beta"]
    records.settings(invalid_query_returns_no_rows=True)
    assert names(records, query) == []
    assert names(records, f"name=beta^{query}") == []
    assert names(records, "name=beta") == ["beta"]


@behavior("Queries", "Numbers compare and sort as numbers; GT_FIELD, LT_FIELD and their like")
def test_numbers_compare_as_numbers(sim: Sim) -> None:
    for order in (2, 10, -3, None):
        sim.insert("incident", order=order, short_description="numbers")

    def orders(query: str) -> list[str]:
        return [row["order"] for row in sim.rows("incident", f"short_description=numbers^{query}")]

    assert orders("order>2") == ["10"]
    assert sorted(orders("order<10")) == ["-3", "2"]
    assert orders("order=2.0") == ["2"]
    assert orders("ORDERBYorder") == ["", "-3", "2", "10"]
    assert orders("ORDERBYDESCorder") == ["10", "2", "-3", ""]
    assert orders("orderBETWEEN-5@5^ORDERBYorder") == ["-3", "2"]
    assert orders("order>x") == []
    assert sorted(orders("orderGT_FIELDimpact")) == ["10"]


@behavior("Queries", "Scripts: dates (gs.dateGenerate, daysAgo, beginningOf.., endOf.. ..), without a script engine")
@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("opened_at>javascript:gs.daysAgo(1)", True),
        ("opened_at<javascript:gs.daysAgo(1)", False),
        ("opened_at>=javascript:gs.beginningOfToday()^opened_at<=javascript:gs.endOfToday()", True),
        ("opened_at>javascript:gs.endOfYesterday()", True),
        ("opened_at<javascript:gs.beginningOfThisMonth()", False),
        ("opened_at>javascript:gs.hoursAgo(2)", True),
        ("opened_at>javascript:gs.minutesAgo(-5)", False),
        ("opened_at>javascript:gs.dateGenerate('2026-07-15','00:00:00')", True),
        ("opened_at<javascript:gs.dateGenerate('2026-07-15','start')", False),
        ("opened_by=javascript:gs.getUserID()", True),
        ("opened_by.user_name=javascript:gs.getUserName()", True),
        ("opened_byDYNAMIC90d1921e5f510100a9ad2572f2b477fe", True),
        ("opened_atONToday@javascript:gs.beginningOfToday()@javascript:gs.endOfToday()", True),
        ("opened_atNOTONToday@javascript:gs.beginningOfToday()@javascript:gs.endOfToday()", False),
        ("opened_atRELATIVEGT@hour@ago@1", True),
        ("opened_atRELATIVELT@hour@ago@1", False),
        ("sys_class_nameINSTANCEOFtask", True),
        ("sys_class_nameINSTANCEOFchange_request", False),
    ],
)
def test_scripts_and_dates(sim: Sim, script: str, found: bool) -> None:
    sim.control("PUT", "clock", {"now": "2026-07-15T20:30:00Z"})
    record = sim.insert("incident", "admin", short_description="now")
    query = f"sys_id={record['sys_id']}^{script}"
    assert len(sim.rows("incident", query)) == int(found)


@behavior("Queries", "Scripts: dates (gs.dateGenerate, daysAgo, beginningOf.., endOf.. ..), without a script engine")
def test_date_generate_reads_the_users_time_zone(sim: Sim) -> None:
    sim.insert("incident", opened_at="2026-07-15 05:00:00", short_description="zone")
    query = "short_description=zone^opened_at>=javascript:gs.dateGenerate('2026-07-15','00:00:00')"
    assert len(sim.rows("incident", query, "ansible")) == 1
    assert len(sim.rows("incident", query, "admin")) == 0


@behavior("Queries", "Any other script is an invalid condition")
@pytest.mark.parametrize("script", ["gs.eval('1')", "gs.getUserID(", "while(true){}", "", "gs.daysAgo(99999999999)"])
def test_script_that_is_not_understood_is_an_invalid_condition(sim: Sim, script: str) -> None:
    assert len(sim.rows("incident", f"number=javascript:{script}")) == 7


@behavior("Queries", "Any text: no traceback, no other table read, nothing written")
def test_no_condition_reaches_another_table(sim: Sim) -> None:
    for value in ("' OR '1'='1", '" OR 1=1 --', "x'; DROP TABLE task; --", "%", "?"):
        assert sim.rows("incident", f"number={value}") == []
        assert sim.rows("incident", f"numberIN{value}") == []
    assert len(sim.rows("incident")) == 7


@behavior("Queries", "Thousands of values or conditions", simplified="60 references in one query")
def test_very_long_queries(sim: Sim) -> None:
    numbers = ",".join(f"INC{n:07d}" for n in range(3000))
    assert len(sim.rows("incident", f"numberIN{numbers}")) == 7
    alternatives = "^OR".join(f"number=INC{n:07d}" for n in range(1500))
    assert len(sim.rows("incident", alternatives)) == 7
    walks = "^".join("manager." * n + "nameISEMPTY" for n in range(1, 90))
    assert len(sim.rows("sys_user", f"user_name=admin^{walks}")) == 1


def test_reference_and_domain_of_network(sim: Sim) -> None:
    assert names(sim, f"sys_id={NETWORK}") == ["Network"]
