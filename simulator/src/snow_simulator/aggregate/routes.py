"""GET /api/now/stats/{table} (ServiceNow REST API reference, "Aggregate API")."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ..access import acl
from ..errors import no_field_read
from ..http.call import Call, Reply, result
from ..http.routing import Router
from ..query.paths import BASE
from ..store.schema import Field
from ..table import parameters as shared
from ..values.dates import stored
from ..values.display import Display
from . import parameters
from .sql import Group, Select

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def register(router: Router) -> None:
    router.add_versioned("GET", "now", "/stats/<table>", stats)


def stats(call: Call, table: str) -> Reply:
    """One object without sysparm_group_by, a list of them with it; all numbers are strings."""
    target = call.table(table)
    acl.check_read(call.user, target)
    compiler = shared.compiler(call, target)
    strict = call.instance.settings.invalid_query_returns_no_rows
    compiled = compiler.compile(shared.read_query(call), strict=strict)
    if compiled.denied:
        raise no_field_read()
    # Without those of the joins: grouping may add joins with parameters of their own.
    where, bound = compiled.where, compiled.parameters[len(compiler.paths.parameters) :]
    if visible := call.access.rows_of(target, BASE):
        # A minimum or a group would tell what is in records that the caller may not read.
        where, bound = f"({where}) AND {visible[0]}", [*bound, *visible[1]]
    select = Select(compiler, parameters.read(call.parameters))
    rows = select.rows(call.instance.raw, where, bound)
    if select.denied:
        raise no_field_read()
    if not select.groups:
        return result({"stats": _stats(select, rows[0])})
    display = call.instance.display(call.user)
    mode = call.parameters.get("sysparm_display_value", "").lower()
    return result(
        [{"stats": _stats(select, row), "groupby_fields": _fields(select, row, display, mode)} for row in rows]
    )


def _stats(select: Select, row: Group) -> dict[str, object]:
    numbers = row[len(select.groups) :]
    shown: dict[str, object] = {"count": str(numbers[0])} if select.request.count else {}
    for (aggregate, column), value in zip(select.aggregates, numbers[1:], strict=True):
        of_function = shown.setdefault(aggregate.function, {})
        assert isinstance(of_function, dict)
        of_function[aggregate.field] = _text(aggregate.function, column.field, value)
    return shown


def _fields(select: Select, row: Group, display: Display, mode: str) -> list[dict[str, str]]:
    shown = []
    for (name, column), value in zip(select.groups, row, strict=False):
        text = str(value)
        label = display.value(column.table, column.field, text) if mode in ("true", "all") else ""
        both = {"display_value": label} if mode == "all" else {}
        shown.append({**both, "field": name, "value": label if mode == "true" else text})
    return shown


def _text(function: str, field: Field, value: object) -> str:
    """`2.5000` for an average, as the documents have it; otherwise as the field shows its values."""
    if value is None:
        return ""
    if not isinstance(value, int | float):
        return str(value)
    if field.type == "glide_duration":
        return stored(_EPOCH + timedelta(seconds=min(round(value), 10**11)))
    if function == "avg":
        return f"{value:.4f}"
    return f"{value:.2f}" if field.type == "decimal" else str(round(value))
