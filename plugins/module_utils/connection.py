# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach an instance: the one table of connection options, and what a set of them means. No input or output.

Option and environment names are those that users of ``servicenow.itsm`` already have.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage


class Option(NamedTuple):
    """A connection option: its type, the environment variable behind it, its default, whether it is a secret."""

    name: str
    env: str
    type: str = "str"
    default: Any = None
    secret: bool = False
    choices: tuple[str, ...] = ()


GRANT_TYPES = ("password", "refresh_token", "client_credentials")

OPTIONS = (
    Option("host", "SN_HOST"),
    Option("username", "SN_USERNAME"),
    Option("password", "SN_PASSWORD", secret=True),
    Option("grant_type", "SN_GRANT_TYPE", choices=GRANT_TYPES),
    Option("client_id", "SN_CLIENT_ID"),
    Option("client_secret", "SN_CLIENT_SECRET", secret=True),
    Option("refresh_token", "SN_REFRESH_TOKEN", secret=True),
    Option("access_token", "SN_ACCESS_TOKEN", secret=True),
    Option("custom_headers", "SN_CUSTOM_HEADERS", type="dict"),
    Option("timeout", "SN_TIMEOUT", type="float", default=30.0),
    Option("validate_certs", "SN_VALIDATE_CERTS", type="bool", default=True),
    Option("ca_path", "SN_CA_PATH", type="path"),
    Option("proxy", "SN_PROXY"),
    Option("allow_http", "SN_ALLOW_HTTP", type="bool", default=False),
    Option("retry_deadline", "SN_RETRY_DEADLINE", type="float", default=60.0),
)

#: Options that say who is calling. If a task sets one of them, none is taken from the environment except those
#: that the same way of signing in needs, so that a token in the environment never overrules a task's password.
_CREDENTIALS = frozenset(
    {"username", "password", "grant_type", "client_id", "client_secret", "refresh_token", "access_token"}
)
_SECRET_HEADER = re.compile("auth|token|key|secret|cookie|pass|session|credential|signature", re.IGNORECASE)
_LONG = 16
_TRUE = frozenset({"1", "true", "yes", "on", "y", "t"})
_FALSE = frozenset({"0", "false", "no", "off", "n", "f"})
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+\Z")
_HEADER_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?\Z|\Z")
_HOST = re.compile(r"[^\s/?#@]{1,63}(\.[^\s/?#@.]{1,63})*\Z")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Connection:
    """A complete, checked way to reach an instance. *scheme* is ``basic``, ``oauth`` or ``token``."""

    base_url: str
    scheme: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    grant_type: str | None = None
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    access_token: str | None = field(default=None, repr=False)
    custom_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = 30.0
    verify: bool | str = True
    proxy: str | None = None
    retry_deadline: float = 60.0


def secrets_of(options: object, environ: Mapping[str, str]) -> set[str]:
    """Every secret that the options (checked or not) or the environment hold: none of them may be shown."""
    options = options if isinstance(options, Mapping) else {}
    names = [option for option in OPTIONS if option.secret]
    found = {str(options[option.name]) for option in names if options.get(option.name)}
    found |= {environ[option.env] for option in names if environ.get(option.env)}
    for name, env in (("host", "SN_HOST"), ("proxy", "SN_PROXY")):
        found |= _login_of(options.get(name)) | _login_of(environ.get(env))
    text = environ.get("SN_CUSTOM_HEADERS", "")
    try:
        from_environment = _headers(text) if text else {}
    except ValueError:
        found.add(text)
        from_environment = {}
    return found | _header_secrets(options.get("custom_headers")) | _header_secrets(from_environment)


def _login_of(url: object) -> set[str]:
    """The password in the address of a host or proxy, if there is one."""
    login = str(url or "").rpartition("@")[0].rpartition("//")[2]
    return {password} if (password := login.partition(":")[2]) else set()


def _header_secrets(headers: object) -> set[str]:
    if not isinstance(headers, Mapping):
        return set()
    return {str(value) for name, value in headers.items() if _is_secret_header(str(name), str(value))}


def _is_secret_header(name: str, value: str) -> bool:
    """Whether a header looks like a secret. Not all are: masking ``1`` or ``ansible`` would spoil every result."""
    return len(value) >= _LONG or bool(value and _SECRET_HEADER.search(name))


def resolve(options: Mapping[str, Any], environ: Mapping[str, str]) -> Connection:
    """The connection that *options* (of a task) and *environ* describe together.

    :raises InvalidUsage: something is missing or contradicts itself; the sentence names the option.
    """
    given = {name: value for name, value in options.items() if value is not None and value != ""}
    merged = {**_from_environment(given, environ), **given}
    for option in OPTIONS:
        merged.setdefault(option.name, option.default)
    scheme = _scheme(merged, given)
    if not merged["timeout"] > 0 or not merged["retry_deadline"] >= 0:
        raise InvalidUsage("instance.timeout must be more than 0 seconds, and instance.retry_deadline at least 0.")
    return Connection(
        base_url=base_url(merged["host"], bool(merged["allow_http"])),
        scheme=scheme,
        verify=(merged["ca_path"] or True) if merged["validate_certs"] else False,
        custom_headers=_checked_headers(merged["custom_headers"] or {}),
        **_required(merged, scheme),
        **{name: merged[name] for name in ("timeout", "proxy", "retry_deadline")},
    )


