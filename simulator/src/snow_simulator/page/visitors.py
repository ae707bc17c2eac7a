"""Who is looking at the pages: a login of their own, apart from that of the APIs."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..clock import Clock

LIFE = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Visitor:
    """A login: whose (a sys_id), the token that forms carry, and when it ends."""

    user: str
    token: str
    expires: datetime

    def sent(self, token: str) -> bool:
        """Whether a form comes from one of our own pages."""
        return hmac.compare_digest(self.token.encode(), token.encode("utf-8", "replace"))


class Visitors:
    """Kept apart from the instance's data: whoever watches a test is not logged out by a reset."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._known: dict[str, Visitor] = {}

    def open(self, user: str) -> str:
        """A new login, as the value of its cookie."""
        now = self.clock.now()
        self._known = {key: visitor for key, visitor in self._known.items() if visitor.expires > now}
        key = secrets.token_urlsafe(32)
        self._known[key] = Visitor(user, secrets.token_urlsafe(32), now + LIFE)
        return key

    def get(self, key: str) -> Visitor | None:
        visitor = self._known.get(key)
        return visitor if visitor and visitor.expires > self.clock.now() else None

    def close(self, key: str) -> None:
        self._known.pop(key, None)
