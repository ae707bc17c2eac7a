"""Table API, reading: value shapes, parameters, paging, headers, errors."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests
from tests.simulator.behaviors import behavior
from tests.simulator.support import ADMIN_ID, CHG24, NETWORK, Sim, error


def one(sim: Sim, user: str = "admin", sys_id: str = CHG24, **params: object) -> dict[str, Any]:
    answer = sim.get(f"/api/now/table/change_request/{sys_id}", user, **params)
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()["result"]
    return result


@behavior("Table API", "Value shapes: sysparm_display_value, sysparm_exclude_reference_link")
def test_values_are_strings_and_references_objects(sim: Sim) -> None:
    record = one(sim)
    link = f"{sim.url}/api/now/table/sys_user_group/{NETWORK}"
    assert record["assignment_group"] == {"link": link, "value": NETWORK}
    assert record["assigned_to"] == ""
    assert (record["state"], record["active"], record["sys_mod_count"]) == ("3", "false", "10")
    assert record["sys_created_on"] == "2015-07-06 18:55:46"
    assert record["comments"] == ""
    assert "variables" not in record


@behavior("Table API", "Value shapes: sysparm_display_value, sysparm_exclude_reference_link")
def test_display_values(sim: Sim) -> None:
    record = one(sim, sysparm_display_value="true")
    assert record["assignment_group"]["display_value"] == "Network"
    assert set(record["assignment_group"]) == {"display_value", "link"}
    assert record["assigned_to"] == ""
    assert (record["state"], record["priority"], record["sys_class_name"]) == ("Closed", "4 - Low", "Change Request")
    assert record["sys_created_on"] == "2015-07-06 11:55:46"


@behavior("Table API", "Value shapes: sysparm_display_value, sysparm_exclude_reference_link")
def test_both_values(sim: Sim) -> None:
    record = one(sim, sysparm_display_value="all")
    assert set(record["assignment_group"]) == {"display_value", "value", "link"}
    assert record["assigned_to"] == {"display_value": "", "value": ""}
    assert record["state"] == {"display_value": "Closed", "value": "3"}


@behavior("Table API", "Value shapes: sysparm_display_value, sysparm_exclude_reference_link")
@pytest.mark.parametrize(
    ("mode", "wanted"),
    [("false", NETWORK), ("true", "Network"), ("all", {"display_value": "Network", "value": NETWORK})],
)
def test_links_can_be_left_out(sim: Sim, mode: str, wanted: object) -> None:
    record = one(sim, sysparm_display_value=mode, sysparm_exclude_reference_link="true")
    assert record["assignment_group"] == wanted


@behavior("Table API", "Display dates in the time zone of the user")
def test_display_dates_are_in_the_users_time_zone(sim: Sim) -> None:
    fields = {"sysparm_display_value": "true", "sysparm_fields": "sys_created_on"}
    seen = {user: one(sim, user, **fields)["sys_created_on"] for user in ("admin", "ansible", "abel.tuter")}
    assert seen == {
        "admin": "2015-07-06 11:55:46",
        "ansible": "2015-07-06 18:55:46",
        "abel.tuter": "2015-07-06 14:55:46",
    }


@behavior("Table API", "sysparm_fields, over references to any depth; unknown names are left out")
def test_fields_walk_references_to_any_depth(sim: Sim) -> None:
    names = "number,assignment_group.name,assignment_group.manager.department.name,assigned_to.name,no.such,nothing"
    record = one(sim, sysparm_fields=names)
    assert record == {
        "number": "CHG0000024",
        "assignment_group.name": "Network",
        "assignment_group.manager.department.name": "IT",
        "assigned_to.name": "",
    }


@behavior("Table API", "Passwords are not shown and cannot be queried")
def test_password_is_left_out_and_cannot_be_queried(sim: Sim) -> None:
    user = sim.rows("sys_user", "user_name=admin")[0]
    assert "user_password" not in user
    assert sim.rows("sys_user", "user_name=admin", sysparm_fields="user_name,user_password") == [{"user_name": "admin"}]
    answer = sim.get("/api/now/table/sys_user", "admin", sysparm_query="user_passwordSTARTSWITHa")
    detail = "Field(s) present in the query do not have permission to be read"
    assert error(answer) == (403, "Insufficient rights to query records", detail)


@behavior("Table API", "Inheritance: a base table reads and writes records of what extends it")
def test_base_table_finds_records_of_extending_tables(sim: Sim) -> None:
    found = sim.rows("task", "numberINCHG0000024,INC0000055,PRB0040001^ORDERBYnumber", sysparm_display_value="all")
    assert [row["sys_class_name"]["value"] for row in found] == ["change_request", "incident", "problem"]
    assert found[0]["state"]["display_value"] == "Closed"
    assert "chg_model" not in found[0]
    assert "caller_id" not in found[1]
    assert {row["name"] for row in sim.rows("cmdb_ci", "nameSTARTSWITHweb-0")} == {f"web-0{n}" for n in range(1, 5)}
    assert sim.rows("cmdb_ci_server", "name=rtr-core-01") == []


@behavior("Table API", "Name-value pairs, by value or display value, where there is no sysparm_query")
def test_name_value_pairs_take_display_values(sim: Sim) -> None:
    def numbers(**params: str) -> list[str]:
        return [row["number"] for row in sim.get("/api/now/table/change_request", **params).json()["result"]]

    assert numbers(state="closed") == ["CHG0000024"]
    assert numbers(state="3") == ["CHG0000024"]
    assert numbers(assignment_group="Network", state="Implement") == ["CHG0030001"]
    assert numbers(assigned_to="abel.tuter") == ["CHG0030001"]
    assert numbers(number="CHG0033046") == ["CHG0033046"]


@behavior("Table API", "Name-value pairs, by value or display value, where there is no sysparm_query")
def test_query_excludes_name_value_pairs(sim: Sim) -> None:
    answer = sim.get("/api/now/table/change_request", sysparm_query="number=CHG0000024", state="-1")
    assert [row["number"] for row in answer.json()["result"]] == ["CHG0000024"]


@behavior("Table API", "An empty list: 200, and 404 in v1")
def test_empty_list(sim: Sim) -> None:
    answer = sim.get("/api/now/table/incident", sysparm_query="number=none")
    assert (answer.status_code, answer.json(), answer.headers["X-Total-Count"]) == (200, {"result": []}, "0")
    assert error(sim.get("/api/now/v1/table/incident", sysparm_query="number=none"))[:2] == (404, "No Record found")
    assert sim.get("/api/now/v2/table/incident", sysparm_query="number=none").json() == {"result": []}


@behavior("Table API", "Paging: sysparm_limit, sysparm_offset, X-Total-Count, Link")
def test_paging(sim: Sim) -> None:
    total = len(sim.rows("incident"))
    path, seen = "/api/now/table/incident?sysparm_query=ORDERBYnumber&sysparm_limit=3&sysparm_offset=0", []
    url = sim.url + path
    while True:
        answer = requests.get(url, auth=("ansible", "ansible-password"), timeout=10)
        seen += [row["number"] for row in answer.json()["result"]]
        assert answer.headers["X-Total-Count"] == str(total)
        links = {name: link for link, name in re.findall(r'<([^>]+)>;rel="(\w+)"', answer.headers["Link"])}
        assert " " not in answer.headers["Link"]
        if "next" not in links:
            assert set(links) == {"first", "prev", "last"}
            break
        assert "sysparm_query=ORDERBYnumber" in links["next"]
        url = links["next"]
    assert seen == sorted(seen)
    assert len(seen) == total


@behavior("Table API", "Paging: sysparm_limit, sysparm_offset, X-Total-Count, Link")
def test_link_header_can_be_suppressed_and_is_absent_for_one_page(sim: Sim) -> None:
    assert "Link" in sim.get("/api/now/table/incident", sysparm_limit=2).headers
    suppressed = sim.get("/api/now/table/incident", sysparm_limit=2, sysparm_suppress_pagination_header="true")
    assert "Link" not in suppressed.headers
    assert "Link" not in sim.get("/api/now/table/incident").headers


@behavior("Table API", "Headers of every answer, X-Total-Count on lists, no ETag")
def test_headers_of_every_answer(sim: Sim) -> None:
    for answer in (sim.get("/api/now/table/incident"), sim.get("/api/now/table/nothing")):
        assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
        assert answer.headers["Cache-Control"] == "no-cache,no-store,must-revalidate,max-age=-1"
        assert answer.headers["Pragma"] == "no-store,no-cache"
        assert answer.headers["Expires"] == "0"
        assert answer.headers["Server"] == "ServiceNow"
        assert answer.headers["X-Is-Logged-In"] == "true"
        assert re.fullmatch("[0-9a-f]{12}", answer.headers["X-Transaction-ID"])
        assert "Strict-Transport-Security" in answer.headers
        assert "ETag" not in answer.headers


@behavior("Table API", "Cookies with the first answer of a session")
def test_cookies_come_once_a_session(sim: Sim) -> None:
    first = sim.get("/api/now/table/incident")
    names = {part.split("=")[0].strip() for part in re.split(r",(?=\s*\w+=)", first.headers["Set-Cookie"])}
    assert names >= {"JSESSIONID", "glide_user_route", "glide_session_store", "glide_user", "glide_user_session"}
    assert any(name.startswith("BIGipServerpool_") for name in names)
    assert first.cookies["glide_user_route"].startswith("glide.")
    assert "Set-Cookie" not in sim.get("/api/now/table/incident").headers


@behavior("Table API", "Errors with their bodies")
def test_errors(sim: Sim) -> None:
    assert error(sim.get("/api/now/table/nothing")) == (
        400, "Invalid table nothing", "Table nothing does not exist, or null",
    )  # fmt: skip
    missing = "Record doesn't exist or ACL restricts the record retrieval"
    assert error(sim.get("/api/now/table/incident/0123")) == (404, "No Record found", missing)
    for path in ("/api/now/nothing", "/api/now/table", "/api/now/table/incident/1/2"):
        assert error(sim.get(path)) == (400, "Requested URI does not represent any resource", None)
    assert error(sim.get("/api/now/table/incident", "joe.employee")) == (
        403, "Insufficient rights to query records", None,
    )  # fmt: skip


@behavior("Table API", "Errors with their bodies")
def test_unauthenticated(sim: Sim) -> None:
    for options in ({}, {"auth": ("admin", "wrong")}, {"auth": ("", "")}, {"headers": {"Authorization": "Basic !"}}):
        answer = requests.get(f"{sim.url}/api/now/table/incident", timeout=10, **options)
        assert error(answer) == (401, "User Not Authenticated", "Required to provide Auth information")
        assert answer.headers["WWW-Authenticate"].startswith("BASIC")
        assert answer.headers["X-Is-Logged-In"] == "false"


@behavior("Table API", "sys_db_object, sys_dictionary and sys_choice describe the tables")
def test_schema_is_readable(sim: Sim) -> None:
    parents = sim.rows("sys_db_object", "name=change_request", sysparm_fields="super_class.name,label")
    assert parents == [{"super_class.name": "task", "label": "Change Request"}]
    entry = sim.rows("sys_dictionary", "name=task^element=assignment_group")[0]
    assert (entry["internal_type"], entry["reference"]) == ("reference", "sys_user_group")
    choices = sim.rows("sys_choice", "name=change_request^element=state^ORDERBYsequence", sysparm_fields="value,label")
    assert {"value": "-4", "label": "Assess"} in choices
    # The eight of every instance, and those that a model of the demo data adds.
    assert [choice["label"] for choice in choices[8:]] == ["Build", "Verify"]


@behavior("Table API", "Value shapes by sysparm_display_value; links; fields over references")
@pytest.mark.parametrize("mode", ["false", "true", "all"])
@pytest.mark.parametrize("links", ["false", "true"])
def test_a_list_shows_records_as_each_is_shown_alone(sim: Sim, mode: str, links: str) -> None:
    """Lists are written by columns, single records by themselves."""
    fields = ",".join(("number", "state", "assigned_to.name", "assigned_to.manager.name", "sys_class_name", "nothing"))
    for table, names in (("task", None), ("change_request", None), ("u_value_sample", None), ("task", fields)):
        options = {"sysparm_display_value": mode, "sysparm_exclude_reference_link": links}
        options |= {"sysparm_fields": names} if names else {}
        records = sim.rows(table)
        assert len(records) >= 3
        alone = [sim.get(f"/api/now/table/{table}/{row['sys_id']}", "admin", **options).json() for row in records]
        assert sim.rows(table, **options) == [answer["result"] for answer in alone]


@behavior("Table API", "Paging: sysparm_limit, sysparm_offset, X-Total-Count, Link")
def test_pages_follow_writes(sim: Sim) -> None:
    """The total is remembered between pages, and forgotten with every write."""

    def total() -> str:
        return sim.get("/api/now/table/incident", sysparm_limit=2).headers["X-Total-Count"]

    assert (total(), total()) == ("7", "7")
    sys_id = sim.insert("incident", short_description="One more")["sys_id"]
    assert total() == "8"
    assert sim.call("DELETE", f"/api/now/table/incident/{sys_id}", "admin").status_code == 204
    assert total() == "7"
    sim.insert("incident", short_description="Forgotten")
    sim.control("POST", "reset")
    assert total() == "7"


@behavior("Table API", "Paging: sysparm_limit, sysparm_offset, X-Total-Count, Link")
def test_offset_beyond_the_end(sim: Sim) -> None:
    answer = sim.get("/api/now/table/incident", sysparm_offset=1000)
    assert answer.json() == {"result": []}
    assert answer.headers["X-Total-Count"] == "7"


@behavior("Table API", "Paging: sysparm_limit, sysparm_offset, X-Total-Count, Link")
def test_limit_that_is_no_number_counts_as_not_given(sim: Sim) -> None:
    for limit in ("-1", "many", "", "9" * 30):
        assert len(sim.get("/api/now/table/incident", sysparm_limit=limit).json()["result"]) == 7
    assert sim.get("/api/now/table/incident", sysparm_limit="0").json()["result"] == []


def test_admin_is_the_documented_one(sim: Sim) -> None:
    assert sim.rows("sys_user", f"sys_id={ADMIN_ID}")[0]["name"] == "System Administrator"
