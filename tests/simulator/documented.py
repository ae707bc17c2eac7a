"""The operations of the Change Management API, each with requests that the demo data answers like the document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from tests.simulator.behaviors import behavior
from tests.simulator.support import CHG24, Sim

NORMAL = "b0dbda5347c12200e0ef563dbb9a718f"
STANDARD = "1c87925347c12200e0ef563dbb9a7177"
EMERGENCY = "c286d61347c12200e0ef563dbb9a71df"
REMOVE = "0f4ac6c4b750230096c3e4f6ee11a9fe"
TASK = "12629ec4b750230096c3e4f6ee11a9d5"
TEMPLATE = "92b8544047810200e90d87e8dee490b0"
MODEL = "c0efda5347c12200e0ef563dbb9a81e3"
FIREWALL = "afbffb24b758230096c3e4f6ee11a972"
ROUTER = "82967cdd0ad3370236092104ce988d76"
PLANNED = "87ae5e900a0a2c3e263e8304e727c646"
API = "/sn_chg_rest/change"
AREA = "Change Management API"


def operation(name: str) -> pytest.MarkDecorator:
    """The mark of an operation of the document: one row of the table of behaviors."""
    return behavior(AREA, f"`{name.replace('/sn_chg_rest', '')}`")


@dataclass(frozen=True)
class Replay:
    """The request that the demo data answers like the document, and what must have happened before."""

    path: str
    options: dict[str, Any] = field(default_factory=dict)
    before: Callable[[Sim], object] = lambda sim: None
    status: int = 200
    # Where it is not that of the operation.
    method: str = ""
    # Follow the worker that the answer names, once it is done.
    worker: bool = False

    def request(self, sim: Sim, method: str, user: str = "admin", version: str = "") -> requests.Response:
        """What must have happened before happens, then the request; `version` is v1 or the like."""
        self.before(sim)
        path = f"/api{self.path}".replace("/sn_chg_rest", f"/sn_chg_rest/{version}".rstrip("/"))
        return sim.call(self.method or method, path, user, **self.options)

    def __call__(self, sim: Sim, method: str) -> Any:
        """The document that is compared: the answer, or the worker that it started."""
        answer = self.request(sim, method)
        assert answer.status_code == self.status, answer.text
        if self.worker:
            sim.control("PUT", "clock", {"advance_seconds": 20})
            answer = sim.get(f"/api{API}/worker/{answer.json()['result']['worker']['sysId']}", "admin")
        return answer.json()


def slow(sim: Sim) -> None:
    """Workers take long enough to be seen waiting."""
    sim.settings(worker_seconds=10)


def clock(now: str) -> Callable[[Sim], object]:
    def prepare(sim: Sim) -> None:
        slow(sim)
        sim.control("PUT", "clock", {"now": now})

    return prepare


def checked(change: str) -> Callable[[Sim], object]:
    def prepare(sim: Sim) -> None:
        sim.settings(worker_seconds=0)
        assert sim.call("POST", f"/api{API}/{change}/conflict", "admin").status_code == 200

    return prepare


def waiting_for_the_board(sim: Sim) -> None:
    """The change of the approvals' example, one approval before Scheduled; the admin is asked."""
    board = "56f6fb69c3630200b6dcdfdc64d3aeb1"
    admin = "6816f79cc0a8016401c5a33be04be441"
    group = {"sys_id": "a" * 32, "parent": REMOVE, "assignment_group": board, "stage": "-3", "approval": "requested"}
    row = {"sysapproval": REMOVE, "approver": admin, "group": "a" * 32, "state": "requested"}
    for table, record in (
        ("change_request", {"sys_id": REMOVE, "state": "-3", "approval": "requested"}),
        ("sysapproval_group", group),
        ("sysapproval_approver", row),
    ):
        sim.control("POST", "seed", {"table": table, "records": [record]}, status=201)


def list_of(kind: str) -> Replay:
    return Replay(f"{API}/{kind}?sysparm_query=active=true^ORDERBYnumber")


IGNORED = {"json": {"no_such_field": "this will be ignored"}}
ITEMS = "caf043a3b7fb23000999e4f6ee11a9c0,06f043a3b7fb23000999e4f6ee11a9c1"
REBOOT = "Reboot the server at 6 am"
DURATION = {"json": {"duration_in_seconds": "10800"}}
BY_ITEM = f"{API}/ci/{ROUTER}/schedule?duration_in_seconds=10800"
FIRST = f"{API}/{PLANNED}/schedule/first_available"

