# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections: what options and environment mean together."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.changegate.snow.plugins.module_utils import connection, errors

LOGIN = {"host": "dev1", "username": "u", "password": "p"}


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("dev1", "https://dev1.service-now.com"),
        ("dev1.example.com", "https://dev1.example.com"),
        ("dev1.example.com:8443", "https://dev1.example.com:8443"),
        ("https://dev1.example.com/", "https://dev1.example.com"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("localhost", "https://localhost"),
    ],
)
def test_base_url(host: str, url: str) -> None:
    assert connection.base_url(host) == url


@pytest.mark.parametrize("host", [None, "", "ftp://x", "http://dev1.example.com", "https://", "https://u:geheim@x.com"])
def test_base_url_refuses(host: str | None) -> None:
    with pytest.raises(errors.InvalidUsage) as caught:
        connection.base_url(host)
    assert "geheim" not in str(caught.value)


def test_http_elsewhere_has_to_be_allowed() -> None:
    assert connection.base_url("http://dev1.example.com", allow_http=True) == "http://dev1.example.com"


ENV = {"SN_HOST": "env1", "SN_USERNAME": "eu", "SN_PASSWORD": "ep"}
JWT = {"host": "dev1", "grant_type": "jwt_bearer", "client_id": "i", "jwt_key": "k"}
CERTIFICATE = {"client_certificate_file": "/c", "client_key_file": "/k"}
SCHEMES: list[tuple[dict[str, Any], dict[str, str], dict[str, Any]]] = [
    (LOGIN, {}, {"scheme": "basic", "username": "u", "password": "p"}),
    ({}, ENV, {"scheme": "basic", "username": "eu", "base_url": "https://env1.service-now.com"}),
    ({"host": "dev1"}, ENV, {"base_url": "https://dev1.service-now.com", "username": "eu"}),
    ({**LOGIN, "client_id": "i", "client_secret": "s"}, {}, {"scheme": "oauth", "grant_type": "password"}),
    (
        {"host": "dev1", "grant_type": "client_credentials", "client_id": "i", "client_secret": "s"},
        {},
        {"scheme": "oauth", "grant_type": "client_credentials", "username": None},
    ),
    ({"host": "dev1", "access_token": "t"}, {}, {"scheme": "token", "access_token": "t", "password": None}),
    # A credential of the task never mixes with another way of signing in that is only in the environment.
    (LOGIN, {"SN_ACCESS_TOKEN": "t"}, {"scheme": "basic", "access_token": None}),
    (LOGIN, {"SN_CLIENT_ID": "i", "SN_CLIENT_SECRET": "s"}, {"scheme": "basic"}),
    ({"host": "dev1", "access_token": "t"}, ENV, {"scheme": "token", "username": None}),
    ({**LOGIN, "client_id": "i"}, {"SN_CLIENT_SECRET": "s"}, {"scheme": "oauth", "client_secret": "s"}),
    ({"host": "dev1", "username": "u"}, {"SN_PASSWORD": "ep"}, {"scheme": "basic", "password": "ep"}),
    # An empty text, as a template gives it for an unset variable, counts as not given.
    ({"host": "", "username": "", "password": ""}, ENV, {"scheme": "basic", "username": "eu"}),
    (
        {"host": "dev1", "refresh_token": "r"},
        {**ENV, "SN_CLIENT_ID": "i", "SN_CLIENT_SECRET": "s", "SN_GRANT_TYPE": "refresh_token"},
        {"scheme": "oauth", "grant_type": "refresh_token", "refresh_token": "r"},
    ),
    (LOGIN, {"SN_API_KEY": "k"}, {"scheme": "basic", "api_key": None}),
    ({"host": "dev1", "api_key": "k\n"}, {**ENV, "SN_ACCESS_TOKEN": "t"}, {"scheme": "api_key", "api_key": "k"}),
    ({"host": "dev1"}, {**ENV, "SN_API_KEY": "k"}, {"scheme": "api_key"}),
    ({**JWT, "jwt_subject": "u"}, {}, {"jwt_subject": "u", "jwt_algorithm": "RS256", "client_secret": None}),
    ({**JWT, "username": "u"}, {"SN_JWT_SUBJECT": "eu", "SN_CLIENT_SECRET": "s"},
     {"jwt_subject": "u", "client_secret": "s", "jwt_lifetime": 300.0}),
    ({**JWT, "username": "u"}, {"SN_JWT_KEY_FILE": "/k"}, {"jwt_key": "k", "jwt_key_file": None}),
    # A certificate alone says who is calling; beside a login of the same place it only opens the connection.
    ({"host": "dev1", **CERTIFICATE}, ENV, {"scheme": "certificate", "certificate": ("/c", "/k"), "password": None}),
    ({"host": "dev1", "client_certificate_file": "/c"}, {}, {"scheme": "certificate", "certificate": ("/c", "/c")}),
    ({"host": "dev1", "client_certificate_file": "/c"}, {"SN_CLIENT_KEY_FILE": "/k"}, {"certificate": ("/c", "/k")}),
    ({**LOGIN, **CERTIFICATE}, {}, {"scheme": "basic", "certificate": ("/c", "/k")}),
    ({"host": "dev1", "access_token": "t", **CERTIFICATE}, {}, {"scheme": "token", "certificate": ("/c", "/k")}),
    (LOGIN, {"SN_CLIENT_CERTIFICATE_FILE": "/c", "SN_CLIENT_KEY_FILE": "/k"}, {"certificate": None}),
    ({"host": "dev1"}, {**ENV, "SN_CLIENT_CERTIFICATE_FILE": "/c"}, {"scheme": "basic", "certificate": ("/c", "/c")}),
    (LOGIN, {}, {"token_cache": True, "api_path": "api/now"}),
    ({**LOGIN, "token_cache": False}, {"SN_TOKEN_CACHE": "/e"}, {"token_cache": False}),
    (LOGIN, {"SN_TOKEN_CACHE": "off"}, {"token_cache": False}),
    ({**LOGIN, "token_cache": "yes"}, {"SN_TOKEN_CACHE": "off"}, {"token_cache": True}),
    (LOGIN, {"SN_TOKEN_CACHE": "~/tokens"}, {"token_cache": "~/tokens"}),
    ({**LOGIN, "api_path": "/snow/v1/now/"}, {}, {"api_path": "snow/v1/now"}),
    (LOGIN, {"SN_TIMEOUT": "7.5"}, {"timeout": 7.5}),
    ({**LOGIN, "timeout": 3.0}, {"SN_TIMEOUT": "7.5"}, {"timeout": 3.0}),
    (LOGIN, {"SN_VALIDATE_CERTS": "false"}, {"verify": False}),
    ({**LOGIN, "validate_certs": True}, {"SN_VALIDATE_CERTS": "false"}, {"verify": True}),
    ({**LOGIN, "ca_path": "/ca.pem"}, {}, {"verify": "/ca.pem"}),
    ({**LOGIN, "ca_path": "/ca.pem", "validate_certs": False}, {}, {"verify": False}),
    (LOGIN, {"SN_CUSTOM_HEADERS": '{"X-A": 1}'}, {"custom_headers": {"X-A": "1"}}),
    (LOGIN, {}, {"timeout": 30.0, "retry_deadline": 60.0, "verify": True, "proxy": None}),
]  # fmt: skip


