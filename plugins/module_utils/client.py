# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients of one instance, with pysnow's names and arguments.

``Client`` signs with user name and password (or uses the caller's session), ``OAuthClient`` with tokens;
``connect()`` makes one from the connection of a task.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ansible_collections.changegate.snow.plugins.module_utils.auth import BasicAuth, NoAuth
from ansible_collections.changegate.snow.plugins.module_utils.connect import transport_of
from ansible_collections.changegate.snow.plugins.module_utils.connection import Connection, base_url
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.oauth import (
    GivenToken,
    OAuth,
    PasswordGrant,
    RefreshTokenGrant,
    dated,
)
from ansible_collections.changegate.snow.plugins.module_utils.params import ParamsBuilder
from ansible_collections.changegate.snow.plugins.module_utils.query import check_table
from ansible_collections.changegate.snow.plugins.module_utils.resource import Resource
from ansible_collections.changegate.snow.plugins.module_utils.token_store import Token, TokenStore
from ansible_collections.changegate.snow.plugins.module_utils.transport import Transport

if TYPE_CHECKING:
    import requests


class Client:
    """A client that signs with user name and password, or with what the caller's *session* brings.

    Up to *session*, arguments and their order are pysnow's.

    :param instance: instance name (``dev1234``); or
    :param host: host name or URL.
    :param raise_on_empty: see :class:`Resource`; deprecated by pysnow.
    :param request_params: parameters of every request; deprecated by pysnow, use ``parameters``.
    :param use_ssl: False for an instance behind plain HTTP.
    :param session: a session of requests that signs, and that knows proxies, certificates and whom to trust.
    :param auth: how to sign instead: one of the classes in ``auth.py``.
    :param certificate: files of the client's certificate and of its key, for mutual TLS.
    :param timeout: seconds for connecting, and again for each wait for data.
    :param verify: True, False, or the path of a file or folder with certificates of authorities.
    :param proxy: URL of a proxy. :param headers: sent with every request.
    :param retry_deadline: seconds after which a request that keeps failing is given up; 0 sends each once.
    :param transport: a transport that is already there; nothing else says then how to reach the instance.
    :raises InvalidUsage: contradicting, missing or wrong arguments.
    """

    def __init__(
        self,
        instance: str | None = None,
        host: str | None = None,
        user: str | None = None,
        password: str | None = None,
        raise_on_empty: bool | None = None,
        request_params: Mapping[str, Any] | None = None,
        use_ssl: bool = True,
        session: requests.Session | None = None,
        *,
        auth: NoAuth | None = None,
        certificate: tuple[str, str] | None = None,
        timeout: float = 30.0,
        verify: bool | str | None = None,
        proxy: str | None = None,
        headers: Mapping[str, str] | None = None,
        retry_deadline: float = 60.0,
        transport: Transport | None = None,
    ) -> None:
        if raise_on_empty is not None:
            _deprecated("raise_on_empty")
        self.raise_on_empty = True if raise_on_empty is None else _boolean("raise_on_empty", raise_on_empty)
        self.parameters = ParamsBuilder()
        if request_params is not None:
            _deprecated("request_params")
            self.parameters.add_custom(request_params)
        self.transport = transport or Transport(
            _url(instance, host, _boolean("use_ssl", use_ssl)),
            _signer(user, password, session, auth, certificate),
            session=session,
            timeout=timeout,
            # A session of the caller's knows whom to trust; ours does not overrule it.
            verify=True if verify is None and session is None else verify,
            certificate=certificate,
            proxy=proxy,
            headers=headers,
            retry_deadline=retry_deadline,
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    @property
    def base_url(self) -> str:
        """The address of the instance."""
        return self.transport.base_url

    def close(self) -> None:
        """Close all connections."""
        self.transport.close()

    def resource(self, api_path: str, base_path: str = "/api/now", chunk_size: int | None = None) -> Resource:
        """A resource below *base_path*, with a copy of this client's parameters; see :class:`Resource`."""
        return Resource(self.transport, api_path, base_path, self.parameters, chunk_size, self.raise_on_empty)

    def table(self, name: str) -> Resource:
        """The table *name* of the Table API."""
        return self.resource(f"/table/{check_table(name)}")


def _signer(
    user: str | None,
    password: str | None,
    session: requests.Session | None,
    auth: NoAuth | None,
    certificate: tuple[str, str] | None,
) -> NoAuth | None:
    """How to sign; None leaves it to the session."""
    login = bool(user or password)
    if (login and session is not None) or (login and auth is not None) or (auth is not None and session is not None):
        raise InvalidUsage("Give either user and password, or a session, or auth; not two of them.")
    if login and not (user and password):
        raise InvalidUsage("user and password belong together; give both.")
    if user and password:
        return BasicAuth(user, password)
    if auth is None and session is None:
        if certificate is None:
            raise InvalidUsage("Give user and password, or a session, or auth, or a certificate.")
        return NoAuth()
    return auth


def _deprecated(name: str) -> None:
    warnings.warn(f"{name} is deprecated, as pysnow has it.", DeprecationWarning, stacklevel=3)


def _boolean(name: str, value: bool) -> bool:
    if not isinstance(value, bool):
        raise InvalidUsage(f"{name} is {value!r}; give True or False.")
    return value


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


def connect(connection: Connection) -> Client:
    """A client for the connection that a task describes; no request is sent yet."""
    return Client(transport=transport_of(connection))


def _url(instance: str | None, host: str | None, use_ssl: bool) -> str:
    if instance and host:
        raise InvalidUsage("Give either instance or host, not both.")
    name = host or instance
    if name and not use_ssl and "://" not in name:
        # Asked for in so many words, as pysnow has it.
        return base_url(f"http://{name}", allow_http=True)
    return base_url(name, allow_http=not use_ssl)
