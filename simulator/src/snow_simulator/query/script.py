"""Values that begin with `javascript:`: the date, user and property functions of `gs`, without a script engine.

What is not one of these calls is not understood, and the condition with it is invalid.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from ..store.records import RawRecords
from ..values import dates
from . import moments

PREFIX = "javascript:"
_CALL = re.compile(r"gs\.(getUser\(\)\.)?(\w+)\((.*)\)", re.DOTALL)
_ARGUMENT = re.compile(r"""\s*(?:'([^']*)'|"([^"]*)"|(-?\d{1,6}))\s*""")
# gs.getUser().getEmail() and the like: the column of sys_user that each reads.
_OF_USER = {
    "getID": "sys_id", "getName": "user_name", "getDisplayName": "name", "getFullName": "name", "getEmail": "email",
    "getFirstName": "first_name", "getLastName": "last_name", "getDepartmentID": "department",
    "getCompanyID": "company", "getLocation": "location", "getManagerID": "manager",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scope:
    """What the functions know: the caller, the time, and the system properties."""

    user_id: str
    user_name: str
    zone: tzinfo
    now: datetime
    records: RawRecords | None = None
    properties: Callable[[str, str], str] | None = None

    @property
    def zone_name(self) -> str:
        return str(getattr(self.zone, "key", "UTC"))


def evaluate(value: str, scope: Scope) -> str | None:
    """The value itself if it is no script; None for a script that is not understood."""
    if not value.startswith(PREFIX):
        return value
    call = _call(value)
    arguments = _arguments(call[3]) if call else None
    if call is None or arguments is None:
        return None
    try:
        return _of_user(call[2], scope) if call[1] else _run(call[2], arguments, scope)
    except (OverflowError, ValueError):
        return None


def arguments_of(script: str, name: str) -> list[str] | None:
    """The arguments of `javascript:gs.name(..)`; None for any other text."""
    call = _call(script) if script.startswith(PREFIX) else None
    return _arguments(call[3]) if call and not call[1] and call[2] == name else None


def _call(script: str) -> re.Match[str] | None:
    """Blanks are cut off here: as parts of the expression they would let a long script take minutes."""
    return _CALL.fullmatch(script[len(PREFIX) :].strip().removesuffix(";").rstrip())


def _arguments(text: str) -> list[str] | None:
    if not text.strip():
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
        case "getUserDisplayName", []:
            return _of_user("getDisplayName", scope)
        case "getProperty", [key, *default] if len(default) < 2:
            return scope.properties(key, "".join(default)) if scope.properties else None
        case "getDurationDate", [elapsed]:
            return moments.duration_date(elapsed)
        case _:
            return _date(name, arguments, scope)


def _date(name: str, arguments: list[str], scope: Scope) -> str | None:
    match name, arguments:
        case "now", []:
            return dates.displayed(dates.stored(scope.now), scope.zone)[:10]
        case "nowDateTime", []:
            return dates.stored(scope.now)
        case "yesterday", []:
            return moments.ago("daysAgo", 1, scope.now, scope.zone)
        case "dateGenerate", [date, time]:
            return moments.generate(date, time, scope.zone)
        case "dateGenerate", [both]:
            # Clients in use pass date and time as one argument.
            return dates.to_stored(both, scope.zone)
        case _, [number]:
            return moments.ago(name, int(number), scope.now, scope.zone)
        case _, []:
            return moments.edge(name, scope.now, scope.zone)
    return None


def _of_user(name: str, scope: Scope) -> str | None:
    if name not in _OF_USER or scope.records is None:
        return None
    record = scope.records.get(scope.records.schema["sys_user"], scope.user_id)
    return record.get(_OF_USER[name], "") if record else None
