# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Durations, times of day, money and HTML as ServiceNow stores them. No input or output.

Source: ServiceNow documentation, "Field types": a duration is kept as the moment that long after 1970 began, a time
of day as that time on the first day of 1970, money as ``USD;12.5``.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from decimal import Decimal

_EPOCH = datetime(1970, 1, 1)
_STORED = re.compile(r"(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2}):(\d{2})Z?\Z", re.IGNORECASE)
_CLOCK = re.compile(r"(?:(\d{1,6})\s+)?(\d{1,6}):(\d{1,2})(?::(\d{1,2}))?\Z")
_WORDS = re.compile(r"(\d{1,9})\s*(week|day|hour|minute|second)s?", re.IGNORECASE)
_SIZES = {"week": 604800, "day": 86400, "hour": 3600, "minute": 60, "second": 1}
_DAY = 86400
_MONEY = re.compile(r"(?:([A-Za-z]{3});)?\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+))\Z")
#: What is no text: an instance takes it out.
_SCRIPT = re.compile(r"<(script|style)\b.*?(</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_PLACE = re.compile(r"""\s(?:href|src)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_BEGINS_WITH_TAG = re.compile(r"\s*<[a-z!][^>]*>", re.IGNORECASE)


class Money(NamedTuple):
    """An amount; *code* is None where it was not said, and the instance takes its own."""

    code: str | None
    amount: Decimal


def seconds_of(text: str) -> int | None:
    """The length of time, in seconds, that *text* says, or None.

    ``1970-01-02 02:03:04`` as it is stored, ``26:03:04``, ``1 02:03:04`` (days first), ``1 Day 2 Hours``, or a
    plain number of seconds.
    """
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) < 12:
        return int(text)
    stored = _STORED.match(text)
    if stored:
        return _since_epoch(stored)
    clock = _CLOCK.match(text)
    if clock:
        days, hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return days * _DAY + hours * 3600 + minutes * 60 + seconds
    found = _WORDS.findall(text)
    if not found or _WORDS.sub("", text).strip(" ,"):
        return None
    return sum(int(amount) * _SIZES[unit.lower()] for amount, unit in found)


def _since_epoch(stored: re.Match[str]) -> int | None:
    try:
        elapsed = datetime(*(int(part) for part in stored.groups())) - _EPOCH  # type: ignore[arg-type]
    except ValueError:
        return None
    return elapsed // timedelta(seconds=1) if elapsed >= timedelta() else None


def stored_duration(seconds: int) -> str | None:
    """How a length of time is kept; None where it is longer than any date."""
    try:
        return str(_EPOCH + timedelta(seconds=seconds))
    except OverflowError:
        return None


def time_of_day(text: str) -> str | None:
    """``HH:MM:SS`` of a time of day such as ``8:30`` or ``1970-01-01 08:30:00``, or None."""
    text = text.strip()
    stored, clock = _STORED.match(text), _CLOCK.match(text)
    if not stored and (not clock or clock.group(1)):
        return None
    seconds = seconds_of(text)
    if seconds is None or (clock is not None and int(clock.group(3)) > 59):
        return None
    return str(_EPOCH + timedelta(seconds=seconds % _DAY))[11:] if stored or seconds < _DAY else None


def money_of(text: str) -> Money | None:
    """The amount, and the currency if it is said: ``USD;12.5`` or ``12.50``."""
    from decimal import Decimal

    match = _MONEY.match(text.strip())
    if not match:
        return None
    return Money(match.group(1).upper() if match.group(1) else None, Decimal(match.group(2)))


def same_money(wanted: str, stored: str) -> bool:
    """Whether it is the same amount, and the same currency where *wanted* names one."""
    ours, theirs = money_of(wanted), money_of(stored)
    if ours is None or theirs is None or ours.amount != theirs.amount:
        return False
    return ours.code in (None, theirs.code)


def is_html(text: str) -> bool:
    return bool(_BEGINS_WITH_TAG.match(text))


def html_text(text: str) -> tuple[str, list[str]]:
    """What a reader gets of HTML, its words and where its links and images lead to.

    An instance rewrites tags, other attributes and entities when it stores them.
    """
    from html import unescape

    text = _SCRIPT.sub("", text)
    places = (one or two or three for tag in _TAG.findall(text) for one, two, three in _PLACE.findall(tag))
    return " ".join(unescape(_TAG.sub(" ", text)).split()), [unescape(place).strip() for place in places]
