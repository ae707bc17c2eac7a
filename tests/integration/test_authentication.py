# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way of signing in, tokens that end in the middle, and which credential wins."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import requests
from tests.integration.helpers import USER, Instance, Outcome, login, password_of, snow, tolerated

CLIENT = {"client_id": "changegate", "client_secret": "changegate-secret"}
#: The application that takes assertions, with the key that it shares.
JWT = {
    "grant_type": "jwt_bearer",
    "client_id": "changegate-jwt",
    "client_secret": "changegate-jwt-secret",
    "jwt_key": "changegate-jwt-key-for-simulators-only",
    "jwt_algorithm": "HS256",
}
#: The environment without a login.
NOBODY = {"SN_USERNAME": "", "SN_PASSWORD": ""}


def read(**instance: Any) -> dict[str, Any]:
    options: dict[str, Any] = {"instance": instance} if instance else {}
    return snow("snow_change_info", number="CHG0030020", **options)


def token(instance: Instance, user: str = USER) -> dict[str, Any]:
    """A token of *user*, fetched by hand."""
    form = {"grant_type": "password", "username": user, "password": password_of(user), **CLIENT}
    answer = requests.post(f"{instance.url}/oauth_token.do", data=form, timeout=10)
    assert answer.status_code == 200, answer.text
    instance.clear_log()
    found: dict[str, Any] = answer.json()
    return found


def failures(outcomes: list[Outcome]) -> list[str | None]:
    return [outcome.result.get("msg") for outcome in outcomes if outcome.failed]


def paths(instance: Instance) -> list[str]:
    return [request.path.partition("?")[0].rpartition("/")[2] for request in instance.requests()]


def test_every_way_of_signing_in(instance: Instance) -> None:
    """Basic, the grants, and a token that somebody else fetched: one request for a token where one is needed."""
    me = {"username": "abel.tuter", "password": password_of("abel.tuter")}
    fetched = token(instance, "david.loo")
    ways: list[tuple[dict[str, Any], str, int]] = [
        (me, "abel.tuter", 1),
        ({**me, **CLIENT}, "abel.tuter", 2),
        # The token is there already.
        ({**me, **CLIENT, "grant_type": "password"}, "abel.tuter", 1),
        ({**CLIENT, "grant_type": "refresh_token", "refresh_token": fetched["refresh_token"]}, "david.loo", 2),
        ({**CLIENT, "grant_type": "client_credentials"}, USER, 2),
        ({**JWT, "jwt_subject": "beth.anglin"}, "beth.anglin", 2),
        ({**JWT, "username": "david.loo"}, "david.loo", 2),
        ({"api_key": "ansible-api-key\n"}, USER, 1),
        ({"access_token": fetched["access_token"]}, "david.loo", 1),
        # As it comes out of a file.
        ({"access_token": fetched["access_token"] + "\n"}, "david.loo", 1),
    ]
    played = instance.play(*(read(**way) for way, _user, _count in ways), environ=NOBODY)
    assert failures(played.ours) == []
    assert [outcome.result["requests"] for outcome in played.ours] == [count for *_, count in ways]
    users = [request.user for request in instance.requests() if request.path != "/oauth_token.do"]
    assert users == [user for _way, user, _count in ways]


def test_the_same_from_the_environment(instance: Instance) -> None:
    """Each of these connections can come from SN_* variables alone."""
    fetched = token(instance, "david.loo")
    client = {"SN_CLIENT_ID": "changegate", "SN_CLIENT_SECRET": "changegate-secret"}
    ways: list[tuple[dict[str, str], str]] = [
        ({}, USER),
        (client, USER),
        ({**NOBODY, **client, "SN_GRANT_TYPE": "client_credentials"}, USER),
        ({**NOBODY, **client, "SN_GRANT_TYPE": "refresh_token", "SN_REFRESH_TOKEN": fetched["refresh_token"]},
         "david.loo"),
        ({**NOBODY, "SN_ACCESS_TOKEN": fetched["access_token"]}, "david.loo"),
        ({**NOBODY, "SN_API_KEY": "ansible-api-key"}, USER),
        ({**NOBODY, "SN_JWT_SUBJECT": "beth.anglin", **{f"SN_{name.upper()}": text for name, text in JWT.items()}},
         "beth.anglin"),
    ]  # fmt: skip
    played = instance.play(*({**read(), "environment": environment} for environment, _user in ways))
    assert failures(played.ours) == []
    users = [request.user for request in instance.requests() if request.path != "/oauth_token.do"]
    assert users == [user for _environment, user in ways]


