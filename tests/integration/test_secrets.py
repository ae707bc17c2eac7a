# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret is ever shown: not with -vvvv and --diff, not in results, not after failures, from wherever it came."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.integration.helpers import USER, Instance, Played, login, password_of, snow, tolerated

INCIDENT = {"table": "incident", "number": "INC0000062"}
SECRETS = {
    "password": "pass-4f9c0a71",
    "client_secret": "client-secret-88e1d2",
    "access_token": "access-token-5b77c3",
    "refresh_token": "refresh-token-90d4e6",
    "header": "header-value-17af02",
    "api_key": "api-key-3c58ab",
    "jwt_key": "jwt-key-e0b7d9",
}


def assert_hidden(played: Played, *secrets: str, but: str = "") -> None:
    """None of *secrets* is in the output or in a result, as it is or as the header that carries it."""
    seen = played.output.replace(but, "") if but else played.output
    results = json.dumps([outcome.result for outcome in played.outcomes])
    for secret in secrets:
        # With -vvvv nothing else is printed twice: what hides a secret must not hide that there was one.
        encoded = base64.b64encode(f"{USER}:{secret}".encode()).decode()
        for text in (secret, secret.replace("-", "%2D"), encoded):
            assert text not in seen, [line for line in seen.splitlines() if text in line][:3]
            assert text not in results


def connections(instance: Instance) -> list[dict[str, Any]]:
    """Every way to sign in, each with secrets that are wrong, and the header everywhere."""
    ways: list[dict[str, Any]] = [
        {"password": SECRETS["password"]},
        {"password": SECRETS["password"], "client_id": "changegate", "client_secret": SECRETS["client_secret"]},
        {"access_token": SECRETS["access_token"]},
        {"grant_type": "refresh_token", "client_id": "changegate", "client_secret": SECRETS["client_secret"],
         "refresh_token": SECRETS["refresh_token"]},
        {"grant_type": "client_credentials", "client_id": "changegate", "client_secret": SECRETS["client_secret"]},
        {"api_key": SECRETS["api_key"]},
        {"grant_type": "jwt_bearer", "client_id": "changegate-jwt", "client_secret": SECRETS["client_secret"],
         "jwt_subject": USER, "jwt_key": SECRETS["jwt_key"], "jwt_algorithm": "HS256"},
    ]  # fmt: skip
    headers = {"custom_headers": {"X-Key": SECRETS["header"]}}
    return [{"host": instance.url, "retry_deadline": 0, **headers, **way} for way in ways]


def options_of(way: dict[str, Any]) -> dict[str, str]:
    """The same connection as environment variables."""
    texts = {name: json.dumps(value) if isinstance(value, dict) else str(value) for name, value in way.items()}
    return {f"SN_{name.upper()}": text for name, text in texts.items()}


@pytest.mark.parametrize("source", ["task", "environment"])
def test_refused_secrets(instance: Instance, in_process: bool, source: str) -> None:
    """Every kind of secret, refused by the instance: from the task, or from its environment."""
    read = snow("snow_change_info", number="CHG0030020")["changegate.snow.snow_change_info"]
    ways = connections(instance)
    if not in_process:
        ways = ways[1:4]
    if source == "task":
        tasks = [snow("snow_change_info", **read, instance=way) for way in ways]
    else:
        # The environment of a task is in Ansible's own -vvvv output of an ordinary module, so it comes from outside.
        tasks = [snow("snow_change_info", **read)]
    plays = [{}] if source == "task" else [options_of(way) for way in ways[:2]]
    for environ in plays:
        registered = [{**task, "register": "kept"} for task in tolerated(*tasks)]
        shown: dict[str, Any] = {"ansible.builtin.debug": {"var": "kept"}}
        played = instance.play(
            *registered, shown, in_process=in_process, environ=environ, arguments=["-vvvv", "--diff"]
        )
        assert all(outcome.failed for outcome in played.ours)
        assert {outcome.result["error"]["type"] for outcome in played.ours} == {"authentication"}
        # The tasks of the play are shown by nobody: what is searched is all that a run of it prints.
        assert_hidden(played, *SECRETS.values())


def test_accepted_secrets(instance: Instance, in_process: bool, tmp_path: Path) -> None:
    """The right password, and a token that was fetched with it, of tasks that change, fail and look."""
    secret = password_of(USER)
    text = "the password is not in here"
    plan = tmp_path / "plan.md"
    plan.write_text(text)
    oauth = {"client_id": "changegate", "client_secret": "changegate-secret", "username": USER, "password": secret}
    tasks = [
        snow("snow_record", **INCIDENT, data={"urgency": 1, "work_notes": text}, instance={"password": secret}),
        snow("snow_record", **INCIDENT, data={"shoe_size": 44}),
        snow("snow_attachment", number="CHG0030020", src=str(plan), instance=oauth),
        snow("snow_change_info", number="CHG0030020", instance=oauth),
    ]
    played = instance.play(*tolerated(*tasks), in_process=in_process, arguments=["-vvvv", "--diff"])
    assert [outcome.failed for outcome in played.ours] == [False, True, False, False]
    tokens = instance.simulator.instance.tokens
    assert tokens._access
    assert_hidden(played, *tokens._access, *tokens._refresh, "changegate-secret")
    if secret != USER:
        assert_hidden(played, secret)


