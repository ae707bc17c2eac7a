"""The code examples of chapters 18 to 27 of the pysnow document (release 0.7.5) with pysnow 0.7.17.

Each is as the document has it, but for host and credentials, and but for what it prints, which is asserted. Where the
client has changed since the document was written, a comment says so.
"""

from __future__ import annotations

import concurrent.futures
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from tests.simulator.behaviors import behavior
from tests.simulator.desk import ATTACH_TO, Desk, Examples, lay
from tests.simulator.support import Sim
from urllib3.util.retry import Retry

pysnow = pytest.importorskip("pysnow", reason="pysnow is not installed")

examples = Examples()


@pytest.fixture
def desk(sim: Sim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return lay(sim, tmp_path, monkeypatch)


def client_of(desk: Desk, user: str = "ansible") -> Any:
    # Create client object
    return pysnow.Client(host=desk.host, use_ssl=False, user=user, password=f"{user}-password")


@examples("18.1 Multiple records")
def multiple_records(desk: Desk) -> None:
    c = client_of(desk)
    # Define a resource, here we'll use the incident table API
    incident = c.resource(api_path="/table/incident")
    # Query for incidents with state 1
    response = incident.get(query={"state": 1}, stream=True)
    # Iterate over the result
    found = [record["sys_id"] for record in response.all()]
    wanted = {row["sys_id"] for row in desk.sim.dump("incident") if row["state"] == "1"}
    assert set(found) == wanted
    assert len(found) == len(wanted) == 3


@examples("18.2 First record")
def first_record(desk: Desk) -> None:
    c = client_of(desk)
    incident = c.resource(api_path="/table/incident")
    # Query for incidents with state 3
    response = incident.get(query={"state": 3})
    # As the document has it, the client itself refuses since 0.7.6: first() takes a stream.
    with pytest.raises(pysnow.exceptions.InvalidUsage):
        response.first()
    assert incident.get(query={"state": 3}, stream=True).first()["number"] == "INC0000063"
    with pytest.raises(pysnow.exceptions.NoResults):
        incident.get(query={"state": 8}, stream=True).first()


@examples("18.3 First or none")
def first_or_none(desk: Desk) -> None:
    c = client_of(desk)
    incident = c.resource(api_path="/table/incident")
    # Query for incidents with state 3; as a stream, see 18.2
    response = incident.get(query={"state": 3}, stream=True)
    assert response.first_or_none()["number"] == "INC0000063"
    assert incident.get(query={"state": 8}, stream=True).first_or_none() is None


@examples("18.4 Exactly one")
def exactly_one(desk: Desk) -> None:
    c = client_of(desk)
    incident = c.resource(api_path="/table/incident")
    # Query for incident with number INC012345
    response = incident.get(query={"number": "INC012345"})
    assert response.one()["state"] == "1"
    with pytest.raises(pysnow.exceptions.NoResults):
        incident.get(query={"number": "none"}).one()
    with pytest.raises(pysnow.exceptions.MultipleResults):
        incident.get(query={"state": 1}).one()


@examples("18.5 One or none")
def one_or_none(desk: Desk) -> None:
    c = client_of(desk)
    # Create a new resource for the incident table API
    incident = c.resource(api_path="/table/incident")
    # Query for incident with number INC012345
    response = incident.get(query={"number": "INC012345"})
    assert response.one_or_none()["state"] == "1"
    assert incident.get(query={"number": "none"}).one_or_none() is None
    with pytest.raises(pysnow.exceptions.MultipleResults):
        incident.get(query={"state": 1}).one_or_none()


@examples("19 Creating a new record")
def creating(desk: Desk) -> None:
    c = client_of(desk)
    incident = c.resource(api_path="/table/incident")
    # Set the payload
    new_record = {"short_description": "Pysnow created incident", "description": "This is awesome"}
    # Create a new incident record
    result = incident.create(payload=new_record)
    # A dictionary in the document, a Response in 0.7.17: items are had from both.
    assert result["short_description"] == "Pysnow created incident"
    stored = desk.sim.dump("incident", sys_id=result["sys_id"])[0]
    assert (stored["description"], stored["sys_created_by"]) == ("This is awesome", "ansible")
    assert stored["number"] == result["number"] == "INC0010001"


@examples("20 Updating a record")
def updating(desk: Desk) -> None:
    c = client_of(desk)
    incident = c.resource(api_path="/table/incident")
    # The document's state 5 is no choice of an incident any more: an instance leaves it out.
    update = {"short_description": "New short description", "state": 2}
    # Update 'short_description' and 'state' for 'INC012345'
    updated_record = incident.update(query={"number": "INC012345"}, payload=update)
    assert (updated_record["short_description"], updated_record["state"]) == ("New short description", "2")
    stored = desk.sim.dump("incident", number="INC012345")[0]
    assert (stored["short_description"], stored["state"]) == ("New short description", "2")


@examples("21 Deleting a record")
def deleting(desk: Desk) -> None:
    c = client_of(desk, "admin")
    incident = c.resource(api_path="/table/incident")
    # Delete incident with number 'INC012345'
    result = incident.delete(query={"number": "INC012345"})
    assert result["status"] == "record deleted"
    assert desk.sim.dump("incident", number="INC012345") == []


@examples("22 Sorting")
def sorting(desk: Desk) -> None:
    query = pysnow.QueryBuilder()
    fields = ["-created_at", "priority"]
    query.field("priority").equals(["3", "4"]).AND()
    for idx, field in enumerate(fields):
        if field[:1] == "-":
            query.field(field[1:]).order_descending()
        else:
            query.field(field).order_ascending()
        if idx != len(fields) - 1:
            query.AND()
    assert str(query) == "priorityIN3,4^ORDERBYDESCcreated_at^ORDERBYpriority"
    # An incident has no created_at: the other key sorts.
    found = [record["priority"] for record in desk.incident().get(query=query).all()]
    assert found == sorted(found)
    assert set(found) == {"3", "4"}


@examples("23 Using the OAuthClient")
def oauth_client(desk: Desk) -> None:
    store: dict[str, Any] = {"token": None}

    # Takes care of refreshing the token storage if needed
    def updater(new_token: Any) -> None:
        store["token"] = new_token

    # Create the OAuthClient with the ServiceNow provided `client_id` and `client_secret`, and a `token_updater`
    s = pysnow.OAuthClient(
        client_id="changegate", client_secret="changegate-secret", token_updater=updater, host=desk.host, use_ssl=False
    )
    if not store["token"]:
        # No previous token exists. Generate new.
        store["token"] = s.generate_token("ansible", "ansible-password")
    # Set the access / refresh tokens
    s.set_token(store["token"])
    # We should now be good to go. Let's define a `Resource` for the incident API.
    incident_resource = s.resource(api_path="/table/incident")
    # Fetch the first record in the response
    record = incident_resource.get(stream=True).first()
    assert record["sys_class_name"] == "incident"


@examples("24 Using the QueryBuilder")
def using_the_query_builder(desk: Desk) -> None:
    c = client_of(desk)
    today = datetime.today()
    sixty_days_ago = today - timedelta(days=60)
    # Query incident records with number starting with 'INC0123', created between 60 days ago and today.
    qb = (
        pysnow.QueryBuilder()
        .field("number").starts_with("INC0123")
        .AND()
        .field("sys_created_on").between(sixty_days_ago, today)
    )  # fmt: skip
    incident = c.resource(api_path="/table/incident")
    response = incident.get(query=qb)
    # Iterate over the matching records and print out number
    found = {record["number"] for record in response.all()}
    assert found >= {"INC012345", "INC0123001"}
    assert "INC0123002" not in found


@examples("25 Attaching files, Response.upload()")
def attaching_to_a_response(desk: Desk) -> None:
    client = client_of(desk)
    # Create a resource
    incidents = client.resource(api_path="/table/incident")
    # Fetch and attach
    incident = incidents.get(query={"number": "INC01234"})
    incident.upload(file_path=desk.file)
    target = desk.sim.dump("incident", number="INC01234")[0]["sys_id"]
    assert [row["file_name"] for row in desk.sim.dump("sys_attachment", table_sys_id=target)] == ["attachment.txt"]


@examples("25 Attaching files, Resource.attachments.upload()")
def attaching_to_a_resource(desk: Desk) -> None:
    client = client_of(desk)
    # Create a resource
    incidents = client.resource(api_path="/table/incident")
    # Uploads file '/tmp/attachment.txt' to the provided incident
    incidents.attachments.upload(sys_id=ATTACH_TO, file_path=desk.file)
    found = desk.sim.dump("sys_attachment", table_sys_id=ATTACH_TO)
    assert [(row["file_name"], row["size_bytes"]) for row in found] == [("attachment.txt", "9")]


@examples("26 Using threaded queries")
def threaded_queries(desk: Desk) -> None:
    def just_print(client: Any, query: dict[str, int]) -> set[tuple[str, str]]:
        # Run the query
        response = client.get(query=query)
        # Iterate over the result
        return {(record["sys_id"], record["state"]) for record in response.all()}

    c = client_of(desk)
    # list of simple items to query
    queries: tuple[dict[str, Any], ...] = (
        {"api": "/table/incident", "q": {"state": 1}},
        {"api": "/table/incident", "q": {"state": 3}},
    )
    # build taskqueue
    with concurrent.futures.ThreadPoolExecutor(max_workers=4) as taskpool:
        jobs = []
        for query in queries:
            connection = c.resource(api_path=query["api"])
            jobs.append(taskpool.submit(just_print, connection, query["q"]))
    for job, query in zip(jobs, queries, strict=True):
        state = str(query["q"]["state"])
        assert job.result() == {(row["sys_id"], state) for row in desk.sim.dump("incident", state=state)}


@examples("27 Session with auto-retry")
def session_with_retry(desk: Desk) -> None:
    s = requests.Session()
    s.auth = requests.auth.HTTPBasicAuth("ansible", "ansible-password")
    # set auto retry for about 2 seconds on some common errors
    adapter = HTTPAdapter(
        max_retries=Retry(total=3, backoff_factor=0.01, status_forcelist=(401, 408, 429, 431, 500, 502, 503, 504, 511))
    )
    # https:// in the document, like the instance
    s.mount("http://", adapter)
    sn = pysnow.Client(host=desk.host, use_ssl=False, session=s)
    desk.sim.fault("/api/now/table", action={"status": 503}, count=1)
    desk.sim.fault("/api/now/table", action={"status": 429}, count=1)
    assert sn.resource(api_path="/table/incident").get(query={"number": "INC012345"}).one()["state"] == "1"
    assert [entry["status"] for entry in desk.sim.log()] == [503, 429, 200]


@behavior("Clients", "pysnow 0.7.17: every example of its document")
@pytest.mark.parametrize("section", list(examples))
def test_example(section: str, desk: Desk) -> None:
    examples.run(section, desk)
