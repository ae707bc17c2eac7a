"""Eventual consistency of a read after a write, and session affinity."""

from __future__ import annotations

from typing import Any

import requests
from tests.simulator.behaviors import behavior
from tests.simulator.support import Sim

INCIDENTS = "/api/now/table/incident"
AUTH = ("ansible", "ansible-password")


def category(sim: Sim, sys_id: str) -> str | None:
    answer = sim.get(f"{INCIDENTS}/{sys_id}")
    return answer.json()["result"]["category"] if answer.status_code == 200 else None


def order_of_all(sim: Sim) -> list[str]:
    return [row["number"] for row in sim.get(INCIDENTS).json()["result"]]


@behavior("Bad days", "Eventual consistency: for some seconds after a write GETs see the data as before it")
def test_stale_for_seconds(sim: Sim) -> None:
    before = order_of_all(sim)
    changed, deleted = (sim.dump("incident")[number]["sys_id"] for number in (1, 3))
    sim.settings(stale_seconds=60)
    made = sim.call("POST", INCIDENTS, json={"category": "new"}).json()["result"]["sys_id"]
    assert sim.patch("incident", changed, category="first").json()["result"]["category"] == "first"
    sim.patch("incident", changed, category="second")
    assert sim.call("DELETE", f"{INCIDENTS}/{deleted}", "admin").status_code == 204
    assert order_of_all(sim) == before
    assert category(sim, made) is None
    assert category(sim, changed) not in ("first", "second")
    assert sim.get("/api/now/stats/incident", sysparm_count="true").json()["result"]["stats"]["count"] == "7"
    # What is written is decided on the truth.
    assert sim.call("DELETE", f"{INCIDENTS}/{deleted}", "admin").status_code == 404
    assert sim.dump("incident", sys_id=changed)[0]["category"] == "second"
    sim.control("PUT", "clock", {"advance_seconds": 61})
    assert category(sim, made) == "new"
    assert category(sim, changed) == "second"
    assert len(order_of_all(sim)) == len(before)
    assert category(sim, deleted) is None


@behavior("Bad days", "Eventual consistency for a number of reads")
def test_stale_for_reads(sim: Sim) -> None:
    sys_id = sim.insert("incident", category="one")["sys_id"]
    sim.settings(stale_reads=2)
    sim.patch("incident", sys_id, category="two")
    assert [category(sim, sys_id) for _ in range(4)] == ["one", "one", "two", "two"]
    sim.patch("incident", sys_id, category="three")
    sim.settings(stale_reads=0)
    assert category(sim, sys_id) == "three"


@behavior("Bad days", "Staleness of single requests, as the action of a fault")
def test_stale_by_fault(sim: Sim) -> None:
    sys_id = sim.insert("incident", category="one")["sys_id"]
    sim.fault("/incident/", method="GET", user="ansible", skip=1, count=1, action={"stale": 30})
    sim.patch("incident", sys_id, category="two")
    assert [category(sim, sys_id) for _ in range(3)] == ["two", "one", "two"]


def test_approvals_and_state_are_stale_too(sim: Sim) -> None:
    change = sim.new_change()
    sim.set_change(change, state="assess")
    sim.settings(stale_reads=1)
    sim.approve(change, user="fred.luddy")

    def state() -> Any:
        return sim.get(f"/api/sn_chg_rest/change/{change}").json()["result"]["state"]["value"]

    assert (state(), state()) == (-4.0, -3.0)


def test_seeded_records_are_seen_at_once(sim: Sim) -> None:
    sim.settings(stale_seconds=60)
    body = {"table": "incident", "records": [{"category": "seeded"}]}
    sys_id = sim.control("POST", "seed", body, status=201)["sys_ids"][0]
    assert category(sim, sys_id) == "seeded"


