# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_change_info: which changes it finds, what belongs to them, and that it never writes."""

from __future__ import annotations

from typing import Any

import pytest
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
    """Each part costs one request for all changes together; conflicts and next states cost one for each change."""
    two = {"query": f"sys_idIN{CLEAR_BGP},{FIREWALL}"}
    costs = {"tasks": 1, "approvals": 1, "attachments": 1, "affected_cis": 1, "next_states": 2}
    options: list[dict[str, Any]] = [two, *({**two, "include": [part]} for part in costs), {**two, "include": PARTS}]
    results = unfailing(instance.run(*(info(**each) for each in options)))
    assert [result["requests"] for result in results] == [1, *(1 + cost for cost in costs.values()), 7]
    assert len(instance.requests()) == sum(result["requests"] for result in results)
    assert len({request.connection for request in instance.requests()}) == len(results)
    assert instance.writes() == []


ITEMS = ["affected_cis", "impacted_services", "service_offerings"]


def test_items_of_several_changes(instance: Instance) -> None:
    """One request a part for three changes, with the same in the same order as of each alone, whatever its own is."""
    changes = instance.seed("change_request", *({"short_description": "Three", "number": f"CHG2{n}"} for n in range(3)))
    names = {"affected_cis": ["web-02", "web-01", "db-01"], "impacted_services": ["Online Shop", "E-mail"],
             "service_offerings": ["Online Shop Europe"]}  # fmt: skip
    columns = {"affected_cis": ("task_ci", "ci_item"), "impacted_services": ("task_cmdb_ci_service", "cmdb_ci_service"),
               "service_offerings": ("task_service_offering", "service_offering")}  # fmt: skip
    for part, (table, column) in columns.items():
        for number, name in enumerate(names[part]):
            # The last change has none.
            rows = [{"task": change, column: name, "sys_id": f"{9 - number}{change[1:]}"} for change in changes[:2]]
            instance.seed(table, *rows)
    instance.clear_log()
    query = {"short_description": "Three"}
    together = info(query=query, order_by="number", include=ITEMS)
    alone = [info(sys_id=change, include=ITEMS) for change in changes]
    first, again, *single = unfailing(instance.run(together, together, *alone))
    assert first["changes"] == again["changes"] == [result["changes"][0] for result in single]
    for part in ITEMS:
        shown = [[item["name"] for item in change[part]] for change in first["changes"]]
        assert shown == [sorted(names[part])] * 2 + [[]]
    assert [result["requests"] for result in (first, again, *single)] == [4, 4, 4, 4, 4]
    # Whoever may not read the tables, or not all of their rows, gets the same from the Change Management API.
    instance.fault({"status": 403}, path="/table/task_ci", count=1)
    instance.fault({"status": 400}, path="/table/task_service_offering", count=1)
    short = {"status": 200, "body": {"result": []}, "headers": {"X-Total-Count": "1"}}
    instance.fault(short, path="/table/task_cmdb_ci_service")
    (result,) = unfailing(instance.run(together))
    assert result["changes"] == first["changes"]
    assert sum("/ci" in request.path for request in instance.requests()[-result["requests"] :]) == 9


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


# Which changes --------------------------------------------------------------------------------------------


