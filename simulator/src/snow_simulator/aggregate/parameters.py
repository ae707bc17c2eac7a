"""The parameters of the Aggregate API, read. What cannot be read is left out, as an invalid condition is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

FUNCTIONS = ("avg", "min", "max", "sum")
_HAVING = ("=", "!=", "<", "<=", ">", ">=")
# More columns than anybody wants to see, fewer than SQLite can take.
_MAX_FIELDS = 50


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One number asked for: `function` is count or one of FUNCTIONS; `field` may walk references."""

    function: str
    field: str


@dataclass(frozen=True, slots=True)
class Having:
    """aggregate^field^operator^value"""

    aggregate: Aggregate
    operator: str
    value: float


@dataclass(frozen=True, slots=True)
class Order:
    """A sort key: an aggregate, or a field that is grouped by."""

    key: Aggregate | str
    descending: bool


@dataclass(frozen=True, slots=True)
class Request:
    count: bool
    aggregates: tuple[Aggregate, ...]
    group_by: tuple[str, ...]
    having: tuple[Having, ...]
    order: tuple[Order, ...]


def read(parameters: Mapping[str, str]) -> Request:
    aggregates = [
        Aggregate(function, field)
        for function in FUNCTIONS
        for field in _names(parameters.get(f"sysparm_{function}_fields", ""))
    ]
    having = map(_having, _parts(parameters.get("sysparm_having", "")))
    return Request(
        count=parameters.get("sysparm_count", "").strip().lower() == "true",
        aggregates=tuple(aggregates),
        group_by=tuple(_names(parameters.get("sysparm_group_by", ""))),
        having=tuple(item for item in having if item),
        order=tuple(map(_order, _parts(parameters.get("sysparm_order_by", "")))),
    )


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()][:_MAX_FIELDS]


def _names(text: str) -> list[str]:
    return list(dict.fromkeys(_parts(text)))


def _having(text: str) -> Having | None:
    parts = text.split("^")
    if len(parts) != 4 or parts[0].lower() not in ("count", *FUNCTIONS) or parts[2] not in _HAVING:
        return None
    try:
        return Having(Aggregate(parts[0].lower(), parts[1]), parts[2], float(parts[3]))
    except ValueError:
        return None


def _order(text: str) -> Order:
    """`AVG^state`, `COUNT`, `state`, each perhaps with `^DESC`."""
    first, *rest = text.split("^")
    descending = bool(rest) and rest[-1].upper() == "DESC"
    names = [name for name in rest if name.upper() not in ("DESC", "ASC")]
    if first.lower() in ("count", *FUNCTIONS):
        return Order(Aggregate(first.lower(), names[0] if names else ""), descending)
    return Order(first, descending)