@pytest.mark.parametrize(("options", "environ", "expected"), SCHEMES)
def test_resolve(options: dict[str, Any], environ: dict[str, str], expected: dict[str, Any]) -> None:
    resolved = connection.resolve(options, environ)
    assert {name: getattr(resolved, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("options", "environ", "word"),
    [
        ({}, {}, "SN_HOST"),
        ({"host": "dev1"}, {}, "SN_USERNAME"),
        ({"host": "dev1", "username": "u"}, {}, "SN_PASSWORD"),
        ({**LOGIN, "client_id": "i"}, {}, "SN_CLIENT_SECRET"),
        ({**LOGIN, "grant_type": "password"}, {}, "SN_CLIENT_ID"),
        ({**LOGIN, "access_token": "t"}, {}, "excludes"),
        (LOGIN, {"SN_TIMEOUT": "soon"}, "SN_TIMEOUT"),
        (LOGIN, {"SN_VALIDATE_CERTS": "enabled"}, "SN_VALIDATE_CERTS"),
        (LOGIN, {"SN_CUSTOM_HEADERS": "[1]"}, "SN_CUSTOM_HEADERS"),
        ({"host": "dev1"}, {"SN_GRANT_TYPE": "magic"}, "SN_GRANT_TYPE"),
        ({**LOGIN, "api_key": "k"}, {}, "api_key excludes instance.password"),
        ({"host": "dev1", "api_key": "k", "access_token": "t"}, {}, "excludes"),
        ({"host": "dev1", "api_key": "a\nb"}, {}, "api_key holds"),
        (JWT, {}, "SN_JWT_SUBJECT"),
        ({**JWT, "jwt_key": None, "username": "u"}, {}, "SN_JWT_KEY"),
        ({**JWT, "jwt_key_file": "/k", "username": "u"}, {}, "jwt_key excludes"),
        ({**JWT, "username": "u", "jwt_lifetime": 0.0}, {}, "jwt_lifetime"),
        ({**JWT, "username": "u"}, {"SN_JWT_ALGORITHM": "none"}, "SN_JWT_ALGORITHM"),
        ({**LOGIN, "jwt_key": "k"}, {}, "grant_type to be jwt_bearer"),
        ({**LOGIN, "client_key_file": "/k"}, {}, "SN_CLIENT_CERTIFICATE_FILE"),
        ({**LOGIN, "token_cache": "enabled"}, {}, "token_cache"),
        ({**LOGIN, "api_path": "https://x/api"}, {}, "api_path"),
        ({**LOGIN, "api_path": "../now"}, {}, "api_path"),
    ],
)
def test_resolve_says_what_is_missing(options: dict[str, Any], environ: dict[str, str], word: str) -> None:
    with pytest.raises(errors.InvalidUsage, match=word):
        connection.resolve(options, environ)


def test_secrets_are_found_wherever_they_are_and_never_shown() -> None:
    options = {**LOGIN, "custom_headers": {"X-Key": "k", "X-Debug": "1", "X-Long": "l" * 16}}
    environ = {"SN_ACCESS_TOKEN": "t", "SN_HOST": "h"}
    assert connection.secrets_of(options, environ) == {"p", "k", "t", "l" * 16}
    assert connection.secrets_of(None, {"SN_CUSTOM_HEADERS": '{"X-Key": "e", "X-Debug": "1"}'}) == {"e"}
    logins = connection.secrets_of({"proxy": "http://me:geheim@proxy:3128"}, {"SN_HOST": "https://u:pw@x"})
    assert logins == {"geheim", "pw"}
    assert connection.secrets_of("wrong", {"SN_CUSTOM_HEADERS": "no JSON"}) == {"no JSON"}
    pem = "-----BEGIN PRIVATE KEY-----\nMIIEvgIBADANBgkqhkiG9w0B\nAQEF\n-----END PRIVATE KEY-----\n"
    assert connection.secrets_of({"jwt_key": pem}, {"SN_API_KEY": "a"}) == {pem, "MIIEvgIBADANBgkqhkiG9w0B", "a"}
    resolved = connection.resolve({**LOGIN, "password": "geheim", "custom_headers": {"X": "schluessel"}}, {})
    assert "geheim" not in repr(resolved)
    assert "schluessel" not in repr(resolved)