def test_what_a_task_says_beats_the_environment(instance: Instance) -> None:
    """A login of the task is not overruled by another way of signing in that is only in the environment."""
    fetched = token(instance, "david.loo")
    me = {"username": "abel.tuter", "password": password_of("abel.tuter")}
    elsewhere: list[tuple[dict[str, Any], dict[str, str], str]] = [
        (me, {"SN_ACCESS_TOKEN": "of somebody else"}, "abel.tuter"),
        (me, {"SN_CLIENT_ID": "other", "SN_CLIENT_SECRET": "other"}, "abel.tuter"),
        (me, {"SN_GRANT_TYPE": "client_credentials"}, "abel.tuter"),
        ({"access_token": fetched["access_token"]}, login("beth.anglin"), "david.loo"),
        ({"access_token": fetched["access_token"]}, {"SN_CLIENT_ID": "x", "SN_GRANT_TYPE": "password"}, "david.loo"),
        ({"username": "abel.tuter"}, {"SN_PASSWORD": me["password"]}, "abel.tuter"),
        ({"host": instance.url}, {"SN_HOST": "https://nowhere.invalid"}, USER),
        ({**CLIENT, "grant_type": "client_credentials"}, {"SN_ACCESS_TOKEN": "of somebody else"}, USER),
        (me, {"SN_API_KEY": "of somebody else"}, "abel.tuter"),
        (me, {"SN_GRANT_TYPE": "jwt_bearer", "SN_JWT_KEY": "of somebody else"}, "abel.tuter"),
        (me, {"SN_CLIENT_CERTIFICATE_FILE": "/nowhere"}, "abel.tuter"),
        ({"api_key": "ansible-api-key"}, {**login("beth.anglin"), "SN_ACCESS_TOKEN": "of somebody else"}, USER),
        ({**JWT, "username": "beth.anglin"}, {"SN_JWT_SUBJECT": "david.loo", "SN_JWT_KEY_FILE": "/nowhere"},
         "beth.anglin"),
    ]  # fmt: skip
    tasks = [{**read(**way), "environment": environment} for way, environment, _user in elsewhere]
    played = instance.play(*tasks)
    assert failures(played.ours) == []
    users = [request.user for request in instance.requests() if request.path != "/oauth_token.do"]
    assert users == [user for _way, _environment, user in elsewhere]


@pytest.mark.parametrize(
    ("grant", "in_process"),
    [("password", True), ("password", False), ("client_credentials", True), ("refresh_token", True)],
)
def test_a_token_that_ends_in_the_middle(instance: Instance, grant: str, in_process: bool) -> None:
    """The instance refuses a token before its time: one new token, and the task goes on; nothing is written twice."""
    way: dict[str, Any] = {**CLIENT, "grant_type": grant}
    if grant == "password":
        way |= {"username": USER, "password": password_of(USER)}
    if grant == "refresh_token":
        way |= {"refresh_token": token(instance)["refresh_token"]}
    instance.fault({"status": 401}, method="POST", path="/api/now/table/incident", count=1)
    task = snow(
        "snow_record", table="incident", match_on=["correlation_id"], data={"correlation_id": "x"}, instance=way
    )
    played = instance.play(task, in_process=in_process, environ=NOBODY)
    assert failures(played.ours) == []
    expected = ["oauth_token.do", "incident", "incident", "oauth_token.do", "incident"]
    assert paths(instance) == expected
    assert len(instance.rows("incident", correlation_id="x")) == 1


def test_a_token_that_expires_while_a_client_lives(instance: Instance) -> None:
    """Half an hour later by the instance's clock a client fetches one new token, and goes on."""
    from ansible_collections.changegate.snow.plugins.module_utils.client import connect
    from ansible_collections.changegate.snow.plugins.module_utils.connection import resolve

    options = {"host": instance.url, "username": USER, "password": password_of(USER), **CLIENT}
    with connect(resolve(options, {})) as client:
        incidents = client.table("incident")
        incidents.get(limit=1).first()
        instance.control("PUT", "clock", {"advance_seconds": 1801})
        incidents.get(limit=1).first()
        incidents.get(limit=1).first()
    assert paths(instance) == ["oauth_token.do", "incident", "incident", "oauth_token.do", "incident", "incident"]


