# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_change_task: whose task it is, which one is meant, what is written, and that none is ever an orphan."""

from __future__ import annotations

from typing import Any

from tests.integration.helpers import Instance, login, refusal, snow, unfailing

# Three changes of the demo data: one with a task, one with another task, one without any.
CHANGE, OTHER, BARE = "CHG0033046", "CHG0030001", "CHG0030020"
CHANGE_ID = "0f4ac6c4b750230096c3e4f6ee11a9fe"
ABEL, HARDWARE = "62826bf03710200044e0bfc8bcbe5df1", "8a5055c9c61122780043563ef53438e3"
INSTALL: dict[str, Any] = {
    "short_description": "Install the release",
    "description": "Install it.\nLook at it.\n",
    "change_task_type": "Implementation",
    "order": 10,
    "assignment_group": "Hardware",
    "assigned_to": "Abel Tuter",
    "cmdb_ci": "web-01",
    "planned_start_date": "2026-11-24T21:00:00+01:00",
    "planned_end_date": "2026-11-24 22:00:00",
}
CLOSING = {"close_code": "successful", "close_notes": "Installed."}
NO_DIFF: dict[str, Any] = {"before": {}, "after": {}}


def step(**options: Any) -> dict[str, Any]:
    return snow("snow_change_task", **options)


def install(**options: Any) -> dict[str, Any]:
    """A task of the play for the task INSTALL of CHANGE."""
    return step(change=CHANGE, short_description=INSTALL["short_description"], **options)


def tasks_of(instance: Instance, number: str) -> list[dict[str, Any]]:
    (change,) = instance.rows("change_request", number=number)
    return instance.rows("change_task", change_request=change["sys_id"])


# Created, again, changed, deleted --------------------------------------------------------------------------


def test_create_again_change_close_absent_again(instance: Instance, in_process: bool) -> None:
    """Each step changes once, check mode foretells it, and the instance holds what was asked for."""
    steps = step(change=CHANGE, **INSTALL), install(state="closed", order=20, **CLOSING), install(state="absent")
    tasks = [task for one in steps for task in ({**one, "check_mode": True}, one, one)]
    results = unfailing(instance.run(*tasks, in_process=in_process, environ=login("bow.ruggeri")))
    assert [result["changed"] for result in results] == [True, True, False] * 3
    assert [result["diff"] for result in results[0::3]] == [result["diff"] for result in results[1::3]]
    assert [result["diff"] for result in results[2::3]] == [NO_DIFF] * 3
    made, closed = results[1]["record"], results[4]
    wanted = {
        "change_request": CHANGE_ID, "parent": CHANGE_ID, "change_task_type": "implementation", "order": "10",
        "assignment_group": HARDWARE, "assigned_to": ABEL, "planned_start_date": "2026-11-24 20:00:00",
        "planned_end_date": "2026-11-24 22:00:00",
    }  # fmt: skip
    assert {column: made[column] for column in wanted} == wanted
    assert results[1]["display"]["cmdb_ci"] == "web-01"
    assert (closed["record"]["sys_id"], closed["display"]["state"]) == (made["sys_id"], "Closed")
    assert closed["diff"]["before"]["order"] == "10"
    assert [task["number"] for task in tasks_of(instance, CHANGE)] == ["CTASK0010001"]


def test_check_mode_of_a_read_only_instance(instance: Instance) -> None:
    """With an instance that refuses every write, check mode foretells changed and diff of the real run."""
    tasks = [
        step(change=CHANGE, **INSTALL),
        step(change=BARE, **INSTALL, work_notes="Begun"),
        step(change=OTHER, short_description="Implement", state="closed", assigned_to="Abel Tuter", **CLOSING),
        step(number="CTASK0010001", order=5, planned_start_date="2026-11-24T20:00:00Z", comments="Soon"),
        step(number="CTASK0010001", assignment_group="hardware"),
    ]
    instance.read_only()
    predicted = unfailing(instance.run(*tasks, check=True))
    assert instance.writes() == []
    instance.read_only(False)
    real = unfailing(instance.run(*tasks))
    assert [result["changed"] for result in predicted] == [True, True, True, True, False]
    for expected, found in zip(predicted, real, strict=True):
        assert (expected["changed"], expected["diff"]) == (found["changed"], found["diff"])


