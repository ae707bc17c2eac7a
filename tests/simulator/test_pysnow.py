"""pysnow 0.7.17 from PyPI, as it is, over real HTTP."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.simulator.support import CHG24, Sim

pysnow = pytest.importorskip("pysnow", reason="pysnow is not installed")


@pytest.fixture
def client(sim: Sim) -> Iterator[Any]:
    # It builds https URLs unless told not to.
    made = pysnow.Client(
        host=sim.url.removeprefix("http://"), use_ssl=False, user="ansible", password="ansible-password"
    )
    yield made
    made.close()


@pytest.fixture
def incident(client: Any) -> Any:
    return client.resource(api_path="/table/incident")


def where(field: str) -> Any:
    return pysnow.QueryBuilder().field(field)


def numbers(response: Any) -> list[str]:
    return [record["number"] for record in response.all()]


def test_get_one(incident: Any) -> None:
    response = incident.get(query={"number": "INC0000055"})
    assert response.one()["short_description"] == "SAP Sales app is not accessible"
    assert response.one()["caller_id"]["value"]
    with pytest.raises(pysnow.exceptions.NoResults):
        incident.get(query={"number": "none"}).one()
    with pytest.raises(pysnow.exceptions.MultipleResults):
        incident.get(query={"active": "true"}).one()
    assert incident.get(query={"number": "none"}).one_or_none() is None
    assert incident.get(query={}, limit=1, stream=True).first()["number"]


@pytest.mark.parametrize("stream", [True, False])
def test_get_all_and_paging(incident: Any, stream: bool) -> None:
    everything = numbers(incident.get(query="ORDERBYnumber", stream=stream))
    assert len(everything) == 7
    assert numbers(incident.get(query="ORDERBYnumber", limit=2, offset=3, stream=stream)) == everything[3:5]


def test_count_and_headers(incident: Any) -> None:
    response = incident.get(query="priority=2", limit=1, stream=True)
    assert len(list(response.all())) == response.count == 1
    assert response.headers["X-Total-Count"] == "2"


def test_parameters(client: Any, incident: Any) -> None:
    incident.parameters.display_value = True
    incident.parameters.exclude_reference_link = True
    record = incident.get(query={"number": "INC0000055"}, fields=["number", "state", "caller_id.name"]).one()
    assert record == {"number": "INC0000055", "state": "In Progress", "caller_id.name": "Joe Employee"}


def test_query_builder(incident: Any) -> None:
    cases: tuple[tuple[Any, set[int]], ...] = (
        (where("priority").equals("2").AND().field("category").equals("database"), {63}),
        (where("number").equals(["INC0000060", "INC0000061"]).AND().field("active").equals("true"), {61}),
        (where("category").equals("network").OR().field("category").equals("database"), {61, 63}),
        (where("short_description").contains("printer"), {62}),
        (where("short_description").starts_with("web").OR().field("number").ends_with("62"), {62, 64}),
        (where("assigned_to").is_empty().AND().field("state").not_equals(["7"]), {62, 65}),
        (where("opened_at").between(datetime(2024, 3, 6), datetime(2024, 3, 7)), {62, 63}),
        (where("priority").greater_than(4), {62}),
        (where("priority").less_than(2), {55}),
        (where("priority").between(3, 4), {60, 61, 65}),
        (where("cmdb_ci").is_not_empty().NQ().field("number").equals("INC0000055"), {55, 61, 63, 64}),
        (where("number").not_contains("INC000006"), {55}),
        (where("caller_id.name").equals("Abel Tuter"), {61}),
    )
    for query, wanted in cases:
        assert {int(number[-2:]) for number in numbers(incident.get(query=query))} == wanted, str(query)
    descending = where("active").equals("true").AND().field("number").order_descending()
    found = numbers(incident.get(query=descending))
    assert found == sorted(found, reverse=True)


def test_create_update_delete(sim: Sim, client: Any, incident: Any) -> None:
    made = incident.create(payload={"short_description": "by pysnow", "urgency": "1"}).one()
    assert made["sys_created_by"] == "ansible"
    changed = incident.update(query={"number": made["number"]}, payload={"state": "2"}).one()
    assert changed["state"] == "2"
    with pytest.raises(requests.HTTPError, match="403"):
        incident.delete(query={"number": made["number"]})
    admin = pysnow.Client(host=client.host, use_ssl=False, user="admin", password="admin-password")
    answer = admin.resource(api_path="/table/incident").delete(query={"number": made["number"]})
    assert answer["status"] == "record deleted"
    assert sim.rows("incident", f"number={made['number']}") == []


def test_errors(client: Any) -> None:
    with pytest.raises(requests.HTTPError, match="400"):
        client.resource(api_path="/table/nothing").get(query={}, stream=True).first()
    wrong = pysnow.Client(host=client.host, use_ssl=False, user="ansible", password="wrong")
    with pytest.raises(requests.HTTPError, match="401"):
        wrong.resource(api_path="/table/incident").get(query={}).all()


def test_attachments(sim: Sim, client: Any, tmp_path: Path) -> None:
    file = tmp_path / "plan.txt"
    file.write_bytes(b"the plan")
    changes = client.resource(api_path="/table/change_request")
    made = changes.attachments.upload(sys_id=CHG24, file_path=str(file), name="plan.txt")
    assert made.one()["file_name"] == "plan.txt"
    found = client.resource(api_path="/table/change_request").attachments.get(sys_id=CHG24)
    assert [item["size_bytes"] for item in found] == ["8"]
    client.resource(api_path="/table/change_request").attachments.delete(sys_id=found[0]["sys_id"])
    assert sim.dump("sys_attachment") == []


def test_oauth(sim: Sim, monkeypatch: pytest.MonkeyPatch) -> None:
    # oauthlib refuses http without this.
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("OAUTHLIB_RELAX_TOKEN_SCOPE", "1")
    stored: list[dict[str, Any]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        client = pysnow.OAuthClient(
            client_id="changegate",
            client_secret="changegate-secret",
            token_updater=stored.append,
            host=sim.url.removeprefix("http://"),
            use_ssl=False,
        )
    token = client.generate_token("ansible", "ansible-password")
    client.set_token(token)
    assert client.resource(api_path="/table/incident").get(query={"number": "INC0000055"}).one()
    sim.control("PUT", "clock", {"advance_seconds": 1801})
    client.set_token({**token, "expires_at": 1, "expires_in": -1})
    assert client.resource(api_path="/table/incident").get(query={"number": "INC0000055"}).one()
    assert stored[0]["access_token"] != token["access_token"]
    assert {entry["user"] for entry in sim.log()} == {None, "ansible"}
    with pytest.raises(Exception, match=r"(?i)token|access_denied"):
        client.generate_token("ansible", "wrong")


def test_change_api_as_a_custom_resource(client: Any) -> None:
    changes = client.resource(api_path="/change", base_path="/api/sn_chg_rest")
    answer = changes.request(method="GET", path_append=f"/{CHG24}")
    assert answer.one()["number"]["value"] == "CHG0000024"
