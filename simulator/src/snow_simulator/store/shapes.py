"""The form of a data set's sections: what is wrong with them is said in one sentence, with the place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from ..values import convert, dates
from .document import mapping, names, only, rows, scalar
from .schema import Field

# Where files keep what they refer to with YAML's own anchors.
ANCHORS = ("conditions", "shared")
SECTIONS = (
    "extends", "tables", "choices", "models", "roles", "access", "business_rules", "data_policies", "records",
    *ANCHORS,
)  # fmt: skip


# What a dump has of those, and beside them (dump.py).
DUMPED = ("tables", "models", "access", "business_rules", "data_policies")
DUMP_SECTIONS = ("dump", "definitions", "records", "sequences", "contents")


def model(value: object, place: str) -> dict[str, Any]:
    """A change model whose parts have the right form, its texts made of whatever scalars were given."""
    body = mapping(value, place)
    if not scalar(body.get("name"), f"{place}.name") or not scalar(body.get("sys_id"), f"{place}.sys_id"):
        raise ValueError(f"{place}: each has at least 'sys_id' and 'name'")
    for key in ("transitions", "more_transitions"):
        for number, row in enumerate(rows(body.get(key), f"{place}.{key}")):
            _transition(row, f"{place}.{key}[{number}]")
    mapping(body.get("record"), f"{place}.record")
    for state, who in mapping(body.get("approvals"), f"{place}.approvals").items():
        scalar(who, f"{place}.approvals.{state}")
    tasks = rows(body.get("tasks"), f"{place}.tasks")
    texts = [{name: text(item, f"{place}.tasks.{name}") for name, item in task.items()} for task in tasks]
    return {**body, "tasks": texts}


def _transition(row: dict[str, Any], place: str) -> None:
    for end in ("from", "to"):
        if not scalar(row.get(end), f"{place}.{end}"):
            raise ValueError(f"{place}: 'from' and 'to' are required")
    for number, condition in enumerate(rows(row.get("conditions"), f"{place}.conditions")):
        here = f"{place}.conditions[{number}]"
        if not scalar(condition.get("name"), f"{here}.name"):
            raise ValueError(f"{here}: 'name' is required")
        if not scalar(condition.get("query"), f"{here}.query") and not scalar(condition.get("kind"), f"{here}.kind"):
            raise ValueError(f"{here}: 'query' or 'kind' is required")


def choices(value: object, place: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Table, field, and the label of each value."""
    for table, elements in mapping(value, place).items():
        for element, options in mapping(elements, f"{place}.{table}").items():
            here = f"{place}.{table}.{element}"
            labels = mapping(options, here).items()
            yield table, element, {item: text(label, f"{here}.{item}") for item, label in labels}


def roles(value: object, place: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Name, description, and the names of those that a role contains."""
    for name, body in mapping(value, place).items():
        given = only(body, ("description", "contains"), f"{place}.{name}")
        description = scalar(given.get("description"), f"{place}.{name}.description")
        yield name, description, names(given.get("contains"), f"{place}.{name}.contains")


def records(value: object, place: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Table, place and values of each record."""
    for table, found in mapping(value, place).items():
        for number, record in enumerate(rows(found, f"{place}.{table}")):
            yield table, f"{place}.{table}[{number}]", record


def stored(field: Field, value: object, place: str) -> str:
    """The value of a record's field, as it is kept; dates are UTC, or say otherwise."""
    given = text(value, place)
    if given == "" or not field.is_typed:
        return given
    if field.type == "boolean":
        found = given.lower() if given.lower() in ("true", "false") else None
    else:
        found = convert.scalar(field, given, convert.Input(UTC))
    if found is None:
        raise ValueError(f"{place}: '{given}' is no {field.type.removeprefix('glide_').replace('_', ' ')}")
    return found


def text(value: object, place: str) -> str:
    """Of a scalar of YAML, or a list of them."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return dates.stored(value if value.tzinfo else value.replace(tzinfo=UTC))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return ",".join(text(item, place) for item in value if not _nested(item, place))
    return scalar(value, place)


def _nested(item: object, place: str) -> bool:
    if isinstance(item, list | dict):
        raise ValueError(f"{place}: a list of single values is expected")
    return False
