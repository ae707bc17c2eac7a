# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every operation of the Change Management API as a method of ``ChangeApi``, over HTTP against the simulator."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.integration.helpers import Instance, password_of
from tests.simulator.documented import (
    EMERGENCY,
    FIREWALL,
    MODEL,
    NORMAL,
    PLANNED,
    REMOVE,
    REPLAYS,
    ROUTER,
    STANDARD,
    TASK,
    TEMPLATE,
)

from ansible_collections.changegate.snow.plugins.module_utils import errors
from ansible_collections.changegate.snow.plugins.module_utils.change import ChangeApi
from ansible_collections.changegate.snow.plugins.module_utils.change_conflicts import ConflictCheck
from ansible_collections.changegate.snow.plugins.module_utils.change_waiting import Clock
from ansible_collections.changegate.snow.plugins.module_utils.change_workers import Worker
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Query
from ansible_collections.changegate.snow.plugins.module_utils.query import QueryBuilder

DOCUMENT = Path(__file__).parents[2] / "docs" / "library.md"
API = "/sn_chg_rest/change"
NOBODY = "0" * 32
HOUR = timedelta(hours=1)
TEXT = {"short_description": "From the library"}
CHG24 = "CHG0000024"


@pytest.fixture
def client(instance: Instance) -> Iterator[Client]:
    with Client(host=instance.url, user="admin", password=password_of("admin")) as made:
        yield made


@pytest.fixture
def api(client: Client) -> ChangeApi:
    return ChangeApi(client.transport)


