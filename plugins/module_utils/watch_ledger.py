# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger: what was seen and reported of changes, so that nothing is missed and nothing reported twice.

It compares each look with what is remembered; where the cursor begins only says which records are read again. So
records that share a second, that become visible late, or that were changed while nobody looked are neither lost nor
repeated. Events wait in the outbox, which is kept with the rest, until they are delivered. No input or output.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils import watch_events, watch_steps
from ansible_collections.changegate.snow.plugins.module_utils.watch_events import WINDOWS, Event, Interest, Labels
from ansible_collections.changegate.snow.plugins.module_utils.watch_rows import (
    MOVING,
    History,
    Known,
    Row,
    is_older,
    known_from,
    known_of,
    moved,
)

VERSION = 1
#: Seconds for which the history of an update is awaited, where the instance has one.
SETTLE = 20
#: Seconds for which changes are remembered that are closed or were not seen any more.
REMEMBERED = 14 * 86400
_DECISION = ("state",)


@dataclass
class Ledger:
    """What one event source remembers between its looks, and between its runs.

    :param scope: what is watched, on which instance: another source's ledger is not taken for one's own.
    :param start: events before this moment are not reported. :param cursor: the instance's time of the last look.
    :param horizon: of changes that were closed, and windows that were planned, before it nothing is remembered.
    :param deciders_since: when the decisions of single approvers began to be watched; empty while they are not.
    """

    scope: str
    start: str
    horizon: str
    cursor: str
    deciders_since: str = ""
    changes: dict[str, Known] = field(default_factory=dict)
    approvals: dict[str, Known] = field(default_factory=dict)
    outbox: list[Event] = field(default_factory=list)
    #: A change that is not known and was made from then on is a new one; an older one was not watched before.
    fresh: str = ""
    #: Whether it differs from what was kept last.
    touched: bool = False

    def needs_history(self, row: Row, first: bool = False) -> bool:
        """Whether more than one update lies between what is known and *row*."""
        known = self.changes.get(row.sys_id)
        if known is None:
            return bool(row.revision) and (row.updated >= self.start if first else self._is_new(row))
        return row.revision > known.revision + 1

    def note(self, rows: Iterable[Row], approvals: bool = False) -> None:
        """Remember records as they are when watching begins; nothing has happened to them yet."""
        for row in rows:
            if not approvals:
                self._remember(self.changes, row, None, self._passed(row, first=True))
            elif row.parent in self.changes:
                self._remember(self.approvals, row, None)

    def observe(
        self, rows: Iterable[Row], history: History | None, now: str, interest: Interest, labels: Labels,
        first: bool = False,
    ) -> None:  # fmt: skip
        """Note changes as they are, and put what happened to them into the outbox.

        :param first: nothing was remembered before this look, and ``start`` lies before it.
        """
        found: list[tuple[str, int, Event]] = []
        for row in rows:
            known = self.changes.get(row.sys_id)
            if known is not None and (is_older(row, known) or _waits(known, row, history, now)):
                continue
            moves = self._moves(known, row, history, first)
            late = known is None and not first and not self._is_new(row)
            self._remember(self.changes, row, known, self._passed(row, first), now if late else "")
            # Those of one change stay in their order, whatever the instance's clock was then.
            floor = ""
            for move in sorted(moves, key=lambda move: move.revision):
                floor = max(floor, move.at)
                kind = watch_events.kind_of(move)
                if kind is not None and interest.wants(kind, move.new):
                    state = _state_after(move, moves, row, known)
                    event = watch_events.of_move(kind, move, row, state, now, labels)
                    found.append((floor, move.revision, event))
        self._post(found)

    def decisions(self, rows: Iterable[Row], now: str, interest: Interest, labels: Labels, first: bool = False) -> None:
        """The same for approvals, of changes that are known: those of others do not matter here.

        :param first: approvals were not watched before this look, and ``deciders_since`` lies before it.
        """
        found: list[tuple[str, int, Event]] = []
        for row in rows:
            known = self.approvals.get(row.sys_id)
            if row.parent not in self.changes or (known is not None and is_older(row, known)):
                continue
            if known is not None:
                moves = watch_steps.since_known(known, row, _DECISION, None)
            elif first:
                moves = watch_steps.since_moment(row, _DECISION, None, self.deciders_since)
            else:
                closed = not row.active and row.closed < self.horizon
                old = row.updated < self.changes[row.parent].since
                now_is = watch_steps.as_it_is(row, _DECISION)
                # Asked for and decided on is one update.
                moves = [] if closed or old else [move._replace(complete=row.revision <= 1) for move in now_is]
            self._remember(self.approvals, row, known)
            for move in moves:
                kind = watch_events.kind_of(move, decided_by_one=True)
                if kind is not None and interest.wants(kind, move.new):
                    event = watch_events.of_move(kind, move, row, None, now, labels)
                    found.append((move.at, move.revision, event))
        self._post(found)

    def due(self, now: str) -> dict[str, list[str]]:
        """Changes whose windows begin or end by their plan until *now*, as far as that is known: sys_id to kinds."""
        every = ((sys_id, _due(known, self.start, now)) for sys_id, known in self.changes.items())
        return {sys_id: kinds for sys_id, kinds in every if kinds}

    def pass_over(self, now: str, kinds: Collection[str]) -> None:
        """Take the windows of these *kinds* that are due for reported: nobody wants to hear of them."""
        for sys_id, due in self.due(now).items():
            for kind in set(due) & set(kinds):
                self._begun(sys_id, kind)

    def windows(self, rows: Mapping[str, Row], asked: Collection[str], now: str, labels: Labels) -> None:
        """Report the windows that are due by what *rows*, read just now, show of the changes that were *asked* for."""
        found: list[tuple[str, int, Event]] = []
        due = self.due(now)
        for sys_id in asked:
            row = rows.get(sys_id)
            if row is None:
                self.changes[sys_id] = self.changes[sys_id]._replace(gone=True)
                self.touched = True
                continue
            for kind in due.get(sys_id, ()):
                plan = self.changes[sys_id].values
                if not row.active or row.values.get(WINDOWS[kind]) != plan.get(WINDOWS[kind]):
                    # It lags behind what is known; the next look tells.
                    continue
                found.append((row.values[WINDOWS[kind]], row.revision, watch_events.of_window(kind, row, now, labels)))
                self._begun(sys_id, kind)
        self._post(found)

    def next_window(self, kinds: Collection[str], now: str) -> str | None:
        """When the next window begins or ends, if one is planned."""
        moments = (
            known.values.get(WINDOWS[kind], "")
            for known in self.changes.values()
            if known.active and not known.gone
            for kind in set(kinds) & set(WINDOWS)
        )
        return min((moment for moment in moments if moment > now), default=None)

    def forget(self, seen: Collection[str], now: str) -> None:
        """Remember no longer what is closed, or was not among those *seen* in a look at everything, for long."""
        limit = moved(now, -REMEMBERED)
        old = [
            sys_id
            for sys_id, known in self.changes.items()
            if known.updated < limit and sys_id not in seen and not (known.active and not known.gone)
        ]
        for sys_id in old:
            del self.changes[sys_id]
        if old:
            self.horizon = max(self.horizon, limit)
            self.approvals = {key: known for key, known in self.approvals.items() if known.parent in self.changes}
            self.touched = True

    def lost(self, asked: Iterable[str], found: Collection[str]) -> None:
        """Note which of the changes that were *asked* for are not there any more."""
        for sys_id in asked:
            if sys_id not in found and not self.changes[sys_id].gone:
                self.changes[sys_id] = self.changes[sys_id]._replace(gone=True)
                self.touched = True

    def as_data(self) -> dict[str, Any]:
        """For a file; see :func:`ledger_from`."""
        return {
            "version": VERSION,
            **{name: getattr(self, name) for name in ("scope", "start", "horizon", "cursor", "deciders_since")},
            "changes": {sys_id: known.as_data() for sys_id, known in self.changes.items()},
            "approvals": {sys_id: known.as_data() for sys_id, known in self.approvals.items()},
            "outbox": self.outbox,
        }

    def _moves(self, known: Known | None, row: Row, history: History | None, first: bool) -> list[watch_steps.Move]:
        if known is not None:
            return watch_steps.since_known(known, row, MOVING, history)
        if self._is_new(row):
            return watch_steps.since_created(row, MOVING, history)
        if first:
            return watch_steps.since_moment(row, MOVING, history, self.start)
        if not row.active and (not row.closed or row.closed < self.horizon):
            # It was closed before the watching began, or so long ago that it was forgotten.
            return []
        return watch_steps.as_it_is(row, MOVING)

    def _is_new(self, row: Row) -> bool:
        return row.created >= (self.fresh or self.start)

    def _passed(self, row: Row, first: bool) -> list[str]:
        """Windows of a change that is new here which are not to be reported."""
        limit = self.start if first or self._is_new(row) else self.horizon
        planned = ((kind, row.values.get(column, "")) for kind, column in WINDOWS.items())
        return [f"{kind} {moment}" for kind, moment in planned if moment and moment < limit]

    def _remember(
        self, where: dict[str, Known], row: Row, known: Known | None, begun: Sequence[str] = (), since: str = ""
    ) -> None:
        after = known_of(row, known, begun, since)
        if after != known:
            where[row.sys_id] = after
            self.touched = True

    def _begun(self, sys_id: str, kind: str) -> None:
        known = self.changes[sys_id]
        entry = f"{kind} {known.values[WINDOWS[kind]]}"
        self.changes[sys_id] = known._replace(begun=(*known.begun, entry))
        self.touched = True

    def _post(self, found: list[tuple[str, int, Event]]) -> None:
        self.outbox += [event for _at, _revision, event in sorted(found, key=lambda entry: entry[:2])]
        self.touched = self.touched or bool(found)


