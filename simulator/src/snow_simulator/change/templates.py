"""Standard change templates: listing them, and what a change takes from one."""

from __future__ import annotations

from ..http.call import Call, Reply, result
from ..http.routing import Router
from ..query.parse import parse
from ..store.records import Record
from . import common
from .render import strings

# POST /sn_chg_rest/change/standard/{id}: these come from the template only.
_PROTECTED = ("description", "backout_plan", "test_plan", "implementation_plan")


def register(router: Router) -> None:
    router.add_versioned("GET", common.API, "/change/standard/template", list_templates)
    router.add_versioned("GET", common.API, "/change/standard/template/<sys_id>", get_template)


def list_templates(call: Call) -> Reply:
    common.may_read(call)
    table = common.table(call, "std_change_record_producer")
    page, compiled = common.list_page(call, table)
    display = call.instance.display(call.user)
    rows = [strings(display, table, record) for record in page.records]
    return result([*rows, *common.list_meta(call, compiled)], headers={"X-Total-Count": str(page.total)})


def get_template(call: Call, sys_id: str) -> Reply:
    common.may_read(call)
    table = common.table(call, "std_change_record_producer")
    record = common.record(call, table.name, sys_id)
    return result([strings(call.instance.display(call.user), table, record, plain_id=True)])


def template_values(call: Call, template: Record, given: dict[str, object]) -> tuple[dict[str, object], list[str]]:
    """The template's values under those given, and the names that must not be given."""
    record = call.instance.raw.get(common.table(call, "sys_template"), template["template"])
    values: dict[str, object] = {"short_description": template["short_description"]}
    for branch in parse(record["template"]).branches if record else ():
        values.update({condition.field: condition.value for group in branch for condition in group})
    ignored = [name for name in given if name in _PROTECTED]
    values.update({name: value for name, value in given.items() if name not in _PROTECTED})
    values["std_change_producer_version"] = template["current_version"]
    return values, ignored
