# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every documented answer of the Change Management API is parsed, and lists, waiting and writes work as they say."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.changegate.snow.plugins.module_utils import change_conflicts, change_workers, errors
from ansible_collections.changegate.snow.plugins.module_utils.cells import record_of
from ansible_collections.changegate.snow.plugins.module_utils.change_answers import (
    ignored_fields,
    record_in,
    refuse_ignored,
    text_in,
    unwrap,
    unwrap_list,
)
from ansible_collections.changegate.snow.plugins.module_utils.change_catalog import (
    item_of,
    model_of,
    risk_of,
    template_of,
)
from ansible_collections.changegate.snow.plugins.module_utils.change_conflicts import conflict_check_of
from ansible_collections.changegate.snow.plugins.module_utils.change_lists import Page, rows_of, wanted
from ansible_collections.changegate.snow.plugins.module_utils.change_states import next_states_of
from ansible_collections.changegate.snow.plugins.module_utils.change_waiting import Clock, last_look
from ansible_collections.changegate.snow.plugins.module_utils.change_workers import messages_of, worker_of
from ansible_collections.changegate.snow.plugins.module_utils.change_writes import body_of, payload_from, written
from ansible_collections.changegate.snow.plugins.module_utils.fields import kinds_of_changes

EXAMPLES: dict[str, list[Any]] = json.loads(
    (Path(__file__).parents[1] / "simulator" / "data" / "change-management-examples.json").read_text(encoding="utf-8")
)
Parser = Callable[[Any, str], Any]


def rows(body: Any, request: str) -> list[Any]:
    refuse_ignored(body, request)
    return [record_in(row, request) for row in unwrap_list(body, request)]


def write(body: Any, request: str) -> Any:
    record = record_in(body, request)
    return written(record, ignored_fields(unwrap(body, request)), payload_from({}, (), {}), {})


#: What an operation is, by the end of its name (the first that fits), and how its answer is parsed.
PARSERS: list[tuple[str, Parser]] = [
    (r"GET .*/nextstates", next_states_of),
    (r".*/(schedule|first_available|refresh_impacted_services|worker/\{sys_id\})", worker_of),
    (r"POST .*/ci", worker_of),
    (r"GET .*/ci", lambda body, request: [item_of(row, "affected") for row in rows(body, request)]),
    (r"POST .*/conflict", text_in),
    (r"GET .*/conflict", conflict_check_of),
    (r"GET .*/model", lambda body, request: [model_of(row) for row in rows(body, request)]),
    (r"GET .*/model/\{sys_id\}", lambda body, request: model_of(record_in(body, request))),
    (r"GET .*/template", lambda body, request: [template_of(row) for row in rows(body, request)]),
    (r"GET .*/template/\{sys_id\}", lambda body, request: template_of(record_in(body, request))),
    (r"PATCH .*/risk", lambda body, request: risk_of(record_in(body, request))),
    (r"GET .*/(change|normal|emergency|standard|task)", rows),
    (r"GET .*", record_in),
    (r"DELETE .*", record_in),
    (r"(POST|PATCH) .*", write),
]
CASES = [(operation, number) for operation, bodies in EXAMPLES.items() for number in range(len(bodies))]


def parsed(operation: str, number: int = 0) -> Any:
    parser = next(parser for pattern, parser in PARSERS if re.fullmatch(pattern, operation))
    return parser(EXAMPLES[operation][number], operation)


@pytest.mark.parametrize(("operation", "number"), CASES)
def test_every_documented_answer_is_taken(operation: str, number: int) -> None:
    result = parsed(operation, number)
    assert result
    assert len(CASES) == 44


API = "/sn_chg_rest/change"


