# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_change_info: which changes it finds, what belongs to them, and that it never writes."""

from __future__ import annotations

from typing import Any

import requests
from tests.integration.helpers import Instance, login, password_of, refusal, snow, unfailing

CLEAR_BGP = "1766f1de47410200e90d87e8dee490f6"
FIREWALL = "afbffb24b758230096c3e4f6ee11a972"
PARTS = ["tasks", "approvals", "attachments", "affected_cis", "next_states"]


def info(**options: Any) -> dict[str, Any]:
    return snow("snow_change_info", **options)


def numbers(result: dict[str, Any]) -> list[str]:
    return [change["record"]["number"] for change in result["changes"]]


def test_by_identity(instance: Instance) -> None:
    """One change by number, sys_id in any case or correlation ID, with its values as they are documented."""
    instance.seed("change_request", {"sys_id": CLEAR_BGP, "correlation_id": "bgp"})
    ways = ({"number": "CHG0000024"}, {"sys_id": CLEAR_BGP.upper()}, {"correlation_id": "bgp"})
    instance.read_only()
    for result in unfailing(instance.run(*(info(**way) for way in ways))):
        assert result["changed"] is False
        assert result["diff"] == {"before": {}, "after": {}}
        assert numbers(result) == ["CHG0000024"]
        assert result["record"] == result["changes"][0]["record"]
        assert (result["record"]["state"], result["display"]["state"]) == ("3", "Closed")
        assert result["display"]["assignment_group"] == "Network"
        assert result["record"]["work_start"] == "2015-07-06 18:56:04"
    assert [request.method for request in instance.requests()] == ["GET"] * 3


def test_by_query(instance: Instance) -> None:
    """A query goes as it stands, sorted and cut off as asked; record is there if there is just one change."""
    network = "assignment_group.name=Network^ORDERBYDESCnumber"
    everything, some, one, of_group = unfailing(
        instance.run(
            info(query="numberSTARTSWITHCHG^ORDERBYnumber"),
            info(query="numberSTARTSWITHCHG^ORDERBYnumber", limit=2),
            info(query="number=CHG0030001"),
            info(query=network),
        )
    )
    assert numbers(everything) == sorted(row["number"] for row in instance.rows("change_request"))
    assert "record" not in everything
    assert numbers(some) == numbers(everything)[:2]
    assert one["record"]["sys_id"] == FIREWALL
    assert numbers(of_group) == ["CHG0030021", "CHG0030001", "CHG0000024"]


def test_nothing_found(instance: Instance) -> None:
    """Where there is nothing the list is empty, the parts cost nothing, and the task is content."""
    nowhere = {"number": "CHG9999999"}, {"sys_id": "0" * 32}, {"correlation_id": "none-yet"}
    ways = *nowhere, {"query": "number=CHG9999999"}
    tasks = [info(**way, include=PARTS) for way in ways]
    for result in unfailing(instance.run(*tasks, *({**task, "check_mode": True} for task in tasks))):
        assert (result["changes"], result["requests"], result["changed"]) == ([], 1, False)
        assert "record" not in result


def test_what_is_refused(instance: Instance) -> None:
    """An identifier that was never set, two ways at once, a limit below one: refused before any request."""
    empty = [{name: value} for name in ("number", "sys_id", "correlation_id") for value in (None, "", "None")]
    others: list[dict[str, Any]] = [
        {"number": "CHG0000024", "query": "active=true"}, {}, {"query": "active=true", "limit": 0},
        {"query": "active=true", "include": ["everything"]}, {"query": None}, {"query": " "},
    ]  # fmt: skip
    outcomes = instance.run(*(info(**options) for options in [*empty, *others]))
    for case, outcome in zip(empty, outcomes, strict=False):
        assert next(iter(case)) in refusal(outcome, "invalid_identity")
    for outcome in outcomes[len(empty) :]:
        assert outcome.failed
        assert "\n" not in str(outcome.result["msg"])
    assert instance.requests() == []


def test_two_with_one_identity(instance: Instance) -> None:
    """Two changes with one correlation ID are named, instead of one of them being returned."""
    twice = {"correlation_id": "twice", "short_description": "Twice"}
    instance.seed("change_request", {"number": "CHG0099001", **twice}, {"number": "CHG0099002", **twice})
    (outcome,) = instance.run(info(correlation_id="twice"))
    assert all(number in refusal(outcome, "multiple_results") for number in ("CHG0099001", "CHG0099002"))


