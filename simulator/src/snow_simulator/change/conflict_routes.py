"""/change/{sys_id}/conflict: start conflict checking, follow it, cancel it."""

from __future__ import annotations

from ..http.call import Call, Reply, result
from ..http.routing import Router
from . import common
from .render import strings

_PATH = "/change/<sys_id>/conflict"


def register(router: Router) -> None:
    router.add_versioned("POST", common.API, _PATH, start)
    router.add_versioned("GET", common.API, _PATH, status)
    router.add_versioned("DELETE", common.API, _PATH, cancel)


def start(call: Call, sys_id: str) -> Reply:
    """The sys_id of the process, which is a record of sys_execution_tracker."""
    common.may_write(call, "Insert")
    job = call.instance.workers.conflicts.start(call.user, common.change(call, sys_id))
    return result(job["sys_id"])


def status(call: Call, sys_id: str) -> Reply:
    """No conflicts while the process runs: they are its result."""
    common.may_read(call)
    change, jobs = common.change(call, sys_id), call.instance.workers.conflicts
    found = [] if jobs.running(change["sys_id"]) else jobs.found(change["sys_id"])
    table, display = common.table(call, "conflict"), call.instance.display(call.user)
    found = call.access.visible(table, found)
    return result(jobs.status(change) | {"conflicts": [strings(display, table, row) for row in found]})


def cancel(call: Call, sys_id: str) -> Reply:
    """Answers without a body, as documented."""
    common.may_delete(call)
    call.instance.workers.conflicts.cancel(call.user, common.change(call, sys_id))
    return Reply()
