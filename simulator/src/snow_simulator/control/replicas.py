"""Eventual consistency: for a while after a write, GETs see the data as before it.

The raw changes of recent transactions are kept. A GET that must not see some of them is served in a transaction in
which they are undone, which is rolled back afterwards.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..store.changes import Change

if TYPE_CHECKING:
    from ..instance import Instance

_KEPT = 1000


@dataclass(slots=True)
class _Commit:
    """One transaction: when, on which node (0: on none of them), and how many reads do not see it yet."""

    moment: datetime
    node: int
    reads_left: int
    changes: list[Change]


class Replicas:
    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._commits: deque[_Commit] = deque(maxlen=_KEPT)

    def clear(self) -> None:
        self._commits.clear()

    @contextlib.contextmanager
    def recording(self, node: int) -> Iterator[None]:
        """Around a transaction: what it changes is remembered if it commits, and if anybody may miss it."""
        settings, raw = self._instance.settings, self._instance.raw
        wanted = settings.stale_seconds > 0 or settings.stale_reads > 0 or self._instance.faults.longest_stale() > 0
        changes: list[Change] | None = [] if wanted else None
        raw.changes = changes
        try:
            yield
        finally:
            raw.changes = None
        if changes:
            # Asked for again: the transaction itself may have changed the settings.
            reads = self._instance.settings.stale_reads
            self._commits.append(_Commit(self._instance.clock.now(), node, reads, changes))

    def overlook(self) -> None:
        """What this transaction has changed is seen at once: it prepares a test and is none of its events."""
        self._instance.raw.changes = None

    @contextlib.contextmanager
    def seen_by(self, node: int, stale: float) -> Iterator[None]:
        """Around a GET on `node`. `stale`: seconds for which this very request misses writes."""
        hidden = self._hidden(node, stale)
        if not hidden:
            yield
            return
        instance = self._instance
        instance.database.begin()
        try:
            instance.forget()
            self._undo(hidden)
            yield
        finally:
            instance.database.rollback()
            instance.forget()

    def _hidden(self, node: int, stale: float) -> list[_Commit]:
        settings, now = self._instance.settings, self._instance.clock.now()
        young = timedelta(seconds=max(settings.stale_seconds, stale))
        hidden = []
        for commit in self._commits:
            if settings.nodes > 1 and commit.node == node:
                continue
            by_count = commit.reads_left > 0 and settings.stale_reads > 0
            if by_count or now - commit.moment < young:
                commit.reads_left -= by_count
                hidden.append(commit)
        return hidden

    def _undo(self, hidden: list[_Commit]) -> None:
        """Newest first. A record that a later visible transaction has written stays as that left it."""
        missing = {id(commit) for commit in hidden}
        written: set[tuple[str, str]] = set()
        for commit in reversed(self._commits):
            for change in reversed(commit.changes):
                if id(commit) not in missing:
                    written.add(change.key)
                elif change.key not in written:
                    change.undo(self._instance.database)
