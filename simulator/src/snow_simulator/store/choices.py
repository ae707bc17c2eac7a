"""Choice lists: value and label of each option, inherited down the table tree."""

from __future__ import annotations

from .database import Database
from .schema import Table


class Choices:
    """Reads sys_choice once and forgets it whenever somebody writes there."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lists: dict[tuple[str, str], dict[str, str]] | None = None
        self._resolved: dict[tuple[str, str], dict[str, str]] = {}

    def forget(self) -> None:
        self._lists = None
        self._resolved = {}

    def of(self, table: Table, element: str) -> dict[str, str]:
        """value -> label; empty where the field has no choice list. The nearest table's list counts."""
        key = (table.name, element)
        if key not in self._resolved:
            lists = self._load()
            found = (lists.get((level.name, element)) for level in table.lineage())
            self._resolved[key] = next((choices for choices in found if choices), {})
        return self._resolved[key]

    def by_label(self, table: Table, element: str, text: str) -> str | None:
        """The value whose value or label is `text`, in any case."""
        wanted = text.strip().lower()
        choices = self.of(table, element)
        for value, label in choices.items():
            if wanted in (value.lower(), label.lower()):
                return value
        return None

    def _load(self) -> dict[tuple[str, str], dict[str, str]]:
        if self._lists is None:
            self._lists = {}
            sql = (
                "SELECT name, element, value, label FROM sys_choice "
                "WHERE inactive <> 'true' ORDER BY name, element, CAST(sequence AS REAL)"
            )
            for name, element, value, label in self._database.rows(sql):
                self._lists.setdefault((name, element), {})[value] = label
        return self._lists
