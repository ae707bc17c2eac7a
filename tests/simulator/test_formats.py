"""Formats and headers: XML, Accept and Content-Type, methods, views, tiny URLs."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
import requests
from tests.simulator.behaviors import behavior
from tests.simulator.support import CHG24, Sim, error

from snow_simulator.http import xml

INCIDENTS = "/api/now/table/incident"
XML = {"Accept": "application/xml"}
SEND_XML = {**XML, "Content-Type": "application/xml"}


def tree(answer: requests.Response) -> ElementTree.Element:
    assert answer.headers["Content-Type"] == "application/xml;charset=UTF-8", answer.text
    root = ElementTree.fromstring(answer.content)
    assert root.tag == "response"
    return root


@behavior("Table API", "XML answers: Accept application/xml or text/xml")
@pytest.mark.parametrize("accept", ["application/xml", "text/xml", "application/json;q=0.5, application/xml"])
def test_records_as_xml(sim: Sim, accept: str) -> None:
    query = {"sysparm_query": "ORDERBYnumber", "sysparm_fields": "number,caller_id,caller_id.name,parent"}
    rows = sim.get(INCIDENTS, **query).json()["result"]
    root = tree(sim.call("GET", INCIDENTS, params=query, headers={"Accept": accept}))
    assert [element.findtext("number") for element in root.findall("result")] == [row["number"] for row in rows]
    first = root.find("result")
    assert first is not None
    assert first.findtext("caller_id/value") == rows[0]["caller_id"]["value"]
    assert first.findtext("caller_id.name") == rows[0]["caller_id.name"]
    assert first.find("parent") is not None
    assert not first.findtext("parent")
    assert tree(sim.call("GET", f"{INCIDENTS}?sysparm_query=number=0", headers=XML)).findall("result") == []


@behavior("Table API", "XML requests: <request><entry>..</entry></request>, the first entry only")
def test_xml_is_read(sim: Sim) -> None:
    entries = "<entry><category>x &amp; ü</category><order>3</order></entry><entry><order>4</order></entry>"
    answer = sim.call("POST", INCIDENTS, data=f"<request>{entries}</request>".encode(), headers=SEND_XML)
    assert answer.status_code == 201
    assert tree(answer).findtext("result/category") == "x & ü"
    sys_id = tree(answer).findtext("result/sys_id")
    body = "<?xml version='1.0' encoding='UTF-8'?><request><category><![CDATA[<b>]]></category></request>"
    assert sim.call("PATCH", f"{INCIDENTS}/{sys_id}", data=body, headers=SEND_XML).status_code == 200
    assert [(row["category"], row["order"]) for row in sim.dump("incident", sys_id=str(sys_id))] == [("<b>", "3")]


BOMB = '<!DOCTYPE a [<!ENTITY b "x">]><request><entry><category>&b;</category></entry></request>'


@behavior("Table API", "XML that cannot be read, or brings a document type: 400")
@pytest.mark.parametrize("body", ["<request>", "no xml", BOMB, "<a>" * 100 + "</a>" * 100, "<a/><b/>"])
def test_bad_xml(sim: Sim, body: str) -> None:
    answer = sim.call("POST", INCIDENTS, data=body, headers={"Content-Type": "application/xml"})
    assert error(answer) == (400, "Exception while reading request", "The payload is not valid XML.")


@behavior("Table API", "Errors in the format that was asked for")
def test_errors_in_xml(sim: Sim) -> None:
    root = tree(sim.call("GET", f"{INCIDENTS}/0", headers=XML))
    assert root.findtext("error/message") == "No Record found"
    assert root.findtext("status") == "failure"
    assert tree(requests.get(sim.url + INCIDENTS, headers=XML, timeout=5)).findtext("error/message")


@behavior("Table API", "406 for an Accept that cannot be met, 415 for a body of another format")
def test_other_formats_are_refused(sim: Sim) -> None:
    answer = sim.call("GET", INCIDENTS, headers={"Accept": "text/csv"})
    assert error(answer)[0] == 406
    for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data"):
        answer = sim.call("POST", INCIDENTS, data=b'{"order": 1}', headers={"Content-Type": kind})
        assert error(answer)[0] == 415
    assert len(sim.dump("incident")) == 7
    for kind in ("application/json;charset=UTF-8", "application/vnd.api+json", ""):
        answer = sim.call("POST", INCIDENTS, data=b'{"order": 1}', headers={"Content-Type": kind} if kind else None)
        assert answer.status_code == 201
    assert sim.call("GET", INCIDENTS, headers={"Accept": "image/png, */*;q=0.1"}).status_code == 200


@behavior("Attachment API", "Metadata as XML")
@behavior("Aggregate API", "Answers as XML")
@behavior("Change Management API", "XML in both directions")
def test_other_apis_speak_xml(sim: Sim) -> None:
    target = f"table_name=change_request&table_sys_id={CHG24}&file_name=a.txt"
    upload = {**XML, "Content-Type": "text/plain"}
    answer = sim.call("POST", f"/api/now/attachment/file?{target}", data=b"x", headers=upload)
    sys_id = tree(answer).findtext("result/sys_id")
    assert tree(sim.call("GET", f"/api/now/attachment/{sys_id}", headers=XML)).findtext("result/size_bytes") == "1"
    grouped = tree(sim.call("GET", "/api/now/stats/incident?sysparm_count=true&sysparm_group_by=state", headers=XML))
    assert grouped.findtext("result/groupby_fields/field") == "state"
    body = "<request><entry><type>normal</type><reason>xml</reason></entry></request>"
    made = tree(sim.call("POST", "/api/sn_chg_rest/change", data=body, headers=SEND_XML))
    assert made.findtext("result/reason/value") == "xml"
    assert made.findtext("result/__meta") == ""
    answer = sim.call("GET", f"/api/sn_chg_rest/change/{made.findtext('result/sys_id/value')}", headers=XML)
    assert tree(answer).findtext("result/active/value") == "true"


def test_xml_of_odd_values() -> None:
    document: dict[str, object] = {
        "a b": None,
        "1": True,
        "l": [1, "<&>", {"x": []}],
        "c": "a\x00b\x0b\ufffe\ud800c",
        "e": {},
    }
    root = ElementTree.fromstring(xml.dumps(document))
    assert [(element.tag, element.text) for element in root] == [
        ("_a_b", None), ("_1", "true"), ("l", "1"), ("l", "<&>"), ("l", None), ("c", "abc"), ("e", None),
    ]  # fmt: skip
    assert xml.loads(b"<request>text</request>") == {}
    assert xml.loads(b"<request><entry>text</entry></request>") == {}


@behavior("Table API", "HEAD is GET without a body, OPTIONS names the methods, 405 for those that there are not")
def test_methods(sim: Sim) -> None:
    head = sim.call("HEAD", f"{INCIDENTS}?sysparm_limit=2")
    assert (head.status_code, head.content, head.headers["X-Total-Count"]) == (200, b"", "7")
    assert int(head.headers["Content-Length"]) == len(sim.get(INCIDENTS, sysparm_limit=2).content)
    assert sim.call("HEAD", f"{INCIDENTS}/0").status_code == 404
    options = sim.call("OPTIONS", INCIDENTS)
    assert (options.status_code, options.headers["Allow"]) == (200, "GET, HEAD, POST, OPTIONS")
    assert sim.call("OPTIONS", "/api/now/nothing").status_code == 400
    for method, path in (("DELETE", INCIDENTS), ("POST", f"{INCIDENTS}/0"), ("BREW", INCIDENTS)):
        assert error(sim.call(method, path))[:2] == (405, "Method not allowed")


@behavior("Table API", "X-HTTP-Method-Override")
def test_method_override(sim: Sim) -> None:
    sys_id = sim.dump("incident")[0]["sys_id"]
    headers = {"X-HTTP-Method-Override": "patch"}
    answer = sim.call("POST", f"{INCIDENTS}/{sys_id}", json={"category": "overridden"}, headers=headers)
    assert (answer.status_code, answer.json()["result"]["category"]) == (200, "overridden")
    assert sim.log()[-1]["method"] == "PATCH"
    sim.control("PUT", "read_only", {"enabled": True})
    headers = {"X-HTTP-Method-Override": "DELETE"}
    assert sim.call("GET", f"{INCIDENTS}/{sys_id}", "admin", headers=headers).status_code == 403


@behavior("Table API", "X-no-response-body")
def test_no_response_body(sim: Sim) -> None:
    headers = {"X-no-response-body": "true"}
    made = sim.call("POST", INCIDENTS, json={"category": "quiet"}, headers=headers)
    assert (made.status_code, made.content) == (201, b"")
    path = made.headers["Location"].removeprefix(sim.url)
    changed = sim.call("PATCH", path, json={"category": "quieter"}, headers=headers)
    assert (changed.status_code, changed.content) == (204, b"")
    assert sim.get(path).json()["result"]["category"] == "quieter"


@behavior("Table API", "sysparm_view", simplified="views are lists of fields in YAML; without such a view all fields")
def test_views(sim: Sim) -> None:
    shown = sim.get(INCIDENTS, sysparm_view="mobile", sysparm_limit=1).json()["result"][0]
    assert list(shown)[:3] == ["number", "short_description", "state"]
    assert len(shown) < 10
    both = sim.get(INCIDENTS, sysparm_view="mobile", sysparm_fields="category", sysparm_limit=1).json()["result"]
    assert set(both[0]) == {"category"}
    assert len(sim.get(INCIDENTS, sysparm_view="desktop", sysparm_limit=1).json()["result"][0]) > 30


@behavior("Table API", "Tiny URLs: POST /now/tinyurl, and sysparm_tiny in any GET")
def test_tiny_urls(sim: Sim) -> None:
    query = "sysparm_query=numberIN" + ",".join(f"INC{number:07}" for number in range(50, 400)) + "^ORDERBYnumber"
    made = sim.call("POST", "/api/now/tinyurl", json={"url": f"{INCIDENTS}?{query}&sysparm_fields=number"})
    assert made.status_code == 200
    path = made.json()["result"]
    assert path.startswith(f"{INCIDENTS}?sysparm_tiny=")
    assert len(path) < 100
    whole = sim.get(INCIDENTS, sysparm_fields="number", sysparm_query=query.removeprefix("sysparm_query=")).json()
    assert len(whole["result"]) > 3
    assert sim.call("GET", path).json() == whole
    page = sim.call("GET", f"{path}&sysparm_limit=2")
    assert page.json()["result"] == whole["result"][:2]
    assert 'rel="next"' in page.headers["Link"]
    assert sim.log()[-1]["query"] == f"{path.partition('?')[2]}&sysparm_limit=2"
    assert sim.call("GET", path.replace("table", "stats") + "&sysparm_count=true").json()["result"] == {
        "stats": {"count": str(len(whole["result"]))}
    }
    # A tiny URL that does not exist asks for nothing in particular.
    assert len(sim.get(INCIDENTS, sysparm_tiny="0" * 32).json()["result"]) == 7
    assert sim.call("POST", "/api/now/tinyurl", json={"url": "incident_list.do"}).json() == {
        "result": "incident_list.do"
    }
    assert error(sim.call("POST", "/api/now/tinyurl", json={}))[0] == 400
    assert {entry["write"] for entry in sim.log()} == {False}


@behavior("Bad days", "URLs that are too long: 414 from a proxy (setting max_url_length)")
def test_long_urls(sim: Sim) -> None:
    sim.settings(max_url_length=200)
    answer = sim.get(INCIDENTS, sysparm_query="number=" + "0" * 200)
    assert (answer.status_code, answer.headers["Content-Type"]) == (414, "text/html;charset=UTF-8")
    assert sim.get(INCIDENTS).status_code == 200
    assert sim.log()[0]["status"] == 414
