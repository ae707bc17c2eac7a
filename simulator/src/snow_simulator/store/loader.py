"""Puts the records of a data set into the database.

A record may leave out its sys_id (one is derived from its display value, so it is the same in every run) and
may name references by display value.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any

from . import shapes
from .database import Database
from .document import DataError, Document, blamed
from .records import RawRecords, Record
from .schema import Field, Schema, Table

_SYS_ID = re.compile(r"^[0-9a-f]{32}$")
_CREATED = "2020-01-01 08:00:00"


def load_records(database: Database, documents: Iterable[Document], models: Iterable[Document]) -> None:
    """Raises DataError, which names the place of what is wrong."""
    loader = _Loader(database)
    documents = list(documents)
    loader.dictionary()
    for document in documents:
        with blamed(document):
            loader.choices(document)
    for model in models:
        with blamed(model):
            record = {"sys_id": model["sys_id"], "name": model["name"], **(model.get("record") or {})}
            loader.collect("chg_model", record, "record", model.source)
    for document in documents:
        with blamed(document):
            loader.roles(document)
    for document in documents:
        with blamed(document):
            for name, place, values in shapes.records(document.get("records"), "records"):
                loader.collect(name, values, place, document.source)
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
        self._records: dict[tuple[str, str], tuple[Table, Record, str]] = {}
        self._by_name: dict[tuple[str, str], str] = {}
        self._options: dict[tuple[str, str], int] = {}

    def dictionary(self) -> None:
        """sys_db_object and sys_dictionary describe the schema itself."""
        tables, columns = self.schema["sys_db_object"], self.schema["sys_dictionary"]
        for table in self.schema.tables.values():
            parent = derived_id("sys_db_object", table.parent.name) if table.parent else ""
            row = {
                "sys_id": derived_id("sys_db_object", table.name),
                "name": table.name,
                "label": table.label,
            }
            self._put(tables, {**row, "super_class": parent, "number_prefix": table.prefix}, table.name)
            for item in table.own.values():
                self._put(columns, _dictionary_entry(table, item), table.name)

    def choices(self, document: Document) -> None:
        for name, element, options in shapes.choices(document.get("choices"), "choices"):
            table = self.schema.get(name)
            if table is None or element not in table.fields:
                raise ValueError(f"choices.{name}: there is no {'field ' + element if table else 'table ' + name}")
            # A later document adds to the end of a list.
            first = self._options.get((name, element), 0)
            self._options[name, element] = first + len(options)
            for sequence, (value, label) in enumerate(options.items(), first):
                row = {"name": name, "element": element, "value": value, "label": label}
                sys_id = derived_id("sys_choice", name, element, value)
                self.collect("sys_choice", {"sys_id": sys_id, "sequence": sequence, **row}, "choices")

    def roles(self, document: Document) -> None:
        for name, description, contained in shapes.roles(document.get("roles"), "roles"):
            self.collect("sys_user_role", {"name": name, "description": description}, f"roles.{name}")
            for other in contained:
                sys_id = derived_id("sys_user_role_contains", name, other)
                row = {"sys_id": sys_id, "role": name, "contains": other}
                self.collect("sys_user_role_contains", row, f"roles.{name}", document.source)

    def collect(self, table_name: str, values: dict[str, Any], place: str, source: str = "") -> None:
        """Remember one record; the same sys_id again changes what was there."""
        table = self.schema.get(table_name)
        if table is None:
            raise ValueError(f"{place}: unknown table '{table_name}'")
        if unknown := set(values) - set(table.fields):
            raise ValueError(f"{place}: table '{table_name}' has no field {', '.join(sorted(unknown))}")
        given = {name: shapes.stored(table.fields[name], value, f"{place}.{name}") for name, value in values.items()}
        self._put(table, given, place, source)

    def _put(self, table: Table, given: Record, place: str, source: str = "") -> None:
        """The same for values that are in their stored form already."""
        shown = given.get(table.display_field()) or f"{given.get('first_name')} {given.get('last_name')}"
        sys_id = given.get("sys_id") or derived_id(table.name, shown if shown != "None None" else repr(given))
        key = (table.root.name, sys_id)
        if key in self._records:
            record = self._records[key][1]
        else:
            record = table.new_record()
            record.update(sys_created_on=_CREATED, sys_updated_on=_CREATED)
            record.update(sys_created_by="admin", sys_updated_by="admin", sys_id=sys_id)
            self._records[key] = (table, record, f"{source}: {place}")
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
        for table, record, place in self._records.values():
            for item in table.fields.values():
                value = record.get(item.name, "")
                if value and item.reference and item.type in ("reference", "glide_list"):
                    parts = value.split(",") if item.type == "glide_list" else [value]
                    record[item.name] = ",".join(self._resolve(item, part.strip(), place) for part in parts)
            known = {name: value for name, value in record.items() if name in table.fields}
            self.raw.insert(table, {**known, "sys_class_name": record["sys_class_name"]})

    def _resolve(self, item: Field, value: str, place: str) -> str:
        root = self.schema[item.reference].root.name
        # A list of users may hold e-mail addresses too.
        address = item.type == "glide_list" and "@" in value
        if _SYS_ID.match(value) or (root, value) in self._records or address:
            return value
        found = self._by_name.get((root, value.lower()))
        if found is None:
            raise DataError(f"{place}.{item.name} refers to '{value}', which does not exist")
        return found


def _dictionary_entry(table: Table, item: Field) -> Record:
    return {
        "sys_id": derived_id("sys_dictionary", table.name, item.name),
        "name": table.name,
        "element": item.name,
        "column_label": item.label,
        "internal_type": {"journal": "journal_input"}.get(item.type, item.type),
        "max_length": str(item.max_length or (32 if item.is_reference else 40)),
        "reference": item.reference,
        "default_value": item.default,
        "read_only": "true" if item.read_only else "false",
    }
