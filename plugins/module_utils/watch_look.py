# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One look at the changes that are watched: what to read, and what it means for the ledger."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils import reading
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import Forbidden, InvalidUsage, NotFound
from ansible_collections.changegate.snow.plugins.module_utils.labels import resolved
from ansible_collections.changegate.snow.plugins.module_utils.watch_events import APPROVERS, WINDOWS, Interest, Labels
from ansible_collections.changegate.snow.plugins.module_utils.watch_labels import labels_of, states_of
from ansible_collections.changegate.snow.plugins.module_utils.watch_ledger import Ledger
from ansible_collections.changegate.snow.plugins.module_utils.watch_options import Watch
from ansible_collections.changegate.snow.plugins.module_utils.watch_reading import (
    ACTIVE,
    APPROVALS,
    CHANGES,
    Reader,
    updated_since,
)
from ansible_collections.changegate.snow.plugins.module_utils.watch_rows import History, Row, between, moved


class Opened(NamedTuple):
    """What is watched, asked of the instance: in words, for the look, and what values are called."""

    scope: str
    reader: Reader
    interest: Interest
    labels: Labels
    decision_labels: Labels


def open_watch(watch: Watch, client: Client) -> Opened:
    """Ask the instance about the arguments.

    :raises InvalidUsage: it does not know a column of the query, or a state.
    """
    query = resolved(client, CHANGES, watch.query) if watch.plain else watch.query
    reading.prove(client, CHANGES, query)
    reader = Reader(client, query, watch.columns)
    where = client.base_url
    labels = labels_of(client, where, CHANGES, ("state", "approval"))
    of_deciders = labels_of(client, where, APPROVALS, ("state",)) if _decides(watch) else Labels(where)
    states = states_of(watch.states, labels.texts["state"])
    scope = f"{query if query.branches else 'all changes'} on {where}"
    return Opened(scope, reader, Interest(frozenset(watch.kinds), states), labels, of_deciders)


def _decides(watch: Watch) -> bool:
    return not set(APPROVERS).isdisjoint(watch.kinds)


