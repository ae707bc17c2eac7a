"""/change/{change_sys_id}/task[/{task_sys_id}]."""

from __future__ import annotations

from ..errors import no_record
from ..http.call import Call, Reply, result
from ..http.routing import Router
from ..store.records import Record
from . import common
from .render import strings


def register(router: Router) -> None:
    path = "/change/<change_id>/task"
    router.add_versioned("GET", common.API, path, list_tasks)
    router.add_versioned("POST", common.API, path, create_task)
    router.add_versioned("PATCH", common.API, f"{path}/<task_id>", update_task)
    router.add_versioned("DELETE", common.API, f"{path}/<task_id>", delete_task)


def list_tasks(call: Call, change_id: str) -> Reply:
    common.may_read(call)
    change = common.change(call, change_id)
    table = common.table(call, "change_task")
    page, compiled = common.list_page(call, table, ("change_request", change["sys_id"]))
    rows = [_shown(call, record) for record in page.records]
    return result([*rows, *common.list_meta(call, compiled)], headers={"X-Total-Count": str(page.total)})


def create_task(call: Call, change_id: str) -> Reply:
    """Fields come from query parameters, as documented, and from a JSON body."""
    common.may_write(call, "Insert")
    change = common.change(call, change_id)
    given = common.values(call)
    ignored = [name for name in ("parent", "change_request") if name in given]
    values = {**given, "change_request": change["sys_id"], "parent": change["sys_id"]}
    table = common.table(call, "change_task")
    outcome = call.instance.records.insert(call.user, table, values, common.input_mode(call))
    return result([_shown(call, outcome.record) | common.meta([*ignored, *outcome.ignored])])


def update_task(call: Call, change_id: str, task_id: str) -> Reply:
    common.may_write(call, "Update")
    task = _task(call, change_id, task_id)
    given, how = common.values(call), common.input_mode(call)
    table = common.table(call, "change_task")
    outcome = call.instance.records.update(call.user, table, task, given, how)
    return result([_shown(call, outcome.record) | common.meta(outcome.ignored)])


def delete_task(call: Call, change_id: str, task_id: str) -> Reply:
    common.may_delete(call)
    task = _task(call, change_id, task_id)
    shown = _shown(call, task)
    call.access.check_row(common.table(call, "change_task"), task, "Delete")
    call.instance.records.delete(call.user, common.table(call, "change_task"), task)
    return result([shown])


def _task(call: Call, change_id: str, task_id: str) -> Record:
    change = common.change(call, change_id)
    task = common.record(call, "change_task", task_id)
    if task["change_request"] != change["sys_id"]:
        raise no_record()
    return task


def _shown(call: Call, record: Record) -> dict[str, object]:
    return strings(call.instance.display(call.user), common.table(call, "change_task"), record)
