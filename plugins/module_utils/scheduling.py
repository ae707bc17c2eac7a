# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Free time for an item or a change, and the first of it as the planned window of the change.

Source: ServiceNow documentation, "Change Management API", the operations with ``schedule`` in their path.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, Record
from ansible_collections.changegate.snow.plugins.module_utils.change import ChangeApi
from ansible_collections.changegate.snow.plugins.module_utils.change_workers import Worker
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    InvalidUsage,
    MultipleResults,
    NoResults,
    NotConverged,
    Unapplied,
    WorkerTimedOut,
)
from ansible_collections.changegate.snow.plugins.module_utils.expected import expected_change
from ansible_collections.changegate.snow.plugins.module_utils.fields import CHANGE_STATES
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity, of_column
from ansible_collections.changegate.snow.plugins.module_utils.plan import Miss
from ansible_collections.changegate.snow.plugins.module_utils.query import check_identifier, check_sys_id, is_sys_id
from ansible_collections.changegate.snow.plugins.module_utils.stores import TableStore
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail
from ansible_collections.changegate.snow.plugins.module_utils.windows import Asked, Window, across, is_free, window_of


class Waiting(NamedTuple):
    """How long the instance may search, in seconds, and what takes a line for each step of it."""

    timeout: float
    tell: Callable[[str], None]


