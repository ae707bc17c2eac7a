"""Calendar arithmetic on local time: periods, their numbers, and steps from one to another.

Units are minute, hour, day, week, month, quarter and year. Moments have a time zone; what is computed is local
to it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

UNITS = ("minute", "hour", "day", "week", "month", "quarter", "year")
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_FIXED = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}


def shift(moment: datetime, unit: str, steps: int) -> datetime:
    """`steps` units later, or earlier if negative; the last day of a month where the day does not exist.

    Raises OverflowError or ValueError beyond the years that a date can have.
    """
    if unit in _MONTHS:
        return _months(moment, steps * _MONTHS[unit])
    return moment + steps * _FIXED[unit]


def period(moment: datetime, unit: str) -> tuple[datetime, datetime]:
    """The first and the last second of the unit in which `moment` is; weeks begin on Monday."""
    start = moment.replace(second=0, microsecond=0)
    if unit == "minute":
        return start, start + timedelta(seconds=59)
    start = start.replace(minute=0)
    if unit == "hour":
        return start, start + timedelta(seconds=3599)
    start = start.replace(hour=0)
    if unit == "week":
        start -= timedelta(days=start.weekday())
    elif unit in _MONTHS:
        months = _MONTHS[unit]
        start = start.replace(day=1, month=(start.month - 1) // months * months + 1)
    return start, shift(start, unit, 1) - timedelta(seconds=1)


def part(moment: datetime, unit: str) -> int:
    """A number for the part of a date that trends compare (gs.datePart).

    hour 0-23, dayofweek 0-6 from Sunday, week 0-53 (a year's first Sunday begins week 1), month and quarter from 1.
    """
    match unit:
        case "hour":
            return moment.hour
        case "dayofweek":
            return moment.isoweekday() % 7
        case "week":
            return int(moment.strftime("%U"))
        case "month":
            return moment.month
        case "quarter":
            return (moment.month + 2) // 3
    return moment.year


def _months(moment: datetime, amount: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + amount, 12)
    first = moment.replace(year=year, month=month + 1, day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return first.replace(day=min(moment.day, (following - timedelta(days=1)).day))
