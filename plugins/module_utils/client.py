# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of one instance, with pysnow's name and arguments.

``Client`` signs with user name and password, or as its caller says; ``connect()`` makes one from the connection of a
task. ``OAuthClient`` has a file of its own.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ansible_collections.changegate.snow.plugins.module_utils import checks
from ansible_collections.changegate.snow.plugins.module_utils.auth import BasicAuth, NoAuth
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage

# Importing this file is cheap: what a client is made of is imported with the first one.
if TYPE_CHECKING:
    from typing import Self

    import requests

    from ansible_collections.changegate.snow.plugins.module_utils.connection import Connection
    from ansible_collections.changegate.snow.plugins.module_utils.resource import Resource
    from ansible_collections.changegate.snow.plugins.module_utils.transport import Transport


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
        from ansible_collections.changegate.snow.plugins.module_utils.params import ParamsBuilder
        from ansible_collections.changegate.snow.plugins.module_utils.transport import Transport

        if raise_on_empty is not None:
            _deprecated("raise_on_empty")
        self.raise_on_empty = True if raise_on_empty is None else checks.flag("raise_on_empty", raise_on_empty)
        self.parameters = ParamsBuilder()
        if request_params is not None:
            _deprecated("request_params")
            self.parameters.add_custom(request_params)
        if transport is not None and not isinstance(transport, Transport):
            raise InvalidUsage(f"transport is a {type(transport).__name__}; give that of another client.")
        if auth is not None and not callable(auth):
            raise InvalidUsage(f"auth is a {type(auth).__name__}; give one of the classes in auth.py or oauth.py.")
        self.transport = transport or Transport(
            _url(instance, host, checks.flag("use_ssl", use_ssl)),
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

    def __enter__(self) -> Self:
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

    def resource(
        self, api_path: str | None = None, base_path: str = "/api/now", chunk_size: int | None = None
    ) -> Resource:
        """A resource below *base_path*, with a copy of this client's parameters; see :class:`Resource`."""
        from ansible_collections.changegate.snow.plugins.module_utils.resource import Resource, check_path

        path = check_path(api_path)
        return Resource(self.transport, path, base_path, self.parameters, chunk_size, self.raise_on_empty)

    def table(self, name: str) -> Resource:
        """The table *name* of the Table API."""
        from ansible_collections.changegate.snow.plugins.module_utils.query import check_table

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


def connect(connection: Connection) -> Client:
    """A client for the connection that a task describes; no request is sent yet."""
    from ansible_collections.changegate.snow.plugins.module_utils.connect import transport_of

    return Client(transport=transport_of(connection))


def _url(instance: str | None, host: str | None, use_ssl: bool) -> str:
    from ansible_collections.changegate.snow.plugins.module_utils.connection import base_url

    if instance and host:
        raise InvalidUsage("Give either instance or host, not both.")
    for option, given in (("instance", instance), ("host", host)):
        if given is not None and not isinstance(given, str):
            raise InvalidUsage(f"{option} is of type {type(given).__name__}; give a text.")
    url = base_url(host or instance, allow_http=not use_ssl)
    # Asked for in so many words, as pysnow has it.
    named = "://" in (host or instance or "")
    if use_ssl or named:
        return url
    return f"http://{host.strip().rstrip('/')}" if host else f"http{url[len('https') :]}"
