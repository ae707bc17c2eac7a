"""pysnow's Client, Resource, ParamsBuilder and Response, with every option and method of its document."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from tests.simulator.behaviors import behavior
from tests.simulator.clients import host, pysnow_client
from tests.simulator.support import CHG24, Sim

pysnow = pytest.importorskip("pysnow", reason="pysnow is not installed")

JOE = "681ccaf9c0a8016400b98a06818d57c7"
NUMBERS = [f"INC00000{number}" for number in (55, 60, 61, 62, 63, 64, 65)]

clients = behavior("Clients", "pysnow 0.7.17: options of Client, methods of Resource, parameters")
responses = behavior("Clients", "pysnow 0.7.17: methods of Response, streams in chunks, errors of an instance")


@pytest.fixture
def incident(sim: Sim) -> Any:
    return pysnow_client(sim).resource(api_path="/table/incident")


def numbers(response: Any) -> list[str]:
    return [record["number"] for record in response.all()]


@clients
def test_client_options(sim: Sim) -> None:
    usage = pysnow.exceptions.InvalidUsage
    credentials = {"user": "ansible", "password": "ansible-password"}
    wrong: tuple[dict[str, Any], ...] = (
        {"host": host(sim), "instance": "both", **credentials},
        {**credentials},
        {"host": host(sim)},
        {"host": host(sim), "user": "ansible", "session": requests.Session()},
        {"host": host(sim), "use_ssl": "no", **credentials},
    )
    for options in wrong:
        with pytest.raises(usage):
            pysnow.Client(**options)
    assert pysnow.Client(instance="name", **credentials).base_url == "https://name.service-now.com"
    with pysnow_client(sim) as client:
        assert client.resource(api_path="/table/incident").get(query={"number": NUMBERS[0]}).one()
    with pytest.warns(DeprecationWarning, match="request_params"):
        client = pysnow_client(sim, request_params={"sysparm_exclude_reference_link": "true"})
    record = client.resource(api_path="/table/incident").get(query={"number": NUMBERS[0]}).one()
    assert record["caller_id"] == JOE


@clients
def test_resource_paths(sim: Sim) -> None:
    client = pysnow_client(sim)
    for path in ("table/incident", "/table/incident/", "/"):
        with pytest.raises(pysnow.exceptions.InvalidUsage):
            client.resource(api_path=path)
    resource = client.resource(api_path="/table/incident", base_path="/api/now/v2")
    assert resource.path == "/api/now/v2/table/incident"
    record = resource.get(query={"number": NUMBERS[0]}).one()
    link = resource.get_record_link(record["sys_id"])
    assert requests.get(link, auth=("ansible", "ansible-password"), timeout=10).json()["result"] == record


@clients
def test_create_update_delete(sim: Sim, incident: Any) -> None:
    made = incident.create(payload={"short_description": "by pysnow", "urgency": "1"}).one()
    assert made["sys_created_by"] == "ansible"
    changed = incident.update(query={"number": made["number"]}, payload={"state": "2"}).one()
    assert changed["state"] == "2"
    with pytest.raises(pysnow.exceptions.InvalidUsage):
        incident.update(query={"number": made["number"]}, payload="state")
    for query in ({"number": "none"}, {"state": "2"}):
        with pytest.raises((pysnow.exceptions.NoResults, pysnow.exceptions.MultipleResults)):
            incident.update(query=query, payload={"state": "3"})
    with pytest.raises(requests.HTTPError, match="403"):
        incident.delete(query={"number": made["number"]})
    answer = pysnow_client(sim, "admin").resource(api_path="/table/incident").delete(query={"number": made["number"]})
    assert answer == {"status": "record deleted"}
    assert sim.rows("incident", f"number={made['number']}") == []


@clients
def test_custom_request(sim: Sim) -> None:
    changes = pysnow_client(sim).resource(api_path="/change", base_path="/api/sn_chg_rest")
    answer = changes.request(method="GET", path_append=f"/{CHG24}", headers={"Accept": "application/json"})
    assert answer.one()["number"]["value"] == "CHG0000024"
    incident = pysnow_client(sim).resource(api_path="/table/incident")
    record = incident.get(query={"number": NUMBERS[0]}).one()
    changed = incident.request("PATCH", path_append=f"/{record['sys_id']}", json={"urgency": "2"})
    assert changed["urgency"] == "2"


@clients
def test_parameters(sim: Sim, incident: Any) -> None:
    parameters = incident.parameters
    assert (parameters.limit, parameters.display_value, parameters.fields) == (10000, False, [])
    parameters.display_value = True
    parameters.exclude_reference_link = True
    record = incident.get(query={"number": NUMBERS[0]}, fields=["number", "state", "caller_id.name", "caller_id"]).one()
    assert record == {
        "number": NUMBERS[0], "state": "In Progress", "caller_id.name": "Joe Employee", "caller_id": "Joe Employee",
    }  # fmt: skip
    parameters.display_value = "all"
    record = incident.get(query={"number": NUMBERS[0]}, fields=["state", "caller_id"]).one()
    assert record["state"] == {"display_value": "In Progress", "value": "2"}
    assert record["caller_id"] == {"display_value": "Joe Employee", "value": JOE}
    parameters.suppress_pagination_header = True
    assert "Link" not in incident.get(query={}, limit=2).headers
    parameters.suppress_pagination_header = False
    assert "Link" in incident.get(query={}, limit=2).headers
    # Those of a resource are its own.
    plain = pysnow_client(sim).resource(api_path="/table/incident").get(query={"number": NUMBERS[0]}).one()
    assert plain["caller_id"] == {"link": f"{sim.url}/api/now/table/sys_user/{JOE}", "value": JOE}


@clients
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("display_value", "some"), ("limit", "1"), ("offset", "1"), ("fields", "number"),
        ("exclude_reference_link", "true"), ("suppress_pagination_header", 1), ("query", 5),
    ],
)  # fmt: skip
def test_parameters_are_checked(incident: Any, name: str, value: object) -> None:
    with pytest.raises(pysnow.exceptions.InvalidUsage):
        setattr(incident.parameters, name, value)


@responses
@pytest.mark.parametrize("chunk_size", [1, 7, 100, 8192])
def test_streams_in_chunks(sim: Sim, chunk_size: int) -> None:
    sim.insert("incident", number="INC0000070", short_description='"ünïcode", \\ and\nlines {[')
    incident = pysnow_client(sim).resource(api_path="/table/incident", chunk_size=chunk_size)
    response = incident.get(query="ORDERBYnumber", stream=True)
    streamed = list(response.all())
    assert response.count == 8
    assert streamed == incident.get(query="ORDERBYnumber").all()
    assert streamed[-1]["short_description"] == '"ünïcode", \\ and\nlines {['


@responses
@pytest.mark.parametrize("stream", [True, False])
def test_all_limit_and_offset(incident: Any, stream: bool) -> None:
    assert numbers(incident.get(query="ORDERBYnumber", stream=stream)) == NUMBERS
    page = incident.get(query="ORDERBYnumber", limit=2, offset=3, stream=stream)
    assert page.headers["X-Total-Count"] == "7"
    assert numbers(page) == NUMBERS[3:5]
    assert numbers(incident.get(query="number=none", stream=stream)) == []


@responses
def test_a_generator_reads_as_it_goes(incident: Any) -> None:
    response = incident.get(query="ORDERBYnumber", stream=True)
    records = response.all()
    assert next(records)["number"] == NUMBERS[0]
    assert response.count == 1
    assert [record["number"] for record in records] == NUMBERS[1:]
    assert response.count == 7


@responses
def test_update_delete_and_items_of_a_response(sim: Sim) -> None:
    incident = pysnow_client(sim, "admin").resource(api_path="/table/incident")
    fetched = incident.get(query={"number": NUMBERS[3]})
    assert fetched["number"] == NUMBERS[3]
    assert fetched.update({"short_description": "via the response"})["short_description"] == "via the response"
    assert fetched.delete() == {"status": "record deleted"}
    assert incident.get(query={"number": NUMBERS[3]}).one_or_none() is None


@responses
def test_errors_of_the_instance(sim: Sim, incident: Any) -> None:
    client = pysnow_client(sim)
    with pytest.raises(requests.HTTPError, match="400"):
        client.resource(api_path="/table/nothing").get(query={}, stream=True).first()
    with pytest.raises(requests.HTTPError, match="403"):
        pysnow_client(sim, "joe.employee").resource(api_path="/table/incident").get(query={}).all()
    wrong = pysnow.Client(host=host(sim), use_ssl=False, user="ansible", password="wrong")
    with pytest.raises(requests.HTTPError, match="401"):
        wrong.resource(api_path="/table/incident").get(query={}).all()
    # An error in a 200, as a time-out of the quota gives it.
    body = {"error": {"message": "Transaction cancelled", "detail": "too long"}, "status": "failure"}
    sim.fault("/api/now/table", action={"status": 200, "body": body})
    with pytest.raises(pysnow.exceptions.ResponseError, match="Transaction cancelled"):
        incident.get(query={}, stream=True).first()
    with pytest.raises(pysnow.exceptions.MissingResult):
        incident.get(query={}).all()
