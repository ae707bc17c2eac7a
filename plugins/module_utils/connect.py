# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the connection of a task to what sends its requests, signed. Nothing is sent yet."""

from __future__ import annotations

import os

from ansible_collections.changegate.snow.plugins.module_utils.assertion import Assertion
from ansible_collections.changegate.snow.plugins.module_utils.auth import ApiKeyAuth, BasicAuth, NoAuth, TokenAuth
from ansible_collections.changegate.snow.plugins.module_utils.connection import Connection
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.oauth import (
    ClientCredentials,
    JwtBearer,
    OAuth,
    PasswordGrant,
    RefreshTokenGrant,
)
from ansible_collections.changegate.snow.plugins.module_utils.token_store import TokenStore
from ansible_collections.changegate.snow.plugins.module_utils.transport import Transport


def transport_of(connection: Connection) -> Transport:
    """What sends requests over *connection*; raises :class:`InvalidUsage` for files that cannot be used."""
    certificate = connection.certificate
    return Transport(
        connection.base_url,
        signer(connection),
        timeout=connection.timeout,
        verify=connection.verify,
        certificate=None if certificate is None else (_path(certificate[0]), _path(certificate[1])),
        proxy=connection.proxy,
        headers=connection.custom_headers,
        api_path=connection.api_path,
        retry_deadline=connection.retry_deadline,
    )


def signer(connection: Connection) -> NoAuth:
    """What signs requests as *connection* says."""
    if connection.scheme == "certificate":
        return NoAuth()
    if connection.scheme == "token":
        return TokenAuth(connection.access_token or "")
    if connection.scheme == "api_key":
        return ApiKeyAuth(connection.api_key or "")
    if connection.scheme == "basic":
        return BasicAuth(connection.username or "", connection.password or "")
    return _grant(connection)


def _grant(connection: Connection) -> OAuth:
    client = connection.client_id or "", connection.client_secret or ""
    store = _store(connection.token_cache)
    if connection.grant_type == "refresh_token":
        return RefreshTokenGrant(*client, connection.refresh_token or "", store=store)
    if connection.grant_type == "client_credentials":
        return ClientCredentials(*client, store=store)
    if connection.grant_type == "jwt_bearer":
        return JwtBearer(*client, _assertion(connection), store=store)
    return PasswordGrant(*client, connection.username or "", connection.password or "", store=store)


def _assertion(connection: Connection) -> Assertion:
    return Assertion(
        connection.jwt_key or _text(connection.jwt_key_file or ""),
        connection.jwt_subject or "",
        key_id=connection.jwt_key_id,
        algorithm=connection.jwt_algorithm,
        issuer=connection.jwt_issuer,
        audience=connection.jwt_audience,
        lifetime=connection.jwt_lifetime,
    )


def _store(wanted: str | bool) -> TokenStore | None:
    if isinstance(wanted, bool):
        return TokenStore() if wanted else None
    return TokenStore(_path(wanted))


def _text(path: str) -> str:
    try:
        with open(_path(path), encoding="utf-8") as file:
            return file.read()
    except (OSError, ValueError) as error:
        cause = error.strerror if isinstance(error, OSError) else "no text"
        raise InvalidUsage(f"{path} cannot be read ({cause}); check instance.jwt_key_file.") from None


def _path(path: str) -> str:
    """Options have their ``~`` replaced by Ansible; environment variables have not."""
    return os.path.expanduser(path)
