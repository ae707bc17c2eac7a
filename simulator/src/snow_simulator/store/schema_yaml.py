"""Reads table definitions from YAML into a Schema."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from .schema import TYPES, Field, Schema, Table

_SPEC = re.compile(r"^(?P<type>\w+)(?::(?P<target>\w+))?(?:\((?P<length>\d+)\))?(?P<ro> readonly)?(?: =(?P<d>.*))?$")
_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
_SYSTEM: dict[str, dict[str, Any]] = {
    "sys_id": {"type": "GUID", "label": "Sys ID", "max_length": 32},
    "sys_created_by": {"type": "string", "label": "Created by", "max_length": 40},
    "sys_created_on": {"type": "glide_date_time", "label": "Created"},
    "sys_updated_by": {"type": "string", "label": "Updated by", "max_length": 40},
    "sys_updated_on": {"type": "glide_date_time", "label": "Updated"},
    "sys_mod_count": {"type": "integer", "label": "Updates", "default": "0"},
    "sys_tags": {"type": "string", "label": "Tags", "max_length": 40},
}


class SchemaError(ValueError):
    """A table definition that cannot be used; the message names table and field."""


def build_schema(documents: Iterable[dict[str, Any]]) -> Schema:
    """Merge the `tables` of every document, in order; a later one adds to an earlier one."""
    raw = merge_tables(documents)
    tables: dict[str, Table] = {}
    for name in raw:
        _build_table(name, raw, tables, ())
    schema = Schema(tables)
    _check_references(schema)
    return schema


def merge_tables(documents: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The definitions of all documents by name of the table, still as YAML has them."""
    raw: dict[str, dict[str, Any]] = {}
    for document in documents:
        for name, body in (document.get("tables") or {}).items():
            _merge_table(raw, str(name), body or {})
    return raw


def _merge_table(raw: dict[str, dict[str, Any]], name: str, body: dict[str, Any]) -> None:
    if not _NAME.match(name):
        raise SchemaError(f"'{name}' is not a table name")
    known = raw.setdefault(name, {"fields": {}})
    fields = {**known["fields"], **(body.get("fields") or {})}
    known.update(body)
    known["fields"] = fields


def _build_table(name: str, raw: dict[str, dict[str, Any]], tables: dict[str, Table], below: tuple[str, ...]) -> Table:
    if name in tables:
        return tables[name]
    if name in below:
        raise SchemaError(f"Table '{name}' extends itself")
    body = raw[name]
    parent = None
    if extends := body.get("extends"):
        if extends not in raw:
            raise SchemaError(f"Table '{name}' extends '{extends}', which is not defined")
        parent = _build_table(extends, raw, tables, (*below, name))
    table = _new_table(name, body, parent)
    table.fields = {**(parent.fields if parent else {}), **table.own}
    if parent:
        parent.children.append(table)
    tables[name] = table
    return table


def _new_table(name: str, body: dict[str, Any], parent: Table | None) -> Table:
    own = {} if parent else {key: Field(name=key, table=name, read_only=True, **_SYSTEM[key]) for key in _SYSTEM}
    for key, spec in body["fields"].items():
        own[key] = _field(name, key, spec)
    number = body.get("number") or {}
    return Table(
        name=name,
        label=str(body.get("label") or _label(name)),
        parent=parent,
        own=own,
        display=str(body.get("display") or ""),
        prefix=str(number.get("prefix") or ""),
        start=int(number.get("start") or 10000),
        indexes=tuple(body.get("indexes") or ()),
        audit=body.get("audit") is True,
        belongs_to=tuple(body.get("belongs_to") or ()),
        roles={key: tuple(value) for key, value in (body.get("roles") or {}).items()},
        views={str(key): tuple(value) for key, value in (body.get("views") or {}).items()},
    )


def _field(table: str, name: str, spec: object) -> Field:
    if not _NAME.match(name):
        raise SchemaError(f"Table '{table}': '{name}' is not a field name")
    options = dict(spec) if isinstance(spec, dict) else _parse_spec(table, name, str(spec))
    if options.get("type") not in TYPES:
        raise SchemaError(f"Table '{table}', field '{name}': no type '{options.get('type')}'")
    try:
        return Field(
            name=name,
            table=table,
            type=str(options.pop("type")),
            label=str(options.pop("label", None) or _label(name)),
            reference=str(options.pop("reference", None) or ""),
            max_length=int(options.pop("max_length", None) or 0),
            default=str(options.pop("default", None) or ""),
            read_only=bool(options.pop("read_only", False)),
        )
    except ValueError as error:
        raise SchemaError(f"Table '{table}', field '{name}': {error}") from None


def _parse_spec(table: str, name: str, spec: str) -> dict[str, Any]:
    match = _SPEC.match(spec)
    if not match:
        raise SchemaError(f"Table '{table}', field '{name}': cannot read '{spec}'")
    kind = {"list": "glide_list"}.get(match["type"], match["type"])
    return {
        "type": kind,
        "reference": match["target"],
        "max_length": match["length"],
        "read_only": bool(match["ro"]),
        "default": match["d"],
    }


def _label(name: str) -> str:
    return name.removeprefix("u_").replace("_", " ").capitalize()


def _check_references(schema: Schema) -> None:
    for table in schema.tables.values():
        for item in table.own.values():
            if item.reference and item.reference not in schema.tables:
                raise SchemaError(f"Field '{table.name}.{item.name}' refers to unknown table '{item.reference}'")
