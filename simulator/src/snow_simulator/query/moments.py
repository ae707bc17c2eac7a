"""The date functions of GlideSystem, on the instance's clock and in the user's time zone.

Each gives the stored form of a moment. `gs.beginningOf..` and `gs.endOf..` exist for each range that a date filter
offers ("Last 30 days"), so the ranges are known by those names too.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from ..values import dates
from ..values.calendar import period, shift

_AGO = re.compile(r"^(minute|hour|day|week|month|quarter|year)sAgo(Start|End)?$")
_RANGE = re.compile(
    r"^(?P<day>Today|Yesterday|Tomorrow|OneYearAgo)$|"
    r"^(?P<which>This|Current|Last|Next)(?P<count>[1-9]\d{0,2})?(?P<unit>Minute|Hour|Day|Week|Month|Quarter|Year)s?$"
)
_DURATION = re.compile(r"^(?:(\d{1,6})\s+)?(\d{1,6}):(\d{1,6})(?::(\d{1,6}))?$")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ago(name: str, amount: int, now: datetime, zone: tzinfo) -> str | None:
    """gs.daysAgo(3), gs.monthsAgoStart(1) and their like; None for any other name."""
    match = _AGO.match(name)
    if not match:
        return None
    unit, edge = match.groups()
    # Steps of hours are elapsed time; from days on they keep the local time of day.
    local = now.astimezone(UTC if unit in ("minute", "hour") else zone)
    moment = shift(local, unit, -amount).astimezone(zone)
    if edge:
        start, end = period(moment, unit)
        moment = start if edge == "Start" else end
    return dates.stored(moment)


def edge(name: str, now: datetime, zone: tzinfo) -> str | None:
    """gs.beginningOfToday(), gs.endOfLast3Months() and their like; None for any other name."""
    which, separator, of = name.partition("Of")
    if not separator or which not in ("beginning", "end"):
        return None
    ends = range_of(of, now, zone)
    return dates.stored(ends[0] if which == "beginning" else ends[1]) if ends else None


def range_of(name: str, now: datetime, zone: tzinfo) -> tuple[datetime, datetime] | None:
    """First and last second of Today, ThisWeek, Last30Days ..; None for an unknown name.

    LastMonth is that month; Last3Months goes from the beginning of the third month back to the end of this one.
    Next2Quarters are the two quarters after this one.
    """
    match = _RANGE.match(name)
    if not match:
        return None
    local = now.astimezone(zone)
    if match["day"]:
        return period(_day(match["day"], local), "day")
    unit, count = match["unit"].lower(), int(match["count"] or 0)
    match match["which"], count:
        case "Last", 0:
            return period(_step(local, unit, -1), unit)
        case "Last", _:
            return period(_step(local, unit, -count), unit)[0], period(local, unit)[1]
        case "Next", _:
            return period(_step(local, unit, 1), unit)[0], period(_step(local, unit, count or 1), unit)[1]
    return period(local, unit) if not count else None


def _step(local: datetime, unit: str, steps: int) -> datetime:
    if unit in ("minute", "hour"):
        return shift(local.astimezone(UTC), unit, steps).astimezone(local.tzinfo)
    return shift(local, unit, steps)


def _day(name: str, local: datetime) -> datetime:
    if name == "OneYearAgo":
        return shift(local, "year", -1)
    return shift(local, "day", {"Today": 0, "Yesterday": -1, "Tomorrow": 1}[name])


def generate(date: str, time: str, zone: tzinfo) -> str | None:
    """gs.dateGenerate: arguments in the user's time zone; `start` and `end` stand for the ends of the day."""
    moment = {"start": "00:00:00", "end": "23:59:59"}.get(time, time)
    return dates.to_stored(f"{date} {moment}", zone)


def duration_date(text: str) -> str | None:
    """gs.getDurationDate('1 2:30:00'): the stored form of a duration of days, hours, minutes and seconds."""
    match = _DURATION.match(text.strip())
    if not match:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return dates.stored(_EPOCH + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds))
