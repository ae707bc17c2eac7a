# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many records in one task: read, plan, write, verify, as ``converge.py`` does it for one, over batches.

A portion of the records is looked up, planned and written at a time, while the next one is under way. One that fails
stops no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Optional

from ansible_collections.changegate.snow.plugins.module_utils.bulk import Options, Run
from ansible_collections.changegate.snow.plugins.module_utils.bulk_items import Item
from ansible_collections.changegate.snow.plugins.module_utils.bulk_match import Upserter
from ansible_collections.changegate.snow.plugins.module_utils.bulk_table import Table
from ansible_collections.changegate.snow.plugins.module_utils.cells import record_of
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.converge import SHOWN_OF_DELETED
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, Unapplied
from ansible_collections.changegate.snow.plugins.module_utils.lookups import Note
from ansible_collections.changegate.snow.plugins.module_utils.many_plan import Planner
from ansible_collections.changegate.snow.plugins.module_utils.many_results import Work, failure, report
from ansible_collections.changegate.snow.plugins.module_utils.plan import Miss
from ansible_collections.changegate.snow.plugins.module_utils.policy import Policy
from ansible_collections.changegate.snow.plugins.module_utils.trail import COUNTER, Trail

Progress = Callable[[int, Optional[int]], None]
#: Of how many useless records a message tells.
_TOLD = 3


class Many:
    """Brings records of one table to what a task wants, or removes them. What it does goes into *trail*.

    :param match_on: columns by which each of the *records* (column to value) is found.
    :param progress: called with the number of records that are done, and of all.
    :raises InvalidUsage: one of the records cannot be used, or two are the same; no request was sent.
    """

    def __init__(
        self,
        client: Client,
        table: str,
        records: Sequence[Mapping[str, Any]],
        match_on: Sequence[str],
        trail: Trail,
        policy: Policy,
        progress: Progress | None = None,
    ) -> None:
        resource = client.table(table)
        # Few columns of many records: what identifies them, what a person looks for, and what was asked for.
        resource.parameters.fields = list(dict.fromkeys([*SHOWN_OF_DELETED, COUNTER, *match_on]))
        self._trail, self._policy, self._progress = trail, policy, progress
        self._table = Table(client.transport, table, resource.path, resource.parameters, display=True)
        self._upserter = Upserter(self._table, match_on)
        self._records = records
        self._works: dict[int, Work] = {}
        self._take_all()
        columns = {column for work in self._works.values() for column in work.item.desired}
        self._planner = Planner(self._table, self._upserter, match_on, columns, trail, policy)

    def present(self) -> None:
        """All of the records, holding what was asked for.

        :raises RecordsFailed: some of them do not.
        """
        self._go(self._bring)

    def absent(self) -> None:
        """None of the records.

        :raises RecordsFailed: some of them are still there.
        """
        self._go(self._remove)

    def _take_all(self) -> None:
        """Refuse the whole input, before any request, if one of its records cannot be used."""
        refused = []
        for index, raw in enumerate(self._records):
            item = Item(index)
            item.attempt(partial(self._read, item, raw))
            if item.error is not None:
                refused.append(f"record {index}: {str(item.error).rstrip('.')}")
        if refused:
            more = f"; and {len(refused) - _TOLD} more" if len(refused) > _TOLD else ""
            raise InvalidUsage(
                f"{len(refused)} of {len(self._records)} records cannot be used: {'; '.join(refused[:_TOLD])}{more}. "
                "Nothing was written."
            )

    def _read(self, item: Item, raw: Any) -> None:
        self._upserter.read(item, raw)
        conditions = self._upserter.identity(item).conditions
        self._works[item.index] = Work(item, ", ".join(f"{column}={value}" for column, value in conditions.items()))

    def _go(self, work: Callable[[list[Work]], None]) -> None:
        run = Run(self._table, Options(progress=self._progress), self._records)
        lenient = self._policy.unapplied == "warn"
        try:
            results = run.go(self._read, lambda items: work([self._works[item.index] for item in items]))
            for index in range(len(results), len(self._works)):
                self._works[index].item.error = results.stopped
        finally:
            works = list(self._works.values())
            report(self._trail, works, lenient)
        if results.stopped is not None and not self._trail.changed:
            raise results.stopped
        failed = failure(self._table.name, works, lenient)
        if failed is not None:
            raise failed

    def _look_up(self, works: list[Work]) -> None:
        self._upserter.look_up([work.item for work in works])
        for work in _open(works):
            if work.item.record is not None:
                work.before = record_of(work.item.record)

    def _bring(self, works: list[Work]) -> None:
        """Look up, plan, write and verify a portion."""
        self._look_up(works)
        self._planner.prepare(_open(works))
        notes = self._planner.notes([work for work in works if work.before is not None])
        for work in _open(works):
            work.item.attempt(partial(self._planner.plan, work, notes))
        planned = [work for work in _open(works) if work.plan.differences]
        if self._trail.check_mode:
            for work in planned:
                work.predict()
            return
        self._upserter.inserter.insert([work.item for work in planned if work.before is None])
        self._table.patch([work.item for work in planned if work.before is not None])
        written = [work for work in planned if work.item.done in ("inserted", "updated") and work.item.record]
        self._verify(_open(written))
        for work in written:
            if work.item.error is not None and work.after is None:
                # The first of its writes was taken, a later one was not.
                self._planner.compare(work)

    def _verify(self, works: list[Work]) -> None:
        """Compare what was written with what was asked for; read once more what does not show all."""
        for work in works:
            self._planner.compare(work)
        unsure = [work for work in works if any(miss.actual is None for miss in work.misses)]
        columns = list(dict.fromkeys(column for work in unsure for column in work.item.desired))
        again = self._table.by_sys_id([work.item.sys_id for work in unsure], columns) if unsure else {}
        for work in unsure:
            found = again.get(work.item.sys_id)
            if isinstance(found, dict):
                work.item.record = found
                self._planner.compare(work)
        notes = self._planner.notes(works)
        for work in _open(works):
            work.item.attempt(partial(self._check, work, notes))

    def _check(self, work: Work, notes: set[Note]) -> None:
        desired, identity = work.item.desired, self._upserter.identity(work.item)
        unseen = [Miss(name, str(desired[name]), None) for name in self._planner.unseen(work, notes)]
        work.misses, work.kept = [*work.misses, *unseen], work.kept and not unseen
        if work.before is None and not identity.fits(work.after or {}):
            raise Unapplied(f"the new record is none with {work.label}, and the next run would make another; delete it")

    def _remove(self, works: list[Work]) -> None:
        """Look up a portion and delete what is there."""
        self._look_up(works)
        for work in _open(works):
            if work.before is None:
                work.item.done = "absent"
        there = [work for work in _open(works) if work.before is not None]
        for work in there:
            work.removes(SHOWN_OF_DELETED)
        if self._trail.check_mode:
            for work in there:
                work.item.done = "deleted"
        elif there:
            self._table.remove([work.item for work in there], known=True)


def _open(works: list[Work]) -> list[Work]:
    """Those that nothing is wrong with yet."""
    return [work for work in works if work.item.error is None]
