"""The sysparm_ parameters of the Table API."""

from __future__ import annotations

from ..http.call import Call
from ..query.ast import Condition, Query
from ..query.compile import Compiled, Compiler
from ..query.parse import parse
from ..store.schema import Table
from ..values.convert import Input
from .render import Renderer, Style

DEFAULT_LIMIT = 10_000
_MODES = ("true", "false", "all")
_RESERVED = frozenset({"order", "textSearch", "encrypted_fields", "association_type"})


def renderer(call: Call) -> Renderer:
    mode = call.parameters.get("sysparm_display_value", "false").lower()
    style = Style(
        mode=mode if mode in _MODES else "false",
        links=not call.flag("sysparm_exclude_reference_link"),
        tables=f"{call.instance.url}{call.api('now')}/table",
    )
    return Renderer(call.instance.raw, call.instance.display(call.user), style)


def field_names(call: Call, table: Table) -> list[str] | None:
    """sysparm_fields, or the fields of the view that sysparm_view names; None for all."""
    text = call.parameters.get("sysparm_fields", "")
    names = [name.strip() for name in text.split(",") if name.strip()]
    return list(dict.fromkeys(names)) or list(table.view(call.parameters.get("sysparm_view", ""))) or None


def input_mode(call: Call) -> Input:
    return Input(call.user.zone, display=call.flag("sysparm_input_display_value"), style=call.user.style)


def read_query(call: Call) -> Query:
    """sysparm_query; without it, name-value pairs (they exclude each other)."""
    parameters = call.parameters
    if "sysparm_query" in parameters:
        return parse(parameters["sysparm_query"])
    pairs = [(name, value) for name, value in parameters.items() if _is_filter(name)]
    branch = [[Condition(name, "DISPLAY", value)] for name, value in pairs]
    return Query([branch] if branch else [])


def _is_filter(name: str) -> bool:
    return not name.startswith(("sysparm_", "_")) and name not in _RESERVED


def compiler(call: Call, table: Table) -> Compiler:
    instance = call.instance
    return Compiler(instance.raw.schema, instance.choices, table, instance.scope(call.user), call.access)


def compile_query(call: Call, table: Table, query: Query) -> Compiled:
    instance = call.instance
    strict = instance.properties.flag("glide.invalid_query.returns_no_rows")
    strict = strict or instance.settings.invalid_query_returns_no_rows
    return compiler(call, table).compile(query, strict=strict)
