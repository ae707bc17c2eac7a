"""pysnow and PySNC over HTTPS, as they speak by themselves: Basic, OAuth and a client certificate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from tests.simulator.behaviors import behavior

from snow_simulator import Simulator

pysnow = pytest.importorskip("pysnow", reason="pysnow is not installed")
pysnc = pytest.importorskip("pysnc", reason="pysnc is not installed")

pytestmark = [behavior("Clients", "pysnow 0.7.17 and PySNC 1.2 over HTTPS; PySNC with a client certificate")]
AUTH = ("ansible", "ansible-password")


@pytest.fixture(scope="module")
def secure() -> Iterator[Simulator]:
    simulator = Simulator(tls=True)
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture(autouse=True)
def _authority(secure: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment may name authorities of its own, which requests would prefer."""
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(secure.ca_file))


def user_of(client: Any) -> str:
    """Whom the instance takes the client for."""
    user = client.GlideRecord("sys_user")
    user.add_query("sys_id", "javascript:gs.getUserID()")
    user.query()
    assert user.next()
    return str(user.user_name)


def test_pysnow(secure: Simulator) -> None:
    host = secure.url.removeprefix("https://")
    client = pysnow.Client(host=host, user=AUTH[0], password=AUTH[1])
    incident = client.resource(api_path="/table/incident")
    assert incident.get(query={"number": "INC0000055"}).one()["state"] == "2"
    oauth = pysnow.OAuthClient(client_id="changegate", client_secret="changegate-secret", host=host)
    oauth.set_token(oauth.generate_token(*AUTH))
    assert oauth.resource(api_path="/table/incident").get(query={"number": "INC0000055"}).one()["state"] == "2"


def test_pysnc(secure: Simulator) -> None:
    assert user_of(pysnc.ServiceNowClient(secure.url, AUTH, verify=str(secure.ca_file))) == "ansible"
    flow = pysnc.auth.ServiceNowPasswordGrantFlow(*AUTH, "changegate", "changegate-secret")
    assert user_of(pysnc.ServiceNowClient(secure.url, flow, verify=str(secure.ca_file))) == "ansible"
    flow = pysnc.auth.ServiceNowClientCredentialsFlow("changegate", "changegate-secret")
    assert user_of(pysnc.ServiceNowClient(secure.url, flow, verify=str(secure.ca_file))) == "ansible"


def test_pysnc_with_a_client_certificate(secure: Simulator) -> None:
    certificate = str(secure.client_certificate("beth.anglin"))
    client = pysnc.ServiceNowClient(secure.url, cert=certificate, verify=str(secure.ca_file))
    assert user_of(client) == "beth.anglin"


def test_without_the_authority(secure: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(requests.exceptions.SSLError):
        pysnc.ServiceNowClient(secure.url, AUTH, auto_retry=False).GlideRecord("incident").query()
