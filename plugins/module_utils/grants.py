# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the connection of a task to the OAuth grant that gets its tokens."""

from __future__ import annotations

import os

from ansible_collections.changegate.snow.plugins.module_utils.assertion import Assertion
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


def grant_of(connection: Connection) -> OAuth:
    """What gets the tokens of *connection*, which wants OAuth."""
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
    return TokenStore(os.path.expanduser(wanted))


def _text(path: str) -> str:
    try:
        with open(os.path.expanduser(path), encoding="utf-8") as file:
            return file.read()
    except (OSError, ValueError) as error:
        cause = error.strerror if isinstance(error, OSError) else "no text"
        raise InvalidUsage(f"{path} cannot be read ({cause}); check instance.jwt_key_file.") from None
