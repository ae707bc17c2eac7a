# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_record_info: what is found, how it is shown, what it costs; and what is not taken for an answer."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from tests.integration.helpers import Instance, Outcome, login, refusal, snow, unfailing

from ansible_collections.changegate.snow.plugins.modules import snow_record_info

NUMBERED = {"correlation_id": {"starts_with": "info-"}}


def info(table: str = "incident", **options: Any) -> dict[str, Any]:
    return snow("snow_record_info", table=table, **options)


def seed(instance: Instance) -> None:
    """Six incidents: 0 to 5, of three priorities in turn, the first two of Hardware."""
    (hardware,) = [row["sys_id"] for row in instance.rows("sys_user_group", name="Hardware")]
    (abel,) = [row["sys_id"] for row in instance.rows("sys_user", user_name="abel.tuter")]
    instance.seed(
        "incident",
        *[
            {
                "number": f"INC008000{n}",
                "correlation_id": f"info-{n}",
                "short_description": f"Info {n}, ^ and more",
                "priority": str(1 + n % 3),
                "state": str(1 + n % 2),
                "reassignment_count": str(n),
                "opened_at": f"2026-0{n + 1}-01 08:00:00",
                "caller_id": abel,
                **({"assignment_group": hardware} if n < 2 else {}),
            }
            for n in range(6)
        ],
    )


def ids(result: dict[str, Any]) -> list[str]:
    return [record["correlation_id"][len("info-") :] for record in result["records"]]


def test_queries(instance: Instance) -> None:
    """Conditions of every form, encoded ones, orders, limits and offsets find what they say, in one request."""
    seed(instance)
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"query": NUMBERED}, ["0", "1", "2", "3", "4", "5"]),
        ({"query": "correlation_idSTARTSWITHinfo-^priority=1"}, ["0", "3"]),
        ({"query": {**NUMBERED, "priority": [1, 2]}}, ["0", "1", "3", "4"]),
        ({"query": {**NUMBERED, "opened_at": {"after": "2026-02-15", "before": "2026-05-01T00:00:00Z"}}}, ["2", "3"]),
        ({"query": {**NUMBERED, "or": [{"priority": 3}, {"state": 1, "reassignment_count": {"greater_than": 3}}]}},
         ["2", "4", "5"]),
        ({"query": {**NUMBERED, "assignment_group": None}}, ["2", "3", "4", "5"]),
        ({"query": {**NUMBERED, "short_description": {"all": [{"contains": "3, ^"}, {"contains": "Info"}]}}}, ["3"]),
        ({"query": {"Correlation_ID": "info-4"}}, ["4"]),
        ({"query": NUMBERED, "order_by": ["-priority", "opened_at"]}, ["2", "5", "1", "4", "0", "3"]),
        ({"query": {**NUMBERED}, "order_by": ["-number"], "limit": 2, "offset": 1}, ["4", "3"]),
        ({"query": "correlation_idSTARTSWITHinfo-^ORDERBYDESCnumber", "limit": 1}, ["5"]),
        ({"number": "INC0080003"}, ["3"]),
        ({"query": {**NUMBERED, "priority": 9}}, []),
    ]  # fmt: skip
    labels: list[tuple[dict[str, Any], list[str]]] = [
        ({"query": {**NUMBERED, "state": ["new"]}}, ["0", "2", "4"]),
        ({"query": {**NUMBERED, "state": {"not_equals": "In Progress"}, "priority": "1 - critical"}}, ["0"]),
    ]
    walked: list[tuple[dict[str, Any], list[str]]] = [
        ({"query": {**NUMBERED, "assignment_group.name": "Hardware"}}, ["0", "1"]),
        ({"query": NUMBERED, "order_by": ["assignment_group.name", "-number"], "limit": 1}, ["5"]),
    ]
    all_cases = [*cases, *labels, *walked]
    results = unfailing(instance.run(*(info(**options) for options, _found in all_cases)))
    for (options, found), result in zip(all_cases, results, strict=True):
        # Without an order, the instance's is by sys_id.
        assert (ids(result) if "ORDER" in str(options).upper() else sorted(ids(result))) == found, options
        assert result["count"] == len(found)
        assert ("record" in result) == (len(found) == 1)
        assert not result["changed"]
    costs = [result["requests"] for result in results]
    assert costs == [1] * len(cases) + [2] * len(labels) + [1] * len(walked)


