# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_record with many records: a result for each, an honest whole, and few requests."""

from __future__ import annotations

from typing import Any

from tests.integration.helpers import Instance, Outcome, login, refusal, snow, unfailing

ADMIN = login("admin")
BATCH = "/api/now/v1/batch"


def many(records: Any, *match_on: str, table: str = "incident", **options: Any) -> dict[str, Any]:
    keys = list(match_on or ["correlation_id"])
    return snow("snow_record", table=table, match_on=keys, records=records, **options)


def numbered(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"correlation_id": f"many-{n}", "short_description": f"Many {n}", **more} for n in range(count)]


def rows(instance: Instance) -> dict[str, dict[str, Any]]:
    found = [row for row in instance.rows("incident") if row["correlation_id"].startswith("many-")]
    by_id = {row["correlation_id"]: row for row in found}
    assert len(by_id) == len(found)
    return by_id


def actions(outcome: Outcome) -> list[str]:
    return [entry["action"] for entry in outcome.result["results"]]


def test_create_again_change_again_absent_again(instance: Instance) -> None:
    """Each step changes once, is foretold by check mode with the same diff, and the second run only looks."""
    records = numbered(5, assignment_group="Hardware", urgency=2, due_date="2026-07-15T10:00:00+02:00")
    moved = [{**record, "assignment_group": None if n == 1 else "Network"} for n, record in enumerate(records)]
    moved[0] = records[0]
    steps = [many(records), many(moved), many(moved, state="absent")]
    tasks = [task for step in steps for task in ({**step, "check_mode": True}, step, step)]
    outcomes = instance.run(*tasks, environ=ADMIN)
    unfailing(outcomes)
    assert [outcome.changed for outcome in outcomes] == [True, True, False] * 3
    expected = [["created"] * 5, ["unchanged", *["updated"] * 4], ["deleted"] * 5]
    for foretold, done, again, wanted in zip(outcomes[::3], outcomes[1::3], outcomes[2::3], expected, strict=True):
        assert actions(foretold) == actions(done) == wanted
        assert foretold.result["diff"] == done.result["diff"]
        assert [entry["diff"] for entry in foretold.result["results"]] == [
            entry["diff"] for entry in done.result["results"]
        ]
        assert actions(again) == ["unchanged"] * 5
        assert again.result["diff"] == {"before": {}, "after": {}}
        assert again.result["requests"] == foretold.result["requests"] == 1
    created, updated = outcomes[1].result, outcomes[4].result
    assert [entry["index"] for entry in created["results"]] == [0, 1, 2, 3, 4]
    assert created["results"][3]["record"]["due_date"] == "2026-07-15 08:00:00"
    assert updated["diff"]["before"]["correlation_id=many-1"] == {"assignment_group": "Hardware"}
    assert updated["diff"]["after"]["correlation_id=many-2"] == {"assignment_group": "Network"}
    assert "correlation_id=many-0" not in updated["diff"]["after"]
    assert updated["results"][1]["record"]["assignment_group"] == ""
    assert rows(instance) == {}


def test_what_it_costs(instance: Instance) -> None:
    """Look-ups and writes go in batches of a hundred and more; a second run only looks up."""
    records = numbered(250, work_notes="Once.")
    first, again = instance.run(many(records), many(records), environ=ADMIN)
    unfailing([first, again])
    log = instance.requests()
    posts = [request for request in log if request.path == BATCH]
    # Entries of journals are looked for forty records at a time.
    assert first.result["requests"] <= 2 * 3 + 8
    assert again.result["requests"] <= 3 + 8
    assert len(posts) <= 3 * 3
    assert (set(actions(first)), set(actions(again))) == ({"created"}, {"unchanged"})
    assert len(rows(instance)) == 250
    assert len(instance.rows("sys_journal_field", value="Once.")) == 250


def test_some_fail(instance: Instance) -> None:
    """A failure stops no other, is listed with its cause, and hides no success; so in check mode."""
    instance.seed("incident", *[{"number": f"INC009900{n}", "correlation_id": "many-2"} for n in range(2)])
    records = [*numbered(2), {"correlation_id": "many-2"}, {"correlation_id": "many-3", "shoe_size": 44},
               {"correlation_id": "many-4", "assigned_to": "Nobody Known"},
               {"correlation_id": "many-5", "order": "seven", "due_date": "next week"}]  # fmt: skip
    foretold, done, warned = instance.run(
        {**many(records), "check_mode": True}, many(records), many(records[:5], unapplied="warn")
    )
    message = refusal(done, "records_failed")
    assert message.startswith(
        "4 of 6 records of incident failed, and the others are as they were asked for: record 2 ("
    )
    assert "and 1 more" in message
    assert "INC0099000" in message or "more than one" in message
    assert done.changed
    assert actions(done) == ["created", "created", *["failed"] * 4]
    assert actions(foretold) == actions(done)
    errors = [entry["error"] and entry["error"]["type"] for entry in done.result["results"]]
    assert errors == [None, None, "multiple_results", "invalid_usage", "invalid_usage", "invalid_usage"]
    missed = [{"field": "assigned_to", "wanted": "Nobody Known", "actual": ""}]
    assert warned.result["results"][4]["unapplied"] == missed
    assert "no user has" in done.result["results"][4]["error"]["msg"]
    assert sorted(row for row in rows_of(instance)) == ["many-0", "many-1", "many-2", "many-2", "many-3", "many-4"]
    assert actions(warned) == ["unchanged", "unchanged", "failed", "created", "created"]
    assert any("Nobody Known" in line for line in warned.result["warnings"])


