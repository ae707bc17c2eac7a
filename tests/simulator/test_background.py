"""What the instance does by itself, when something stands against it: it serves on, and says so where it can."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.simulator.behaviors import behavior
from tests.simulator.support import Sim

from snow_simulator import Simulator

API = "/api/sn_chg_rest/change"
GOES_ON = behavior(
    "Own data", "A rule that aborts what a worker, a conflict check or an automatic approval does, ends that"
)
OWN = """
business_rules:
  - {name: No item, table: task_ci, operations: [insert], abort: true}
  - {name: No conflict, table: conflict, operations: [insert], abort: true}
  - {name: No end, table: chg_mgt_worker, operations: [update], condition: type=impacted, abort: true}
  - {name: No approval, table: sysapproval_approver, operations: [update], condition: state=approved, abort: true}
extends: demo
"""


@pytest.fixture(scope="module")
def stubborn_simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    file: Path = tmp_path_factory.mktemp("stubborn") / "own.yml"
    file.write_text(OWN)
    simulator = Simulator(data=str(file))
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
def stubborn(stubborn_simulator: Simulator) -> Iterator[Sim]:
    stubborn_simulator.instance.reset()
    client = Sim(stubborn_simulator)
    client.settings(worker_seconds=0)
    yield client
    client.close()


def planned(sim: Sim, item: str) -> str:
    """A change of an item, beside another one at the same time."""
    when = {"start_date": "2030-01-01 10:00:00", "end_date": "2030-01-01 11:00:00"}
    sim.new_change(cmdb_ci=item, **when)
    return sim.new_change(cmdb_ci=item, **when)


def worker(sim: Sim, change: str, kind: str, item: str) -> dict[str, Any]:
    body = {"association_type": kind, "cmdb_ci_sys_ids": item}
    started = sim.call("POST", f"{API}/{change}/ci", json=body).json()["result"]
    result: dict[str, Any] = sim.get(f"{API}/worker/{started['worker']['sysId']}").json()["result"]
    return result


@GOES_ON
def test_worker(stubborn: Sim) -> None:
    item, change = stubborn.dump("cmdb_ci")[0]["sys_id"], stubborn.new_change()
    ended = worker(stubborn, change, "affected", item)
    assert ended["state"]["display_value"] == "Error"
    assert "aborted by Business Rule 'No item^" in ended["messages"]["errorMessages"][0]
    # Also one whose own record a rule protects.
    assert worker(stubborn, change, "impacted", item)["state"]["display_value"] == "Error"


@GOES_ON
def test_conflict_check(stubborn: Sim) -> None:
    change = planned(stubborn, stubborn.dump("cmdb_ci")[0]["sys_id"])
    assert stubborn.call("POST", f"{API}/{change}/conflict").status_code == 200
    status = stubborn.get(f"{API}/{change}/conflict").json()["result"]
    assert (status["job_status"], status["conflicts"]) == ("3", [])


@GOES_ON
def test_automatic_approval(stubborn: Sim) -> None:
    change = stubborn.new_change()
    stubborn.settings(auto_approve_after=0)
    assert stubborn.set_change(change, state="assess").status_code == 200
    assert stubborn.get(f"{API}/{change}").status_code == 200
    assert stubborn.state(change) == "-4"
    refused = stubborn.control("POST", "approve", {"change": change}, status=403)
    assert "aborted by Business Rule 'No approval^" in refused["error"]


def test_approver_who_has_been_deleted(sim: Sim) -> None:
    change = sim.new_change()
    sim.set_change(change, state="assess")
    asked = {row["approver"] for row in sim.dump("sysapproval_approver", sysapproval=change)}
    for user in asked:
        assert sim.call("DELETE", f"/api/now/table/sys_user/{user}", "admin").status_code == 204
    sim.settings(auto_approve_after=0)
    assert sim.get(f"{API}/{change}").status_code == 200
    assert sim.state(change) == "-4"
    assert "does not exist" in sim.control("POST", "approve", {"change": change}, status=409)["error"]


@behavior("Own data", "Workers and conflict checks that were not done are taken up from a file, and after a reset")
def test_dumped_workers_go_on_after_a_reset(sim: Sim, tmp_path: Path) -> None:
    item = sim.dump("cmdb_ci")[0]["sys_id"]
    change = planned(sim, item)
    sim.settings(worker_seconds=1000)
    sim.call("POST", f"{API}/{change}/conflict")
    started = worker(sim, change, "affected", item)["worker"]["sysId"]
    file = tmp_path / "dump.json"
    sim.simulator.dump(file)
    other = Simulator(data=str(file))
    with other:
        loaded = Sim(other)
        for _ in range(2):
            deadline = time.monotonic() + 5
            while loaded.get(f"{API}/worker/{started}").json()["result"]["state"]["display_value"] != "Complete":
                assert time.monotonic() < deadline
                time.sleep(0.02)
            assert loaded.get(f"{API}/{change}/conflict").json()["result"]["job_status"] == "2"
            loaded.control("POST", "reset")
        loaded.close()


def test_records_that_make_no_sense(sim: Sim) -> None:
    """Straight into the database may come what no API lets in; what can be no number or date is refused."""
    for values in ({"state": "zzz"}, {"priority": "much"}, {"start_date": "soon"}):
        body = {"table": "change_request", "records": [{"short_description": "whole"}, values]}
        assert next(iter(values)) in sim.control("POST", "seed", body, status=400)["error"]
    assert sim.dump("change_request", short_description="whole") == []
    odd = {"state": "2", "type": "schedule", "request": "{", "messages": "{", "payload": "{"}
    ids = sim.control("POST", "seed", {"table": "chg_mgt_worker", "records": [odd]}, status=201)["sys_ids"]
    shown = sim.get(f"{API}/worker/{ids[0]}").json()["result"]
    assert shown["messages"] == {"errorMessages": [], "warningMessages": [], "infoMessages": []}
    assert "payload" not in shown


def test_odd_numbers_from_a_dump(sim: Sim, tmp_path: Path) -> None:
    file = tmp_path / "dump.yml"
    change = sim.new_change(impact="1")
    sim.simulator.instance.database.execute("UPDATE task SET impact = 'odd' WHERE sys_id = ?", (change,))
    sim.simulator.instance.database.execute("UPDATE risk_conditions SET \"order\" = 'odd'")
    sim.simulator.dump(file)
    with Simulator(data=str(file)) as url:
        for method, path in (("GET", ""), ("GET", f"/{change}"), ("PATCH", f"/{change}/risk")):
            answer = sim.session("ansible").request(method, f"{url}{API}{path}", timeout=10)
            assert answer.status_code == 200, answer.text
