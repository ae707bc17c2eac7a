"""GET, POST, PUT, PATCH and DELETE of /api/now/table/{table}[/{sys_id}]."""

from __future__ import annotations

from ..access import acl, attaching
from ..errors import no_field_read, no_record
from ..http.call import Call, JsonReply, Reply, result
from ..http.routing import Router
from ..query.select import select
from ..store.records import Record
from ..store.schema import Table
from . import parameters
from .page_text import page_text
from .paging import link_header


def register(router: Router) -> None:
    router.add_versioned("GET", "now", "/table/<table>", list_records)
    router.add_versioned("POST", "now", "/table/<table>", create_record)
    router.add_versioned("GET", "now", "/table/<table>/<sys_id>", get_record)
    router.add_versioned("PUT PATCH", "now", "/table/<table>/<sys_id>", update_record)
    router.add_versioned("DELETE", "now", "/table/<table>/<sys_id>", delete_record)


def list_records(call: Call, table: str) -> Reply:
    target = call.table(table)
    acl.check_read(call.user, target)
    compiled = parameters.compile_query(call, target, parameters.read_query(call))
    if compiled.denied:
        raise no_field_read()
    limit = call.number("sysparm_limit", parameters.DEFAULT_LIMIT)
    offset = call.number("sysparm_offset", 0)
    names = parameters.field_names(call, target)
    page = select(call.instance.raw, target, compiled, limit=limit, offset=offset, shown=names)
    if call.version == "v1" and not page.rows:
        raise no_record()
    call.access.shorten(target, page)
    rows = page_text(parameters.renderer(call), target, page, names)
    headers = {} if call.flag("sysparm_no_count") else {"X-Total-Count": str(page.total)}
    if not call.flag("sysparm_suppress_pagination_header"):
        link = link_header(call, limit=limit, offset=offset, total=page.total)
        headers |= {"Link": link} if link else {}
    return JsonReply(f'{{"result":{rows}}}', headers=headers)


def get_record(call: Call, table: str, sys_id: str) -> Reply:
    target = call.table(table)
    acl.check_read(call.user, target)
    return result(_rendered(call, target, _record(call, target, sys_id)))


def create_record(call: Call, table: str) -> Reply:
    target = call.table(table)
    values = call.body
    acl.check_write(call.user, target, "Insert")
    outcome = call.instance.records.insert(call.user, target, values, parameters.input_mode(call))
    location = f"{call.instance.url}{call.api('now')}/table/{table}/{outcome.record['sys_id']}"
    return _quiet(call, result(_rendered(call, target, outcome.record), 201, {"Location": location}))


def update_record(call: Call, table: str, sys_id: str) -> Reply:
    target = call.table(table)
    record = _record(call, target, sys_id)
    values = call.body
    _check_write(call, call.instance.raw.class_of(record, target), record, "Update")
    how = parameters.input_mode(call)
    outcome = call.instance.records.update(call.user, target, record, values, how)
    return _quiet(call, result(_rendered(call, target, outcome.record)))


def delete_record(call: Call, table: str, sys_id: str) -> Reply:
    target = call.table(table)
    record = _record(call, target, sys_id)
    actual = call.instance.raw.class_of(record, target)
    _check_write(call, actual, record, "Delete")
    call.instance.records.delete(call.user, target, record)
    return Reply(status=204)


def _quiet(call: Call, reply: Reply) -> Reply:
    """X-no-response-body: who does not want to see the record gets its status (204 for a 200) and headers only."""
    if call.request.headers.get("X-no-response-body", "").strip().lower() != "true":
        return reply
    return Reply(None, 201 if reply.status == 201 else 204, reply.headers)


def _record(call: Call, table: Table, sys_id: str) -> Record:
    record = call.instance.raw.get(table, sys_id)
    if record is None or not call.access.visible(table, [record]):
        raise no_record()
    return record


def _check_write(call: Call, table: Table, record: Record, operation: str) -> None:
    """An attachment is as its record: whoever may write that may rename it and take it away."""
    if table.name == attaching.TABLE:
        attaching.check_attaching(call.access, record["table_name"], record["table_sys_id"], operation)
        return
    acl.check_write(call.user, table, operation)
    if operation == "Delete":
        call.access.check_row(table, record, operation)


def _rendered(call: Call, table: Table, record: Record) -> dict[str, object]:
    """Nothing of a record that the caller wrote, but may not read."""
    if not call.access.visible(table, [record]):
        return {}
    return parameters.renderer(call).render(table, record, parameters.field_names(call, table))