def rows_of(instance: Instance) -> list[str]:
    return [row["correlation_id"] for row in instance.rows("incident") if row["correlation_id"].startswith("many-")]


def test_refused_before_any_request(instance: Instance) -> None:
    """What cannot be used, or is given twice, is refused as a whole; and so are options that do not go together."""
    one = numbered(1)
    cases: list[tuple[dict[str, Any], str]] = [
        (many([*one, {"correlation_id": "MANY-0"}]), "same correlation_id"),
        (many([*one, {"short_description": "x"}]), "record 1"),
        (many([{"correlation_id": None}]), "record 0"),
        (many([{"correlation_id": "None"}]), "record 0"),
        (many([{"correlation_id": "x", "caller_id.name": "Abel"}]), "caller_id.name"),
        (many([{"correlation_id": "x", "caller_id": {"name": "Abel"}}]), "caller_id"),
        (many([{"correlation_id": "2026-01-01"}]), "date"),
        (many([{"assignment_group": "Network"}], "assignment_group"), "sys_id"),
        (many([{"sys_id": "1234"}], "sys_id"), "not a sys_id"),
        (many(None), "records is empty"),
        (snow("snow_record", table="incident", match_on=[], records=one), "match_on is empty"),
        (snow("snow_record", table="incident", records=one), "match_on"),
        (snow("snow_record", table="incident", number="INC0000055", records=one), ""),
        (many(one, data={"urgency": 1}), "mutually exclusive"),
        (many(one, state="absent", if_missing="fail"), "if_missing"),
        (snow("snow_record", table="incident", match_on=["number"]), "data or of records"),
        (many(["x"]), "records"),
        (many("x"), "records"),
        (many(one, "correlation id"), "correlation id"),
    ]
    for outcome, (task, words) in zip(instance.run(*(task for task, _ in cases)), cases, strict=True):
        assert outcome.failed, task
        assert words in outcome.result["msg"], outcome.result["msg"]
        assert "\n" not in outcome.result["msg"]
        assert not outcome.changed
    (nothing,) = unfailing(instance.run(many([])))
    assert (nothing["changed"], nothing["results"], nothing["requests"]) == (False, [], 0)
    assert instance.requests() == []


def test_if_missing(instance: Instance) -> None:
    """Only those that are there are written, or those that are not are failures."""
    instance.seed("incident", {"correlation_id": "many-1", "short_description": "There"})
    nowhere = [{"sys_id": "0" * 32, "urgency": 1}]
    ignored, again, failed, keyed, gone = instance.run(
        many(numbered(3), if_missing="ignore"),
        many(numbered(3), if_missing="ignore"),
        many(numbered(3), if_missing="fail"),
        many(nowhere, "sys_id"),
        many(nowhere, "sys_id", state="absent"),
        environ=ADMIN,
    )
    assert (ignored.changed, again.changed, gone.changed) == (True, False, False)
    assert actions(ignored) == ["unchanged", "updated", "unchanged"]
    assert ignored.result["results"][0]["record"] is None
    assert "2 of 3" in refusal(failed, "records_failed")
    assert failed.result["results"][0]["error"]["type"] == "no_results"
    refusal(keyed, "records_failed")
    assert list(rows(instance)) == ["many-1"]


def test_notes_and_several_keys(instance: Instance) -> None:
    """Journals get their entries once; two columns together may be the key; a sys_id is one, too."""
    notes = numbered(3, work_notes="Extended by 20 GB.", comments="Done.")
    pairs = [{"correlation_id": f"many-{n}", "correlation_display": "x", "urgency": 1} for n in range(3)]
    made, again = instance.run(many(notes), many(notes))
    assert (made.changed, again.changed) == (True, False)
    ids = [entry["record"]["sys_id"] for entry in made.result["results"]]
    assert len(instance.rows("sys_journal_field", value="Extended by 20 GB.")) == 3
    assert len(instance.rows("sys_journal_field", value="Done.")) == 3
    by_id = [{"sys_id": sys_id.upper(), "correlation_display": "x", "work_notes": f"Note {n}"}
             for n, sys_id in enumerate(ids)]  # fmt: skip
    outcomes = instance.run(
        many(by_id, "sys_id"), many(by_id, "sys_id"),
        *[many(pairs, "correlation_id", "correlation_display")] * 2,
    )  # fmt: skip
    unfailing(outcomes)
    assert [outcome.changed for outcome in outcomes] == [True, False, True, False]
    assert all(row["urgency"] == "1" for row in rows(instance).values())