def test_what_the_documented_answers_say() -> None:
    made = parsed(f"POST {API}/normal")
    assert (made.ignored, made["state"].display) == (("no_such_field",), "New")
    waiting, done = parsed(f"GET {API}/{{change_sys_id}}/schedule", 1), parsed(f"GET {API}/{{change_sys_id}}/schedule")
    assert (waiting.label, waiting.ended, waiting.spans) == ("Waiting", False, ())
    assert (done.complete, done.spans[0].start) == (True, datetime(2021, 5, 8, 8, tzinfo=UTC))
    assert done.spans[0].start_display == "2021-05-08 01:00:00"
    planned = parsed(f"PATCH {API}/{{change_sys_id}}/schedule/first_available")
    assert (planned.messages.infos, planned.found_no_slot) == (("Change has been updated",), False)
    none, some = parsed(f"GET {API}/{{sys_id}}/conflict"), parsed(f"GET {API}/{{sys_id}}/conflict", 1)
    assert (none.complete, none.conflicts, none.checked) == (True, (), 1)
    assert none.last_run == datetime(2018, 8, 30, 12, 58, 5, tzinfo=UTC)
    assert (some.conflicts[0].type.display, some.conflicts[0].change.display) == (
        "Not In Maintenance Window",
        "CHG0030001",
    )
    (model,) = parsed(f"GET {API}/model")
    assert (model.name, model.active, model.available_in_ui, model.default) == (
        "Change Registration",
        True,
        False,
        False,
    )
    assert parsed(f"GET {API}/{{sys_id}}/ci")[0].item.display == "PS Apache01"
    assert parsed(f"GET {API}/standard/template/{{sys_id}}").template.value == "1c8e02ec47410200e90d87e8dee49057"
    assert parsed(f"PATCH {API}/standard/{{sys_id}}/risk").impact.display == "3 - Low"
    assert parsed(f"POST {API}/{{sys_id}}/conflict") == "c0b5afe4b710230096c3e4f6ee11a93f"


ID = "a" * 32
NAMED = {"sysId": ID}


@pytest.mark.parametrize(
    ("parser", "body"),
    [
        (worker_of, {"result": {"state": {"value": 1}}}),
        (worker_of, {"result": {"worker": {"sysId": "1"}}}),
        (worker_of, {"result": {"worker": "x"}}),
        (worker_of, {"result": {"worker": NAMED, "payload": {"spans": [{"start": {"value": "2021-05-08 08:00:00"}}]}}}),
        (worker_of, {"result": {"worker": NAMED, "payload": {"spans": ["x"]}}}),
        (text_in, {"result": [ID]}),
        (text_in, {"result": "started"}),
        (text_in, None),
        (record_in, {"result": {"number": "CHG1"}}),
        (conflict_check_of, {"result": "none"}),
        (next_states_of, {"result": []}),
        (rows, {"result": "x"}),
        (rows, None),
    ],
)
def test_answers_without_what_was_asked_for(parser: Parser, body: Any) -> None:
    with pytest.raises(errors.UnexpectedResponseFormat):
        parser(body, "GET /x")


def test_shapes_that_are_taken_all_the_same() -> None:
    row = {"sys_id": ID, "state": {"value": -5.0, "display_value": "New"}}
    for body in (row, [row], {"result": row}, {"result": [row]}, {"result": [row, {"__meta": {}}]}):
        assert record_in(body, "GET")["state"].value == "-5"
    for meta in ({"__meta": {"ignoredFields": ["a", "b"]}}, {"__meta.ignoredFields": "a, b"}):
        assert ignored_fields({**row, **meta}) == ("a", "b")
    assert messages_of({"errorMessages": "one", "infoMessages": None}) == change_workers.Messages(("one",), (), ())
    assert worker_of({"result": [{"worker": NAMED, "state": {"display_value": "complete"}}]}, "GET").complete
    assert worker_of({"worker": NAMED, "state": "4"}, "GET").failed
    empty = conflict_check_of({"result": {"conflicts": {}, "job_status": 1.0}}, "GET")
    assert (empty.running, empty.conflicts, empty.last_run, empty.checked) == (True, (), None, 0)
    assert "in an error" in str(change_conflicts.failure_of(empty, ID))


# Lists --------------------------------------------------------------------------------------------------


def row_of(number: int) -> dict[str, str]:
    return {"sys_id": f"{number:032x}"}


class Server:
    """Rows of a list, answered as an instance may: *answer* says which of them for an offset and a size."""

    def __init__(self, answer: Callable[[int, int], list[int]], total: int | None = None) -> None:
        self.asked: list[tuple[int, int]] = []
        self.answer = answer
        self.total = total

    def __call__(self, offset: int, size: int) -> Page:
        self.asked.append((offset, size))
        return Page([row_of(number) for number in self.answer(offset, size)], self.total)


def listed(server: Server, **options: Any) -> list[int]:
    return [int(row["sys_id"], 16) for row in rows_of(server, wanted(**options), "GET /x")]


@pytest.mark.parametrize("total", [None, 1200])
def test_pages_until_nothing_new(total: int | None) -> None:
    server = Server(lambda offset, size: list(range(1200))[offset : offset + size], total)
    assert listed(server) == list(range(1200))
    assert len(server.asked) == (3 if total else 4)


def test_short_pages_are_not_the_end() -> None:
    """Rows that the user may not see are missing from pages; where a total is told, even from all of one."""
    visible = Server(lambda offset, size: [number for number in range(offset, min(offset + size, 1300)) if number % 3])
    assert len(listed(visible)) == len([number for number in range(1300) if number % 3])
    hidden = Server(lambda offset, size: [] if offset == 500 else list(range(1300))[offset : offset + size], 1300)
    assert len(listed(hidden)) == 800


