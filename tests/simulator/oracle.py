"""What a query finds, worked out naively on dictionaries in memory.

Written from the documents and apart from the simulator, of which nothing is imported: it takes the tree of a random
query (random_queries.py), not its text, and looks at one record after the other.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, str]
# field -> kind of its values; what is not here is text.
KINDS = {
    "u_integer": "number", "u_decimal": "number", "u_float": "number", "u_level": "number", "u_cost": "money",
    "u_flag": "flag", "u_when": "moment", "u_until": "moment", "u_day": "day", "u_time": "time",
    "u_elapsed": "elapsed",
}  # fmt: skip
REFERENCES = {"u_person": "people", "u_parent": "rows", "manager": "people"}
DISPLAY = {"people": "name", "rows": "u_name"}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MONTHS = {"month": 1, "quarter": 3, "year": 12}
PIECES: dict[str, Callable[[str, str], bool]] = {
    **dict.fromkeys(("LIKE", "CONTAINS", "*"), lambda piece, text: piece in text),
    **dict.fromkeys(("NOT LIKE", "NOTLIKE", "DOES NOT CONTAIN", "!*"), lambda piece, text: piece not in text),
    "STARTSWITH": lambda piece, text: text.startswith(piece),
    **dict.fromkeys(("ENDSWITH", "%"), lambda piece, text: text.endswith(piece)),
}


@dataclass
class World:
    """All records by sys_id, and who asks when."""

    rows: dict[str, Row]
    people: dict[str, Row]
    groups_of_me: list[str]
    me: str
    now: datetime
    zone: ZoneInfo
    descendants: dict[str, set[str]] = field(default_factory=dict)

    def table(self, name: str) -> dict[str, Row]:
        return self.people if name == "people" else self.rows


def value_of(world: World, row: Row, path: str) -> str:
    *references, last = path.split(".")
    for name in references:
        row = world.table(REFERENCES[name]).get(row.get(name, ""), {})
    return row.get(last, "")


def shown(world: World, row: Row, path: str) -> str:
    """A reference by its name, everything else as it is."""
    last = path.rpartition(".")[2]
    return value_of(world, row, f"{path}.{DISPLAY[REFERENCES[last]]}" if last in REFERENCES else path)


# Conditions --------------------------------------------------------------------------------------------


def holds(world: World, row: Row, path: str, operator: str, value: Any) -> bool:
    if operator in PIECES:
        return PIECES[operator](value.lower(), shown(world, row, path).lower())
    have = value_of(world, row, path)
    kind = KINDS.get(path.rpartition(".")[2], "text")
    match operator:
        case "=":
            return same(kind, have, value)
        case "!=":
            return not same(kind, have, value)
        case "IN" | "NOT IN":
            return any(same(kind, have, item.strip()) for item in value.split(",")) == (operator == "IN")
        case "ISEMPTY" | "EMPTYSTRING":
            return have == ""
        case "ISNOTEMPTY":
            return have != ""
        case "ANYTHING":
            return True
        case "<" | ">" | "<=" | ">=":
            return compare(operator, ordinal(kind, have, stored=True), ordinal(kind, value))
        case "BETWEEN":
            return all(holds(world, row, path, symbol, end) for symbol, end in zip((">=", "<="), value, strict=True))
        case "DYNAMIC" | "MINE":
            return have in (world.groups_of_me if value == "groups" else [world.me])
        case "INSTANCEOF":
            return have in world.descendants[value]
    return holds_between_fields(world, row, path, operator, value) or holds_of_dates(world, have, kind, operator, value)


def same(kind: str, have: str, value: str) -> bool:
    if kind == "money" and value and have and ";" not in value:
        return number(value) is not None and number(value) == number(have.split(";")[1])
    if have == "" or value == "":
        return have == value
    left, right = ordinal(kind, have, stored=True), ordinal(kind, value)
    if kind == "money":
        return right is not None and left == right and have[:3].lower() == value[:3].lower()
    return right is not None and left == right


def ordinal(kind: str, text: str, *, stored: bool = False) -> Any:
    """Something to compare: None for what cannot be, and for stored text that is empty."""
    if stored and text == "":
        return None
    match kind:
        case "number":
            return number(text)
        case "money":
            return number(text.split(";")[-1])
        case "flag":
            return {"1": "true", "0": "false"}.get(text, text).lower() if not stored else text
        case "moment":
            return moment(text) or text.lower()
        case "day":
            return text[:10]
        case "time":
            return text.rpartition(" ")[2]
        case "elapsed":
            return elapsed(text) if text else timedelta(-1)
    return text.lower()


def compare(operator: str, left: Any, right: Any) -> bool:
    if left is None or right is None:
        return False
    return bool({"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[operator])


def number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def moment(text: str) -> str | None:
    """A date-time, or a date as the beginning of its day; both sort as text."""
    return f"{text} 00:00:00" if len(text) == 10 else text if len(text) == 19 else None


def elapsed(text: str) -> timedelta:
    if text.startswith("19"):
        return datetime.fromisoformat(text).replace(tzinfo=UTC) - EPOCH
    days, _, clock = text.rpartition(" ")
    hours, minutes, seconds = map(int, clock.split(":"))
    return timedelta(days=int(days or 0), hours=hours, minutes=minutes, seconds=seconds)


# Field against field -----------------------------------------------------------------------------------


def holds_between_fields(world: World, row: Row, path: str, operator: str, value: Any) -> bool:
    if not isinstance(value, tuple) or value[0] != "field":
        return False
    _, other, *rest = value
    left, right = value_of(world, row, path), value_of(world, row, other)
    kinds = {KINDS.get(name.rpartition(".")[2], "text") for name in (path, other)}
    kind = "number" if kinds == {"number"} else "text"
    match operator, rest:
        case "SAMEAS" | "NSAMEAS", [unit]:
            units = [begin(local(world, text), unit) if text else None for text in (left, right)]
            return (units[0] == units[1]) == (operator == "SAMEAS")
        case "SAMEAS" | "NSAMEAS", _:
            return (left.lower() == right.lower()) == (operator == "SAMEAS")
        case "MORETHAN" | "LESSTHAN", [unit, direction, amount]:
            return bool(left and right) and far(operator, left, right, unit, direction, amount)
    symbol = {"GT_FIELD": ">", "LT_FIELD": "<", "GT_OR_EQUALS_FIELD": ">=", "LT_OR_EQUALS_FIELD": "<="}[operator]
    return compare(symbol, ordinal(kind, left, stored=True), ordinal(kind, right, stored=True))


def far(operator: str, left: str, right: str, unit: str, direction: str, amount: int) -> bool:
    one, other = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (left, right))
    found = []
    if "before" in direction:
        limit = step(other, unit, -amount)
        found.append(one < limit if operator == "MORETHAN" else limit < one <= other)
    if "after" in direction:
        limit = step(other, unit, amount)
        found.append(one > limit if operator == "MORETHAN" else other <= one < limit)
    return any(found)


# Dates -------------------------------------------------------------------------------------------------


def local(world: World, text: str) -> datetime:
    """In the user's zone; a date without time is the same for everybody."""
    if len(text) == 10:
        return datetime.fromisoformat(text)
    return datetime.fromisoformat(text).replace(tzinfo=UTC).astimezone(world.zone).replace(tzinfo=None)