# Which task of which change --------------------------------------------------------------------------------


def test_the_change(instance: Instance) -> None:
    """The change by number, sys_id in any case or correlation ID is the same change, with or without tasks."""
    instance.seed("change_request", {"sys_id": CHANGE_ID, "correlation_id": "shop"})
    ways = ({"change": CHANGE}, {"change": CHANGE_ID.upper()}, {"change_correlation_id": "shop"})
    tasks = [step(**way, **INSTALL) for way in ways] + [step(change=BARE, **INSTALL)] * 2
    new = [step(**way, short_description=str(way), order=1) for way in ways[1:]]
    results = unfailing(instance.run(*tasks, *new))
    assert [result["changed"] for result in results] == [True, False, False, True, False, True, True]
    assert len({result["record"]["sys_id"] for result in results[:3]}) == 1
    assert len(tasks_of(instance, CHANGE)) == 4
    assert [task["short_description"] for task in tasks_of(instance, BARE)] == [INSTALL["short_description"]]


def test_the_task(instance: Instance) -> None:
    """A task by number, sys_id, correlation ID or summary is the same task, the earlier identity winning."""
    (row,) = instance.rows("change_task", number="CTASK0010001")
    instance.seed("change_task", {"sys_id": row["sys_id"], "correlation_id": "retire"})
    ways = (
        {"number": "CTASK0010001"},
        {"sys_id": row["sys_id"].upper(), "change": CHANGE},
        {"correlation_id": "retire", "change": CHANGE_ID},
        {"short_description": "Retire node", "change": CHANGE},
    )
    renamed = step(change=CHANGE, correlation_id="retire", short_description="Retire the node")
    results = unfailing(instance.run(*(step(**way, order=7) for way in ways), renamed, renamed))
    assert [result["changed"] for result in results] == [True, False, False, False, True, False]
    assert {result["record"]["sys_id"] for result in results} == {row["sys_id"]}
    assert results[4]["diff"]["after"] == {"short_description": "Retire the node"}


def test_tasks_of_other_changes_are_left_alone(instance: Instance) -> None:
    """The same summary or correlation ID under another change is another task."""
    instance.seed("change_request", {"sys_id": CHANGE_ID, "correlation_id": "shop"})
    same = {"short_description": "Implement", "correlation_id": "same"}
    tasks = [step(change=number, **same, order=3) for number in (OTHER, CHANGE, BARE)]
    # A number that belongs to another change is no task of this one.
    *outcomes, stranger = instance.run(*tasks, *tasks, step(change=CHANGE, number="CTASK0010002", order=9))
    assert [result["changed"] for result in unfailing(outcomes)] == [True] * 3 + [False] * 3
    assert len(instance.rows("change_task", correlation_id="same")) == 3
    assert "CTASK0010002" in refusal(stranger, "no_results")


def test_no_orphans(instance: Instance) -> None:
    """No task is made for a change that is not there; check mode warns, for an earlier task may be to make it."""
    before = len(instance.rows("change_task"))
    ways = ({"change": "CHG9999999"}, {"change": "0" * 32}, {"change_correlation_id": "none-yet"})
    tasks = [step(**way, **INSTALL) for way in ways]
    *outcomes, foreseen = instance.run(*tasks, *({**task, "check_mode": True} for task in tasks))
    for way, outcome in zip([*ways, *ways[:2]], outcomes, strict=True):
        assert next(iter(way.values())) in refusal(outcome, "no_results")
        assert not outcome.changed
    (result,) = unfailing([foreseen])
    assert "none-yet" in result["warnings"][0]
    assert result["changed"]
    assert len(instance.rows("change_task")) == before
    assert instance.writes() == []