class Scheduling:
    """Free time as the instance sees it: between blackouts and planned changes, in maintenance windows."""

    def __init__(self, client: Client, trail: Trail, waiting: Waiting) -> None:
        self._client = client
        self._api = ChangeApi(client.transport)
        self._trail = trail
        self._waiting = waiting
        self._told = ""

    def of_item(self, ci: str, asked: Asked) -> None:
        """Return the free slots of the item *ci*, a name or a sys_id."""
        duration = asked.duration
        if duration is None:
            raise InvalidUsage("The free time of an item is searched for a duration; give one.")
        self._return(self._of_item(self._item(ci), asked, duration))

    def of_change(self, who: Identity, asked: Asked) -> None:
        """Return the free slots for the change *who*: as it is planned, or as it is *asked*."""
        record = self._change(who)
        if record is None:
            self._return(None)
        elif asked == Asked():
            _length(record, asked)
            self._return(self._api.schedule(record["sys_id"].value, wait=self._waiting.timeout, progress=self._seen))
        else:
            self._return(self._of_item(record["cmdb_ci"].value, asked, _length(record, asked)))

    def plan(self, who: Identity, asked: Asked) -> None:
        """The change *who* is planned for free time that is as it is *asked*.

        :raises Unapplied: there is none, or the instance did not plan the change for it.
        :raises NotConverged: its implementation has begun, and it is planned otherwise.
        """
        record = self._change(who)
        if record is None:
            self._trail.changed = True
            return
        seconds, window = _length(record, asked), window_of(record)
        self._show(window)
        fits = window is not None and asked._replace(duration=seconds).fits(window)
        if _has_begun(record):
            if not fits:
                raise NotConverged(
                    f"{record['number'].value} is in {record['state'].display} and not planned as it is asked for; "
                    "plan a change before its implementation."
                )
            return
        if fits and window is not None and self._is_free(record, window):
            return
        if self._trail.check_mode:
            self._predict(record, asked, seconds)
        else:
            self._take(record, asked, seconds)

    def _is_free(self, record: Record, window: Window) -> bool:
        """By what the instance finds for the change as it is planned: a slot that begins with its window."""
        worker = self._api.schedule(record["sys_id"].value, wait=self._waiting.timeout, progress=self._seen)
        return is_free(window, worker)

    def _predict(self, record: Record, asked: Asked, seconds: int) -> None:
        """The slot that would be taken, from the free time of the item, in which the change stands in its own way."""
        item = record["cmdb_ci"].value
        worker = self._of_item(item, asked, seconds)
        slot = Window(*worker.spans[0][:2]) if worker.spans else None
        own = window_of(record)
        if own is not None and asked.begins_before(own.end) and (slot is None or slot.end > own.start):
            if self._is_free(record, own):
                slot = across(own, asked.start, seconds, slot, lambda start, length: self._free(item, start, length))
            elif slot is not None:
                self._trail.warnings.append(
                    f"{record['number'].value} is planned already, and its present window counts as taken in this "
                    "prediction; the slot may be an earlier one."
                )
        if slot is None:
            raise _no_slot(record, worker)
        self._trail.changed = True
        self._note(record, {**record, **{name: Cell(text, text) for name, text in slot.columns().items()}})

    def _free(self, item: str, start: datetime | None, seconds: int) -> list[datetime]:
        """When the free slots of an item begin."""
        return [span.start for span in self._of_item(item, Asked(seconds, start), seconds).spans]

    def _take(self, record: Record, asked: Asked, seconds: int) -> None:
        sys_id = record["sys_id"].value
        worker = self._api.first_available(sys_id, seconds, asked.start)
        try:
            worker = self._api.wait(worker, self._waiting.timeout, self._seen)
        except WorkerTimedOut:
            self._note(record, self._api.get(sys_id))
            raise
        after = self._api.get(sys_id)
        window = window_of(after)
        self._note(record, after)
        if worker.found_no_slot:
            raise _no_slot(record, worker)
        if window is None or not asked._replace(duration=seconds).fits(window):
            told = "; ".join(worker.messages.infos).rstrip(".") or "it does not say why"
            shown = " to ".join(after[name].value for name in ("start_date", "end_date") if name in after)
            self._trail.unapplied.append(Miss("start_date", "the first available slot", shown))
            raise Unapplied(
                f"The instance did not plan {record['number'].value} for a free slot ({told}); look whether the user "
                "may write its planned dates.",
                detail=told,
            )

    def _note(self, before: Record, after: Record) -> None:
        """The change as it is, or is to be, and what that means for the result."""
        dates = [(name, before.get(name), after.get(name)) for name in ("start_date", "end_date")]
        differing = [(name, old, new) for name, old, new in dates if old and new and old.value != new.value]
        if differing:
            was = {name: old.value for name, old, _new in differing}
            self._trail.expects(was, {name: new.value for name, _old, new in differing})
            self._trail.changed = True
        self._trail.record = after
        self._show(window_of(after))

    def _change(self, who: Identity) -> Record | None:
        record = expected_change(self._api, self._trail, who)
        if record is not None:
            self._trail.record = record
            if not record.get("cmdb_ci", Cell("", "")).value:
                number = record["number"].value
                raise InvalidUsage(f"{number} has no configuration item that could be free; set cmdb_ci.")
        return record

    def _of_item(self, item: str, asked: Asked, seconds: int) -> Worker:
        return self._api.ci_schedule(item, seconds, asked.start, wait=self._waiting.timeout, progress=self._seen)

    def _item(self, ci: str) -> str:
        if is_sys_id(ci.strip()):
            return check_sys_id(ci.strip(), "ci")
        who = of_column("configuration item", "name", check_identifier(ci, "ci"), "ci")
        store = TableStore(self._client, "cmdb_ci", self._trail)
        found = store.search(who.query, fields=["sys_id", "name"])
        if len(found) > 1:
            listed = ", ".join(row["sys_id"].value for row in found[:5])
            raise MultipleResults(f"There is more than one {who}: {listed}; give the sys_id of one of them in ci.")
        item = who.only(found, store.request)
        if item is None:
            raise NoResults(f"There is no {who}; check ci, and whether the user may read the item.")
        return item["sys_id"].value

    def _seen(self, worker: Worker) -> None:
        text = f"the search for free time is {worker.label or worker.state}"
        if text != self._told:
            self._told = text
            self._waiting.tell(text)

    def _return(self, worker: Worker | None) -> None:
        spans = worker.spans if worker is not None else ()
        self._trail.extra["slots"] = [
            {**Window(*span[:2]).shown(), "start_display": span.start_display, "end_display": span.end_display}
            for span in spans
        ]

    def _show(self, window: Window | None) -> None:
        self._trail.extra["slot"] = window.shown() if window is not None else {}


def _has_begun(record: Record) -> bool:
    """Whether it is past the states in which its plan is made."""
    state = record["state"].value
    return state == CHANGE_STATES.canceled or CHANGE_STATES.is_past(state, CHANGE_STATES.value_of("scheduled"))


def _length(record: Record, asked: Asked) -> int:
    """Seconds that the work takes: as it is *asked*, or as the change is planned."""
    if asked.duration is not None:
        return asked.duration
    window = window_of(record)
    if window is None:
        number = record["number"].value
        raise InvalidUsage(f"{number} has no planned dates that tell how long it takes; give duration.")
    return window.seconds


def _no_slot(record: Record, worker: Worker) -> Unapplied:
    told = "; ".join(worker.messages.infos).rstrip(".") or "the instance does not say why"
    return Unapplied(
        f"There is no free slot for {record['number'].value}: {told}; give a shorter duration, or look at the windows "
        f"of {record['cmdb_ci'].display}.",
        detail=told,
    )
