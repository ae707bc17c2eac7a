"""The operations of the Change Management API that the simulator has."""

from __future__ import annotations

import json

from ..errors import ApiError, acl_refused, bad_request, no_record
from ..http.call import Call, Reply, result
from ..http.routing import Router
from ..store.records import Record
from ..values.text import from_json
from . import by_type, common, generic, tasks, templates
from .association import KINDS
from .conditions import Conditions
from .deciding import decide, pending
from .render import strings, typed
from .transitions import next_states

_API = "sn_chg_rest"


def register(router: Router) -> None:
    router.add_versioned("GET", _API, "/change", generic.list_changes)
    router.add_versioned("POST", _API, "/change", generic.create_change)
    router.add_versioned("GET", _API, "/change/<sys_id>", generic.get_change)
    router.add_versioned("PATCH", _API, "/change/<sys_id>", generic.update_change)
    router.add_versioned("DELETE", _API, "/change/<sys_id>", generic.delete_change)
    for routes in by_type.TYPES:
        routes.register(router)
    templates.register(router)
    tasks.register(router)
    router.add_versioned("GET", _API, "/change/model", list_models)
    router.add_versioned("GET", _API, "/change/model/<sys_id>", get_model)
    router.add_versioned("GET", _API, "/change/<sys_id>/nextstates", get_next_states)
    router.add_versioned("PATCH", _API, "/change/<sys_id>/approvals", decide_as_caller)
    router.add_versioned("GET", _API, "/change/<sys_id>/ci", list_items)
    router.add_versioned("POST", _API, "/change/<sys_id>/ci", associate_items)
    router.add_versioned("GET", _API, "/change/worker/<sys_id>", get_worker)


def list_models(call: Call) -> Reply:
    common.may_read(call)
    table = common.table(call, "chg_model")
    page, _ = common.list_page(call, table)
    display = call.instance.display(call.user)
    return result([typed(display, table, record) for record in page.records])


def get_model(call: Call, sys_id: str) -> Reply:
    common.may_read(call)
    table = common.table(call, "chg_model")
    record = call.instance.raw.get(table, sys_id)
    if record is None:
        raise no_record()
    return result(typed(call.instance.display(call.user), table, record))


def get_next_states(call: Call, sys_id: str) -> Reply:
    common.may_read(call)
    change = common.change(call, sys_id)
    labels = call.instance.choices.of(common.table(call), "state")
    model = call.instance.models.of(change)
    return result(next_states(Conditions(call.instance.records), model, change, labels))


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


def list_items(call: Call, sys_id: str) -> Reply:
    common.may_read(call)
    change = common.change(call, sys_id)
    kind = KINDS.get(call.parameters.get("association_type", ""))
    if kind is None:
        raise _no_association_type()
    table = common.table(call, kind.table)
    page, _ = common.list_page(call, table, ("task", change["sys_id"]))
    display = call.instance.display(call.user)
    return result([strings(display, table, record) for record in page.records])


def associate_items(call: Call, sys_id: str) -> Reply:
    """Answers at once with a worker; the associations are there when it is Complete."""
    common.may_write(call, "Insert")
    change = common.change(call, sys_id)
    kind = from_json(call.body.get("association_type"))
    if kind not in KINDS:
        raise _no_association_type()
    ids = [item.strip() for item in from_json(call.body.get("cmdb_ci_sys_ids")).split(",") if item.strip()]
    if not ids:
        raise bad_request("Missing parameter", "'cmdb_ci_sys_ids' is required")
    request: dict[str, object] = {"cmdb_ci_sys_ids": ids, "association_type": kind}
    if from_json(call.body.get("refresh_impacted_services")) == "true":
        request["refresh_impacted_services"] = True
    worker = call.instance.workers.start(call.user, kind, request | {"task": change["sys_id"]})
    return result(_worker(call, worker), 202)


def get_worker(call: Call, sys_id: str) -> Reply:
    common.may_read(call)
    worker = call.instance.raw.get(common.table(call, "chg_mgt_worker"), sys_id)
    if worker is None:
        raise no_record()
    return result(_worker(call, worker))


def _worker(call: Call, record: Record) -> dict[str, object]:
    labels = call.instance.choices.of(common.table(call, "chg_mgt_worker"), "state")
    link = f"{call.instance.url}/api/sn_chg_rest/change/worker/{record['sys_id']}"
    return {
        "worker": {"sysId": record["sys_id"], "link": link},
        "request": record["request"],
        "state": {"value": int(record["state"]), "display_value": labels.get(record["state"], "")},
        "type": record["type"],
        "messages": json.loads(record["messages"]),
    }


def _no_association_type() -> ApiError:
    return bad_request("Invalid association_type", f"'association_type' is one of {', '.join(KINDS)}")
