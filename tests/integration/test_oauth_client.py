# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OAuth and API keys from scripts: pysnow's OAuthClient, the grants, and an OAuth endpoint on a bad day."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from tests.integration.helpers import REPOSITORY, USER, Instance, password_of, snow, unfailing

from ansible_collections.changegate.snow.plugins.module_utils import errors
from ansible_collections.changegate.snow.plugins.module_utils.assertion import Assertion
from ansible_collections.changegate.snow.plugins.module_utils.auth import ApiKeyAuth, BasicAuth, NoAuth, TokenAuth
from ansible_collections.changegate.snow.plugins.module_utils.client import Client, connect
from ansible_collections.changegate.snow.plugins.module_utils.connection import resolve
from ansible_collections.changegate.snow.plugins.module_utils.oauth import (
    ClientCredentials,
    JwtBearer,
    PasswordGrant,
    RefreshTokenGrant,
)
from ansible_collections.changegate.snow.plugins.module_utils.oauth_client import OAuthClient
from ansible_collections.changegate.snow.plugins.module_utils.token_store import TokenStore
from ansible_collections.changegate.snow.plugins.module_utils.transport import Transport

CLIENT = ("changegate", "changegate-secret")
JWT_CLIENT = ("changegate-jwt", "changegate-jwt-secret")
SHARED_KEY = "changegate-jwt-key-for-simulators-only"
TOKEN_REQUEST = "/oauth_token.do"
#: pysnow's, of which a user may keep some or all.
KEYS = {"token_type", "refresh_token", "access_token", "scope", "expires_in", "expires_at"}


def client_of(instance: Instance, **keywords: Any) -> OAuthClient:
    return OAuthClient("changegate", "changegate-secret", host=instance.url, **keywords)


def token_of(instance: Instance, user: str = USER) -> dict[str, Any]:
    return client_of(instance).generate_token(user, password_of(user))


def login_of(user: str) -> dict[str, str]:
    return {"username": user, "password": password_of(user)}


def read(client: Client) -> str:
    found: str = client.table("incident").get(query={"number": "INC0000055"}).one()["number"]
    return found


def signed(instance: Instance, auth: NoAuth) -> Client:
    return Client(host=instance.url, auth=auth, retry_deadline=0.0)


def users(instance: Instance) -> list[str | None]:
    return [request.user for request in instance.requests() if request.path != TOKEN_REQUEST]


def tokens_asked(instance: Instance) -> int:
    return sum(request.path == TOKEN_REQUEST for request in instance.requests())


# pysnow's client -----------------------------------------------------------------------------------------


def test_a_token_has_the_keys_that_pysnow_gives_it(instance: Instance) -> None:
    token = token_of(instance)
    assert token.keys() == KEYS
    assert token["scope"] == ["useraccount"]
    assert token["expires_at"] == pytest.approx(time.time() + token["expires_in"], abs=5)
    assert json.loads(json.dumps(token)) == token


@pytest.mark.parametrize("kept", [KEYS, {"access_token"}, {"access_token", "expires_in"}, {"refresh_token"}])
def test_a_token_works_as_far_as_it_can(instance: Instance, kept: set[str]) -> None:
    client = client_of(instance)
    client.set_token({name: value for name, value in token_of(instance).items() if name in kept})
    assert read(client) == "INC0000055"
    assert tokens_asked(instance) == (1 if "access_token" in kept else 2)


def test_a_token_that_has_expired_by_its_own_word(instance: Instance) -> None:
    """It is not sent: with a refresh token it is renewed, without one the caller is told."""
    updates: list[Any] = []
    client = client_of(instance, token_updater=updates.append)
    token = {**token_of(instance), "expires_at": time.time() - 1}
    client.set_token(token)
    assert client.token == token
    assert read(client) == read(client) == "INC0000055"
    assert tokens_asked(instance) == 2
    assert [update.keys() for update in updates] == [KEYS]
    assert client.token == updates[0]
    client.set_token({name: token[name] for name in ("access_token", "expires_at")})
    with pytest.raises(errors.MissingToken, match="expired"):
        read(client)
    assert users(instance) == [USER, USER]


@pytest.mark.parametrize("token", [None, {}])
def test_no_token(instance: Instance, token: Any) -> None:
    """None takes the token away again; the first request says that there is none."""
    client = client_of(instance)
    assert client.token is None
    client.set_token(token_of(instance))
    instance.clear_log()
    client.set_token(token)
    assert client.token is None
    with pytest.raises(errors.MissingToken, match="set_token"):
        read(client)
    assert instance.requests() == []


