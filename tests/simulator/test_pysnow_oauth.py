"""pysnow's OAuthClient: tokens, their refresh when the clock has passed their end, and what an instance refuses."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from tests.simulator.behaviors import behavior
from tests.simulator.clients import host
from tests.simulator.support import Sim

pysnow = pytest.importorskip("pysnow", reason="pysnow is not installed")
oauth2 = pytest.importorskip("oauthlib.oauth2", reason="oauthlib is not installed")

oauth = behavior("Clients", "pysnow 0.7.17: OAuthClient, with automatic refresh")


@pytest.fixture(autouse=True)
def _plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """oauthlib refuses plain HTTP without this."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


def client_of(sim: Sim, updater: Any = None, secret: str = "changegate-secret") -> Any:
    return pysnow.OAuthClient(
        client_id="changegate", client_secret=secret, token_updater=updater, host=host(sim), use_ssl=False
    )


def number(client: Any) -> str:
    found: str = client.resource(api_path="/table/incident").get(query={"number": "INC0000055"}).one()["number"]
    return found


def pass_time(sim: Sim, monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    """For the instance, and for the library that looks whether a token has expired."""
    sim.control("PUT", "clock", {"advance_seconds": seconds})
    later = SimpleNamespace(time=lambda: time.time() + seconds)
    monkeypatch.setattr("oauthlib.oauth2.rfc6749.clients.base.time", later)
    monkeypatch.setattr("oauthlib.oauth2.rfc6749.parameters.time", later)


@oauth
def test_an_expired_token_is_refreshed(sim: Sim, monkeypatch: pytest.MonkeyPatch) -> None:
    stored: list[dict[str, Any]] = []
    client = client_of(sim, stored.append)
    token = client.generate_token("ansible", "ansible-password")
    client.set_token(token)
    assert number(client) == "INC0000055"
    assert stored == []
    pass_time(sim, monkeypatch, 1801)
    assert number(client) == "INC0000055"
    assert [new["access_token"] == token["access_token"] for new in stored] == [False]
    told = [(entry["path"], entry["status"], entry["user"]) for entry in sim.log()]
    assert told[-2:] == [("/oauth_token.do", 200, None), ("/api/now/table/incident", 200, "ansible")]
    # What the updater was given is good for another client, which need not refresh.
    other = client_of(sim)
    other.set_token(stored[0])
    assert number(other) == "INC0000055"
    assert len(sim.log()) == len(told) + 1


@oauth
def test_inside_its_life_the_same_token_comes_back(sim: Sim) -> None:
    first = client_of(sim).generate_token("ansible", "ansible-password")
    sim.control("PUT", "clock", {"advance_seconds": 1000})
    second = client_of(sim).generate_token("ansible", "ansible-password")
    assert second["access_token"] == first["access_token"]
    assert second["expires_in"] <= 800


@oauth
def test_an_expired_token_is_refused(sim: Sim) -> None:
    client = client_of(sim)
    client.set_token(client.generate_token("ansible", "ansible-password"))
    # The client's own clock stands still: it does not know, and it does not refresh after a 401.
    sim.control("PUT", "clock", {"advance_seconds": 1801})
    with pytest.raises(requests.HTTPError, match="401"):
        number(client)


@oauth
def test_an_expired_refresh_token_is_refused(sim: Sim, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(sim)
    client.set_token(client.generate_token("ansible", "ansible-password"))
    pass_time(sim, monkeypatch, 8_640_001)
    with pytest.raises(oauth2.OAuth2Error, match="access_denied"):
        number(client)


@oauth
def test_tokens_that_are_not_given(sim: Sim) -> None:
    error = pysnow.exceptions.TokenCreateError
    with pytest.raises(error) as caught:
        client_of(sim).generate_token("ansible", "wrong")
    # Its snow_status_code is oauthlib's own 400, whatever the instance answered.
    assert (caught.value.description, sim.log()[-1]["status"]) == ("access_denied", 401)
    with pytest.raises(error):
        client_of(sim, secret="wrong").generate_token("ansible", "ansible-password")
    with pytest.raises(error):
        client_of(sim).generate_token("retired.person", "retired.person-password")


@oauth
def test_usage(sim: Sim) -> None:
    with pytest.raises(pysnow.exceptions.InvalidUsage):
        pysnow.OAuthClient(host=host(sim))
    client = client_of(sim)
    with pytest.raises(pysnow.exceptions.MissingToken):
        client.resource(api_path="/table/incident")
    with pytest.raises(pysnow.exceptions.InvalidUsage):
        client.set_token({"access_token": "x"})
    with pytest.warns(UserWarning, match="manages sessions internally"):
        pysnow.OAuthClient(client_id="a", client_secret="b", host=host(sim), user="ignored")
