"""Stored forms of single values: numbers, money, times of day, durations.

Each reader gives None for text that it cannot read; an instance would leave the field as it is.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation

from ..store.schema import Field
from . import dates

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What a plain amount is in: there is one session currency here.
CURRENCY = "USD"
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
# An amount has no second part without its point: a long row of digits is read in one way only.
_AMOUNT = r"[\d,]*(?:\.\d*)?"
_MONEY = re.compile(rf"^(?:([A-Za-z]{{3}});)?\s*([-+]?{_AMOUNT})$")
_SHOWN_MONEY = re.compile(rf"^(-)?\s*([$€£¥]|[A-Z]{{3}})\s*({_AMOUNT})$")
_TIME = re.compile(r"^(?:1970-01-01[ T])?(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?Z?$")
_DAYS = re.compile(r"^(?:(\d{1,6})\s+)?(\d{1,6}):(\d{1,2})(?::(\d{1,2}))?$")
_WORDS = re.compile(r"(\d{1,9})\s*(day|hour|minute|second)s?", re.IGNORECASE)


def number(text: str) -> Decimal | None:
    """Any finite number below 10^18, with or without commas between the thousands."""
    try:
        found = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        return None
    # Adding nothing turns -0 into 0.
    return found + 0 if found.is_finite() and abs(found) < Decimal(10) ** 18 else None


def integer(text: str) -> str | None:
    found = number(text)
    return str(int(found)) if found is not None else None


def decimal(text: str) -> str | None:
    """Two places, as a decimal column has them."""
    found = number(text)
    return f"{found:.2f}".replace("-0.00", "0.00") if found is not None else None


def floating(text: str) -> str | None:
    """Up to seven places, without zeros at the end."""
    found = number(text)
    return _bare(found, 7) if found is not None else None


def money(text: str) -> str | None:
    """`USD;12.5`: currency and amount with up to four places. A plain amount is in the session's currency."""
    match = _MONEY.match(text.strip())
    amount = number(match[2]) if match else None
    if match is None or amount is None:
        return None
    return f"{(match[1] or CURRENCY).upper()};{_bare(amount, 4)}"


def shown_money(text: str) -> str | None:
    """The same from what is displayed: `$1,234.50`, `CHF20.00`."""
    match = _SHOWN_MONEY.match(text.strip())
    if not match:
        return money(text)
    code = next((code for code, symbol in SYMBOLS.items() if symbol == match[2]), match[2])
    return money(f"{code};{match[1] or ''}{match[3]}")


def time_of_day(text: str, where: tzinfo = UTC) -> str | None:
    """`1970-01-01 HH:MM:SS` in UTC, from a time in zone `where`."""
    match = _TIME.match(text.strip())
    if not match:
        return None
    try:
        local = datetime(1970, 1, 1, int(match[1]), int(match[2]), int(match[3] or 0), tzinfo=where)
    except ValueError:
        return None
    return f"1970-01-01 {local.astimezone(UTC):%H:%M:%S}"


def duration(text: str) -> str | None:
    """The time elapsed since 1970 began, from that form, `1 02:03:04` (days and time) or `1 Day 2 Hours`."""
    moment = dates.parse(text)
    if moment is None:
        seconds = _seconds(text.strip())
        if seconds is None or seconds >= 10**11:
            return None
        moment = EPOCH + timedelta(seconds=seconds)
    return dates.stored(moment) if moment >= EPOCH else None


def _seconds(text: str) -> int | None:
    if match := _DAYS.match(text):
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    found = _WORDS.findall(text)
    if not found or _WORDS.sub("", text).strip():
        return None
    sizes = {"day": 86400, "hour": 3600, "minute": 60, "second": 1}
    return sum(int(amount) * sizes[unit.lower()] for amount, unit in found)


def exact(field: Field, text: str) -> str | None:
    """The stored form of a value that a query compares with; None where no record can hold it."""
    match field.type:
        case "integer" | "longint":
            found = number(text)
            return str(int(found)) if found is not None and found == int(found) else None
        case "decimal":
            found = number(text)
            return decimal(text) if found is not None and found == found.quantize(Decimal("0.01")) else None
        case "float":
            return floating(text)
        case "currency" | "price":
            return money(text) if ";" in text else None
        case "boolean":
            return {"1": "true", "0": "false"}.get(text, text)
        case "glide_time":
            return time_of_day(text)
        case "glide_duration":
            return duration(text)
        case "glide_date":
            moment = dates.to_stored(text)
            return moment[:10] if moment else None
    return dates.to_stored(text) if field.is_date else text


def _bare(amount: Decimal, places: int) -> str:
    text = f"{amount:.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text
