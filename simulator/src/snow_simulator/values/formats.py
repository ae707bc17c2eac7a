"""Date and time formats of a user, in the patterns of Java's SimpleDateFormat that instances use (`dd/MM/yyyy`)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache

from . import dates

DATE = "yyyy-MM-dd"
TIME = "HH:mm:ss"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TOKEN = re.compile(r"y+|M+|d+|H+|h+|m+|s+|a+|[^a-zA-Z]+|.")
# Letters: how a moment is shown, what is read, and the part of a date that it is.
_LETTERS: dict[str, tuple[Callable[[datetime], str], str, str]] = {
    "yyyy": (lambda m: f"{m.year:04d}", r"\d{4}", "year"),
    "yy": (lambda m: f"{m.year % 100:02d}", r"\d{2}", "century"),
    "MMM": (lambda m: _MONTHS[m.month - 1], r"[A-Za-z]{3}", "name"),
    "MM": (lambda m: f"{m.month:02d}", r"\d{1,2}", "month"),
    "M": (lambda m: str(m.month), r"\d{1,2}", "month"),
    "dd": (lambda m: f"{m.day:02d}", r"\d{1,2}", "day"),
    "d": (lambda m: str(m.day), r"\d{1,2}", "day"),
    "HH": (lambda m: f"{m.hour:02d}", r"\d{1,2}", "hour"),
    "H": (lambda m: str(m.hour), r"\d{1,2}", "hour"),
    "hh": (lambda m: f"{m.hour % 12 or 12:02d}", r"\d{1,2}", "hour"),
    "h": (lambda m: str(m.hour % 12 or 12), r"\d{1,2}", "hour"),
    "mm": (lambda m: f"{m.minute:02d}", r"\d{1,2}", "minute"),
    "m": (lambda m: str(m.minute), r"\d{1,2}", "minute"),
    "ss": (lambda m: f"{m.second:02d}", r"\d{1,2}", "second"),
    "s": (lambda m: str(m.second), r"\d{1,2}", "second"),
    "a": (lambda m: "AM" if m.hour < 12 else "PM", r"[AaPp][Mm]", "half"),
}


class Pattern:
    """One format, to show moments and to read them. ValueError for a letter that is not known."""

    def __init__(self, text: str) -> None:
        self._show: list[Callable[[datetime], str] | str] = []
        pattern = ""
        for token in _TOKEN.findall(text):
            if token in _LETTERS:
                show, expression, name = _LETTERS[token]
                self._show.append(show)
                pattern += f"(?P<{name}>{expression})"
            elif token.isalpha():
                raise ValueError(f"'{token}' in '{text}' is no part of a date format")
            else:
                self._show.append(token)
                pattern += re.escape(token)
        try:
            self._read = re.compile(pattern)
        except re.error:
            raise ValueError(f"'{text}' has a part twice") from None

    def show(self, moment: datetime) -> str:
        return "".join(part if isinstance(part, str) else part(moment) for part in self._show)

    def read(self, text: str, where: tzinfo) -> datetime | None:
        match = self._read.fullmatch(text.strip())
        if not match:
            return None
        found = match.groupdict()
        try:
            return datetime(
                _year(found), _month(found), int(found.get("day", 1)), _hour(found),
                int(found.get("minute", 0)), int(found.get("second", 0)), tzinfo=where,
            )  # fmt: skip
        except ValueError:
            return None


def _year(found: dict[str, str]) -> int:
    if "century" in found:
        short = int(found["century"])
        return short + (2000 if short < 70 else 1900)
    return int(found.get("year", 1970))


def _month(found: dict[str, str]) -> int:
    return _MONTHS.index(found["name"].title()) + 1 if "name" in found else int(found.get("month", 1))


def _hour(found: dict[str, str]) -> int:
    hour = int(found.get("hour", 0))
    if "half" not in found:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError("no hour of half a day")
    return hour % 12 + (12 if found["half"].upper() == "PM" else 0)


@lru_cache(maxsize=64)
def pattern(text: str, fallback: str) -> Pattern:
    """The pattern, or `fallback` where it cannot be understood or is empty."""
    try:
        return Pattern(text or fallback)
    except ValueError:
        return Pattern(fallback)


@dataclass(frozen=True, slots=True)
class DateStyle:
    """How one user sees and writes dates: sys_user.time_zone, date_format and time_format."""

    zone: tzinfo = UTC
    date_format: str = DATE
    time_format: str = TIME

    def show(self, kind: str, stored: str) -> str:
        """`kind` is the type of the field; text that is no date stays as it is."""
        moment = dates.parse(stored)
        if moment is None:
            return stored
        try:
            local = moment if kind == "glide_date" else moment.astimezone(self.zone)
        except OverflowError:
            return stored
        return self._pattern(kind).show(local)

    def read(self, kind: str, text: str) -> str | None:
        """The stored form; None for text that is not in the user's format."""
        moment = self._pattern(kind).read(text, UTC if kind == "glide_date" else self.zone)
        if moment is None:
            return None
        try:
            stored = dates.stored(moment)
        except OverflowError:
            return None
        if kind == "glide_time":
            return f"1970-01-01 {stored[11:]}"
        return stored[:10] if kind == "glide_date" else stored

    def _pattern(self, kind: str) -> Pattern:
        if kind == "glide_date":
            return pattern(self.date_format, DATE)
        if kind == "glide_time":
            return pattern(self.time_format, TIME)
        return pattern(f"{self.date_format or DATE} {self.time_format or TIME}", f"{DATE} {TIME}")
