# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_change_template_info: which standard change templates it finds, and what they set."""

from __future__ import annotations

from typing import Any

import pytest
from tests.integration.helpers import Instance, refusal, snow, unfailing

SWITCH, VALUES = "92b8544047810200e90d87e8dee490b0", "1c8e02ec47410200e90d87e8dee49057"


def templates(**options: Any) -> dict[str, Any]:
    return snow("snow_change_template_info", **options)


def names(result: dict[str, Any]) -> list[str]:
    return [template["name"] for template in result["templates"]]


def test_which_templates(instance: Instance, in_process: bool) -> None:
    """By sys_id, name in any case, conditions, and whether they are in use; each for one request."""
    everything = sorted(row["name"] for row in instance.rows("std_change_record_producer"))
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({}, everything),
        ({"sys_id": SWITCH.upper()}, ["Add network switch to datacenter cabinet"]),
        ({"sys_id": "0" * 32}, []),
        ({"name": "reboot a SERVER"}, ["Reboot a server"]),
        ({"active": False}, ["Old template"]),
        ({"query": {"category": "Network"}, "order_by": ["-name"]},
         ["Clear BGP sessions on a Cisco router", "Add network switch to datacenter cabinet"]),
        ({"query": "category=Hardware", "active": True}, ["Reboot a server"]),
        ({"limit": 1, "offset": 1}, everything[1:2]),
        ({"text_search": "switch"}, ["Add network switch to datacenter cabinet"]),
    ]  # fmt: skip
    cases = cases if in_process else cases[:3]
    instance.read_only()
    results = unfailing(instance.run(*(templates(**options) for options, _ in cases), in_process=in_process))
    for (options, expected), result in zip(cases, results, strict=True):
        assert names(result) == expected, options
        assert ("template" in result) == (len(expected) == 1)
        assert (result["changed"], result["requests"]) == (False, 1)
    template = results[1]["template"]
    assert template["template"] == {"name": "Add network switch to datacenter cabinet", "sys_id": VALUES}
    assert (template["sys_id"], template["active"]) == (SWITCH, True)
    assert "values" not in template
    assert template["record"]["category"] == "Network"


@pytest.mark.parametrize("no_rows", [False, True], ids=["condition_dropped", "no_rows"])
def test_columns_that_the_instance_does_not_know(instance: Instance, no_rows: bool) -> None:
    """All templates, or none, are not what was asked for; of other records it costs one request to know."""
    instance.control("PUT", "settings", {"invalid_query_returns_no_rows": no_rows, "list_meta": False})
    asked: list[dict[str, Any]] = [
        {"query": {"shoe_size": 44}},
        {"query": {"template.shoe_size": 44}, "active": True},
        {"filters": {"shoe_size": 44}},
    ]
    *outcomes, walked = instance.run(
        *(templates(**options) for options in asked), templates(query={"template.table": "change_request"})
    )
    for options, outcome in zip(asked, outcomes, strict=True):
        assert "std_change_record_producer shows no column" in refusal(outcome, "invalid_usage"), options
    (result,) = unfailing([walked])
    assert (bool(result["templates"]), result["requests"]) == (True, 2)


def test_filters_and_exactly_one(instance: Instance) -> None:
    """By what is displayed, in one request; where exactly one is wanted, none and several are failures that say so."""
    one, none, several = instance.run(
        templates(filters={"template": "Reboot a server", "category": "Hardware"}, active=True, exactly_one=True),
        templates(name="Nothing", exactly_one=True, include=["values"]),
        templates(filters={"category": "Network"}, exactly_one=True),
    )
    assert unfailing([one])[0]["template"]["name"] == "Reboot a server"
    assert one.result["requests"] == 1
    refusal(none, "no_results")
    assert "Clear BGP sessions on a Cisco router" in refusal(several, "multiple_results")


def test_values(instance: Instance) -> None:
    """What a change gets costs one request for all templates; one without a record of values sets nothing."""
    instance.seed("std_change_record_producer", {"name": "Empty", "short_description": "Sets nothing"})
    tasks = templates(include=["values"]), templates(name="Nothing", include=["values"])
    every, nothing = unfailing(instance.run(*tasks))
    found = {each["name"]: each["values"] for each in every["templates"]}
    assert found["Reboot a server"]["test_plan"] == "Ping"
    assert found["Old template"] == found["Reboot a server"]
    assert found["Add network switch to datacenter cabinet"]["assignment_group"] == "287ebd7da9fe198100f92cc8d1d2154e"
    assert found["Empty"] == {}
    assert (every["requests"], nothing["requests"], nothing["templates"]) == (2, 1, [])
    instance.fault({"status": 403}, path="/sys_template")
    (outcome,) = instance.run(templates(include=["values"]))
    refusal(outcome, "forbidden")


def test_what_is_refused(instance: Instance) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        *(({name: value}, name) for name in ("sys_id", "name") for value in (None, "", "None", "null")),
        ({"sys_id": SWITCH, "active": True}, "mutually exclusive"),
        ({"query": None}, "query is null"),
        ({"filters": {"category": "x"}, "query": "active=true"}, "mutually exclusive"),
        ({"exactly_one": True, "offset": 1}, "exactly_one"),
        ({"include": ["everything"]}, "everything"),
        ({"offset": -1}, "offset"),
    ]
    for (options, words), outcome in zip(cases, instance.run(*(templates(**case) for case, _ in cases)), strict=True):
        assert outcome.failed, options
        assert words in str(outcome.result["msg"]), options
    assert instance.requests() == []
