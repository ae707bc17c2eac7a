"""/change and /change/{sys_id}: any change, typed values, one object."""

from __future__ import annotations

from ..http.call import Call, Reply, result
from ..store.records import Record
from . import common
from .render import Number, as_float, as_int, typed


def list_changes(call: Call) -> Reply:
    common.may_read(call)
    target = common.table(call)
    page, compiled = common.list_page(call, target)
    display = call.instance.display(call.user)
    rows = [typed(display, target, record) for record in page.records]
    headers = {"X-Total-Count": str(page.total)}
    return result([*rows, *common.list_meta(call, compiled)], headers=headers)


def get_change(call: Call, sys_id: str) -> Reply:
    common.may_read(call)
    return result(_typed(call, common.change(call, sys_id)))


def create_change(call: Call) -> Reply:
    common.may_write(call, "Insert")
    given = common.values(call)
    common.choose_model_and_type(call, given)
    outcome = call.instance.records.insert(call.user, common.table(call), given, common.input_mode(call))
    return result(_typed(call, outcome.record, as_int) | common.meta(outcome.ignored))


def update_change(call: Call, sys_id: str) -> Reply:
    common.may_write(call, "Update")
    record = common.change(call, sys_id)
    given, how = common.values(call), common.input_mode(call)
    outcome = call.instance.records.update(call.user, common.table(call), record, given, how)
    return result(_typed(call, outcome.record) | common.meta(outcome.ignored))


def delete_change(call: Call, sys_id: str) -> Reply:
    common.may_delete(call)
    record = common.change(call, sys_id)
    shown = _typed(call, record)
    call.access.check_row(common.table(call), record, "Delete")
    call.instance.records.delete(call.user, common.table(call), record)
    return result(shown)


def _typed(call: Call, record: Record, number: Number = as_float) -> dict[str, object]:
    return typed(call.instance.display(call.user), common.table(call), record, number)