def test_identity_that_is_none(instance: Instance) -> None:
    """What an unset variable leaves is refused before any request, for the change and for the task."""
    named = {"short_description": "Install"}
    cases: list[dict[str, Any]] = []
    for value in (None, "", "None", "null"):
        cases += [{"change": value, **named}, {"change_correlation_id": value, **named}]
        cases += [{"number": value}, {"sys_id": value, "change": CHANGE}, {"correlation_id": value, "change": CHANGE}]
        cases += [{"short_description": value, "change": CHANGE, "state": "absent"}]
    cases += [{"sys_id": "CTASK0010001"}]
    for case, outcome in zip(cases, instance.run(*(step(**case) for case in cases)), strict=True):
        assert next(iter(case)) in refusal(outcome, "invalid_identity"), case
    assert instance.requests() == []


def test_identity_of_two(instance: Instance) -> None:
    """Two tasks with one summary, or two changes with one correlation ID: neither is touched, and both are named."""
    retire = {"change_request": CHANGE_ID, "short_description": "Retire node"}
    instance.seed("change_task", {"number": "CTASK0099001", **retire})
    changes = instance.seed(
        "change_request",
        {"number": "CHG0099001", "correlation_id": "twice", "short_description": "One"},
        {"number": "CHG0099002", "correlation_id": "twice", "short_description": "Two"},
    )
    bare, task = instance.run(
        step(change_correlation_id="twice", **INSTALL), step(change=CHANGE, short_description="Retire node", order=3)
    )
    assert all(number in refusal(bare, "multiple_results") for number in ("CHG0099001", "CHG0099002"))
    assert all(number in refusal(task, "multiple_results") for number in ("CTASK0010001", "CTASK0099001"))
    # With tasks of their own the two changes are still two, although only one of them has this one.
    instance.seed("change_task", *({"change_request": sys_id, "short_description": "Old"} for sys_id in changes))
    instance.seed("change_task", {"change_request": changes[0], "short_description": INSTALL["short_description"]})
    names = (INSTALL["short_description"], "Another")
    for outcome in instance.run(*(step(change_correlation_id="twice", short_description=name) for name in names)):
        assert outcome.failed
    assert instance.writes() == []


def test_what_is_not_there(instance: Instance) -> None:
    """A task is not made from a number or a sys_id, or without a summary; absent is content with none."""
    cases: list[dict[str, Any]] = [
        {"number": "CTASK9999999"}, {"sys_id": "0" * 32}, {"change": CHANGE, "correlation_id": "none-yet"},
    ]  # fmt: skip
    for case, outcome in zip(cases, instance.run(*(step(**case, order=1) for case in cases)), strict=True):
        assert next(reversed(case.values())) in refusal(outcome, "no_results")
    absent = instance.run(*(step(**case, state="absent") for case in cases), install(state="absent"))
    assert not [result for result in unfailing(absent) if result["changed"]]
    assert instance.writes() == []


# What is compared and written ------------------------------------------------------------------------------


def test_the_same_in_other_forms(instance: Instance) -> None:
    """Labels and values, names and sys_ids, dates with offsets, line ends: none of them is a change."""
    other = {
        "description": "Install it.\r\nLook at it.", "change_task_type": "implementation", "order": 10,
        "assignment_group": HARDWARE, "assigned_to": "ABEL TUTER", "cmdb_ci": "WEB-01",
        "planned_start_date": "2026-11-24 20:00:00", "planned_end_date": "2026-11-24T17:00:00-05:00",
        "fields": {"urgency": "3 - Low", "on_hold": False},
    }  # fmt: skip
    # A user in New York, so that a date taken in the user's time zone shows.
    tasks = step(change=CHANGE, **INSTALL), step(change=CHANGE, **INSTALL), install(**other)
    results = unfailing(instance.run(*tasks, environ=login("abel.tuter")))
    assert [result["changed"] for result in results] == [True, False, False]
    assert results[2]["record"]["planned_start_date"] == "2026-11-24 20:00:00"