class Looker:
    """Looks at the changes that *watch* is about, one look at a time.

    :param ledger: what was remembered by an earlier run; None if there was none.
    """

    def __init__(
        self, watch: Watch, opened: Opened, ledger: Ledger | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._watch = watch
        self.scope = opened.scope
        self._reader = opened.reader
        self._interest = opened.interest
        self._labels, self._decision_labels = opened.labels, opened.decision_labels
        #: Whether the history of changes can be read; None while it has shown nothing.
        self._proven: bool | None = None if watch.history != "never" else False
        self._decides = _decides(watch)
        self._clock = clock
        self._looked = self._full = float("-inf")
        self.ledger = ledger

    @property
    def history(self) -> str:
        """Whether the user may read what happened between two looks."""
        if self._proven is False:
            return "is not read"
        return "is read" if self._proven else "shows nothing yet"

    @property
    def hidden(self) -> set[str]:
        """Records that hide what watching takes."""
        return self._reader.hidden

    def look(self) -> Ledger:
        """Bring the ledger up to date."""
        if self.ledger is None:
            self.ledger = self._begin()
        else:
            self._go_on(self.ledger)
        self._look_at_windows(self.ledger)
        self._looked = self._clock()
        return self.ledger

    def until_window(self) -> float | None:
        """Seconds until the next planned window begins or ends, by the instance's clock; None if none is planned."""
        if self.ledger is None:
            return None
        moment = self.ledger.next_window(self._watch.kinds, self.ledger.cursor)
        return None if moment is None else between(self.ledger.cursor, moment) - (self._clock() - self._looked)

    def _begin(self) -> Ledger:
        """The first look of all: what there is before anything happens."""
        given = self._watch.start
        approvals = self._reader.approvals(given or moved(_FAR, 0), all_active=True) if self._decides else []
        rows = self._reader.changes(ACTIVE | updated_since(given) if given else ACTIVE)
        now = self._reader.now
        if given > now:
            raise InvalidUsage(f"start is {given} UTC, and on the instance it is {now}; give a time that is over.")
        start = given or now
        ledger = Ledger(self.scope, start, start, now, deciders_since=start if self._decides else "")
        ledger.touched = True
        self._prove(rows)
        if given:
            history = self._history(ledger, rows, first=True)
            ledger.observe(rows, history, now, self._interest, self._labels, first=True)
            ledger.decisions(approvals, now, self._interest, self._decision_labels, first=True)
        else:
            ledger.note(rows)
            ledger.note(approvals, approvals=True)
        self._full = self._clock()
        return ledger

    def _go_on(self, ledger: Ledger) -> None:
        full = self._full == float("-inf") or (self._watch.resync and self._clock() - self._full >= self._watch.resync)
        since = ledger.fresh = moved(ledger.cursor, -self._watch.overlap)
        if not self._decides:
            # What is not watched is not remembered: taken up again, it begins anew.
            ledger.deciders_since, ledger.approvals = "", {}
        first = self._decides and not ledger.deciders_since
        # Before the changes: one whose approval is there is there, too.
        approvals = self._reader.approvals(since, all_active=bool(full) or first) if self._decides else []
        far = moved(ledger.cursor, -max(_REACH, self._watch.overlap))
        rows = self._reader.changes(ACTIVE | updated_since(far) if full else updated_since(since))
        now = self._reader.now
        missing = self._missing(ledger, rows) if full or now < since else set()
        more = self._reader.named(missing)
        if full:
            if self._watch.history != "never":
                # Rights can be given, and a refusal can have been one of a bad day.
                self._proven = self._proven or None
            self._prove(rows)
        history = self._history(ledger, [*rows, *more])
        ledger.observe([*rows, *more], history, now, self._interest, self._labels)
        ledger.lost(missing, {row.sys_id for row in more})
        if first:
            ledger.deciders_since = now
            ledger.note(approvals, approvals=True)
        else:
            ledger.decisions(approvals, now, self._interest, self._decision_labels)
        if full:
            ledger.forget({row.sys_id for row in rows}, now)
            self._full = self._clock()
        if now < since:
            # The instance's clock was set back: what was written since then is not what was asked for.
            self._full = float("-inf")
        ledger.cursor = now

    def _missing(self, ledger: Ledger, rows: Sequence[Row]) -> set[str]:
        """Changes that should have been among *rows*, all active ones."""
        active = {sys_id for sys_id, known in ledger.changes.items() if known.active and not known.gone}
        return active - {row.sys_id for row in rows}

    def _history(self, ledger: Ledger, rows: Sequence[Row], first: bool = False) -> History | None:
        if self._proven is False:
            return None
        sys_ids = [row.sys_id for row in rows if ledger.needs_history(row, first)]
        if not sys_ids:
            return History({}, bool(self._proven))
        try:
            steps = self._reader.steps(sys_ids)
        except (Forbidden, NotFound):
            if self._watch.history == "required":
                raise
            self._proven = False
            return None
        self._proven = self._proven or bool(steps) or None
        return History(steps, bool(self._proven))

    def _prove(self, rows: Sequence[Row]) -> None:
        """Find out whether changes show their history; raises if it is required and they do not.

        Of those that were never updated it shows nothing, so that nobody knows.
        """
        sample = sorted(rows, key=lambda row: (row.revision > 0, row.updated))[-_SAMPLE:]
        if self._proven is not None or not sample:
            return
        updated = any(row.revision for row in sample)
        with suppress(Forbidden, NotFound):
            self._proven = self._reader.shows_history([row.sys_id for row in sample]) or None
            if self._proven or not updated or self._watch.history != "required":
                return
        self._proven = False
        if self._watch.history == "required":
            raise InvalidUsage(
                "history is required, and this user sees no rows of sys_audit for changes; give it a role that may "
                "read them, or set history to auto."
            )

    def _look_at_windows(self, ledger: Ledger) -> None:
        """Report the windows that begin or end, by what the instance says of them in this moment."""
        wanted = set(WINDOWS) & set(self._watch.kinds)
        ledger.pass_over(ledger.cursor, set(WINDOWS) - wanted)
        due = set(ledger.due(ledger.cursor))
        if not due:
            return
        rows = self._reader.named(due)
        now = self._reader.now
        ledger.observe(rows, self._history(ledger, rows), now, self._interest, self._labels)
        ledger.windows({row.sys_id: row for row in rows}, due, now, self._labels)


#: Changes that are asked for their history to see whether there is one.
_SAMPLE = 40
#: Seconds by which a look at everything reaches back for changes that are closed.
_REACH = 86400
#: No approval was touched after it: only those of active changes are asked for.
_FAR = "9999-01-01 00:00:00"
