# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of many records are there already, and what of them is different: updates and upserts."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils import plan
from ansible_collections.changegate.snow.plugins.module_utils.bulk_insert import Inserter
from ansible_collections.changegate.snow.plugins.module_utils.bulk_items import Item
from ansible_collections.changegate.snow.plugins.module_utils.bulk_table import Table, chunks, key_of
from ansible_collections.changegate.snow.plugins.module_utils.cells import RawRecord, record_of, text_of
from ansible_collections.changegate.snow.plugins.module_utils.dictionary import Dictionary
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    InvalidUsage,
    MultipleResults,
    NotFound,
    SnowError,
    UnexpectedResponseFormat,
)
from ansible_collections.changegate.snow.plugins.module_utils.filters import from_data
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity, of_column, of_matching
from ansible_collections.changegate.snow.plugins.module_utils.lookups import journal_holds

Key = tuple[str, ...]
#: An item that is looked up, what identifies it, and its part of the query.
Asked = tuple[Item, Identity, str]


def update(table: Table, items: Sequence[Item], only_changes: bool) -> None:
    """Write what each item says to the record with its sys_id; *only_changes* reads first what differs."""
    items = [item for item in items if item.error is None]
    if only_changes:
        found = table.by_sys_id([item.sys_id for item in items], _columns(items)) if items else {}
        for item in items:
            item.attempt(partial(_compare_found, table, item, found.get(item.sys_id)))
    else:
        for item in items:
            item.attempt(partial(_all_of, table, item))
    table.patch(items)


def _all_of(table: Table, item: Item) -> None:
    kinds = table.kinds
    given = item.desired.items()
    all_given = (plan.Difference(name, plan.kind_of(name, kinds), None, wanted) for name, wanted in given)
    item.payloads = table.payloads(tuple(all_given))
    if not item.payloads:
        raise InvalidUsage(f"Record {item.index} has nothing but its sys_id; give columns to write.")


def _compare_found(table: Table, item: Item, seen: RawRecord | SnowError | None) -> None:
    if isinstance(seen, SnowError):
        raise seen
    if seen is None:
        raise NotFound(
            f"{table.name} has no record {item.sys_id}, or the user may not read it; check the sys_id.", status=404
        )
    compare(table, item, seen)


def compare(table: Table, item: Item, seen: RawRecord) -> None:
    """Plan what has to be written so that the record *seen* holds what the item says."""
    item.record = seen
    current = record_of(seen)
    desired = {name: wanted for name, wanted in item.desired.items() if not _is_noted(table, current, name, wanted)}
    found = plan.for_update(current, desired, table.kinds)
    if found.unknown:
        raise InvalidUsage(
            f"{table.name} shows no field {', '.join(found.unknown)}; check its name, and whether the user may read "
            "it. Nothing was written."
        )
    item.payloads = table.payloads(found.differences)
    if not item.payloads:
        item.done = "unchanged"


def _is_noted(table: Table, current: Mapping[str, Any], name: str, wanted: Any) -> bool:
    """Whether *name* is a journal that has this entry: it reads back empty, and is looked up."""
    if plan.kind_of(name, table.kinds) != "journal" or name not in current:
        return False
    return not wanted or journal_holds(table.client, current, name, text_of(wanted))


def _columns(items: Sequence[Item]) -> list[str]:
    return list(dict.fromkeys(name for item in items for name in item.desired))