def test_conditions(instance: Instance, in_process: bool) -> None:
    """Plain data, types, models, words and name-value pairs find what the instance itself would say."""
    rows = instance.rows("change_request")
    by_type = {kind: {row["number"] for row in rows if row["type"] == kind} for kind in ("normal", "standard")}
    network = {row["number"] for row in rows if row["assignment_group"] == "287ebd7da9fe198100f92cc8d1d2154e"}
    closed = {row["number"] for row in rows if row["state"] == "3"}
    cases: list[tuple[dict[str, Any], set[str]]] = [
        ({"query": {"state": "Closed"}}, closed),
        ({"query": {"state": ["new", "closed"], "assignment_group.name": "Network"}},
         {row["number"] for row in rows if row["state"] in ("3", "-5")} & network),
        ({"query": {"state": {"not_in": ["closed", "Canceled"]}}},
         {row["number"] for row in rows if row["state"] not in ("3", "4")}),
        ({"query": {"or": [{"state": "closed"}, {"assignment_group.name": "Network"}]}}, closed | network),
        ({"query": {"number": {"starts_with": "CHG"}}, "type": "normal"}, by_type["normal"]),
        ({"type": "standard"}, by_type["standard"]),
        ({"type": "normal", "filters": {"assignment_group": "Network"}}, by_type["normal"] & network),
        ({"filters": {"state": "Closed"}}, closed),
        ({"filters": {"state": 3, "assignment_group": "Network"}}, closed & network),
        ({"model": "Normal"}, {row["number"] for row in rows if row["chg_model"] == NORMAL}),
        ({"model": NORMAL.upper(), "query": "state=3^NQstate=-5"},
         {row["number"] for row in rows if row["chg_model"] == NORMAL and row["state"] in ("3", "-5")}),
        ({"model": "Normal", "filters": {"assignment_group": "Network"}},
         {row["number"] for row in rows if row["chg_model"] == NORMAL} & network),
        ({"text_search": "BGP"}, {row["number"] for row in rows if "BGP" in row["short_description"]}),
        ({"text_search": "BGP", "query": {"state": "new"}}, set()),
    ]  # fmt: skip
    # Ordinary modules cost half a second each.
    cases = cases if in_process else cases[4:7]
    results = unfailing(instance.run(*(info(**options) for options, _ in cases), in_process=in_process))
    for (options, expected), result in zip(cases, results, strict=True):
        assert set(numbers(result)) == expected, options
        assert (result["requests"], result["count"]) == (1, len(expected)), options
    paths = {request.path.removeprefix("/api/sn_chg_rest/change") for request in instance.requests()}
    assert paths >= {"/normal", "/standard"}


NORMAL = "007c4001c343101035ae3f52c1d3aeb2"


def test_identity_and_type(instance: Instance) -> None:
    """A change of another type is not found, by whatever it is named."""
    ways = ({"number": "CHG0000024"}, {"sys_id": CLEAR_BGP})
    kind = instance.rows("change_request", sys_id=CLEAR_BGP)[0]["type"]
    other = "emergency"
    results = unfailing(instance.run(*(info(**way, type=each) for way in ways for each in (kind, other))))
    assert [numbers(result) for result in results] == [["CHG0000024"], []] * 2
    assert {request.path.split("/")[4] for request in instance.requests()} == {kind, other}


def test_order_limit_offset_fields(instance: Instance) -> None:
    """Sorted by several columns, a part of the list, and only some columns of it."""
    rows = sorted(instance.rows("change_request"), key=lambda row: row["number"], reverse=True)
    expected = [row["number"] for row in rows]
    everything = {"number": {"starts_with": "CHG"}}
    by_pairs = {"filters": {"assignment_group": "Network"}, "order_by": "number"}
    sorted_, part, fewer, paired, unknown = unfailing(
        instance.run(
            info(query=everything, order_by=["-number", "sys_id"]),
            info(query=everything, order_by=["-number"], limit=2, offset=1),
            info(query=everything, order_by=["-number"], limit=1, fields=["number", "state", "number"]),
            info(**by_pairs),
            info(number="CHG0000024", fields=["number", "shoe_size"], include=["tasks"]),
        )
    )
    assert numbers(sorted_) == expected
    assert numbers(part) == expected[1:3]
    (change,) = fewer["changes"]
    assert change["record"].keys() == change["display"].keys() == {"number", "state"} == fewer["record"].keys()
    assert numbers(paired) == sorted(numbers(paired))
    assert "shoe_size" in unknown["warnings"][0]
    assert (unknown["record"], unknown["changes"][0]["tasks"]) == ({"number": "CHG0000024"}, [])


