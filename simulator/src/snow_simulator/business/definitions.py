"""What a data set says about its business rules and data policies. See the README, "Your own instance"."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ..query.script import Scope, evaluate
from ..store.document import Document, blamed, flag, names, only, rows, scalar, whole
from ..store.loader import derived_id
from ..store.schema import Schema, Table

OPERATIONS = ("insert", "update", "delete")
# Rules of a lower order run before what the instance does by itself, as before its engines on a real one.
ENGINES = 1000
Check = Callable[[Table, str, str], str]
_KEYS = (
    "name",
    "sys_id",
    "table",
    "when",
    "operations",
    "condition",
    "was",
    "changed",
    "order",
    "active",
    "set",
    "abort",
)


@dataclass(frozen=True, slots=True)
class BusinessRule:
    """`condition` is about the record as it will be, `was` about what it was; `changed`: one of these fields is new."""

    name: str
    sys_id: str
    table: str
    when: str
    operations: tuple[str, ...]
    condition: str
    was: str
    changed: tuple[str, ...]
    order: int
    values: dict[str, str]
    abort: bool


@dataclass(frozen=True, slots=True)
class DataPolicy:
    """Fields that must not be empty, or must stay as they are, in records that fit the condition."""

    name: str
    table: str
    condition: str
    mandatory: tuple[str, ...]
    read_only: tuple[str, ...]


@dataclass(slots=True)
class Definitions:
    """All of a data set; rules in the order in which they run."""

    rules: list[BusinessRule] = field(default_factory=list)
    policies: list[DataPolicy] = field(default_factory=list)


def read_definitions(schema: Schema, documents: Iterable[Document], check: Check) -> Definitions:
    """A later rule of the same name and table takes the place of an earlier one."""
    rules: dict[tuple[str, str], BusinessRule | None] = {}
    policies: dict[tuple[str, str], DataPolicy] = {}
    for document in documents:
        with blamed(document):
            for number, item in enumerate(rows(document.get("business_rules"), "business_rules")):
                place = f"business_rules[{number}]"
                name, table = _named(schema, item, place)
                rules[table.name, name] = _rule(name, table, only(item, _KEYS, place), place, check)
            for number, item in enumerate(rows(document.get("data_policies"), "data_policies")):
                place = f"data_policies[{number}]"
                name, table = _named(schema, item, place)
                policies[table.name, name] = _policy(name, table, item, place, check)
    ordered = sorted((rule for rule in rules.values() if rule), key=lambda rule: rule.order)
    return Definitions(ordered, list(policies.values()))


def _named(schema: Schema, item: dict[str, Any], place: str) -> tuple[str, Table]:
    name, table = scalar(item.get("name"), f"{place}.name"), scalar(item.get("table"), f"{place}.table")
    if not name or not table:
        raise ValueError(f"{place}: 'name' and 'table' are required")
    known = schema.get(table)
    if known is None:
        raise ValueError(f"{place}.table: there is no table '{table}'")
    return name, known


def _rule(name: str, table: Table, item: dict[str, Any], place: str, check: Check) -> BusinessRule | None:
    """None for one that is not active."""
    when = scalar(item.get("when", "before"), f"{place}.when")
    if when not in ("before", "after"):
        raise ValueError(f"{place}.when: '{when}' is neither before nor after")
    operations = names(item.get("operations"), f"{place}.operations") or ("insert", "update")
    if unknown := set(operations) - set(OPERATIONS):
        raise ValueError(f"{place}.operations: '{min(unknown)}' is none of {', '.join(OPERATIONS)}")
    rule = BusinessRule(
        name=name,
        sys_id=scalar(item.get("sys_id"), f"{place}.sys_id") or derived_id("sys_script", table.name, name),
        table=table.name,
        when=when,
        operations=operations,
        condition=check(table, scalar(item.get("condition"), f"{place}.condition"), f"{place}.condition"),
        was=check(table, scalar(item.get("was"), f"{place}.was"), f"{place}.was"),
        changed=_fields(table, names(item.get("changed"), f"{place}.changed"), f"{place}.changed"),
        order=whole(item.get("order"), f"{place}.order", 100),
        values=_values(table, item.get("set"), f"{place}.set"),
        abort=flag(item.get("abort"), f"{place}.abort"),
    )
    if not rule.values and not rule.abort:
        raise ValueError(f"{place}: it does nothing without 'set' or 'abort: true'")
    if rule.values and rule.when == "after" and "delete" in rule.operations:
        raise ValueError(f"{place}: there is nothing to set after a delete")
    return rule if flag(item.get("active"), f"{place}.active", True) else None


def _policy(name: str, table: Table, item: dict[str, Any], place: str, check: Check) -> DataPolicy:
    given = only(item, ("name", "table", "condition", "mandatory", "read_only"), place)
    policy = DataPolicy(
        name,
        table.name,
        check(table, scalar(given.get("condition"), f"{place}.condition"), f"{place}.condition"),
        _fields(table, names(given.get("mandatory"), f"{place}.mandatory"), f"{place}.mandatory"),
        _fields(table, names(given.get("read_only"), f"{place}.read_only"), f"{place}.read_only"),
    )
    if not policy.mandatory and not policy.read_only:
        raise ValueError(f"{place}: it says nothing without 'mandatory' or 'read_only'")
    return policy


def _fields(table: Table, given: tuple[str, ...], place: str) -> tuple[str, ...]:
    for name in given:
        if name not in table.fields:
            raise ValueError(f"{place}: table '{table.name}' has no field '{name}'")
    return given


def _values(table: Table, given: object, place: str) -> dict[str, str]:
    values = only(given, tuple(table.fields), place) if given is not None else {}
    for name in values:
        if name in ("sys_id", "sys_class_name"):
            raise ValueError(f"{place}: '{name}' stays as it is")
    found = {
        name: str(value).lower() if isinstance(value, bool) else scalar(value, f"{place}.{name}")
        for name, value in values.items()
    }
    for name, text in found.items():
        if evaluate(text, Scope("", "", UTC, datetime.now(UTC))) is None:
            raise ValueError(f"{place}.{name}: '{text}' is none of the functions of gs that are known")
    return found
