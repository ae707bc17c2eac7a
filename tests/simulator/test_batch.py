"""The Batch API: several requests in one."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import requests
from tests.simulator.behaviors import absent, behavior
from tests.simulator.support import Sim, error

BATCH = "/api/now/v1/batch"
INCIDENTS = "/api/now/table/incident"
NETWORK_QUERY = "sysparm_query=number=INC0000055&sysparm_fields=number"


def item(name: str, method: str = "GET", url: str = INCIDENTS, body: object = None, **more: Any) -> dict[str, Any]:
    made = {"id": name, "method": method, "url": url, **more}
    if body is not None:
        made["body"] = base64.b64encode(body if isinstance(body, bytes) else json.dumps(body).encode()).decode()
        made.setdefault("headers", [{"name": "Content-Type", "value": "application/json"}])
    return made


def send(sim: Sim, *items: object, user: str = "ansible", path: str = BATCH, **options: Any) -> dict[str, Any]:
    answer = sim.call("POST", path, user, json={"batch_request_id": 7, "rest_requests": list(items)}, **options)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    assert set(document) == {"batch_request_id", "serviced_requests", "unserviced_requests"}
    assert document["batch_request_id"] == "7"
    return document


def body_of(answer: dict[str, Any]) -> Any:
    return json.loads(base64.b64decode(answer["body"]))


def codes(document: dict[str, Any]) -> list[int]:
    return [answer["status_code"] for answer in document["serviced_requests"]]


@behavior("Batch API", "POST /now/v1/batch and /now/batch: base64 bodies, order, ids, headers, execution_time")
@pytest.mark.parametrize("path", [BATCH, "/api/now/batch"])
def test_requests_are_served_in_order(sim: Sim, path: str) -> None:
    document = send(
        sim,
        item("a", "POST", INCIDENTS, {"short_description": "batched", "correlation_id": "b1"}),
        item(
            "b", "GET", f"{INCIDENTS}?sysparm_query=correlation_id=b1&sysparm_fields=short_description,sys_created_by"
        ),
        item("c", "GET", f"{INCIDENTS}?{NETWORK_QUERY}", exclude_response_headers=True),
        path=path,
    )
    first, second, third = document["serviced_requests"]
    assert [answer["id"] for answer in document["serviced_requests"]] == ["a", "b", "c"]
    assert [(answer["status_code"], answer["status_text"]) for answer in (first, second)] == [
        (201, "Created"), (200, "OK"),
    ]  # fmt: skip
    assert body_of(second) == {"result": [{"short_description": "batched", "sys_created_by": "ansible"}]}
    assert body_of(third) == {"result": [{"number": "INC0000055"}]}
    assert third["headers"] == []
    headers = {header["name"]: header["value"] for header in second["headers"]}
    assert headers["Content-Type"] == "application/json;charset=UTF-8"
    assert headers["X-Total-Count"] == "1"
    assert int(headers["Content-Length"]) == len(base64.b64decode(second["body"]))
    assert all(isinstance(answer["execution_time"], int) for answer in (first, second, third))
    assert set(first) == {"id", "body", "status_code", "status_text", "headers", "execution_time"}
    assert document["unserviced_requests"] == []


@behavior("Batch API", "One request that fails stops no other")
def test_errors_are_those_of_their_request(sim: Sim) -> None:
    document = send(
        sim,
        item("a", url="/api/now/table/nothing"),
        item("b", "POST", INCIDENTS, b"{not json"),
        item("c", "DELETE", f"{INCIDENTS}/0"),
        item("d", "POST", INCIDENTS, {"correlation_id": "after errors"}),
        item("e", url="/api/nothing"),
        item("f", "PUT", "/api/now/table/change_request"),
        user="admin",
    )
    assert codes(document) == [400, 400, 404, 201, 400, 405]
    assert body_of(document["serviced_requests"][0])["error"]["message"] == "Invalid table nothing"
    assert len(sim.dump("incident", correlation_id="after errors")) == 1


@behavior("Batch API", "XML and JSON, files and records mixed in one batch")
def test_formats_are_mixed(sim: Sim) -> None:
    found = sim.dump("incident", number="INC0000055")[0]["sys_id"]
    upload = f"/api/now/attachment/file?table_name=incident&table_sys_id={found}&file_name=a.bin"
    plain = [{"name": "Content-Type", "value": "application/octet-stream"}]
    accept = [{"name": "accept", "value": "application/xml"}]
    document = send(sim, item("a", url=f"{INCIDENTS}/{found}?sysparm_fields=number", headers=accept),
                    item("b", "POST", upload, b"\0\xff", headers=plain))  # fmt: skip
    assert b"<result><number>INC0000055</number></result>" in base64.b64decode(document["serviced_requests"][0]["body"])
    made = body_of(document["serviced_requests"][1])["result"]["sys_id"]
    document = send(sim, item("c", url=f"/api/now/attachment/{made}/file"), item("d", "DELETE", f"{INCIDENTS}/{found}"))
    assert base64.b64decode(document["serviced_requests"][0]["body"]) == b"\0\xff"
    assert codes(document)[1] in (204, 403)


@behavior("Batch API", "Each request has the rights of the caller, and an entry in the log with the batch's id")
def test_user_and_log(sim: Sim) -> None:
    own = [{"name": "Authorization", "value": "Basic " + base64.b64encode(b"admin:admin-password").decode()}]
    document = send(sim, item("a", headers=own), item("b", "POST", INCIDENTS, {}), user="joe.employee")
    assert codes(document)[0] == 403
    inner, second, outer = sim.log()
    assert (inner["path"], inner["user"], inner["batch"], inner["write"]) == (INCIDENTS, "joe.employee", "7", False)
    assert (second["method"], second["write"]) == ("POST", True)
    assert (outer["path"], outer["batch"], outer["write"]) == (BATCH, None, False)
    assert inner["connection"] == outer["connection"]
    assert requests.post(sim.url + BATCH, json={}, timeout=5).status_code == 401


@behavior("Batch API", "Faults and read-only mode hit single requests of a batch")
def test_faults_hit_single_requests(sim: Sim) -> None:
    sim.fault("/table/incident", method="POST", count=1, action={"status": 503, "when": "after"})
    document = send(sim, item("a"), item("b", "POST", INCIDENTS, {"correlation_id": "x"}), item("c"))
    assert codes(document) == [200, 503, 200]
    assert len(sim.dump("incident", correlation_id="x")) == 1
    sim.fault("/table/incident", method="GET", count=1, action={"drop": "before"})
    with pytest.raises(requests.ConnectionError):
        send(sim, item("a"))
    assert [entry["dropped"] for entry in sim.log()[-2:]] == [True, True]
    sim.control("PUT", "read_only", {"enabled": True})
    assert codes(send(sim, item("a"), item("b", "POST", INCIDENTS, {}))) == [200, 403]


@behavior("Batch API", "Limits: 5 MB for an item in, 10 MB for one out, 30 s; the rest is unserviced")
def test_limits(sim: Sim) -> None:
    small, large = item("s", "POST", INCIDENTS, {}), item("l", "POST", INCIDENTS, {"description": "x" * 2000})
    sim.settings(batch_input_bytes=1000)
    document = send(sim, small, large, item("z"))
    assert (codes(document), document["unserviced_requests"]) == ([201], ["l", "z"])
    sim.settings(batch_input_bytes=5_000_000, batch_output_bytes=3000)
    document = send(sim, item("one", url=f"{INCIDENTS}?{NETWORK_QUERY}"), item("all"), item("z"))
    assert (codes(document), document["unserviced_requests"]) == ([200], ["all", "z"])
    sim.settings(batch_output_bytes=10_000_000, batch_seconds=0.15)
    sim.fault("/table/", action={"delay_ms": 100})
    document = send(sim, *(item(str(number), url=f"{INCIDENTS}?sysparm_limit=1") for number in range(4)))
    assert document["unserviced_requests"] == ["2", "3"]


@behavior("Batch API", "X-BATCHREQUEST-MAX-OUTPUT-SIZE makes the limit lower, never higher")
def test_output_header(sim: Sim) -> None:
    for size, left in (("100", ["a"]), ("1000000", []), ("junk", [])):
        document = send(sim, item("a"), headers={"X-BATCHREQUEST-MAX-OUTPUT-SIZE": size})
        assert document["unserviced_requests"] == left
    sim.settings(batch_output_bytes=100)
    assert send(sim, item("a"), headers={"X-BATCHREQUEST-MAX-OUTPUT-SIZE": "999999"})["unserviced_requests"] == ["a"]


@behavior("Batch API", "Malformed requests: 400, for the whole batch or for the request that is wrong")
def test_malformed_batches(sim: Sim) -> None:
    for body in ({}, {"rest_requests": "x"}, {"rest_requests": [1]}, {"rest_requests": [{"url": INCIDENTS}]}):
        assert error(sim.call("POST", BATCH, json=body))[:2] == (400, "Invalid batch request")
    for raw in (b"{", b"[]", b"1"):
        answer = sim.call("POST", BATCH, data=raw, headers={"Content-Type": "application/json"})
        assert error(answer) == (400, "Exception while reading request", "The payload is not valid JSON.")
    document = send(
        sim,
        {"id": "a"},
        {"id": "b", "method": "GET"},
        item("c", "BREW"),
        item("d", url="https://example.com/api/now/table/incident"),
        item("e", url="//example.com/x"),
        {**item("f", "POST"), "body": "%%%"},
        {**item("g"), "headers": {"Accept": "x"}},
        {**item("h"), "headers": [{"value": "x"}]},
        item("i", url=BATCH, method="POST", body={"rest_requests": []}),
        item("j", url=f"{INCIDENTS}?sysparm_query=short_description=ü ^^&sysparm_limit=1"),
        {**item("k"), "headers": [{"name": "X-Ü\r\nY", "value": "a\r\nX-Injected: b\u20ac"}]},
    )
    assert codes(document) == [400] * 9 + [200, 200]
    for answer in document["serviced_requests"][:8]:
        assert body_of(answer)["error"]["message"] == "Invalid batch request"
        assert answer["error_message"] == body_of(answer)["error"]["detail"]
    assert body_of(document["serviced_requests"][8])["error"]["detail"] == "A batch cannot hold a batch"


def test_redirects_are_told(sim: Sim) -> None:
    sim.fault("/table/", count=1, action={"redirect": "https://example.com/login"})
    answer = send(sim, item("a"))["serviced_requests"][0]
    assert (answer["status_code"], answer["redirect_url"]) == (302, "https://example.com/login")


@behavior("Batch API", "JSON only (406, 415); version v1 only (400)")
def test_json_only(sim: Sim) -> None:
    assert sim.call("POST", BATCH, json={}, headers={"Accept": "application/xml"}).status_code == 406
    headers = {"Content-Type": "application/xml"}
    assert sim.call("POST", BATCH, data=b"<request/>", headers=headers).status_code == 415
    assert error(sim.call("POST", "/api/now/v2/batch", json={}))[0] == 400


@absent("Batch API", "Streamed answers (Accept: multipart/mixed)")
def test_no_multipart(sim: Sim) -> None:
    assert sim.call("POST", BATCH, json={}, headers={"Accept": "multipart/mixed"}).status_code == 406
