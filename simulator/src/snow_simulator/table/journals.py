"""Journals as an instance displays them: every entry with its moment, author and field, the latest first.

    2026-07-15 08:00:00 - Beth Anglin (Work notes)\\nRestarted\\n\\n2026-07-14 ..

Their value is always empty; this format is that of recorded answers.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..store.records import RawRecords, Record
from ..store.schema import Field, Table
from ..values.display import Display

# What the field "comments and work notes" shows together.
_BOTH = ("comments", "work_notes")


class Journals:
    """Display values of journals for one request."""

    def __init__(self, records: RawRecords, display: Display) -> None:
        self.records = records
        self.display = display
        self._entries: dict[str, list[Record]] = {}
        self._authors: dict[str, str] = {}

    def text(self, table: Table, field: Field, sys_id: str) -> str:
        """All entries of the journal `field` of a record, "" where there are none."""
        elements = _BOTH if field.type == "journal_list" else (field.name,)
        entries = [entry for entry in self._of(sys_id) if entry["element"] in elements]
        return "".join(self._entry(table, entry) for entry in entries)

    def _of(self, sys_id: str) -> list[Record]:
        """Entries of a record, the latest first; those of one second by field."""
        if sys_id not in self._entries:
            self.load([sys_id])
        return self._entries[sys_id]

    def load(self, sys_ids: Iterable[str]) -> None:
        """Looks up the entries of many records at once."""
        loaded: dict[str, list[Record]] = {sys_id: [] for sys_id in sys_ids}
        for entry in self.records.among(self.records.schema["sys_journal_field"], "element_id", loaded):
            loaded.setdefault(entry["element_id"], []).append(entry)
        for entries in filter(None, loaded.values()):
            entries.reverse()
            entries.sort(key=lambda entry: entry["element"])
            entries.sort(key=lambda entry: entry["sys_created_on"], reverse=True)
        self._entries |= loaded

    def _entry(self, table: Table, entry: Record) -> str:
        created = self.records.schema["sys_journal_field"].fields["sys_created_on"]
        moment = self.display.value(table, created, entry["sys_created_on"])
        element = table.fields.get(entry["element"])
        label = element.label if element else entry["element"]
        return f"{moment} - {self._author(entry['sys_created_by'])} ({label})\n{entry['value']}\n\n"

    def _author(self, user_name: str) -> str:
        """The author's name; the user name where nobody has it any more."""
        if user_name not in self._authors:
            user = self.records.first(self.records.schema["sys_user"], {"user_name": user_name})
            self._authors[user_name] = (user["name"] if user else "") or user_name
        return self._authors[user_name]
