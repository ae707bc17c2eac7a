# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing requests: one class a scheme, each usable as ``requests``' *auth* argument. OAuth is in ``oauth.py``.

They are plain callables and not subclasses of ``requests.auth.AuthBase``, so that importing this file does not
import requests: a task that fails in its arguments never pays for it.

Source: ServiceNow documentation, "REST API security" and "REST API key" (header ``x-sn-apikey``).
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage

if TYPE_CHECKING:
    from requests import PreparedRequest

    from ansible_collections.changegate.snow.plugins.module_utils.transport import Transport

_HEADER_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?\Z")


class NoAuth:
    """Send nothing: for a certificate that says who is calling, or a page that asks nobody.

    Better than no auth at all, for which requests looks into ``~/.netrc``.
    """

    can_renew = False
    #: Who signs in, where that is known here.
    username: str | None = None

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        return request

    def bind(self, transport: Transport) -> None:
        """From now on this signs what *transport* sends. Nothing to be done, where no token has to be fetched."""

    def forget(self) -> None:
        """The last request of this thread was refused. Nothing to forget."""

    def secrets(self) -> set[str]:
        """What it has been given by the instance and must not be shown."""
        return set()


class BasicAuth(NoAuth):
    """User name and password, in UTF-8."""

    def __init__(self, username: str, password: str) -> None:
        check_texts(username=username, password=password)
        if ":" in username:
            raise InvalidUsage("The username holds a colon, which basic authentication cannot carry.")
        self.username = username
        self._header = "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii")

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = self._header
        return request


class TokenAuth(NoAuth):
    """A bearer token that somebody else looks after."""

    def __init__(self, access_token: str) -> None:
        self._header = "Bearer " + sendable("access_token", access_token)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = self._header
        return request


class ApiKeyAuth(NoAuth):
    """An inbound REST API key, in its header. The instance must have an authentication profile that takes it."""

    def __init__(self, api_key: str) -> None:
        self._key = sendable("api_key", api_key)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["x-sn-apikey"] = self._key
        return request


def sendable(name: str, secret: str) -> str:
    """*secret*, if a header can carry it: what was read from a file often brings its line end along."""
    check_texts(**{name: secret})
    if not _HEADER_VALUE.match(secret.strip()):
        raise InvalidUsage(f"The {name} holds characters that no header can carry; check its source.")
    return secret.strip()


def check_texts(**texts: str) -> None:
    """Raise :class:`InvalidUsage` for the first of *texts* that is none, or empty; it is not repeated."""
    for name, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            wrong = "missing" if text is None or text == "" else "blank" if isinstance(text, str) else "no text"
            raise InvalidUsage(f"The {name} is {wrong}; give a text.")
        try:
            text.encode()
        except UnicodeEncodeError:
            raise InvalidUsage(f"The {name} holds half a character, which UTF-8 cannot carry; check it.") from None