def test_states_of_changes_by_label(instance: Instance) -> None:
    """As the documentation shows it; states of changes cost no request more."""
    (found,) = unfailing(instance.run(info("change_request", query={"state": ["new", "Assess"]}, fields=["state"])))
    rows = [row for row in instance.rows("change_request") if row["state"] in ("-5", "-4")]
    assert (found["count"], found["requests"]) == (len(rows), 1)


def test_a_word_that_is_no_choice(instance: Instance) -> None:
    """It would find nothing, and a play that waits for nothing would go on."""
    tasks = [
        info("change_request", query={"state": "Implment"}, count_only=True),
        info(query={"state": ["New", "In Progres"]}),
        info(query={"priority": {"not_equals": "Urgent"}}),
    ]
    expected = [("Implment", "implement"), ("In Progres", "in progress"), ("Urgent", "1 - critical")]
    for outcome, words in zip(instance.run(*tasks), expected, strict=True):
        message = refusal(outcome, "invalid_usage")
        assert all(word in message for word in words), message


def test_what_is_shown(instance: Instance, in_process: bool) -> None:
    """Fields, of other records too; values, display values or both; and what no record shows is warned about."""
    seed(instance)
    fields = ["number", "caller_id", "caller_id.email", "priority", "opened_at"]
    one: dict[str, Any] = {"query": {"correlation_id": "info-0"}, "fields": fields}
    values, display, both, some, whole = unfailing(
        instance.run(
            *(info(**one, display_value=mode) for mode in ("values", "display", "both")),
            info(query={"correlation_id": "info-0"}, fields=["Number", "shoe_size"]),
            info(query={"correlation_id": "info-0"}),
            in_process=in_process,
            environ=login("ines.itilson"),
        )
    )
    (abel,) = instance.rows("sys_user", user_name="abel.tuter")
    expected = {"number": "INC0080000", "caller_id": abel["sys_id"], "caller_id.email": abel["email"],
                "priority": "1", "opened_at": "2026-01-01 08:00:00"}  # fmt: skip
    assert values["record"] == values["records"][0] == expected
    assert display["record"]["caller_id"] == "Abel Tuter"
    assert display["record"]["priority"] == "1 - Critical"
    assert {name: cell["value"] for name, cell in both["record"].items()} == expected
    assert {name: cell["display_value"] for name, cell in both["record"].items()} == display["record"]
    assert some["record"] == {"number": "INC0080000"}
    assert any("shoe_size" in line for line in some["warnings"])
    assert len(whole["record"]) > 50
    assert whole["record"]["caller_id"] == abel["sys_id"]


@pytest.mark.parametrize("no_rows", [False, True], ids=["condition_dropped", "no_rows"])
def test_unknown_columns_of_a_query(instance: Instance, no_rows: bool) -> None:
    """An instance that drops what it does not know finds everything, or nothing: neither is taken for the answer."""
    instance.control("PUT", "settings", {"invalid_query_returns_no_rows": no_rows})
    bad = {"shoe_size": 44}
    tasks = [
        info(query=bad),
        info(query="active=true^shoe_size=44"),
        info(query={"or": [bad, {"priority": 1}]}, fields=["number"]),
        info(query={"caller_id.shoe_size": 44}),
        info(query={"caller_id.shoe_size": 44}, fields=["number"]),
        info(query={"priority": {"same_as": "shoe_size"}}),
        info(query=bad, count_only=True),
        info(query=bad, aggregate={"group_by": ["priority"]}),
        info(query=bad, exactly_one=True),
        info("cmdb_ci_server", query=bad),
    ]
    for outcome in instance.run(*tasks):
        assert "shoe_size" in refusal(outcome, "invalid_usage")
    orders = [info(limit=5, order_by=["shoe_size"]), info(query={"active": True}, order_by=["-shoe_size"])]
    elsewhere = [
        info(query={"risk": 2}, count_only=True),
        info("change_request", query={"caller_id": {"empty": False}}, count_only=True),
    ]
    if not no_rows:
        columns = ["shoe_size", "shoe_size", "risk", "caller_id"]
        for outcome, column in zip(instance.run(*orders, *elsewhere), columns, strict=True):
            assert column in refusal(outcome, "invalid_usage")


