"""Records as the Change Management API shows them, which differs from operation to operation."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..store.records import Record
from ..store.schema import Field, Table
from ..values.display import Display

Number = Callable[[str], object]
_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
# Shown as a field of every change although no column holds it.
_VARIABLES = {"display_value": "variable_pool", "value": "variable_pool"}


def as_float(text: str) -> object:
    """Integers as GET /change shows them: 3.0. What somebody else has put there as it is."""
    return float(text) if _INTEGER.fullmatch(text) else text


def as_int(text: str) -> object:
    """Integers as POST /change shows them: 3."""
    return int(text) if _INTEGER.fullmatch(text) else text


def typed(display: Display, table: Table, record: Record, number: Number = as_float) -> dict[str, object]:
    """Real booleans and numbers, "" for unset, references without link, dates with display_value_internal."""
    shown: dict[str, object] = {}
    for name, field in table.fields.items():
        if display.access.can_read(table, field):
            shown[name] = _typed_value(display, table, field, record.get(name, ""), number)
    if table.extends("change_request"):
        shown["variables"] = dict(_VARIABLES)
    return shown


def _typed_value(display: Display, table: Table, field: Field, stored: str, number: Number) -> dict[str, object]:
    value: object = stored
    if stored and field.type == "boolean":
        value = stored == "true"
    elif stored and field.type == "integer":
        value = number(stored)
    shown: dict[str, object] = {"display_value": display.value(table, field, stored), "value": value}
    if field.is_date:
        shown["display_value_internal"] = display.value(table, field, stored) if stored else ""
    return shown


def strings(display: Display, table: Table, record: Record, *, plain_id: bool = False) -> dict[str, object]:
    """All values as strings; `plain_id`: sys_id is no object in some of the documented answers."""
    shown: dict[str, object] = {}
    for name, field in table.fields.items():
        if display.access.can_read(table, field):
            stored = record.get(name, "")
            shown[name] = {"display_value": display.value(table, field, stored), "value": stored}
    if plain_id:
        shown["sys_id"] = record["sys_id"]
    return shown