def test_null_and_empty_clear_and_omitted_leaves_alone(instance: Instance) -> None:
    clear = install(description=None, assigned_to="", planned_end_date=None, order=None)
    results = unfailing(instance.run(step(change=CHANGE, **INSTALL), install(), clear, clear))
    assert [result["changed"] for result in results] == [True, False, True, False]
    record = results[2]["record"]
    assert [record[name] for name in ("description", "assigned_to", "planned_end_date", "order")] == [""] * 4
    assert record["planned_start_date"] == "2026-11-24 20:00:00"
    assert results[2]["display"]["cmdb_ci"] == "web-01"


def test_dates_beside_names_of_a_task_that_is_there(instance: Instance) -> None:
    """Names and dates in one task are both right, although no one request can carry both."""
    given = {"assigned_to": "Abel Tuter", "planned_start_date": "2026-11-24T20:00:00Z", "state": "open"}
    task = step(number="CTASK0010001", **given)
    results = unfailing(instance.run(task, task, environ=login("abel.tuter")))
    assert [result["changed"] for result in results] == [True, False]
    record = results[0]["record"]
    wanted = {"assigned_to": ABEL, "planned_start_date": "2026-11-24 20:00:00", "state": "1"}
    assert {column: record[column] for column in wanted} == wanted


def test_states(instance: Instance) -> None:
    """States by label or value; exact wants just the state, at_least takes a later one, but never Canceled."""
    open_, done, gone = (
        {"number": instance.rows("change_task", sys_id=sys_id)[0]["number"]}
        for sys_id in instance.seed(
            "change_task", *({"change_request": CHANGE_ID, "short_description": s, "state": s} for s in ("1", "3", "4"))
        )
    )
    cases: list[tuple[dict[str, str], dict[str, Any], bool]] = [
        (open_, {"state": "In Progress"}, True),
        (open_, {"state": "work in progress"}, False),
        (open_, {"state": 2}, False),
        (open_, {"state": "open", "state_match": "at_least"}, False),
        (done, {"state": "in progress", "state_match": "at_least"}, False),
        (done, {"state": "closed", **CLOSING}, True),
        (done, {"state": "open"}, True),
        (gone, {"state": "pending", "state_match": "at_least"}, True),
    ]
    results = unfailing(instance.run(*(step(**who, **options) for who, options, _ in cases)))
    assert [result["changed"] for result in results] == [changed for *_, changed in cases]
    assert [result["record"]["state"] for result in results] == ["2", "2", "2", "2", "3", "3", "1", "-5"]


def test_a_note_is_added_once(instance: Instance) -> None:
    """A note is in the journal once, whether it came with the creation or later."""
    create = step(change=CHANGE, **INSTALL, work_notes="Begun")
    results = unfailing(instance.run(create, create, install(work_notes="Done"), install(work_notes="Done"), create))
    assert [result["changed"] for result in results] == [True, False, True, False, False]
    journal = instance.rows("sys_journal_field", element_id=results[0]["record"]["sys_id"])
    assert sorted(row["value"] for row in journal) == ["Begun", "Done"]


def test_the_last_task_moves_its_change_on(instance: Instance) -> None:
    """Closing the last generated task brings the change to Review by itself; asking for that again is no change."""
    instance.seed("change_request", {"sys_id": CHANGE_ID, "correlation_id": "shop"})
    parent = {"change_correlation_id": "shop"}
    implement = snow("snow_change", correlation_id="shop", state="implement", state_match="at_least")
    names = ("Retire node", "Implement", "Post implementation testing")
    close = [step(**parent, short_description=name, state="closed", **CLOSING) for name in names]
    review = snow("snow_change", correlation_id="shop", state="review")
    outcomes = instance.run(implement, *close, review, implement, *close)
    assert [result["changed"] for result in unfailing(outcomes)] == [True] * 4 + [False] * 5
    assert outcomes[4].result["display"]["state"] == "Review"
    assert len(tasks_of(instance, CHANGE)) == 3


# What is refused, what is not applied ----------------------------------------------------------------------