@pytest.mark.parametrize("token", ["text", ["access_token"], {"token_type": "Bearer"}, {"access_token": ""}])
def test_what_is_no_token(instance: Instance, token: Any) -> None:
    with pytest.raises(errors.InvalidUsage, match="access_token"):
        client_of(instance).set_token(token)


def test_a_login_or_a_session_is_ignored(instance: Instance) -> None:
    with (
        pytest.warns(UserWarning, match=r"user, password is ignored"),
        pytest.warns(DeprecationWarning, match="request_params"),
    ):
        client = client_of(instance, user="beth.anglin", password="x", request_params={"sysparm_fields": "number"})
    client.set_token(token_of(instance))
    assert client.table("incident").get(limit=1).one().keys() == {"number"}
    assert users(instance) == [USER]
    for wrong in ((), ("a",), (None, "b"), ("a", "")):
        with pytest.raises(errors.InvalidUsage, match="client_id and client_secret"):
            OAuthClient(*wrong, host=instance.url)


def test_a_refused_token_request(instance: Instance) -> None:
    """The error has pysnow's attributes, and no secret."""
    with pytest.raises(errors.TokenCreateError) as caught:
        client_of(instance).generate_token(USER, "geheim-4711")
    error = caught.value
    assert (error.description, error.status_code, error.snow_status_code) == ("access_denied", 401, 401)
    assert error.error == str(error)
    assert "geheim" not in str(error)
    for user, password in ((USER, ""), ("", "x"), (USER, None)):
        with pytest.raises(errors.InvalidUsage, match=r"The (username|password) is missing"):
            client_of(instance).generate_token(user, password)  # type: ignore[arg-type]


def test_a_refresh_token_that_has_ended(instance: Instance) -> None:
    client = client_of(instance)
    client.set_token(token_of(instance))
    instance.control("PUT", "clock", {"advance_seconds": 8_640_001})
    with pytest.raises(errors.TokenCreateError, match=r"refresh token, which may have expired or been revoked"):
        read(client)
    assert [request.status for request in instance.requests()] == [200, 401, 401]


def test_clients_with_one_token_and_a_store(instance: Instance, tmp_path: Path) -> None:
    """Scripts that were given the same token renew it once, and each is told; another run need not ask."""
    token = {**token_of(instance), "expires_at": 1}
    updates: list[Any] = []

    def use(_number: int) -> str:
        client = client_of(instance, token_store=TokenStore(tmp_path / "tokens"), token_updater=updates.append)
        client.set_token(token)
        return read(client)

    instance.clear_log()
    with ThreadPoolExecutor(5) as pool:
        assert set(pool.map(use, range(5))) == {"INC0000055"}
    assert tokens_asked(instance) == 1
    assert len(updates) == 5
    for _ in range(2):
        client_of(instance, token_store=TokenStore(tmp_path / "tokens")).generate_token(USER, password_of(USER))
    assert tokens_asked(instance) == 2


def test_the_documented_example(instance: Instance, capsys: pytest.CaptureFixture[str]) -> None:
    text = (REPOSITORY / "docs" / "library.md").read_text(encoding="utf-8")
    (code,) = (block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "TokenStore()" in block)
    for old, new in (
        ("dev12345.service-now.com", instance.url),
        ('"my-application", "secret"', '"changegate", "changegate-secret"'),
        ('"ansible", "password"', f'"{USER}", "{password_of(USER)}"'),
    ):
        assert old in code
        code = code.replace(old, new)
    for _ in range(2):
        exec(compile(code, "docs", "exec"), {})
        assert capsys.readouterr().out == "INC0000055\n"
    assert tokens_asked(instance) == 1


# The schemes by themselves -------------------------------------------------------------------------------


def test_every_scheme(instance: Instance) -> None:
    token = token_of(instance, "david.loo")
    beth = ("beth.anglin", password_of("beth.anglin"))
    ways: list[tuple[NoAuth, str]] = [
        (BasicAuth(*beth), "beth.anglin"),
        (TokenAuth(token["access_token"]), "david.loo"),
        (ApiKeyAuth("ansible-api-key"), USER),
        (PasswordGrant(*CLIENT, *beth), "beth.anglin"),
        (ClientCredentials(*CLIENT), USER),
        (RefreshTokenGrant(*CLIENT, token["refresh_token"]), "david.loo"),
        (JwtBearer(*JWT_CLIENT, Assertion(SHARED_KEY, "beth.anglin", algorithm="HS256")), "beth.anglin"),
    ]
    for auth, _user in ways:
        with signed(instance, auth) as client:
            assert read(client) == "INC0000055"
    assert users(instance) == [user for _auth, user in ways]