def test_rows_that_move_between_pages_come_once() -> None:
    """While rows are being added before the present page, each page repeats some of the one before."""
    server = Server(lambda offset, size: list(range(1200))[max(0, offset - 7) : max(0, offset - 7) + size])
    assert listed(server) == list(range(1200))
    assert listed(server, limit=600) == list(range(600))


@pytest.mark.parametrize(("limit", "sent"), [(0, []), (3, [(0, 3)]), (500, [(0, 500)]), (501, [(0, 500), (500, 500)])])
def test_a_limit(limit: int, sent: list[tuple[int, int]]) -> None:
    server = Server(lambda offset, size: list(range(1200))[offset : offset + size])
    assert len(listed(server, limit=limit)) == limit
    assert server.asked == sent
    few = Server(lambda offset, size: list(range(2))[offset : offset + size])
    assert len(listed(few, limit=20)) == 2
    assert len(few.asked) == 1


def test_an_instance_that_ignores_the_offset_is_noticed() -> None:
    with pytest.raises(errors.UnexpectedResponseFormat, match="whatever the offset"):
        listed(Server(lambda _offset, size: list(range(size))))
    assert listed(Server(lambda _offset, _size: list(range(3)))) == [0, 1, 2]
    assert len(listed(Server(lambda _offset, size: list(range(size)), total=500))) == 500
    assert len(listed(Server(lambda _offset, _size: list(range(800))))) == 800
    assert listed(Server(lambda _offset, _size: list(range(800))), limit=3) == [0, 1, 2]


def test_what_a_list_asks_for() -> None:
    assert wanted({"a": 1}, limit=5).params == {"sysparm_query": "a=1"}
    assert wanted({"a": 1}, order="b").params == {"sysparm_query": "a=1^ORDERBYb^ORDERBYsys_id"}
    assert wanted().params == {"sysparm_query": "ORDERBYsys_id"}
    assert wanted(limit=5).params == {}
    assert wanted("a=1^ORDERBYsys_id").params == {"sysparm_query": "a=1^ORDERBYsys_id"}
    assert wanted(pairs={"active": True}, text="fire wall").params == {
        "active": "true",
        "order": "sys_id",
        "textSearch": "fire wall",
    }
    assert wanted(pairs={"a": 1}, order="number", limit=5).params == {"a": "1", "order": "number"}


# Waiting and writing ------------------------------------------------------------------------------------


def test_waiting_looks_at_least_once_and_not_after_its_time() -> None:
    now, pauses, seen = 0.0, list[float](), list[str]()

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        pauses.append(seconds)

    clock = Clock(lambda: now, sleep)
    assert last_look(lambda: "here", lambda _it: False, 0, seen.append, clock) == "here"
    assert (seen, pauses) == (["here"], [])
    last_look(lambda: "here", lambda _it: False, 20, None, clock)
    assert now == pytest.approx(20)
    assert max(pauses) <= 3.0
    assert last_look(lambda: "done", lambda it: it == "done", 60, None, clock) == "done"


def test_what_a_write_sends_and_what_came_of_it() -> None:
    kinds = kinds_of_changes()
    payload = payload_from(
        {"assignment_group": "Network", "start_date": "2031-01-01T01:00:00+01:00", "work_notes": "x", "impact": None},
        ["assignment_group"],
        kinds,
    )
    assert body_of(payload) == {
        "assignment_group": "Network",
        "start_date": "2031-01-01 00:00:00",
        "work_notes": "x",
        "impact": "",
        "encrypted_fields": "assignment_group",
    }
    assert not payload.repeatable
    assert payload_from(payload, (), kinds) is payload
    record = record_of({"assignment_group": {"value": ID, "display_value": "Network"}, "impact": "3", "start_date": ""})
    result = written(record, ["work_notes"], payload, kinds)
    assert [(miss.field, miss.actual) for miss in result.unapplied] == [
        ("start_date", ""),
        ("impact", "3"),
        ("work_notes", None),
    ]


def test_pauses_between_looks_grow() -> None:
    """A job of minutes is not looked at ten times a second; the last look is at the end of the time."""
    now, pauses = [0.0], []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        now[0] += seconds

    last_look(lambda: "busy", lambda _seen: False, 20, None, Clock(lambda: now[0], sleep))
    assert pauses[:-1] == sorted(pauses[:-1])
    assert (pauses[0], max(pauses), round(now[0], 6)) == (0.1, 3.0, 20)
    assert len(pauses) < 20