def test_count_and_exactly_one(instance: Instance) -> None:
    """Their number costs one request; where exactly one is wanted, none and several are failures that say so."""
    total = len(instance.rows("change_request"))
    network = {"assignment_group.name": "Network"}
    many, typed, words, one, none, two, nobody = instance.run(
        info(query={"number": {"starts_with": "CHG"}}, count_only=True),
        info(query=network, type="normal", model="Normal", count_only=True),
        info(text_search="BGP", count_only=True),
        info(query={"number": "CHG0000024"}, exactly_one=True),
        info(query={"number": "CHG9999999"}, exactly_one=True),
        info(query=network, exactly_one=True),
        info(number="CHG9999999", exactly_one=True),
    )
    counted = unfailing([many, typed, words])
    assert [(result["changes"], result["requests"]) for result in counted] == [([], 1)] * 3
    assert many.result["count"] == total
    assert 0 < typed.result["count"] < total
    assert words.result["count"] == 1
    assert unfailing([one])[0]["record"]["number"] == "CHG0000024"
    refusal(none, "no_results")
    assert "CHG9999999" in refusal(nobody, "no_results")
    assert "CHG0030001" in refusal(two, "multiple_results")
    assert two.result["changes"] == []


def test_more_that_is_refused(instance: Instance) -> None:
    """What makes no sense, or would find everything by mistake, is refused before any request."""
    cases: list[tuple[dict[str, Any], str]] = [
        ({"type": None}, "type"),
        ({"model": ""}, "model"),
        ({"model": None}, "model is null"),
        ({"query": {}}, "query is empty"),
        ({"query": []}, "list"),
        ({"query": {"state": {"like": 1}}}, "like"),
        ({"query": {"description": "javascript:gs.getUserID()"}}, "javascript"),
        ({"filters": {}}, "filters is empty"),
        ({"filters": {"state": ["new"]}}, "state"),
        ({"filters": {"sysparm_limit": 1}}, "sysparm_limit"),
        ({"filters": {"chg_model": "x"}, "model": "Normal"}, "chg_model"),
        ({"filters": {"state": 3}, "query": "state=3"}, "mutually exclusive"),
        ({"filters": {"state": 3}, "order_by": "-number"}, "descending"),
        ({"text_search": " "}, "text_search"),
        ({"text_search": "a^b"}, "holds '^'"),
        ({"type": "normal", "offset": -1}, "offset"),
        ({"type": "normal", "order_by": "number desc"}, "number desc"),
        ({"type": "routine"}, "routine"),
        ({"number": "CHG0000024", "model": "Normal"}, "mutually exclusive"),
        ({"number": "CHG0000024", "offset": 1}, "mutually exclusive"),
        ({"number": "CHG0000024", "fields": ["assignment_group.name"]}, "assignment_group.name"),
        ({"number": "CHG0000024", "count_only": True}, "count_only"),
        ({"type": "normal", "count_only": True, "include": ["tasks"]}, "count_only"),
        ({"type": "normal", "exactly_one": True, "limit": 3}, "exactly_one"),
    ]
    for (options, words), outcome in zip(cases, instance.run(*(info(**options) for options, _ in cases)), strict=True):
        assert outcome.failed, options
        assert words in str(outcome.result["msg"]), options
    assert instance.requests() == []


@pytest.mark.parametrize("no_rows", [False, True], ids=["condition_dropped", "no_rows"])
def test_columns_that_the_instance_does_not_know(instance: Instance, no_rows: bool) -> None:
    """An instance drops what it does not know and finds everything, or finds nothing: neither is the answer."""
    instance.control("PUT", "settings", {"invalid_query_returns_no_rows": no_rows, "list_meta": False})
    bad, walked = {"shoe_size": 44}, {"assignment_group.shoe_size": 44}
    asked: list[dict[str, Any]] = [
        {"query": bad},
        {"query": bad, "type": "normal"},
        {"query": "active=true^shoe_size=44"},
        {"query": {"or": [bad, {"state": "new"}]}, "limit": 1},
        {"query": walked},
        {"query": bad, "exactly_one": True},
        {"query": {"start_date": {"same_as": "shoe_size"}}},
        {"filters": bad},
        {"filters": {**bad, "state": "Closed"}, "type": "normal"},
        {"filters": walked},
        {"query": bad, "count_only": True},
        {"query": walked, "count_only": True, "text_search": "BGP"},
    ]
    for options, outcome in zip(asked, instance.run(*(info(**options) for options in asked)), strict=True):
        assert "shoe_size" in refusal(outcome, "invalid_usage"), options
        assert outcome.result["changes"] == []
    orders: list[dict[str, Any]] = [
        {"type": "normal", "order_by": ["shoe_size"], "limit": 1},
        {"filters": {"active": True}, "order_by": ["shoe_size"]},
    ]
    if not no_rows:
        for outcome in instance.run(*(info(**options) for options in orders)):
            assert "shoe_size" in refusal(outcome, "invalid_usage")


