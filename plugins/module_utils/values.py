# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a field holds what a user wrote, and how that is sent.

A record that comes back is never compared text by text: the same date, reference, choice or boolean has several
written forms. One comparison a kind of field, chosen by :data:`KINDS`; ``auto`` is for a column whose type nobody
told us, and goes by the form of what the record holds.

Source: ServiceNow documentation, "Table API" and "Dictionary" (field types).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from ansible_collections.changegate.snow.plugins.module_utils import measures
from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, text_of
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.query import is_sys_id

if TYPE_CHECKING:
    from decimal import Decimal

_DATETIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?\Z", re.IGNORECASE
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_ID_LIST = re.compile(r"[0-9a-f]{32}(,[0-9a-f]{32})+\Z", re.IGNORECASE)
#: Moments of the year in which ServiceNow's time began are durations and times of day.
_MEASURED = re.compile(r"1970-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\Z")
_PRICED = re.compile(r"[A-Z]{3};-?\d+(\.\d+)?\Z")
_TRUE, _FALSE = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no"})
#: Lengths that columns have; a stored text that ends at one of them may be the start of what was sent.
_COLUMN_SIZES = frozenset({40, 80, 100, 160, 255, 1000, 1024, 4000, 8000, 16000, 32000, 65000, 65536})


def parse_datetime(wanted: object) -> datetime | None:
    """The moment that *wanted* names, in UTC, or None if it is no date and time. Without an offset it is UTC."""
    if isinstance(wanted, datetime):
        moment = wanted if wanted.tzinfo is not None else wanted.replace(tzinfo=timezone.utc)
        try:
            return moment.astimezone(timezone.utc).replace(microsecond=0)
        except OverflowError:
            return None
    match = _DATETIME.match(str(wanted).strip())
    if not match:
        return None
    day, hour, minute, second, offset = match.groups()
    try:
        local = datetime.fromisoformat(f"{day} {hour}:{minute}:{second or '00'}")
        return (local - _offset(offset)).replace(tzinfo=timezone.utc)
    except (ValueError, OverflowError):
        return None


def _offset(text: str | None) -> timedelta:
    if text is None or text.upper() == "Z":
        return timedelta()
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    return sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))


def parse_date(wanted: object) -> str | None:
    """The day that *wanted* names as ``YYYY-MM-DD``, or None."""
    if isinstance(wanted, date) and not isinstance(wanted, datetime):
        return wanted.isoformat()
    moment = parse_datetime(wanted)
    if moment is not None:
        return moment.date().isoformat()
    text = str(wanted).strip()
    return text if _DATE.match(text) else None


def _number(value: object) -> Decimal | None:
    from decimal import Decimal, InvalidOperation

    try:
        number = Decimal(text_of(value).strip())
    except InvalidOperation:
        return None
    # Texts such as "nan" and "Infinity" are numbers only to Python.
    return number if number.is_finite() else None


