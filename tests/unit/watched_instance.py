# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small instance in memory whose changes are watched, and that knows what truly happened.

Its commits can become visible later than their own time says, several share a second, and its clock may jump.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, cast

from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, Record
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Condition, Query
from ansible_collections.changegate.snow.plugins.module_utils.errors import Forbidden
from ansible_collections.changegate.snow.plugins.module_utils.watch_events import KINDS, Event, Interest, Labels
from ansible_collections.changegate.snow.plugins.module_utils.watch_ledger import Ledger, ledger_from
from ansible_collections.changegate.snow.plugins.module_utils.watch_look import Looker, Opened
from ansible_collections.changegate.snow.plugins.module_utils.watch_options import watch_of
from ansible_collections.changegate.snow.plugins.module_utils.watch_reading import Reader
from ansible_collections.changegate.snow.plugins.module_utils.watch_rows import (
    MOVING,
    PLANNED,
    Row,
    Step,
    moved,
    row_of,
)

ZERO = "2026-03-29 00:30:00"
CLOSED = ("3", "4")


def moment(seconds: int) -> str:
    return moved(ZERO, seconds)


class Version(NamedTuple):
    """A change after a commit. *stamp* and *visible* are in seconds: what it says, and when others see it."""

    revision: int
    stamp: int
    visible: int
    created: int
    values: dict[str, str]
    closed: int | None


class Truth(NamedTuple):
    """What truly happened: *column* of a change got *value* with its update number *revision*."""

    sys_id: str
    column: str
    value: str
    revision: int


@dataclass
class Instance:
    """*now* is real time, *offset* what its clock is ahead; all in seconds."""

    now: int = 0
    offset: int = 0
    audited: bool = False
    readable: bool = True
    versions: dict[str, list[Version]] = field(default_factory=dict)
    truth: list[Truth] = field(default_factory=list)

    @property
    def clock(self) -> int:
        return self.now + self.offset

    def create(self, sys_id: str, **values: str) -> None:
        full = {"state": "-5", "approval": "not requested", "on_hold": "false", "start_date": "", "end_date": ""}
        full.update(values)
        self.versions[sys_id] = [Version(0, self.clock, self.now, self.clock, full, None)]
        self.truth += [Truth(sys_id, column, full[column], 0) for column in MOVING]

    def commit(self, sys_id: str, lag: int, **values: str) -> None:
        """Update a change now; others see it *lag* seconds later. Its next commit waits for this one."""
        last = self.versions[sys_id][-1]
        self.now = max(self.now, last.visible)
        after = {**last.values, **values}
        closed = (last.closed if last.closed is not None else self.clock) if after["state"] in CLOSED else None
        version = Version(last.revision + 1, self.clock, self.now + lag, last.created, after, closed)
        self.versions[sys_id].append(version)
        self.truth += [
            Truth(sys_id, column, after[column], version.revision)
            for column in MOVING
            if after[column] != last.values[column]
        ]

    def seen(self, sys_id: str) -> Version | None:
        visible = [version for version in self.versions[sys_id] if version.visible <= self.now]
        return visible[-1] if visible else None

    def row(self, sys_id: str) -> Row | None:
        version = self.seen(sys_id)
        if version is None:
            return None
        texts = {
            **version.values,
            "sys_id": sys_id,
            "number": sys_id.upper(),
            "sys_mod_count": str(version.revision),
            "sys_updated_on": moment(version.stamp),
            "sys_created_on": moment(version.created),
            "active": str(version.values["state"] not in CLOSED).lower(),
            "closed_at": "" if version.closed is None else moment(version.closed),
        }
        record: Record = {name: Cell(text, text) for name, text in texts.items()}
        return row_of(record, (*MOVING, *PLANNED))

    def steps(self, sys_id: str) -> list[Step]:
        visible = [version for version in self.versions[sys_id] if version.visible <= self.now]
        return [
            Step(column, old.values[column], new.values[column], new.revision, moment(new.stamp), "somebody")
            for old, new in itertools.pairwise(visible)
            for column in MOVING
            if old.values[column] != new.values[column]
        ]


class FakeReader:
    """Stands in for a reader: the same lists, from memory."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self.now = ""
        self.hidden: set[str] = set()
        self.lists = 0

    def changes(self, where: Query) -> list[Row]:
        self.now = moment(self._instance.clock)
        self.lists += 1
        rows = (self._instance.row(sys_id) for sys_id in self._instance.versions)
        return [row for row in rows if row is not None and _fits(where, row)]

    def named(self, sys_ids: Collection[str]) -> list[Row]:
        return self.changes(Query.where(Condition("sys_id", "IN", ",".join(sys_ids)))) if sys_ids else []

    def approvals(self, since: str, all_active: bool) -> list[Row]:
        return []

    def shows_history(self, sys_ids: Collection[str]) -> bool:
        if not self._instance.readable:
            raise Forbidden("no")
        return True

    def steps(self, sys_ids: Iterable[str]) -> dict[str, list[Step]]:
        return {sys_id: self._instance.steps(sys_id) for sys_id in sys_ids}


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "=": lambda held, wanted: held == wanted,
    ">=": lambda held, wanted: held >= wanted,
    "IN": lambda held, wanted: held in wanted.split(","),
}


def _fits(where: Query, row: Row) -> bool:
    def holds(term: object) -> bool:
        assert isinstance(term, Condition)
        return _OPERATORS[term.operator](row.record[term.column].value, term.value)

    return any(all(any(map(holds, group)) for group in branch) for branch in where.branches)


class Source:
    """An event source on *instance*, with the file that it keeps and all that it has delivered."""

    def __init__(self, instance: Instance, start: str = "now", overlap: int = 300, resync: float = 0) -> None:
        self.instance = instance
        history = "auto" if instance.audited else "never"
        self.watch = watch_of({"start": start, "overlap": overlap, "resync": resync, "history": history})
        self.kept: dict[str, object] | None = None
        self.delivered: list[Event] = []
        self._looker = self._fresh()

    def _fresh(self) -> Looker:
        ledger = None if self.kept is None else ledger_from(self.kept)
        reader = cast(Reader, FakeReader(self.instance))
        interest, labels = Interest(frozenset(KINDS)), Labels("https://sim")
        opened = Opened("all", reader, interest, labels, labels)
        return Looker(self.watch, opened, ledger, clock=lambda: float(self.instance.now))

    def look(self, killed: str = "") -> Ledger:
        """Look, and deliver; *killed* before anything was kept, or after the events were taken and before that was."""
        ledger = self._looker.look()
        if killed == "before":
            self.restart()
            return ledger
        self.kept = _copied(ledger)
        self.delivered += ledger.outbox
        if killed == "after":
            self.restart()
            return ledger
        ledger.outbox.clear()
        self.kept = _copied(ledger)
        return ledger

    def restart(self) -> None:
        self._looker = self._fresh()


def _copied(ledger: Ledger) -> dict[str, object]:
    found: dict[str, object] = json.loads(json.dumps(ledger.as_data()))
    return found
