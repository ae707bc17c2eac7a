"""The lists of the Change Management API: filters, order, text search, pages."""

from __future__ import annotations

from typing import Any

import pytest
from tests.simulator.behaviors import behavior
from tests.simulator.documented import AREA, EMERGENCY, REMOVE, operation
from tests.simulator.support import Sim
from tests.simulator.test_conflicts import insert

API = "/api/sn_chg_rest/change"
TASK_FIELDS: dict[str, object] = {"description": "Zebra crossing", "assignment_group": "Hardware"}

# operation -> its path, what is added there for each of three names, and the field that holds the name.
LISTS: dict[str, tuple[str, str, dict[str, object], str]] = {
    "/change": ("", "change_request", TASK_FIELDS, "short_description"),
    "/change/normal": ("/normal", "change_request", {**TASK_FIELDS, "type": "normal"}, "short_description"),
    "/change/emergency": ("/emergency", "change_request", {**TASK_FIELDS, "type": "emergency"}, "short_description"),
    "/change/standard": ("/standard", "change_request", {**TASK_FIELDS, "type": "standard"}, "short_description"),
    "/change/standard/template": (
        "/standard/template", "std_change_record_producer", {"description": "Zebra crossing"}, "name",
    ),
    "/change/model": ("/model", "chg_model", {"description": "Zebra crossing"}, "name"),
    "/change/{change_sys_id}/task": (
        f"/{REMOVE}/task", "change_task", {**TASK_FIELDS, "change_request": REMOVE}, "short_description",
    ),
}  # fmt: skip
NAMES = ("Zoe quince", "Zoe apple", "Zoe pear")


def cases() -> list[Any]:
    return [pytest.param(*row, id=name, marks=operation(f"GET {name}")) for name, row in LISTS.items()]


def listed(sim: Sim, path: str, field: str, **params: object) -> list[str]:
    answer = sim.get(f"{API}{path}", "ansible", **params)
    assert answer.status_code == 200, answer.text
    records = [record for record in answer.json()["result"] if "__meta" not in record]
    return [record[field]["value"] for record in records]


@behavior(
    AREA, "Lists: `textSearch` for every word, or else any", simplified="parts of words in all texts; no search engine"
)
@pytest.mark.parametrize(("path", "table", "values", "name"), cases())
def test_parameters_of_every_list(sim: Sim, path: str, table: str, values: dict[str, object], name: str) -> None:
    for text in NAMES:
        insert(sim, table, **values, **{name: text})
    query = f"{name}STARTSWITHZoe"

    def found(**params: object) -> list[str]:
        return listed(sim, path, name, **params)

    assert set(NAMES) < set(found())
    by_name = sorted(NAMES)
    assert found(sysparm_query=f"{query}^ORDERBY{name}") == by_name
    assert found(sysparm_query=f"{query}^ORDERBYDESC{name}") == by_name[::-1]
    assert found(sysparm_query=query, order=name) == by_name
    assert found(sysparm_query=f"{query}^no_such_field=1", order=name) == by_name
    assert found(sysparm_query=query, order=name, sysparm_offset=1) == by_name[1:]
    assert found(sysparm_query=query, order=name, sysparm_limit=2) == by_name[:2]
    assert found(sysparm_query=query, order=name, sysparm_offset=-2, sysparm_limit="x") == by_name
    assert found(sysparm_query=query, sysparm_offset=7) == []
    assert found(**{name: "Zoe apple"}) == ["Zoe apple"]
    assert found(**{name: "Zoe apple"}, sysparm_query=query, order=name) == by_name
    assert found(**{name: "Zoe apple", "active": "false"}) == []
    # Every word in any of its texts; where there is no such record, any of the words.
    assert found(textSearch="crossing zoe pear") == ["Zoe pear"]
    assert found(textSearch="pear apple unheard-of", order=name) == ["Zoe apple", "Zoe pear"]
    assert found(textSearch="unheard-of") == []
    assert found(textSearch="zoe", sysparm_query=f"{name}ENDSWITHapple") == ["Zoe apple"]
    sim.settings(invalid_query_returns_no_rows=True)
    assert found(sysparm_query=f"{query}^no_such_field=1") == []


@pytest.mark.parametrize(("path", "table", "values", "name"), cases())
def test_default_order_is_by_number_or_name(
    sim: Sim, path: str, table: str, values: dict[str, object], name: str
) -> None:
    for text in NAMES:
        insert(sim, table, **values, **{name: text})
    numbers = listed(sim, path, "number" if table.startswith("change") else "name")
    assert numbers == sorted(numbers)


@operation("GET /change/{sys_id}/ci")
@pytest.mark.parametrize(
    ("kind", "table", "field"),
    [
        ("affected", "task_ci", "ci_item"),
        ("impacted", "task_cmdb_ci_service", "cmdb_ci_service"),
        ("offering", "task_service_offering", "service_offering"),
    ],
)
def test_associations_of_each_type(sim: Sim, kind: str, table: str, field: str) -> None:
    names = ["Online Shop Americas", "Online Shop Europe"]
    for row in sim.dump(table):
        sim.call("DELETE", f"/api/now/table/{table}/{row['sys_id']}", "admin")
    for name in names:
        insert(sim, table, **{"task": EMERGENCY, field: name})
    insert(sim, table, **{"task": REMOVE, field: names[0]})

    def found(**params: object) -> list[str]:
        answer = sim.get(f"{API}/{EMERGENCY}/ci", association_type=kind, **params)
        return [row[field]["display_value"] for row in answer.json()["result"]]

    assert sorted(found()) == names
    assert found(sysparm_query=f"ORDERBYDESC{field}.name") == names[::-1]
    assert found(sysparm_query=f"ORDERBY{field}.name", sysparm_offset=1) == names[1:]
    assert found(sysparm_query=f"ORDERBY{field}.name", sysparm_limit=1) == names[:1]
    assert found(sysparm_query=f"{field}.nameLIKEEurope") == names[1:]
    assert found(**{field: names[0]}) == names[:1]


@behavior(AREA, "Lists: 500 records unless `sysparm_limit` says otherwise")
def test_default_limit(sim: Sim) -> None:
    rows = [{"short_description": "Bulk", "type": "normal"} for _ in range(501)]
    sim.control("POST", "seed", {"table": "change_request", "records": rows}, status=201)
    assert len(listed(sim, "/normal", "number", short_description="Bulk")) == 500
    assert len(listed(sim, "/normal", "number", short_description="Bulk", sysparm_limit=1000)) == 501