def test_bad_values_are_refused(instance: Instance) -> None:
    """An unknown column, a date that is none, a field given twice: named, and nothing is written."""
    cases: list[tuple[dict[str, Any], str]] = [
        ({"fields": {"u_shop": 1}}, "u_shop"),
        ({"planned_start_date": "soon"}, "planned_start_date"),
        ({"order": 1, "fields": {"order": 2}}, "order"),
        ({"fields": {"description": {"a": 1}}}, "description is a mapping"),
        ({"change_task_type": "nonsense"}, "Planning, Implementation, Testing, Review"),
        ({"close_code": "splendid"}, "Successful"),
        ({"planned_start_date": "2031-02-02 10:00:00", "planned_end_date": "2031-02-01 10:00:00"}, "is before"),
        ({"state": "open", "fields": {"state": "closed"}}, "state"),
    ]
    there = [step(number="CTASK0010001", **options) for options, _ in cases]
    new = [install(**options) for options, _ in cases]
    long = ({"short_description": "x" * 161}, "161 characters")
    new.append(step(change=CHANGE, **long[0]))
    for outcome, (_, word) in zip(instance.run(*there, *new), [*cases, *cases, long], strict=True):
        assert outcome.failed
        assert word in str(outcome.result["msg"])
        assert not outcome.changed
    assert instance.writes() == []


def test_ignored_fields_fail(instance: Instance) -> None:
    """A field or state that the instance drops without a word fails the task, which returns the record."""
    instance.fault({"ignore_fields": ["state", "close_notes"]}, path="/(change_)?task")
    failed, warned, made = instance.run(
        step(number="CTASK0010001", state="closed", **CLOSING),
        step(number="CTASK0010001", close_notes="Installed.", unapplied="warn"),
        install(state="open", order=4),
    )
    sentence = refusal(failed, "unapplied")
    assert "CTASK0010001" in sentence
    assert {miss["field"]: miss["wanted"] for miss in failed.result["unapplied"]} == {
        "state": "3", "close_notes": "Installed.",
    }  # fmt: skip
    assert failed.changed
    assert failed.result["record"]["close_code"] == "successful"
    (result,) = unfailing([warned])
    assert "close_notes" in result["warnings"][0]
    assert "state" in refusal(made, "unapplied")
    assert (made.changed, made.result["record"]["order"]) == (True, "4")


def test_an_unknown_name_is_not_applied(instance: Instance) -> None:
    (outcome,) = instance.run(step(number="CTASK0010001", assigned_to="Nobody At All"))
    assert "Nobody At All" in refusal(outcome, "unapplied")


def test_a_user_without_the_right(instance: Instance) -> None:
    """Who may not write, or not delete, is told so; nothing has changed."""
    write, delete = step(change=CHANGE, **INSTALL), step(number="CTASK0010001", state="absent")
    for outcome in instance.run({**write, "environment": login("auditor")}, delete):
        refusal(outcome, "forbidden")
        assert not outcome.changed
    assert [task["number"] for task in tasks_of(instance, CHANGE)] == ["CTASK0010001"]


# Several tasks at once -------------------------------------------------------------------------------------

STEPS: list[dict[str, Any]] = [
    {"short_description": "Drain", "assignment_group": "Network"},
    {
        "short_description": "Install",
        "change_task_type": "implementation",
        "planned_start_date": "2026-11-24T20:00:00Z",
        "planned_end_date": "2026-11-24T21:00:00Z",
        "order": 17,
    },
    {"correlation_id": "smoke", "short_description": "Look", "assigned_to": "Abel Tuter", "work_notes": "Planned"},
]


def several(tasks: Any, change: str = CHANGE, **options: Any) -> dict[str, Any]:
    return step(change=change, tasks=tasks, **options)


def done(result: dict[str, Any]) -> list[tuple[str, bool, bool]]:
    """What became of each task: its name, whether it changed, whether it was purged."""
    return [(each["task"], each["changed"], each["purged"]) for each in result["results"]]