def holds_of_dates(world: World, have: str, kind: str, operator: str, value: Any) -> bool:
    if operator == "NOTON":
        return not holds_of_dates(world, have, kind, "ON", value)
    if not have or (isinstance(value, tuple) and value[0] == "field"):
        return False
    when = local(world, have)
    match operator:
        case "ON":
            return within(when, world.now.astimezone(world.zone).replace(tzinfo=None), value)
        case "DATEPART":
            unit, wanted, comparison = value
            return compared(comparison, part(when, unit), wanted)
        case _ if operator.startswith("RELATIVE"):
            return related_to_now(world, have, operator[-2:], value)
    raise AssertionError(operator)


def related_to_now(world: World, have: str, comparison: str, value: tuple[str, str, int]) -> bool:
    unit, direction, amount = value
    unit = {"dayofweek": "day"}.get(unit, unit)
    # Hours are elapsed time, days and more keep the time of day.
    if unit in ("minute", "hour"):
        target = step(world.now, unit, -amount if direction == "ago" else amount)
    else:
        wall = world.now.astimezone(world.zone).replace(tzinfo=None)
        target = step(wall, unit, -amount if direction == "ago" else amount).replace(tzinfo=world.zone).astimezone(UTC)
    there = target.astimezone(world.zone).replace(tzinfo=None)
    if comparison == "EE":
        mine, theirs = begin(local(world, have), unit), begin(there, unit)
        return mine == (theirs if len(have) == 19 else begin(there.replace(hour=0, minute=0), unit))
    if len(have) == 10:
        return compared(comparison, date.fromisoformat(have), there.date())
    return compared(comparison, have, f"{target.astimezone(UTC):%Y-%m-%d %H:%M:%S}")


