"""One change of one record, so that it can be undone."""

from __future__ import annotations

from dataclasses import dataclass

from .database import Database, quoted


@dataclass(frozen=True, slots=True)
class Change:
    """`before` is the record as it was, None for one that was inserted; `rowid` keeps its place in lists."""

    table: str
    sys_id: str
    before: dict[str, str] | None
    rowid: int = 0

    @property
    def key(self) -> tuple[str, str]:
        return (self.table, self.sys_id.lower())

    def undo(self, database: Database) -> None:
        database.execute(f"DELETE FROM {quoted(self.table)} WHERE sys_id = ?", (self.sys_id,))
        if self.before is not None:
            names = ", ".join(quoted(name) for name in self.before)
            marks = ", ".join("?" for _ in self.before)
            # SQLite gives the place of a deleted record to a later one, which may be there to stay.
            place = f"SELECT ? WHERE NOT EXISTS (SELECT 1 FROM {quoted(self.table)} WHERE rowid = ?)"
            database.execute(
                f"INSERT INTO {quoted(self.table)} (rowid, {names}) VALUES (({place}), {marks})",
                (self.rowid, self.rowid, *self.before.values()),
            )
