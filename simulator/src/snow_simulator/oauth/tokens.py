"""Access and refresh tokens."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..clock import Clock


@dataclass(frozen=True, slots=True)
class Token:
    value: str
    user: str
    client: str
    expires: datetime


class Tokens:
    """Inside a token's life the same token comes back for the same user and client."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._access: dict[str, Token] = {}
        self._refresh: dict[str, Token] = {}

    def clear(self) -> None:
        self._access.clear()
        self._refresh.clear()

    def access(self, user: str, client: str, seconds: int) -> Token:
        return self._current(self._access, user, client, seconds)

    def refresh(self, user: str, client: str, seconds: int) -> Token:
        return self._current(self._refresh, user, client, seconds)

    def revoke(self, value: str) -> None:
        """Access or refresh token: it is expired from now on."""
        self._access.pop(value, None)
        self._refresh.pop(value, None)

    def user_of(self, value: str) -> str | None:
        """The user of a valid access token."""
        token = self._access.get(value)
        return token.user if token and token.expires > self.clock.now() else None

    def user_to_refresh(self, value: str, client: str) -> str | None:
        token = self._refresh.get(value)
        valid = token and token.client == client and token.expires > self.clock.now()
        return token.user if token and valid else None

    def remaining(self, token: Token) -> int:
        return int((token.expires - self.clock.now()).total_seconds())

    def _current(self, tokens: dict[str, Token], user: str, client: str, seconds: int) -> Token:
        now = self.clock.now()
        for value in [value for value, token in tokens.items() if token.expires <= now]:
            del tokens[value]
        for token in tokens.values():
            if (token.user, token.client) == (user, client):
                return token
        token = Token(secrets.token_urlsafe(64), user, client, now + timedelta(seconds=seconds))
        tokens[token.value] = token
        return token