def _lines(text: str) -> str:
    """*text* with one kind of line end and without the last one: an instance changes both."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return plain[:-1] if plain.endswith("\n") else plain


def _same_string(wanted: object, cell: Cell) -> bool:
    return _lines(text_of(wanted)) == _lines(cell.value)


def _same_number(wanted: object, cell: Cell) -> bool:
    ours, theirs = _number(wanted), _number(cell.value)
    return ours is not None and ours == theirs


def _same_boolean(wanted: object, cell: Cell) -> bool:
    ours, theirs = text_of(wanted).strip().lower(), cell.value.strip().lower()
    return (ours in _TRUE and theirs in _TRUE) or (ours in _FALSE and theirs in _FALSE)


def _same_choice(wanted: object, cell: Cell) -> bool:
    ours = text_of(wanted).strip().casefold()
    return ours in (cell.value.strip().casefold(), cell.display.strip().casefold()) or _same_number(wanted, cell)


def _same_reference(wanted: object, cell: Cell) -> bool:
    ours = text_of(wanted).strip().casefold()
    if is_sys_id(ours):
        return ours == cell.value.strip().casefold()
    return ours in (cell.value.strip().casefold(), cell.display.strip().casefold())


def _same_datetime(wanted: object, cell: Cell) -> bool:
    ours = parse_datetime(wanted)
    return ours is not None and ours == parse_datetime(cell.value)


def _same_date(wanted: object, cell: Cell) -> bool:
    ours = parse_date(wanted)
    return ours is not None and ours == parse_date(cell.value)


def _same_time(wanted: object, cell: Cell) -> bool:
    ours = measures.time_of_day(text_of(wanted))
    return ours is not None and ours == measures.time_of_day(cell.value)


def _same_duration(wanted: object, cell: Cell) -> bool:
    ours = measures.seconds_of(text_of(wanted))
    return ours is not None and ours == measures.seconds_of(cell.value)


def _same_currency(wanted: object, cell: Cell) -> bool:
    return measures.same_money(text_of(wanted), cell.value)


def _same_html(wanted: object, cell: Cell) -> bool:
    return _same_string(wanted, cell) or measures.html_text(text_of(wanted)) == measures.html_text(cell.value)


def _never_same(_wanted: object, _cell: Cell) -> bool:
    """What is written and never read: whatever the record shows of it proves nothing."""
    return False


def _members(text: str) -> frozenset[str]:
    return frozenset(part.strip().casefold() for part in text.split(",") if part.strip())


def _same_list(wanted: object, cell: Cell) -> bool:
    """Whether each member is meant, by its sys_id or its name, and nothing else is."""
    ours = _members(text_of(wanted))
    stored, shown = (text.casefold().split(",") for text in (cell.value, cell.display))
    if len(stored) != len(shown):
        return ours in (_members(cell.value), _members(cell.display))
    pairs = [{value.strip(), name.strip()} for value, name in zip(stored, shown)]
    return all(pair & ours for pair in pairs) and ours <= frozenset().union(*pairs)


def _same_auto(wanted: object, cell: Cell) -> bool:
    """By the form of what was written and of what the record holds, for a column of unknown type."""
    if isinstance(wanted, bool):
        return _same_boolean(wanted, cell)
    if isinstance(wanted, (int, float)):
        return _same_number(wanted, cell) or _same_measure(text_of(wanted), cell)
    if isinstance(wanted, (list, tuple)):
        return _same_list(wanted, cell)
    if isinstance(wanted, date):
        return _same_datetime(wanted, cell) if isinstance(wanted, datetime) else _same_date(wanted, cell)
    return _same_auto_text(text_of(wanted), cell)


def _same_auto_text(wanted: str, cell: Cell) -> bool:
    if cell.link:
        return _same_reference(wanted, cell)
    if _same_measure(wanted, cell):
        return True
    if parse_datetime(cell.value) is not None:
        # A day alone is its first moment.
        return _same_datetime(f"{wanted} 00:00:00" if _DATE.match(wanted) else wanted, cell)
    if _DATE.match(cell.value):
        return _same_date(wanted, cell)
    if _same_string(wanted, cell):
        return True
    if cell.value in ("true", "false"):
        return wanted.strip().lower() == cell.value
    if _ID_LIST.match(cell.value):
        return _same_list(wanted, cell)
    # A plain text has no other display value; a choice or a list has.
    return cell.value != cell.display and _same_choice(wanted, cell)


def _same_measure(wanted: str, cell: Cell) -> bool:
    """Whether a column of unknown type holds that duration, time of day, amount of money, or text of HTML."""
    if _MEASURED.match(cell.value):
        return _same_duration(wanted, cell)
    if _PRICED.match(cell.value):
        return _same_currency(wanted, cell)
    return measures.is_html(cell.value) and _same_html(wanted, cell)


KINDS: dict[str, Callable[[object, Cell], bool]] = {
    "auto": _same_auto,
    "string": _same_string,
    "choice": _same_choice,
    "change_state": _same_choice,
    "change_task_state": _same_choice,
    "reference": _same_reference,
    "datetime": _same_datetime,
    "date": _same_date,
    "boolean": _same_boolean,
    "integer": _same_number,
    # Of a column that may have a choice list as well.
    "number": _same_choice,
    "list": _same_list,
    "time": _same_time,
    "duration": _same_duration,
    "currency": _same_currency,
    "html": _same_html,
    "secret": _never_same,
}


def is_empty(wanted: object) -> bool:
    """Whether *wanted* asks for the field to be cleared."""
    return wanted is None or text_of(wanted) == ""


def same(kind: str, wanted: object, cell: Cell) -> bool:
    """Whether the field already holds what was asked for; an empty field holds nothing but what is empty."""
    if is_empty(wanted):
        # A boolean cannot be empty: cleared, it is false.
        return cell.value == "" or (kind in ("boolean", "auto") and cell.value == "false")
    if cell.value == "":
        return False
    return KINDS[kind](wanted, cell)


def is_choice(kind: str, cell: Cell) -> bool:
    """Whether the column is a choice: by its kind, or, where that is unknown, because a label stands for its value."""
    if kind not in ("auto", "number"):
        return kind == "choice"
    labeled = cell.value != cell.display and not cell.link and not _ID_LIST.match(cell.value)
    return labeled and parse_date(cell.value) is None and not is_sys_id(cell.value)


def is_start(wanted: object, cell: Cell) -> bool:
    """Whether the record holds the start of a longer text."""
    ours = text_of(wanted)
    return 0 < len(cell.value) < len(ours) and ours.startswith(cell.value)


def is_cut(wanted: object, cell: Cell) -> bool:
    """Whether the record holds the start of a text that is longer than its column, going by usual lengths."""
    return len(cell.value) in _COLUMN_SIZES and is_start(wanted, cell)


def depends_on_type(wanted: object, cell: Cell | None) -> bool:
    """Whether the type of a column has to be known, where *cell* (None: not shown) does not seem to hold *wanted*.

    What the record holds tells the type in most cases; an empty field, a number, a list of records, the start of a
    text, and what seems to be nothing of its kind do not.
    """
    if is_empty(wanted):
        return cell is None
    if cell is None:
        return True
    if cell.value == "":
        return not isinstance(wanted, (bool, date))
    text = text_of(wanted).strip()
    if cell.link:
        return False
    if _is_list(cell.value):
        return any(not is_sys_id(part) and "@" not in part for part in _members(text))
    if _number(text) is not None or is_start(wanted, cell):
        return True
    if _MEASURED.match(cell.value) or _PRICED.match(cell.value):
        # Refused before it is written, if the column is what it seems to be.
        return measures.seconds_of(text) is None and measures.money_of(text) is None
    if cell.value in ("true", "false"):
        return text.lower() in _TRUE | _FALSE
    return _is_rewritten(text, cell)


def _is_list(text: str) -> bool:
    """Whether a text that is stored may be a list: of records, and of addresses that are no user's."""
    return all(is_sys_id(part) or "@" in part for part in _members(text))