def test_several_tasks(instance: Instance, in_process: bool) -> None:
    """Made in their order, then unchanged; what is not listed is purged, but not what is over."""
    purge = several(STEPS, purge=True)
    moved = [STEPS[2], {**STEPS[0], "description": "x"}]
    closed = {"short_description": "Drain", "state": "closed", **CLOSING}
    tasks = [
        *({**purge, "check_mode": True}, purge, purge),
        several(moved),
        several([closed, {"short_description": "Install", "state": "absent"}]),
        *(several([], purge=True),) * 2,
    ]
    results = unfailing(instance.run(*tasks, in_process=in_process, environ=login("bow.ruggeri")))
    everything = [
        ("Drain", True, False),
        ("Install", True, False),
        ("smoke", True, False),
        ("CTASK0010001", True, True),
    ]
    assert [done(result) for result in results[:4]] == [
        everything, everything, [(name, False, False) for name, *_ in everything[:3]],
        [("smoke", True, False), ("Drain", True, False)],
    ]  # fmt: skip
    predicted, real, again, reordered, shortened, *emptied = results
    assert predicted["diff"] == real["diff"]
    assert real["diff"]["before"].keys() == {"CTASK0010001"}
    assert real["diff"]["after"]["smoke"]["order"] == "27"
    assert "record" not in real
    assert [each["record"]["order"] for each in real["results"][:3]] == ["10", "17", "27"]
    assert real["results"][2]["display"]["assigned_to"] == "Abel Tuter"
    # The look-up of the note is the second request.
    assert (again["changed"], again["requests"], again["diff"]) == (False, 2, NO_DIFF)
    assert reordered["diff"]["after"] == {"smoke": {"order": "10"}, "Drain": {"description": "x", "order": "20"}}
    assert [each["record"].get("state") for each in shortened["results"]] == ["3", "-5"]
    # The closed one tells what was done, and stays.
    assert [(done(result), result["requests"]) for result in emptied] == [
        ([(emptied_task(real), True, True)], 2),
        ([], 1),
    ]
    assert [task["short_description"] for task in tasks_of(instance, CHANGE)] == ["Drain"]


def emptied_task(real: dict[str, Any]) -> str:
    return str(real["results"][2]["record"]["number"])


def test_requests_of_a_list(instance: Instance) -> None:
    """One look-up for all tasks, one write for each that differs."""
    plain = [{"short_description": f"Step {number}", "description": "x"} for number in range(5)]
    changed = [{**each, "description": "y"} if number in (1, 3) else each for number, each in enumerate(plain)]
    *results, bare = unfailing(instance.run(*(several(tasks) for tasks in (plain, plain, changed)), several([], BARE)))
    assert [result["requests"] for result in results] == [6, 1, 3]
    assert bare["results"] == []
    methods = [request.method for request in instance.requests()]
    assert methods == ["GET", *["POST"] * 5, "GET", "GET", "PATCH", "PATCH", "GET", "GET"]


def test_a_list_by_all_identities(instance: Instance) -> None:
    """Each by its own identity; a task of another change is none of this one; several failures hide no success."""
    (row,) = instance.rows("change_task", number="CTASK0010001")
    tasks = [
        {"sys_id": row["sys_id"].upper(), "comments": "Hello"},
        {"number": "CTASK0010002"},
        {"correlation_id": "new"},
        {"short_description": "Made", "assigned_to": "Nobody At All"},
        {"short_description": "Made as well"},
    ]
    (outcome,) = instance.run(several(tasks))
    sentence = refusal(outcome, "no_results")
    assert sentence.startswith("3 of 5 tasks of the change request with number CHG0033046 failed: CTASK0010002: ")
    assert sentence.endswith("results tells what became of new, Made.")
    assert outcome.changed
    result = outcome.result
    assert [each["action"] for each in result["results"]] == ["updated", "failed", "failed", "failed", "created"]
    assert [(each["error"] or {}).get("type") for each in result["results"]] == [
        None, "no_results", "no_results", "unapplied", None,
    ]  # fmt: skip
    assert [miss["field"] for miss in result["unapplied"]] == ["assigned_to"]
    assert len(tasks_of(instance, CHANGE)) == 3
    assert len(instance.rows("sys_journal_field", element_id=row["sys_id"])) == 1