def test_refused_once_and_for_all(instance: Instance) -> None:
    """If the new token is refused as well, the task fails at once instead of trying for ever; basic tries once."""
    instance.fault({"status": 401}, path="/api/")
    oauth = {"username": USER, "password": password_of(USER), **CLIENT}
    played = instance.play(*tolerated(read(**oauth), read(), read(access_token="fixed")))
    assert [outcome.result["error"]["type"] for outcome in played.ours] == ["authentication"] * 3
    counts = [outcome.result["requests"] for outcome in played.ours]
    # A token and at most one more, each tried once; nothing that could be renewed in the other two.
    assert counts[0] <= 4
    assert counts[1:] == [1, 1]
    assert len(paths(instance)) == sum(counts)


def test_no_token_is_asked_for_in_vain(instance: Instance) -> None:
    """A task that fails in its arguments fetches no token; one that is refused a token sends nothing else."""
    wrong = {**CLIENT, "client_secret": "wrong", "username": USER, "password": password_of(USER)}
    early = snow("snow_change_info", number="None", instance={**wrong, "client_secret": CLIENT["client_secret"]})
    played = instance.play(*tolerated(early, read(**wrong)))
    assert [outcome.result["error"]["type"] for outcome in played.ours] == ["invalid_identity", "authentication"]
    assert "client_secret" in played.last.result["msg"]
    assert paths(instance) == ["oauth_token.do"]


def test_netrc_is_not_looked_at(instance: Instance) -> None:
    """A login in ~/.netrc for the same host replaces neither a password nor a token."""
    netrc = instance.folder / ".netrc"
    netrc.write_text(f"machine 127.0.0.1 login beth.anglin password {password_of('beth.anglin')}\n")
    netrc.chmod(0o600)
    fetched = token(instance, "david.loo")
    environ = {"HOME": str(instance.folder), "NETRC": str(netrc)}
    tasks = [
        read(),
        read(access_token=fetched["access_token"]),
        read(username=USER, password=password_of(USER), **CLIENT),
    ]
    played = instance.play(*tasks, environ=environ)
    assert failures(played.ours) == []
    users = [request.user for request in instance.requests() if request.path != "/oauth_token.do"]
    assert users == [USER, "david.loo", USER]


def test_passwords_in_any_script(instance: Instance) -> None:
    """Colons, blanks and letters beyond ASCII in a password reach the instance as they are."""
    secrets = {
        "abel.tuter": "a:b:c",
        "beth.anglin": " leading and trailing ",
        "david.loo": "Größe€日本",
        "don.goodliffe": "%41+&=",
        "ines.itilson": "'\"\\${}",
    }
    users = {row["user_name"]: row["sys_id"] for row in instance.rows("sys_user")}
    records = [{"sys_id": users[user], "user_password": secret} for user, secret in secrets.items()]
    instance.control("POST", "seed", {"table": "sys_user", "records": records})
    assert [instance.rows("sys_user", user_name=user)[0]["user_password"] for user in secrets] == [*secrets.values()]
    logins = [{"username": user, "password": secret} for user, secret in secrets.items()]
    tasks = [read(**me, **more) for me in logins for more in ({}, CLIENT)]
    played = instance.play(*tolerated(*tasks))
    assert failures(played.ours) == []


def test_headers_of_the_user(instance: Instance, in_process: bool) -> None:
    """custom_headers go with every request, also that for a token, beside the login."""
    seen: list[dict[str, str]] = []

    class Gateway(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(dict(self.headers))
            body = b'{"access_token": "fresh", "expires_in": 1799, "result": []}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, *_arguments: object) -> None:
            """Nothing to be seen."""

    with HTTPServer(("127.0.0.1", 0), Gateway) as gateway:
        threading.Thread(target=gateway.serve_forever, daemon=True).start()
        host = f"http://127.0.0.1:{gateway.server_port}"
        way = {"host": host, "custom_headers": {"X-Gateway": "yes"}, **CLIENT}
        task = snow("snow_change_info", query="active=true", instance=way)
        played = instance.play(task, in_process=in_process)
        gateway.shutdown()
    assert failures(played.ours) == []
    assert [headers.get("X-Gateway") for headers in seen] == ["yes", "yes"]
    assert [headers.get("Authorization") for headers in seen] == [None, "Bearer fresh"]
