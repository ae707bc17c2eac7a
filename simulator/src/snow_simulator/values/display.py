"""What is stored, to what a user sees."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING

from ..store.choices import Choices
from ..store.records import RawRecords
from ..store.schema import Field, Table
from . import dates

if TYPE_CHECKING:
    from ..access.control import Access


class Display:
    """Display values for one request; remembers the references that it has looked up.

    `access` says which records and fields are for the eyes of the user. The display value of a reference is,
    whatever may be read of the record behind it.
    """

    def __init__(self, records: RawRecords, choices: Choices, zone: tzinfo, access: Access) -> None:
        self.access = access
        self.records = records
        self.choices = choices
        self.zone = zone
        self._names: dict[tuple[str, str], str] = {}

    def value(self, table: Table, field: Field, stored: str) -> str:
        """The display value of `stored` in `field` of a record of `table`."""
        if field.type == "due_date":
            return self._date(stored) if stored else "UNKNOWN"
        if stored == "":
            return ""
        choices = self.choices.of(table, field.name)
        if choices:
            return choices.get(stored, stored)
        return self._by_type(field, stored)

    def _by_type(self, field: Field, stored: str) -> str:
        match field.type:
            case "reference":
                return self.name(field.reference, stored)
            case "glide_list":
                return ", ".join(self.name(field.reference, item) or item for item in stored.split(","))
            case "glide_date_time":
                return self._date(stored)
            case "glide_duration":
                return dates.duration_display(stored)
            case "sys_class_name":
                table = self.records.schema.get(stored)
                return table.label if table else stored
        return stored

    def name(self, table_name: str, sys_id: str) -> str:
        """The display value of a referenced record, "" where it does not exist."""
        key = (table_name, sys_id)
        if key not in self._names:
            self._names[key] = self._lookup(table_name, sys_id)
        return self._names[key]

    def _lookup(self, table_name: str, sys_id: str) -> str:
        table = self.records.schema.get(table_name)
        record = self.records.get(table, sys_id) if table else None
        if table is None or record is None:
            return ""
        return record.get(self.records.class_of(record, table).display_field(), "")

    def _date(self, stored: str) -> str:
        return dates.displayed(stored, self.zone)