def test_nothing_is_purged_after_a_failure(instance: Instance) -> None:
    """Neither where a task failed, nor where the change is not there; and nothing that hides from nobody."""
    failing, missing = instance.run(
        several([{"number": "CTASK9999999"}], purge=True), several([], "CHG9999999", purge=True)
    )
    refusal(failing, "no_results")
    assert "Nothing was purged" in failing.result["warnings"][0]
    assert "CHG9999999" in refusal(missing, "no_results")
    # Who may not delete is told so, task by task.
    (refused,) = instance.run(several([{"short_description": "New"}], purge=True))
    assert "CTASK0010001" in refusal(refused, "forbidden")
    assert [each["action"] for each in refused.result["results"]] == ["created", "failed"]
    assert len(tasks_of(instance, CHANGE)) == 2


def test_a_list_of_a_change_that_is_not_there(instance: Instance) -> None:
    """Check mode warns where an earlier task may make the change; what should be absent is."""
    later = step(change_correlation_id="none-yet", tasks=STEPS)
    gone = step(change_correlation_id="none-yet", tasks=[{"short_description": "Drain", "state": "absent"}])
    real, foreseen, absent = instance.run(later, {**later, "check_mode": True}, gone)
    refusal(real, "no_results")
    assert real.result["results"] == []
    predicted, nothing = unfailing([foreseen, absent])
    assert [warning for warning in predicted["warnings"] if "none-yet" in warning]
    assert [each["changed"] for each in predicted["results"]] == [True] * 3
    assert (nothing["changed"], done(nothing)) == (False, [("Drain", False, False)])
    assert instance.writes() == []


def test_lists_that_make_no_sense(instance: Instance) -> None:
    """Refused before any request, with the place in the list."""
    cases: list[tuple[Any, str]] = [
        ({"tasks": None}, "null"),
        ({"tasks": None, "purge": True}, "null"),
        ({"tasks": [], "short_description": "x"}, "mutually exclusive"),
        ({"tasks": [{"number": "x", "sys_id": "y"}]}, "mutually exclusive"),
        ({"tasks": [{}]}, "tasks[0]"),
        ({"tasks": [STEPS[0], {"number": "None"}]}, "tasks[1]"),
        ({"tasks": [STEPS[0], {"short_description": "DRAIN "}]}, "name each task once"),
        ({"tasks": [STEPS[0], {"correlation_id": "x", "short_description": "drain"}]}, "correlation_id"),
        ({"tasks": [{"number": "x", "state": "absent", "order": 1}]}, "order"),
        ({"tasks": [{"number": "x", "state": ""}]}, "state is empty"),
        ({"tasks": [{"number": "x", "shoe": 1}]}, "shoe"),
        ({"tasks": ["Drain"]}, "dict"),
        ({"number": "x", "purge": True}, "tasks"),
    ]
    for (options, words), outcome in zip(
        cases, instance.run(*(step(change=CHANGE, **o) for o, _ in cases)), strict=True
    ):
        assert outcome.failed
        assert words in str(outcome.result["msg"]), options
    assert instance.requests() == []
    # Two names of one task show only when it was read.
    twice = several([{"number": "CTASK0010001"}, {"short_description": "Retire node"}])
    (outcome,) = instance.run(twice)
    assert "CTASK0010001" in refusal(outcome, "invalid_usage")
    assert instance.writes() == []


def test_null_in_a_list_clears(instance: Instance, in_process: bool) -> None:
    """As for one task: what is left out stays as it is, and null clears."""
    task = several([{"number": "CTASK0010001", "assignment_group": None}])
    first, second = unfailing(instance.run(task, task, in_process=in_process))
    assert first["diff"]["after"] == {"CTASK0010001": {"assignment_group": "", "order": "10"}}
    assert first["results"][0]["record"]["short_description"] == "Retire node"
    assert not second["changed"]


def test_a_list_on_a_bad_day(instance: Instance) -> None:
    """Answers that are lost double nothing; where nobody answers, the rest is not tried."""
    instance.fault({"drop": "after"}, method="POST", path="task", count=2)
    (first,) = unfailing(instance.run(several(STEPS)))
    assert first["changed"]
    assert len(tasks_of(instance, CHANGE)) == 4
    assert len(instance.rows("sys_journal_field", value="Planned")) == 1
    instance.fault({"status": 503}, method="PATCH", path="task")
    (outcome,) = instance.run(several([{**each, "description": "y"} for each in STEPS]))
    assert outcome.failed
    assert not outcome.changed
    assert [each["action"] for each in outcome.result["results"]] == ["failed"] * 3
    assert outcome.result["requests"] < 12


