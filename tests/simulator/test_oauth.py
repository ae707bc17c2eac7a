"""OAuth beyond the simple grants: JWT bearer, revocation, life spans, tokens of users who are gone."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
import requests
import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.simulator.behaviors import behavior
from tests.simulator.support import Sim

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
REFUSED = (401, {"error": "server_error", "error_description": "access_denied"})
CLIENT = {"client_id": "changegate-jwt", "client_secret": "changegate-jwt-secret"}
SHARED = "changegate-jwt-key-for-simulators-only"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def claims(**changed: object) -> dict[str, object]:
    """Those of a good assertion, but for what is changed; None takes a claim away."""
    now = int(datetime.now(UTC).timestamp())
    good: dict[str, object] = {"iss": "changegate-jwt", "aud": "changegate-jwt", "sub": "beth.anglin", "jti": "1"}
    good |= {"iat": now, "exp": now + 300, **changed}
    return {name: value for name, value in good.items() if value is not None}


def ask(sim: Sim, assertion: str, **form: str) -> requests.Response:
    data = {"grant_type": GRANT, "assertion": assertion, **CLIENT, **form}
    return requests.post(f"{sim.url}/oauth_token.do", data=data, timeout=10)


def hs256(**changed: object) -> str:
    return jwt.encode(claims(**changed), SHARED, algorithm="HS256")


def who(sim: Sim, answer: requests.Response) -> str:
    """The user whom the token stands for."""
    assert answer.status_code == 200, answer.text
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    made = requests.post(f"{sim.url}/api/now/table/incident", json={}, headers=headers, timeout=10)
    user: str = made.json()["result"]["sys_created_by"]
    return user


def register(sim: Sim, pem: str, **values: object) -> dict[str, str]:
    """An application with the certificate, made as an administrator makes it: over the Table API."""
    certificate = sim.insert("sys_certificate", "admin", name="c", pem_certificate=pem)
    application = sim.insert(
        "oauth_jwt", "admin", name="a", client_id="rsa", client_secret="s", user_field="email", **values
    )
    verifier = {"oauth_jwt": application["sys_id"], "sys_certificate": certificate["sys_id"], "kid": "key-1"}
    sim.insert("jwt_verifier_map", "admin", name="m", **verifier)
    return {"client_id": "rsa", "client_secret": "s"}


def rs256(**changed: object) -> str:
    values = claims(**{"iss": "rsa", "aud": "rsa", "sub": "beth.anglin@example.com", **changed})
    return jwt.encode(values, RSA, algorithm="RS256", headers={"kid": "key-1"})


def public_pem() -> str:
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    return RSA.public_key().public_bytes(serialization.Encoding.PEM, kind).decode()


@behavior("Authentication", "OAuth: JWT bearer with a shared key (HS256)")
def test_jwt_with_a_shared_key(sim: Sim) -> None:
    answer = ask(sim, hs256())
    assert set(answer.json()) == {"access_token", "scope", "token_type", "expires_in"}
    assert who(sim, answer) == "beth.anglin"


@behavior("Authentication", "OAuth: JWT bearer with a certificate or public key (RS256), set up over the Table API")
def test_jwt_with_a_public_key(sim: Sim) -> None:
    client = register(sim, public_pem())
    assert who(sim, ask(sim, rs256(), **client)) == "beth.anglin"
    assert (ask(sim, hs256(), **client).status_code, ask(sim, rs256(iss="other"), **client).status_code) == (401, 401)
    # A public key is no secret: signed with it as a shared key, an assertion is worth nothing.
    header = jwt.utils.base64url_encode(b'{"alg":"HS256","kid":"key-1"}')
    body = rs256(jti="2").split(".")[1].encode()
    signature = hmac.new(public_pem().encode(), header + b"." + body, hashlib.sha256).digest()
    token = b".".join((header, body, jwt.utils.base64url_encode(signature))).decode()
    assert ask(sim, token, **client).status_code == 401
    unsigned = jwt.encode(claims(iss="rsa", aud="rsa", jti="3"), "", algorithm="none")
    assert ask(sim, unsigned, **client).status_code == 401


def test_jwt_with_a_certificate(sim: Sim) -> None:
    issued = trustme.CA(key_type=trustme.KeyType.RSA).issue_cert("client.example.com", key_type=trustme.KeyType.RSA)
    client = register(sim, issued.cert_chain_pems[0].bytes().decode())
    values = claims(iss="rsa", aud=["rsa", "other"], sub="beth.anglin@example.com")
    token = jwt.encode(values, issued.private_key_pem.bytes(), algorithm="RS512")
    assert who(sim, ask(sim, token, **client)) == "beth.anglin"
    wrong_kid = jwt.encode(values | {"jti": "2"}, issued.private_key_pem.bytes(), "RS256", headers={"kid": "key-2"})
    assert ask(sim, wrong_kid, **client).status_code == 401


@behavior(
    "Authentication", "OAuth: a JWT is checked for issuer, audience, subject, times (with skew), signature and `jti`"
)
@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "other"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"aud": []},
        {"sub": "nobody"},
        {"sub": None},
        {"sub": ""},
        {"sub": 5},
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"iat": None},
        {"nbf": 99999999999},
        {"jti": None},
        {"jti": 5},
        {"sub": "retired.person"},
        {"sub": "admin"},
    ],
)
def test_jwt_that_is_refused(sim: Sim, changed: dict[str, object]) -> None:
    answer = ask(sim, _encoded(claims(**changed)))
    assert (answer.status_code, answer.json()) == REFUSED


def _encoded(values: dict[str, object]) -> str:
    """PyJWT refuses to encode some wrong claims itself."""
    return jwt.api_jws.encode(json.dumps(values).encode(), SHARED, algorithm="HS256", headers={"typ": "JWT"})


@pytest.mark.parametrize("assertion", ["", "x", "a.b.c", "..", "é" * 10, "e30.e30.e30", "W10.W10.x", "\0"])
def test_jwt_that_is_none(sim: Sim, assertion: str) -> None:
    for form in ({}, {"client_id": "", "client_secret": ""}):
        answer = ask(sim, assertion, **form)
        assert (answer.status_code, answer.json()) == REFUSED


def test_jwt_with_a_wrong_client(sim: Sim) -> None:
    for form in (
        {"client_secret": "wrong"},
        {"client_secret": ""},
        {"client_id": "nobody"},
        {"client_id": "changegate", "client_secret": "changegate-secret"},
    ):
        answer = ask(sim, hs256(), **form)
        assert (answer.status_code, answer.json()) == REFUSED, form
    assert ask(sim, jwt.encode(claims(), "another key of more than 32 bytes", algorithm="HS256")).status_code == 401


def test_jwt_of_a_public_client(sim: Sim) -> None:
    """It needs no secret, and the assertion says who it is."""
    register(sim, public_pem(), public_client="true")
    form = {"client_id": "", "client_secret": ""}
    assert who(sim, ask(sim, rs256(), **form)) == "beth.anglin"


@behavior("Authentication", "OAuth: a JWT is good once (`jti`), unless the application says otherwise")
def test_jwt_is_good_once(sim: Sim) -> None:
    assert ask(sim, hs256()).status_code == 200
    answer = ask(sim, hs256())
    assert (answer.status_code, answer.json()) == REFUSED
    assert ask(sim, hs256(jti="2")).status_code == 200
    application = sim.rows("oauth_jwt", "client_id=changegate-jwt")[0]["sys_id"]
    sim.patch("oauth_jwt", application, "admin", enable_jti_verification="false")
    assert ask(sim, hs256()).status_code == 200
    assert ask(sim, hs256(jti=None)).status_code == 200


def test_jwt_expires_on_the_clock_of_the_instance(sim: Sim) -> None:
    assertion = hs256()
    sim.control("PUT", "clock", {"advance_seconds": 700})
    assert ask(sim, assertion).status_code == 401
    sim.control("POST", "reset")
    # Inside the skew of 300 seconds.
    sim.control("PUT", "clock", {"advance_seconds": 500})
    assert ask(sim, assertion).status_code == 200
    later = int((datetime.now(UTC) + timedelta(hours=1)).timestamp())
    assert ask(sim, hs256(jti="2", iat=later, exp=later + 60)).status_code == 401
    sim.control("PUT", "clock", {"advance_seconds": 3100})
    assert ask(sim, hs256(jti="2", iat=later, exp=later + 60)).status_code == 200


# Tokens -------------------------------------------------------------------------------------------------


def password_token(sim: Sim, **form: str) -> dict[str, Any]:
    data = {"client_id": "changegate", "client_secret": "changegate-secret", "grant_type": "password"}
    data |= {"username": "beth.anglin", "password": "beth.anglin-password", **form}
    answer = requests.post(f"{sim.url}/oauth_token.do", data=data, timeout=10)
    body: dict[str, Any] = answer.json()
    return {**body, "status": answer.status_code}


def status(sim: Sim, access: str) -> int:
    headers = {"Authorization": f"Bearer {access}"}
    return requests.get(f"{sim.url}/api/now/table/incident", headers=headers, timeout=10).status_code


@behavior(
    "Authentication", "OAuth: `/oauth_revoke_token.do?token=`, without authentication", simplified="the answer is empty"
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_revocation(sim: Sim, method: str) -> None:
    body = password_token(sim)
    given = {"token": body["access_token"]}
    revoke = f"{sim.url}/oauth_revoke_token.do"
    answer = requests.get(revoke, given, timeout=10) if method == "GET" else requests.post(revoke, given, timeout=10)
    assert (answer.status_code, answer.content) == (200, b"")
    assert status(sim, body["access_token"]) == 401
    # The refresh token is another, and gives a new access token.
    form = {"grant_type": "refresh_token", "refresh_token": body["refresh_token"]}
    fresh = password_token(sim, **form)
    assert fresh["access_token"] != body["access_token"]
    assert status(sim, fresh["access_token"]) == 200
    requests.post(f"{sim.url}/oauth_revoke_token.do", params={"token": body["refresh_token"]}, timeout=10)
    assert password_token(sim, **form)["status"] == 401
    assert requests.get(f"{sim.url}/oauth_revoke_token.do", params={"token": "x"}, timeout=10).status_code == 200
    assert requests.get(f"{sim.url}/oauth_revoke_token.do", timeout=10).json()["error"] == "invalid_request"


@behavior("Authentication", "OAuth: parameters count in the body only; applications have life spans of their own")
def test_life_spans_and_parameters(sim: Sim) -> None:
    form = {"client_id": "changegate", "client_secret": "changegate-secret", "grant_type": "client_credentials"}
    url = f"{sim.url}/oauth_token.do"
    assert requests.post(url, params=form, timeout=10).status_code == 401
    assert requests.post(url, json=form, timeout=10).status_code == 401
    assert requests.post(
        url, data={"grant_type": form["grant_type"]}, auth=("changegate", "changegate-secret"), timeout=10
    ).ok
    application = sim.rows("oauth_entity", "client_id=changegate")[0]["sys_id"]
    sim.patch("oauth_entity", application, "admin", access_token_lifespan="60", refresh_token_lifespan="120")
    body = password_token(sim)
    assert body["expires_in"] == 59
    sim.control("PUT", "clock", {"advance_seconds": 61})
    assert status(sim, body["access_token"]) == 401
    sim.control("PUT", "clock", {"advance_seconds": 61})
    assert password_token(sim, grant_type="refresh_token", refresh_token=body["refresh_token"])["status"] == 401


@behavior("Authentication", "OAuth: the token of a user who became inactive or locked out is worth nothing")
@pytest.mark.parametrize("change", [{"active": "false"}, {"locked_out": "true"}])
def test_tokens_of_users_who_are_gone(sim: Sim, change: dict[str, str]) -> None:
    body = password_token(sim)
    beth = sim.rows("sys_user", "user_name=beth.anglin")[0]["sys_id"]
    sim.patch("sys_user", beth, "admin", **change)
    assert status(sim, body["access_token"]) == 401
    assert password_token(sim)["status"] == 401
    assert password_token(sim, grant_type="refresh_token", refresh_token=body["refresh_token"])["status"] == 401


@behavior(
    "Authentication", "OAuth: client credentials take a property that can forbid them, and a user of the application"
)
def test_client_credentials_can_be_forbidden(sim: Sim) -> None:
    form = {"grant_type": "client_credentials"}
    assert password_token(sim, **form)["status"] == 200
    name = "glide.oauth.inbound.client.credential.grant_type.enabled"
    prop = sim.rows("sys_properties", f"name={name}")[0]["sys_id"]
    sim.patch("sys_properties", prop, "admin", value="false")
    assert password_token(sim, **form)["status"] == 401
    sim.patch("sys_properties", prop, "admin", value="true")
    application = sim.rows("oauth_entity", "client_id=changegate")[0]["sys_id"]
    sim.patch("oauth_entity", application, "admin", user="")
    assert password_token(sim, **form)["status"] == 401
    sim.patch("oauth_entity", application, "admin", active="false")
    assert password_token(sim)["status"] == 401
