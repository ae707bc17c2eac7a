"""The control API as methods of a Simulator."""

from __future__ import annotations

import os
import signal
import time
from datetime import UTC, datetime

import pytest
import requests
from tests.simulator.behaviors import behavior
from tests.simulator.support import Sim

from snow_simulator import Simulator

INCIDENTS = "/api/now/table/incident"
AREA, FIXTURE = "Control API", "Everything under /_sim/ as methods of the Python fixture"


@behavior(AREA, FIXTURE)
def test_faults(sim: Sim) -> None:
    simulator = sim.simulator
    number = simulator.fault("/incident", method="GET", user="ansible", count=1, skip=1, action={"status": 503})
    assert [sim.get(INCIDENTS).status_code for _ in range(3)] == [200, 503, 200]
    assert [(fault["id"], fault["hits"]) for fault in simulator.faults()] == [(number, 1)]
    simulator.clear_faults()
    simulator.fault(script=[{}, {"status": 500}], seconds=60, probability=1)
    assert [sim.get(INCIDENTS).status_code for _ in range(3)] == [200, 500, 200]
    for wrong in ({"explode": 1}, {"status": 1}, None):
        with pytest.raises(ValueError, match=r"'action'|'status'"):
            simulator.fault("/x", action=wrong)


@behavior(AREA, FIXTURE)
def test_latency_and_limits(sim: Sim) -> None:
    simulator = sim.simulator
    simulator.latency(30)
    started = time.monotonic()
    sim.get(INCIDENTS)
    assert time.monotonic() - started >= 0.03
    simulator.latency(percentiles={50: 1, 100: 2}, seed=3)
    simulator.latency(uniform=(1, 2))
    simulator.latency(normal=(1, 0))
    simulator.latency(lognormal=(1, 0.1))
    assert sim.control("GET", "latency") == {"lognormal": [1, 0.1], "seed": 0}
    with pytest.raises(ValueError, match="one of"):
        simulator.latency()
    simulator.latency(0)
    rule = simulator.rate_limit(1, path="/incident", role="itil", name="Incidents")
    answers = [sim.get(INCIDENTS) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[0].headers["X-RateLimit-Rule"] == rule
    assert "for Incidents exceeded" in answers[1].text
    simulator.clear_rate_limits()
    assert sim.get(INCIDENTS).status_code == 200


@behavior(AREA, FIXTURE)
def test_data_and_time(sim: Sim) -> None:
    simulator = sim.simulator
    sys_id = simulator.seed("incident", [{"category": "seeded", "state": "In Progress"}])[0]
    assert [row["state"] for row in simulator.records("incident", category="seeded")] == ["2"]
    with pytest.raises(ValueError, match="No table 'nothing'"):
        simulator.records("nothing")
    change = sim.new_change()
    sim.set_change(change, state="assess")
    assert simulator.approve(change, all=True)["state"] == "-2"
    with pytest.raises(ValueError, match="No change"):
        simulator.approve("CHG9")
    assert simulator.clock(datetime(2030, 1, 1)).year == 2030
    assert simulator.clock(advance=86400).day == 2
    assert simulator.clock(datetime(2031, 1, 1, tzinfo=UTC)).year == 2031
    simulator.read_only()
    assert sim.call("POST", INCIDENTS, json={}).status_code == 403
    simulator.read_only(False)
    assert simulator.settings(nodes=2)["nodes"] == 2
    with pytest.raises(ValueError, match="Unknown setting: nothing"):
        simulator.settings(nothing=1)
    assert simulator.log()[-1]["path"] == INCIDENTS
    assert simulator.log(since=simulator.log()[-1]["id"]) == []
    simulator.clear_log()
    assert simulator.log() == []
    simulator.reset()
    assert simulator.settings()["nodes"] == 1
    assert sim.get(f"{INCIDENTS}/{sys_id}").status_code == 404


def test_needs_a_running_simulator() -> None:
    simulator = Simulator(data="minimal")
    with pytest.raises(RuntimeError):
        simulator.fault(action={"status": 500})
    with simulator as url:
        simulator.fault(action={"status": 500})
        assert requests.get(f"{url}/api/now/table/incident", timeout=5).status_code == 500


def test_child_process_leaves_it_alone() -> None:
    """Leaving the block in a child of the process ends nothing, and does not wait for threads that are not there."""
    simulator = Simulator(data="minimal")
    with simulator as url:
        child = os.fork()
        if child == 0:
            simulator.stop()
            os._exit(0)
        deadline = time.monotonic() + 10
        while not (ended := os.waitpid(child, os.WNOHANG))[0] and time.monotonic() < deadline:
            time.sleep(0.02)
        if not ended[0]:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        assert ended == (child, 0)
        answer = requests.get(f"{url}/api/now/table/sys_user", auth=("admin", "admin-password"), timeout=5)
        assert answer.status_code == 200