def compared(comparison: str, left: Any, right: Any) -> bool:
    return bool(
        {"GT": left > right, "GE": left >= right, "LT": left < right, "LE": left <= right, "EE": left == right}[
            comparison
        ]
    )


def within(when: datetime, now: datetime, name: str) -> bool:
    day, today = when.date(), now.date()
    match name.split():
        case ["Today" | "Yesterday" | "Tomorrow"]:
            return day == today + timedelta(days={"Today": 0, "Yesterday": -1, "Tomorrow": 1}[name])
        case ["One", "year", "ago"]:
            return day == step(now, "year", -1).date()
        case ["Last" | "Next" as side, count, unit] if count.isdigit():
            steps = months_or_units(when, now, unit.removesuffix("s"))
            return -int(count) <= steps <= 0 if side == "Last" else 1 <= steps <= int(count)
        case [side, unit]:
            return months_or_units(when, now, unit) == {"This": 0, "Current": 0, "Last": -1, "Next": 1}[side]
    return day == date.fromisoformat(name)


def months_or_units(when: datetime, now: datetime, unit: str) -> int:
    """How many whole calendar units lie between now and then; 0 in the same one."""
    if unit in MONTHS:
        size = MONTHS[unit]
        return (when.year * 12 + when.month - 1) // size - (now.year * 12 + now.month - 1) // size
    seconds = {"minute": 60, "hour": 3600, "day": 86400, "week": 604800}[unit]
    return int((begin(when, unit) - begin(now, unit)).total_seconds()) // seconds


def begin(when: datetime, unit: str) -> datetime:
    match unit:
        case "minute":
            return when.replace(second=0, microsecond=0)
        case "hour":
            return when.replace(minute=0, second=0, microsecond=0)
    when = when.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "week":
        return when - timedelta(days=when.weekday())
    if unit in MONTHS:
        return when.replace(month=(when.month - 1) // MONTHS[unit] * MONTHS[unit] + 1, day=1)
    return when


def step(when: datetime, unit: str, amount: int) -> datetime:
    if unit in MONTHS:
        index = when.year * 12 + when.month - 1 + amount * MONTHS[unit]
        year, month = index // 12, index % 12 + 1
        return when.replace(year=year, month=month, day=min(when.day, calendar.monthrange(year, month)[1]))
    return when + amount * timedelta(seconds={"minute": 60, "hour": 3600, "day": 86400, "week": 604800}[unit])


def part(when: datetime, unit: str) -> int:
    sunday_first = (when.weekday() + 1) % 7
    return {
        "hour": when.hour,
        "dayofweek": sunday_first,
        "week": (when.timetuple().tm_yday + 6 - sunday_first) // 7,
        "month": when.month,
        "quarter": (when.month - 1) // 3 + 1,
        "year": when.year,
    }[unit]


# Sorting -----------------------------------------------------------------------------------------------


def sort_key(world: World, row: Row, path: str) -> tuple[int, Any]:
    """Unset numbers come before all others."""
    kind = KINDS.get(path.rpartition(".")[2], "text")
    text = shown(world, row, path)
    if kind in ("number", "money"):
        amount = number(text.split(";")[-1])
        return (0, 0) if amount is None else (1, amount)
    return (1, text.lower())
