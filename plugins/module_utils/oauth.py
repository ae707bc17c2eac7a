# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing with OAuth tokens, each fetched when a request needs it: one class a grant.

A token is renewed a little before its end, with its refresh token where there is one, or else like the first one; also
when the instance refuses it before its time. Threads that share an object wait for one another's token, and so do
processes that share a store.

Source: ServiceNow documentation, "OAuth 2.0 tokens" (endpoint ``/oauth_token.do``); RFC 6749, RFC 7523.
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Mapping
from typing import IO, TYPE_CHECKING, Any

from ansible_collections.changegate.snow.plugins.module_utils import checks, errors
from ansible_collections.changegate.snow.plugins.module_utils.auth import NoAuth, check_texts, sendable
from ansible_collections.changegate.snow.plugins.module_utils.retry import TOKEN_PATH
from ansible_collections.changegate.snow.plugins.module_utils.token_store import Token, TokenStore, entry_name

if TYPE_CHECKING:
    from requests import PreparedRequest

    from ansible_collections.changegate.snow.plugins.module_utils.assertion import Assertion
    from ansible_collections.changegate.snow.plugins.module_utils.transport import Transport

#: Seconds before its end at which a token is renewed: a request may take that long to arrive. An instance gives the
#: same token until its end, so that of a short rest only a tenth is given away.
_MARGIN = 30.0
#: How far the clock may be set back before a token from the store is taken for one of another time.
_DRIFT = 60.0

Form = Mapping[str, str]


class OAuth(NoAuth):
    """What all grants share: the token, its renewal, and the store.

    :param store: where tokens are kept for other processes; None keeps them in memory alone.
    :param updater: called with each token that is fetched, or taken from the store.
    """

    can_renew = True
    grant_type = ""

    def __init__(
        self,
        client_id: str,
        client_secret: str | None,
        *,
        store: TokenStore | None = None,
        updater: Callable[[Token], None] | None = None,
    ) -> None:
        check_texts(client_id=client_id)
        if store is not None and not isinstance(store, TokenStore):
            raise errors.InvalidUsage(f"store is a {type(store).__name__}; give a TokenStore, or None.")
        checks.function("updater", updater)
        self._client = {"client_id": client_id, **({"client_secret": client_secret} if client_secret else {})}
        self._store = store
        self._updater = updater
        self._transport: Transport | None = None
        self._token: Token | None = None
        self._refused: str | None = None
        self._used = threading.local()
        self._seen: set[str] = set()
        self._lock = threading.RLock()

    @property
    def token(self) -> Token | None:
        """The token in use, as the server gave it, with ``expires_at`` in Unix time."""
        return self._token

    def form(self) -> dict[str, str]:
        """What asks for a new token, besides the client."""
        raise NotImplementedError

    def identity(self) -> tuple[list[str], list[str]]:
        """Who is calling, and with which secrets."""
        raise NotImplementedError

    def bind(self, transport: Transport) -> None:
        """Fetch tokens with *transport*; raises :class:`InvalidUsage` if they were for another instance."""
        if self._transport is not None and self._transport.base_url != transport.base_url:
            raise errors.InvalidUsage(
                f"The tokens of this {type(self).__name__} are for {self._transport.host}; make another one for "
                f"{transport.host}."
            )
        self._transport = transport

    def secrets(self) -> set[str]:
        return set(self._seen)

    def adopt(self, token: Token) -> None:
        """Use *token* from now on."""
        with self._lock:
            self._token, self._refused = token, None
            self._seen |= {str(token[name]) for name in ("access_token", "refresh_token") if token.get(name)}

    def forget(self) -> None:
        """The server refused what this thread sent last, whatever its age; another one may have a new token already."""
        with self._lock:
            refused = getattr(self._used, "access_token", None)
            if self._token is None or self._token.get("access_token") != refused:
                return
            self._refused = refused
            if self._store is not None:
                # Whoever has the entry just now is putting a new token there.
                with self._store.locked(self._entry(), patience=0) as entry:
                    if entry is not None and (entry.read() or {}).get("access_token") == self._refused:
                        entry.remove()

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        self._used.access_token = self.current()["access_token"]
        request.headers["Authorization"] = f"Bearer {self._used.access_token}"
        return request

    def current(self) -> Token:
        """A token that can be used now: this one, one of the store's, or a new one."""
        with self._lock:
            if self._token is None or not self._good(self._token):
                new = self._from_store(self._store) if self._store is not None else self._fetch(self._token)
                self.adopt(new)
                if self._updater is not None:
                    self._updater(new)
                return new
            return self._token

    def _good(self, token: Token | None) -> bool:
        return token is not None and usable(token, time.time()) and token.get("access_token") != self._refused

    def _from_store(self, store: TokenStore) -> Token:
        name = self._entry()
        kept = self._checked(store.read(name))
        if kept is not None and self._good(kept):
            return kept
        with store.locked(name) as entry:
            kept = self._checked(entry.read() if entry is not None else store.read(name))
            if kept is not None and self._good(kept):
                return kept
            fresh = self._fetch(kept or self._token)
            if entry is not None:
                entry.write(fresh)
            return fresh

    def _entry(self) -> str:
        public, secrets = self.identity()
        host = self._transport.base_url if self._transport is not None else ""
        return entry_name([host, self.grant_type, self._client["client_id"], *public],
                          [self._client.get("client_secret", ""), *secrets])  # fmt: skip

    def _checked(self, kept: Token | None) -> Token | None:
        """What a store holds, if it is a token that this library has put there, at a time that the clock knows."""
        try:
            sendable("access_token", (kept or {})["access_token"])
            left = float((kept or {}).get("expires_at", 0)) - time.time()
            return kept if left <= float((kept or {}).get("expires_in", 0)) + _DRIFT else None
        except (errors.InvalidUsage, KeyError, TypeError, ValueError, OverflowError):
            return None

    def _fetch(self, old: Token | None) -> Token:
        """A new token: by the refresh token of the *old* one, or as if there had been none."""
        refresh = str((old or {}).get("refresh_token") or "")
        if refresh:
            try:
                fresh = self._ask("refresh_token", lambda: {"refresh_token": refresh})
                # A server that does not give a new refresh token means the old one.
                return {"refresh_token": refresh, **fresh}
            except errors.TokenCreateError:
                if not self._can_start_anew(refresh):
                    raise
        return self._ask(self.grant_type, self.form)

    def _can_start_anew(self, refresh: str) -> bool:
        """Whether there is another way to a token than *refresh*, which was refused."""
        return True

    def _ask(self, grant_type: str, form: Callable[[], Form]) -> Token:
        if self._transport is None:
            raise errors.InvalidUsage(f"This {type(self).__name__} signs for no instance yet; give it to a Client.")
        return request_token(self._transport, grant_type, lambda: {**form(), **self._client})