def test_what_makes_no_sense(instance: Instance) -> None:
    """Said before anything is sent, and without the secret."""
    wrong: list[Any] = [
        lambda: BasicAuth("", "geheim"),
        lambda: BasicAuth("a:b", "geheim"),
        lambda: TokenAuth("geheim\nX: y"),
        lambda: ApiKeyAuth("geheim-ü"),
        lambda: ApiKeyAuth(None),  # type: ignore[arg-type]
        lambda: ClientCredentials("a", ""),
        lambda: Assertion("geheim", ""),
        lambda: Assertion("geheim", "x", algorithm="none"),
        lambda: Assertion("geheim", "x", lifetime=0),
        lambda: read(signed(instance, JwtBearer("a", "b", Assertion("geheim", "x")))),
    ]
    for make in wrong:
        with pytest.raises(errors.InvalidUsage) as caught:
            make()
        assert "geheim" not in str(caught.value)
    assert instance.requests() == []


def test_a_token_stays_with_its_instance(instance: Instance) -> None:
    """What was used for one instance is not sent to another one; again for the same it needs no new token."""
    auth = ClientCredentials(*CLIENT)
    assert read(signed(instance, auth)) == read(signed(instance, auth))
    assert tokens_asked(instance) == 1
    with pytest.raises(errors.InvalidUsage, match="make another one for elsewhere"):
        Client(host="elsewhere.example.com", auth=auth)
    with pytest.raises(errors.InvalidUsage, match="give it to a Client"):
        ClientCredentials(*CLIENT).current()


# The endpoint on a bad day -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [{"status": 503}, {"drop": "before"}, {"drop": "after"}, {"html": "hibernating"}, {"truncate": True},
     {"status": 429, "headers": {"Retry-After": "0"}}],
    ids=lambda fault: next(iter(fault)) + str(fault.get("status", "")),
)  # fmt: skip
@pytest.mark.parametrize("auth", ["client_credentials", "jwt_bearer"])
def test_a_token_request_that_fails_once(instance: Instance, fault: dict[str, Any], auth: str) -> None:
    """It is sent again, with a new assertion if need be: the one that was used is good no more.

    What the token is for is a create, which would not be sent again by itself.
    """
    instance.fault(fault, path=TOKEN_REQUEST, count=1)
    jwt = JwtBearer(*JWT_CLIENT, Assertion(SHARED_KEY, USER, algorithm="HS256"))
    signer = ClientCredentials(*CLIENT) if auth == "client_credentials" else jwt
    transport = Transport(instance.url, signer, sleep=lambda _seconds: None)
    Client(transport=transport).table("incident").create(payload={"correlation_id": "token"})
    assert len(instance.rows("incident", correlation_id="token")) == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"status": 503}, errors.ResponseError),
        ({"status": 429}, errors.RateLimited),
        ({"drop": "after"}, errors.ConnectionFailed),
        ({"html": "hibernating"}, errors.InstanceUnavailable),
        ({"status": 404}, errors.TokenCreateError),
        ({"status": 200, "body": {"error": "invalid_grant"}}, errors.TokenCreateError),
        ({"status": 200, "body": {"result": []}}, errors.UnexpectedResponseFormat),
        ({"status": 200, "body": {"access_token": 5}}, errors.UnexpectedResponseFormat),
    ],
)
def test_a_token_request_that_fails(instance: Instance, fault: dict[str, Any], kind: type[errors.SnowError]) -> None:
    """A write that was never sent is of no unknown outcome, and a busy instance is no wrong login."""
    instance.fault(fault, path=TOKEN_REQUEST)
    incident = signed(instance, ClientCredentials(*CLIENT)).table("incident")
    writes: list[Callable[[], object]] = [lambda: incident.create({"a": "x"}), lambda: incident.delete_one("0" * 32)]
    for write in writes:
        with pytest.raises(kind) as caught:
            write()
        assert not isinstance(caught.value, errors.OutcomeUnknown)
        assert isinstance(caught.value, errors.TokenCreateError) == (kind is errors.TokenCreateError)
    assert {request.path for request in instance.requests()} <= {TOKEN_REQUEST}


# Assertions ----------------------------------------------------------------------------------------------


def pem(key: Any, password: bytes | None = None) -> str:
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    encoded: bytes = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    return encoded.decode()