class Upserter:
    """Inserts what is not there and updates what is different; one for a whole input, shared by threads.

    :param match_on: the columns by which a record is found.
    """

    def __init__(self, table: Table, match_on: Sequence[str]) -> None:
        self._table = table
        self._match_on = match_on
        #: A record that was made without its key could not be found again.
        self.inserter = Inserter(table, match_on)
        self._first: dict[Key, int] = {}
        self._columns_exist = False
        self._lock = threading.Lock()

    def read(self, item: Item, raw: Any) -> None:
        """Take a record of the input over; raises :class:`InvalidUsage` if it cannot be matched, or is no new one."""
        item.take(raw, keyed=True)
        key = self._key_of(self.identity(item).conditions)
        first = self._first.setdefault(key, item.index)
        if first != item.index:
            listed = " and ".join(f"{name} {value}" for name, value in zip(self._match_on, key))
            raise InvalidUsage(f"Record {item.index} has the same {listed} as record {first}; give each once.")

    def upsert(self, items: Sequence[Item]) -> None:
        open_items = [item for item in items if item.error is None]
        self.look_up(open_items)
        for item in open_items:
            if item.error is None and item.record is not None:
                item.attempt(partial(compare, self._table, item, item.record))
        new = [item for item in open_items if item.error is None and item.record is None]
        self._check_columns(new)
        self.inserter.insert([item for item in new if item.error is None])
        self._table.patch([item for item in open_items if item.done != "inserted"])

    def identity(self, item: Item) -> Identity:
        """By what *item* is found."""
        if tuple(self._match_on) == ("sys_id",):
            return of_column("record", "sys_id", item.sys_id)
        return of_matching("record", self._match_on, item.desired, self._table.kinds)

    def _key_of(self, conditions: Mapping[str, Any]) -> Key:
        # As the server compares: in any case.
        return tuple(text_of(conditions[name]).strip().casefold() for name in self._match_on)

    def look_up(self, items: Sequence[Item]) -> None:
        """Look all items up; each that is there gets its record and sys_id."""
        asked: list[Asked] = []
        for item in items:
            item.attempt(partial(self._ask, item, asked))
        groups = [[asked[place] for place in places] for places in chunks([part for _i, _identity, part in asked])]
        columns = [*self._match_on, *_columns(items)]
        while groups:
            answers = self._table.find([(self._query(group), len(group)) for group in groups], columns)
            groups = [half for group, rows in zip(groups, answers) for half in self._take(group, rows)]

    def _take(self, group: list[Asked], rows: list[RawRecord] | SnowError) -> list[list[Asked]]:
        """What a query found, for each that asked; or the two halves of them that have to be asked for apart.

        An instance may take for equal what is not (accents, blanks): that must not spoil the look-up of others.
        """
        found = self._by_key(group, rows)
        if found is None and len(group) > 1:
            middle = len(group) // 2
            return [group[:middle], group[middle:]]
        for item, identity, _part in group:
            item.attempt(partial(self._matched, item, identity, self._strange(identity) if found is None else found))
        return []

    def _ask(self, item: Item, asked: list[Asked]) -> None:
        identity = self.identity(item)
        # Refuses what no query can carry.
        whole = str(from_data(identity.conditions))
        single = len(self._match_on) == 1
        asked.append((item, identity, text_of(identity.conditions[self._match_on[0]]) if single else whole))

    def _query(self, asked: Sequence[Asked]) -> str:
        if len(self._match_on) > 1:
            return "^NQ".join(part for _item, _identity, part in asked)
        return str(from_data({self._match_on[0]: [part for _item, _identity, part in asked]}))

    def _by_key(
        self, asked: Sequence[Asked], rows: list[RawRecord] | SnowError
    ) -> dict[Key, list[RawRecord]] | SnowError | None:
        """What a query found, by what was asked for; None where it found something else."""
        if isinstance(rows, SnowError):
            return rows
        found: dict[Key, list[RawRecord]] = {self._key_of(one.conditions): [] for _item, one, _part in asked}
        for row in rows:
            record = record_of(row)
            if any(name not in record for name in self._match_on):
                return self._strange(asked[0][1])
            key = tuple(record[name].value.strip().casefold() for name in self._match_on)
            if key not in found:
                return None
            found[key].append(row)
        return found

    def _strange(self, identity: Identity) -> UnexpectedResponseFormat:
        return UnexpectedResponseFormat(
            f"The instance was asked for the {identity} of {self._table.name} and returned another; check that the "
            f"table has {', '.join(self._match_on)}, and that the user may read it. Nothing was written."
        )

    def _matched(self, item: Item, ours: Identity, by_key: dict[Key, list[RawRecord]] | SnowError) -> None:
        if isinstance(by_key, SnowError):
            raise by_key
        found = by_key[self._key_of(ours.conditions)]
        if len(found) > 1:
            listed = ", ".join(key_of(row) for row in found[:10])
            raise MultipleResults(f"There is more than one {ours} in {self._table.name}: {listed}.")
        if found:
            self._columns_exist = True
            key = key_of(found[0])
            if item.sys_id not in ("", key):
                raise InvalidUsage(f"Record {item.index} has the sys_id {item.sys_id}, but the {ours} has {key}.")
            item.sys_id, item.record = key, found[0]
        else:
            # It was not there: a record with this sys_id is the one that is made now.
            item.own = item.own or tuple(self._match_on) == ("sys_id",)

    def _check_columns(self, new: Sequence[Item]) -> None:
        """No record was found by a column that does not exist; one would be made, and never be found again."""
        if not new or self._columns_exist:
            return
        with self._lock:
            unknown = Dictionary(self._table.client, self._table.name).missing(set(self._match_on) - {"sys_id"})
            self._columns_exist = not unknown
        for item in new if unknown else ():
            item.error = InvalidUsage(
                f"{self._table.name} has no column {', '.join(unknown)} to match on. Nothing was written."
            )