class PasswordGrant(OAuth):
    """Tokens of a user, by user name and password."""

    grant_type = "password"

    def __init__(
        self, client_id: str, client_secret: str, username: str, password: str, *, store: TokenStore | None = None
    ) -> None:
        super().__init__(client_id, client_secret, store=store)
        check_texts(client_secret=client_secret, username=username, password=password)
        self.username = username
        self._login = {"username": username, "password": password}

    def form(self) -> dict[str, str]:
        return self._login

    def identity(self) -> tuple[list[str], list[str]]:
        return [self._login["username"]], [self._login["password"]]


class ClientCredentials(OAuth):
    """Tokens of the user whom the instance's OAuth application names."""

    grant_type = "client_credentials"

    def __init__(self, client_id: str, client_secret: str, *, store: TokenStore | None = None) -> None:
        super().__init__(client_id, client_secret, store=store)
        check_texts(client_secret=client_secret)

    def form(self) -> dict[str, str]:
        return {}

    def identity(self) -> tuple[list[str], list[str]]:
        return [], []


class RefreshTokenGrant(OAuth):
    """Tokens by a refresh token that was got elsewhere.

    :param token: the access token that came with it, as the server gave it; it is used to its end.
    """

    grant_type = "refresh_token"

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        refresh_token: str,
        *,
        token: Token | None = None,
        store: TokenStore | None = None,
        updater: Callable[[Token], None] | None = None,
    ) -> None:
        super().__init__(client_id, client_secret, store=store, updater=updater)
        check_texts(client_secret=client_secret, refresh_token=refresh_token)
        self._refresh = refresh_token.strip()
        if token is not None:
            if not isinstance(token, Mapping):
                raise errors.InvalidUsage(f"token is a {type(token).__name__}; give what the server gave.")
            self.adopt(token)

    def form(self) -> dict[str, str]:
        return {"refresh_token": self._refresh}

    def identity(self) -> tuple[list[str], list[str]]:
        return [], [self._refresh]

    def _can_start_anew(self, refresh: str) -> bool:
        # A server can give another refresh token with each access token; the first one may outlive it.
        return refresh != self._refresh


