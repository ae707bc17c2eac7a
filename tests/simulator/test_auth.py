"""Basic and OAuth authentication."""

from __future__ import annotations

from typing import Any

import requests
from tests.simulator.behaviors import behavior
from tests.simulator.support import Sim

CLIENT = {"client_id": "changegate", "client_secret": "changegate-secret"}
REFUSED = {"error": "server_error", "error_description": "access_denied"}


def ask(sim: Sim, **form: str) -> requests.Response:
    return requests.post(f"{sim.url}/oauth_token.do", data={**CLIENT, **form}, timeout=10)


def token(sim: Sim, user: str = "ansible") -> dict[str, Any]:
    answer = ask(sim, grant_type="password", username=user, password=f"{user}-password")
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


def works(sim: Sim, access: str) -> bool:
    headers = {"Authorization": f"Bearer {access}"}
    answer = requests.get(f"{sim.url}/api/now/table/incident", headers=headers, timeout=10)
    assert answer.status_code in (200, 401)
    return answer.status_code == 200


@behavior("Authentication", "OAuth: password grant")
def test_password_grant(sim: Sim) -> None:
    body = token(sim)
    assert set(body) == {"access_token", "refresh_token", "scope", "token_type", "expires_in"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 1799)
    assert works(sim, body["access_token"])
    assert [entry["user"] for entry in sim.log()] == [None, "ansible"]


@behavior("Authentication", "OAuth: inside its life the same token comes back; tokens expire on the instance's clock")
def test_same_token_within_its_life(sim: Sim) -> None:
    first = token(sim)
    sim.control("PUT", "clock", {"advance_seconds": 1000})
    second = token(sim)
    assert second["access_token"] == first["access_token"]
    assert second["expires_in"] <= 800
    assert token(sim, "beth.anglin")["access_token"] != first["access_token"]
    sim.control("PUT", "clock", {"advance_seconds": 801})
    assert not works(sim, first["access_token"])
    assert token(sim)["access_token"] != first["access_token"]


@behavior("Authentication", "OAuth: refresh token, for 100 days")
def test_refresh(sim: Sim) -> None:
    first = token(sim)
    sim.control("PUT", "clock", {"advance_seconds": 1801})
    answer = ask(sim, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert works(sim, answer.json()["access_token"])
    assert answer.json()["refresh_token"] == first["refresh_token"]
    sim.control("PUT", "clock", {"advance_seconds": 8_640_000})
    answer = ask(sim, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert (answer.status_code, answer.json()) == (401, REFUSED)


@behavior("Authentication", "OAuth: client credentials, as the user of the application")
def test_client_credentials(sim: Sim) -> None:
    body = ask(sim, grant_type="client_credentials").json()
    assert "refresh_token" not in body
    headers = {"Authorization": f"Bearer {body['access_token']}"}
    body = {"short_description": "by a client"}
    answer = requests.post(f"{sim.url}/api/now/table/incident", json=body, headers=headers, timeout=10)
    assert answer.json()["result"]["sys_created_by"] == "ansible"


@behavior(
    "Authentication", 'OAuth: every refusal is 401 `{"error": "server_error", "error_description": "access_denied"}`'
)
def test_refusals(sim: Sim) -> None:
    for form in (
        {"grant_type": "password", "username": "ansible", "password": "wrong"},
        {"grant_type": "password", "username": "ansible", "password": "ansible-password", "client_secret": "wrong"},
        {"grant_type": "password", "username": "ansible", "password": "ansible-password", "client_id": "nobody"},
        {"grant_type": "refresh_token", "refresh_token": "wrong"},
        {"grant_type": "nothing"},
        {"grant_type": "password", "username": "ansible", "password": "ansible-password", "client_secret": ""},
        {"grant_type": "password", "username": "retired.person", "password": "retired.person-password"},
        {"grant_type": "client_credentials", "client_id": "changegate-jwt", "client_secret": "changegate-jwt-secret"},
        {},
    ):
        answer = ask(sim, **form)
        assert (answer.status_code, answer.json()) == (401, REFUSED), form


@behavior("Authentication", "A reset ends tokens and sessions")
def test_tokens_end_with_a_reset(sim: Sim) -> None:
    access = token(sim)["access_token"]
    sim.control("POST", "reset")
    assert not works(sim, access)


@behavior("Authentication", "Basic authentication; inactive and locked out users are refused")
def test_inactive_user_and_changed_password(sim: Sim) -> None:
    assert sim.get("/api/now/table/incident", "retired.person").status_code == 401
    user = sim.rows("sys_user", "user_name=beth.anglin")[0]["sys_id"]
    assert sim.get("/api/now/table/incident", "beth.anglin").status_code == 200
    sim.patch("sys_user", user, "admin", user_password="other")
    assert sim.get("/api/now/table/incident", "beth.anglin").status_code == 401
    answer = requests.get(f"{sim.url}/api/now/table/incident", auth=("beth.anglin", "other"), timeout=10)
    assert answer.status_code == 200


def test_roles_are_read_anew(sim: Sim) -> None:
    assert sim.get("/api/now/table/incident", "joe.employee").status_code == 403
    joe = sim.rows("sys_user", "user_name=joe.employee")[0]["sys_id"]
    itil = sim.rows("sys_user_role", "name=itil")[0]["sys_id"]
    sim.insert("sys_user_has_role", "admin", user=joe, role=itil)
    assert sim.get("/api/now/table/incident", "joe.employee").status_code == 200
