"""The operations of the Change Management API."""

from __future__ import annotations

from ..errors import acl_refused, bad_request
from ..http.call import Call, Reply, result
from ..http.routing import Router
from ..values.text import from_json
from . import by_type, common, conflict_routes, generic, item_routes, risk, schedule_routes, tasks, templates
from .conditions import Conditions
from .deciding import decide, pending
from .render import strings, typed
from .transitions import next_states


def register(router: Router) -> None:
    router.add_versioned("GET", common.API, "/change", generic.list_changes)
    router.add_versioned("POST", common.API, "/change", generic.create_change)
    router.add_versioned("GET", common.API, "/change/<sys_id>", generic.get_change)
    router.add_versioned("PATCH", common.API, "/change/<sys_id>", generic.update_change)
    router.add_versioned("DELETE", common.API, "/change/<sys_id>", generic.delete_change)
    for routes in by_type.TYPES:
        routes.register(router)
    for area in (templates, tasks, item_routes, conflict_routes, schedule_routes, risk):
        area.register(router)
    router.add_versioned("GET", common.API, "/change/model", list_models)
    router.add_versioned("GET", common.API, "/change/model/<sys_id>", get_model)
    router.add_versioned("GET", common.API, "/change/<sys_id>/nextstates", get_next_states)
    router.add_versioned("PATCH", common.API, "/change/<sys_id>/approvals", decide_as_caller)


def list_models(call: Call) -> Reply:
    common.may_read(call)
    table = common.table(call, "chg_model")
    page, _ = common.list_page(call, table)
    display = call.instance.display(call.user)
    return result([typed(display, table, record) for record in page.records])


def get_model(call: Call, sys_id: str) -> Reply:
    common.may_read(call)
    table = common.table(call, "chg_model")
    record = common.record(call, table.name, sys_id)
    return result(typed(call.instance.display(call.user), table, record))


def get_next_states(call: Call, sys_id: str) -> Reply:
    common.may_read(call)
    change = common.change(call, sys_id)
    labels = call.instance.choices.of(common.table(call), "state")
    model = call.instance.models.of(change)
    return result(next_states(Conditions(call.instance), model, change, labels))


def decide_as_caller(call: Call, sys_id: str) -> Reply:
    """PATCH /change/{sys_id}/approvals: the calling user approves or rejects."""
    if not call.user.has_role("itil", "change_manager", "approver_user"):
        raise acl_refused("Update")
    change = common.change(call, sys_id)
    state, comments = from_json(call.body.get("state")), from_json(call.body.get("comments"))
    if state not in ("approved", "rejected"):
        raise bad_request("Invalid approval state", "'state' is required: approved or rejected")
    if state == "rejected" and not comments.strip():
        raise bad_request("Comments are required", "'comments' is required when the state is rejected")
    rows = pending(call.instance, change["sys_id"], call.user)
    if not rows:
        raise bad_request("No approval found", "User does not have the authority to approve or reject this change")
    decide(call.instance, rows[0], call.user, state, comments)
    moved = common.change(call, sys_id)
    return result([strings(call.instance.display(call.user), common.table(call), moved, plain_id=True)])
