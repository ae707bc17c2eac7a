"""The code examples of chapters 14 to 17 of the pysnow document (release 0.7.5) with pysnow 0.7.17.

Each is as the document has it, but for host and credentials; what it leaves without a use is used.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests
from tests.simulator.behaviors import behavior
from tests.simulator.desk import Desk, Examples, lay
from tests.simulator.support import Sim

pysnow = pytest.importorskip("pysnow", reason="pysnow is not installed")

examples = Examples()
CLIENT_ID, CLIENT_SECRET = "changegate", "changegate-secret"


@pytest.fixture
def desk(sim: Sim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return lay(sim, tmp_path, monkeypatch)


@examples("14.1.1 With username and password")
def username_and_password(desk: Desk) -> None:
    s = pysnow.Client(host=desk.host, use_ssl=False, user="ansible", password="ansible-password")
    assert s.resource(api_path="/table/incident").get(query={"number": "INC012345"}).one()["state"] == "1"


@examples("14.1.2 With a custom session object")
def custom_session(desk: Desk) -> None:
    s = requests.Session()
    s.verify = False
    s.auth = requests.auth.HTTPBasicAuth("ansible", "ansible-password")
    sn = pysnow.Client(host=desk.host, use_ssl=False, session=s)
    assert sn.resource(api_path="/table/incident").get(query={"number": "INC012345"}).one()["state"] == "1"
    assert desk.sim.log()[-1]["user"] == "ansible"


@examples("14.2.1 Getting initial tokens")
def initial_tokens(desk: Desk) -> None:
    session = desk.session
    s = pysnow.OAuthClient(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, host=desk.host, use_ssl=False)
    if not session["token"]:
        # No previous token exists. Generate new.
        session["token"] = s.generate_token("ansible", "ansible-password")
    token = session["token"]
    assert set(token) >= {"token_type", "refresh_token", "access_token", "scope", "expires_in", "expires_at"}
    assert token["token_type"] == "Bearer"
    assert 1795 <= token["expires_in"] <= 1800


@examples("14.2.2 Using tokens")
def using_tokens(desk: Desk) -> None:
    initial_tokens(desk)
    session = desk.session
    updates = []

    def updater(new_token: object) -> None:
        updates.append(new_token)
        session["token"] = new_token

    s = pysnow.OAuthClient(
        client_id=CLIENT_ID, client_secret=CLIENT_SECRET, token_updater=updater, host=desk.host, use_ssl=False
    )
    s.set_token(session["token"])
    assert s.resource(api_path="/table/incident").get(query={"number": "INC012345"}).one()["state"] == "1"
    assert desk.sim.log()[-1]["user"] == "ansible"
    # The token is new: nothing was refreshed.
    assert updates == []


@examples("15 Resources")
def resources(desk: Desk) -> None:
    # Deleting takes the admin role here.
    incident = desk.incident("admin")
    incident.parameters.display_value = True
    record = incident.get(query={"number": "INC012345"}).one()
    assert record["state"] == "New"
    sys_id = record["sys_id"]
    incident.attachments.upload(sys_id, file_path=desk.file)
    assert [row["file_name"] for row in desk.sim.dump("sys_attachment", table_sys_id=sys_id)] == ["attachment.txt"]
    updated = incident.update(
        query={"sys_id": sys_id},
        payload={"short_description": "Uh-uh", "description": "I fear I might be getting deleted."},
    )
    assert updated["short_description"] == "Uh-uh"
    assert desk.sim.dump("incident", sys_id=sys_id)[0]["description"] == "I fear I might be getting deleted."
    incident.delete(query={"sys_id": sys_id})
    assert desk.sim.dump("incident", sys_id=sys_id) == []
    assert desk.sim.dump("sys_attachment", table_sys_id=sys_id) == []


@examples("16.1 Client object parameters")
def client_parameters(desk: Desk) -> None:
    client = pysnow.Client(host=desk.host, use_ssl=False, user="ansible", password="ansible-password")
    client.parameters.display_value = False
    client.parameters.exclude_reference_link = True
    client.parameters.add_custom({"foo": "bar"})
    record = client.resource(api_path="/table/incident").get(query={"number": "INC0000055"}).one()
    # Inherited by the resource: plain values, no links.
    assert (record["state"], record["caller_id"]) == ("2", "681ccaf9c0a8016400b98a06818d57c7")
    assert "foo=bar" in desk.sim.log()[-1]["query"]


@examples("16.2 Resource object parameters")
def resource_parameters(desk: Desk) -> None:
    client = pysnow.Client(host=desk.host, use_ssl=False, user="ansible", password="ansible-password")
    incident = client.resource(api_path="/custom/api")
    incident.parameters.add_custom({"foo": "bar"})
    # The document's path is made up: an instance without that API refuses it.
    with pytest.raises(requests.HTTPError, match="400"):
        incident.get(query={}).all()
    entry = desk.sim.log()[-1]
    assert entry["path"] == "/api/now/custom/api"
    assert "foo=bar" in entry["query"]


@examples("17.1 Key-value")
def key_value(desk: Desk) -> None:
    incident = desk.incident()
    # Names of fields are taken in any case.
    content = incident.get(query={"NUMBER": "INC012345"}).one()
    assert content["number"] == "INC012345"


@examples("17.2 Using the query builder")
def query_builder(desk: Desk) -> None:
    incident = desk.incident()
    # Set start and end range
    start = datetime(1970, 1, 1)
    end = datetime.now() - timedelta(days=20)
    # Query incident records with number starting with 'INC0123', created between 1970-01-01 and 20 days back in time
    qb = (
        pysnow.QueryBuilder()
        .field("number").starts_with("INC0123")
        .AND()
        .field("sys_created_on").between(start, end)
        .AND()
        .field("sys_updated_on").order_descending()
    )  # fmt: skip
    iterable_content = incident.get(query=qb).all()
    found = [record["number"] for record in iterable_content]
    assert found[0] == "INC0123001"
    assert sorted(found[1:]) == ["INC0123002", "INC012345"]


@examples("17.3 SN Pass-through")
def pass_through(desk: Desk) -> None:
    incident = desk.incident()
    # Set start and end range
    start = datetime(1970, 1, 1)
    end = datetime.now() - timedelta(days=20)
    # The moments carry microseconds here.
    iterable_content = incident.get(
        query=f'numberSTARTSWITHINC0150^sys_created_onBETWEENjavascript:gs.dateGenerate("{start}")'
        f'@javascript:gs.dateGenerate("{end}")'
    ).all()
    assert [record["number"] for record in iterable_content] == ["INC0150001"]


@behavior("Clients", "pysnow 0.7.17: every example of its document")
@pytest.mark.parametrize("section", list(examples))
def test_example(section: str, desk: Desk) -> None:
    examples.run(section, desk)
