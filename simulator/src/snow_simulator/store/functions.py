"""SQL functions of the simulator's own: letters without case beyond ASCII, and parts and periods of dates.

SQLite's NOCASE knows ASCII letters only. `fold` does the rest, for columns that hold other letters (see
Database.mark_letters); all others are compared by SQLite alone, with their indexes.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from functools import lru_cache

from ..values import calendar, dates


class _Folded(dict[int, int]):
    """Code point to that of the letter without its case, filled as needed. ASCII is left to NOCASE."""

    def __missing__(self, code: int) -> int:
        letter = chr(code)
        forms = (letter.casefold(), letter.lower())
        found = next((ord(form) for form in forms if len(form) == 1 and not form.isascii()), code)
        self[code] = code if letter.isascii() else found
        return self[code]


_FOLDED = _Folded()


def fold(text: str) -> str:
    """Text whose non-ASCII letters have lost their case; one letter stays one letter."""
    return text if text.isascii() else text.translate(_FOLDED)


@lru_cache(maxsize=4096)
def date_part(text: str, unit: str, zone: str) -> int | None:
    """The number of a part of a stored date in a time zone; NULL where it is no date."""
    moment = dates.parse(text)
    return calendar.part(_local(moment, zone), unit) if moment else None


@lru_cache(maxsize=4096)
def date_period(text: str, unit: str, zone: str) -> str | None:
    """The local beginning of the unit in which a stored date is; NULL where it is no date, or ends the calendar."""
    moment = dates.parse(text)
    try:
        return f"{calendar.period(_local(moment, zone), unit)[0]:%Y-%m-%d %H:%M:%S}" if moment else None
    except (OverflowError, ValueError):
        return None


@lru_cache(maxsize=4096)
def date_shift(text: str, unit: str, steps: int) -> str | None:
    """A stored date some units later; NULL where it is no date, or beyond the calendar."""
    moment = dates.parse(text)
    try:
        return dates.stored(calendar.shift(moment, unit, steps)) if moment else None
    except (OverflowError, ValueError):
        return None


def register(connection: sqlite3.Connection) -> None:
    connection.create_function("fold", 1, fold, deterministic=True)
    connection.create_function("date_part", 3, date_part, deterministic=True)
    connection.create_function("date_period", 3, date_period, deterministic=True)
    connection.create_function("date_shift", 3, date_shift, deterministic=True)


def _local(moment: datetime, zone: str) -> datetime:
    try:
        return moment.astimezone(dates.zone(zone) if zone else UTC)
    except OverflowError:
        return moment
