"""The nodes of an instance, and which of them serves a request.

The cookie glide_user_route keeps a client on its node; calls without it go round.
"""

from __future__ import annotations

import contextlib
import itertools
import secrets
import threading
from collections.abc import Iterator

_PREFIX = "glide."


class Nodes:
    """Nodes are numbered from 1. The node is read from the cookie's value: nothing is remembered."""

    def __init__(self) -> None:
        self._turns = itertools.count()

    def clear(self) -> None:
        self._turns = itertools.count()

    def choose(self, cookie: str, count: int) -> int:
        """The node of a request whose glide_user_route cookie is `cookie` ("" for none)."""
        try:
            value = int(cookie.removeprefix(_PREFIX), 16) if cookie else next(self._turns)
        except ValueError:
            value = next(self._turns)
        return value % count + 1

    @staticmethod
    def route(node: int, count: int) -> str:
        """A value of the cookie that leads to `node`."""
        value = secrets.randbits(127)
        return f"{_PREFIX}{value - value % count + node - 1:032x}"


class Slots:
    """How many requests are being served at this moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = 0

    @contextlib.contextmanager
    def take(self, limit: int | None) -> Iterator[bool]:
        """True where a slot was free."""
        with self._lock:
            free = limit is None or self._taken < limit
            self._taken += free
        try:
            yield free
        finally:
            with self._lock:
                self._taken -= free