class JwtBearer(OAuth):
    """Tokens by assertions that are signed here, one for each request. *client_secret* is None for a public client."""

    grant_type = "urn:ietf:params:oauth:grant-type:jwt-bearer"

    def __init__(
        self, client_id: str, client_secret: str | None, assertion: Assertion, *, store: TokenStore | None = None
    ) -> None:
        super().__init__(client_id, client_secret, store=store)
        if not callable(getattr(assertion, "signed", None)):
            raise errors.InvalidUsage(f"assertion is a {type(assertion).__name__}; give an Assertion.")
        self._assertion = assertion

    def form(self) -> dict[str, str]:
        return {"assertion": self._assertion.signed(self._client["client_id"])}

    def identity(self) -> tuple[list[str], list[str]]:
        return self._assertion.identity(), [self._assertion.key]


class GivenToken(NoAuth):
    """A token that was given without a refresh token, or none: to its end, and then :class:`MissingToken`."""

    def __init__(self, token: Token | None) -> None:
        self.token = token

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        if not self.token:
            raise errors.MissingToken("There is no token; call generate_token() and set_token() first.")
        if not usable(self.token, time.time()):
            raise errors.MissingToken("The token has expired and came without refresh_token; generate a new one.")
        request.headers["Authorization"] = "Bearer " + sendable("access_token", self.token["access_token"])
        return request


def request_token(transport: Transport, grant_type: str, form: Callable[[], Form]) -> Token:
    """Ask the OAuth endpoint for a token, with ``expires_at`` in Unix time added.

    :param form: the fields besides ``grant_type``; called anew for each attempt: an assertion is good once.
    :raises TokenCreateError: it refuses, for good.
    """

    def body() -> IO[bytes]:
        from urllib.parse import urlencode

        return io.BytesIO(urlencode({"grant_type": grant_type, **form()}).encode())

    asked = time.time()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        # Asking twice does no harm: inside its life the same token comes back.
        reply = transport.request("POST", TOKEN_PATH, data=body, headers=headers, auth=NoAuth(), repeatable=True)
    except errors.OutcomeUnknown as error:
        # What the token was for has not been sent.
        text = f"{transport.host} did not answer the request for a token; try again, or raise instance.timeout."
        raise errors.ConnectionFailed(text, request=error.request) from error
    except errors.ResponseError as error:
        if (error.status or 0) >= 500 or isinstance(error, errors.RateLimited):
            raise
        raise _refusal(transport, grant_type, error) from error
    if not isinstance(reply.body, Mapping) or not isinstance(reply.body.get("access_token"), str):
        raise errors.UnexpectedResponseFormat(
            f"{transport.host} answered the request for a token without one; check the OAuth application.",
            status=reply.status,
            request=f"POST {TOKEN_PATH}",
        )
    return dated(reply.body, asked)


def _refusal(transport: Transport, grant_type: str, error: errors.ResponseError) -> errors.TokenCreateError:
    what = {
        "refresh_token": "the refresh token, which may have expired or been revoked",
        JwtBearer.grant_type: "the assertion (jwt_issuer, jwt_subject, jwt_audience, the key, this machine's clock)",
        "client_credentials": "the user of the application",
    }.get(grant_type, "the login")
    return errors.TokenCreateError(
        f"{transport.host} gave no token ({error.detail or error.status}); check instance.client_id, "
        f"instance.client_secret and {what}, and the OAuth application on the instance.",
        status=error.status,
        detail=error.detail,
        request=error.request,
        transaction_id=error.transaction_id,
    )


def dated(token: Token, now: float) -> Token:
    """*token* with the Unix time at which it ends, if it says how long it lives; a time that is there stays."""
    lifetime = _number(token.get("expires_in"))
    if lifetime is None or _number(token.get("expires_at")) is not None:
        return dict(token)
    return {**token, "expires_at": int(now + lifetime)}


def usable(token: Token, now: float) -> bool:
    """Whether *token* has an access token that will not end within a moment."""
    ends, lifetime = _number(token.get("expires_at")), _number(token.get("expires_in"))
    margin = _MARGIN if lifetime is None else min(_MARGIN, max(0.0, lifetime) / 10)
    return bool(token.get("access_token")) and (ends is None or ends - now > margin)


def _number(value: Any) -> float | None:
    try:
        number = None if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    # Neither infinite nor not a number.
    return number if number is not None and abs(number) < 1e15 else None
