# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an instance says of the columns of a table: whether they are there, of what kind, and how long.

Source: ServiceNow documentation, tables "Dictionary Entry" (sys_dictionary) and "Table" (sys_db_object), "Field types".
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.cells import Record, record_of
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import Forbidden, NotFound
from ansible_collections.changegate.snow.plugins.module_utils.fields import known_columns, known_parents
from ansible_collections.changegate.snow.plugins.module_utils.query import all_of, check_field, check_table

_MOST_ROWS = 5000
#: No class of a CMDB stands lower than this below the table that it extends in the end.
_DEEPEST = 12
#: What most tables of interest extend: used where the user may not read what a table extends.
_USUAL_PARENTS = ("task", "cmdb_ci", "cmdb")
#: A row that every dictionary has: it tells one without the columns from one that the user may not read.
_WITNESS = {"name": "sys_user", "element": "user_name"}

#: Types of columns whose values have forms of their own. Texts, choices and dates show their form themselves.
_KINDS = {
    "boolean": "boolean",
    "integer": "number",
    "longint": "number",
    "decimal": "number",
    "float": "number",
    "reference": "reference",
    "glide_list": "list",
    "glide_time": "time",
    "glide_duration": "duration",
    "currency": "currency",
    "price": "currency",
    "html": "html",
    "translated_html": "html",
    "journal": "journal",
    "journal_input": "journal",
    "journal_list": "journal",
    "password": "secret",
    "password2": "secret",
    "glide_encrypted": "secret",
}


class Column(NamedTuple):
    """A column, as far as the instance tells.

    :param kind: one of ``values.KINDS`` or ``journal``; ``auto`` for all others.
    :param length: the most characters that it holds; 0 where that is not known.
    :param refers_to: the table of the records that it names.
    """

    kind: str = "auto"
    length: int = 0
    refers_to: str = ""


class Dictionary:
    """The columns of *table*, those that it inherits included. Each is asked about once; shared by threads.

    What the user may not read proves nothing: then a column is one of which nothing is known.
    """

    def __init__(self, client: Client, table: str) -> None:
        self._client = client
        self._table = check_table(table)
        self._known: dict[str, Column | None] = {}
        self._tables: tuple[str, ...] | None = None
        self._lock = threading.Lock()

    def columns(self, names: Collection[str]) -> dict[str, Column]:
        """Those of the columns *names* that the table has. One request, two for a table that is not a usual one."""
        with self._lock:
            new = sorted({check_field(name) for name in names} - self._known.keys())
            if new:
                self._known.update(self._look_up(new))
            return {name: column for name in names if (column := self._known[name]) is not None}

    def missing(self, names: Collection[str]) -> list[str]:
        """Those of *names* that the table has not; columns that every instance has are not asked about."""
        doubtful = sorted(set(names) - known_columns(self._table))
        there = self.columns(doubtful)
        return [name for name in doubtful if name not in there]

    def is_full(self, name: str, length: int) -> bool:
        """Whether a text of that length fills the column."""
        column = self.columns([name]).get(name)
        return column is not None and column.length == length

    def _look_up(self, names: Sequence[str]) -> dict[str, Column | None]:
        if self._tables is None:
            self._tables = self._lineage()
        lineage = self._tables
        tables = lineage or tuple(dict.fromkeys((self._table, *_USUAL_PARENTS)))
        query = f"nameIN{','.join(tables)}^elementIN{','.join(names)}^NQ{all_of(_WITNESS)}"
        fields = ["name", "element", "internal_type", "max_length", "reference", "active"]
        rows = self._rows("sys_dictionary", query, fields)
        found = {(row["name"].value, row["element"].value): row for row in rows if _is_active(row)}
        readable = (_WITNESS["name"], _WITNESS["element"]) in found
        absent = None if readable and lineage else Column()
        columns: dict[str, Column | None] = {}
        for name in names:
            # The nearest table has the last word.
            row = next((found[table, name] for table in tables if (table, name) in found), None)
            columns[name] = absent if row is None else _column(row)
        return columns

    def _lineage(self) -> tuple[str, ...]:
        """The table, what it extends, and so on; empty if that is not to be learned."""
        usual = known_parents(self._table)
        if usual is not None:
            return (self._table, *usual)
        names = [".".join([*["super_class"] * level, "name"]) for level in range(_DEEPEST + 1)]
        rows = self._rows("sys_db_object", all_of({"name": self._table}), names)
        if len(rows) != 1:
            return ()
        lineage = [rows[0][name].value for name in names if name in rows[0] and rows[0][name].value]
        return tuple(lineage) if lineage[:1] == [self._table] and len(lineage) <= _DEEPEST else ()

    def _rows(self, table: str, query: str, fields: Sequence[str]) -> list[Record]:
        """What a query finds; nothing where the user may not read. That it cannot be read now is an error."""
        try:
            rows = self._client.table(table).get(query=query, fields=fields, limit=_MOST_ROWS).all()
            return [record_of(row) for row in rows]
        except (Forbidden, NotFound):
            return []


def missing_paths(client: Client, table: str, paths: Collection[str]) -> list[str]:
    """Those of *paths* that lead to no column: of *table*, or with dots (``caller_id.name``) of what references name.

    A way that the dictionary does not know, as behind a reference to any table, is taken for one.
    """
    dictionaries = {table: Dictionary(client, table)}
    dictionaries[table].columns({path.split(".")[0] for path in paths})

    def leads_nowhere(path: str) -> bool:
        place = table
        for name in path.split("."):
            if not place:
                return False
            dictionary = dictionaries.setdefault(place, Dictionary(client, place))
            column = dictionary.columns([name]).get(name)
            if column is None:
                return True
            place = column.refers_to
        return False

    return [path for path in paths if leads_nowhere(path)]


def _is_active(row: Mapping[str, object]) -> bool:
    return {"name", "element"} <= row.keys() and str(getattr(row.get("active"), "value", "")) != "false"


def _column(row: Record) -> Column:
    kind, length, table = (
        row[name].value if name in row else "" for name in ("internal_type", "max_length", "reference")
    )
    return Column(_KINDS.get(kind, "auto"), int(length) if length.isdigit() else 0, table)
