# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that signs with OAuth tokens, with pysnow's name and arguments."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils import checks
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.oauth import (
    GivenToken,
    OAuth,
    PasswordGrant,
    RefreshTokenGrant,
    dated,
)
from ansible_collections.changegate.snow.plugins.module_utils.token_store import Token, TokenStore


class OAuthClient(Client):
    """A client that signs with OAuth tokens, which it renews with their refresh token.

    :param token_updater: called with each new token, so that the caller can keep it.
    :param token_store: where tokens are kept for other processes, which then need not ask for them.
    :param client: what :class:`Client` takes; ``user``, ``password`` and ``session`` are ignored with a warning, as
        pysnow does.
    """

    def __init__(
        self,
        client_id: str | None = None,
        client_secret: str | None = None,
        token_updater: Callable[[Token], None] | None = None,
        *,
        token_store: TokenStore | None = None,
        **client: Any,
    ) -> None:
        if not (client_id and client_secret):
            raise InvalidUsage("Give client_id and client_secret.")
        ignored = [name for name in ("user", "password", "session") if client.pop(name, None)]
        if ignored:
            warnings.warn(f"OAuthClient signs with tokens, so {', '.join(ignored)} is ignored.", stacklevel=2)
        checks.function("token_updater", token_updater)
        if token_store is not None and not isinstance(token_store, TokenStore):
            raise InvalidUsage(f"token_store is a {type(token_store).__name__}; give a TokenStore, or None.")
        self._credentials = (client_id, client_secret)
        self._updater = token_updater
        self._store = token_store
        super().__init__(auth=GivenToken(None), **client)
        # Also where the transport was the caller's.
        self.set_token(None)

    @property
    def token(self) -> Token | None:
        """The token in use, if there is one."""
        auth = self.transport.auth
        token = auth.token if isinstance(auth, (OAuth, GivenToken)) else None
        return None if token is None else _with_scopes(token)

    def set_token(self, token: Token | None) -> None:
        """Use *token* from now on, as it came from :meth:`generate_token`; none ends the use of the last one.

        All that is needed of it is ``access_token`` or ``refresh_token``; ``expires_at`` (Unix time) tells its end.
        """
        if not token:
            self.transport.auth = GivenToken(None)
            return
        if not isinstance(token, Mapping) or not (token.get("access_token") or token.get("refresh_token")):
            raise InvalidUsage("The token is not what generate_token() returns; it needs an access_token.")
        dated_token = dated(token, time.time())
        refresh = token.get("refresh_token")
        if not refresh:
            self.transport.auth = GivenToken(dated_token)
            return
        self.transport.auth = RefreshTokenGrant(
            *self._credentials, str(refresh), token=dated_token, store=self._store, updater=self._update
        )

    def generate_token(self, user: str, password: str) -> dict[str, Any]:
        """A token for *user*; it is returned, and used only when ``set_token`` is called with it.

        It is a dict with pysnow's keys: ``token_type``, ``refresh_token``, ``access_token``, ``scope`` (a list),
        ``expires_in`` (seconds), ``expires_at`` (Unix time).

        :raises TokenCreateError: the instance gives none.
        """
        grant = PasswordGrant(*self._credentials, user, password, store=self._store)
        grant.bind(self.transport)
        return _with_scopes(grant.current())

    def _update(self, token: Token) -> None:
        if self._updater is not None:
            self._updater(_with_scopes(token))


def _with_scopes(token: Token) -> dict[str, Any]:
    """*token* with its scopes as a list, as pysnow's users have it."""
    scope = token.get("scope")
    return {**token, "scope": scope.split()} if isinstance(scope, str) else dict(token)
