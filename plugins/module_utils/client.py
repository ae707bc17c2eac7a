# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients of one instance, with pysnow's names and arguments.

``Client`` signs with user name and password (or uses the caller's session), ``OAuthClient`` with tokens;
``connect()`` makes one from the connection of a task.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ansible_collections.changegate.snow.plugins.module_utils.auth import BasicAuth, NoAuth, OAuth, Token, TokenAuth
from ansible_collections.changegate.snow.plugins.module_utils.connection import Connection, base_url
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    AuthenticationFailed,
    InvalidUsage,
    MissingToken,
    ResponseError,
    TokenCreateError,
    UnexpectedResponseFormat,
)
from ansible_collections.changegate.snow.plugins.module_utils.params import ParamsBuilder
from ansible_collections.changegate.snow.plugins.module_utils.query import check_table
from ansible_collections.changegate.snow.plugins.module_utils.resource import Resource
from ansible_collections.changegate.snow.plugins.module_utils.transport import Transport

if TYPE_CHECKING:
    import requests

TOKEN_PATH = "/oauth_token.do"


class Client:
    """A client that signs with user name and password, or with what the caller's *session* brings.

    :param instance: instance name (``dev1234``); or
    :param host: host name or URL.
    :param transport: a transport that is already there; all other arguments but *request_params* are then unused.
    :raises InvalidUsage: contradicting or missing arguments.
    """

    def __init__(
        self,
        instance: str | None = None,
        host: str | None = None,
        user: str | None = None,
        password: str | None = None,
        request_params: Mapping[str, Any] | None = None,
        use_ssl: bool = True,
        session: requests.Session | None = None,
        transport: Transport | None = None,
    ) -> None:
        self.parameters = ParamsBuilder()
        if request_params is not None:
            self.parameters.add_custom(request_params)
        self.transport = transport or self._transport(instance, host, user, password, use_ssl, session)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        self.transport.close()

    def resource(self, api_path: str, base_path: str = "/api/now") -> Resource:
        """A resource below *base_path*, with a copy of this client's parameters."""
        return Resource(self.transport, api_path, base_path, self.parameters)

    def table(self, name: str) -> Resource:
        """The table *name* of the Table API."""
        return self.resource(f"/table/{check_table(name)}")

    def _transport(
        self,
        instance: str | None,
        host: str | None,
        user: str | None,
        password: str | None,
        use_ssl: bool,
        session: requests.Session | None,
    ) -> Transport:
        url = _url(instance, host, use_ssl)
        if session is not None and (user or password):
            raise InvalidUsage("Give either user and password or a session, not both.")
        if session is None and not (user and password):
            raise InvalidUsage("Give user and password, or a session.")
        auth = BasicAuth(user, password) if user and password else None
        # A session of the caller's knows whom to trust; ours does not overrule it.
        return Transport(url, auth, session=session, verify=None if session is not None else True)


class OAuthClient(Client):
    """A client that signs with OAuth tokens, which it renews with their refresh token.

    :param token_updater: called with each new token, so that the caller can keep it.
    """

    def __init__(
        self,
        client_id: str | None = None,
        client_secret: str | None = None,
        token_updater: Callable[[Token], None] | None = None,
        *,
        instance: str | None = None,
        host: str | None = None,
        request_params: Mapping[str, Any] | None = None,
        use_ssl: bool = True,
    ) -> None:
        if not (client_id and client_secret):
            raise InvalidUsage("Give client_id and client_secret.")
        self._credentials = {"client_id": client_id, "client_secret": client_secret}
        self._updater = token_updater
        self._oauth = OAuth(self._refresh)
        transport = Transport(_url(instance, host, use_ssl), self._oauth)
        super().__init__(request_params=request_params, transport=transport)

    @property
    def token(self) -> Token | None:
        return self._oauth.token

    def set_token(self, token: Token) -> None:
        """Use *token* from now on."""
        self._oauth.set(token)

    def generate_token(self, user: str, password: str) -> Token:
        """A new token for *user*; it is returned, and used only when ``set_token`` is called with it."""
        form = {"grant_type": "password", "username": user, "password": password, **self._credentials}
        return request_token(self.transport, form)

    def _refresh(self, token: Token | None) -> Token:
        if token is None or not token.get("refresh_token"):
            raise MissingToken("There is no token; call generate_token() and set_token() first.")
        form = {"grant_type": "refresh_token", "refresh_token": str(token["refresh_token"]), **self._credentials}
        fresh = request_token(self.transport, form)
        if self._updater is not None:
            self._updater(fresh)
        return fresh


def request_token(transport: Transport, form: Mapping[str, str]) -> Token:
    """Ask the OAuth endpoint for a token; raises :class:`TokenCreateError` if it refuses."""
    try:
        reply = transport.request("POST", TOKEN_PATH, data=form, auth=NoAuth())
    except (AuthenticationFailed, ResponseError) as error:
        raise TokenCreateError(
            f"{transport.host} gave no token ({error.detail or error.status}); check instance.client_id, "
            "instance.client_secret and the login, and the OAuth application on the instance.",
            status=error.status,
            detail=error.detail,
            request=error.request,
            transaction_id=error.transaction_id,
        ) from error
    if not isinstance(reply.body, Mapping) or not reply.body.get("access_token"):
        raise UnexpectedResponseFormat(
            f"{transport.host} answered the request for a token without one; check the OAuth application.",
            status=reply.status,
            request=f"POST {TOKEN_PATH}",
        )
    return dict(reply.body)


def connect(connection: Connection) -> Client:
    """A client for the connection that a task describes; no request is sent yet."""
    transport = Transport(
        connection.base_url,
        timeout=connection.timeout,
        verify=connection.verify,
        proxy=connection.proxy,
        headers=connection.custom_headers,
        retry_deadline=connection.retry_deadline,
    )
    transport.auth = _auth(connection, transport)
    return Client(transport=transport)


def _auth(connection: Connection, transport: Transport) -> NoAuth:
    if connection.scheme == "token":
        return TokenAuth(connection.access_token or "")
    if connection.scheme == "basic":
        return BasicAuth(connection.username or "", connection.password or "")
    form = {
        "grant_type": connection.grant_type,
        "client_id": connection.client_id,
        "client_secret": connection.client_secret,
        "username": connection.username,
        "password": connection.password,
        "refresh_token": connection.refresh_token,
    }
    complete = {name: value for name, value in form.items() if value is not None}
    return OAuth(lambda _token: request_token(transport, complete))


def _url(instance: str | None, host: str | None, use_ssl: bool) -> str:
    if instance and host:
        raise InvalidUsage("Give either instance or host, not both.")
    name = host or instance
    if name and not use_ssl and "://" not in name:
        # Asked for in so many words, as pysnow has it.
        return base_url(f"http://{name}", allow_http=True)
    return base_url(name, allow_http=not use_ssl)
