"""Access rules of a data set: which records and which fields take which roles.

    access:
      ast_contract:
        rows:
          - {roles: [contract_manager]}
          - {query: contract_administrator=javascript:gs.getUserID()}
        fields:
          payment_amount: {read: [contract_manager], write: [contract_manager]}

As with an instance's access controls the rules of the nearest table count: those of a base table hold for what extends
it, unless that has rules of its own for the same operation, or the same field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from ..store.document import Document, blamed, mapping, names, only, rows, scalar
from ..store.schema import Schema, Table

Check = Callable[[Table, str, str], str]
OPERATIONS = ("read", "create", "write", "delete")
_DEFAULT = ("read", "write", "delete")


@dataclass(frozen=True, slots=True)
class RowRule:
    """Whoever has one of `roles` (all, if there are none) may do `operations` with records that fit `query`."""

    operations: tuple[str, ...]
    roles: tuple[str, ...]
    query: str


@dataclass(slots=True)
class AccessRules:
    """Looked up by table and operation; the answers are remembered, for the rules never change."""

    _rows: dict[str, list[RowRule]] = field(default_factory=dict)
    _fields: dict[tuple[str, str, str], tuple[str, ...]] = field(default_factory=dict)
    _found: dict[tuple[str, str], tuple[RowRule, ...] | None] = field(default_factory=dict)
    _roles: dict[tuple[str, str, str], tuple[str, ...]] = field(default_factory=dict)

    def rows(self, table: Table, operation: str) -> tuple[RowRule, ...] | None:
        """The rules for `operation` (see OPERATIONS) on records of exactly this table; None: there are none."""
        key = (table.name, operation)
        if key not in self._found:
            levels = (
                tuple(rule for rule in self._rows.get(level.name, ()) if operation in rule.operations)
                for level in table.lineage()
            )
            self._found[key] = next(filter(None, levels), None)
        return self._found[key]

    def field(self, table: Table, name: str, operation: str) -> tuple[str, ...]:
        """The roles that may read or write a field; () for everybody."""
        key = (table.name, name, operation)
        if key not in self._roles:
            levels = (self._fields.get((level.name, name, operation)) for level in table.lineage())
            self._roles[key] = next(filter(None, levels), ())
        return self._roles[key]

    def add(self, schema: Schema, table: str, body: object, place: str, check: Check) -> None:
        known = schema.get(table)
        if known is None:
            raise ValueError(f"{place}: there is no table '{table}'")
        given = only(body, ("rows", "fields"), place)
        for number, rule in enumerate(rows(given.get("rows"), f"{place}.rows")):
            self._rows.setdefault(table, []).append(_row_rule(known, rule, check, f"{place}.rows[{number}]"))
        for name, operations in mapping(given.get("fields"), f"{place}.fields").items():
            here = f"{place}.fields.{name}"
            if name not in known.fields:
                raise ValueError(f"{here}: table '{table}' has no field '{name}'")
            for operation, roles in only(operations, ("read", "write"), here).items():
                self._fields[table, name, operation] = names(roles, f"{here}.{operation}")


def read_access_rules(schema: Schema, documents: Iterable[Document], check: Check) -> AccessRules:
    found = AccessRules()
    for document in documents:
        with blamed(document):
            for table, body in mapping(document.get("access"), "access").items():
                found.add(schema, table, body, f"access.{table}", check)
    return found


def _row_rule(table: Table, rule: dict[str, Any], check: Check, place: str) -> RowRule:
    given = only(rule, ("name", "operations", "roles", "query"), place)
    operations = names(given.get("operations"), f"{place}.operations") or _DEFAULT
    if unknown := set(operations) - set(OPERATIONS):
        raise ValueError(f"{place}.operations: '{min(unknown)}' is none of {', '.join(OPERATIONS)}")
    query = check(table, scalar(given.get("query"), f"{place}.query"), f"{place}.query")
    return RowRule(operations, names(given.get("roles"), f"{place}.roles"), query)
