"""Free time for a change: by item, by change, and taking the first. Each answers at once with a worker."""

from __future__ import annotations

from datetime import datetime

from ..access.acl import check_write
from ..errors import acl_refused, bad_request, no_read_role
from ..http.call import Call, Reply, result
from ..http.routing import Router, Trait
from ..store.records import Record
from ..values import dates
from ..values.text import from_json
from . import common
from .item_routes import shown
from .schedules import planned_period
from .work import SCHEDULE

_ROLE = "sn_change_writer"


def register(router: Router) -> None:
    router.add_versioned("GET", common.API, "/change/ci/<sys_id>/schedule", by_item, Trait.WRITES)
    router.add_versioned("GET", common.API, "/change/<sys_id>/schedule", by_change, Trait.WRITES)
    router.add_versioned("PATCH", common.API, "/change/<sys_id>/schedule/first_available", first_available)


def by_item(call: Call, sys_id: str) -> Reply:
    if not call.user.has_role(_ROLE):
        raise no_read_role()
    items = common.table(call, "cmdb_ci")
    item = call.instance.raw.get(items, sys_id)
    if item is None or not call.access.visible(items, [item]):
        raise bad_request("Invalid cmdb_ci", f"There is no configuration item with the sys_id '{sys_id}'")
    given = call.parameters
    request: dict[str, object] = {
        "cmdb_ci_sys_id": sys_id,
        "planned_start_time": _start_time(given.get("planned_start_time", "")),
        "duration_in_seconds": _duration(given.get("duration_in_seconds", "")),
    }
    return _start(call, request)


def by_change(call: Call, sys_id: str) -> Reply:
    if not call.user.has_role(_ROLE):
        raise no_read_role()
    change = common.change(call, sys_id)
    _with_item(change)
    if planned_period(change) is None:
        detail = "The change request needs a planned start date before its planned end date"
        raise bad_request("Missing planned dates", detail)
    return _start(call, {"change_sys_id": change["sys_id"]})


def first_available(call: Call, sys_id: str) -> Reply:
    if not call.user.has_role(_ROLE):
        raise acl_refused("Update")
    change = common.change(call, sys_id)
    # The planned dates are written by the worker, later: whoever may not write them hears of it now.
    check_write(call.user, common.table(call), "Update")
    request: dict[str, object] = {"change_sys_id": change["sys_id"]}
    if start := _start_time(from_json(call.body.get("planned_start_time"))):
        request["planned_start_time"] = start
    request["duration_in_seconds"] = _duration(from_json(call.body.get("duration_in_seconds")))
    _with_item(change)
    return _start(call, request)


def _start(call: Call, request: dict[str, object]) -> Reply:
    worker = call.instance.workers.start(call.user, SCHEDULE, {**request, "timezone": str(call.user.zone)})
    return result(shown(call, worker), 202)


def _with_item(change: Record) -> None:
    if not change["cmdb_ci"]:
        raise bad_request("Missing configuration item", "The change request has no configuration item (cmdb_ci)")


def _duration(text: str) -> int:
    if not text.strip():
        raise bad_request("Missing parameter", "'duration_in_seconds' is required")
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if seconds == 0:
        raise bad_request("Invalid duration_in_seconds", f"'{text}' is not a number of seconds above zero")
    return seconds


def _start_time(text: str) -> str:
    """The text itself, which is a date and time in UTC, or nothing."""
    try:
        moment = datetime.strptime(text.strip(), dates.FORMAT) if text.strip() else None
    except ValueError:
        raise bad_request("Invalid planned_start_time", f"'{text}' is not of the form yyyy-mm-dd hh:mm:ss") from None
    return text.strip() if moment else ""
