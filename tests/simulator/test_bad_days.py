"""Bad days on request: rate limits, full nodes, spoiled answers, scripts, and what makes no sense."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
import requests
from tests.simulator.behaviors import behavior
from tests.simulator.support import Sim, error

from snow_simulator.control.latency import read_latency

INCIDENTS = "/api/now/table/incident"
ONE = f"{INCIDENTS}?sysparm_limit=1"


def statuses(sim: Sim, count: int, path: str = ONE, user: str = "ansible") -> list[int]:
    return [sim.call("GET", path, user, allow_redirects=False).status_code for _ in range(count)]


def raw(sim: Sim, path: str = ONE) -> tuple[bytes, float]:
    """All bytes that come on a connection until it ends, and how long that took."""
    host, port = sim.url.removeprefix("http://").split(":")
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YWRtaW46YWRtaW4tcGFzc3dvcmQ=\r\n"
    started = time.monotonic()
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(f"{request}Connection: close\r\n\r\n".encode())
        parts = []
        while block := connection.recv(65536):
            parts.append(block)
    return b"".join(parts), time.monotonic() - started


# Latency ------------------------------------------------------------------------------------------------


@behavior(
    "Bad days", "Latency: fixed, or drawn from a distribution (uniform, normal, lognormal, percentiles) by a seed"
)
@pytest.mark.parametrize(
    ("spec", "low", "middle", "high"),
    [
        ({"ms": 30}, 30, 30, 30),
        ({"uniform": [10, 50]}, 10, 30, 50),
        ({"normal": [100, 10]}, 40, 100, 160),
        ({"lognormal": [40, 0.5]}, 3, 40, 500),
        ({"percentiles": {"50": 80, "90": 100, "99": 1000}}, 80, 80, 1000),
        (25, 25, 25, 25),
    ],
)
def test_distributions(spec: object, low: float, middle: float, high: float) -> None:
    latency = read_latency(spec)
    drawn = sorted(latency.seconds() * 1000 for _ in range(2000))
    assert low <= drawn[0]
    assert drawn[-1] <= high
    assert abs(drawn[1000] - middle) <= middle / 8
    again = read_latency(spec)
    assert sorted(again.seconds() * 1000 for _ in range(2000)) == drawn


def test_drawn_latency_is_added(sim: Sim) -> None:
    spec = {"percentiles": {"0": 20, "100": 60}, "seed": "a"}
    assert sim.control("PUT", "latency", spec) == spec
    for _ in range(3):
        sim.get(ONE)
    times = [entry["duration_ms"] for entry in sim.log()]
    assert min(times) >= 20
    assert len(set(times)) == 3
    assert sim.control("GET", "latency") == spec


@pytest.mark.parametrize(
    "spec",
    [
        {}, {"ms": -1}, {"ms": True}, {"ms": 1, "uniform": [1, 2]}, {"uniform": [2, 1]}, {"uniform": 3},
        {"normal": [1]}, {"normal": ["a", 1]}, {"lognormal": [1, 1000]}, {"percentiles": {}}, {"percentiles": {"x": 1}},
        {"percentiles": {"10": 5, "20": 4}}, {"percentiles": {"200": 4}}, {"ms": 1, "other": 2},
        {"uniform": [1, 2], "seed": [1]},
    ],
)  # fmt: skip
def test_latency_that_makes_no_sense(sim: Sim, spec: dict[str, object]) -> None:
    assert sim.control("PUT", "latency", spec, status=400)["error"]


# Limits -------------------------------------------------------------------------------------------------


@behavior("Bad days", "Rate limits per hour of the clock: X-RateLimit- headers on every answer, 429 with Retry-After")
def test_rate_limits(sim: Sim) -> None:
    sim.control("PUT", "clock", {"now": "2026-07-15T08:30:00Z"})
    rule = sim.control("POST", "rate_limits", {"limit": 2, "path": "^/api/now/table/", "method": "get"}, status=201)
    answers = [sim.get(ONE) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    for answer in answers:
        assert answer.headers["X-RateLimit-Limit"] == "2"
        assert answer.headers["X-RateLimit-Reset"] == str(int(datetime.fromisoformat("2026-07-15T09:00Z").timestamp()))
        assert answer.headers["X-RateLimit-Rule"] == rule["id"]
    assert error(answers[2])[1:] == (
        "Rate limit exceeded", "Rate limit of 2 requests per hour for Table API exceeded",
    )  # fmt: skip
    assert 1790 <= int(answers[2].headers["Retry-After"]) <= 1800
    assert "Retry-After" not in answers[1].headers
    # Each user, and each hour, counts for itself; what the rule is not about goes through without a header.
    assert sim.get(ONE, "beth.anglin").status_code == 200
    assert "X-RateLimit-Limit" not in sim.call("POST", INCIDENTS, json={}).headers
    sim.control("PUT", "clock", {"advance_seconds": 1800})
    assert sim.get(ONE).status_code == 200
    shown = sim.control("GET", "rate_limits")["rate_limits"][0]
    assert (shown["counts"], shown["refused"], shown["path"]) == ({"ansible": 1}, 1, "^/api/now/table/")
    assert sim.control("DELETE", "rate_limits") == {"rate_limits": []}
    assert "X-RateLimit-Limit" not in sim.get(ONE).headers


@behavior("Bad days", "Of several rate limits that for the user counts, then that for a role, the lowest of equals")
def test_rate_limit_priority(sim: Sim) -> None:
    rules: list[dict[str, object]] = [
        {"limit": 1}, {"limit": 7, "role": "itil"}, {"limit": 5, "role": "itil"}, {"limit": 9, "user": "ansible"},
    ]  # fmt: skip
    for rule in rules:
        sim.control("POST", "rate_limits", rule, status=201)
    limits = [
        sim.get(ONE, user).headers["X-RateLimit-Limit"] for user in ("ansible", "beth.anglin", "auditor", "admin")
    ]
    assert limits == ["9", "5", "1", "1"]
    bodies: list[object] = [{}, {"limit": -1}, {"limit": True}, {"limit": 1, "path": "("}, {"limit": 1, "x": 1}]
    for body in (*bodies, {"limit": 1, "user": "a", "role": "b"}, {"limit": 1, "name": 4}):
        assert sim.control("POST", "rate_limits", body, status=400)["error"]


@behavior("Bad days", "429 without headers where more requests come at once than setting max_concurrent allows")
def test_slots(sim: Sim) -> None:
    sim.settings(max_concurrent=2)
    sim.control("PUT", "latency", {"ms": 300})
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: requests.get(sim.url + ONE, auth=("admin", "admin-password")), range(6)))
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [200, 200, 429, 429, 429, 429]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert not {name for name in refused.headers if name.startswith(("X-RateLimit", "Retry"))}
    assert error(refused)[1] == "Too many requests"
    assert sim.get(ONE).status_code == 200


# Answers ------------------------------------------------------------------------------------------------


@behavior("Bad days", "5xx, or any other status, before the request is processed or after the commit")
@pytest.mark.parametrize(("when", "stored"), [("before", 0), ("after", 1)])
def test_status_before_and_after(sim: Sim, when: str, stored: int) -> None:
    action = {"status": 502, "when": when, "body": "<h1>Bad gateway</h1>", "content_type": "text/html"}
    sim.fault(method="POST", count=1, action=action)
    answer = sim.call("POST", INCIDENTS, json={"category": "spoiled"})
    assert (answer.status_code, answer.text) == (502, "<h1>Bad gateway</h1>")
    assert len(sim.dump("incident", category="spoiled")) == stored


@behavior("Bad days", "Slow bodies: so many bytes per second")
def test_slow_body(sim: Sim) -> None:
    sim.fault(count=1, action={"bytes_per_second": 500})
    started = time.monotonic()
    first = 0.0
    with sim.call("GET", f"{ONE}&sysparm_fields=number,sys_id,short_description", stream=True) as answer:
        parts = []
        for part in answer.iter_content(10):
            first = first or time.monotonic() - started
            parts.append(part)
    took = time.monotonic() - started
    assert len(b"".join(parts)) == int(answer.headers["Content-Length"])
    assert took >= int(answer.headers["Content-Length"]) / 500 * 0.9
    assert first < took / 2
    assert len(parts) > 1
    assert sim.get(ONE).elapsed.total_seconds() < 0.2


@behavior("Bad days", "Truncated JSON, with a Content-Length that fits or one that promises the whole")
def test_truncated(sim: Sim) -> None:
    whole = sim.get(ONE).content
    sim.fault(count=2, action={"truncate": 0.5})
    assert sim.get(ONE).content == whole[: len(whole) // 2]
    assert raw(sim)[0].endswith(whole[: len(whole) // 2])
    sim.fault(count=2, action={"truncate": 0.5, "keep_length": True})
    with pytest.raises(requests.RequestException, match=r"IncompleteRead|Connection broken"):
        sim.get(ONE)
    received, _ = raw(sim)
    assert f"Content-Length: {len(whole)}\r\n".encode() in received
    assert received.endswith(whole[: len(whole) // 2])
    sim.fault(count=1, action={"truncate": 0})
    assert (sim.get(ONE).status_code, sim.log()[-1]["bytes_out"]) == (200, 0)


@behavior("Bad days", "Quota time-outs: 200 with a partial result and an error, or with a text as result")
def test_quota(sim: Sim) -> None:
    sim.fault(count=1, method="POST", action={"quota": True})
    answer = sim.call("POST", INCIDENTS, json={"category": "quota"})
    assert (answer.status_code, set(answer.json())) == (200, {"result", "error", "status"})
    assert len(sim.dump("incident", category="quota")) == 1
    sim.fault(count=1, action={"quota": "string"})
    assert sim.get(ONE).json() == {"result": "Transaction cancelled: maximum execution time exceeded"}


@behavior("Bad days", "Hibernation page, until so many requests or seconds are over")
def test_hibernation(sim: Sim) -> None:
    sim.fault(count=2, action={"html": "hibernating"})
    answers = [sim.get(ONE) for _ in range(3)]
    assert ["hibernating" in answer.text for answer in answers] == [True, True, False]
    assert {answer.status_code for answer in answers} == {200}
    sim.fault(seconds=60, action={"html": "hibernating"})
    assert "hibernating" in sim.get(ONE).text
    sim.control("PUT", "clock", {"advance_seconds": 61})
    assert sim.get(ONE).json()["result"]


@behavior("Bad days", "Maintenance: redirect to a page in HTML")
def test_maintenance(sim: Sim) -> None:
    sim.fault("^/api/", action={"redirect": "maintenance"})
    assert statuses(sim, 1) == [302]
    answer = sim.get(ONE)
    assert (answer.status_code, answer.url) == (200, f"{sim.url}/maintenance.do")
    assert "maintenance" in answer.text
    assert requests.get(f"{sim.url}/maintenance.do", timeout=5).status_code == 200


# Which requests -----------------------------------------------------------------------------------------


@behavior("Bad days", "Faults by method, path, user, count, skip, probability, time, or a script of actions")
def test_script(sim: Sim) -> None:
    script = [{"status": 503}, {}, {"redirect": "https://example.com"}, {"delay_ms": 5}]
    sim.fault("/incident", user="ansible", skip=1, script=script)
    assert statuses(sim, 7) == [200, 503, 200, 302, 200, 200, 200]
    fault = sim.control("GET", "faults")["faults"][0]
    assert (fault["script"], fault["hits"], fault["remaining"]) == (script, 4, 0)


def test_one_fault_can_be_taken_back(sim: Sim) -> None:
    sim.fault("/incident", action={"status": 503})
    sim.fault("/task", action={"status": 502})
    number = sim.control("GET", "faults")["faults"][0]["id"]
    left = sim.control("DELETE", f"faults?id={number}")["faults"]
    assert [fault["path"] for fault in left] == ["/task"]
    assert statuses(sim, 1) == [200]
    assert "No fault" in sim.control("DELETE", f"faults?id={number}", status=404)["error"]


def test_probability_is_the_same_after_a_reset(sim: Sim) -> None:
    runs = []
    for _ in range(2):
        sim.fault(probability=0.5, action={"status": 503})
        runs.append(statuses(sim, 20))
        sim.control("POST", "reset")
    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 503}


@behavior("Bad days", "Unknown and contradictory actions are refused with a clear word")
@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"action": {"explode": 1}}, "'action' is an object with one or more of status"),
        ({"action": {"status": 503, "html": "hibernating"}}, "'status' and 'html' contradict each other"),
        ({"action": {"html": "x", "redirect": "y"}}, "'html' and 'redirect' contradict"),
        ({"action": {"status": 503, "drop": "before"}}, "'status' and 'drop' contradict"),
        ({"action": {"status": 503, "drop": "after"}}, "'status' and 'drop' contradict"),
        ({"action": {"status": 503, "when": "after", "drop": "after"}}, "contradict"),
        ({"action": {"status": 503, "quota": True}}, "'status' and 'quota' contradict"),
        ({"action": {"status": 503, "when": "after", "truncate": True}}, "contradict"),
        ({"action": {"drop": "after", "truncate": True}}, "'drop' and 'truncate' contradict"),
        ({"action": {"drop": "before", "bytes_per_second": 5}}, "contradict"),
        ({"action": {"redirect": "x", "ignore_fields": ["state"]}}, "contradict"),
        ({"action": {"when": "after"}}, "'when' goes with 'status'"),
        ({"action": {"headers": {"a": "b"}}}, "'headers' goes with 'status'"),
        ({"action": {"keep_length": True}}, "'keep_length' goes with 'truncate'"),
        ({"action": {"status": True}}, "'status' is a number from 200 to 599"),
        ({"action": {"truncate": 2}}, "'truncate' is true, or the part"),
        ({"action": {"bytes_per_second": 0}}, "'bytes_per_second' is a number from 1"),
        ({"action": {"delay_ms": {"uniform": [5, 1]}}}, "'uniform' is the lowest, then the highest"),
        ({"action": {"quota": "some"}}, "'quota' is true, or 'string'"),
        ({"action": {"status": 500}, "script": [{}]}, "'script' and 'action' contradict"),
        ({"script": [{}], "count": 2}, "'script' and 'count' contradict"),
        ({"script": []}, "'script' is a list of actions"),
        ({"script": [{"status": 1}]}, "'status' is a number"),
        ({"action": {"status": 500}, "count": 0}, "'count' is a whole number from 1"),
        ({"action": {"status": 500}, "count": "two"}, "'count' is a whole number"),
        ({"action": {"status": 500}, "skip": -1}, "'skip' is a whole number from 0"),
        ({"action": {"status": 500}, "probability": 2}, "'probability' is a number from 0 to 1"),
        ({"action": {"status": 500}, "seconds": "x"}, "'seconds' is a number"),
        ({"action": {"status": 500}, "user": 5}, "'user' is a text"),
        ({"action": {"status": 500}, "path": "["}, "'path' is no regular expression"),
        ({"acton": {}}, "Unknown key: acton"),
    ],
)
def test_senseless_faults(sim: Sim, spec: dict[str, object], words: str) -> None:
    assert words in sim.control("POST", "faults", spec, status=400)["error"]
    assert sim.control("GET", "faults") == {"faults": []}


def test_settings_of_bad_days_are_checked(sim: Sim) -> None:
    for name in ("nodes", "stale_reads", "max_concurrent", "max_url_length", "batch_input_bytes", "stale_seconds"):
        for value in (-1, "x", True, [1]):
            assert name in sim.control("PUT", "settings", {name: value}, status=400)["error"]
    assert sim.control("PUT", "settings", {"nodes": 0}, status=400)["error"]
    assert sim.control("PUT", "settings", {"nodes": None}, status=400)["error"]
    sim.settings(max_concurrent=None, max_url_length=None, nodes=3)
