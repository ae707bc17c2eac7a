# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach an instance: what a set of connection options means. No input or output."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from ansible_collections.changegate.snow.plugins.module_utils.credentials import (
    certificate_of,
    credentials_of,
    foreign_credentials,
    scheme_of,
)
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.options import (
    FALSE,
    OPTIONS,
    TRUE,
    from_environment,
    headers_of,
)

_SECRET_HEADER = re.compile("auth|token|key|secret|cookie|pass|session|credential|signature", re.IGNORECASE)
_LONG = 16
#: Where an instance has its Table and Attachment API, and beside it its other ones.
API_PATH = "api/now"
_API_PATH = re.compile(r"[A-Za-z0-9._~%-]+(/[A-Za-z0-9._~%-]+)*\Z")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+\Z")
_HEADER_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?\Z|\Z")
_HOST = re.compile(r"[^\s/?#@]{1,63}(\.[^\s/?#@.]{1,63})*\Z")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Connection(NamedTuple):
    """A complete, checked way to reach an instance. *scheme* as in ``credentials.scheme_of``."""

    base_url: str
    scheme: str
    username: str | None = None
    password: str | None = None
    grant_type: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    refresh_token: str | None = None
    access_token: str | None = None
    api_key: str | None = None
    jwt_key: str | None = None
    jwt_key_file: str | None = None
    jwt_key_id: str | None = None
    jwt_algorithm: str = "RS256"
    jwt_subject: str | None = None
    jwt_issuer: str | None = None
    jwt_audience: str | None = None
    jwt_lifetime: float = 300.0
    certificate: tuple[str, str] | None = None
    token_cache: str | bool = True
    api_path: str = API_PATH
    custom_headers: Mapping[str, str] = MappingProxyType({})
    timeout: float = 30.0
    verify: bool | str = True
    proxy: str | None = None
    retry_deadline: float = 60.0

    def __repr__(self) -> str:
        """Without what may be secret."""
        return f"Connection({self.base_url!r}, {self.scheme!r}, username={self.username!r})"


def secrets_of(options: object, environ: Mapping[str, str]) -> set[str]:
    """Every secret that the options (checked or not) or the environment hold: none of them may be shown."""
    options = options if isinstance(options, Mapping) else {}
    names = [option for option in OPTIONS if option.secret]
    found = {str(options[option.name]) for option in names if options.get(option.name)}
    found |= {environ[option.env] for option in names if environ.get(option.env)}
    found |= {line for secret in found for line in _lines_of(secret)}
    for name, env in (("host", "SN_HOST"), ("proxy", "SN_PROXY")):
        found |= _login_of(options.get(name)) | _login_of(environ.get(env))
    text = environ.get("SN_CUSTOM_HEADERS", "")
    try:
        headers = headers_of(text) if text else {}
    except ValueError:
        found.add(text)
        headers = {}
    return found | _header_secrets(options.get("custom_headers")) | _header_secrets(headers)


def _lines_of(secret: str) -> set[str]:
    """A private key has lines, and what shows it may break it at them. Its first and its last are no secret."""
    lines = secret.splitlines() if "-----" in secret else []
    return {line.strip() for line in lines if len(line) >= _LONG and "-----" not in line}


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
    merged = {**from_environment(environ, foreign_credentials(given)), **given}
    for option in OPTIONS:
        merged.setdefault(option.name, option.default)
    scheme = scheme_of(merged, given)
    if not merged["timeout"] > 0 or not merged["retry_deadline"] >= 0:
        raise InvalidUsage("instance.timeout must be more than 0 seconds, and instance.retry_deadline at least 0.")
    return Connection(
        base_url=base_url(merged["host"], bool(merged["allow_http"])),
        scheme=scheme,
        verify=(merged["ca_path"] or True) if merged["validate_certs"] else False,
        custom_headers=_checked_headers(merged["custom_headers"] or {}),
        **credentials_of(merged, scheme, given),
        certificate=certificate_of(merged),
        token_cache=_checked_cache(merged["token_cache"]),
        api_path=_checked_path(merged["api_path"]),
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
    if parts is None or "@" in parts.netloc or parts.query or not _HOST.match(parts.hostname or ""):
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


def _checked_path(path: str | None) -> str:
    """The path below which the instance's interfaces are, without slashes at its ends."""
    if path is None:
        return API_PATH
    bare = str(path).strip("/")
    if not _API_PATH.match(bare) or ".." in bare:
        raise InvalidUsage(f"instance.api_path is {path!r}; give a path such as api/now, without a host or a query.")
    return bare


def _checked_cache(value: object) -> str | bool:
    """Whether, and in which folder, tokens are kept: True for the default one."""
    word = str(value).strip().lower()
    if value is None or word in TRUE:
        return True
    if word in FALSE:
        return False
    if not str(value).startswith(("/", "~")):
        raise InvalidUsage(f"instance.token_cache is {value!r}; give true, false, or the absolute path of a folder.")
    return str(value)