def register(instance: Instance, certificate: str) -> None:
    """An application with the key that belongs to *certificate*."""
    (stored,) = instance.seed("sys_certificate", {"name": "c", "pem_certificate": certificate, "active": "true"})
    secret = {"client_id": "rsa", "client_secret": "s", "active": "true"}
    (application,) = instance.seed("oauth_jwt", {"name": "a", **secret, "user_field": "email"})
    verifier = {"oauth_jwt": application, "sys_certificate": stored, "kid": "key-1"}
    instance.seed("jwt_verifier_map", {"name": "m", **verifier})


def test_a_private_key(instance: Instance, tmp_path: Path, in_process: bool) -> None:
    """RS256 with the key in a file, in a playbook; and the other sizes of hash."""
    issued = trustme.CA(key_type=trustme.KeyType.RSA).issue_cert("client.example.com", key_type=trustme.KeyType.RSA)
    register(instance, issued.cert_chain_pems[0].bytes().decode())
    file = tmp_path / "key.pem"
    issued.private_key_pem.write_to_path(str(file))
    me = {"client_id": "rsa", "client_secret": "s", "jwt_subject": "beth.anglin@example.com", "jwt_key_id": "key-1"}
    way = {**me, "grant_type": "jwt_bearer", "jwt_key_file": str(file)}
    unfailing(instance.play(snow("snow_change_info", number="CHG0030020", instance=way), in_process=in_process).ours)
    assert users(instance) == ["beth.anglin"]
    for algorithm in ("RS384", "RS512"):
        assertion = Assertion(file.read_text(), me["jwt_subject"], algorithm=algorithm, key_id="key-1")
        assert read(signed(instance, JwtBearer("rsa", "s", assertion))) == "INC0000055"
    wrong = Assertion(file.read_text(), me["jwt_subject"], key_id="key-2")
    with pytest.raises(errors.TokenCreateError, match="the assertion"):
        read(signed(instance, JwtBearer("rsa", "s", wrong)))


def test_keys_that_cannot_sign() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    wrong = {
        "protected by a password": pem(key, b"geheim"),
        "none of RSA": pem(ec.generate_private_key(ec.SECP256R1())),
        "no private key in PEM": "-----BEGIN PRIVATE KEY-----\ngeheim\n-----END PRIVATE KEY-----",
    }
    for cause, text in wrong.items():
        with pytest.raises(errors.InvalidUsage, match=cause) as caught:
            Assertion(text, "x").signed("client")
        assert "geheim" not in str(caught.value)


def test_a_key_file_that_cannot_be_used(instance: Instance, tmp_path: Path) -> None:
    (tmp_path / "key.der").write_bytes(b"\x30\x82\xff")
    way = {"host": instance.url, "grant_type": "jwt_bearer", "client_id": "a", "username": "x"}
    for name, cause in (("none.pem", "No such file"), ("key.der", "no text")):
        with pytest.raises(errors.InvalidUsage, match=rf"cannot be read \({cause}.*check instance.jwt_key_file"):
            connect(resolve({**way, "jwt_key_file": str(tmp_path / name)}, {}))
    assert instance.requests() == []


# A gateway -----------------------------------------------------------------------------------------------


@contextmanager
def gateway(seen: list[str]) -> Iterator[str]:
    """Something before an instance, with addresses of its own."""

    class Gateway(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path.partition("?")[0])
            body = json.dumps({"result": [], "access_token": "fresh", "expires_in": 1799}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_arguments: object) -> None:
            """Nothing to be seen."""

    with HTTPServer(("127.0.0.1", 0), Gateway) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_addresses_behind_a_gateway(instance: Instance) -> None:
    """Other interfaces are beside the Table API, and tokens come from where they always do."""
    seen: list[str] = []
    with gateway(seen) as url:
        way = {"host": url, "api_path": "servicenow/v1/now", "client_id": "a", "client_secret": "b"}
        unfailing(instance.play(snow("snow_change_info", query="active=true", instance=way)).ours)
        assert seen == [TOKEN_REQUEST, "/servicenow/v1/sn_chg_rest/change"]
        seen.clear()
        for path in ("servicenow/v1/now", "/now/", "api/now"):
            with connect(resolve({**login_of(USER), "host": url, "api_path": path}, {})) as client:
                client.table("incident").get(limit=1).first_or_none()
                client.resource("/change", base_path="/api/sn_chg_rest").get(limit=1).first_or_none()
    assert seen == [
        "/servicenow/v1/now/table/incident", "/servicenow/v1/sn_chg_rest/change",
        "/now/table/incident", "/sn_chg_rest/change",
        "/api/now/table/incident", "/api/sn_chg_rest/change",
    ]  # fmt: skip