def test_bad_days(instance: Instance) -> None:
    """A batch whose answer is lost is not done twice; an instance that refuses the login, or is away, is told once."""
    records = numbered(20, work_notes="Noted.")
    instance.fault({"drop": "after"}, method="POST", path=BATCH, skip=1, count=1)
    lost, again = instance.run(many(records), many(records))
    assert len(rows(instance)) == 20
    assert len(instance.rows("sys_journal_field", value="Noted.")) == 20
    assert (lost.failed, again.failed, again.changed) == (False, False, False)
    wrong, away, table = instance.run(
        many(records, instance={"password": "wrong"}),
        many(records, instance={"host": "http://127.0.0.1:1", "retry_deadline": 0}),
        many([{"u_size": "44"}], "u_size", table="u_shoes"),
    )
    refusal(wrong, "authentication")
    refusal(away, "connection")
    assert "u_shoes" in refusal(table, "records_failed")
    assert [entry["action"] for entry in wrong.result["results"]] == ["failed"] * 20


def test_nothing_is_written_by_an_unknown_key(instance: Instance) -> None:
    """A column that is not there finds everything on one instance and nothing on another; neither is written."""
    tasks = [many([{"shoe_size": "44", "urgency": 1}], "shoe_size", **more)
             for more in ({}, {"state": "absent"}, {"unapplied": "warn"})]  # fmt: skip
    for no_rows in (False, True):
        instance.control("PUT", "settings", {"invalid_query_returns_no_rows": no_rows})
        outcomes = instance.run(*tasks, environ=ADMIN)
        assert [outcome.changed for outcome in outcomes] == [False] * 3
        assert outcomes[0].failed
        assert outcomes[2].failed
    assert instance.rows("incident", urgency="1") != instance.rows("incident")
    assert not [request for request in instance.writes() if request.path != BATCH]


def test_what_the_instance_ignores_is_no_change(instance: Instance) -> None:
    """A field that the instance takes without a word and does not apply is named, and has changed nothing."""
    (sys_id,) = instance.seed("incident", {"correlation_id": "many-0", "urgency": "3"})
    instance.fault({"ignore_fields": ["urgency"]}, method="PATCH", count=2)
    record = [{"correlation_id": "many-0", "urgency": 1}]
    failed, warned = instance.run(many(record), many(record, unapplied="warn"))
    assert (failed.failed, failed.changed, warned.failed, warned.changed) == (True, False, False, False)
    assert failed.result["results"][0]["unapplied"] == [{"field": "urgency", "wanted": "1", "actual": "3 - Low (3)"}]
    assert instance.rows("incident", sys_id=sys_id)[0]["urgency"] == "3"


def test_a_record_that_is_written_in_part(instance: Instance) -> None:
    """Names and dates go in two writes: where the second is refused, the diff shows the first and nothing else."""
    instance.seed("incident", {"correlation_id": "many-0"})
    instance.fault({"status": 403}, method="PATCH", skip=1)
    dated = {"due_date": "2026-07-15T08:00:00Z"}
    (failed,) = instance.run(many([{"correlation_id": "many-0", "assignment_group": "Network", **dated}]))
    (entry,) = failed.result["results"]
    assert (failed.failed, failed.changed, entry["error"]["type"]) == (True, True, "forbidden")
    assert failed.result["diff"]["after"] == {"correlation_id=many-0": {"assignment_group": "Network"}}
    assert entry["unapplied"] == [{"field": "due_date", "wanted": "2026-07-15 08:00:00", "actual": ""}]
    assert entry["record"]["due_date"] == rows(instance)["many-0"]["due_date"] == ""


def test_without_the_right_to_write_or_a_batch_api(instance: Instance) -> None:
    """Check mode needs no right to write; an instance without a Batch API is asked one by one, with the same result."""
    task = many(numbered(3, work_notes="Noted."))
    instance.read_only()
    (foretold,) = instance.run({**task, "check_mode": True})
    instance.read_only(False)
    instance.fault({"status": 404}, path=BATCH)
    (done,) = instance.run(task)
    assert (foretold.changed, foretold.result["diff"]) == (done.changed, done.result["diff"])
    assert actions(foretold) == actions(done) == ["created"] * 3
    assert len(rows(instance)) == 3


def test_progress(instance: Instance) -> None:
    """A long run says how far it is, a line at a time, where it runs in the controller."""
    instance.seed("incident", *numbered(400))
    instance.control("PUT", "latency", {"ms": 2600})
    try:
        told = instance.play(many(numbered(400)))
    finally:
        instance.control("PUT", "latency", {"ms": 0})
    lines = [line for line in told.output.splitlines() if " of 400 records of incident" in line]
    assert [line.partition(" (")[0] for line in lines] == ["... 300 of 400 records of incident"]