def test_what_the_proof_costs(instance: Instance) -> None:
    """Nothing for columns that every instance has, and for those that the changes show; else one request. Where
    nothing is found, the dictionary is followed from table to table."""
    instance.control("PUT", "settings", {"list_meta": False})
    known = {"assignment_group.name": "Network", "requested_by.email": {"empty": False}, "parent.number": None}
    cases: list[tuple[dict[str, Any], int]] = [
        ({"query": known, "order_by": ["-cmdb_ci.name"]}, 1),
        ({"query": {"shoe_size.name": 1}, "count_only": True}, 1),
        ({"query": {"risk_value": None}}, 1),
        ({"filters": {"assignment_group.name": "Network", "upon_reject": "cancel"}}, 1),
        ({"query": {"assignment_group.manager.name": None}}, 2),
        ({"query": {"assignment_group.manager.name": "Nobody"}}, 4),
        ({"query": known, "count_only": True}, 1),
        ({"query": {"risk_value": None}, "count_only": True}, 2),
    ]
    outcomes = instance.run(*(info(**options) for options, _cost in cases))
    assert "shoe_size" in refusal(outcomes.pop(1), "invalid_usage")
    del cases[1]
    for (options, cost), result in zip(cases, unfailing(outcomes), strict=True):
        assert result["requests"] == cost, options


# What belongs to them -------------------------------------------------------------------------------------

ALL = [
    "tasks", "affected_cis", "impacted_services", "service_offerings", "conflicts", "approvals", "next_states",
    "attachments", "journal", "window",
]  # fmt: skip


def test_all_parts(instance: Instance, in_process: bool) -> None:
    """Everything about one change in one task, each part in the form that is documented."""
    instance.control("PUT", "clock", {"now": "2026-11-24T20:30:00Z"})
    release = {
        "correlation_id": "shop", "short_description": "Shop", "assignment_group": "Network", "cmdb_ci": "web-01",
        "start_date": "2026-11-24T20:00:00Z", "end_date": "2026-11-24T22:00:00Z",
    }  # fmt: skip
    notes = [snow("snow_change", correlation_id="shop", **{kind: kind}) for kind in ("work_notes", "comments")]
    unfailing(instance.run(snow("snow_change", **release, state="assess"), *notes))
    (row,) = instance.rows("change_request", correlation_id="shop")
    api = f"{instance.url}/api/sn_chg_rest/change/{row['sys_id']}"
    decision = {"state": "rejected", "comments": "Not this week."}
    user = ("abel.tuter", password_of("abel.tuter"))
    assert requests.patch(f"{api}/approvals", json=decision, auth=user, timeout=10).ok
    assert requests.post(f"{api}/conflict", auth=user, timeout=10).ok
    instance.seed("task_cmdb_ci_service", {"task": row["sys_id"], "cmdb_ci_service": "E-mail"})
    instance.clear_log()
    (result,) = unfailing(instance.run(info(correlation_id="shop", include=[*ALL, "tasks"]), in_process=in_process))
    (change,) = result["changes"]
    assert change.keys() == {"record", "display", "conflict_check", *ALL}
    assert [type(change[name]) for name in ALL] == [*[list] * 9, dict]
    assert change["impacted_services"][0]["name"] == "E-mail"
    assert change["conflict_check"].keys() == {"status", "running", "checked", "last_run"}
    (rejected,) = [each for each in change["approvals"] if each["state"] == "rejected"]
    expected = {"name": "Abel Tuter", "user_name": "abel.tuter", "comments": "Not this week.", "group": "Network"}
    assert {name: rejected[name] for name in expected} == expected
    assert {(each["type"], each["text"], each["author"]) for each in change["journal"]} >= {
        ("work_notes", "work_notes", "ansible"), ("comments", "comments", "ansible"),
    }  # fmt: skip
    assert change["journal"][0]["at"].startswith("2026-11-24 20:")
    ways = {way["label"]: way for way in change["next_states"]}
    assert ways["Assess"]["available"] is True
    assert ways["Assess"]["met"] == ["Not On hold"]
    times = change["window"]
    assert (times["start"], times["end"]) == ("2026-11-24 20:00:00", "2026-11-24 22:00:00")
    assert times["inside"] is True
    assert 5000 < times["seconds_left"] <= 5400
    assert times["seconds_until_start"] == 0
    # One request for each part, one for what approvers wrote, none for the window.
    assert result["requests"] == len(ALL) + 1
    assert {request.method for request in instance.requests()} == {"GET"}


