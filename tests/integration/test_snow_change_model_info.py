# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_change_model_info: which models it finds, and what they preset."""

from __future__ import annotations

from typing import Any

import pytest
from tests.integration.helpers import Instance, login, refusal, snow, unfailing

NORMAL = "007c4001c343101035ae3f52c1d3aeb2"


def models(**options: Any) -> dict[str, Any]:
    return snow("snow_change_model_info", **options)


def names(result: dict[str, Any]) -> list[str]:
    return [model["name"] for model in result["models"]]


def test_which_models(instance: Instance, in_process: bool) -> None:
    """By sys_id, name in any case, conditions, and whether they are in use; each for one request."""
    instance.seed("chg_model", {"name": "Retired", "active": "false", "available_in_ui": "false"})
    rows = instance.rows("chg_model")
    everything = sorted(row["name"] for row in rows)
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({}, everything),
        ({"sys_id": NORMAL.upper()}, ["Normal"]),
        ({"sys_id": "0" * 32}, []),
        ({"name": "NORMAL"}, ["Normal"]),
        ({"name": "Nothing"}, []),
        ({"active": False}, ["Retired"]),
        ({"active": True, "available_in_ui": True},
         sorted(row["name"] for row in rows if (row["active"], row["available_in_ui"]) == ("true", "true"))),
        ({"query": {"name": {"contains": "orma"}}}, ["Normal"]),
        ({"query": "nameSTARTSWITHE^ORDERBYDESCname", "active": True}, ["Emergency"]),
        ({"order_by": ["-name"], "limit": 2, "offset": 1}, everything[::-1][1:3]),
        ({"text_search": "emergency"}, ["Emergency"]),
    ]  # fmt: skip
    # Ordinary modules cost half a second each.
    cases = cases if in_process else cases[:4]
    instance.read_only()
    results = unfailing(instance.run(*(models(**options) for options, _ in cases), in_process=in_process))
    for (options, expected), result in zip(cases, results, strict=True):
        assert names(result) == expected, options
        assert ("model" in result) == (len(expected) == 1)
        assert (result["changed"], result["requests"]) == (False, 1)
    (model,) = results[1]["models"]
    assert model == results[1]["model"] == results[3]["model"]
    assert (model["sys_id"], model["preset"]) == (NORMAL, {"type": "normal"})
    assert [model[flag] for flag in ("active", "available_in_ui", "default")] == [True] * 3
    assert (model["record"]["color"], model["display"]["name"]) == ("#278efc", "Normal")
    paths = {request.path for request in instance.requests()}
    assert paths >= {"/api/sn_chg_rest/change/model", f"/api/sn_chg_rest/change/model/{NORMAL}"}


def test_what_is_refused(instance: Instance) -> None:
    """What an unset variable leaves, and ways that exclude each other: before any request."""
    cases: list[tuple[dict[str, Any], str]] = [
        *(({name: value}, name) for name in ("sys_id", "name") for value in (None, "", "None", "null")),
        ({"sys_id": "Normal"}, "Normal"),
        ({"sys_id": NORMAL, "name": "Normal"}, "mutually exclusive"),
        ({"sys_id": NORMAL, "limit": 1}, "mutually exclusive"),
        ({"active": None}, "active is null"),
        ({"query": ""}, "query is empty"),
        ({"filters": {}}, "filters is empty"),
        ({"filters": None}, "filters is null"),
        ({"filters": {"name": "Normal"}, "name": "Normal"}, "name stands in filters"),
        ({"filters": {"name": "Normal"}, "query": "active=true"}, "mutually exclusive"),
        ({"filters": {"name": "Normal"}, "order_by": ["-name"]}, "descending"),
        ({"sys_id": NORMAL, "filters": {"name": "Normal"}}, "mutually exclusive"),
        ({"exactly_one": True, "limit": 2}, "exactly_one"),
        ({"limit": 0}, "limit"),
        ({"order_by": ["color;"]}, "color;"),
    ]
    for (options, words), outcome in zip(cases, instance.run(*(models(**case) for case, _ in cases)), strict=True):
        assert outcome.failed, options
        assert words in str(outcome.result["msg"]), options
    assert instance.requests() == []


@pytest.mark.parametrize("no_rows", [False, True], ids=["condition_dropped", "no_rows"])
def test_columns_that_the_instance_does_not_know(instance: Instance, no_rows: bool) -> None:
    """All models, or none, are not what was asked for."""
    instance.control("PUT", "settings", {"invalid_query_returns_no_rows": no_rows})
    asked: list[dict[str, Any]] = [
        {"query": {"shoe_size": 44}},
        {"query": "shoe_size=44", "active": True},
        {"query": {"sys_package.shoe_size": 44}, "order_by": ["name"]},
        {"filters": {"shoe_size": 44}, "active": True},
        *([] if no_rows else [{"order_by": ["-shoe_size"]}]),
    ]
    for options, outcome in zip(asked, instance.run(*(models(**options) for options in asked)), strict=True):
        assert "chg_model shows no column" in refusal(outcome, "invalid_usage"), options
    (shown,) = unfailing(instance.run(models(query={"table_name": "change_request"}, order_by=["-color"])))
    assert (len(shown["models"]), shown["requests"]) == (len(instance.rows("chg_model")), 1)


def test_filters_and_exactly_one(instance: Instance) -> None:
    """By what is displayed, in one request; where exactly one is wanted, none and several are failures that say so."""
    rows = instance.rows("chg_model")
    default, none, several, by_id, nowhere = instance.run(
        models(filters={"default_change_model": True}, active=True, exactly_one=True),
        models(name="Nothing", exactly_one=True),
        models(filters={"active": "true"}, order_by=["name"], exactly_one=True),
        models(sys_id=NORMAL, exactly_one=True),
        models(sys_id="0" * 32, exactly_one=True),
    )
    assert [result["model"]["name"] for result in unfailing([default, by_id])] == ["Normal"] * 2
    assert [outcome.result["requests"] for outcome in (default, by_id)] == [1, 1]
    for outcome in (none, nowhere):
        assert "no record of chg_model" in refusal(outcome, "no_results")
    assert sorted(row["name"] for row in rows)[0] in refusal(several, "multiple_results")
    assert "models" not in several.result


def test_who_may_read(instance: Instance) -> None:
    read, refused = instance.run(*({**models(), "environment": login(user)} for user in ("auditor", "joe.employee")))
    assert unfailing([read])[0]["models"]
    refusal(refused, "forbidden")