def test_numbers(instance: Instance) -> None:
    """Counts, and sums, averages and extremes of groups, as the simulator's own rows have them."""
    seed(instance)
    aggregate = {"group_by": ["priority"], "sum": ["reassignment_count"], "avg": ["reassignment_count"],
                 "min": ["opened_at"], "max": ["opened_at", "reassignment_count"]}  # fmt: skip
    nothing = {"correlation_id": "no such", "made_sla": True}
    counted, everything, grouped, total, none, no_groups, no_total, walked = unfailing(
        instance.run(
            info(query=NUMBERED, count_only=True),
            info(count_only=True),
            info(query=NUMBERED, aggregate=aggregate),
            info(query=NUMBERED, aggregate={"sum": ["reassignment_count"]}),
            info(query={"correlation_id": "no such"}, count_only=True),
            info(query={"correlation_id": "no such"}, aggregate=aggregate),
            info(query=nothing, aggregate={"sum": ["reassignment_count"]}),
            info(query=NUMBERED, aggregate={"group_by": ["assignment_group", "caller_id.name"]}),
        )
    )
    assert (counted["count"], counted["requests"]) == (6, 1)
    assert everything["count"] == len(instance.rows("incident"))
    assert "records" not in counted
    assert (none["count"], no_groups["count"], no_groups["groups"]) == (0, 0, [])
    first = grouped["groups"][0]
    assert (first["group"], first["display"], first["count"]) == ({"priority": "1"}, {"priority": "1 - Critical"}, 2)
    assert (first["sum"], first["avg"]) == ({"reassignment_count": 3}, {"reassignment_count": 1.5})
    assert first["min"] == {"opened_at": "2026-01-01 08:00:00"}
    assert first["max"] == {"opened_at": "2026-04-01 08:00:00", "reassignment_count": 3}
    assert (grouped["count"], grouped["requests"], len(grouped["groups"])) == (6, 1, 3)
    assert total["groups"] == [{"group": {}, "display": {}, "count": 6, "sum": {"reassignment_count": 15}}]
    assert no_total["groups"] == [{"group": {}, "display": {}, "count": 0, "sum": {"reassignment_count": None}}]
    assert [(group["display"]["assignment_group"], group["count"]) for group in walked["groups"]] == [
        ("", 4), ("Hardware", 2),
    ]  # fmt: skip
    assert walked["groups"][1]["group"]["caller_id.name"] == "Abel Tuter"


def test_one_and_no_other(instance: Instance) -> None:
    """exactly_one fails with none and with several, which it names; an identity stands for one in any case."""
    seed(instance)
    (sys_id,) = [row["sys_id"] for row in instance.rows("incident", correlation_id="info-1")]
    instance.seed("incident", {"number": "INC0080001", "correlation_id": "twin"})
    one, by_id, none, several, twins, nowhere, nobody = instance.run(
        info(query={"correlation_id": "info-2"}, exactly_one=True),
        info(sys_id=sys_id.upper(), fields=["number"], exactly_one=True),
        info(query={"correlation_id": "no such"}, exactly_one=True),
        info(query=NUMBERED, exactly_one=True),
        info(number="INC0080001"),
        info(number="INC9999999"),
        info(number="INC9999999", exactly_one=True),
    )
    assert one.result["record"]["number"] == "INC0080002"
    assert by_id.result["record"] == {"number": "INC0080001"}
    refusal(none, "no_results")
    assert "INC0080004" in refusal(several, "multiple_results")
    refusal(twins, "multiple_results")
    assert unfailing([nowhere])[0]["records"] == []
    refusal(nobody, "no_results")