def base_url(host: str | None, allow_http: bool = False) -> str:
    """The URL that *host* means: a URL, a host name, or the bare name of an instance."""
    if not host:
        raise InvalidUsage("No instance was named; set instance.host or the environment variable SN_HOST.")
    url = host.strip()
    url = url if url.endswith("://") else url.rstrip("/")
    if "://" not in url:
        name, _colon, port = url.partition(":")
        dotted = "." in name or port or name == "localhost"
        url = f"https://{url}" if dotted else f"https://{url}.service-now.com"
    parts = _split(url)
    if parts is None or parts.username or parts.query or not _HOST.match(parts.hostname or ""):
        raise InvalidUsage(f"instance.host is {_without_login(host)!r}; give a URL, a host name or an instance name.")
    if parts.scheme == "http" and not allow_http and parts.hostname not in _LOOPBACK:
        raise InvalidUsage(
            f"instance.host is {url!r}, which would send the password in clear; use https or set instance.allow_http."
        )
    return url


def _split(url: str) -> SplitResult | None:
    """The parts of an HTTP URL, or None if it is none."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises for a port that is no number
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") else None


def _without_login(host: str) -> str:
    """*host* without what stands before an ``@``: a login in a URL is a mistake that must not be repeated in a log."""
    return host.rsplit("@", 1)[-1]


def _from_environment(given: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    ignored = _foreign_credentials(given)
    found = {}
    for option in OPTIONS:
        text = environ.get(option.env, "")
        if text and option.name not in ignored:
            found[option.name] = _parsed(option, text)
    return found


def _foreign_credentials(given: Mapping[str, Any]) -> frozenset[str]:
    """Credentials that a task's own make meaningless in the environment."""
    if "access_token" in given:
        return _CREDENTIALS
    if given.keys() & _CREDENTIALS:
        own_client = bool(given.keys() & {"client_id", "client_secret", "grant_type", "refresh_token"})
        return frozenset({"access_token"} | (set() if own_client else {"grant_type", "client_id", "client_secret"}))
    return frozenset()


def _parsed(option: Option, text: str) -> Any:
    if option.type == "bool":
        word = text.strip().lower()
        if word not in _TRUE | _FALSE:
            raise InvalidUsage(f"{option.env} is {text!r}; give true or false.")
        return word in _TRUE
    if option.choices and text not in option.choices:
        raise InvalidUsage(f"{option.env} is {text!r}; give one of {', '.join(option.choices)}.")
    try:
        if option.type == "float":
            return float(text)
        return _headers(text) if option.type == "dict" else text
    except ValueError:
        # The text of headers may be a secret, and so may what an exception says of it.
        wanted, shown = ("a JSON object", "no JSON object") if option.type == "dict" else ("a number", repr(text))
        raise InvalidUsage(f"{option.env} is {shown}; give {wanted}.") from None


def _headers(text: str) -> dict[str, Any]:
    parsed = json.loads(text)
    if not isinstance(parsed, dict):
        raise ValueError
    return parsed


def _checked_headers(headers: Mapping[str, Any]) -> dict[str, str]:
    """*headers* as text, if a request can carry them; the values are not repeated, they may be secrets."""
    checked = {str(name): str(value) for name, value in headers.items()}
    for name, value in checked.items():
        if not _HEADER_NAME.match(name) or not _HEADER_VALUE.match(value):
            raise InvalidUsage(
                f"instance.custom_headers holds {name!r}, which no request can carry; names are letters, digits and "
                "hyphens, and values plain ASCII in one line."
            )
    return checked


def _scheme(merged: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    login = given.keys() & (_CREDENTIALS - {"access_token"})
    if "access_token" in given and login:
        raise InvalidUsage(f"instance.access_token excludes instance.{sorted(login)[0]}; set one of them.")
    if merged["access_token"]:
        return "token"
    return "oauth" if merged["client_id"] or merged["client_secret"] or merged["grant_type"] else "basic"


def _required(merged: Mapping[str, Any], scheme: str) -> dict[str, Any]:
    """The credentials of *scheme*, complete, or an error that names the first one missing."""
    if scheme == "token":
        # A token that was read from a file often brings its line end along.
        token = str(merged["access_token"]).strip()
        if not _HEADER_VALUE.match(token):
            raise InvalidUsage("instance.access_token holds characters that no header can carry; check its source.")
        return {"access_token": token}
    grant = (merged["grant_type"] or "password") if scheme == "oauth" else None
    names = {
        None: ("username", "password"),
        "password": ("client_id", "client_secret", "username", "password"),
        "refresh_token": ("client_id", "client_secret", "refresh_token"),
        "client_credentials": ("client_id", "client_secret"),
    }[grant]
    variables = {option.name: option.env for option in OPTIONS}
    for name in names:
        if not merged[name]:
            raise InvalidUsage(f"instance.{name} is missing; set it or the environment variable {variables[name]}.")
    return {**{name: merged[name] for name in names}, "grant_type": grant}
