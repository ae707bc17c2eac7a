"""Encoded queries over HTTP: dates, related lists, dynamic filters, letters, and the operators' other spellings."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.simulator.behaviors import absent, behavior
from tests.simulator.support import ABEL, NETWORK, Sim, error

from snow_simulator import Simulator
from snow_simulator.query.compile import Compiler
from snow_simulator.query.parse import parse

TABLE = "u_value_sample"
# A Wednesday; in Los Angeles it is half past one in the afternoon.
NOW = "2026-07-15T20:30:15Z"
WHEN = {
    "now": "2026-07-15 20:30:15",
    "this hour": "2026-07-15 20:00:00",
    "last hour": "2026-07-15 19:59:59",
    "this morning": "2026-07-15 07:00:00",
    "yesterday": "2026-07-15 06:59:59",
    "monday": "2026-07-13 12:00:00",
    "sunday": "2026-07-12 12:00:00",
    "last month": "2026-06-20 12:00:00",
    "april": "2026-04-01 12:00:00",
    "last year": "2025-07-15 12:00:00",
    "next month": "2026-08-01 12:00:00",
    "never": "",
}


@pytest.fixture
def dates(sim: Sim) -> Sim:
    sim.control("PUT", "clock", {"now": NOW})
    records = [{"u_name": name, "u_when": when, "u_day": when[:10]} for name, when in WHEN.items()]
    sim.control("POST", "seed", {"table": TABLE, "records": records}, status=201)
    return sim


def names(sim: Sim, query: str, user: str = "admin") -> list[str]:
    """Of the seeded records, which are the ones without a number below 1000."""
    rows = sim.rows(TABLE, f"{query}^numberNOT INVAL0000001,VAL0000002,VAL0000003", user, sysparm_fields="u_name")
    return [row["u_name"] for row in rows]


@behavior("Queries", "Ranges (ONToday, Last 30 days ..), by their name or as lists write them, in the user's time zone")
@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Today", ["now", "this hour", "last hour", "this morning"]),
        ("Yesterday", ["yesterday"]),
        ("This week", ["now", "this hour", "last hour", "this morning", "yesterday", "monday"]),
        ("Last week", ["sunday"]),
        ("Last month", ["last month"]),
        ("Next month", ["next month"]),
        ("Last quarter", ["last month", "april"]),
        ("Last year", ["last year"]),
        ("One year ago", ["last year"]),
        ("Current hour", ["now", "this hour"]),
        ("Last hour", ["last hour"]),
        ("Last 2 hours", ["now", "this hour", "last hour"]),
        ("Last 7 days", ["now", "this hour", "last hour", "this morning", "yesterday", "monday", "sunday"]),
        ("Last 3 months", [name for name in WHEN if name not in ("last year", "next month", "never")]),
        ("Next 2 quarters", []),
    ],
)  # fmt: skip
def test_ranges(dates: Sim, name: str, wanted: list[str]) -> None:
    camel = "".join(word.capitalize() for word in name.split())
    written = f"{name}@javascript:gs.beginningOf{camel}()@javascript:gs.endOf{camel}()"
    assert names(dates, f"u_whenON{name}") == wanted
    assert names(dates, f"u_whenON{written}") == wanted
    assert names(dates, f"u_whenNOTON{written}") == [other for other in WHEN if other not in wanted]


@behavior("Queries", "Ranges (ONToday, Last 30 days ..), by their name or as lists write them, in the user's time zone")
def test_a_day_is_the_users(dates: Sim) -> None:
    assert names(dates, "u_whenONToday", "ansible") == ["now", "this hour", "last hour", "this morning", "yesterday"]
    assert names(dates, "u_whenON2026-07-12") == ["sunday"]
    day = "2026-07-12@javascript:gs.dateGenerate('2026-07-12','start')@javascript:gs.dateGenerate('2026-07-12','end')"
    assert names(dates, f"u_whenON{day}") == ["sunday"]
    # A date without a time is in nobody's zone.
    assert names(dates, "u_dayONToday") == ["now", "this hour", "last hour", "this morning", "yesterday"]
    assert names(dates, "u_day=javascript:gs.daysAgo(3)") == ["sunday"]


@behavior("Queries", "Trends: DATEPART by hour, day of the week, week, month, quarter, year")
@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        ("'dayofweek','monday','EE'", ["monday"]),
        ("'dayofweek','monday','LE'", ["monday", "sunday"]),
        ("'dayofweek','monday','LT'", ["sunday"]),
        ("'dayofweek','friday','GT'", ["last month", "next month"]),
        ("'month','aug','GE'", ["next month"]),
        ("'quarter','2','EE'", ["last month", "april"]),
        ("'year','2025','LE'", ["last year"]),
        ("'week','29','GT'", ["next month"]),
        ("'hour','12','EE'", ["last hour"]),
    ],
)
def test_trends(dates: Sim, part: str, wanted: list[str]) -> None:
    assert names(dates, f"u_whenDATEPARTLabel@javascript:gs.datePart({part})") == wanted


@behavior("Queries", "Relative dates: RELATIVEGT, GE, LT, LE, EE with minutes to years, ago or ahead")
@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ("EE@hour@ago@1", ["last hour"]),
        ("EE@dayofweek@ago@2", ["monday"]),
        ("EE@month@ago@1", ["last month"]),
        ("EE@quarter@ago@1", ["last month", "april"]),
        ("EE@year@ago@1", ["last year"]),
        ("GT@dayofweek@ahead@1", ["next month"]),
        ("GE@minute@ago@0^u_whenRELATIVELE@minute@ago@0", []),
        ("LT@month@ago@3", ["april", "last year"]),
    ],
)
def test_relative_dates(dates: Sim, condition: str, wanted: list[str]) -> None:
    # The clock runs on.
    assert names(dates, f"u_whenRELATIVE{condition}^u_name!=now") == wanted


@pytest.fixture
def pairs(sim: Sim) -> Sim:
    """Two dates each: u_when that many hours from u_until."""
    base = "2026-07-15 12:00:00"
    hours = {"-49": "13 11", "-48": "13 12", "-2": "15 10", "0": "15 12", "2": "15 14", "49": "17 13"}
    records = [{"u_name": name, "u_when": f"2026-07-{when}:00:00", "u_until": base} for name, when in hours.items()]
    sim.control(
        "POST", "seed", {"table": TABLE, "records": [*records, {"u_name": "none", "u_until": base}]}, status=201
    )
    return sim


@behavior("Queries", "One date against another: MORETHAN, LESSTHAN, SAMEAS and NSAMEAS by day, week, month ..")
@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ("MORETHANu_until@day@before@2", ["-49"]),
        ("MORETHANu_until@day@after@2", ["49"]),
        ("MORETHANu_until@day@before or after@2", ["-49", "49"]),
        ("LESSTHANu_until@day@before@2", ["-2", "0"]),
        ("LESSTHANu_until@hour@after@3", ["0", "2"]),
        ("LESSTHANu_until@week@before or after@1", ["-49", "-48", "-2", "0", "2", "49"]),
        ("SAMEASu_until@day", ["-2", "0", "2"]),
        ("NSAMEASu_until@week", ["none"]),
        ("SAMEASu_until", ["0"]),
    ],
)
def test_one_date_against_another(pairs: Sim, condition: str, wanted: list[str]) -> None:
    assert names(pairs, f"u_untilISNOTEMPTY^u_when{condition}") == wanted


@behavior("Queries", "Related lists: RLQUERY with a count, conditions on the related records, m2m")
@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("RLQUERYsys_user_grmember.user,>=2^ENDRLQUERY", ["beth.anglin", "bow.ruggeri", "don.goodliffe"]),
        ("RLQUERYsys_user_grmember.user,=3,m2m^ENDRLQUERY", ["don.goodliffe"]),
        ("RLQUERYsys_user_has_role.user,>0^role.name=admin^ENDRLQUERY", ["admin"]),
        ("RLQUERYsys_user_grmember.user,=0^ENDRLQUERY^user_nameSTARTSWITHa", ["admin", "ansible", "auditor"]),
        ("user_name=admin^NQuser_name=abel.tuter^RLQUERYsys_user_grmember.user,>=1^ENDRLQUERY", ["abel.tuter"]),
        ("RLQUERYsys_user_grmember.user,BETWEEN2@2^group.nameINHardware,Service Desk^ENDRLQUERY", ["beth.anglin"]),
        ("RLQUERYsys_user_grmember.user,>=1^group.name=Network", ["abel.tuter", "fred.luddy"]),
    ],
)  # fmt: skip
def test_related_lists(sim: Sim, query: str, wanted: list[str]) -> None:
    rows = sim.rows("sys_user", f"{query}^ORDERBYuser_name" if "END" in query else query, sysparm_fields="user_name")
    assert sorted(row["user_name"] for row in rows) == wanted


@behavior("Queries", "Related lists: RLQUERY with a count, conditions on the related records, m2m")
def test_related_list_that_is_wrong_or_secret(sim: Sim) -> None:
    everybody = len(sim.rows("sys_user"))
    for wrong in ("nothing.user,>=1", "sys_user_grmember.nothing,>=1", "sys_user_grmember.group,>=1",
                  "sys_user_grmember.user,many", "sys_user_grmember.user"):  # fmt: skip
        assert len(sim.rows("sys_user", f"RLQUERY{wrong}^ENDRLQUERY")) == everybody
    # What one may not read cannot be counted either.
    answer = sim.get("/api/now/table/sys_user", "joe.employee", sysparm_query="RLQUERYtask.opened_by,>=1^ENDRLQUERY")
    detail = "Field(s) present in the query do not have permission to be read"
    assert error(answer) == (403, "Insufficient rights to query records", detail)


@behavior("Queries", "Dynamic filters: DYNAMIC with the records of sys_filter_option_dynamic (Me, One of My Groups ..)")
def test_dynamic_filters(sim: Sim) -> None:
    def found(query: str, table: str = "sys_user", user: str = "abel.tuter") -> list[str]:
        return sorted(row["name"] for row in sim.rows(table, query, user))

    assert found("sys_idDYNAMIC90d1921e5f510100a9ad2572f2b477fe") == ["Abel Tuter"]
    assert found("sys_idDYNAMICd6435e965f510100a9ad2572f2b47744", "sys_user_group") == ["Network"]
    assert found("sys_idDYNAMIC54635e965f510100a9ad2572f2b4774c") == ["Abel Tuter"]
    assert found("sys_idDYNAMIC0f63961e5f510100a9ad2572f2b47745") == ["Abel Tuter"]
    assert "Joe Employee" not in found("sys_idDYNAMIC32a39a165f510100a9ad2572f2b477a0")
    # In no group: nothing, and not what has no group.
    assert found("parentDYNAMICd6435e965f510100a9ad2572f2b47744", "sys_user_group", "ansible") == []
    everything = found("", "sys_user_group")
    assert found("sys_idDYNAMICffffffffffffffffffffffffffffffff", "sys_user_group") == everything
    sim.insert(
        "sys_filter_option_dynamic", "admin", sys_id="1" * 32, label="Mine", script="gs.getUser().getManagerID()"
    )
    sim.patch("sys_user", ABEL, "admin", manager=ABEL)
    assert found(f"sys_idDYNAMIC{'1' * 32}") == ["Abel Tuter"]


@behavior("Queries", "Scripts: the user, the user's groups, properties (gs.getUserID, getMyGroups, gs.getProperty ..)")
@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("sys_id=javascript:gs.getUserID()", ["Abel Tuter"]),
        ("name=javascript:gs.getUserDisplayName();", ["Abel Tuter"]),
        ("email=javascript:gs.getUser().getEmail()", ["Abel Tuter"]),
        ("name=javascript:gs.getProperty('no.such','Fred Luddy')", ["Fred Luddy"]),
        ("time_zone=javascript:gs.getProperty('glide.sys.default.tz')^user_name=david.loo", ["David Loo"]),
        ("email!=javascript:gs.getUser().getEmail()^nameSTARTSWITHab", []),
    ],
)
def test_scripts_about_users(sim: Sim, query: str, wanted: list[str]) -> None:
    assert [row["name"] for row in sim.rows("sys_user", query, "abel.tuter")] == wanted


@behavior("Queries", "Scripts: the user, the user's groups, properties (gs.getUserID, getMyGroups, gs.getProperty ..)")
def test_scripts_that_give_a_list(sim: Sim) -> None:
    for script in ("=javascript:gs.getUser().getMyGroups()", "INjavascript:getMyGroups()"):
        assert [row["sys_id"] for row in sim.rows("sys_user_group", f"sys_id{script}", "abel.tuter")] == [NETWORK]
    others = sim.rows("sys_user_group", "sys_idNOT INjavascript:getMyGroups()", "abel.tuter")
    assert len(others) == len(sim.rows("sys_user_group")) - 1


@behavior("Queries", "Case does not count, for letters of any script")
@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("u_name=ÉCOLE", ["école", "École"]),
        ("u_name=école", ["école", "École"]),
        ("u_name!=éCOLE^u_nameISNOTEMPTY^u_nameNOT LIKEя", ["Öl", "zoo"]),
        ("u_nameINÖL,яБЛОКО", ["Öl", "Яблоко"]),
        ("u_nameLIKEБЛ", ["Яблоко"]),
        ("u_nameSTARTSWITHöL", ["Öl"]),
        ("u_name%ЯБЛОКО", ["Яблоко"]),
        ("u_nameBETWEENé@ö", ["école", "École"]),
        ("u_name>=ö^u_name<=ÖZ", ["Öl"]),
        ("u_nameISNOTEMPTY^ORDERBYDESCu_name^ORDERBYu_note", ["Яблоко", "Öl", "école", "École", "zoo"]),
        ("123TEXTQUERY321=ÖL", ["Öl"]),
    ],
)
def test_letters(sim: Sim, query: str, wanted: list[str]) -> None:
    records = [{"u_name": name, "u_note": f"{n}"} for n, name in enumerate(("école", "École", "Öl", "Яблоко", "zoo"))]
    sim.control("POST", "seed", {"table": TABLE, "records": records}, status=201)
    assert names(sim, f"u_noteIN0,1,2,3,4^{query}") == wanted


@behavior("Queries", "Case does not count, for letters of any script")
def test_letters_are_known_after_a_failure_and_a_restart(tmp_path: Path) -> None:
    def find(simulator: Simulator) -> list[str]:
        sim = Sim(simulator)
        try:
            return [row["user_name"] for row in sim.rows("sys_user", "titleLIKEétÉ")]
        finally:
            sim.close()

    def kept() -> Simulator:
        return Simulator(data="minimal", database=tmp_path / "kept.db")

    simulator = kept()
    simulator.start()
    sim = Sim(simulator)
    half = [{"user_name": "one", "title": "Été"}, {"user_name": "two", "nothing": "wrong"}]
    sim.control("POST", "seed", {"table": "sys_user", "records": half}, status=400)
    sim.control("POST", "seed", {"table": "sys_user", "records": half[:1]}, status=201)
    assert find(simulator) == ["one"]
    sim.close()
    simulator.stop()
    again = kept()
    again.start()
    assert find(again) == ["one"]
    # As a file of an older version, which did not take notes.
    again.instance.database.execute("DROP TABLE _letters")
    again.stop()
    again.start()
    assert find(again) == ["one"]
    again.stop()


@behavior("Queries", "Sorting by several keys, up or down, on references by what they show, and over references")
def test_sorting(sim: Sim) -> None:
    def groups(query: str) -> list[str]:
        return [row["name"] for row in sim.rows("sys_user_group", f"nameNOT LIKEc^{query}", sysparm_fields="name")]

    # Software: Don, Hardware: Beth, Network: Fred, Database: Don, without a manager none.
    assert groups("managerISNOTEMPTY^nameINSoftware,Hardware,Network,Database^ORDERBYmanager^ORDERBYDESCname") == [
        "Hardware", "Software", "Database", "Network",
    ]  # fmt: skip
    assert groups("nameINSoftware,Hardware,Network^ORDERBYDESCmanager.email") == ["Network", "Software", "Hardware"]
    assert groups("nameINSoftware,Network^ORDERBYnothing^ORDERBYname") == ["Network", "Software"]


@behavior("Queries", "Other spellings: CONTAINS, NOTLIKE, * !* % of the condition builder; EQ, GROUPBY and ^^")
@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("name*work", ["Network"]),
        ("name%work", ["Network"]),
        ("name!*a^name!*o", ["Service Desk"]),
        ("nameSTARTSWITHNet^GROUPBYmanager^EQ", ["Network"]),
        ("ORname=Network", ["Network"]),
    ],
)
def test_other_spellings(sim: Sim, query: str, wanted: list[str]) -> None:
    assert [row["name"] for row in sim.rows("sys_user_group", query)] == wanted


@behavior("Queries", "Invalid conditions: dropped, or no rows with glide.invalid_query.returns_no_rows")
def test_the_property_refuses_invalid_queries(sim: Sim) -> None:
    everything = len(sim.rows("sys_user_group"))
    assert len(sim.rows("sys_user_group", "nothing=1")) == everything
    sys_id = sim.rows("sys_properties", "name=glide.invalid_query.returns_no_rows")[0]["sys_id"]
    sim.patch("sys_properties", sys_id, "admin", value="true")
    assert sim.rows("sys_user_group", "nothing=1") == []
    assert sim.rows("sys_user_group", "name=Network^ORDERBYnothing") == []
    assert len(sim.rows("sys_user_group", "name=Network")) == 1


@behavior("Queries", "Text search: 123TEXTQUERY321", simplified="every word anywhere in the text fields, no ranking")
def test_text_search(sim: Sim) -> None:
    sim.control("POST", "seed", {"table": TABLE, "records": [{"u_name": "One", "u_note": "two three"}]}, status=201)
    assert names(sim, "123TEXTQUERY321=THREE one") == ["One"]
    assert names(sim, "123TEXTQUERY321=one four") == []


@absent("Queries", "IN_HIERARCHY, VALCHANGES, CHANGESFROM, MATCH_RGX, SUBQUERY, JOIN: invalid conditions")
@pytest.mark.parametrize(
    "part",
    ["managerIN_HIERARCHYx@y", "nameVALCHANGES", "nameCHANGESFROMx", "nameMATCH_RGXx",
     "SUBQUERYsys_id,group,sys_user_grmember^ENDSUBQUERY"],
)  # fmt: skip
def test_operators_that_are_not_there(sim: Sim, part: str) -> None:
    assert len(sim.rows("sys_user_group", part)) == len(sim.rows("sys_user_group"))
    sim.settings(invalid_query_returns_no_rows=True)
    assert sim.rows("sys_user_group", part) == []


@behavior("Queries", "Indexed fields are found without looking at every record, in any case and any letters")
@pytest.mark.parametrize(
    ("table", "query"),
    [
        ("incident", "number=inc0000055"),
        ("incident", "numberININC0000055,INC0000060"),
        ("u_value_sample", "u_name=éclair"),
        ("u_value_sample", "u_nameINÉCLAIR,b"),
        ("incident", "assigned_to=javascript:gs.getUserID()^number=INC0000055"),
    ],
)
def test_indexes_are_used(sim: Sim, table: str, query: str) -> None:
    instance = sim.simulator.instance
    user = instance.users.by_name("admin")
    assert user is not None
    target = instance.raw.schema[table]
    compiler = Compiler(instance.raw.schema, instance.choices, target, instance.scope(user))
    compiled = compiler.compile(parse(query))
    sql = f"EXPLAIN QUERY PLAN SELECT t.rowid FROM {target.root.name} AS t WHERE {compiled.where}"
    plan = str(instance.database.rows(sql, compiled.parameters)[0])
    assert f"SEARCH t USING COVERING INDEX ix_{target.root.name}" in plan or "SEARCH t USING INDEX ix_" in plan
