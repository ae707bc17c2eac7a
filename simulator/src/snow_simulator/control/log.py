"""The request log: what clients asked for, and over which connection."""

from __future__ import annotations

import itertools
import re
import time
from collections import deque
from dataclasses import asdict, dataclass

_KEPT = 100_000
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
# What is posted there is no data: a batch has entries of its own for what is in it.
_NO_DATA = re.compile(r"^/api/now/(v\d/)?(batch|tinyurl)/?$")


@dataclass(slots=True)
class Entry:
    """See the README, "Control API"."""

    id: int
    time: str
    method: str
    path: str
    query: str
    user: str | None
    connection: int
    status: int | None
    bytes_in: int
    bytes_out: int
    write: bool
    duration_ms: float
    refused: bool = False
    dropped: bool = False
    node: int = 1
    batch: str | None = None


class RequestLog:
    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._entries: deque[Entry] = deque(maxlen=_KEPT)
        self._cleared = 0.0

    def next_id(self) -> int:
        return next(self._ids)

    def add(self, entry: Entry, started: float) -> None:
        """A request that came before the log was cleared (*started*: time.perf_counter()) is no part of it any more."""
        if started >= self._cleared:
            self._entries.append(entry)

    def clear(self) -> None:
        self._cleared = time.perf_counter()
        self._entries.clear()

    def since(self, number: int) -> list[dict[str, object]]:
        return [asdict(entry) for entry in list(self._entries) if entry.id > number]


def is_write(method: str, path: str) -> bool:
    """A write to data: asking for a token is none."""
    return method in _WRITES and path.startswith("/api/") and not _NO_DATA.match(path)
