# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of the columns that a task writes: known beforehand, or learned from the dictionary where a write depends
on them. What a record holds tells them in most cases, so that most writes cost no look-up.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping

from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, Record, text_of
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.dictionary import Dictionary
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.people import lists_to_resolve, resolve, to_resolve
from ansible_collections.changegate.snow.plugins.module_utils.plan import Desired, Kinds, Miss, Plan, kind_of, missed
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail
from ansible_collections.changegate.snow.plugins.module_utils.values import depends_on_type, is_cut, is_start

_USERS = "sys_user"

#: Column to the text that names a user, and column to those of a list.
Names = tuple[dict[str, str], dict[str, list[str]]]


class ColumnTypes:
    """The columns of one *table*; shared by the threads of a task.

    :param kinds: column to kind, as far as they are known beforehand.
    :param people: columns that name users, as far as that is known beforehand.
    """

    def __init__(self, client: Client, table: str, kinds: Kinds, people: Collection[str] = ()) -> None:
        self.kinds: Mapping[str, str] = kinds
        self._client = client
        self._dictionary = Dictionary(client, table)
        self._people = frozenset(people)
        self._lock = threading.Lock()

    def missing(self, columns: Collection[str]) -> list[str]:
        """Those of *columns* that the table has not; of those that it has, all is known then."""
        missing = self._dictionary.missing(columns)
        self.learn(set(columns) - set(missing))
        return missing

    def learn(self, columns: Collection[str]) -> None:
        """Ask for those of *columns* of which nothing is known."""
        described = self._dictionary.columns([name for name in columns if kind_of(name, self.kinds) == "auto"])
        with self._lock:
            self._people |= {name for name, column in described.items() if column.refers_to == _USERS}
            # A new mapping: other threads may be reading the old one.
            self.kinds = {**self.kinds, **{name: column.kind for name, column in described.items()}}

    def learn_from(self, the_plan: Plan) -> bool:
        """Ask for the types on which a plan depends; whether any of them changes it."""
        doubtful = self.doubtful(the_plan)
        if doubtful:
            self.learn(doubtful)
        return any(kind_of(name, self.kinds) != "auto" for name in doubtful)

    def doubtful(self, the_plan: Plan) -> list[str]:
        """The columns on whose types a plan depends, and of which nothing is known."""
        unknown = [item for item in the_plan.differences if item.kind == "auto"]
        users = {item.column for item in unknown if _names_user(item.before)}
        if users:
            with self._lock:
                self._people |= users
        return [item.column for item in unknown if depends_on_type(item.wanted, item.before)]

    def named(self, record: Record | None, desired: Desired, besides: Collection[str] = ()) -> Names:
        """Who is named in *desired* by user name, e-mail or name, and is not in *record* yet.

        One user by column, and several; not in the columns *besides*.
        """
        people = sorted(self._people.intersection(desired).difference(besides))
        lists = [name for name in people if kind_of(name, self.kinds) == "list"]
        single = [name for name in people if name not in lists]
        return to_resolve(record, desired, single), lists_to_resolve(record, desired, lists)

    def users(self, record: Record | None, desired: Desired, besides: Collection[str] = ()) -> Desired:
        """The users whom *desired* names, in place of their names.

        :raises InvalidUsage: there is nobody of that name, or there are several.
        """
        return resolve(self._client, *self.named(record, desired, besides))

    def hide(self, desired: Desired, trail: Trail) -> None:
        """Show nowhere what is known for a secret by now."""
        secrets = {name: text_of(wanted) for name, wanted in desired.items() if kind_of(name, self.kinds) == "secret"}
        if secrets:
            with self._lock:
                trail.hides(secrets)

    def judged(self, record: Record, desired: Desired) -> tuple[list[Miss], list[str]]:
        """What of *desired* a record that was written does not hold, and the columns that hold the beginning of it.

        What is missed is not to be told of before it is known what kind of column it is.
        """
        misses = missed(record, desired, self.kinds)
        if misses:
            self.learn({miss.field for miss in misses})
            misses = missed(record, desired, self.kinds)
        full = {
            miss.field for miss in misses if self.is_filled(miss.field, desired[miss.field], record.get(miss.field))
        }
        cut = {name for name, wanted in desired.items() if name in record and is_cut(wanted, record[name])}
        return [miss for miss in misses if miss.field not in full], sorted(full | cut)

    def without_blank_notes(self, desired: Desired) -> Desired:
        """Without notes that say nothing: there is none to add to a journal, and none to clear."""
        return {
            name: wanted
            for name, wanted in desired.items()
            if kind_of(name, self.kinds) != "journal" or text_of(wanted).strip()
        }

    def without_full(self, record: Record, the_plan: Plan) -> tuple[Plan, list[str]]:
        """The plan without texts of which *record* holds as much as their columns take, and these columns."""
        wanted = {item.column: item.wanted for item in the_plan.differences}
        full = {name for name in the_plan.cut if self.is_filled(name, wanted[name], record[name])}
        left = tuple(item for item in the_plan.differences if item.column not in full)
        return the_plan._replace(differences=left), sorted(full)

    def is_filled(self, column: str, wanted: object, cell: Cell | None) -> bool:
        """Whether a record holds as much of a longer text as its column takes."""
        return cell is not None and is_start(wanted, cell) and self._dictionary.is_full(column, len(cell.value))


def cut_text(column: str) -> str:
    """The warning about a column that holds less than was asked for."""
    return f"{column} is longer than its column; the instance holds the beginning of it."


def not_shown(table: str, columns: Collection[str]) -> InvalidUsage:
    """The refusal to write *columns* that *table* has not."""
    return InvalidUsage(
        f"{table} shows no field {', '.join(columns)}; check its name, and whether the user may read it. Nothing was "
        "written."
    )


def _names_user(cell: Cell | None) -> bool:
    return cell is not None and f"/{_USERS}/" in (cell.link or "")
