"""Every operation of the Change Management API: both URLs, every documented status code, roles."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import requests
from tests.simulator.behaviors import behavior
from tests.simulator.documented import (
    API,
    AREA,
    EMERGENCY,
    NORMAL,
    PLANNED,
    REMOVE,
    REPLAYS,
    ROUTER,
    STANDARD,
    TASK,
    TEMPLATE,
    Replay,
    slow,
)
from tests.simulator.documented import operation as documented
from tests.simulator.support import CHG24, EXAMPLES, Sim, error

NOBODY = "0" * 32
_SYS_ID = re.compile(r"[0-9a-f]{32}")
MALFORMED = {"data": "{", "headers": {"Content-Type": "application/json"}}


def running(sim: Sim) -> None:
    slow(sim)
    assert sim.call("POST", f"/api{API}/{REMOVE}/conflict", "admin").status_code == 200


@dataclass(frozen=True)
class Operation:
    """`codes` as documented; `bad` are requests for 400, where there is a better one than an unknown version."""

    name: str
    codes: str
    bad: list[Replay] = field(default_factory=list)
    # A request for 404, where the sys_id in the path is not what is missing.
    missing: Replay | None = None

    @property
    def method(self) -> str:
        return self.name.split()[0]

    @property
    def good(self) -> Replay:
        if self.name == f"DELETE {API}/{{sys_id}}/conflict":
            return Replay(f"{API}/{REMOVE}/conflict", before=running)
        # For a worker, the request of the operation itself.
        return replace(REPLAYS[self.name][-1], worker=False)


def body(path: str, **values: object) -> Replay:
    return Replay(f"{API}/{path}", {"json": values})


FIRST = f"{PLANNED}/schedule/first_available"
ITEM_SCHEDULE = f"{API}/ci/{ROUTER}/schedule"
ALL, LIST, STARTED = "200 400 401 404 500", "200 401 500", "202 400 404"

OPERATIONS = [
    Operation(f"GET {API}", LIST),
    Operation(
        f"POST {API}",
        ALL,
        [Replay(API, MALFORMED), Replay(API, {"json": {"type": "no such type"}}), Replay(f"{API}?type=no such type")],
        Replay(API, {"json": {"chg_model": "No such model"}}),
    ),
    Operation(f"GET {API}/{{sys_id}}", ALL),
    Operation(f"PATCH {API}/{{sys_id}}", ALL, [Replay(f"{API}/{NORMAL}", MALFORMED)]),
    Operation(f"DELETE {API}/{{sys_id}}", ALL),
    Operation(f"GET {API}/normal", LIST),
    Operation(f"POST {API}/normal", "200 400 401 500", [Replay(f"{API}/normal", MALFORMED)]),
    Operation(f"GET {API}/normal/{{sys_id}}", ALL),
    Operation(f"PATCH {API}/normal/{{sys_id}}", ALL, [Replay(f"{API}/normal/{NORMAL}", MALFORMED)]),
    Operation(f"DELETE {API}/normal/{{sys_id}}", ALL),
    Operation(f"GET {API}/emergency", LIST),
    Operation(f"POST {API}/emergency", "200 400 401 500", [Replay(f"{API}/emergency", MALFORMED)]),
    Operation(f"GET {API}/emergency/{{sys_id}}", ALL),
    Operation(f"PATCH {API}/emergency/{{sys_id}}", ALL, [Replay(f"{API}/emergency/{EMERGENCY}", MALFORMED)]),
    Operation(f"DELETE {API}/emergency/{{sys_id}}", ALL),
    Operation(f"GET {API}/standard", LIST),
    Operation(f"GET {API}/standard/{{sys_id}}", ALL),
    Operation(f"PATCH {API}/standard/{{sys_id}}", ALL, [Replay(f"{API}/standard/{STANDARD}", MALFORMED)]),
    Operation(f"DELETE {API}/standard/{{sys_id}}", "200 401 404 500"),
    Operation(f"GET {API}/standard/template", LIST),
    Operation(f"GET {API}/standard/template/{{sys_id}}", ALL),
    Operation(
        f"POST {API}/standard/{{standard_change_template_id}}", ALL, [Replay(f"{API}/standard/{TEMPLATE}", MALFORMED)]
    ),
    Operation(f"GET {API}/model", LIST),
    Operation(f"GET {API}/model/{{sys_id}}", ALL),
    Operation(f"GET {API}/{{change_sys_id}}/task", ALL),
    Operation(f"POST {API}/{{change_sys_id}}/task", ALL, [Replay(f"{API}/{REMOVE}/task", MALFORMED)]),
    Operation(
        f"PATCH {API}/{{change_sys_id}}/task/{{task_sys_id}}", ALL, [Replay(f"{API}/{REMOVE}/task/{TASK}", MALFORMED)]
    ),
    Operation(f"DELETE {API}/{{change_sys_id}}/task/{{task_sys_id}}", ALL),
    Operation(
        f"PATCH {API}/{{sys_id}}/approvals",
        "200 401 400 500",
        [
            body(f"{REMOVE}/approvals", state="approved"),
            body(f"{REMOVE}/approvals", state="maybe"),
            body(f"{REMOVE}/approvals", state="rejected"),
            body(f"{REMOVE}/approvals"),
            Replay(f"{API}/{REMOVE}/approvals", MALFORMED),
        ],
    ),
    Operation(f"GET {API}/{{change_sys_id}}/nextstates", "200 404"),
    Operation(
        f"GET {API}/{{sys_id}}/ci",
        "200 400 401 500",
        [Replay(f"{API}/{EMERGENCY}/ci"), Replay(f"{API}/{EMERGENCY}/ci?association_type=none")],
    ),
    Operation(
        f"POST {API}/{{sys_id}}/ci",
        "202 400 401 404 500",
        [
            Replay(f"{API}/{EMERGENCY}/ci", MALFORMED),
            body(f"{EMERGENCY}/ci"),
            body(f"{EMERGENCY}/ci", association_type="affected"),
            body(f"{EMERGENCY}/ci", association_type="affected", cmdb_ci_sys_ids=[]),
            body(f"{EMERGENCY}/ci", association_type="none", cmdb_ci_sys_ids=[ROUTER]),
        ],
    ),
    Operation(f"POST {API}/{{sys_id}}/refresh_impacted_services", "200 401 404 500"),
    Operation(f"GET {API}/worker/{{sys_id}}", "200 401 404 500", missing=Replay(f"{API}/worker/{NOBODY}")),
    Operation(
        f"POST {API}/{{sys_id}}/conflict",
        ALL,
        [
            Replay(f"{API}/{NORMAL}/conflict"),
            Replay(f"{API}/{EMERGENCY}/conflict"),
            Replay(f"{API}/{REMOVE}/conflict", before=running),
        ],
    ),
    Operation(f"GET {API}/{{sys_id}}/conflict", ALL),
    Operation(f"DELETE {API}/{{sys_id}}/conflict", ALL, [Replay(f"{API}/{REMOVE}/conflict")]),
    Operation(
        f"GET {API}/ci/{{cmdb_ci_sys_id}}/schedule",
        "202 400",
        [
            Replay(f"{API}/ci/{NOBODY}/schedule?duration_in_seconds=60"),
            Replay(ITEM_SCHEDULE),
            *(
                Replay(f"{ITEM_SCHEDULE}?duration_in_seconds={text}")
                for text in ("0", "-1", "1.5", "an hour", "9" * 30)
            ),
            *(
                Replay(f"{ITEM_SCHEDULE}?duration_in_seconds=60&planned_start_time={text}")
                for text in ("tomorrow", "2030-01-01", "2030-02-30 00:00:00", "01/02/2030 10:00:00")
            ),
        ],
    ),
    Operation(
        f"GET {API}/{{change_sys_id}}/schedule",
        STARTED,
        [Replay(f"{API}/{NORMAL}/schedule"), Replay(f"{API}/{EMERGENCY}/schedule")],
    ),
    Operation(
        f"PATCH {API}/{{change_sys_id}}/schedule/first_available",
        "202 400 403 404",
        [
            Replay(f"{API}/{FIRST}", MALFORMED),
            body(FIRST),
            body(FIRST, duration_in_seconds=0),
            body(FIRST, duration_in_seconds=True),
            body(FIRST, duration_in_seconds=60, planned_start_time="soon"),
            body(f"{NORMAL}/schedule/first_available", duration_in_seconds=60),
        ],
    ),
    Operation(f"PATCH {API}/standard/{{sys_id}}/risk", ALL, [Replay(f"{API}/{CHG24}/risk")]),
]


def rows(*codes: str) -> list[Any]:
    return [
        pytest.param(operation, code, id=f"{operation.name} {code}", marks=documented(operation.name))
        for operation in OPERATIONS
        for code in operation.codes.split()
        if code in codes
    ]


def enveloped(answer: requests.Response, status: int) -> None:
    """The documented error: message and detail are texts, and the whole is a failure."""
    code, message, detail = error(answer)
    assert code == status
    assert isinstance(message, str)
    assert detail is None or isinstance(detail, str)


def test_all_41_operations_are_here() -> None:
    assert len(OPERATIONS) == 41
    assert {operation.name for operation in OPERATIONS} == set(EXAMPLES)


@pytest.mark.parametrize("version", ["", "v1"])
@pytest.mark.parametrize(("operation", "code"), rows("200", "202"))
def test_success_at_the_default_and_the_versioned_url(sim: Sim, operation: Operation, code: str, version: str) -> None:
    answer = operation.good.request(sim, operation.method, version=version)
    assert answer.status_code == int(code), answer.text
    if operation.name == f"DELETE {API}/{{sys_id}}/conflict":
        assert answer.content == b""
    elif operation.name == f"PATCH {API}/standard/{{sys_id}}/risk":
        assert "result" not in answer.json()
    else:
        assert set(answer.json()) == {"result"}


@pytest.mark.parametrize(("operation", "code"), rows("400"))
def test_bad_request(sim: Sim, operation: Operation, code: str) -> None:
    for number, bad in enumerate(operation.bad or [operation.good]):
        sim.simulator.instance.reset()
        # What takes no parameters has only its version to be wrong.
        answer = bad.request(sim, operation.method, version="" if operation.bad else "v9")
        assert answer.status_code == 400, (number, answer.text)
        enveloped(answer, 400)


@pytest.mark.parametrize(("operation", "code"), rows("401"))
def test_unauthorized(sim: Sim, operation: Operation, code: str) -> None:
    sim.session("intruder").auth = ("admin", "wrong")
    enveloped(operation.good.request(sim, operation.method, "intruder"), 401)


@pytest.mark.parametrize(("operation", "code"), rows("403"))
def test_forbidden(sim: Sim, operation: Operation, code: str) -> None:
    writer = user_with(sim, "sn_change_writer")
    answer = operation.good.request(sim, operation.method, writer)
    enveloped(answer, 403)
    assert "ACL Exception Update Failed" in str(error(answer)[2])


@pytest.mark.parametrize(("operation", "code"), rows("404"))
def test_not_found(sim: Sim, operation: Operation, code: str) -> None:
    good = operation.good
    ids = _SYS_ID.findall(good.path.partition("?")[0])
    paths = [good.path.replace(sys_id, NOBODY) for sys_id in ids]
    for missing in [operation.missing] if operation.missing else [replace(good, path=path) for path in paths]:
        enveloped(missing.request(sim, operation.method), 404)
    assert operation.missing or ids


@pytest.mark.parametrize(("operation", "code"), rows("500"))
def test_server_error_on_request(sim: Sim, operation: Operation, code: str) -> None:
    good = operation.good
    good.before(sim)
    sim.fault("sn_chg_rest", action={"status": 500}, count=1)
    answer = replace(good, before=lambda sim: None).request(sim, operation.method)
    enveloped(answer, 500)


# Roles -------------------------------------------------------------------------------------------------

_DELETES = {operation.name for operation in OPERATIONS if operation.method == "DELETE"}
_SCHEDULES = {operation.name for operation in OPERATIONS if "/schedule" in operation.name}
# The document says so of the verbs, and another role for the schedules, which those who write changes have.
ALLOWED: dict[str, Callable[[str], bool]] = {
    "nothing": lambda name: False,
    "sn_change_read": lambda name: name.startswith("GET") and name not in _SCHEDULES,
    "sn_change_writer": lambda name: name.startswith("GET"),
    "itil": lambda name: name not in _DELETES,
    "change_manager": lambda name: True,
    "admin": lambda name: True,
}


def user_with(sim: Sim, role: str) -> str:
    """A user who has one role."""
    name = f"only.{role}"
    user = {"sys_id": "c" * 32, "user_name": name, "user_password": f"{name}-password", "first_name": role}
    sim.control("POST", "seed", {"table": "sys_user", "records": [user]}, status=201)
    if role != "nothing":
        held = {"user": "c" * 32, "role": role}
        sim.control("POST", "seed", {"table": "sys_user_has_role", "records": [held]}, status=201)
    return name


@behavior(AREA, "Roles by verb: change_manager, itil, sn_change_read, admin; sn_change_writer for schedules")
@pytest.mark.parametrize("role", sorted(ALLOWED))
def test_roles_of_every_operation(sim: Sim, role: str) -> None:
    user = user_with(sim, role)
    for operation in OPERATIONS:
        good = operation.good
        if operation.name == f"GET {API}/worker/{{sys_id}}":
            good = Replay(f"{API}/worker/{worker_id(sim)}")
        answer = good.request(sim, operation.method, user)
        allowed = ALLOWED[role](operation.name)
        # Whether somebody may decide is not a matter of roles: whoever is not asked hears so.
        decides = operation.name.endswith("/approvals") and allowed and answer.status_code == 400
        assert decides or (answer.status_code == 403) is not allowed, (operation.name, answer.text)
        if not allowed:
            enveloped(answer, 403)
        elif operation.method != "GET":
            sim.simulator.instance.reset()
            user = user_with(sim, role)


def worker_id(sim: Sim) -> str:
    answer = sim.call("POST", f"/api{API}/{EMERGENCY}/refresh_impacted_services", "admin")
    sys_id: str = answer.json()["result"]["worker"]["sysId"]
    return sys_id
