"""What one caller may do with tables, records and fields.

Roles of the table come first, then the rules for records, then those for fields. An admin passes all of them, but for
what is reserved to `nobody`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..errors import acl_refused
from ..query.compile import Compiler
from ..query.operators import Sql
from ..query.parse import parse
from ..query.paths import BASE
from ..query.select import Page
from ..store.database import quoted
from ..store.records import Record
from ..store.schema import Field, Table
from .acl import OPERATIONS, readable
from .users import User

if TYPE_CHECKING:
    from ..instance import Instance

# How many sys_ids go into one statement.
_CHUNK = 500
_NOTHING: tuple[str, ...] = ()


class Access:
    """Made for one request: what it finds out is remembered while users and roles stay as they are."""

    def __init__(self, instance: Instance, user: User) -> None:
        self.instance = instance
        self.user = user
        self.rules = instance.access_rules
        self._restrictions: dict[tuple[str, str], tuple[str, ...] | None] = {}
        self._fields: dict[tuple[str, str, str], bool] = {}
        self._queried: dict[tuple[str, str], bool] = {}

    # Fields --------------------------------------------------------------------------------------------

    def can_read(self, table: Table, field: Field) -> bool:
        return readable(field) and self._field(table, field, "read")

    def can_write(self, table: Table, field: Field) -> bool:
        return self._field(table, field, "write")

    def _field(self, table: Table, field: Field, operation: str) -> bool:
        key = (table.name, field.name, operation)
        if key not in self._fields:
            roles = self.rules.field(table, field.name, operation)
            self._fields[key] = not roles or self.user.has_role(*roles)
        return self._fields[key]

    def may_query(self, table: Table, field: Field) -> bool:
        """Whether a query or a sort may look at a field: in every record that the table can show."""
        key = (table.name, field.name)
        if key not in self._queried:
            fields = all(self.can_read(item, field) for item in table.descendants())
            self._queried[key] = fields and self._restriction(table, "read") != _NOTHING
        return self._queried[key]

    # Records -------------------------------------------------------------------------------------------

    def visible(self, table: Table, records: list[Record]) -> list[Record]:
        """Those of `records` that the caller may read, in their order."""
        found = self._allowed(table, records, "read")
        return self._with_owners(table, found) if table.belongs_to else found

    def shorten(self, table: Table, page: Page) -> None:
        """After the limit, as an instance does it: a page comes back short, and its total is that of all rows."""
        if table.belongs_to or any(self._restriction(item, "read") is not None for item in table.root.descendants()):
            page.keep(self.visible(table, page.records))

    def may(self, table: Table, record: Record, operation: str) -> bool:
        """`operation` is Insert, Update or Delete; `table` is that of the record."""
        return bool(self._allowed(table, [record], OPERATIONS[operation]))

    def check_row(self, table: Table, record: Record, operation: str) -> None:
        if not self.may(table, record, operation):
            raise acl_refused(operation)

    def rows_of(self, table: Table, alias: str) -> Sql | None:
        """A condition on the joined table `alias`: only records that the caller may read. None: all of them."""
        parts, parameters = [], []
        for item in table.root.descendants():
            queries = self._restriction(item, "read")
            if queries is not None:
                sql, values = self._matching_sql(item, queries)
                parts.append(f"({alias}.sys_class_name <> ? OR {alias}.sys_id IN ({sql}))")
                parameters += [item.name, *values]
        return (" AND ".join(parts), parameters) if parts else None

    def _restriction(self, table: Table, operation: str) -> tuple[str, ...] | None:
        """Encoded queries one of which a record has to fit; () where none may be seen, None where all may."""
        key = (table.name, operation)
        if key not in self._restrictions:
            self._restrictions[key] = self._find_restriction(table, operation)
        return self._restrictions[key]

    def _find_restriction(self, table: Table, operation: str) -> tuple[str, ...] | None:
        roles = table.roles_for(operation) if operation == "read" else ()
        if roles and not self.user.has_role(*roles):
            return _NOTHING
        rules = self.rules.rows(table, operation)
        if rules is None or "admin" in self.user.roles:
            return None
        mine = [rule for rule in rules if not rule.roles or self.user.has_role(*rule.roles)]
        return None if any(not rule.query for rule in mine) else tuple(rule.query for rule in mine)

    def _allowed(self, table: Table, records: list[Record], operation: str) -> list[Record]:
        raw = self.instance.raw
        by_class: dict[str, list[str]] = {}
        for record in records:
            by_class.setdefault(raw.class_of(record, table).name, []).append(record["sys_id"])
        hidden: set[str] = set()
        for name, ids in by_class.items():
            item = raw.schema[name]
            queries = self._restriction(item, operation)
            if queries is not None:
                hidden |= set(ids) - self._matching(item, queries, ids)
        return [record for record in records if record["sys_id"] not in hidden] if hidden else records

    def _matching(self, table: Table, queries: Iterable[str], ids: list[str]) -> set[str]:
        sql, parameters = self._matching_sql(table, queries)
        found: set[str] = set()
        for start in range(0, len(ids), _CHUNK):
            part = ids[start : start + _CHUNK]
            marks = ", ".join("?" * len(part))
            rows = self.instance.database.rows(f"{sql} AND {BASE}.sys_id IN ({marks})", [*parameters, *part])
            found.update(row[0] for row in rows)
        return found

    def _matching_sql(self, table: Table, queries: Iterable[str]) -> Sql:
        """SELECT of the sys_ids that fit one of `queries`. Strict: what cannot be read lets nobody see more."""
        start = f"SELECT {BASE}.sys_id FROM {quoted(table.root.name)} AS {BASE}"
        if not queries:
            return f"{start} WHERE 0", []
        compiler = Compiler(self.instance.raw.schema, self.instance.choices, table, self.instance.scope(self.user))
        compiled = compiler.compile(parse("^NQ".join(queries)), strict=True)
        return f"{start} {compiled.joins} WHERE ({compiled.where})", compiled.parameters

    # What belongs to a record --------------------------------------------------------------------------

    def _with_owners(self, table: Table, records: list[Record]) -> list[Record]:
        """Attachments, journal entries and the like are as readable as the record, and the field, they belong to."""
        where, key, *element = table.belongs_to
        owners: dict[str, dict[str, None]] = {}
        for record in records:
            owners.setdefault(record[where], {})[record[key]] = None
        hidden = {(name, sys_id) for name, ids in owners.items() for sys_id in self._hidden_owners(name, list(ids))}
        return [
            record
            for record in records
            if (record[where], record[key]) not in hidden
            and not (element and self._hidden_field(record[where], record[element[0]]))
        ]

    def _hidden_owners(self, table_name: str, ids: list[str]) -> set[str]:
        table = self.instance.raw.schema.get(table_name)
        if table is None or all(self._restriction(item, "read") is None for item in table.root.descendants()):
            return set()
        existing = self.instance.raw.by_ids(table.root, ids)
        return {record["sys_id"] for record in existing} - {
            record["sys_id"] for record in self._allowed(table.root, existing, "read")
        }

    def _hidden_field(self, table_name: str, name: str) -> bool:
        table = self.instance.raw.schema.get(table_name)
        field = table.fields.get(name) if table else None
        return bool(table and field and not self.can_read(table, field))
