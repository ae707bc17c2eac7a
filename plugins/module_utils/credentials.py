# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways to sign in: which one a set of options means, and what belongs to it. No input or output."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.options import OPTIONS

#: These go in a header as they are, and need nothing else.
_ALONE = ("access_token", "api_key")
_CERTIFICATE = frozenset({"client_certificate_file", "client_key_file"})
_JWT = frozenset(option.name for option in OPTIONS if option.name.startswith("jwt_"))
_CLIENT = frozenset({"grant_type", "client_id", "client_secret", "refresh_token"}) | _JWT
_CREDENTIALS = frozenset({"username", "password", *_ALONE}) | _CERTIFICATE | _CLIENT
_HEADER_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?\Z")
_NEEDED = {
    "basic": ("username", "password"),
    "password": ("client_id", "client_secret", "username", "password"),
    "refresh_token": ("client_id", "client_secret", "refresh_token"),
    "client_credentials": ("client_id", "client_secret"),
    "jwt_bearer": ("client_id",),
}


def foreign_credentials(given: Mapping[str, Any]) -> frozenset[str]:
    """Credentials that those which a task gives make meaningless in the environment.

    Options that say who is calling come from the environment beside those of a task only as far as the same way of
    signing in needs them: a token in the environment never overrules a task's password.
    """
    own = given.keys() & _CREDENTIALS
    if not own:
        return frozenset()
    if own & {*_ALONE}:
        return _CREDENTIALS
    if own <= _CERTIFICATE:
        return _CREDENTIALS - _CERTIFICATE
    ignored = {*_ALONE} | (_CERTIFICATE if not own & _CERTIFICATE else set())
    if not own & _CLIENT:
        ignored |= _CLIENT
    if own & {"jwt_key", "jwt_key_file"}:
        ignored |= {"jwt_key", "jwt_key_file"}
    return frozenset(ignored | ({"jwt_subject"} if "username" in own else set()))


def scheme_of(merged: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    """The way to sign in: ``token``, ``api_key``, ``oauth``, ``certificate`` or ``basic``."""
    for name in _ALONE:
        others = sorted(given.keys() & (_CREDENTIALS - _CERTIFICATE - {name}))
        if name in given and others:
            raise InvalidUsage(f"instance.{name} excludes instance.{others[0]}; set one of them.")
    if merged["access_token"]:
        return "token"
    if merged["api_key"]:
        return "api_key"
    if merged["client_id"] or merged["client_secret"] or merged["grant_type"]:
        return "oauth"
    no_login = not merged["username"] and not merged["password"]
    return "certificate" if no_login and merged["client_certificate_file"] else "basic"


def credentials_of(merged: Mapping[str, Any], scheme: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The credentials of *scheme*, complete, or an error that names the first one missing."""
    if scheme in ("token", "api_key"):
        name = "access_token" if scheme == "token" else "api_key"
        # What was read from a file often brings its line end along.
        secret = str(merged[name]).strip()
        if not _HEADER_VALUE.match(secret):
            raise InvalidUsage(f"instance.{name} holds characters that no header can carry; check its source.")
        return {name: secret}
    if scheme == "certificate":
        return {}
    grant = (merged["grant_type"] or "password") if scheme == "oauth" else None
    jwt = sorted(given.keys() & _JWT)
    if jwt and grant != "jwt_bearer":
        raise InvalidUsage(f"instance.{jwt[0]} needs instance.grant_type to be jwt_bearer.")
    names = _NEEDED[grant or scheme]
    for name in names:
        _need(merged, name)
    found = {name: merged[name] for name in names}
    return {**found, **(_assertion(merged) if grant == "jwt_bearer" else {}), "grant_type": grant}


def certificate_of(merged: Mapping[str, Any]) -> tuple[str, str] | None:
    """The files of the client's certificate and of its key, which may be one."""
    file, key = merged["client_certificate_file"], merged["client_key_file"]
    if key and not file:
        _need(merged, "client_certificate_file")
    return (file, key or file) if file else None


def _assertion(merged: Mapping[str, Any]) -> dict[str, Any]:
    if merged["jwt_key"] and merged["jwt_key_file"]:
        raise InvalidUsage("instance.jwt_key excludes instance.jwt_key_file; set one of them.")
    if not merged["jwt_key_file"]:
        _need(merged, "jwt_key")
    if not merged["jwt_subject"] and not merged["username"]:
        _need(merged, "jwt_subject")
    if not 0 < merged["jwt_lifetime"] <= 86400:
        raise InvalidUsage("instance.jwt_lifetime must be more than 0 seconds, and a day at most.")
    found = {name: merged[name] for name in (*_JWT, "client_secret")}
    return {
        **found,
        "jwt_subject": merged["jwt_subject"] or merged["username"],
        "jwt_algorithm": merged["jwt_algorithm"] or "RS256",
    }


def _need(merged: Mapping[str, Any], name: str) -> None:
    if not merged[name]:
        variable = next(option.env for option in OPTIONS if option.name == name)
        raise InvalidUsage(f"instance.{name} is missing; set it or the environment variable {variable}.")