def ledger_from(data: Mapping[str, Any]) -> Ledger:
    """The ledger of :meth:`Ledger.as_data`; raises KeyError, TypeError or ValueError for anything else."""
    if data["version"] != VERSION:
        raise ValueError(f"version {data['version']}")
    scope, start, horizon, cursor = (str(data[name]) for name in ("scope", "start", "horizon", "cursor"))
    outbox = [dict(event) for event in list(data["outbox"])]
    ledger = Ledger(scope, start, horizon, cursor, str(data["deciders_since"]), outbox=outbox)
    for name in ("start", "horizon", "cursor"):
        moved(getattr(ledger, name), 0)
    ledger.changes = {str(sys_id): known_from(known) for sys_id, known in dict(data["changes"]).items()}
    ledger.approvals = {str(sys_id): known_from(known) for sys_id, known in dict(data["approvals"]).items()}
    return ledger


def _waits(known: Known, row: Row, history: History | None, now: str) -> bool:
    """Whether the instance has a history, and that of this update may be written yet."""
    if history is None or not history.proven or row.revision <= known.revision + 1:
        return False
    return not watch_steps.is_told(known, row, MOVING, history) and row.updated > moved(now, -SETTLE)


def _state_after(
    move: watch_steps.Move, moves: Sequence[watch_steps.Move], row: Row, known: Known | None
) -> str | None:  # fmt: skip
    """The state in which the change was after *move*."""
    if move.column == "state":
        return move.new
    states = [other for other in moves if other.column == "state"]
    before = [other for other in states if other.revision <= move.revision]
    if before:
        return before[-1].new
    if states:
        return states[0].old
    return row.values.get("state", known.values.get("state") if known else None)


def _due(known: Known, start: str, now: str) -> list[str]:
    if not known.active or known.gone:
        return []
    planned = ((kind, known.values.get(column, "")) for kind, column in WINDOWS.items())
    return [
        kind for kind, moment in planned if moment and start <= moment <= now and f"{kind} {moment}" not in known.begun
    ]