@pytest.mark.parametrize("source", ["task", "environment"])
def test_secrets_that_the_instance_repeats(instance: Instance, in_process: bool, source: str) -> None:
    """An instance, or a proxy before it, that echoes what it was sent does not bring a secret into the log."""
    secret, header = SECRETS["password"], SECRETS["header"]
    echo = f"Bad login {USER}:{secret} with X-Key {header}"
    instance.fault({"status": 401, "body": {"error": {"message": echo, "detail": echo}}}, count=1)
    instance.fault({"html": f"<html><title>{echo}</title></html>"}, count=1)
    instance.fault({"redirect": f"https://{USER}:{secret}@login.example.com/?key={header}"}, count=1)
    instance.fault({"status": 500, "body": echo}, count=1)
    way = {"password": secret, "custom_headers": {"X-Key": header}, "retry_deadline": 0}
    options = {"instance": way} if source == "task" else {}
    task = snow("snow_record", **INCIDENT, data={"urgency": 1}, **options)
    played = instance.play(
        *tolerated(*[task] * 4),
        in_process=in_process,
        environ=options_of(way) if source == "environment" else {},
        arguments=["-vvvv", "--diff"],
    )
    assert all(outcome.failed for outcome in played.ours)
    assert_hidden(played, secret, header)


def test_a_fetched_token_that_the_instance_repeats(instance: Instance, in_process: bool, tmp_path: Path) -> None:
    """A token that no option holds: a new one, and one that was kept by an earlier task."""
    client = {"client_id": "changegate", "client_secret": "changegate-secret"}
    form = {"grant_type": "password", "username": USER, "password": password_of(USER), **client}
    token = requests.post(f"{instance.url}/oauth_token.do", data=form, timeout=10).json()
    echo = f"Bearer {token['access_token']} {token['refresh_token']}"
    instance.fault({"status": 500, "body": {"error": {"message": echo, "detail": echo}}}, path="/api/")
    task = snow("snow_record", **INCIDENT, instance={**client, "retry_deadline": 0, "token_cache": str(tmp_path / "t")})
    played = instance.play(*tolerated(task, task), in_process=in_process, arguments=["-vvvv"])
    assert [outcome.result["requests"] for outcome in played.ours] == [2, 1]
    assert all("failed with status 500" in outcome.result["msg"] for outcome in played.ours)
    assert_hidden(played, token["access_token"], token["refresh_token"])


def test_argument_errors_hide_secrets(instance: Instance, in_process: bool) -> None:
    """The arguments that a failure shows are masked, also when the options are not even right."""
    way = {"password": SECRETS["password"], "custom_headers": {"X-Key": SECRETS["header"]}}
    wrong: list[dict[str, Any]] = [{"hosst": "x"}, {"timeout": "soon"}, {"client_secret": SECRETS["client_secret"]}]
    tasks = [snow("snow_record", table="incident", data={}, instance={**way, **more}) for more in wrong]
    played = instance.play(*tolerated(*tasks), in_process=in_process, arguments=["-vvvv"])
    assert all(outcome.failed for outcome in played.ours)
    assert_hidden(played, *SECRETS.values())


def test_a_login_in_the_address(instance: Instance, in_process: bool) -> None:
    """A password that stands in the host's URL by mistake is refused and not repeated in the message."""
    secret = SECRETS["password"]
    task = snow("snow_record", **INCIDENT, instance={"host": f"https://me:{secret}@snow.example.com"})
    played = instance.play(*tolerated(task), in_process=in_process)
    assert played.last.result["error"]["type"] == "invalid_usage"
    assert secret not in played.last.result["msg"]
    assert secret not in played.output


def test_a_secret_in_the_data_is_masked(instance: Instance, in_process: bool) -> None:
    """A description that holds the password by accident is written as it is, and masked in what is shown."""
    secret = password_of("ines.itilson") + "!"
    instance.control("POST", "seed", {"table": "sys_user", "records": [
        {"sys_id": user["sys_id"], "user_password": secret}
        for user in instance.rows("sys_user", user_name="ines.itilson")
    ]})  # fmt: skip
    task = snow("snow_record", **INCIDENT, data={"description": f"curl -u ines:{secret} ..."})
    environ = {**login("ines.itilson"), "SN_PASSWORD": secret}
    # The callback that collects results for the tests gets what any other callback gets.
    played = instance.play(
        {**task, "register": "kept"}, {"ansible.builtin.debug": {"var": "kept.record"}},
        in_process=in_process, environ=environ, arguments=["--diff", "-v"],
    )  # fmt: skip
    assert played.code == 0, played.output
    assert secret not in played.output
    assert secret not in json.dumps([outcome.result for outcome in played.outcomes])
    assert secret in instance.rows("incident", number="INC0000062")[0]["description"]


def test_the_exception_of_a_library_hides_them_too(instance: Instance) -> None:
    """Whatever fails below us, its text does not carry the token, in whatever form."""
    tokens = ["token-with-a-newline-61c0\n", "token-with-umläut-99ab"]
    tasks = [snow("snow_record", **INCIDENT, instance={"access_token": token}) for token in tokens]
    played = instance.play(*tolerated(*tasks), arguments=["-vvvv"])
    assert all(outcome.failed for outcome in played.ours)
    assert_hidden(played, "token-with-a-newline-61c0", "umläut-99ab", "token-with-uml")
