"""SQLite: one SQL table per root of a table hierarchy, text columns, "" for unset.

One connection serves all threads; the instance's lock serializes its use, so a request is one transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from . import functions
from .schema import Schema, Table

Row = tuple[str, ...]
_INTERNAL = "_sequences"
_LETTERS = "_letters"
_MAX_COUNTS = 1000
# How long a file may be in use by a simulator that is just ending.
_LOCKED_SECONDS = 2


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class Database:
    """A thin layer: SQL text with bound parameters in, tuples out."""

    def __init__(self, schema: Schema, path: Path | None = None) -> None:
        self.schema = schema
        self._connection = sqlite3.connect(
            path or ":memory:",
            check_same_thread=False,
            isolation_level=None,
            cached_statements=512,
            timeout=_LOCKED_SECONDS,
        )
        functions.register(self._connection)
        # Columns (root table, name) that hold, or held, letters beyond ASCII: NOCASE cannot compare those.
        self.letters: set[tuple[str, str]] = set()
        self._counts: dict[tuple[str, tuple[object, ...]], int] = {}
        self._counted_at = -1
        if path:
            self._claim(path)
        if not self.is_empty():
            self._read_letters()

    def _claim(self, path: Path) -> None:
        """The file is this process's alone: what is remembered of it, and its workers, would not fit another's."""
        self._connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        try:
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._connection.close()
            raise OSError(f"{path}: {error}; does another simulator use it?") from None

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        return self._connection.execute(sql, parameters).fetchall()

    def count(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """The one number of a SELECT COUNT, remembered until somebody writes: pages of a list ask again and again."""
        changes = self._connection.total_changes
        if changes != self._counted_at or len(self._counts) > _MAX_COUNTS:
            self._counts.clear()
            self._counted_at = changes
        key = (sql, tuple(parameters))
        if key not in self._counts:
            self._counts[key] = int(self.rows(sql, parameters)[0][0])
        return self._counts[key]

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> None:
        self._connection.execute(sql, parameters)

    def execute_many(self, sql: str, parameters: Iterable[Sequence[object]]) -> None:
        self._connection.executemany(sql, parameters)

    def begin(self) -> None:
        if not self._connection.in_transaction:
            self._connection.execute("BEGIN")

    def commit(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
            self._counts.clear()
            # What the transaction has noted of columns is gone from the file with it.
            self._read_letters()

    def close(self) -> None:
        self._connection.close()

    def is_empty(self) -> bool:
        found = self.rows("SELECT 1 FROM sqlite_master WHERE name = ?", (_INTERNAL,))
        return not found

    def create(self) -> None:
        """All tables and indexes; columns that a newer schema adds are added to an existing file."""
        self.execute(f"CREATE TABLE IF NOT EXISTS {_INTERNAL} (name TEXT PRIMARY KEY, last INTEGER NOT NULL)")
        self.execute(f"CREATE TABLE IF NOT EXISTS {_LETTERS} (root TEXT, name TEXT, PRIMARY KEY (root, name))")
        for root in self.schema.roots():
            self._create_table(root)
            for table in root.descendants():
                self._create_indexes(root, table.indexes)
            if root.children:
                # Lists of one class are counted by it.
                self._create_indexes(root, ["sys_class_name"])

    def copy_to(self, other: Database) -> None:
        """Replace everything in `other`; used for reset and to seed a new file."""
        other.rollback()
        self._connection.backup(other._connection)
        other._counts.clear()
        other.letters = set(self.letters)

    def mark_letters(self, root: str, record: Mapping[str, str]) -> None:
        """Called with every record that is written: remembers the columns that hold letters beyond ASCII."""
        if "".join(record.values()).isascii():
            return
        found = {(root, name) for name, value in record.items() if not value.isascii()} - self.letters
        self.execute_many(f"INSERT OR IGNORE INTO {_LETTERS} VALUES (?, ?)", found)
        self.letters |= found

    def _read_letters(self) -> None:
        """From the file; one that an older version wrote is looked through once."""
        known = self.rows("SELECT 1 FROM sqlite_master WHERE name = ?", (_LETTERS,))
        if known:
            self.letters = {(root, name) for root, name in self.rows(f"SELECT root, name FROM {_LETTERS}")}
            return
        self.create()
        for root in self.schema.roots():
            for name in self.schema.columns(root):
                beyond = "GLOB '*[^' || char(1) || '-' || char(127) || ']*'"
                if self.rows(f"SELECT 1 FROM {quoted(root.name)} WHERE {quoted(name)} {beyond} LIMIT 1"):
                    self.mark_letters(root.name, {name: "\u00e9"})

    def _create_table(self, root: Table) -> None:
        columns = self.schema.columns(root)
        body = ", ".join(
            f"{quoted(name)} TEXT NOT NULL DEFAULT '' COLLATE NOCASE" for name in columns if name != "sys_id"
        )
        self.execute(f"CREATE TABLE IF NOT EXISTS {quoted(root.name)} (sys_id TEXT PRIMARY KEY COLLATE NOCASE, {body})")
        present = {row[1] for row in self.rows(f"PRAGMA table_info({quoted(root.name)})")}
        for name in columns:
            if name not in present:
                self.execute(
                    f"ALTER TABLE {quoted(root.name)} ADD COLUMN {quoted(name)} TEXT NOT NULL DEFAULT '' COLLATE NOCASE"
                )

    def _create_indexes(self, root: Table, names: Iterable[str]) -> None:
        for name in names:
            index = quoted(f"ix_{root.name}_{name}")
            self.execute(f"CREATE INDEX IF NOT EXISTS {index} ON {quoted(root.name)} ({quoted(name)})")

    def sequences(self) -> dict[str, int]:
        """The last number of each sequence."""
        return {name: int(last) for name, last in self.rows(f"SELECT name, last FROM {_INTERNAL} ORDER BY name")}

    def set_sequence(self, name: str, last: int) -> None:
        self.execute(f"INSERT OR REPLACE INTO {_INTERNAL} VALUES (?, ?)", (name, last))

    def next_in_sequence(self, name: str, start: int) -> int:
        """The next number of a sequence; it goes up only, also when records are deleted."""
        self.execute(
            f"INSERT INTO {_INTERNAL} VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET last = last + 1",
            (name, start + 1),
        )
        row = self._connection.execute(f"SELECT last FROM {_INTERNAL} WHERE name = ?", (name,)).fetchone()
        return int(row[0])
