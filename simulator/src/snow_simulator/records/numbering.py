"""Record numbers: CHG0040001 and the like."""

from __future__ import annotations

from ..store.records import RawRecords
from ..store.schema import Table

DIGITS = 7


def next_number(raw: RawRecords, source: Table) -> str:
    """The next free number of the table that has the prefix; numbers of loaded data are skipped."""
    while True:
        value = raw.database.next_in_sequence(source.name, source.start)
        number = f"{source.prefix}{value:0{DIGITS}d}"
        if raw.first(source, {"number": number}) is None:
            return number
