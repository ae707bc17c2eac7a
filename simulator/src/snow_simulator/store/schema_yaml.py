"""Reads table definitions from YAML into a Schema."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .document import DataError, Document, blamed, flag, mapping, names, only, scalar, whole
from .schema import TYPES, Field, Schema, Table

_SPEC = re.compile(
    r"^(?P<type>\w+)(?::(?P<target>\w+))?(?:\((?P<length>\d{1,9})\))?(?P<ro> readonly)?(?: =(?P<d>.*))?$"
)
_NAME = re.compile(r"^(?!sqlite_)[a-z][a-z0-9_]*$")
# SQLite's own column goes by these names.
_RESERVED = ("rowid", "oid")
_TABLE_KEYS = ("label", "extends", "display", "number", "indexes", "roles", "fields", "belongs_to", "audit", "views")
_FIELD_KEYS = ("type", "label", "reference", "max_length", "default", "read_only")
_OPERATIONS = ("read", "create", "write", "delete")
_SYSTEM: dict[str, dict[str, Any]] = {
    "sys_id": {"type": "GUID", "label": "Sys ID", "max_length": 32},
    "sys_created_by": {"type": "string", "label": "Created by", "max_length": 40},
    "sys_created_on": {"type": "glide_date_time", "label": "Created"},
    "sys_updated_by": {"type": "string", "label": "Updated by", "max_length": 40},
    "sys_updated_on": {"type": "glide_date_time", "label": "Updated"},
    "sys_mod_count": {"type": "integer", "label": "Updates", "default": "0"},
    "sys_tags": {"type": "string", "label": "Tags", "max_length": 40},
}


@dataclass(slots=True)
class _Raw:
    """What the documents say about a table: a later one adds to an earlier one. `source` is where it was last named."""

    source: str
    body: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)


def build_schema(documents: Iterable[Document]) -> Schema:
    """Merge the `tables` of every document, in order."""
    raw: dict[str, _Raw] = {}
    for document in documents:
        with blamed(document):
            for name, body in mapping(document.get("tables"), "tables").items():
                _merge_table(raw, document, name, body)
    tables: dict[str, Table] = {}
    for name in raw:
        _build_table(name, raw, tables, ())
    for name, table in tables.items():
        _check_names(table, tables, f"{raw[name].source}: tables.{name}")
    return Schema(tables)


def _merge_table(raw: dict[str, _Raw], document: Document, name: str, body: object) -> None:
    place = f"tables.{name}"
    if not _NAME.match(name):
        raise ValueError(f"{place}: '{name}' is not a table name")
    given = only(body, _TABLE_KEYS, place)
    known = raw.setdefault(name, _Raw(document.source))
    known.source = document.source
    for key, spec in mapping(given.pop("fields", None), f"{place}.fields").items():
        known.fields[key] = _field(name, key, spec, f"{place}.fields.{key}")
    known.body.update(_checked(given, place))


def _checked(given: dict[str, Any], place: str) -> dict[str, Any]:
    """The rest of a table's body, in the form in which a Table has it."""
    found: dict[str, Any] = {}
    for key, value in given.items():
        here = f"{place}.{key}"
        match key:
            case "number":
                number = only(value, ("prefix", "start"), here)
                found["prefix"] = scalar(number.get("prefix"), f"{here}.prefix")
                found["start"] = whole(number.get("start"), f"{here}.start", 10000)
            case "indexes" | "belongs_to":
                found[key] = names(value, here)
            case "roles":
                operations = only(value, _OPERATIONS, here).items()
                found[key] = {operation: names(roles, f"{here}.{operation}") for operation, roles in operations}
            case "views":
                found[key] = {view: names(fields, f"{here}.{view}") for view, fields in mapping(value, here).items()}
            case "audit":
                found[key] = flag(value, here)
            case _:
                found[key] = scalar(value, here)
    return found


def _build_table(name: str, raw: dict[str, _Raw], tables: dict[str, Table], below: tuple[str, ...]) -> Table:
    if name in tables:
        return tables[name]
    if name in below:
        raise DataError(f"{raw[name].source}: tables.{name}: table '{name}' extends itself")
    body, parent = dict(raw[name].body), None
    if extends := body.pop("extends", ""):
        if extends not in raw:
            where = f"{raw[name].source}: tables.{name}.extends"
            raise DataError(f"{where}: table '{name}' extends '{extends}', which is not defined")
        parent = _build_table(extends, raw, tables, (*below, name))
    own = {} if parent else {key: Field(name=key, table=name, read_only=True, **_SYSTEM[key]) for key in _SYSTEM}
    label = body.pop("label", "") or _label(name)
    table = Table(name=name, label=label, parent=parent, own={**own, **raw[name].fields}, **body)
    table.fields = {**(parent.fields if parent else {}), **table.own}
    if parent:
        parent.children.append(table)
    tables[name] = table
    return table


def _field(table: str, name: str, spec: object, place: str) -> Field:
    if not _NAME.match(name) or name in _RESERVED:
        raise ValueError(f"{place}: '{name}' is not a field name")
    given = only(spec, _FIELD_KEYS, place) if isinstance(spec, dict) else _parse_spec(scalar(spec, place), place)
    kind = scalar(given.get("type"), f"{place}.type")
    kind = {"list": "glide_list"}.get(kind, kind)
    target = scalar(given.get("reference"), f"{place}.reference")
    default = given.get("default")
    if kind not in TYPES:
        raise ValueError(f"{place}: there is no type '{kind}'")
    if (kind == "reference" and not target) or (target and kind not in ("reference", "glide_list")):
        raise ValueError(f"{place}: a reference has a table to refer to ('reference:table'), and a list may have one")
    return Field(
        name=name,
        table=table,
        type=kind,
        label=scalar(given.get("label"), f"{place}.label") or _label(name),
        reference=target,
        max_length=max(0, whole(given.get("max_length"), f"{place}.max_length", 0)),
        default=str(default).lower() if isinstance(default, bool) else scalar(default, f"{place}.default"),
        read_only=flag(given.get("read_only"), f"{place}.read_only"),
    )


def _parse_spec(spec: str, place: str) -> dict[str, Any]:
    match = _SPEC.match(spec)
    if not match:
        raise ValueError(f"{place}: cannot read '{spec}' as type[:target][(length)] [readonly] [=default]")
    return {
        "type": match["type"],
        "reference": match["target"],
        "max_length": int(match["length"] or 0),
        "read_only": bool(match["ro"]),
        "default": match["d"],
    }


def _label(name: str) -> str:
    return name.removeprefix("u_").replace("_", " ").capitalize()


def _check_names(table: Table, tables: dict[str, Table], place: str) -> None:
    """What a table says about fields and other tables has to be there."""
    for item in table.own.values():
        if item.reference and item.reference not in tables:
            raise DataError(f"{place}.fields.{item.name} refers to unknown table '{item.reference}'")
    for key, given in (("display", (table.display,)), ("indexes", table.indexes), ("belongs_to", table.belongs_to)):
        for name in filter(None, given):
            if name not in table.fields:
                raise DataError(f"{place}.{key}: table '{table.name}' has no field '{name}'")
    if len(table.belongs_to) not in (0, 2, 3):
        raise DataError(f"{place}.belongs_to: the fields for table and sys_id, and perhaps one for the field")
