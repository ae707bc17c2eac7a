"""Server sessions: a JSESSIONID that came with an authenticated call stands for its user."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..clock import Clock

LIFETIME = timedelta(minutes=30)
# Each call without cookies opens a session: the oldest go when there are more.
_KEPT = 10_000


@dataclass(slots=True)
class _Session:
    user: str
    expires: datetime


class Sessions:
    """Sessions end 30 minutes after their last call, on the instance's clock."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._sessions: dict[str, _Session] = {}

    def clear(self) -> None:
        self._sessions.clear()

    def user_of(self, cookie: str) -> str:
        """The sys_id of the user who is logged in there, "" for none."""
        session = self._open(cookie)
        return session.user if session else ""

    def attend(self, cookie: str, user: str) -> str:
        """One more call, authenticated as `user` ("" for nobody). The JSESSIONID to set, "" to leave it."""
        expires = self.clock.now() + LIFETIME
        session = self._open(cookie)
        if session:
            session.user, session.expires = user or session.user, expires
            return ""
        if len(self._sessions) >= _KEPT:
            del self._sessions[next(iter(self._sessions))]
        new = secrets.token_hex(16).upper()
        self._sessions[new] = _Session(user, expires)
        return new

    def _open(self, cookie: str) -> _Session | None:
        session = self._sessions.get(cookie)
        if session and session.expires <= self.clock.now():
            del self._sessions[cookie]
            return None
        return session