class Time:
    """A clock of which an hour passes in no time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now, self.sleep)


def value(record: Any, column: str) -> str:
    return str(record[column].value)


def asked_to_approve(instance: Instance) -> None:
    """The admin is the last who is asked about the change."""
    group = {"sys_id": "a" * 32, "parent": REMOVE, "stage": "-3", "approval": "requested"}
    group["assignment_group"] = "56f6fb69c3630200b6dcdfdc64d3aeb1"
    row = {"sysapproval": REMOVE, "approver": "6816f79cc0a8016401c5a33be04be441", "group": "a" * 32}
    instance.seed("change_request", {"sys_id": REMOVE, "state": "-3", "approval": "requested"})
    instance.seed("sysapproval_group", group)
    instance.seed("sysapproval_approver", {**row, "state": "requested"})


def slowly(instance: Instance) -> None:
    instance.control("PUT", "settings", {"worker_seconds": 3600})


def checking(instance: Instance, api: ChangeApi) -> None:
    slowly(instance)
    api.start_conflict_check(REMOVE)


def cancelled(api: ChangeApi) -> ConflictCheck:
    api.cancel_conflict_check(REMOVE)
    return api.conflicts(REMOVE)


class Case(NamedTuple):
    """How an operation is called, and what must hold of its result."""

    method: str
    call: Callable[[ChangeApi], Any]
    holds: Callable[[Any], object]
    before: Callable[[Instance, ChangeApi], object] = lambda _instance, _api: None


def lists(kind: str, method: str) -> Case:
    return Case(
        method,
        lambda api: list(getattr(api, method)({"active": True}, order="number")),
        lambda found: found and {value(record, "type") for record in found} == {kind},
    )


def one(method: str, sys_id: str) -> Case:
    return Case(method, lambda api: getattr(api, method)(sys_id), lambda found: value(found, "sys_id") == sys_id)


def updates(method: str, sys_id: str) -> Case:
    return Case(
        method,
        lambda api: getattr(api, method)(sys_id, TEXT),
        lambda found: value(found, "short_description") == TEXT["short_description"] and not found.unapplied,
    )


def creates(kind: str, method: str, *arguments: Any) -> Case:
    return Case(
        method,
        lambda api: getattr(api, method)(*arguments, {**TEXT, "no_such_field": "x"}, strict=False),
        lambda made: value(made, "type") == kind and made.ignored == ("no_such_field",),
    )


def starts(method: str, *arguments: Any) -> Case:
    return Case(
        method,
        lambda api: getattr(api, method)(*arguments, wait=20),
        lambda worker: worker.complete and not worker.messages.errors,
    )


CASES: dict[str, Case] = {
    f"GET {API}": Case(
        "changes", lambda api: list(api.changes({"number": CHG24})), lambda found: value(found[0], "number") == CHG24
    ),
    f"POST {API}": Case(
        "create",
        lambda api: api.create({**TEXT, "type": "normal", "assignment_group": "Network"}, ["assignment_group"]),
        lambda made: made["assignment_group"].display == "Network" and made.unapplied == (),
    ),
    f"GET {API}/{{sys_id}}": one("get", EMERGENCY),
    f"PATCH {API}/{{sys_id}}": updates("update", NORMAL),
    f"DELETE {API}/{{sys_id}}": one("delete", NORMAL),
    f"GET {API}/normal": lists("normal", "normal_changes"),
    f"POST {API}/normal": creates("normal", "create_normal"),
    f"GET {API}/normal/{{sys_id}}": one("get_normal", NORMAL),
    f"PATCH {API}/normal/{{sys_id}}": updates("update_normal", NORMAL),
    f"DELETE {API}/normal/{{sys_id}}": one("delete_normal", NORMAL),
    f"GET {API}/emergency": lists("emergency", "emergency_changes"),
    f"POST {API}/emergency": creates("emergency", "create_emergency"),
    f"GET {API}/emergency/{{sys_id}}": one("get_emergency", EMERGENCY),
    f"PATCH {API}/emergency/{{sys_id}}": updates("update_emergency", EMERGENCY),
    f"DELETE {API}/emergency/{{sys_id}}": one("delete_emergency", EMERGENCY),
    f"GET {API}/standard": lists("standard", "standard_changes"),
    f"POST {API}/standard/{{standard_change_template_id}}": creates("standard", "create_standard", TEMPLATE),
    f"GET {API}/standard/{{sys_id}}": one("get_standard", STANDARD),
    f"PATCH {API}/standard/{{sys_id}}": updates("update_standard", STANDARD),
    f"DELETE {API}/standard/{{sys_id}}": one("delete_standard", STANDARD),
    f"GET {API}/standard/template": Case(
        "templates", lambda api: list(api.templates()), lambda found: TEMPLATE in {item.sys_id for item in found}
    ),
    f"GET {API}/standard/template/{{sys_id}}": Case(
        "template",
        lambda api: api.template(TEMPLATE),
        lambda found: found.template.display == "Add network switch to datacenter cabinet",
    ),
    f"GET {API}/model": Case(
        "models",
        lambda api: list(api.models(pairs={"active": True}, order="name")),
        lambda found: [item.name for item in found] == sorted(item.name for item in found) and found[0].active,
    ),
    f"GET {API}/model/{{sys_id}}": Case(
        "model",
        lambda api: api.model(MODEL),
        lambda found: (found.name, found.preset) == ("Emergency", "type=emergency^EQ"),
    ),
    f"GET {API}/{{change_sys_id}}/task": Case(
        "tasks", lambda api: list(api.tasks(REMOVE)), lambda found: [value(task, "sys_id") for task in found] == [TASK]
    ),
    f"POST {API}/{{change_sys_id}}/task": Case(
        "create_task", lambda api: api.create_task(REMOVE, TEXT), lambda made: value(made, "parent") == REMOVE
    ),
    f"PATCH {API}/{{change_sys_id}}/task/{{task_sys_id}}": Case(
        "update_task",
        lambda api: api.update_task(REMOVE, TASK, {**TEXT, "state": "in progress"}),
        lambda task: task["state"].value == "2",
    ),
    f"DELETE {API}/{{change_sys_id}}/task/{{task_sys_id}}": Case(
        "delete_task", lambda api: api.delete_task(REMOVE, TASK), lambda task: value(task, "sys_id") == TASK
    ),
    f"GET {API}/{{change_sys_id}}/nextstates": Case(
        "next_states", lambda api: api.next_states(FIREWALL), lambda states: states.label("0") == "Review"
    ),
    f"PATCH {API}/{{sys_id}}/approvals": Case(
        "decide",
        lambda api: api.approve(REMOVE, "fine"),
        lambda record: record["state"].display == "Scheduled",
        lambda instance, _api: asked_to_approve(instance),
    ),
    f"PATCH {API}/standard/{{sys_id}}/risk": Case(
        "calculate_risk", lambda api: api.calculate_risk(STANDARD), lambda found: found.risk.display == "Low"
    ),
    f"GET {API}/{{sys_id}}/ci": Case(
        "cis", lambda api: list(api.cis(EMERGENCY)), lambda found: found[0].item.display == "PS Apache01"
    ),
    f"POST {API}/{{sys_id}}/ci": starts("associate", EMERGENCY, [ROUTER]),
    f"POST {API}/{{sys_id}}/refresh_impacted_services": starts("refresh_impacted_services", EMERGENCY),
    f"GET {API}/worker/{{sys_id}}": Case(
        "worker",
        lambda api: (api.refresh_impacted_services(EMERGENCY), api),
        lambda both: both[1].worker(both[0].sys_id).kind == "impacted",
    ),
    f"POST {API}/{{sys_id}}/conflict": Case(
        "start_conflict_check", lambda api: api.start_conflict_check(REMOVE), lambda sys_id: len(sys_id) == 32
    ),
    f"GET {API}/{{sys_id}}/conflict": Case(
        "conflicts",
        lambda api: api.check_conflicts(FIREWALL, 20),
        lambda check: [item.type.value for item in check.conflicts] == ["not_in_maintenance_window"],
    ),
    f"DELETE {API}/{{sys_id}}/conflict": Case(
        "cancel_conflict_check",
        cancelled,
        lambda check: check.cancelled and check.ended,
        checking,
    ),
    f"GET {API}/{{change_sys_id}}/schedule": starts("schedule", PLANNED),
    f"GET {API}/ci/{{cmdb_ci_sys_id}}/schedule": Case(
        "ci_schedule",
        lambda api: api.ci_schedule(ROUTER, 3 * HOUR, wait=20),
        lambda worker: worker.spans[0].end - worker.spans[0].start == 3 * HOUR,
    ),
    f"PATCH {API}/{{change_sys_id}}/schedule/first_available": starts("first_available", PLANNED, 3600),
}
#: Where the document gives another URL than the one in its heading.
OTHER_URL = {f"PATCH {API}/standard/{{sys_id}}/risk": f"PATCH {API}/{{sys_id}}/risk"}


def pattern_of(operation: str, version: str) -> str:
    method, path = OTHER_URL.get(operation, operation).split(" ")
    root = f"/api/sn_chg_rest/{version}/change" if version else "/api/sn_chg_rest/change"
    return re.sub(r"\{\w+\}", "[0-9a-f]{32}", f"{method} {path.replace(API, root)}")


@pytest.mark.parametrize("version", ["", "v1"])
@pytest.mark.parametrize("operation", CASES)
def test_every_operation(instance: Instance, client: Client, operation: str, version: str) -> None:
    """It sends the request of the document, and understands its answer."""
    case, api = CASES[operation], ChangeApi(client.transport, version or None)
    case.before(instance, api)
    instance.clear_log()
    result = case.call(api)
    assert case.holds(result), result
    sent = [f"{request.method} {request.path}" for request in instance.requests()]
    assert any(re.fullmatch(pattern_of(operation, version), request) for request in sent), sent
    assert all(request.status in (200, 202) for request in instance.requests())


def operations_by_docstring() -> dict[str, str]:
    """Operation to method, as the methods of the class say it."""
    first = {name: (getattr(ChangeApi, name).__doc__ or "").split("\n")[0] for name in dir(ChangeApi)}
    found = {name: re.match(r"((?:GET|POST|PATCH|DELETE) \S+): ", line) for name, line in first.items()}
    return {match.group(1): name for name, match in found.items() if match}


def test_no_operation_is_missing() -> None:
    """The simulator is held to the document's headings; the methods, these tests and the manual to that list."""
    assert len(REPLAYS) == len(CASES) == 41
    assert set(CASES) == set(REPLAYS)
    assert operations_by_docstring() == {operation: case.method for operation, case in CASES.items()}
    rows = re.findall(r"^\| `(\w+ /change\S*)` \| `(\w+)\(", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    written = {operation.replace("/change", API, 1): method for operation, method in rows}
    assert written == operations_by_docstring()


def test_the_example_of_the_manual(instance: Instance, capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    (code,) = [block for block in blocks if "ChangeApi" in block]
    code = code.replace('host="dev12345.service-now.com"', f"host={instance.url!r}")
    code = code.replace('"ansible", password="secret"', f'"admin", password="{password_of("admin")}"')
    exec(compile(code, "example", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("CHG")
    assert lines[0].endswith(" New")
    assert "Complete" in lines
    number = lines[0].split()[0]
    assert any(re.fullmatch(number + r" \d{4}(-\d\d){2} \d\d:\d\d:\d\d UTC", line) for line in lines), lines


# Lists --------------------------------------------------------------------------------------------------


def many(instance: Instance, count: int) -> None:
    instance.seed("change_request", *({"type": "normal", "correlation_display": "many"} for _ in range(count)))
    instance.clear_log()


def test_pages_are_asked_for_as_they_are_needed(instance: Instance, api: ChangeApi) -> None:
    many(instance, 1100)
    found = api.changes({"correlation_display": "many"})
    assert instance.requests() == []
    first = value(next(found), "sys_id")
    assert len(instance.requests()) == 1
    rest = {value(record, "sys_id") for record in found}
    assert (first in rest, len(rest)) == (False, 1099)
    assert len(instance.requests()) == 3
    assert all("ORDERBYsys_id" in request.query for request in instance.requests())


@pytest.mark.parametrize(("limit", "offset", "count", "sent"), [(20, 0, 20, 1), (700, 0, 700, 2), (700, 900, 200, 1)])
def test_a_limit_stops_requests(
    instance: Instance, api: ChangeApi, limit: int, offset: int, count: int, sent: int
) -> None:
    many(instance, 1100)
    found = [
        value(item, "sys_id")
        for item in api.normal_changes({"correlation_display": "many"}, limit=limit, offset=offset)
    ]
    assert (len(found), len(set(found)), len(instance.requests())) == (count, count, sent)


def test_repeated_rows_and_the_trailing_meta(instance: Instance, api: ChangeApi) -> None:
    """An instance that repeats rows, hides some, and says nothing of the number of all."""
    rows = [{"sys_id": {"value": f"{number:032x}", "display_value": ""}} for number in range(6)]
    meta = {"__meta": {"encodedQuery": "", "fields": {"applied": [], "ignored": []}}}
    answers: list[list[Any]] = [[rows[0], rows[0], rows[1], meta], [rows[1], rows[2], meta], [meta]]
    for part in answers:
        instance.fault({"status": 200, "body": {"result": part}}, path="sn_chg_rest", count=1)
    assert [value(record, "sys_id") for record in api.tasks(REMOVE)] == [row["sys_id"]["value"] for row in rows[:3]]
    assert len(instance.requests()) == 3


def test_every_way_to_say_what_is_wanted(api: ChangeApi) -> None:
    builder = QueryBuilder().field("number").equals(CHG24)
    queries: list[Any] = [{"number": CHG24}, f"number={CHG24}", builder, Query.parse(f"number={CHG24}")]
    for query in queries:
        assert [value(record, "number") for record in api.changes(query)] == [CHG24]
    assert [value(record, "number") for record in api.changes(pairs={"number": CHG24})] == [CHG24]
    by_label = {value(record, "state") for record in api.changes(pairs={"state": "New"}, limit=5)}
    assert by_label == {"-5"}
    numbers = [value(record, "number") for record in api.changes(order="number")]
    assert len(numbers) > 5
    assert numbers == sorted(numbers)
    assert [value(record, "number") for record in api.changes(order="number", offset=2, limit=2)] == numbers[2:4]
    words = list(api.changes(text="firewall"))
    assert words
    assert len(words) < len(numbers)


@pytest.mark.parametrize("arguments", [{"query": {"no_such": 1}}, {"pairs": {"no_such": 1}}, {"order": "no_such"}])
def test_conditions_that_the_instance_ignored_are_refused(api: ChangeApi, arguments: dict[str, Any]) -> None:
    """It would return all change requests instead."""
    calls: list[Callable[..., Iterator[Any]]] = [
        api.changes,
        api.emergency_changes,
        partial(api.tasks, REMOVE),
        api.templates,
    ]
    for call in calls:
        with pytest.raises(errors.InvalidUsage, match="no_such"):
            list(call(**arguments))


# Writes -------------------------------------------------------------------------------------------------


def test_what_was_not_applied_is_named_with_the_record(instance: Instance, api: ChangeApi) -> None:
    with pytest.raises(errors.Unapplied, match=r"no_such_field \(ignored\)") as caught:
        api.create_normal({**TEXT, "no_such_field": "x"})
    assert caught.value.record is not None
    assert api.get(value(caught.value.record, "sys_id"))
    instance.fault({"ignore_fields": ["short_description"]}, path="/normal/", method="PATCH", count=2)
    with pytest.raises(errors.Unapplied, match=r"short_description \(is '.+'\)"):
        api.update_normal(NORMAL, TEXT)
    silent = api.update_normal(NORMAL, {**TEXT, "priority": 2}, strict=False)
    assert [miss.field for miss in silent.unapplied] == ["short_description"]
    assert silent["priority"].value == "2"
    protected = api.create_standard(TEMPLATE, {"description": "mine"}, strict=False)
    assert (protected.ignored, [miss.field for miss in protected.unapplied]) == (("description",), ["description"])


def test_values_of_python(instance: Instance, api: ChangeApi) -> None:
    start = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
    made = api.create(
        {
            "type": "normal",
            "start_date": start,
            "end_date": "2031-05-06T10:00:00+02:00",
            "cab_required": True,
            "impact": 2,
        }
    )
    assert value(made, "start_date") == "2031-05-06 07:08:09"
    assert value(made, "end_date") == "2031-05-06 08:00:00"
    cleared = api.update(value(made, "sys_id"), {"start_date": None, "assigned_to": "Fred Luddy"}, ["assigned_to"])
    assert (value(cleared, "start_date"), cleared["assigned_to"].display) == ("", "Fred Luddy")


def test_writes_whose_answer_is_lost(instance: Instance, client: Client) -> None:
    """A delete is looked after, a create and a decision are never sent twice by themselves."""
    api = ChangeApi(client.transport)
    instance.fault({"drop": "after"}, method="DELETE", count=1)
    assert api.delete_task(REMOVE, TASK) == {}
    assert list(api.tasks(REMOVE)) == []
    with pytest.raises(errors.NotFound):
        api.delete_task(REMOVE, TASK)
    asked_to_approve(instance)
    calls: list[Callable[[], object]] = [lambda: api.create_normal(TEXT), lambda: api.approve(REMOVE)]
    for call in calls:
        instance.fault({"drop": "after"}, path="normal|approvals", count=1)
        instance.clear_log()
        with pytest.raises(errors.OutcomeUnknown):
            call()
        assert len(instance.requests()) == 1
    checking(instance, api)
    instance.fault({"drop": "after"}, method="DELETE", count=1)
    api.cancel_conflict_check(REMOVE)
    assert api.conflicts(REMOVE).cancelled


def test_records_that_are_not_there_or_of_another_type(api: ChangeApi) -> None:
    absent: list[Callable[[], object]] = [
        lambda: api.get(NOBODY),
        lambda: api.get_normal(EMERGENCY),
        lambda: api.update_standard(NORMAL, TEXT),
        lambda: list(api.tasks(NOBODY)),
        lambda: api.update_task(NORMAL, TASK, TEXT),
        lambda: api.conflicts(NOBODY),
        lambda: api.create_standard(NOBODY, TEXT),
        lambda: api.worker(NOBODY),
    ]
    for call in absent:
        with pytest.raises(errors.NotFound):
            call()


def test_a_record_of_somebody_else_is_no_answer(instance: Instance, api: ChangeApi) -> None:
    stranger = {"result": [{"sys_id": "f" * 32, "state": {"value": "-5", "display_value": "New"}}]}
    for call in (lambda: api.get(NORMAL), lambda: api.update_normal(NORMAL, TEXT), lambda: api.calculate_risk(NORMAL)):
        instance.fault({"status": 200, "body": stranger}, count=1)
        with pytest.raises(errors.UnexpectedResponseFormat, match=r"f{32}"):
            call()


def test_bad_days(instance: Instance, api: ChangeApi) -> None:
    """Reading and changing get over them; what is made anew is not sent twice."""
    many(instance, 700)
    found = api.changes({"correlation_display": "many"})
    next(found)
    for action in ({"status": 503}, {"truncate": True}):
        instance.fault(action, path="sn_chg_rest/change$", method="GET", count=1)
    assert len(list(found)) == 699
    instance.fault({"html": "hibernating"}, method="PATCH", count=1)
    assert api.update_emergency(EMERGENCY, TEXT).unapplied == ()
    lost: list[tuple[dict[str, object], type[errors.SnowError]]] = [
        ({"html": "hibernating"}, errors.InstanceUnavailable),
        ({"status": 500}, errors.ResponseError),
        ({"truncate": True}, errors.UnexpectedResponseFormat),
    ]
    for fault, error in lost:
        instance.fault(fault, method="POST", count=1)
        instance.clear_log()
        with pytest.raises(error):
            api.create_task(REMOVE, TEXT)
        assert len(instance.requests()) == 1


def test_threads_share_it(api: ChangeApi) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: api.create_normal({"short_description": f"{number}"}), range(16)))
    assert [value(record, "short_description") for record in made] == [str(number) for number in range(16)]
    assert len({value(record, "number") for record in made}) == 16


# Workers ------------------------------------------------------------------------------------------------


def test_progress_of_a_worker(instance: Instance, client: Client) -> None:
    time = Time()
    api = ChangeApi(client.transport, clock=time.clock)
    instance.control("PUT", "settings", {"worker_seconds": 10})
    seen: list[str] = []

    def progress(worker: Worker) -> None:
        seen.append(worker.label)
        instance.control("PUT", "clock", {"advance_seconds": 3})

    worker = api.associate(EMERGENCY, [ROUTER], refresh_impacted_services=True, wait=60, progress=progress)
    assert [label for label, _ in itertools.groupby(seen)] == ["Waiting", "In-Progress", "Complete"]
    assert worker.complete
    assert ROUTER in {found.item.value for found in api.cis(EMERGENCY)}
    assert time.pauses == sorted(time.pauses)


def test_a_worker_that_never_ends(instance: Instance, client: Client) -> None:
    time = Time()
    api = ChangeApi(client.transport, clock=time.clock)
    slowly(instance)
    instance.clear_log()
    with pytest.raises(errors.WorkerTimedOut, match="still Waiting after 30 seconds"):
        api.schedule(PLANNED, wait=30)
    assert time.now == pytest.approx(30)
    assert len(instance.requests()) == 1 + len(time.pauses) + 1
    with pytest.raises(errors.WorkerTimedOut, match="conflict check"):
        api.check_conflicts(REMOVE, timeout=5)
    running = api.refresh_impacted_services(EMERGENCY)
    instance.control("PUT", "clock", {"advance_seconds": 4000})
    assert api.wait(running, timeout=0).complete
    assert api.wait(running.sys_id).complete


def test_a_worker_that_fails(instance: Instance, api: ChangeApi) -> None:
    with pytest.raises(errors.WorkerFailed, match=f"Invalid CMDB_CI sys_id provided: {NOBODY}"):
        api.associate(EMERGENCY, [NOBODY], wait=20)
    with pytest.raises(errors.Unapplied, match=rf"did not associate {NOBODY}.*Invalid CMDB_CI"):
        api.associate(EMERGENCY, [ROUTER, NOBODY], wait=20)
    slowly(instance)
    api.start_conflict_check(REMOVE)
    api.cancel_conflict_check(REMOVE)
    with pytest.raises(errors.WorkerFailed, match="cancelled"):
        api.wait_for_conflicts(REMOVE)


def test_no_free_time_is_no_plan(instance: Instance, api: ChangeApi) -> None:
    """The worker is complete, and the change is planned as before."""
    before = value(api.get(PLANNED), "start_date")
    with pytest.raises(errors.Unapplied, match="No slots found"):
        api.first_available(PLANNED, timedelta(days=80), wait=20)
    assert value(api.get(PLANNED), "start_date") == before
    # A worker that claims success in words that nobody knows.
    done = {"result": {"worker": {"sysId": NOBODY}, "state": {"value": 3}, "messages": {"infoMessages": ["Erledigt"]}}}
    instance.fault({"status": 200, "body": done}, path="first_available|worker", count=2)
    with pytest.raises(errors.Unapplied, match="Erledigt"):
        api.first_available(PLANNED, 60, wait=20)
    assert api.ci_schedule(ROUTER, timedelta(days=80), wait=20).spans == ()


def test_workers_that_are_not_found(instance: Instance, client: Client) -> None:
    """One that was started just now may be new to the node that is asked; any other is unknown at once."""
    api = ChangeApi(client.transport, clock=Time().clock)
    slowly(instance)
    started = api.refresh_impacted_services(EMERGENCY)
    instance.control("PUT", "clock", {"advance_seconds": 4000})
    instance.fault({"status": 404}, path="/worker/", count=2)
    assert api.wait(started).complete
    instance.fault({"status": 404}, path="/worker/")
    instance.clear_log()
    with pytest.raises(errors.NotFound):
        api.wait(started.sys_id)
    assert len(instance.requests()) == 1
    with pytest.raises(errors.NotFound):
        api.wait(started)


def test_what_progress_raises_ends_the_waiting(instance: Instance, api: ChangeApi) -> None:
    slowly(instance)

    def stop(_worker: Worker) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        api.schedule(PLANNED, wait=60, progress=stop)


# Bad arguments ------------------------------------------------------------------------------------------

BAD: list[Callable[[Any], object]] = [
    lambda api: api.get("CHG0000024"),
    lambda api: api.get(""),
    lambda api: api.get(f"{NORMAL}/task"),
    lambda api: api.update(NORMAL, {}),
    lambda api: api.update(NORMAL, {"sys_id": STANDARD}),
    lambda api: api.update(NORMAL, {"encrypted_fields": "state"}),
    lambda api: api.update(NORMAL, {"assignment_group.name": "x"}),
    lambda api: api.update(NORMAL, {"description": {"a": 1}}),
    lambda api: api.update(NORMAL, {"start_date": "tomorrow"}),
    lambda api: api.update(NORMAL, {"start_date": "2031-01-01 00:00:00"}, ["start_date"]),
    lambda api: api.update(NORMAL, {"assigned_to": "x"}, ["assignment_group"]),
    lambda api: api.update(NORMAL, {"assigned_to": "x"}, "assigned_to"),
    lambda api: api.create("short_description=x"),
    lambda api: api.create_standard("Reboot", {}),
    lambda api: api.create_task("CHG0000024", TEXT),
    lambda api: api.delete_task(REMOVE, ""),
    lambda api: api.decide(NORMAL, "maybe"),
    lambda api: api.reject(NORMAL, " "),
    lambda api: api.cis(NORMAL, "involved"),
    lambda api: api.associate(NORMAL, []),
    lambda api: api.associate(NORMAL, ROUTER),
    lambda api: api.associate(NORMAL, ["router"]),
    lambda api: api.associate(NORMAL, [ROUTER], "offering", refresh_impacted_services=True),
    lambda api: api.associate(NORMAL, [ROUTER], wait=-1),
    lambda api: api.ci_schedule(ROUTER, 0),
    lambda api: api.ci_schedule(ROUTER, 1.5),
    lambda api: api.ci_schedule(ROUTER, "3600"),
    lambda api: api.first_available(PLANNED, HOUR, "soon"),
    lambda api: api.schedule(PLANNED, wait=float("nan")),
    lambda api: api.check_conflicts(REMOVE, timeout=True),
    lambda api: api.worker("worker"),
    lambda api: api.changes({"a": 1}, pairs={"b": 2}),
    lambda api: api.changes(pairs={"sysparm_limit": 1}),
    lambda api: api.changes(pairs={"textSearch": "x"}),
    lambda api: api.changes(pairs={"number": "CHG^active=true"}),
    lambda api: api.changes(pairs={"number": "javascript:gs.sleep(1)"}),
    lambda api: api.changes(order="number^active=true"),
    lambda api: api.changes(pairs={"number": None}),
    lambda api: api.changes(pairs={"active": [True, False]}),
    lambda api: api.changes(text=""),
    lambda api: api.changes(text="a^b"),
    lambda api: api.changes(limit=-1),
    lambda api: api.changes(offset=True),
    lambda api: api.changes(7),
    lambda api: api.models({"name": {"no_such_operator": 1}}),
]


@pytest.mark.parametrize("number", range(len(BAD)))
def test_nothing_is_sent_on_bad_arguments(instance: Instance, api: ChangeApi, number: int) -> None:
    """Not even when the result is not looked at: a list is checked when it is asked for."""
    with pytest.raises(errors.InvalidUsage) as caught:
        BAD[number](api)
    assert re.fullmatch(r"[^\n]+\.", str(caught.value))
    assert (api.sent, instance.requests()) == (0, [])


def test_a_version_that_is_none(client: Client) -> None:
    for version in ("1", "v", "v1/..", ""):
        with pytest.raises(errors.InvalidUsage, match="version"):
            ChangeApi(client.transport, version)