def _is_rewritten(text: str, cell: Cell) -> bool:
    """Whether a text says the same as one that is stored, if both are HTML."""
    return measures.html_text(text) == measures.html_text(cell.value)


def to_send(kind: str, wanted: object, column: str) -> str:
    """What goes into the request for *wanted*; raises :class:`InvalidUsage` if it is nothing of that kind."""
    if is_empty(wanted):
        return ""
    if kind == "datetime":
        return _required(parse_datetime(wanted), wanted, column, "a date and time such as 2026-07-15T08:00:00Z")
    if kind == "date":
        return _required(parse_date(wanted), wanted, column, "a date such as 2026-07-15")
    if kind == "integer" and _number(wanted) is None:
        raise InvalidUsage(f"{column} is {text_of(wanted)!r}; give a whole number.")
    if kind in _MEASURES:
        read, form = _MEASURES[kind]
        return _required(read(text_of(wanted)), wanted, column, form)
    if kind == "auto" and isinstance(wanted, str) and _is_zoned(wanted):
        return text_of(parse_datetime(wanted))
    return text_of(wanted)


def _duration_to_send(text: str) -> str | None:
    seconds = measures.seconds_of(text)
    return None if seconds is None else measures.stored_duration(seconds)


def _money_to_send(text: str) -> str | None:
    return text.strip() if measures.money_of(text) else None


#: Kinds of measures: what reads one for sending, and what to give instead of what it cannot read.
_MEASURES: dict[str, tuple[Callable[[str], str | None], str]] = {
    "time": (measures.time_of_day, "a time of day such as 08:30:00"),
    "duration": (_duration_to_send, "a length of time such as 1 02:30:00, '2 hours 30 minutes' or seconds"),
    "currency": (_money_to_send, "an amount such as 12.5 or USD;12.5"),
}


def _required(parsed: datetime | str | None, wanted: object, column: str, form: str) -> str:
    if parsed is None:
        raise InvalidUsage(f"{column} is {text_of(wanted)!r}; give {form}.")
    return text_of(parsed)


def _is_zoned(text: str) -> bool:
    """Whether *text* is a full ISO 8601 date and time with its offset, as YAML and ``now(utc=true)`` write it."""
    match = _DATETIME.match(text.strip())
    return bool(match and match.group(5) and "T" in text.upper() and parse_datetime(text))


def form_of(kind: str, wanted: object, before: Cell | None) -> str:
    """How a value has to be sent: ``value``, ``display``, or ``either`` where both mean the same.

    A name of a reference or a label of a choice is a display value. A date is never one, because the server would
    read it in the user's time zone; neither is a sys_id.
    """
    text = text_of(wanted).strip()
    if kind in ("string", "boolean", "integer", "journal", "html"):
        return "either"
    if kind == "secret":
        return "display"
    if kind in ("datetime", "date", "time", "duration", "currency") or is_sys_id(text) or _ID_LIST.match(text):
        return "value"
    if text == "" or _number(text) is not None:
        return "either"
    if kind == "auto":
        return _form_of_auto(wanted, text, before)
    return "display"


def _form_of_auto(wanted: object, text: str, before: Cell | None) -> str:
    if isinstance(wanted, date) or parse_datetime(text) is not None or _DATE.match(text):
        return "value"
    if isinstance(wanted, bool) or text.lower() in ("true", "false"):
        return "either"
    plain = before is not None and before.value != "" and before.link is None and before.value == before.display
    return "either" if plain else "display"
