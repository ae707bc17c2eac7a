# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing requests: one class a scheme, each usable as ``requests``' *auth* argument.

They are plain callables and not subclasses of ``requests.auth.AuthBase``, so that importing this file does not
import requests: a task that fails in its arguments never pays for it.

Source: ServiceNow documentation, "REST API security" and "OAuth 2.0 tokens" (endpoint ``/oauth_token.do``).
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ansible_collections.changegate.snow.plugins.module_utils.errors import MissingToken

if TYPE_CHECKING:
    from requests import PreparedRequest

#: Seconds before its end at which a token counts as expired: a request may take that long to arrive.
_MARGIN = 10.0

Token = Mapping[str, Any]


class NoAuth:
    """Send nothing. Better than no auth at all, for which requests looks into ``~/.netrc``."""

    can_renew = False

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        return request

    def forget(self, sent: float) -> None:
        """A request that was sent at the monotonic time *sent* was refused. Nothing to forget."""


class BasicAuth(NoAuth):
    """User name and password, in UTF-8."""

    def __init__(self, username: str, password: str) -> None:
        self._header = "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii")

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = self._header
        return request


class TokenAuth(NoAuth):
    """A bearer token that somebody else looks after."""

    def __init__(self, access_token: str) -> None:
        self._header = f"Bearer {access_token}"

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = self._header
        return request


class OAuth(NoAuth):
    """A bearer token that is fetched when the first request needs it, and again when it has expired.

    Threads that share it wait for one another's token instead of each getting one.

    :param fetch: takes the token that is there (or None) and returns a new one, as the server answered it.
    """

    can_renew = True

    def __init__(self, fetch: Callable[[Token | None], Token], token: Token | None = None) -> None:
        self._fetch = fetch
        self._token: Token | None = None
        self._expires = self._since = 0.0
        self._lock = threading.RLock()
        if token is not None:
            self.set(token)

    @property
    def token(self) -> Token | None:
        return self._token

    def set(self, token: Token) -> None:
        """Take *token* over; raises :class:`MissingToken` if it holds no access token."""
        if not token or not token.get("access_token"):
            raise MissingToken("The token holds no access_token; generate one first.")
        lifetime = token.get("expires_in")
        with self._lock:
            self._token, self._since = token, time.monotonic()
            self._expires = self._since + float(lifetime) - _MARGIN if lifetime else float("inf")

    def forget(self, sent: float) -> None:
        """The server refused the token, whatever its age; unless another thread has got a new one since *sent*."""
        with self._lock:
            if self._since < sent:
                self._expires = 0.0

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        with self._lock:
            token = self._token
            if token is None or time.monotonic() >= self._expires:
                token = self._fetch(token)
                self.set(token)
        request.headers["Authorization"] = f"Bearer {token['access_token']}"
        return request
