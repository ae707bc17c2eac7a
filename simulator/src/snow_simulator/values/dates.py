"""Dates and durations: stored in UTC as `YYYY-MM-DD HH:MM:SS`, displayed in the user's time zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

FORMAT = "%Y-%m-%d %H:%M:%S"
DEFAULT_ZONE = "America/Los_Angeles"
_DATE_TIME = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{1,2})(?::(\d{1,2}))?(?:\.\d+)?)?(Z)?$")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=64)
def zone(name: str) -> tzinfo:
    """The time zone of that name; the instance's own for an empty or unknown one."""
    try:
        return ZoneInfo(name or DEFAULT_ZONE)
    except (KeyError, ValueError, OSError):
        return ZoneInfo(DEFAULT_ZONE)


def parse(text: str, where: tzinfo = UTC) -> datetime | None:
    """A moment from text in time zone `where`; None where it is not a date."""
    match = _DATE_TIME.match(text.strip())
    if not match:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC if match[7] else where)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def stored(moment: datetime) -> str:
    moment = moment.astimezone(UTC)
    return f"{moment.year:04d}-{moment:%m-%d %H:%M:%S}"


def to_stored(text: str, where: tzinfo = UTC) -> str | None:
    moment = parse(text, where)
    return stored(moment) if moment else None


@lru_cache(maxsize=4096)
def displayed(text: str, where: tzinfo) -> str:
    """A stored date as a user in `where` sees it; text that is no date stays as it is."""
    moment = parse(text)
    if moment is None:
        return text
    try:
        local = moment.astimezone(where)
    except OverflowError:
        return text
    return f"{local.year:04d}-{local:%m-%d %H:%M:%S}"


def duration_display(text: str) -> str:
    """`1970-01-01 00:02:17` is two minutes and seventeen seconds."""
    moment = parse(text)
    if moment is None:
        return text
    seconds = int((moment - _EPOCH).total_seconds())
    parts = []
    for unit, size in (("Day", 86400), ("Hour", 3600), ("Minute", 60), ("Second", 1)):
        amount, seconds = divmod(seconds, size)
        if amount:
            parts.append(f"{amount} {unit}{'s' if amount != 1 else ''}")
    return " ".join(parts) or "0 Seconds"