def test_what_is_refused(instance: Instance) -> None:
    """What would find everything unasked, or makes no sense together, is refused before any request."""
    query = {"active": True}
    cases: list[tuple[dict[str, Any], str]] = [
        ({}, "whole table"),
        ({"query": {}}, "query is empty"), ({"query": ""}, "query is empty"), ({"query": None}, "query is empty"),
        ({"query": " ", "limit": 5}, "query is empty"), ({"query": 5}, "columns and their conditions"),
        ({"query": ["active=true"]}, "columns and their conditions"),
        ({"query": "activetrue"}, "activetrue"), ({"query": "NUMBER=x"}, "NUMBER=x"),
        ({"query": {"priority": {"more": 3}}}, "more"), ({"query": {"priority": []}}, "empty list"),
        ({"query": {"priority": "javascript:gs.sleep(9)"}}, "javascript:"),
        ({"query": {"assignment_group": "Network"}}, "assignment_group.name"),
        ({"query": query, "number": "INC0000055"}, "mutually exclusive"), ({"query": query, "all": True}, "mutually"),
        ({"number": ""}, "number"), ({"number": None}, "number"), ({"sys_id": "None"}, "sys_id"),
        ({"sys_id": "12"}, "not a sys_id"), ({"number": "INC0000055", "limit": 1}, "limit"),
        ({"query": query, "limit": 0}, "limit"), ({"query": query, "offset": -1}, "offset"),
        ({"query": query, "fields": []}, "fields is empty"), ({"query": query, "fields": ["a b"]}, "a b"),
        ({"query": query, "order_by": []}, "order_by is empty"), ({"query": query, "order_by": ["a;b"]}, "a;b"),
        ({"query": query, "order_by": ["number", "-number"]}, "twice"),
        ({"query": "active=true^ORDERBYnumber", "order_by": ["number"]}, "order"),
        ({"query": query, "exactly_one": True, "limit": 1}, "limit"), ({"all": True, "limit": 1}, "limit"),
        ({"query": query, "count_only": True, "fields": ["number"]}, "fields"),
        ({"query": query, "aggregate": {}, "display_value": "both"}, ""),
        ({"query": query, "aggregate": {"group_by": ["priority"]}, "order_by": ["number"]}, "order_by"),
        ({"query": query, "aggregate": {"median": ["x"]}}, "median"), ({"query": query, "display_value": "all"}, "all"),
        ({"query": query, "aggregate": {"sum": ["a b"]}}, "a b"),
    ]  # fmt: skip
    outcomes = instance.run(*(info(**options) for options, _words in cases))
    for (options, words), outcome in zip(cases, outcomes, strict=True):
        assert outcome.failed, options
        assert words in outcome.result["msg"], outcome.result["msg"]
        assert "\n" not in outcome.result["msg"]
    assert instance.requests() == []
    unknown, forbidden, table = instance.run(
        info(query=query, aggregate={"sum": ["shoe_size"]}),
        {**info("change_request", limit=1), "environment": login("joe.employee")},
        info("u_shoes", all=True),
    )
    assert "shoe_size" in refusal(unknown, "invalid_usage")
    refusal(forbidden, "forbidden")
    assert "u_shoes" in refusal(table, "response")


def test_long_lists(instance: Instance) -> None:
    """Thousands come in pages, each once; the whole table if that is asked for; on a bad day too."""
    instance.seed("incident", *[{"correlation_id": f"page-{n}"} for n in range(2300)])
    query = {"correlation_id": {"starts_with": "page-"}}
    instance.fault({"status": 503}, method="GET", path="/api/now/table/incident", count=1)
    paged, whole, long = unfailing(
        instance.run(
            info(query=query, fields=["correlation_id"]),
            info(all=True, fields=["sys_id"]),
            info(query={"correlation_id": [f"page-{n}" for n in range(300)]}, fields=["number"]),
        )
    )
    assert len({record["correlation_id"] for record in paged["records"]}) == paged["count"] == 2300
    assert paged["requests"] == 3 + 1
    assert whole["count"] == len(instance.rows("incident"))
    assert long["count"] == 300


def test_the_examples(instance: Instance) -> None:
    """They are run as they stand."""
    played = instance.play(*yaml.safe_load(snow_record_info.EXAMPLES))
    assert played.code == 0, played.output
    results = [outcome.result for outcome in played.of("snow_record_info")]
    assert results[1]["record"]["name"]["value"] == "web-01"
    assert results[-1]["groups"]
    assert instance.writes() == []


def test_check_mode_reads_all_the_same(instance: Instance) -> None:
    outcomes: list[Outcome] = instance.run(info(number="INC0000055"), info(number="INC0000055"), check=True)
    assert [result["count"] for result in unfailing(outcomes)] == [1, 1]


def test_labels_that_cannot_be_looked_up_now(instance: Instance) -> None:
    """A label that goes out as it is finds nothing, which would pass for an answer."""
    instance.fault({"status": 503}, path="/table/sys_choice")
    (outcome,) = instance.run(info(query={"category": "Database"}, limit=5))
    assert (outcome.failed, outcome.result["error"]["status"]) == (True, 503)


def test_labels_of_the_nearest_list(instance: Instance) -> None:
    """A table with a list of its own has no choices of the list that other tasks have."""
    known, strange = instance.run(info(query={"state": "In Progress"}), info(query={"state": "Closed Skipped"}))
    assert {row["state"] for row in unfailing([known])[0]["records"]} == {"2"}
    assert "Closed Skipped" in refusal(strange, "invalid_usage")
