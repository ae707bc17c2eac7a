"""What a client sends, to what is stored."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, tzinfo
from decimal import Decimal, InvalidOperation

from ..store.choices import Choices
from ..store.records import RawRecords
from ..store.schema import Field, Table
from . import dates

_SYS_ID = re.compile(r"^[0-9a-fA-F]{32}$")
_TRUE = frozenset({"true", "1", "yes", "on"})


@dataclass(frozen=True, slots=True)
class Input:
    """How the values of one request are to be read.

    `display` is sysparm_input_display_value, for every field; `display_fields` (encrypted_fields) for some.
    `state_labels`: states by label too although values are plain, as the Change Management API takes them.
    """

    zone: tzinfo
    display: bool = False
    display_fields: frozenset[str] = frozenset()
    state_labels: bool = False

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
        # Clearing a choice keeps the old value (ServiceNow REST facts, section 7).
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
            found = self.records.first(target, {target.display_field(): text})
            if found:
                return found["sys_id"]
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
    """Numbers, booleans and dates in their stored form; other text cut to the column's length."""
    if field.type == "integer":
        return integer(text)
    if field.type == "decimal":
        return decimal(text)
    if field.type == "boolean":
        return "true" if text.strip().lower() in _TRUE else "false"
    if field.is_date:
        return _date(field, text, how)
    return text[: field.max_length] if field.max_length else text


def integer(text: str) -> str | None:
    number = _number(text)
    return str(int(number)) if number is not None else None


def decimal(text: str) -> str | None:
    number = _number(text)
    return f"{number:.2f}" if number is not None else None


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < Decimal(10) ** 18 else None


def _date(field: Field, text: str, how: Input) -> str | None:
    if field.type == "glide_date":
        moment = dates.parse(text)
        return dates.stored(moment)[:10] if moment else None
    return dates.to_stored(text, how.zone if how.shows(field) else UTC)