def test_windows(instance: Instance) -> None:
    """Before, after, without an end: inside is a clear word each time, and costs nothing."""
    instance.control("PUT", "clock", {"now": "2026-11-24T19:59:00Z"})
    instance.seed("change_request", {"sys_id": CLEAR_BGP, "start_date": "2026-11-24 20:00:00", "end_date": ""})
    instance.seed(
        "change_request",
        {"sys_id": FIREWALL, "start_date": "2026-11-24 18:00:00", "end_date": "2026-11-24 19:00:00"},
    )
    both = info(query={"sys_id": [CLEAR_BGP, FIREWALL]}, order_by="number", include=["window"])
    (result,) = unfailing(instance.run(both))
    open_, over = (change["window"] for change in result["changes"])
    assert (open_["end"], open_["inside"], open_["seconds_left"]) == (None, False, None)
    assert 0 < open_["seconds_until_start"] <= 60
    assert (over["inside"], over["seconds_until_start"], over["seconds_left"]) == (False, 0, 0)
    assert result["requests"] == 1


def test_many_changes(instance: Instance) -> None:
    """Parts of more changes than fit into one query are asked for in portions, and end up where they belong."""
    changes = instance.seed(
        "change_request", *({"short_description": "Many", "number": f"CHG1{n:03}"} for n in range(60))
    )
    instance.seed("change_task", *({"change_request": sys_id, "short_description": sys_id} for sys_id in changes))
    instance.clear_log()
    (result,) = unfailing(instance.run(info(query={"short_description": "Many"}, include=["tasks", "journal"])))
    assert (result["count"], result["requests"]) == (60, 5)
    for change in result["changes"]:
        assert [task["record"]["short_description"] for task in change["tasks"]] == [change["record"]["sys_id"]]
        assert change["journal"] == []


def test_comments_that_may_not_be_read(instance: Instance) -> None:
    """Who may not read journals gets the approvals all the same, and is told; the journal itself is refused."""
    instance.seed("sysapproval_approver", {"sysapproval": CLEAR_BGP, "approver": "abel.tuter", "state": "approved"})
    instance.fault({"status": 403}, path="/sys_journal_field")
    approvals, journal = instance.run(*(info(sys_id=CLEAR_BGP, include=[part]) for part in ("approvals", "journal")))
    (result,) = unfailing([approvals])
    assert "comments of the approvals" in result["warnings"][0]
    assert [each["comments"] for each in result["changes"][0]["approvals"]] == [""]
    refusal(journal, "forbidden")


def test_with_meta_and_without_totals(instance: Instance) -> None:
    """An instance that says which columns it ignored is believed; one that ends lists with __meta has no row more."""
    instance.control("PUT", "settings", {"list_meta": True})
    found, ignored = instance.run(info(query={"state": "closed"}), info(query={"shoe_size": 44}))
    assert len(unfailing([found])[0]["changes"]) == found.result["count"] > 0
    assert "shoe_size" in refusal(ignored, "invalid_usage")