# operation of the document -> one replay for each of its examples.
REPLAYS: dict[str, list[Replay]] = {
    f"DELETE {API}/{{change_sys_id}}/task/{{task_sys_id}}": [
        # The document deletes the task after its own PATCH example has renamed it.
        Replay(
            f"{API}/{REMOVE}/task/{TASK}",
            before=lambda sim: sim.patch("change_task", TASK, "admin", short_description="Retire both nodes"),
        )
    ],
    f"DELETE {API}/{{sys_id}}": [
        Replay(f"{API}/{CHG24}", before=lambda sim: sim.set_change(CHG24, "admin", short_description=REBOOT))
    ],
    f"DELETE {API}/{{sys_id}}/conflict": [],
    f"DELETE {API}/emergency/{{sys_id}}": [Replay(f"{API}/emergency/{EMERGENCY}")],
    f"DELETE {API}/normal/{{sys_id}}": [Replay(f"{API}/normal/{NORMAL}")],
    f"DELETE {API}/standard/{{sys_id}}": [Replay(f"{API}/standard/{STANDARD}")],
    f"GET {API}/ci/{{cmdb_ci_sys_id}}/schedule": [
        Replay(BY_ITEM, before=clock("2021-05-12T00:00:00Z"), status=202, worker=True),
        Replay(BY_ITEM, before=clock("2021-05-12T00:00:00Z"), status=202),
    ],
    f"GET {API}": [Replay(API, {"params": {"sysparm_query": "number=CHG0000024"}})],
    f"GET {API}/{{change_sys_id}}/nextstates": [Replay(f"{API}/{FIREWALL}/nextstates")],
    f"GET {API}/{{change_sys_id}}/schedule": [
        Replay(f"{API}/{PLANNED}/schedule", before=clock("2021-05-04T00:00:00Z"), status=202, worker=True),
        Replay(f"{API}/{PLANNED}/schedule", before=clock("2021-05-04T00:00:00Z"), status=202),
    ],
    f"GET {API}/{{change_sys_id}}/task": [Replay(f"{API}/{REMOVE}/task?sysparm_query=active=true^ORDERBYnumber")],
    f"GET {API}/{{sys_id}}": [Replay(f"{API}/{CHG24}")],
    f"GET {API}/{{sys_id}}/ci": [Replay(f"{API}/{EMERGENCY}/ci?association_type=affected")],
    f"GET {API}/{{sys_id}}/conflict": [
        Replay(f"{API}/{REMOVE}/conflict", before=checked(REMOVE)),
        Replay(f"{API}/{FIREWALL}/conflict", before=checked(FIREWALL)),
    ],
    f"GET {API}/emergency": [list_of("emergency")],
    f"GET {API}/emergency/{{sys_id}}": [Replay(f"{API}/emergency/{EMERGENCY}")],
    f"GET {API}/model": [Replay(f"{API}/model?name=Change Registration")],
    f"GET {API}/model/{{sys_id}}": [Replay(f"{API}/model/{MODEL}")],
    f"GET {API}/normal": [list_of("normal")],
    f"GET {API}/normal/{{sys_id}}": [Replay(f"{API}/normal/{NORMAL}")],
    f"GET {API}/standard": [list_of("standard")],
    f"GET {API}/standard/{{sys_id}}": [Replay(f"{API}/standard/{STANDARD}")],
    f"GET {API}/standard/template": [Replay(f"{API}/standard/template?sysparm_query=active=true^ORDERBYname")],
    f"GET {API}/standard/template/{{sys_id}}": [Replay(f"{API}/standard/template/{TEMPLATE}")],
    f"GET {API}/worker/{{sys_id}}": [
        Replay(f"{API}/{EMERGENCY}/refresh_impacted_services", method="POST", before=slow, worker=True)
    ],
    f"PATCH {API}/{{sys_id}}": [Replay(f"{API}/{CHG24}", {"json": {"short_description": REBOOT}})],
    f"PATCH {API}/{{sys_id}}/approvals": [
        Replay(f"{API}/{REMOVE}/approvals", {"json": {"state": "approved"}}, before=waiting_for_the_board)
    ],
    f"PATCH {API}/{{change_sys_id}}/schedule/first_available": [
        Replay(FIRST, DURATION, before=clock("2021-05-12T00:00:00Z"), status=202, worker=True),
        Replay(FIRST, DURATION, before=clock("2021-05-12T00:00:00Z"), status=202),
    ],
    f"PATCH {API}/{{change_sys_id}}/task/{{task_sys_id}}": [
        Replay(f"{API}/{REMOVE}/task/{TASK}?short_description=Retire both nodes", IGNORED)
    ],
    f"PATCH {API}/emergency/{{sys_id}}": [Replay(f"{API}/emergency/{EMERGENCY}?state=authorize", IGNORED)],
    f"PATCH {API}/normal/{{sys_id}}": [
        Replay(f"{API}/normal/{NORMAL}?state=assess&assignment_group=8a5055c9c61122780043563ef53438e3", IGNORED)
    ],
    f"PATCH {API}/standard/{{sys_id}}": [
        Replay(f"{API}/standard/{STANDARD}?short_description=Reboot my email server", {"json": {}})
    ],
    f"PATCH {API}/standard/{{sys_id}}/risk": [Replay(f"{API}/{STANDARD}/risk")],
    f"POST {API}": [
        Replay(
            API,
            {
                "json": {
                    "chg_model": "Standard",
                    "description": "Describes the change request.",
                    "short_description": "My change request",
                    "type": "Standard",
                }
            },
        )
    ],
    f"POST {API}/{{sys_id}}/ci": [
        Replay(
            f"{API}/{EMERGENCY}/ci", {"json": {"cmdb_ci_sys_ids": ITEMS, "association_type": "affected"}}, status=202
        )
    ],
    f"POST {API}/{{sys_id}}/conflict": [Replay(f"{API}/{REMOVE}/conflict")],
    f"POST {API}/emergency": [Replay(f"{API}/emergency?no_such_field=something&short_description=Reboot server")],
    f"POST {API}/normal": [
        Replay(f"{API}/normal?no_such_field=something&description=test&short_description=Remove server")
    ],
    f"POST {API}/{{sys_id}}/refresh_impacted_services": [Replay(f"{API}/{EMERGENCY}/refresh_impacted_services")],
    f"POST {API}/standard/{{standard_change_template_id}}": [
        Replay(f"{API}/standard/{TEMPLATE}?no_such_field=something")
    ],
    f"POST {API}/{{change_sys_id}}/task": [
        Replay(f"{API}/{REMOVE}/task?short_description=Retire node&no_such_field=test")
    ],
}
