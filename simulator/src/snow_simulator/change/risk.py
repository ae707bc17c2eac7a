"""Risk and impact of a change, from the first risk condition that it meets (PATCH .../risk)."""

from __future__ import annotations

from ..errors import bad_request
from ..http.call import Call, Reply
from ..http.routing import Router
from ..records.matching import matches
from ..store.records import Record
from . import common
from .render import strings


def register(router: Router) -> None:
    """The document names the operation by one URL and gives the other."""
    router.add_versioned("PATCH", common.API, "/change/standard/<sys_id>/risk", calculate_standard)
    router.add_versioned("PATCH", common.API, "/change/<sys_id>/risk", calculate)


def calculate_standard(call: Call, sys_id: str) -> Reply:
    return _calculate(call, sys_id, "standard")


def calculate(call: Call, sys_id: str) -> Reply:
    return _calculate(call, sys_id, "")


def _calculate(call: Call, sys_id: str, kind: str) -> Reply:
    """The change with all its fields, in no `result`: the document shows it so."""
    common.may_write(call, "Update")
    change = common.change(call, sys_id, kind)
    if change["active"] != "true":
        raise bad_request("Risk assessment failed", "The change request is no longer active")
    rule = _rule(call, change)
    if rule is None:
        raise bad_request("Risk assessment failed", "The change request meets no risk condition")
    values = {name: rule[name] for name in ("risk", "impact") if rule[name]}
    table = common.table(call)
    record = call.instance.records.update_raw(call.user, table, change, values)
    return Reply(strings(call.instance.display(call.user), table, record))


def _order(text: str) -> float:
    """0 for what is no number."""
    try:
        return float(text)
    except ValueError:
        return 0


def _rule(call: Call, change: Record) -> Record | None:
    """The first by `order` whose condition, an encoded query on the change, finds it; none finds every change."""
    rules = call.instance.raw.find(common.table(call, "risk_conditions"), {"active": "true"})
    rules.sort(key=lambda rule: _order(rule["order"]))
    fitting = (
        rule
        for rule in rules
        if matches(call.instance, call.user, "change_request", change["sys_id"], rule["condition"])
    )
    return next(fitting, None)
