"""What a client sends, to what is stored."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from ..store.choices import Choices
from ..store.records import RawRecords
from ..store.schema import Field, Table
from . import dates, scalars
from .formats import DateStyle
from .html import sanitized

_SYS_ID = re.compile(r"^[0-9a-fA-F]{32}$")
_TRUE = frozenset({"true", "1", "yes", "on"})
# A user is known by these too, where display values are taken.
_USER_KEYS = ("user_name", "email")


@dataclass(frozen=True, slots=True)
class Input:
    """How the values of one request are to be read.

    `display` is sysparm_input_display_value, for every field; `display_fields` (encrypted_fields) for some.
    `state_labels`: states by label too although values are plain, as the Change Management API takes them.
    `style` is the user's way to write dates where display values are taken; without it, ISO in `zone`.
    """

    zone: tzinfo
    display: bool = False
    display_fields: frozenset[str] = frozenset()
    state_labels: bool = False
    style: DateStyle | None = field(default=None)

    def shows(self, field: Field) -> bool:
        return self.display or field.name in self.display_fields

    def takes_label(self, field: Field) -> bool:
        return self.shows(field) or (self.state_labels and field.name == "state")


class Converter:
    """Text to stored text. None means: an instance would leave the field as it is."""

    def __init__(self, records: RawRecords, choices: Choices) -> None:
        self.records = records
        self.choices = choices

    def stored(self, table: Table, field: Field, text: str, how: Input) -> str | None:
        if choices := self.choices.of(table, field.name):
            return self._choice(table, field, text, choices, how)
        if text == "":
            return "false" if field.type == "boolean" else ""
        if field.type == "reference":
            return self._reference(field, text, how)
        if field.type == "glide_list":
            return self._list(field, text, how)
        return scalar(field, text, how)

    def _choice(self, table: Table, field: Field, text: str, choices: dict[str, str], how: Input) -> str | None:
        # Clearing a choice keeps the old value.
        if text == "":
            return None
        if how.takes_label(field):
            by_label = self.choices.by_label(table, field.name, text)
            if by_label is not None:
                return by_label
        plain = scalar(field, text, how)
        if plain is None or plain in choices or field.is_number:
            return plain if plain in choices else None
        return next((value for value in choices if value.lower() == plain.lower()), plain)

    def _reference(self, field: Field, text: str, how: Input) -> str | None:
        target = self.records.schema[field.reference]
        if how.shows(field):
            keys = (target.display_field(), *(_USER_KEYS if target.name == "sys_user" else ()))
            found = (self.records.first(target, {key: text}) for key in keys)
            if record := next(filter(None, found), None):
                return record["sys_id"]
        if _SYS_ID.match(text):
            return text.lower()
        return text if self.records.get(target, text) else None

    def _list(self, field: Field, text: str, how: Input) -> str:
        ids = []
        for part in filter(None, (item.strip() for item in text.split(","))):
            value = self._reference(field, part, how) if field.reference else part
            # A watch list may hold e-mail addresses beside users.
            if value or "@" in part:
                ids.append(value or part)
        return ",".join(dict.fromkeys(ids))


def scalar(field: Field, text: str, how: Input) -> str | None:
    """Numbers, booleans, dates and HTML in their stored form; other text cut to the column's length."""
    match field.type:
        case "integer" | "longint":
            return scalars.integer(text)
        case "decimal":
            return scalars.decimal(text)
        case "float":
            return scalars.floating(text)
        case "currency" | "price":
            return scalars.shown_money(text) if how.shows(field) else scalars.money(text)
        case "boolean":
            return "true" if text.strip().lower() in _TRUE else "false"
        case "glide_duration":
            return scalars.duration(text)
        case "html":
            text = sanitized(text)
    if field.is_date or field.type == "glide_time":
        return _date(field, text, how)
    return text[: field.max_length] if field.max_length else text


def _date(field: Field, text: str, how: Input) -> str | None:
    if how.shows(field) and how.style:
        return how.style.read(field.type, text)
    where = how.zone if how.shows(field) else UTC
    if field.type == "glide_time":
        return scalars.time_of_day(text, where)
    if field.type == "glide_date":
        moment = dates.parse(text)
        return dates.stored(moment)[:10] if moment else None
    return dates.to_stored(text, where)
