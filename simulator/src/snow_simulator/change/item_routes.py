"""Configuration items and services of a change, and the workers that associate them."""

from __future__ import annotations

import json

from ..errors import ApiError, bad_request
from ..http.call import Call, Reply, result
from ..http.routing import Router
from ..store.records import Record
from ..values.text import from_json
from . import common
from .association import KINDS
from .messages import Messages
from .render import as_int, strings


def register(router: Router) -> None:
    router.add_versioned("GET", common.API, "/change/<sys_id>/ci", list_items)
    router.add_versioned("POST", common.API, "/change/<sys_id>/ci", associate_items)
    router.add_versioned("POST", common.API, "/change/<sys_id>/refresh_impacted_services", refresh_impacted_services)
    router.add_versioned("GET", common.API, "/change/worker/<sys_id>", get_worker)


def list_items(call: Call, sys_id: str) -> Reply:
    common.may_read(call)
    change = common.change(call, sys_id)
    kind = KINDS.get(call.parameters.get("association_type", ""))
    if kind is None:
        raise _no_association_type()
    table = common.table(call, kind.table)
    page, _ = common.list_page(call, table, ("task", change["sys_id"]))
    display = call.instance.display(call.user)
    rows = [strings(display, table, record) for record in page.records]
    return result(rows, headers={"X-Total-Count": str(page.total)})


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
    return result(shown(call, worker), 202)


def refresh_impacted_services(call: Call, sys_id: str) -> Reply:
    """200, not 202, and an empty `request`, as the document has it; GET of the worker shows the task."""
    common.may_write(call, "Insert")
    change = common.change(call, sys_id)
    worker = call.instance.workers.start(call.user, "impacted", {"task": change["sys_id"]})
    return result(shown(call, worker) | {"request": ""})


def get_worker(call: Call, sys_id: str) -> Reply:
    common.may_read(call)
    return result(shown(call, common.record(call, "chg_mgt_worker", sys_id)))


def shown(call: Call, worker: Record) -> dict[str, object]:
    """A worker as the operations that start one answer it; `payload` only where there is one."""
    labels = call.instance.choices.of(common.table(call, "chg_mgt_worker"), "state")
    link = f"{call.instance.url}/api/sn_chg_rest/change/worker/{worker['sys_id']}"
    answer: dict[str, object] = {
        "worker": {"sysId": worker["sys_id"], "link": link},
        "request": worker["request"],
        "state": {"value": as_int(worker["state"]), "display_value": labels.get(worker["state"], "")},
        "type": worker["type"],
        "messages": _document(worker["messages"]) or Messages().as_dict(),
    }
    payload = _document(worker["payload"])
    return answer | ({"payload": payload} if payload else {})


def _document(text: str) -> object:
    """None for what is no JSON: somebody else may have made or changed the worker's record."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _no_association_type() -> ApiError:
    return bad_request("Invalid association_type", f"'association_type' is one of {', '.join(KINDS)}")