def test_on_hold(instance: Instance) -> None:
    held = step(number="CTASK0010002", on_hold=True, on_hold_reason="Parts are missing")
    first, second, third = unfailing(instance.run(held, held, step(number="CTASK0010002", on_hold=False)))
    assert [result["changed"] for result in (first, second, third)] == [True, False, True]
    assert (first["record"]["on_hold"], first["record"]["on_hold_reason"]) == ("true", "Parts are missing")


def test_who_by_user_name_or_mail(instance: Instance) -> None:
    """The user is looked up, also beside names of others; nobody of that name is told before anything is written."""
    instance.seed("sys_user", {"sys_id": ABEL, "email": "abel@example.com"})
    names = [{"assigned_to": name, "assignment_group": "Hardware"} for name in ("abel.tuter", "ABEL@example.com")]
    tasks = [step(number="CTASK0010001", **options) for options in (*names, names[0])]
    *results, listed = unfailing(instance.run(*tasks, several([{"number": "CTASK0010001", **names[0]}])))
    assert [result["changed"] for result in results] == [True, False, False]
    assert [result["requests"] for result in results] == [3, 2, 2]
    assert results[0]["record"]["assigned_to"] == ABEL
    assert listed["diff"]["after"] == {"CTASK0010001": {"order": "10"}}
    instance.clear_log()
    (nobody,) = instance.run(step(change=CHANGE, short_description="New", assigned_to="no.body"))
    assert "no.body" in refusal(nobody, "invalid_usage")
    assert instance.writes() == []


def test_a_state_that_is_none(instance: Instance) -> None:
    """It is refused with those that there are, before anything is written, and check mode tells."""
    tasks = [
        step(number="CTASK0010001", state="nonsense"),
        step(change=CHANGE, short_description="New", state="nonsense"),
        several([{"number": "CTASK0010001", "state": "nonsense"}]),
    ]
    for check in (True, False):
        outcomes = instance.run(*tasks, check=check)
        for outcome in outcomes:
            sentence = refusal(outcome, "invalid_usage")
            assert all(word in sentence for word in ("nonsense", "Pending (-5)", "In Progress (2)")), sentence
            assert not outcome.changed
    assert instance.writes() == []


def test_tasks_belong_to_the_open_change(instance: Instance) -> None:
    """Of changes that followed each other the open one is meant, also while only the closed one has tasks."""
    columns = {"correlation_id": "again", "short_description": "Release"}
    old, new = instance.seed("change_request", {**columns, "state": "3", "active": "false"}, columns)
    instance.seed("change_task", {"change_request": old, "short_description": "Install", "state": "1"})
    parent = {"change_correlation_id": "again"}
    one = step(**parent, short_description="Install", description="x")
    some = step(**parent, tasks=[{"short_description": "Other", "order": 10}], purge=True)
    results = unfailing(instance.run(one, one, some, some, environ=login("bow.ruggeri")))
    assert [result["changed"] for result in results] == [True, False, True, False]
    (kept,) = instance.rows("change_task", change_request=old)
    assert (kept["short_description"], kept["description"]) == ("Install", "")
    assert [row["short_description"] for row in instance.rows("change_task", change_request=new)] == ["Other"]
    (info,) = unfailing(instance.run(snow("snow_change_info", correlation_id="again")))
    assert [found["record"]["sys_id"] for found in info["changes"]] == [new]
    # With all of them closed there is nothing that tells them apart; with one there is no need to.
    instance.seed("change_request", {"sys_id": new, "correlation_id": "", "active": "false"})
    (result,) = unfailing(instance.run(step(**parent, short_description="Install")))
    assert (result["changed"], result["record"]["change_request"], result["requests"]) == (False, old, 3)
