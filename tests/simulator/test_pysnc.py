"""PySNC's client: ways to authenticate, and what it is told wrongly."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import requests
from tests.simulator.behaviors import behavior
from tests.simulator.clients import pysnc_client, secure_url, speak_plainly
from tests.simulator.support import ADMIN_ID, Sim

pysnc = pytest.importorskip("pysnc", reason="pysnc is not installed")

auth = behavior("Clients", "PySNC 1.2: Basic, sessions, OAuth with password and client credentials")


@pytest.fixture(autouse=True)
def _plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    speak_plainly(monkeypatch)


def reader(client: Any) -> str:
    """Reads a record; the name of the user whom the instance took the client for."""
    user = client.GlideRecord("sys_user")
    user.add_query("user_name", "javascript:gs.getUserName()")
    user.query()
    assert user.next()
    return str(user.user_name)


@auth
def test_basic(sim: Sim) -> None:
    assert reader(pysnc_client(sim, ("ansible", "ansible-password"))) == "ansible"
    assert reader(pysnc_client(sim, requests.auth.HTTPBasicAuth("admin", "admin-password"))) == "admin"
    session = requests.Session()
    session.auth = ("bow.ruggeri", "bow.ruggeri-password")
    assert reader(pysnc_client(sim, session)) == "bow.ruggeri"
    with pytest.raises(pysnc.exceptions.AuthenticationException, match="Required to provide Auth information"):
        pysnc_client(sim, ("admin", "wrong")).GlideRecord("sys_user").get(ADMIN_ID)


@auth
def test_oauth_with_password(sim: Sim) -> None:
    flow = pysnc.auth.ServiceNowPasswordGrantFlow("ansible", "ansible-password", "changegate", "changegate-secret")
    client = pysnc_client(sim, flow)
    assert reader(client) == "ansible"
    first = client.session.token["access_token"]
    sim.control("PUT", "clock", {"advance_seconds": 1801})
    client.session._client._expires_at = 1
    # PySNC refreshes the token, but sends the request that was in its hands without any: the client is wrong.
    with pytest.raises(pysnc.exceptions.AuthenticationException):
        reader(client)
    told = [(entry["path"], entry["status"], entry["user"]) for entry in sim.log()]
    assert told[-2:] == [("/oauth_token.do", 200, None), ("/api/now/table/sys_user", 401, None)]
    assert client.session.token["access_token"] != first
    assert reader(client) == "ansible"


@auth
def test_oauth_with_client_credentials(sim: Sim, monkeypatch: pytest.MonkeyPatch) -> None:
    client = pysnc_client(sim, pysnc.auth.ServiceNowClientCredentialsFlow("changegate", "changegate-secret"))
    assert reader(client) == "ansible"
    tokens = [entry["path"] for entry in sim.log()].count("/oauth_token.do")
    later = pysnc.auth.time.time() + 1801
    monkeypatch.setattr(pysnc.auth, "time", SimpleNamespace(time=lambda: later))
    sim.control("PUT", "clock", {"advance_seconds": 1801})
    assert reader(client) == "ansible"
    assert [entry["path"] for entry in sim.log()].count("/oauth_token.do") == tokens + 1
    wrong = pysnc.auth.ServiceNowClientCredentialsFlow("changegate", "wrong")
    with pytest.raises(pysnc.exceptions.AuthenticationException, match="access_denied"):
        pysnc_client(sim, wrong)


@auth
def test_usage(sim: Sim) -> None:
    errors = pysnc.exceptions
    with pytest.raises(errors.InstanceException):
        pysnc.ServiceNowClient("http://name.service-now.com", ("a", "b"))
    with pytest.raises(errors.InstanceException):
        pysnc.ServiceNowClient("name.x", ("a", "b"))
    with pytest.raises(errors.AuthenticationException):
        pysnc_client(sim, ("a", "b"), cert="cert")
    with pytest.raises(errors.AuthenticationException):
        pysnc.ServiceNowClient("name", "no way to authenticate")
    assert pysnc.ServiceNowClient("name", ("a", "b")).instance == "https://name.service-now.com"
    assert pysnc_client(sim).instance == secure_url(sim)
