"""What the operations of the Change Management API share."""

from __future__ import annotations

from ..errors import acl_refused, bad_request, no_field_read, no_read_role, no_record
from ..http.call import Call
from ..query.ast import Condition
from ..query.compile import Compiled
from ..query.parse import TEXT_QUERY, parse
from ..query.select import Page, select
from ..store.records import Record
from ..store.schema import Table
from ..table.parameters import compile_query, read_query
from ..values.convert import Input
from ..values.text import from_json

API = "sn_chg_rest"
DEFAULT_LIMIT = 500
# The roles that the document names for each verb.
_READ = ("change_manager", "itil", "sn_change_read")
_WRITE = ("change_manager", "itil")
_DELETE = ("change_manager",)


def may_read(call: Call) -> None:
    if not call.user.has_role(*_READ):
        raise no_read_role()


def may_write(call: Call, operation: str) -> None:
    """`operation` is Insert or Update."""
    if not call.user.has_role(*_WRITE):
        raise acl_refused(operation)


def may_delete(call: Call) -> None:
    if not call.user.has_role(*_DELETE):
        raise acl_refused("Delete")


def table(call: Call, name: str = "change_request") -> Table:
    return call.instance.raw.schema[name]


def record(call: Call, table_name: str, sys_id: str) -> Record:
    """A record that the caller may read: 404 otherwise."""
    target = table(call, table_name)
    found = call.instance.raw.get(target, sys_id)
    if found is None or not call.access.visible(target, [found]):
        raise no_record()
    return found


def change(call: Call, sys_id: str, kind: str = "") -> Record:
    """The change of that sys_id, and of that type if one is given."""
    found = record(call, "change_request", sys_id)
    if kind and found["type"] != kind:
        raise no_record()
    return found


def values(call: Call) -> dict[str, object]:
    """Name-value pairs of the URL, overridden by those of the body; without what steers the operation."""
    given: dict[str, object] = {
        name: value for name, value in call.parameters.items() if not name.startswith("sysparm_")
    }
    given.update(call.body)
    given.pop("encrypted_fields", None)
    return given


def input_mode(call: Call) -> Input:
    """encrypted_fields name the fields that are set by display value; dates are UTC otherwise."""
    text = from_json(call.body.get("encrypted_fields") or call.parameters.get("encrypted_fields") or "")
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    return Input(call.user.zone, display_fields=names, state_labels=True, style=call.user.style)


def meta(ignored: list[str]) -> dict[str, object]:
    return {"__meta": {"ignoredFields": ignored}}


def list_page(call: Call, target: Table, *only: tuple[str, str]) -> tuple[Page, Compiled]:
    """Filters, order, textSearch, offset and limit of a list; `only` are conditions that always hold.

    textSearch works as IR_AND_OR_QUERY: records with every word, and if there are none, those with any.
    """
    words = call.parameters.get("textSearch", "").split()
    page, compiled = _page(call, target, only, [[word] for word in words])
    if page.total == 0 and len(words) > 1:
        page, compiled = _page(call, target, only, [words])
    hidden = {TEXT_QUERY, *(name for name, _ in only)}
    compiled.applied = [name for name in compiled.applied if name not in hidden]
    return page, compiled


def _page(
    call: Call, target: Table, only: tuple[tuple[str, str], ...], search: list[list[str]]
) -> tuple[Page, Compiled]:
    """`search` is an "and" of "or"s of words."""
    query = read_query(call)
    query.branches = query.branches or [[]]
    for branch in query.branches:
        branch.extend([Condition(name, "=", value)] for name, value in only)
        branch.extend([Condition(TEXT_QUERY, "=", word) for word in words] for words in search)
    if order := call.parameters.get("order"):
        query.order.extend(parse(f"ORDERBY{order}").order)
    elif not query.order:
        query.order.extend((name, False) for name in _sort_key(target))
    compiled = compile_query(call, target, query)
    # What the API itself asks for is no field of the caller's: where it is hidden, the page comes back empty.
    own = {*_sort_key(target), *(name for name, _ in only)}
    if any(name not in own for name in compiled.denied):
        raise no_field_read()
    limit, offset = call.number("sysparm_limit", DEFAULT_LIMIT), call.number("sysparm_offset", 0)
    page = select(call.instance.raw, target, compiled, limit=limit, offset=offset)
    call.access.shorten(target, page)
    return page, compiled


def _sort_key(target: Table) -> tuple[str, ...]:
    """What a list is sorted by unless the caller says: the number, or the name."""
    return tuple(name for name in ("number", "name") if name in target.fields)[:1]


def list_meta(call: Call, compiled: Compiled) -> list[dict[str, object]]:
    """The last element that an instance may append to a list."""
    if not call.instance.settings.list_meta:
        return []
    query = call.parameters.get("sysparm_query")
    if query is None:
        pairs = ((name, call.parameters.get(name, "")) for name in compiled.applied)
        query = "^".join(f"{name}={value}" for name, value in pairs)
    fields = {
        "applied": list(dict.fromkeys(compiled.applied)),
        "ignored": list(dict.fromkeys(compiled.ignored)),
    }
    return [{"__meta": {"encodedQuery": query, "fields": fields}}]


def choose_model_and_type(call: Call, given: dict[str, object]) -> None:
    """chg_model by name or sys_id, type by value or label: 404 for a model and 400 for a type that do not exist."""
    if wanted := from_json(given.get("chg_model")):
        model = call.instance.models.find(wanted)
        if model is None:
            raise no_record()
        record(call, "chg_model", model.sys_id)
        given["chg_model"] = model.sys_id
        if model.type and not given.get("type"):
            given["type"] = model.type
    if kind := from_json(given.get("type")):
        value = call.instance.choices.by_label(table(call), "type", kind)
        if value is None:
            raise bad_request("Invalid change type", f"There is no change type '{kind}'")
        given["type"] = value
