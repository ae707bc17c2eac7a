"""Raw records: a dict of text values for each, no rules and no conversion."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from functools import lru_cache

from .changes import Change
from .database import Database, quoted
from .schema import Table

Record = dict[str, str]


def new_sys_id() -> str:
    return uuid.uuid4().hex


class RawRecords:
    """Reads and writes rows of any table by key. Everything above this applies the instance's rules."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.schema = database.schema
        self._column_names: dict[str, list[str]] = {}
        # Where somebody wants to know them: the changes of the transaction that is going on.
        self.changes: list[Change] | None = None

    def get(self, table: Table, sys_id: str) -> Record | None:
        return self.first(table, {"sys_id": sys_id})

    def first(self, table: Table, match: dict[str, str]) -> Record | None:
        found = self.find(table, match, limit=1)
        return found[0] if found else None

    def find(self, table: Table, match: dict[str, str], *, limit: int = -1) -> list[Record]:
        """Records whose columns equal `match` (ignoring case), oldest row first."""
        conditions = [f"{quoted(name)} = ?" for name in match]
        parameters: list[object] = list(match.values())
        if condition := self.class_condition(table):
            conditions.append(condition)
        where = " AND ".join(conditions) or "1"
        sql = f"SELECT * FROM {quoted(table.root.name)} WHERE {where} ORDER BY rowid LIMIT ?"
        columns = self._columns(table)
        return [self._record(columns, row) for row in self.database.rows(sql, (*parameters, limit))]

    def among(self, table: Table, name: str, values: Iterable[str]) -> list[Record]:
        """Records of a root table whose column is one of `values`, oldest row first."""
        where = f"{quoted(name)} IN (SELECT value FROM json_each(?))"
        sql = f"SELECT * FROM {quoted(table.name)} WHERE {where} ORDER BY rowid"
        columns = self._columns(table)
        return [self._record(columns, row) for row in self.database.rows(sql, [json.dumps(list(values))])]

    def by_ids(self, table: Table, sys_ids: Iterable[str]) -> list[Record]:
        found = (self.get(table, sys_id) for sys_id in sys_ids)
        return [record for record in found if record]

    def insert(self, table: Table, record: Record) -> None:
        record.setdefault("sys_class_name", table.name)
        if self.changes is not None:
            self.changes.append(Change(table.root.name, record["sys_id"], None))
        self.database.mark_letters(table.root.name, record)
        self.database.execute(_insertion(table.root.name, tuple(record)), list(record.values()))

    def update(self, table: Table, sys_id: str, values: Record) -> None:
        if values:
            self._remember(table, sys_id)
            self.database.mark_letters(table.root.name, values)
            assignments = ", ".join(f"{quoted(name)} = ?" for name in values)
            self.database.execute(
                f"UPDATE {quoted(table.root.name)} SET {assignments} WHERE sys_id = ?",
                [*values.values(), sys_id],
            )

    def delete(self, table: Table, sys_id: str) -> None:
        self._remember(table, sys_id)
        self.database.execute(f"DELETE FROM {quoted(table.root.name)} WHERE sys_id = ?", (sys_id,))

    def _remember(self, table: Table, sys_id: str) -> None:
        if self.changes is None:
            return
        name = table.root.name
        for rowid, *row in self.database.rows(f"SELECT rowid, * FROM {quoted(name)} WHERE sys_id = ?", (sys_id,)):
            before = self._record(self._columns(table), tuple(row))
            self.changes.append(Change(name, sys_id, before, int(rowid)))

    @staticmethod
    def class_condition(table: Table, alias: str = "", *, by_index: bool = False) -> str:
        """Restricts the shared SQL table to the records of this class and what extends it.

        `by_index`: nothing else restricts them. Otherwise a `+` keeps SQLite from taking this index for a better one.
        """
        if table.parent is None:
            return ""
        column = f"{'' if by_index else '+'}{alias}{'.' if alias else ''}sys_class_name"
        names = ", ".join(f"'{item.name}'" for item in table.descendants())
        return f"{column} IN ({names})"

    def class_of(self, record: Record, table: Table) -> Table:
        """The table that a record really belongs to, for one found through a base table."""
        return self.schema.get(record.get("sys_class_name", "")) or table

    def _columns(self, table: Table) -> list[str]:
        # An older --database file may have its columns in another order than the schema.
        root = table.root.name
        if root not in self._column_names:
            info = self.database.rows(f"PRAGMA table_info({quoted(root)})")
            self._column_names[root] = [row[1] for row in info]
        return self._column_names[root]

    @staticmethod
    def _record(columns: list[str], row: tuple[str, ...]) -> Record:
        return dict(zip(columns, row, strict=True))


@lru_cache(maxsize=1024)
def _insertion(root: str, names: tuple[str, ...]) -> str:
    columns = ", ".join(quoted(name) for name in names)
    return f"INSERT INTO {quoted(root)} ({columns}) VALUES ({', '.join('?' for _ in names)})"
