"""API keys, sessions, and what else says who is calling."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from tests.simulator.behaviors import behavior
from tests.simulator.support import Sim, error

PATH = "/api/now/table/incident?sysparm_limit=1"
NOBODY = (401, "User Not Authenticated", "Required to provide Auth information")


def get(sim: Sim, **options: Any) -> requests.Response:
    return requests.get(sim.url + PATH, timeout=10, **options)


def logged_in(sim: Sim, user: str = "ansible") -> str:
    """The JSESSIONID of a call with a password."""
    return get(sim, auth=(user, f"{user}-password")).cookies.get_dict()["JSESSIONID"]


def with_cookie(sim: Sim, cookie: str, **options: Any) -> requests.Response:
    return get(sim, cookies={"JSESSIONID": cookie}, **options)


# API keys -----------------------------------------------------------------------------------------------


@behavior(
    "Authentication", "API key in `x-sn-apikey`, mapped to a user by `api_key`, with an end on the instance's clock"
)
def test_api_key(sim: Sim) -> None:
    headers = {"x-sn-apikey": "ansible-api-key"}
    made = requests.post(f"{sim.url}/api/now/table/incident", json={}, headers=headers, timeout=10)
    assert made.json()["result"]["sys_created_by"] == "ansible"
    for wrong in ("ANSIBLE-API-KEY", "x", "ansible-api-key\xe9"):
        assert error(get(sim, headers={"x-sn-apikey": wrong})) == NOBODY
    key = sim.rows("api_key")[0]["sys_id"]
    sim.patch("api_key", key, "admin", expiry="2090-01-01 00:00:00")
    assert get(sim, headers=headers).status_code == 200
    sim.control("PUT", "clock", {"now": "2091-01-01T00:00:00Z"})
    assert error(get(sim, headers=headers)) == NOBODY
    sim.patch("api_key", key, "admin", expiry="", active="false")
    assert error(get(sim, headers=headers)) == NOBODY


def test_api_key_is_never_shown(sim: Sim) -> None:
    assert "token" not in sim.rows("api_key")[0]
    assert error(sim.get("/api/now/table/api_key", "admin", sysparm_query="tokenSTARTSWITHa"))[0] == 403
    assert error(sim.get("/api/now/table/api_key"))[0] == 403


# Sessions -----------------------------------------------------------------------------------------------


@behavior("Authentication", "The cookie of an authenticated call stands for its user for 30 minutes after each call")
def test_session(sim: Sim) -> None:
    cookie = logged_in(sim)
    answer = with_cookie(sim, cookie)
    assert (answer.status_code, answer.headers["X-Is-Logged-In"]) == (200, "true")
    assert "Set-Cookie" not in answer.headers
    assert sim.log()[-1]["user"] == "ansible"
    for _ in range(2):
        sim.control("PUT", "clock", {"advance_seconds": 1700})
        assert with_cookie(sim, cookie).status_code == 200
    sim.control("PUT", "clock", {"advance_seconds": 1801})
    answer = with_cookie(sim, cookie)
    assert error(answer) == NOBODY
    assert answer.cookies["JSESSIONID"] != cookie


@behavior("Authentication", "An Authorization header decides alone, whatever the session, key or certificate says")
def test_authorization_decides(sim: Sim) -> None:
    cookie = logged_in(sim)
    for header in ("Basic eDp5", "Bearer x", "Nothing", "Basic !"):
        assert error(with_cookie(sim, cookie, headers={"Authorization": header})) == NOBODY
    both = {"Authorization": "Bearer x", "x-sn-apikey": "ansible-api-key"}
    assert error(get(sim, headers=both)) == NOBODY
    assert error(with_cookie(sim, cookie, headers={"x-sn-apikey": "x"})) == NOBODY
    # None of these ended the session; another user's password takes it over.
    assert with_cookie(sim, cookie).status_code == 200
    with_cookie(sim, cookie, auth=("beth.anglin", "beth.anglin-password"))
    with_cookie(sim, cookie)
    assert sim.log()[-1]["user"] == "beth.anglin"


def test_sessions_of_others(sim: Sim) -> None:
    """Cookies that nobody was logged in with, that a client made up, that a reset made worthless."""
    anonymous = get(sim).cookies.get_dict()["JSESSIONID"]
    for cookie in (anonymous, "made-up", ""):
        assert error(with_cookie(sim, cookie)) == NOBODY
    chosen = with_cookie(sim, "made-up", auth=("ansible", "ansible-password"))
    assert chosen.cookies["JSESSIONID"] != "made-up"
    assert error(with_cookie(sim, "made-up")) == NOBODY
    cookie = logged_in(sim)
    sim.control("POST", "reset")
    assert error(with_cookie(sim, cookie)) == NOBODY


def test_session_of_a_user_who_is_locked_out(sim: Sim) -> None:
    cookie = logged_in(sim, "beth.anglin")
    beth = sim.rows("sys_user", "user_name=beth.anglin")[0]["sys_id"]
    sim.patch("sys_user", beth, "admin", locked_out="true")
    assert error(with_cookie(sim, cookie)) == NOBODY
    assert error(get(sim, auth=("beth.anglin", "beth.anglin-password"))) == NOBODY


def test_many_sessions(sim: Sim) -> None:
    """Calls without cookies do not fill the memory."""
    sessions = sim.simulator.instance.sessions
    first = sessions.attend("", "a")
    for _ in range(20_000):
        sessions.attend("", "b")
    assert sessions.user_of(first) == ""
    assert sessions.user_of(sessions.attend("", "c")) == "c"


@behavior(
    "Authentication", "Cookies of an instance: a session, affinity to a node; not again with the session's cookie"
)
def test_cookies(sim: Sim) -> None:
    with requests.Session() as session:
        for number in range(3):
            answer = session.get(sim.url + PATH, auth=("ansible", "ansible-password"), timeout=10)
            assert ("Set-Cookie" in answer.headers) is (number == 0)
        names = set(session.cookies.keys())
    assert {"JSESSIONID", "glide_user_route", "glide_session_store", "BIGipServerpool_simulator"} == names
    cleared = [
        part for part in ("glide_user", "glide_user_session") if f"{part}=" in str(get(sim).headers["Set-Cookie"])
    ]
    assert len(cleared) == 2
    assert get(sim).cookies["JSESSIONID"] != get(sim).cookies["JSESSIONID"]


# Basic --------------------------------------------------------------------------------------------------


@behavior(
    "Authentication", "Basic authentication refused for interactive users, on request: the 401 of a wrong password"
)
def test_basic_for_integration_accounts_only(sim: Sim) -> None:
    sim.settings(basic_auth_for_interactive_users=False)
    refused, wrong = get(sim, auth=("admin", "admin-password")), get(sim, auth=("admin", "wrong"))
    assert error(refused) == error(wrong) == NOBODY
    assert refused.headers["WWW-Authenticate"] == wrong.headers["WWW-Authenticate"]
    # `ansible` has "web service access only".
    assert get(sim, auth=("ansible", "ansible-password")).status_code == 200
    with pytest.raises(AssertionError):
        sim.settings(basic_auth_for_interactive_users="no")