@behavior("Bad days", "Session affinity (setting nodes): glide_user_route keeps the node, the log shows it")
def test_nodes(sim: Sim) -> None:
    sim.settings(nodes=3)
    with requests.Session() as session:
        session.auth = AUTH
        for _ in range(3):
            session.get(sim.url + INCIDENTS, timeout=5)
        for _ in range(3):
            requests.get(sim.url + INCIDENTS, auth=AUTH, timeout=5)
        session.get(sim.url + INCIDENTS, timeout=5)
    nodes = [entry["node"] for entry in sim.log()]
    assert nodes == [1, 1, 1, 2, 3, 1, 1]
    odd = requests.get(sim.url + INCIDENTS, auth=AUTH, cookies={"glide_user_route": "glide.nothing"}, timeout=5)
    assert odd.status_code == 200


@behavior("Bad days", "With several nodes, only the others miss a write")
def test_only_other_nodes_are_stale(sim: Sim) -> None:
    sim.settings(nodes=2, stale_seconds=60)
    with requests.Session() as one, requests.Session() as two:
        one.auth = two.auth = AUTH
        path = sim.url + INCIDENTS
        sys_id = one.post(path, json={"category": "from one"}, timeout=5).json()["result"]["sys_id"]
        assert two.get(f"{path}/{sys_id}", timeout=5).status_code == 404
        assert one.get(f"{path}/{sys_id}", timeout=5).json()["result"]["category"] == "from one"
        # The second node writes the same record: it sees its own write, not what is hidden behind it.
        assert two.patch(f"{path}/{sys_id}", json={"category": "from two"}, timeout=5).status_code == 200
        assert two.get(f"{path}/{sys_id}", timeout=5).json()["result"]["category"] == "from two"
        assert one.get(f"{path}/{sys_id}", timeout=5).json()["result"]["category"] == "from one"
    assert [entry["node"] for entry in sim.log()] == [1, 2, 1, 2, 2, 1]


def test_choices_and_users_are_stale_too(sim: Sim) -> None:
    sim.settings(stale_reads=1)
    query = "name=incident^element=state^value=1"
    choice = sim.dump("sys_choice", name="incident", element="state", value="1")[0]
    sim.patch("sys_choice", choice["sys_id"], "admin", label="Brand new")
    labels = [sim.rows("sys_choice", query, sysparm_fields="label")[0]["label"] for _ in range(2)]
    assert labels == [choice["label"], "Brand new"]
    assert (
        sim.call("GET", f"{INCIDENTS}?sysparm_display_value=true&state=1").json()["result"][0]["state"] == "Brand new"
    )


@behavior("Bad days", "A GET that starts a worker decides on the truth, and loses nothing")
def test_get_that_writes(sim: Sim) -> None:
    """Free time is asked for with GET, and starts a worker: it must not keep what a stale read has undone."""
    sys_id = sim.insert("incident", category="one")["sys_id"]
    item = sim.dump("cmdb_ci")[0]["sys_id"]
    sim.settings(stale_seconds=60, worker_seconds=0)
    sim.patch("incident", sys_id, category="two")
    answer = sim.get(f"/api/sn_chg_rest/change/ci/{item}/schedule", duration_in_seconds=60)
    assert answer.status_code == 202
    assert category(sim, sys_id) == "one"
    assert sim.dump("incident", sys_id=sys_id)[0]["category"] == "two"


def test_place_of_a_deleted_record_is_taken(sim: Sim) -> None:
    """One node has deleted the newest record, another one has made one since, which SQLite puts at the same place."""
    sys_id = sim.insert("incident", category="deleted")["sys_id"]
    sim.settings(nodes=2, stale_seconds=60)
    first, second = requests.Session(), requests.Session()
    first.auth = second.auth = ("admin", "admin-password")
    for session in (first, second):
        session.get(f"{sim.url}{INCIDENTS}", timeout=10)
    assert first.delete(f"{sim.url}{INCIDENTS}/{sys_id}", timeout=10).status_code == 204
    made = second.post(f"{sim.url}{INCIDENTS}", json={"category": "made"}, timeout=10).json()["result"]["sys_id"]
    for session, there, gone in ((first, [], [made, sys_id]), (second, [made, sys_id], [])):
        answer = session.get(f"{sim.url}{INCIDENTS}", timeout=10)
        found = {row["sys_id"] for row in answer.json()["result"]}
        assert found >= set(there)
        assert not found & set(gone)
        session.close()
