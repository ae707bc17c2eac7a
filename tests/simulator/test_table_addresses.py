"""Table API: the addresses in answers, and what a write answers."""

from __future__ import annotations

import re

import pytest
from tests.simulator.behaviors import behavior
from tests.simulator.support import NETWORK, Sim

LINK = re.compile(r'<([^>]+)>;rel="(\w+)"')


@behavior("Table API", "Links and Location have the version of the API that was asked for")
@pytest.mark.parametrize("api", ["/api/now", "/api/now/v1", "/api/now/v2"])
def test_addresses_have_the_version_of_the_request(sim: Sim, api: str) -> None:
    values = {"assignment_group": NETWORK}
    answer = sim.call("POST", f"{api}/table/incident", json=values)
    sys_id = answer.json()["result"]["sys_id"]
    assert answer.headers["Location"] == f"{sim.url}{api}/table/incident/{sys_id}"
    group = {"link": f"{sim.url}{api}/table/sys_user_group/{NETWORK}", "value": NETWORK}
    assert answer.json()["result"]["assignment_group"] == group
    assert sim.get(f"{api}/table/incident/{sys_id}").json()["result"]["assignment_group"] == group
    # A link leads to the record.
    assert sim.call("GET", group["link"].removeprefix(sim.url)).json()["result"]["name"] == "Network"


@behavior("Table API", "Addresses in answers are those of the instance, whatever the request names as its host")
def test_addresses_are_those_of_the_instance(sim: Sim) -> None:
    path = "/api/now/table/incident?sysparm_limit=1&sysparm_query=caller_idISNOTEMPTY"
    answer = sim.call("GET", path, headers={"Host": "other.example.com"})
    links = [link for link, _ in LINK.findall(answer.headers["Link"])]
    links.append(answer.json()["result"][0]["caller_id"]["link"])
    assert [link for link in links if not link.startswith(f"{sim.url}/")] == []


@behavior("Table API", "Paging: sysparm_limit, sysparm_offset, X-Total-Count, Link")
@pytest.mark.parametrize(
    ("offset", "wanted"),
    [
        (0, {"first": 0, "next": 2, "last": 6}),
        (2, {"first": 0, "prev": 0, "next": 4, "last": 6}),
        (6, {"first": 0, "prev": 4, "last": 6}),
    ],
)
def test_link_header(sim: Sim, offset: int, wanted: dict[str, int]) -> None:
    query = "short_descriptionLIKEe^ORnumber!=a&b=c ü"
    parameters = {"sysparm_query": query, "sysparm_limit": 2, "sysparm_offset": offset, "sysparm_fields": "number"}
    answer = sim.get("/api/now/table/incident", **parameters)
    assert answer.headers["X-Total-Count"] == "7"
    found = LINK.findall(answer.headers["Link"])
    assert ",".join(f'<{link}>;rel="{name}"' for link, name in found) == answer.headers["Link"]
    assert [name for _, name in found] == list(wanted)
    for link, name in found:
        page = sim.call("GET", link.removeprefix(sim.url))
        parameters["sysparm_offset"] = wanted[name]
        assert page.json() == sim.get("/api/now/table/incident", **parameters).json()


@behavior("Table API", "sysparm_no_count leaves X-Total-Count out")
def test_count_can_be_left_out(sim: Sim) -> None:
    answer = sim.get("/api/now/table/incident", sysparm_no_count="true", sysparm_limit=2)
    assert "X-Total-Count" not in answer.headers
    assert len(answer.json()["result"]) == 2


@behavior("Table API", "A write answers the record, in the shape that its parameters ask for")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_write_answers_in_the_shape_asked_for(sim: Sim, method: str) -> None:
    target = f"/{sim.insert('incident')['sys_id']}" if method != "POST" else ""
    parameters = "sysparm_display_value=all&sysparm_fields=state,assignment_group&sysparm_exclude_reference_link=true"
    values = {"assignment_group": NETWORK, "state": "2"}
    answer = sim.call(method, f"/api/now/table/incident{target}?{parameters}", json=values)
    assert answer.json()["result"] == {
        "state": {"display_value": "In Progress", "value": "2"},
        "assignment_group": {"display_value": "Network", "value": NETWORK},
    }


@behavior("Table API", "Value shapes: sysparm_display_value, sysparm_exclude_reference_link")
def test_a_reference_need_not_be_a_sys_id(sim: Sim) -> None:
    row = sim.rows("incident", "number=INC0000055", sysparm_fields="sys_domain")[0]
    assert row["sys_domain"] == {"value": "global", "link": f"{sim.url}/api/now/table/sys_user_group/global"}
