# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be done to each of many records, with look-ups that serve all of them."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from functools import partial

from ansible_collections.changegate.snow.plugins.module_utils import people, plan
from ansible_collections.changegate.snow.plugins.module_utils.bulk_items import Item
from ansible_collections.changegate.snow.plugins.module_utils.bulk_match import Upserter
from ansible_collections.changegate.snow.plugins.module_utils.bulk_table import Table
from ansible_collections.changegate.snow.plugins.module_utils.cells import record_of, text_of
from ansible_collections.changegate.snow.plugins.module_utils.column_types import (
    ColumnTypes,
    Names,
    cut_text,
    not_shown,
)
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, NoResults, SnowError
from ansible_collections.changegate.snow.plugins.module_utils.fields import people_of_table
from ansible_collections.changegate.snow.plugins.module_utils.lookups import Note, notes_of, plain_note
from ansible_collections.changegate.snow.plugins.module_utils.many_results import Work
from ansible_collections.changegate.snow.plugins.module_utils.plan import Plan
from ansible_collections.changegate.snow.plugins.module_utils.policy import Policy
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail

#: Names in one look-up of users.
_AT_ONCE = 30


class Planner:
    """Plans for records of one table; shared by threads.

    :param match_on: columns by which the records are found. :param columns: all that any of the records gives.
    """

    def __init__(
        self,
        table: Table,
        upserter: Upserter,
        match_on: Sequence[str],
        columns: Collection[str],
        trail: Trail,
        policy: Policy,
    ) -> None:
        self._table, self._upserter, self._match_on, self._columns = table, upserter, match_on, columns
        self._trail, self._policy = trail, policy
        self._types = ColumnTypes(table.client, table.name, table.kinds, people_of_table(table.name))
        self._asked: set[str] = set()
        self._rows: list[people.Row] = []
        self._lock = threading.Lock()

    def prepare(self, works: Sequence[Work]) -> None:
        """Learn what the plans of these records depend on: types of columns, and users. Each is asked about once."""
        # Check mode foretells those too that an earlier task would make.
        creates = self._policy.if_missing == "create" or (self._policy.if_missing == "fail" and self._trail.check_mode)
        try:
            if any(self._types.doubtful(self._draft(work)) if work.before else creates for work in works):
                self._learn()
            for work in works:
                self._types.hide(work.item.desired, self._trail)
                work.item.desired = dict(self._types.without_blank_notes(work.item.desired))
            self._name_users([work for work in works if work.before or creates])
        except SnowError as error:
            for work in works:
                work.item.error = work.item.error or error

    def _draft(self, work: Work) -> Plan:
        return plan.for_update(work.before or {}, work.item.desired, self._types.kinds)

    def _learn(self) -> None:
        self._types.learn(self._columns)
        self._table.kinds = self._types.kinds

    def _name_users(self, works: Sequence[Work]) -> None:
        """Put users in place of their names, but for what the records are found by."""
        named = [(work.item, self._types.named(work.before, work.item.desired, self._match_on)) for work in works]
        named = [(item, names) for item, names in named if any(names)]
        texts = {text for _item, (single, _lists) in named for text in single.values()}
        texts |= {text for _item, (_single, lists) in named for members in lists.values() for text in members}
        rows = self._users(texts)
        for item, names in named:
            item.attempt(partial(self._put_users, item, rows, names))

    def _put_users(self, item: Item, rows: Sequence[people.Row], names: Names) -> None:
        try:
            item.desired = {**item.desired, **people.meant(rows, *names)}
        except InvalidUsage:
            if self._policy.unapplied != "warn":
                raise  # else the names are left to the instance

    def _users(self, texts: Collection[str]) -> list[people.Row]:
        with self._lock:
            new = sorted(set(texts) - self._asked)
            for start in range(0, len(new), _AT_ONCE):
                self._rows += people.users(self._table.client, new[start : start + _AT_ONCE])
            self._asked.update(new)
            return list(self._rows)

    def compare(self, work: Work) -> None:
        """What of the record that came back is not as it was asked for; no more than is sure is called so."""
        work.after = record_of(work.item.record or {})
        work.misses, filled = self._types.judged(work.after, work.item.desired)
        self._warn_cut(filled)
        work.kept = bool(work.misses) and all(
            plan.keeps_choice(miss, work.after, self._types.kinds) for miss in work.misses
        )

    def plan(self, work: Work, notes: set[Note]) -> None:
        """Plan what is to be written; raises what speaks against it.

        :param notes: the entries that the journals of the record have.
        """
        if work.before is None:
            self._plan_new(work)
            return
        item, kinds = work.item, self._types.kinds
        done = {name for name in self._journals(work) if _note(work, name) in notes}
        desired = {name: value for name, value in item.desired.items() if name not in done}
        the_plan = plan.for_update(work.before, desired, kinds)
        self._refuse_unknown(the_plan.unknown)
        work.plan, full = self._types.without_full(work.before, the_plan)
        self._warn_cut(full)
        item.payloads = self._table.payloads(work.plan.differences)
        if not item.payloads:
            item.done = "unchanged"

    def notes(self, works: Sequence[Work]) -> set[Note]:
        """The entries that the journals of these records have, as far as they are to get one."""
        asked = [work for work in works if self._journals(work) and work.item.error is None]
        columns = {column for work in asked for column in self._journals(work)}
        try:
            return notes_of(self._table.client, [work.item.sys_id for work in asked], columns) if asked else set()
        except SnowError as error:
            for work in asked:
                work.item.error = error
            return set()

    def unseen(self, work: Work, notes: set[Note]) -> list[str]:
        """The journals that do not show the entry which they were to get."""
        return [name for name in self._journals(work) if _note(work, name) not in notes]

    def warn(self, text: str) -> None:
        """Warn once, however many records it is about."""
        with self._lock:
            if text not in self._trail.warnings:
                self._trail.warnings.append(text)

    def _warn_cut(self, columns: Sequence[str]) -> None:
        for column in columns:
            self.warn(cut_text(column))

    def _journals(self, work: Work) -> list[str]:
        desired = work.item.desired
        return [name for name in desired if plan.kind_of(name, self._types.kinds) == "journal"]

    def _plan_new(self, work: Work) -> None:
        item = work.item
        if self._policy.if_missing == "ignore":
            item.done = "unchanged"
            return
        creates = self._upserter.identity(item).creates
        if not creates or (self._policy.if_missing == "fail" and not self._trail.check_mode):
            raise NoResults(
                f"There is no record with {work.label}; check the identifier, and whether the user may read it."
            )
        if self._policy.if_missing == "fail":
            self.warn("Not all records are there yet; check mode assumes that an earlier task would make them.")
        unknown = item.desired.keys() & set(self._types.missing(self._columns))
        self._refuse_unknown(sorted(unknown), bool(unknown.intersection(self._match_on)))
        work.plan = plan.for_create(item.desired, self._types.kinds, self._match_on)
        # Refuses what cannot be sent, in check mode too.
        self._table.payloads(work.plan.differences)

    def _refuse_unknown(self, columns: Sequence[str], always: bool = False) -> None:
        if columns and (always or self._policy.unapplied != "warn"):
            raise not_shown(self._table.name, columns)


def _note(work: Work, column: str) -> Note:
    return work.item.sys_id, column, plain_note(text_of(work.item.desired[column]))
