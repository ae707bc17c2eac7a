"""What is stored, to what a user sees."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ..store.choices import Choices
from ..store.records import RawRecords
from ..store.schema import Field, Table
from . import dates, scalars
from .formats import DateStyle

if TYPE_CHECKING:
    from ..access.control import Access


class Display:
    """Display values for one request; remembers the references that it has looked up.

    `access` says which records and fields are for the eyes of the user. The display value of a reference is,
    whatever may be read of the record behind it.
    """

    def __init__(self, records: RawRecords, choices: Choices, style: DateStyle, access: Access) -> None:
        self.access = access
        self.records = records
        self.choices = choices
        self.style = style
        self._names: dict[tuple[str, str], str] = {}

    def value(self, table: Table, field: Field, stored: str) -> str:
        """The display value of `stored` in `field` of a record of `table`."""
        if field.type == "due_date":
            return self.style.show(field.type, stored) if stored else "UNKNOWN"
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
            case "glide_date_time" | "glide_date" | "glide_time":
                return self.style.show(field.type, stored)
            case "glide_duration":
                return dates.duration_display(stored)
            case "sys_class_name":
                table = self.records.schema.get(stored)
                return table.label if table else stored
            case "currency" | "price":
                return money(stored)
        return grouped(stored) if field.is_number else stored

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


def grouped(stored: str) -> str:
    """1234567 as 1,234,567; the places stay."""
    number = scalars.number(stored)
    if number is None or abs(number) < 1000:
        return stored
    return f"{Decimal(stored.replace(',', '')):,f}"


def money(stored: str) -> str:
    """`USD;1234.5` as $1,234.50."""
    code, separator, amount = stored.partition(";")
    number = scalars.number(amount)
    if not separator or number is None:
        return stored
    return f"{'-' if number < 0 else ''}{scalars.SYMBOLS.get(code, code)}{abs(number):,.2f}"