def test_parts(instance: Instance, in_process: bool) -> None:
    """Tasks in their order, approvals, attachments, affected items and next states of each change, and no other's."""
    release = {"correlation_id": "shop", "short_description": "Shop", "assignment_group": "Network"}
    task = {"change_correlation_id": "shop"}
    unfailing(
        instance.run(
            snow("snow_change", **release, state="assess", affected_cis=["web-01", "web-02"]),
            snow("snow_change_task", **task, short_description="Second", order=20),
            snow("snow_change_task", **task, short_description="First", order=10),
        )
    )
    (row,) = instance.rows("change_request", correlation_id="shop")
    attached(instance, row["sys_id"], "plan.txt", b"Deploy it.")
    both = {"query": f"sys_idIN{row['sys_id']},{FIREWALL}^ORDERBYDESCnumber", "include": PARTS}
    (result,) = unfailing(instance.run(info(**both), in_process=in_process))
    shop, firewall = result["changes"]
    assert (shop["record"]["correlation_id"], firewall["record"]["sys_id"]) == ("shop", FIREWALL)
    assert [task["record"]["short_description"] for task in shop["tasks"]] == ["First", "Second"]
    assert [task["record"]["number"] for task in firewall["tasks"]] == ["CTASK0010002"]
    assert shop["tasks"][0]["display"]["state"] == "Pending"
    assert {row["display"]["approver"] for row in shop["approvals"]} == {"Abel Tuter", "Fred Luddy"}
    assert {row["record"]["state"] for row in shop["approvals"]} == {"requested"}
    assert firewall["approvals"] == []
    (file,) = shop["attachments"]
    assert (file["file_name"], int(file["size_bytes"])) == ("plan.txt", 10)
    assert firewall["attachments"] == []
    assert {item["name"] for item in shop["affected_cis"]} == {"web-01", "web-02"}
    assert [item["name"] for item in firewall["affected_cis"]] == ["fw-edge-01"]
    ways = {way["label"]: way for way in shop["next_states"] if not way["available"]}
    assert ways["Authorize"]["unmet"] == ["Change is approved"]
    assert ways["Authorize"]["automatic"] is True
    open_ways = {way["state"] for way in shop["next_states"] if way["available"]}
    assert open_ways == {"-5", "4"}


def attached(instance: Instance, sys_id: str, name: str, content: bytes) -> None:
    parameters = {"table_name": "change_request", "table_sys_id": sys_id, "file_name": name}
    response = requests.post(
        f"{instance.url}/api/now/attachment/file",
        params=parameters,
        data=content,
        headers={"Content-Type": "text/plain"},
        auth=("admin", password_of("admin")),
        timeout=10,
    )
    assert response.status_code == 201


def test_one_request_a_part(instance: Instance) -> None:
    """Each part costs one request for all changes together; items and next states cost one for each change."""
    two = {"query": f"sys_idIN{CLEAR_BGP},{FIREWALL}"}
    costs = {"tasks": 1, "approvals": 1, "attachments": 1, "affected_cis": 2, "next_states": 2}
    options: list[dict[str, Any]] = [two, *({**two, "include": [part]} for part in costs), {**two, "include": PARTS}]
    results = unfailing(instance.run(*(info(**each) for each in options)))
    assert [result["requests"] for result in results] == [1, *(1 + cost for cost in costs.values()), 8]
    assert len(instance.requests()) == sum(result["requests"] for result in results)
    assert len({request.connection for request in instance.requests()}) == len(results)
    assert instance.writes() == []


def test_until_somebody_else_has_approved(instance: Instance) -> None:
    """The documented way to wait: the task is repeated until the approval is there."""
    instance.control("PUT", "settings", {"auto_approve_after": 1})
    change = {"correlation_id": "shop", "short_description": "Shop", "assignment_group": "Network", "state": "assess"}
    wait = {
        **info(correlation_id="shop"), "register": "change", "until": "change.record.approval == 'approved'",
        "retries": 30, "delay": 1,
    }  # fmt: skip
    made, waited = instance.run(snow("snow_change", **change), wait)
    unfailing([made, waited])
    assert waited.result["display"]["state"] == "Scheduled"


def test_a_user_who_may_only_read(instance: Instance) -> None:
    """Reading needs no right to write; who may not read either is told so."""
    task = info(number="CHG0000024", include=["tasks"])
    read, refused = instance.run(*({**task, "environment": login(user)} for user in ("auditor", "joe.employee")))
    unfailing([read])
    refusal(refused, "forbidden")
