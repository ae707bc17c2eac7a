"""The Aggregate API: counts, averages, groups."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from tests.simulator.behaviors import behavior
from tests.simulator.support import NETWORK, Sim, error


def stats(sim: Sim, table: str = "incident", user: str = "ansible", /, **params: object) -> Any:
    answer = sim.get(f"/api/now/stats/{table}", user, **params)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


@pytest.fixture
def numbers(sim: Sim) -> Sim:
    """Four records of their own category, with order 1, 2, 4 and none."""
    for order, group in (("1", NETWORK), ("2", NETWORK), ("4", ""), ("", "")):
        sim.insert("incident", category="numbers", order=order, assignment_group=group)
    return sim


@behavior("Aggregate API", "sysparm_count, with sysparm_query or name-value pairs; numbers are strings")
def test_count(sim: Sim) -> None:
    assert stats(sim, sysparm_count="true") == {"stats": {"count": "7"}}
    assert stats(sim, sysparm_count="true", sysparm_query="number=INC0000055") == {"stats": {"count": "1"}}
    assert stats(sim, sysparm_count="true", number="INC0000055") == {"stats": {"count": "1"}}
    assert int(stats(sim, "task", sysparm_count="true")["stats"]["count"]) == len(sim.dump("task"))
    assert stats(sim) == {"stats": {}}


@behavior("Aggregate API", "sysparm_avg_fields, sum, min and max; unset values do not count")
def test_functions(numbers: Sim) -> None:
    query = {"sysparm_query": "category=numbers", "sysparm_avg_fields": "order,nothing", "sysparm_sum_fields": "order"}
    query |= {"sysparm_min_fields": "order,number,nothing.at.all", "sysparm_max_fields": "order"}
    found = stats(numbers, **query)["stats"]
    first = min(row["number"] for row in numbers.dump("incident", category="numbers"))
    assert found == {
        "avg": {"order": "2.3333"}, "min": {"order": "1", "number": first}, "max": {"order": "4"},
        "sum": {"order": "7"},
    }  # fmt: skip
    empty = stats(numbers, sysparm_query="category=none of it", sysparm_avg_fields="order", sysparm_count="true")
    assert empty == {"stats": {"count": "0", "avg": {"order": ""}}}


@behavior("Aggregate API", "Averages and sums of decimals, booleans and durations", simplified="none of dates")
def test_types(sim: Sim) -> None:
    rows = [
        {"short_description": "T", "active": active, "calendar_duration": f"1970-01-01 00:0{minutes}:00"}
        for active, minutes in (("true", 1), ("false", 2))
    ]
    sim.control("POST", "seed", {"table": "incident", "records": rows}, status=201)
    fields = "active,calendar_duration,opened_at"
    found = stats(sim, sysparm_query="short_description=T", sysparm_sum_fields=fields, sysparm_avg_fields="active")
    assert found["stats"]["avg"] == {"active": "0.5000"}
    assert found["stats"]["sum"] == {"active": "1", "calendar_duration": "1970-01-01 00:03:00", "opened_at": ""}


@behavior("Aggregate API", "sysparm_group_by: a list with groupby_fields, also over references")
def test_groups(sim: Sim) -> None:
    wanted = Counter(row["priority"] for row in sim.dump("incident"))
    found = stats(sim, sysparm_count="true", sysparm_group_by="priority")
    assert {group["groupby_fields"][0]["value"]: group["stats"]["count"] for group in found} == {
        value: str(count) for value, count in wanted.items()
    }
    assert found[0]["groupby_fields"] == [{"field": "priority", "value": found[0]["groupby_fields"][0]["value"]}]
    both = stats(sim, sysparm_count="true", sysparm_group_by="assignment_group.name,active")
    assert [field["field"] for field in both[0]["groupby_fields"]] == ["assignment_group.name", "active"]
    names = [group["groupby_fields"][0]["value"] for group in both]
    assert names == sorted(names)
    assert stats(sim, sysparm_count="true", sysparm_group_by="nothing") == {"stats": {"count": "7"}}
    assert stats(sim, sysparm_query="number=0", sysparm_count="true", sysparm_group_by="priority") == []


@behavior("Aggregate API", "sysparm_display_value of what is grouped by", simplified="minima and maxima stay values")
def test_display_values(sim: Sim) -> None:
    def network(mode: str) -> object:
        query = {"sysparm_query": f"assignment_group={NETWORK}", "sysparm_display_value": mode}
        return stats(sim, sysparm_group_by="assignment_group", **query)[0]["groupby_fields"]

    assert network("false") == [{"field": "assignment_group", "value": NETWORK}]
    assert network("true") == [{"field": "assignment_group", "value": "Network"}]
    assert network("all") == [{"display_value": "Network", "field": "assignment_group", "value": NETWORK}]


@behavior("Aggregate API", "sysparm_having and sysparm_order_by")
def test_having_and_order(numbers: Sim) -> None:
    query = {"sysparm_count": "true", "sysparm_group_by": "order", "sysparm_query": "category=numbers"}

    def values(**more: str) -> list[str]:
        return [group["groupby_fields"][0]["value"] for group in stats(numbers, **query, **more)]

    assert values() == ["", "1", "2", "4"]
    assert values(sysparm_order_by="order^DESC") == ["4", "2", "1", ""]
    assert values(sysparm_order_by="AVG^order^DESC")[:3] == ["4", "2", "1"]
    assert values(sysparm_having="sum^order^>^1") == ["2", "4"]
    assert values(sysparm_having="sum^order^>^1,max^order^<^4") == ["2"]
    assert values(sysparm_having="count^order^=^0") == [""]
    # What cannot be read is left out, as an invalid condition is.
    assert values(sysparm_having="sum^order^;^1,a,avg^nothing^=^1,sum^order^>^x") == ["", "1", "2", "4"]
    query["sysparm_group_by"] = "assignment_group"
    numbers.insert("incident", category="numbers")
    assert values(sysparm_order_by="COUNT") == [NETWORK, ""]
    assert values(sysparm_order_by="COUNT^DESC") == ["", NETWORK]


@behavior("Aggregate API", "Errors: unknown table, no right to read, fields that may not be read")
def test_errors(sim: Sim) -> None:
    assert error(sim.get("/api/now/stats/nothing"))[:2] == (400, "Invalid table nothing")
    assert error(sim.get("/api/now/stats/incident", "joe.employee"))[0] == 403
    answer = sim.get("/api/now/stats/sys_user", "admin", sysparm_query="user_passwordLIKEa", sysparm_count="true")
    assert answer.status_code == 403
    grouped = stats(sim, "sys_user", "admin", sysparm_group_by="user_password", sysparm_max_fields="user_password")
    assert grouped == {"stats": {}}


def test_versions_and_odd_input(sim: Sim) -> None:
    assert sim.get("/api/now/v1/stats/incident", sysparm_count="true").json()["result"]["stats"]["count"] == "7"
    many = ",".join(f"caller_id.f{number}" for number in range(500)) + ",number;DROP TABLE task"
    for name in ("sysparm_group_by", "sysparm_avg_fields", "sysparm_order_by", "sysparm_having"):
        assert stats(sim, **{name: many, "sysparm_count": "true"}) == {"stats": {"count": "7"}}
