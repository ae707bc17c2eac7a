"""Values that begin with `javascript:`: the date and user functions of `gs`, without a script engine."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from ..values import dates

PREFIX = "javascript:"
_CALL = re.compile(r"^\s*gs\.(\w+)\(\s*(.*?)\s*\)\s*;?\s*$", re.DOTALL)
_ARGUMENT = re.compile(r"""\s*(?:'([^']*)'|"([^"]*)"|(-?\d{1,6}))\s*""")


@dataclass(frozen=True, slots=True)
class Scope:
    """What the functions know: the caller and the time."""

    user_id: str
    user_name: str
    zone: tzinfo
    now: datetime


def evaluate(value: str, scope: Scope) -> str | None:
    """The value itself if it is no script; None for a script that is not understood."""
    if not value.startswith(PREFIX):
        return value
    call = _CALL.match(value[len(PREFIX) :])
    arguments = _arguments(call[2]) if call else None
    if call is None or arguments is None:
        return None
    try:
        return _run(call[1], arguments, scope)
    except (OverflowError, ValueError):
        return None


def _arguments(text: str) -> list[str] | None:
    if not text:
        return []
    found = []
    for part in text.split(","):
        match = _ARGUMENT.fullmatch(part)
        if not match:
            return None
        found.append(next(group for group in match.groups() if group is not None))
    return found


def _run(name: str, arguments: list[str], scope: Scope) -> str | None:
    match name, arguments:
        case "getUserID", []:
            return scope.user_id
        case "getUserName", []:
            return scope.user_name
        case "now" | "nowDateTime", []:
            text = dates.displayed(dates.stored(scope.now), scope.zone)
            return text[:10] if name == "now" else dates.stored(scope.now)
        case "dateGenerate", [date, moment]:
            return _generate(date, moment, scope)
        case "dateGenerate", [both]:
            # Clients in use pass date and time as one argument.
            return dates.to_stored(both, scope.zone)
        case _, [number]:
            return _ago(name, int(number), scope)
        case _, []:
            return _edge(name, scope)
    return None


def _generate(date: str, moment: str, scope: Scope) -> str | None:
    """The arguments are in the user's time zone; `start` and `end` stand for the ends of the day."""
    time = {"start": "00:00:00", "end": "23:59:59"}.get(moment, moment)
    return dates.to_stored(f"{date} {time}", scope.zone)


_UNITS: dict[str, Callable[[int], timedelta]] = {
    "minutes": lambda n: timedelta(minutes=n),
    "hours": lambda n: timedelta(hours=n),
    "days": lambda n: timedelta(days=n),
    "weeks": lambda n: timedelta(weeks=n),
}
_AGO = re.compile(r"^(minutes|hours|days|weeks|months|quarters|years)Ago(Start|End)?$")


def _ago(name: str, amount: int, scope: Scope) -> str | None:
    match = _AGO.match(name)
    if not match:
        return None
    unit, edge = match[1], match[2]
    local = scope.now.astimezone(scope.zone)
    if unit in _UNITS:
        local -= _UNITS[unit](amount)
    else:
        local = _months(local, -amount * {"months": 1, "quarters": 3, "years": 12}[unit])
    if edge:
        start, end = _period(unit.removesuffix("s"), local)
        local = start if edge == "Start" else end
    return dates.stored(local)


def _months(moment: datetime, amount: int) -> datetime:
    index = moment.year * 12 + moment.month - 1 + amount
    year, month = divmod(index, 12)
    first = moment.replace(year=year, month=month + 1, day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return first.replace(day=min(moment.day, (following - timedelta(days=1)).day))


_EDGE = re.compile(
    r"^(beginning|end)Of(Today|Yesterday|Tomorrow|(?:This|Last|Next)(?:Hour|Week|Month|Quarter|Year)|"
    r"CurrentHour|CurrentMinute)$"
)


def _edge(name: str, scope: Scope) -> str | None:
    """gs.beginningOfToday(), gs.endOfLastMonth() and their like, in the user's time zone."""
    match = _EDGE.match(name)
    if not match:
        return None
    local = scope.now.astimezone(scope.zone)
    which = match[2]
    if which in ("Today", "Yesterday", "Tomorrow"):
        local += timedelta(days={"Today": 0, "Yesterday": -1, "Tomorrow": 1}[which])
        unit = "day"
    else:
        unit = re.sub("This|Last|Next|Current", "", which).lower()
        local = _shift(local, unit, -1 if "Last" in which else 1 if "Next" in which else 0)
    start, end = _period(unit, local)
    return dates.stored(start if match[1] == "beginning" else end)


def _shift(moment: datetime, unit: str, steps: int) -> datetime:
    if unit in ("month", "quarter", "year"):
        return _months(moment, steps * {"month": 1, "quarter": 3, "year": 12}[unit])
    return moment + steps * {"minute": timedelta(minutes=1), "hour": timedelta(hours=1)}.get(unit, timedelta(weeks=1))


def _period(unit: str, moment: datetime) -> tuple[datetime, datetime]:
    """First and last second of the minute, hour, day, week (from Monday), month, quarter or year."""
    start = moment.replace(second=0, microsecond=0)
    if unit == "minute":
        return start, start + timedelta(seconds=59)
    start = start.replace(minute=0)
    if unit == "hour":
        return start, start + timedelta(seconds=3599)
    start = start.replace(hour=0)
    if unit == "day":
        return start, start + timedelta(days=1, seconds=-1)
    if unit == "week":
        start -= timedelta(days=start.weekday())
        return start, start + timedelta(days=7, seconds=-1)
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    start = start.replace(day=1, month=(start.month - 1) // months * months + 1)
    return start, _months(start, months) - timedelta(seconds=1)
