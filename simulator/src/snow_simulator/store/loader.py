"""Puts the records of a data set into the database.

A record may leave out its sys_id (one is derived from its display value, so it is the same in every run) and
may name references by display value.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from .database import Database
from .records import RawRecords, Record
from .schema import Field, Schema, Table

_SYS_ID = re.compile(r"^[0-9a-f]{32}$")
_CREATED = "2020-01-01 08:00:00"


def load_records(database: Database, documents: Iterable[dict[str, Any]], models: Iterable[dict[str, Any]]) -> None:
    loader = _Loader(database)
    documents = list(documents)
    loader.dictionary()
    for document in documents:
        loader.choices(document.get("choices") or {})
    for model in models:
        loader.collect("chg_model", {"sys_id": model["sys_id"], "name": model["name"], **model.get("record", {})})
    for document in documents:
        loader.roles(document.get("roles") or {})
    for document in documents:
        for name, records in (document.get("records") or {}).items():
            for record in records:
                loader.collect(name, record)
    loader.write()


def load_dictionary(database: Database) -> None:
    """Only what describes the schema."""
    loader = _Loader(database)
    loader.dictionary()
    loader.write()


def derived_id(*parts: str) -> str:
    return hashlib.md5("/".join(parts).encode(), usedforsecurity=False).hexdigest()


class _Loader:
    def __init__(self, database: Database) -> None:
        self.raw = RawRecords(database)
        self.schema: Schema = database.schema
        self._records: dict[tuple[str, str], tuple[Table, Record]] = {}
        self._by_name: dict[tuple[str, str], str] = {}
        self._options: dict[tuple[str, str], int] = {}

    def dictionary(self) -> None:
        """sys_db_object and sys_dictionary describe the schema itself."""
        for table in self.schema.tables.values():
            parent = derived_id("sys_db_object", table.parent.name) if table.parent else ""
            row = {
                "sys_id": derived_id("sys_db_object", table.name),
                "name": table.name,
                "label": table.label,
            }
            self.collect("sys_db_object", {**row, "super_class": parent, "number_prefix": table.prefix})
            for item in table.own.values():
                self.collect("sys_dictionary", _dictionary_entry(table, item))

    def choices(self, by_table: dict[str, Any]) -> None:
        for name, elements in by_table.items():
            for element, options in elements.items():
                # A later document adds to the end of a list.
                first = self._options.get((name, element), 0)
                self._options[name, element] = first + len(options)
                for sequence, (value, label) in enumerate(options.items(), first):
                    row = {"name": name, "element": element, "value": str(value), "label": str(label)}
                    sys_id = derived_id("sys_choice", name, element, str(value))
                    self.collect("sys_choice", {"sys_id": sys_id, "sequence": sequence, **row})

    def roles(self, by_name: dict[str, Any]) -> None:
        """`name: {description: .., contains: [other roles]}`."""
        for name, body in by_name.items():
            role = {"name": name, "description": (body or {}).get("description", "")}
            self.collect("sys_user_role", role)
            for other in (body or {}).get("contains") or ():
                sys_id = derived_id("sys_user_role_contains", name, other)
                self.collect("sys_user_role_contains", {"sys_id": sys_id, "role": name, "contains": other})

    def collect(self, table_name: str, values: dict[str, Any]) -> None:
        """Remember one record; the same sys_id again changes what was there."""
        table = self.schema.get(table_name)
        if table is None:
            raise ValueError(f"records: unknown table '{table_name}'")
        unknown = set(values) - set(table.fields)
        if unknown:
            raise ValueError(f"records: table '{table_name}' has no field {', '.join(sorted(unknown))}")
        given = {name: text_of(value) for name, value in values.items()}
        shown = given.get(table.display_field()) or f"{given.get('first_name')} {given.get('last_name')}"
        sys_id = given.get("sys_id") or derived_id(table_name, shown if shown != "None None" else repr(given))
        key = (table.root.name, sys_id)
        if key in self._records:
            record = self._records[key][1]
        else:
            record = {name: item.default for name, item in table.fields.items()}
            record.update(sys_class_name=table.name, sys_created_on=_CREATED, sys_updated_on=_CREATED)
            record.update(sys_created_by="admin", sys_updated_by="admin", sys_id=sys_id)
            self._records[key] = (table, record)
        record.update(given)
        self._remember(table, record)

    def _remember(self, table: Table, record: Record) -> None:
        if "first_name" in record and not record["name"]:
            record["name"] = f"{record['first_name']} {record['last_name']}".strip()
        if "sys_name" in record and not record["sys_name"]:
            record["sys_name"] = record.get("name", "")
        if "task_effective_number" in record:
            record["task_effective_number"] = record["task_effective_number"] or record["number"]
        for name in (table.display_field(), "user_name"):
            if record.get(name):
                self._by_name.setdefault((table.root.name, record[name].lower()), record["sys_id"])

    def write(self) -> None:
        for table, record in self._records.values():
            for item in table.fields.values():
                value = record.get(item.name, "")
                if value and item.reference and item.type in ("reference", "glide_list"):
                    record[item.name] = ",".join(self._resolve(table, item, part) for part in value.split(","))
            known = {name: value for name, value in record.items() if name in table.fields}
            self.raw.insert(table, {**known, "sys_class_name": record["sys_class_name"]})

    def _resolve(self, table: Table, item: Field, value: str) -> str:
        if _SYS_ID.match(value):
            return value
        root = self.schema[item.reference].root.name
        found = self._by_name.get((root, value.strip().lower()))
        if found is None:
            raise ValueError(f"records: {table.name}.{item.name} refers to '{value}', which does not exist")
        return found


def _dictionary_entry(table: Table, item: Field) -> dict[str, object]:
    return {
        "sys_id": derived_id("sys_dictionary", table.name, item.name),
        "name": table.name,
        "element": item.name,
        "column_label": item.label,
        "internal_type": {"journal": "journal_input"}.get(item.type, item.type),
        "max_length": item.max_length or (32 if item.is_reference else 40),
        "reference": item.reference,
        "default_value": item.default,
        "read_only": item.read_only,
    }


def text_of(value: object) -> str:
    """A value of YAML as it is stored."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return ",".join(text_of(item) for item in value)
    return str(value)
