"""Periods of time: when the entries of a schedule are, and what is left of some time without others.

Nothing here knows of records. A period is a pair of UTC datetimes, its end not included.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

Period = tuple[datetime, datetime]
REPEATS = ("daily", "weekdays", "weekends", "weekly", "monthly", "yearly")
# Nothing is looked up further than this: it bounds the work that one request can cause.
LONGEST = timedelta(days=3660)
_FIRST, _LAST = datetime(1971, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_COMPACT = re.compile(r"^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(Z?)$")


@dataclass(frozen=True, slots=True)
class Span:
    """One entry of a schedule: its first occurrence in local time, and how it comes again."""

    start: datetime
    end: datetime
    zone: tzinfo
    repeat: str = ""
    every: int = 1
    until: date | None = None
    weekdays: frozenset[int] = frozenset()

    def occurrences(self, period: Period) -> Iterator[Period]:
        """Those that touch `period`, in order."""
        begin, end = bounded(period)
        length = min(self.end - self.start, LONGEST) if self.repeat else self.end - self.start
        if length <= timedelta():
            return
        day = last = self.start.date()
        if self.repeat:
            day = max(day, (begin - length - timedelta(days=2)).date())
            last = min(end.date() + timedelta(days=1), self.until or date.max)
        while day <= last:
            if self._falls_on(day):
                local = datetime.combine(day, self.start.time())
                found = (self._utc(local), self._utc(local + length))
                if found[0] < end and found[1] > begin:
                    yield found
            day += timedelta(days=1)

    def _utc(self, local: datetime) -> datetime:
        return local.replace(tzinfo=self.zone).astimezone(UTC)

    def _falls_on(self, day: date) -> bool:
        first = self.start.date()
        months = (day.year - first.year) * 12 + day.month - first.month
        match self.repeat:
            case "daily":
                return (day - first).days % self.every == 0
            case "weekdays":
                return day.weekday() < 5
            case "weekends":
                return day.weekday() >= 5
            case "weekly":
                weeks = (_monday(day) - _monday(first)).days // 7
                return weeks % self.every == 0 and day.isoweekday() in (self.weekdays or {first.isoweekday()})
            case "monthly":
                return day.day == first.day and months % self.every == 0
            case "yearly":
                return day.day == first.day and months % (12 * self.every) == 0
        return day == first


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def bounded(period: Period) -> Period:
    """Away from the ends of the calendar, and not longer than `LONGEST`."""
    begin = min(max(period[0], _FIRST), _LAST)
    return begin, min(max(period[1], begin), begin + LONGEST)


def local_time(text: str) -> tuple[datetime, bool] | None:
    """`20210508T010000[Z]` or `2021-05-08 01:00:00[Z]`: the time without zone, and whether it is UTC."""
    match = _COMPACT.match(text.strip())
    if match:
        text = "{}-{}-{} {}:{}:{}{}".format(*match.groups())
    utc = text.rstrip().endswith("Z")
    try:
        moment = datetime.fromisoformat(text.strip().removesuffix("Z"))
    except ValueError:
        return None
    inside = _FIRST.year <= moment.year < _LAST.year and moment.tzinfo is None
    return (moment, utc) if inside else None


def overlapping(one: Period, other: Period) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def when(spans: Iterable[Span], period: Period) -> Iterator[Period]:
    """The occurrences of all spans that touch `period`, in order, joined where they overlap or touch."""
    joined: Period | None = None
    for found in heapq.merge(*(span.occurrences(period) for span in spans)):
        if joined and found[0] <= joined[1]:
            joined = (joined[0], max(joined[1], found[1]))
        else:
            if joined:
                yield joined
            joined = found
    if joined:
        yield joined


def covered(spans: Iterable[Span], period: Period) -> bool:
    """Whether the whole of `period` lies in one window."""
    return any(begin <= period[0] and period[1] <= end for begin, end in when(spans, period))


def touched(spans: Iterable[Span], period: Period) -> bool:
    """Whether some of `period` lies in a window."""
    return next(when(spans, period), None) is not None


def intersect(period: Period, windows: Iterable[Period]) -> list[Period]:
    cut = ((max(period[0], begin), min(period[1], end)) for begin, end in windows)
    return [(begin, end) for begin, end in cut if begin < end]


def without(free: Iterable[Period], busy: Iterable[Period]) -> list[Period]:
    """What is left of `free`."""
    left = list(free)
    for taken in busy:
        pieces = [piece for period in left for piece in _cut(period, taken)]
        left = [piece for piece in pieces if piece[0] < piece[1]]
    return left


def _cut(period: Period, taken: Period) -> list[Period]:
    if not overlapping(period, taken):
        return [period]
    return [(period[0], taken[0]), (taken[1], period[1])]
