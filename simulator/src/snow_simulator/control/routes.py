"""The control API, /_sim/: JSON, without authentication, not in the request log."""

from __future__ import annotations

import json
from typing import Any

from .. import __version__
from ..clock import iso
from ..http.call import Call, Reply
from ..http.routing import Router
from ..values import dates
from ..values.text import from_json
from . import dump as dumping
from .approve import approve
from .latency import read_latency
from .problems import ControlError
from .seed import find_table, seed
from .spec import Spec


def register(router: Router) -> None:
    for methods, path, route in (
        ("GET", "health", health),
        ("POST", "reset", reset),
        ("GET", "log", get_log),
        ("DELETE", "log", clear_log),
        ("GET PUT", "read_only", read_only),
        ("GET PUT", "latency", latency),
        ("GET", "faults", list_faults),
        ("POST", "faults", add_fault),
        ("DELETE", "faults", clear_faults),
        ("GET", "rate_limits", list_rate_limits),
        ("POST", "rate_limits", add_rate_limit),
        ("DELETE", "rate_limits", clear_rate_limits),
        ("POST", "approve", approve_change),
        ("GET PUT", "settings", settings),
        ("GET PUT", "clock", clock),
        ("GET", "dump", dump),
        ("POST", "seed", seed_records),
    ):
        router.add(methods, f"/_sim/{path}", route)


def health(call: Call) -> Reply:
    return Reply({"ready": True, "version": __version__})


def reset(call: Call) -> Reply:
    call.instance.reset()
    return Reply({"reset": True})


def get_log(call: Call) -> Reply:
    return Reply({"requests": call.instance.log.since(call.number("since", 0))})


def clear_log(call: Call) -> Reply:
    call.instance.log.clear()
    return Reply({"requests": []})


def read_only(call: Call) -> Reply:
    if call.request.method == "PUT":
        call.instance.read_only = _boolean(_body(call), "enabled")
    return Reply({"enabled": call.instance.read_only})


def latency(call: Call) -> Reply:
    if call.request.method == "PUT":
        call.instance.latency = read_latency(_body(call))
    return Reply(call.instance.latency.spec)


def list_faults(call: Call) -> Reply:
    return Reply({"faults": [fault.as_dict() for fault in call.instance.faults.active]})


def add_fault(call: Call) -> Reply:
    return Reply(call.instance.faults.add(_body(call)).as_dict(), 201)


def clear_faults(call: Call) -> Reply:
    """All of them, or the one of `?id=`."""
    if "id" not in call.parameters:
        call.instance.faults.clear()
    elif not call.instance.faults.remove(call.number("id", 0)):
        raise ControlError(404, f"No fault '{call.parameters['id']}'")
    return list_faults(call)


def list_rate_limits(call: Call) -> Reply:
    return Reply({"rate_limits": [rule.as_dict() for rule in call.instance.rate_limits.rules]})


def add_rate_limit(call: Call) -> Reply:
    return Reply(call.instance.rate_limits.add(_body(call)).as_dict(), 201)


def clear_rate_limits(call: Call) -> Reply:
    call.instance.rate_limits.clear()
    return list_rate_limits(call)


def approve_change(call: Call) -> Reply:
    return Reply(approve(call.instance, _body(call)))


def settings(call: Call) -> Reply:
    if call.request.method == "PUT":
        call.instance.settings = call.instance.settings.changed(_body(call))
    return Reply(call.instance.settings.as_dict())


def clock(call: Call) -> Reply:
    """{"now": ISO time} sets the clock, {"advance_seconds": n} moves it; it goes on from there."""
    if call.request.method == "PUT":
        spec = Spec(_body(call), {"now", "advance_seconds"})
        if now := spec.text("now"):
            moment = dates.parse(now)
            if moment is None:
                raise ValueError("'now' is a UTC time like 2026-07-15T08:00:00Z")
            call.instance.clock.set(moment)
        call.instance.clock.advance(spec.number("advance_seconds", -1e10, 1e10) or 0)
    return Reply({"now": iso(call.instance.clock.now())})


def dump(call: Call) -> Reply:
    """`?table=T`: its records. Otherwise everything, as a dump that can be loaded; `format` is json or yaml."""
    if "table" not in call.parameters:
        form = call.parameters.get("format", "json")
        if form not in ("json", "yaml"):
            raise ValueError("'format' is json or yaml")
        contents = call.parameters.get("contents", "true") == "true"
        data = dumping.as_text(dumping.dump(call.instance, contents=contents), form).encode()
        kind = Reply.JSON_TYPE if form == "json" else "application/yaml;charset=UTF-8"
        return Reply(None, 200, {}, [data], len(data), kind)
    table = find_table(call.instance, call.parameters.get("table", ""))
    rows = call.instance.raw.find(table, {})
    return Reply({"table": table.name, "records": [_own_fields(call, row) for row in rows]})


def _own_fields(call: Call, record: dict[str, str]) -> dict[str, str]:
    """Without the columns of other classes that share the SQL table."""
    table = call.instance.raw.schema.get(record["sys_class_name"])
    known = {*table.fields, "sys_class_name"} if table else set(record)
    return {name: value for name, value in record.items() if name in known}


def seed_records(call: Call) -> Reply:
    body = _body(call)
    records = body.get("records")
    if not isinstance(records, list) or not all(isinstance(item, dict) for item in records):
        raise ValueError("'records' is a list of objects")
    call.instance.replicas.overlook()
    ids = seed(call.instance, find_table(call.instance, from_json(body.get("table"))), records)
    return Reply({"sys_ids": ids}, 201)


def _body(call: Call) -> dict[str, Any]:
    body = json.loads(call.request.get_data() or b"{}")
    if not isinstance(body, dict):
        raise ValueError("a JSON object is expected")
    return body


def _boolean(body: dict[str, Any], name: str) -> bool:
    value = body.get(name)
    if not isinstance(value, bool):
        raise ValueError(f"'{name}' is true or false")
    return value
