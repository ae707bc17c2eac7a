"""The control API: log, faults, latency, read-only, reset, seed, clock, settings."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from tests.simulator.behaviors import behavior
from tests.simulator.support import CHG24, Sim, error

INCIDENTS = "/api/now/table/incident"
LOG_KEYS = {
    "id", "time", "method", "path", "query", "user", "connection", "status", "bytes_in", "bytes_out", "write",
    "duration_ms", "refused", "dropped", "node", "batch",
}  # fmt: skip


@behavior("Control API", "GET /_sim/health")
def test_health(sim: Sim) -> None:
    body = sim.control("GET", "health")
    assert body["ready"] is True
    assert body["version"]


@behavior("Control API", "GET and DELETE /_sim/log: every request with user, connection, node, bytes, status")
def test_log(sim: Sim) -> None:
    sim.get(INCIDENTS, sysparm_query="a=b^c", sysparm_limit=1)
    sim.insert("incident", "beth.anglin", short_description="x")
    sim.control("GET", "health")
    first, second = sim.log()
    assert set(first) == LOG_KEYS
    assert (first["method"], first["path"], first["user"], first["status"], first["write"]) == (
        "GET", INCIDENTS, "ansible", 200, False,
    )  # fmt: skip
    assert first["query"] == "sysparm_query=a%3Db%5Ec&sysparm_limit=1"
    assert (second["method"], second["user"], second["status"], second["write"]) == ("POST", "beth.anglin", 201, True)
    assert second["bytes_in"] == len('{"short_description": "x"}')
    assert second["bytes_out"] > 1000
    assert second["id"] > first["id"]
    since = sim.control("GET", f"log?since={first['id']}")["requests"]
    assert [entry["id"] for entry in since] == [second["id"]]
    sim.control("DELETE", "log")
    assert sim.log() == []
    sim.get(INCIDENTS)
    assert sim.log()[0]["id"] > second["id"]


@behavior("Control API", "GET and DELETE /_sim/log: every request with user, connection, node, bytes, status")
def test_connections_are_numbered(sim: Sim) -> None:
    for _ in range(3):
        sim.get(INCIDENTS)
    for _ in range(2):
        requests.get(sim.url + INCIDENTS, auth=("ansible", "ansible-password"), timeout=10)
    numbers = [entry["connection"] for entry in sim.log()]
    assert len(set(numbers[:3])) == 1
    assert len(set(numbers)) == 3


@behavior("Control API", "GET and DELETE /_sim/log: every request with user, connection, node, bytes, status")
def test_requests_from_before_the_log_was_cleared(sim: Sim) -> None:
    """What somebody gave up on, and the instance answers all the same, is not seen by whoever clears the log next."""
    sim.fault("/incident", count=1, action={"delay_ms": 400})
    with pytest.raises(requests.ReadTimeout):
        requests.get(sim.url + INCIDENTS, auth=("ansible", "ansible-password"), timeout=0.1)
    sim.control("DELETE", "log")
    sim.get("/api/now/table/problem")
    time.sleep(0.6)
    assert [entry["path"] for entry in sim.log()] == ["/api/now/table/problem"]


def test_token_request_is_no_write(sim: Sim) -> None:
    requests.post(f"{sim.url}/oauth_token.do", data={"grant_type": "password"}, timeout=10)
    assert [(entry["path"], entry["write"]) for entry in sim.log()] == [("/oauth_token.do", False)]


@behavior("Control API", "/_sim/read_only: every write is refused with 403")
def test_read_only(sim: Sim) -> None:
    sim.control("PUT", "read_only", {"enabled": True})
    assert sim.control("GET", "read_only") == {"enabled": True}
    for method, path in (
        ("POST", INCIDENTS),
        ("PATCH", f"/api/sn_chg_rest/change/{CHG24}"),
        ("DELETE", f"/api/now/table/change_request/{CHG24}"),
        ("POST", "/api/now/attachment/file"),
    ):
        answer = sim.call(method, path, "admin", json={})
        assert error(answer)[:2] == (403, "Operation Failed")
        assert "ACL Exception" in str(error(answer)[2])
    assert sim.get(INCIDENTS).status_code == 200
    assert [entry["refused"] for entry in sim.log()] == [True] * 4 + [False]
    sim.control("PUT", "read_only", {"enabled": False})
    assert sim.insert("incident")


@behavior(
    "Bad days", "Latency: fixed, or drawn from a distribution (uniform, normal, lognormal, percentiles) by a seed"
)
def test_latency(sim: Sim) -> None:
    sim.control("PUT", "latency", {"ms": 120})
    started = time.monotonic()
    sim.get(INCIDENTS, sysparm_limit=1)
    assert 0.12 <= time.monotonic() - started < 1
    assert sim.log()[0]["duration_ms"] >= 120
    assert sim.control("GET", "latency") == {"ms": 120.0}


@behavior("Bad days", "Faults by method, path, user, count, skip, probability, time, or a script of actions")
def test_status_fault_counts_down(sim: Sim) -> None:
    headers = {"Retry-After": "1", "X-RateLimit-Limit": "100"}
    sim.fault("/table/incident", method="get", count=2, skip=1, action={"status": 429, "headers": headers})
    assert [sim.get(INCIDENTS).status_code for _ in range(4)] == [200, 429, 429, 200]
    fault = sim.control("GET", "faults")["faults"][0]
    assert (fault["remaining"], fault["hits"]) == (0, 2)
    sim.control("DELETE", "faults")
    assert sim.control("GET", "faults") == {"faults": []}


@behavior("Bad days", "Any status, headers and body, or the instance's own body for that status")
def test_fault_headers_and_bodies(sim: Sim) -> None:
    sim.fault(count=1, action={"status": 429, "headers": {"Retry-After": "7"}})
    answer = sim.get(INCIDENTS)
    assert answer.headers["Retry-After"] == "7"
    assert error(answer)[1] == "Rate limit exceeded"
    sim.fault(count=1, action={"status": 502, "body": "<h1>Bad gateway</h1>", "content_type": "text/html"})
    answer = sim.get(INCIDENTS)
    assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (
        502, "<h1>Bad gateway</h1>", "text/html",
    )  # fmt: skip
    sim.fault(count=1, action={"status": 500})
    assert error(sim.get(INCIDENTS))[1] == "Exception while executing request: null"
    sim.fault(count=1, action={"status": 400, "body": {"error": "text"}})
    assert sim.get(INCIDENTS).json() == {"error": "text"}


@behavior("Bad days", "Any page in HTML with 200, any redirect")
def test_html_and_redirect(sim: Sim) -> None:
    sim.fault(count=1, action={"html": "hibernating"})
    answer = sim.get(INCIDENTS)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html;charset=UTF-8")
    assert "hibernating" in answer.text.lower()
    sim.fault(count=1, action={"redirect": "https://example.com/login"})
    answer = sim.call("GET", INCIDENTS, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://example.com/login")


@behavior("Bad days", "Dropped connections, before the request is processed or after the commit")
@pytest.mark.parametrize(("when", "stored"), [("before", 0), ("after", 1)])
def test_dropped_connections(sim: Sim, when: str, stored: int) -> None:
    sim.fault(method="POST", count=1, action={"drop": when})
    with pytest.raises(requests.ConnectionError):
        sim.insert("incident", short_description="dropped")
    assert len(sim.dump("incident", short_description="dropped")) == stored
    entry = sim.log()[0]
    assert (entry["dropped"], entry["status"], entry["write"], entry["user"]) == (True, None, True, "ansible")


@behavior("Bad days", "Truncated JSON, with a Content-Length that fits or one that promises the whole")
def test_truncated_body(sim: Sim) -> None:
    sim.fault(count=1, action={"truncate": True})
    answer = sim.get(INCIDENTS)
    assert answer.status_code == 200
    assert answer.text.startswith('{"result":[')
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


@behavior("Bad days", "Quota time-outs: 200 with a partial result and an error, or with a text as result")
def test_quota(sim: Sim) -> None:
    sim.fault(count=1, action={"quota": True})
    answer = sim.get(INCIDENTS)
    assert answer.status_code == 200
    assert 0 < len(answer.json()["result"]) < 7
    assert answer.json()["error"]["message"] == "Transaction cancelled: maximum execution time exceeded"


@behavior("Bad days", "Silent refusal: 200, but some fields (a state, say) were not written")
def test_ignored_fields(sim: Sim) -> None:
    change = sim.new_change()
    sim.fault(method="PATCH", count=2, action={"ignore_fields": ["state", "reason"]})
    answer = sim.set_change(change, state="assess", reason="x", justification="y")
    assert answer.status_code == 200
    assert answer.json()["result"]["__meta"] == {"ignoredFields": []}
    record = sim.change(change)
    assert (record["state"], record["reason"], record["justification"]) == ("-5", "", "y")
    sim.patch("change_request", change, reason="x")
    assert sim.change(change)["reason"] == ""
    sim.patch("change_request", change, reason="x")
    assert sim.change(change)["reason"] == "x"


@behavior("Bad days", "Delays of single requests, fixed or drawn")
def test_delay(sim: Sim) -> None:
    sim.fault(count=1, action={"delay_ms": 100})
    started = time.monotonic()
    assert sim.get(INCIDENTS).status_code == 200
    assert time.monotonic() - started >= 0.1


@behavior("Bad days", "Faults by method, path, user, count, skip, probability, time, or a script of actions")
def test_fault_for_one_user_and_one_path(sim: Sim) -> None:
    sim.fault("/change_request", user="beth.anglin", action={"status": 503})
    assert sim.get("/api/now/table/change_request", "beth.anglin").status_code == 503
    assert sim.get("/api/now/table/change_request").status_code == 200
    assert sim.get(INCIDENTS, "beth.anglin").status_code == 200


@behavior("Bad days", "Faults by method, path, user, count, skip, probability, time, or a script of actions")
def test_probability(sim: Sim) -> None:
    sim.fault(probability=0.5, action={"status": 503})
    statuses = [sim.get(INCIDENTS, sysparm_limit=1).status_code for _ in range(60)]
    assert 10 < statuses.count(503) < 50


@behavior("Bad days", "Unknown and contradictory actions are refused with a clear word")
@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"action": {}},
        {"action": {"explode": True}},
        {"action": {"drop": "sometimes"}},
        {"action": {"status": "abc"}},
        {"action": {"status": 99}},
        {"action": {"delay_ms": "long"}},
        {"action": {"status": 500, "headers": [1]}},
        {"action": {"ignore_fields": "state"}},
        {"path": "(", "action": {"status": 500}},
        {"acton": {"status": 500}, "action": {"status": 500}},
    ],
)
def test_fault_that_makes_no_sense(sim: Sim, spec: dict[str, object]) -> None:
    assert sim.control("POST", "faults", spec, status=400)["error"]


@behavior("Control API", "POST /_sim/reset: the initial data, and nothing of what was set")
def test_reset(sim: Sim) -> None:
    sim.insert("incident", short_description="gone")
    sim.fault(action={"status": 500})
    sim.control("PUT", "read_only", {"enabled": True})
    sim.control("PUT", "latency", {"ms": 5})
    sim.control("PUT", "clock", {"now": "2030-01-01T00:00:00Z"})
    sim.settings(generate_tasks=False)
    sim.control("POST", "reset")
    assert len(sim.rows("incident")) == 7
    assert sim.control("GET", "faults") == {"faults": []}
    assert sim.control("GET", "read_only") == {"enabled": False}
    assert sim.control("GET", "latency") == {"ms": 0.0}
    assert sim.control("GET", "settings")["generate_tasks"] is True
    assert not sim.control("GET", "clock")["now"].startswith("2030")
    assert sim.insert("incident")["number"] == "INC0010001"


@behavior("Control API", "/_sim/clock moves the instance's clock")
def test_clock(sim: Sim) -> None:
    sim.control("PUT", "clock", {"now": "2030-01-02T03:04:05Z"})
    answer = sim.call("POST", INCIDENTS, json={})
    assert answer.json()["result"]["sys_created_on"].startswith("2030-01-02 03:04:")
    assert answer.headers["Date"].startswith("Wed, 02 Jan 2030 03:04:")
    sim.control("PUT", "clock", {"advance_seconds": 86400})
    assert sim.control("GET", "clock")["now"].startswith("2030-01-03T03:04:")
    bodies: list[object] = [{"now": "soon"}, {"now": "9999-12-31T00:00:00Z"}, {"advance_seconds": 1e15}]
    for body in (*bodies, {"advance_seconds": "1e400"}):
        assert sim.control("PUT", "clock", body, status=400)["error"]
    assert sim.control("GET", "clock")["now"].startswith("2030-01-03T03:04:")


@behavior("Control API", "/_sim/settings, checked")
def test_the_clock_takes_nothing_else(sim: Sim) -> None:
    for wrong in ({"x": 1}, {"now": 5}, {"now": "soon"}, {"advance_seconds": "1"}, {"advance_seconds": 1e99}):
        assert sim.control("PUT", "clock", wrong, status=400)["error"]


def test_settings_are_checked(sim: Sim) -> None:
    bodies: list[object] = [
        {"nothing": 1},
        {"illegal_transition": "x"},
        {"worker_seconds": -1},
        {"generate_tasks": "yes"},
        [],
    ]
    for body in bodies:
        assert sim.control("PUT", "settings", body, status=400)["error"]
    assert sim.control("GET", "settings")["illegal_transition"] == "refuse"


@behavior("Control API", "POST /_sim/seed: records in any state, past the business rules")
def test_seed_and_dump(sim: Sim) -> None:
    rows = [
        {"state": "Review", "assignment_group": "Network", "start_date": "2026-07-15T08:00:00Z", "sys_id": "d" * 32},
        {"state": "-1", "number": "CHG0099999"},
    ]
    ids = sim.control("POST", "seed", {"table": "change_request", "records": rows}, status=201)["sys_ids"]
    assert ids[0] == "d" * 32
    record = sim.change("d" * 32)
    assert (record["state"], record["start_date"]) == ("0", "2026-07-15 08:00:00")
    assert sim.change(ids[1])["number"] == "CHG0099999"
    sim.control(
        "POST", "seed", {"table": "change_request", "records": [{"sys_id": "d" * 32, "state": "3"}]}, status=201
    )
    assert sim.state("d" * 32) == "3"
    assert sim.control("POST", "seed", {"table": "nothing", "records": []}, status=404)["error"]
    body = {"table": "incident", "records": [{"short_description": "kept?"}, {"nothing": 1}]}
    assert sim.control("POST", "seed", body, status=400)["error"]
    assert sim.dump("incident", short_description="kept?") == []
    assert sim.control("GET", "dump?table=nothing", status=404)["error"]


@behavior("Control API", "POST /_sim/approve: an approver decides")
def test_approve_says_what_is_wrong(sim: Sim) -> None:
    change = sim.new_change(correlation_id="mine")
    assert "No change" in sim.control("POST", "approve", {"change": "CHG9"}, status=404)["error"]
    assert "pending" in sim.control("POST", "approve", {"change": "mine"}, status=409)["error"]
    assert sim.control("POST", "approve", {"change": change, "user": "nobody"}, status=404)["error"]
    assert sim.control("POST", "approve", {"change": change, "state": "maybe"}, status=400)["error"]
    sim.set_change(change, state="assess")
    assert "bow" in sim.control("POST", "approve", {"change": change, "user": "bow.ruggeri"}, status=409)["error"]
    assert sim.approve("mine", user="fred.luddy")["approved_by"] == ["fred.luddy"]
    number = sim.change(change)["number"]
    assert sim.approve(number, all=True) == {
        "state": "-2", "approval": "approved", "approved_by": ["bow.ruggeri"],
    }  # fmt: skip


def test_unknown_control(sim: Sim) -> None:
    assert sim.control("GET", "nothing", status=404)["error"]


@behavior("Control API", "An entry of the log is there before the client has its answer")
def test_log_entry_is_there_before_the_answer(sim: Sim) -> None:
    for number in range(1, 30):
        sim.get(INCIDENTS, sysparm_limit=1)
        assert len(sim.log()) == number


@behavior("Table API", "32 clients at once, each on a connection of its own")
def test_thirty_two_clients_at_once(sim: Sim) -> None:
    def work(number: int) -> set[int]:
        with requests.Session() as session:
            session.auth = ("ansible", "ansible-password")
            codes = set()
            for _ in range(5):
                codes.add(session.post(sim.url + INCIDENTS, json={"order": number}, timeout=20).status_code)
                codes.add(session.get(f"{sim.url}{INCIDENTS}?sysparm_limit=5", timeout=20).status_code)
            return codes

    with ThreadPoolExecutor(32) as pool:
        assert set().union(*pool.map(work, range(32))) == {200, 201}
    numbers = [row["number"] for row in sim.dump("incident")]
    assert len(numbers) == len(set(numbers)) == 7 + 160


def test_a_proxy_is_seen_through(sim: Sim) -> None:
    answer = requests.get("http://example.invalid/_sim/health", proxies={"http": sim.url}, timeout=10)
    assert answer.json()["ready"] is True


def test_headers_cannot_be_injected(sim: Sim) -> None:
    sim.fault(count=1, action={"status": 500, "headers": {"X-A": "b\r\nX-Injected: c"}})
    answer = sim.get(INCIDENTS)
    assert answer.headers["X-A"] == "b X-Injected: c"
    assert "X-Injected" not in answer.headers


@pytest.mark.parametrize("name", ["X\r\nY", "", "A B", "Content-Length", "transfer-encoding"])
def test_headers_that_would_break_the_answer(sim: Sim, name: str) -> None:
    body = {"action": {"status": 500, "headers": {name: "1"}}}
    assert "'headers'" in sim.control("POST", "faults", body, status=400)["error"]


def test_redirect_that_is_no_url(sim: Sim) -> None:
    for where in ("https://x/\r\nX: y", "https://\u00e9/"):
        assert "'redirect'" in sim.control("POST", "faults", {"action": {"redirect": where}}, status=400)["error"]
