# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many records at once: what is told of each record is what became of it, on good days and bad ones."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies
from tests.integration.helpers import REPOSITORY, USER, Instance, password_of

from ansible_collections.changegate.snow.plugins.module_utils import errors
from ansible_collections.changegate.snow.plugins.module_utils.bulk_items import Result, Results
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.resource import Resource
from snow_simulator import Simulator

BATCH = "/api/now/v1/batch"
NOBODY = "0" * 32


@pytest.fixture
def client(instance: Instance) -> Iterator[Client]:
    with Client(host=instance.url, user="admin", password=password_of("admin")) as made:
        made.transport.retry_deadline = 8
        yield made


@pytest.fixture
def incident(client: Client) -> Resource:
    return client.table("incident")


def numbered(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"short_description": f"bulk {n}", "correlation_id": f"bulk-{n}", **more} for n in range(count)]


def rows(instance: Instance) -> dict[str, dict[str, Any]]:
    """What is there of :func:`numbered`, by its correlation_id; none of it twice."""
    found = [row for row in instance.rows("incident") if row["correlation_id"].startswith("bulk-")]
    by_id = {row["correlation_id"]: row for row in found}
    assert len(by_id) == len(found)
    return by_id


def done(results: Results) -> list[str]:
    return [result.done for result in results]


def error_of(result: Result, kind: type[errors.SnowError]) -> str:
    assert type(result.error) is kind or isinstance(result.error, kind), result
    assert not result.ok
    return str(result.error)


def batches(instance: Instance) -> int:
    return sum(request.path == BATCH for request in instance.requests())


# Good days ----------------------------------------------------------------------------------------------


def test_a_thousand_inserts(instance: Instance, incident: Resource) -> None:
    """From a generator that is read as it is needed; results in its order; few requests."""
    ahead: list[int] = []
    seen: list[Result] = []
    steps: list[tuple[int, int | None]] = []

    def source() -> Iterator[dict[str, Any]]:
        for record in numbered(1000):
            ahead.append(len(seen))
            yield record

    results = incident.insert_many(
        source(), each=seen.append, progress=lambda count, total: steps.append((count, total))
    )
    assert results.ok
    assert results.counts == {"inserted": 1000}
    # They were handed over, and are not kept.
    assert (list(results), len(results)) == ([], 1000)
    assert [result.index for result in seen] == list(range(1000))
    stored = rows(instance)
    assert all(stored[f"bulk-{result.index}"]["sys_id"] == result.sys_id for result in seen)
    assert ahead[999] >= 500
    assert batches(instance) <= 8
    assert len(instance.requests()) - batches(instance) == 1000
    assert steps[-1] == (1000, None)
    assert steps == sorted(steps)


def test_what_is_written_comes_back(instance: Instance, incident: Resource) -> None:
    texts = [
        "Grüße ☃", "日本語", "\U0001f600 emoji", "a^b", "a^^ORb", "javascript:gs.now()", 'quote " and \\ slash',
        "<b>&amp;", "one\ntwo", "\ttab", "comma, and = sign", "null", "true", "0012", "1e3", " spaces ",
        "é vs é", "%41+%20", "﷽",
    ]  # fmt: skip
    results = incident.insert_many([{"short_description": text, "description": text * 3} for text in texts])
    assert results.ok, results.first_failure
    for text, result in zip(texts, results, strict=True):
        assert result.record is not None
        assert result.record["description"] == text * 3
        assert instance.rows("incident", sys_id=str(result.sys_id))[0]["short_description"] == text
    results = incident.upsert_many(
        [{"sys_id": result.sys_id, "short_description": text} for text, result in zip(texts, results, strict=True)],
        match_on=["sys_id"],
    )
    assert results.counts == {"unchanged": len(texts)}


def test_records_have_the_form_that_was_asked_for(client: Client) -> None:
    """The same as of a single request, although more is asked for to compare."""
    record = {"short_description": "form", "assigned_to": "Beth Anglin", "impact": 2}
    modes: list[bool | str] = [False, True, "all"]
    for mode, links in itertools.product(modes, (True, False)):
        incident = client.table("incident")
        incident.parameters.display_value = mode
        incident.parameters.exclude_reference_link = not links
        [result] = incident.insert_many([record], input_display_value=True)
        assert result.ok, result
        assert result.record == incident.get(query={"sys_id": str(result.sys_id)}).one()
        incident.parameters.fields = ["number", "caller_id"]
        [result] = incident.update_many([{"sys_id": result.sys_id, "urgency": 2}])
        assert result.ok, result
        assert result.record == incident.get(query={"sys_id": str(result.sys_id)}).one()


def test_names_and_dates_in_one_record(instance: Instance, client: Client) -> None:
    """Names are display values; dates never are, because the instance would read them in the user's time zone."""
    client.parameters.input_display_value = True
    change = client.table("change_request")
    wanted = {
        "short_description": "both", "assignment_group": "Network", "risk": "High", "start_date": "2026-07-15T08:00:00Z"
    }  # fmt: skip
    results = change.insert_many([wanted, {"short_description": "neither"}])
    assert results.ok, results.first_failure
    row = instance.rows("change_request", sys_id=str(results[0].sys_id))[0]
    assert (row["start_date"], row["risk"]) == ("2026-07-15 08:00:00", "2")
    again = change.update_many([{"sys_id": results[0].sys_id, **wanted}], only_changes=True)
    assert done(again) == ["unchanged"]
    assert [request.method for request in instance.writes()] == ["POST", "POST", "PATCH"]


def test_update_only_what_differs(instance: Instance, incident: Resource) -> None:
    made = incident.insert_many(numbered(6, impact=2))
    instance.clear_log()
    given = [{"sys_id": result.sys_id, "impact": 2 + result.index % 2} for result in made]
    results = incident.update_many([*given, {"sys_id": NOBODY, "impact": 1}], only_changes=True)
    assert done(results) == ["unchanged", "updated"] * 3 + ["failed"]
    error_of(results[6], errors.NotFound)
    assert len(instance.writes()) == 3
    assert incident.update_many(given).counts == {"updated": 6}
    [unknown] = incident.update_many([{"sys_id": made[0].sys_id, "u_nothing": 1}], only_changes=True)
    assert "u_nothing" in error_of(unknown, errors.InvalidUsage)


def test_upsert(instance: Instance, incident: Resource) -> None:
    keys = ["bulk-a", "bulk-b, with a comma", "bulk-c^ORnumber=1", "BULK-D", "bulk-é"]
    records = [{"correlation_id": key, "short_description": key, "urgency": 2} for key in keys]
    assert done(incident.upsert_many(records, match_on=["correlation_id"])) == ["inserted"] * 5
    instance.clear_log()
    assert done(incident.upsert_many(records, match_on=["correlation_id"])) == ["unchanged"] * 5
    assert instance.writes() == []
    records[1]["urgency"] = 1
    records.append({"correlation_id": "bulk-f"})
    results = incident.upsert_many(iter(records), match_on=["correlation_id", "short_description"])
    assert done(results) == ["unchanged", "updated", "unchanged", "unchanged", "unchanged", "failed"]
    assert "short_description" in error_of(results[5], errors.InvalidUsage)
    assert instance.rows("incident", correlation_id=keys[1])[0]["urgency"] == "1"


def test_upsert_of_many_stays_within_urls(instance: Instance, incident: Resource) -> None:
    instance.control("PUT", "settings", {"max_url_length": 2000})
    assert incident.upsert_many(numbered(300), match_on=["correlation_id"]).counts == {"inserted": 300}
    instance.clear_log()
    results = incident.upsert_many(
        [{**record, "impact": 1 if n < 10 else 3} for n, record in enumerate(numbered(310))],
        match_on=["correlation_id"],
    )
    assert results.ok, results.first_failure
    assert results.counts == {"updated": 10, "unchanged": 290, "inserted": 10}
    assert [result.index for result in results] == list(range(310))
    assert len(instance.writes()) == 20
    assert len(rows(instance)) == 310


def test_upsert_refuses_what_is_ambiguous(instance: Instance, incident: Resource) -> None:
    instance.seed("incident", {"correlation_id": "bulk-2", "number": "INC1"}, {"correlation_id": "bulk-2"})
    records = [
        *numbered(3),
        {"correlation_id": "BULK-0", "impact": 1},
        {"correlation_id": ""},
        {"correlation_id": "a\nb"},
    ]
    results = incident.upsert_many(records, match_on=["correlation_id"])
    assert done(results) == ["inserted", "inserted", "failed", "failed", "failed", "failed"]
    assert "more than one" in error_of(results[2], errors.MultipleResults)
    assert "record 0" in error_of(results[3], errors.InvalidUsage)
    error_of(results[4], errors.InvalidIdentity)
    error_of(results[5], errors.QueryTypeError)
    instance.clear_log()
    for column in ("u_nothing", "opened_at"):
        [result] = incident.upsert_many([{column: "2026-01-01", "impact": 1}], match_on=[column])
        error_of(result, errors.SnowError)
    [result] = incident.upsert_many([{"u_nothing": "x", "impact": 1}], match_on=["u_nothing"])
    assert "u_nothing" in error_of(result, errors.SnowError)
    instance.control("PUT", "settings", {"invalid_query_returns_no_rows": True})
    [result] = incident.upsert_many([{"u_nothing": "x", "impact": 1}], match_on=["u_nothing"])
    assert "u_nothing" in error_of(result, errors.InvalidUsage)
    assert instance.writes() == []


def test_delete(instance: Instance, incident: Resource) -> None:
    made = [str(result.sys_id) for result in incident.insert_many(numbered(60))]
    results = incident.delete_many([made[0], NOBODY, "x", made[1]])
    assert done(results) == ["deleted", "absent", "failed", "deleted"]
    assert [result.sys_id for result in results][:2] == [made[0], NOBODY]
    assert results[1].ok
    error_of(results[2], errors.InvalidIdentity)
    with pytest.raises(errors.MultipleResults, match="more than 57"):
        incident.delete_many(query={"correlation_id": {"starts_with": "bulk-"}}, at_most=57)
    assert len(rows(instance)) == 58
    results = incident.delete_many(query={"correlation_id": {"starts_with": "bulk-"}, "impact": 3}, at_most=58)
    assert results.counts == {"deleted": 58}
    assert rows(instance) == {}


@pytest.mark.parametrize(
    "query", ["u_nothing=1", "active=true^u_nothing=1", "u_nothing.name=x^NQnumber=1", "impactSAMEASu_nothing"]
)
def test_delete_by_a_condition_that_the_instance_drops(instance: Instance, incident: Resource, query: str) -> None:
    """The query then finds everything."""
    count = len(instance.rows("incident"))
    with pytest.raises(errors.UnexpectedResponseFormat, match="u_nothing"):
        incident.delete_many(query=query)
    assert len(instance.rows("incident")) == count


# What the instance refuses --------------------------------------------------------------------------------


def test_rules_policies_and_rights() -> None:
    """One record that the instance refuses stops no other."""
    with Simulator(data=str(REPOSITORY / "simulator" / "examples" / "own.yml")) as url:
        with Client(host=url, user="ada", password="ada-password") as client:
            release = client.table("u_release")
            results = release.insert_many(
                [{"u_name": "One"}, {"u_name": "No owner", "u_state": "started"}, {"u_name": "Two", "u_nothing": 1}]
            )
            assert done(results) == ["inserted", "failed", "inserted"]
            assert "Data Policy" in error_of(results[1], errors.Forbidden)
            assert [miss.field for miss in results[2].unapplied] == ["u_nothing"]
            with pytest.raises(errors.Forbidden):
                results.raise_for_failure()
        with Client(host=url, user="bob", password="bob-password") as client:
            release = client.table("u_release")
            sys_ids = [str(results[0].sys_id), str(results[2].sys_id)]
            error_of(release.delete_many(sys_ids)[1], errors.Forbidden)
            assert release.update_many([{"sys_id": sys_ids[0], "u_state": "done"}]).ok
            updates = release.update_many([{"sys_id": sys_id, "u_name": "New"} for sys_id in sys_ids])
            assert done(updates) == ["failed", "updated"]
            assert "A release that is done stays" in error_of(updates[0], errors.Forbidden)


def test_a_read_only_instance(instance: Instance, incident: Resource) -> None:
    made = incident.insert_many(numbered(2))
    instance.read_only()
    sys_ids = [str(result.sys_id) for result in made]
    for results in (
        incident.insert_many([{"impact": 1}, {"impact": 2}]),
        incident.update_many([{"sys_id": sys_id, "impact": 1} for sys_id in sys_ids]),
        incident.upsert_many([{**record, "impact": 1} for record in numbered(3)], match_on=["correlation_id"]),
        incident.delete_many(sys_ids),
    ):
        assert set(done(results)) == {"failed"}
        error_of(results[0], errors.Forbidden)
    assert len(rows(instance)) == 2


def test_a_table_that_is_not_there(instance: Instance, client: Client) -> None:
    results = client.table("u_not_there").insert_many([{"a": 1}, {"a": 2}])
    assert "Invalid table" in error_of(results[1], errors.ResponseError)


def test_silent_refusal_is_named(instance: Instance, incident: Resource) -> None:
    instance.fault({"ignore_fields": ["impact"]}, path="/table/incident", method="POST", skip=1, count=1)
    results = incident.insert_many(numbered(3, impact=1))
    assert done(results) == ["inserted"] * 3
    assert [result.ok for result in results] == [True, False, True]
    assert [(miss.field, miss.wanted) for miss in results[1].unapplied] == [("impact", "1")]
    with pytest.raises(errors.Unapplied, match=r"Record 1 .* impact"):
        results.raise_for_failure()
    [long] = incident.insert_many([{"short_description": "x" * 200}])
    assert [miss.field for miss in long.unapplied] == ["short_description"]
    [noted] = incident.insert_many([{"short_description": "n", "work_notes": "A note."}])
    assert (noted.ok, noted.unverified) == (True, ("work_notes",))


def test_bad_records(instance: Instance, incident: Resource) -> None:
    bad: list[Any] = [3, {"a b": 1}, {"caller_id.name": "x"}, {"impact": {"a": 1}}, {"impact": b"1"}, {"sys_id": "x"}]
    results = incident.insert_many([*bad, {"short_description": "good"}])
    assert done(results) == ["failed"] * len(bad) + ["inserted"]
    assert all(isinstance(result.error, errors.InvalidUsage) for result in list(results)[:-1])
    results = incident.update_many([{"impact": 1}, {"sys_id": NOBODY}])
    assert "no sys_id" in error_of(results[0], errors.InvalidUsage)
    assert "nothing but" in error_of(results[1], errors.InvalidUsage)
    assert len(instance.writes()) == 1


# Bad days -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [BATCH, "/table/incident"])
@pytest.mark.parametrize("drop", ["before", "after"])
def test_lost_inserts(instance: Instance, incident: Resource, path: str, drop: str) -> None:
    """The connection breaks at the batch or in the middle of it, before or after the commit: all is there, once."""
    instance.fault({"drop": drop}, path=path, method="POST", count=1, skip=0 if path == BATCH else 3)
    results = incident.insert_many(numbered(8))
    assert results.ok, results.first_failure
    assert {result.sys_id for result in results} == {row["sys_id"] for row in rows(instance).values()}
    assert len(rows(instance)) == 8


@pytest.mark.parametrize("drop", ["before", "after"])
def test_lost_inserts_on_an_instance_that_makes_its_own_sys_ids(
    instance: Instance, incident: Resource, drop: str
) -> None:
    """Nobody can know then, and nothing is doubled."""
    instance.fault({"drop": drop}, path=BATCH, count=1)
    instance.fault({"ignore_fields": ["sys_id"]}, path="/table/incident", method="POST")
    results = incident.insert_many(numbered(4))
    assert [type(result.error).kind for result in results if result.error] == ["outcome_unknown"] * 4
    assert len(rows(instance)) == (0 if drop == "before" else 4)
    results = incident.insert_many([{"short_description": "fine"}])
    assert results.ok
    assert instance.rows("incident", sys_id=str(results[0].sys_id))


@pytest.mark.parametrize(
    "action",
    [
        {"status": 503, "when": "after"},
        {"status": 403, "when": "after"},
        {"truncate": True},
        {"quota": True},
        {"status": 502},
    ],
    ids=["503 after", "403 after", "truncated", "quota", "502 before"],
)
def test_one_insert_with_a_bad_answer(instance: Instance, incident: Resource, action: Any) -> None:
    instance.fault(action, path="/table/incident", method="POST", skip=2, count=1)
    results = incident.insert_many(numbered(5))
    assert results.ok, results.first_failure
    assert len(rows(instance)) == 5


@pytest.mark.parametrize("action", [{"html": "hibernating"}, {"truncate": True}, {"status": 503}, {"quota": True}])
def test_a_batch_of_inserts_with_a_bad_answer(instance: Instance, incident: Resource, action: Any) -> None:
    instance.fault(action, path=BATCH, count=1)
    results = incident.insert_many(numbered(5))
    assert results.ok, results.first_failure
    assert len(rows(instance)) == 5


def test_sys_ids_of_the_caller(instance: Instance, incident: Resource) -> None:
    """They are kept; a record that was there before is not taken for one that was made."""
    made, there = "a" * 32, str(incident.insert_many([{"short_description": "there"}])[0].sys_id)
    results = incident.insert_many([{"sys_id": made, "impact": 1}, {"sys_id": there, "impact": 1}])
    assert [(result.done, result.sys_id) for result in results] == [("inserted", made), ("failed", there)]
    error_of(results[1], errors.Forbidden)
    instance.fault({"drop": "after"}, path=BATCH, count=1)
    lost = incident.insert_many([{"sys_id": character * 32} for character in "bc"])
    assert {type(result.error).kind for result in lost if result.error} == {"outcome_unknown"}
    instance.fault({"drop": "after"}, path=BATCH, skip=0, count=1)
    results = incident.upsert_many(
        [{"sys_id": character * 32, "impact": 1} for character in "cdef"], match_on=["sys_id"]
    )
    assert done(results) == ["updated", "inserted", "inserted", "inserted"], results.first_failure
    assert len(instance.rows("incident", impact="1")) >= 5


def test_an_instance_that_takes_different_texts_for_equal(instance: Instance, incident: Resource) -> None:
    """One record with a neighbor that an instance finds along with it does not spoil the others."""
    incident.insert_many(numbered(6))
    neighbor = rows(instance)["bulk-3"]
    body = {"result": [{"sys_id": neighbor["sys_id"], "correlation_id": "bulk-\u0333", "short_description": "x"}]}
    script = [{"status": 200, "body": body}, {}, {"status": 200, "body": body}]
    instance.control("POST", "faults", {"path": "/table/incident", "method": "GET", "script": script})
    results = incident.upsert_many(numbered(4), match_on=["correlation_id"])
    # All four, the first two, the last two; then each of these.
    assert done(results) == ["unchanged"] * 4, results.first_failure
    assert len([request for request in instance.requests() if request.method == "GET"]) == 5


def test_an_instance_that_stays_down(instance: Instance, client: Client) -> None:
    """What was done before is told, and what nobody knows."""
    client.transport.retry_deadline = 0.5
    instance.fault({"drop": "after"}, path=BATCH, skip=1)
    instance.fault({"drop": "before"}, path="/table/incident", method="GET")
    results = client.table("incident").insert_many(numbered(500), parallel=1)
    # The first portion, the second, which is twice as large; and no third.
    assert done(results)[:100] == ["inserted"] * 100
    assert set(done(results)[100:]) == {"failed"}
    assert len(results) < 400
    assert "sys_id" in error_of(results[119], errors.OutcomeUnknown)
    assert str(results[119].sys_id) in str(results[119].error)
    assert results.stopped is results[100].error
    assert {row["sys_id"] for row in rows(instance).values()} >= {result.sys_id for result in results}


def test_busy(instance: Instance, incident: Resource) -> None:
    refused = {"status": 429, "headers": {"Retry-After": "0.2"}}
    instance.fault(refused, path="/table/incident", method="POST", skip=1, count=2)
    results = incident.insert_many(numbered(5))
    assert results.ok, results.first_failure
    assert len(rows(instance)) == 5


def test_limits_of_the_batch(instance: Instance, incident: Resource) -> None:
    """The answers are too large, or the time is up: nothing is lost, nothing twice."""
    instance.control("PUT", "settings", {"batch_output_bytes": 3000})
    assert incident.insert_many(numbered(6)).ok
    assert len(rows(instance)) == 6
    instance.control("PUT", "settings", {"batch_output_bytes": 10_000_000, "batch_seconds": 0.05})
    instance.fault({"delay_ms": 20}, path="/table/incident", method="PATCH")
    made = [row["sys_id"] for row in rows(instance).values()]
    assert incident.update_many([{"sys_id": sys_id, "impact": 1} for sys_id in made]).counts == {"updated": 6}
    assert {row["impact"] for row in rows(instance).values()} == {"1"}


def test_lost_updates_and_deletes(instance: Instance, incident: Resource) -> None:
    made = incident.insert_many(numbered(4))
    sys_ids = [str(result.sys_id) for result in made]
    instance.fault({"drop": "after"}, path=BATCH, count=1)
    assert incident.update_many([{"sys_id": sys_id, "impact": 1} for sys_id in sys_ids]).ok
    instance.fault({"drop": "after"}, path=BATCH, count=1)
    notes = incident.update_many([{"sys_id": sys_id, "work_notes": "Once."} for sys_id in sys_ids])
    assert {type(result.error) for result in notes} == {errors.OutcomeUnknown}
    assert len(instance.rows("sys_journal_field", value="Once.")) == 4
    instance.fault({"drop": "after"}, path=BATCH, count=1)
    assert done(incident.delete_many(sys_ids)) == ["deleted"] * 4
    assert rows(instance) == {}


def test_a_delete_that_did_nothing(instance: Instance, client: Client) -> None:
    client.transport.retry_deadline = 0.3
    incident = client.table("incident")
    sys_ids = [str(result.sys_id) for result in incident.insert_many(numbered(3))]
    instance.fault({"status": 204, "body": ""}, path=sys_ids[1], method="DELETE")
    results = incident.delete_many(sys_ids)
    assert done(results) == ["deleted", "failed", "deleted"]
    assert "still there" in error_of(results[1], errors.NotConverged)


def test_an_instance_whose_readers_lag_behind(instance: Instance, incident: Resource) -> None:
    instance.control("PUT", "settings", {"stale_seconds": 0.3})
    instance.fault({"drop": "after"}, path=BATCH, count=1)
    results = incident.insert_many(numbered(4))
    assert results.ok, results.first_failure
    assert len(rows(instance)) == 4
    results = incident.delete_many([str(result.sys_id) for result in results])
    assert results.counts == {"deleted": 4}, results.first_failure


def test_without_a_batch_api(instance: Instance, incident: Resource) -> None:
    instance.fault({"status": 404}, path=BATCH)
    results = incident.insert_many(numbered(5), parallel=1)
    assert results.ok
    assert done(incident.upsert_many(numbered(6), match_on=["correlation_id"])) == ["unchanged"] * 5 + ["inserted"]
    assert len(rows(instance)) == 6
    assert batches(instance) == 1


def test_stopping(instance: Instance, client: Client) -> None:
    """On request after a failure, and by itself where every further record would fail as well."""
    records = numbered(400)
    records[5] = {"a b": "1"}
    results = client.table("incident").insert_many(records, stop_on_error=True, parallel=1)
    assert len(results) == 100
    assert not results.ok
    assert results.stopped is results[5].error
    assert len(rows(instance)) == 99
    with Client(host=instance.url, user=USER, password="wrong") as stranger:
        results = stranger.table("incident").insert_many(numbered(1000), parallel=1)
    assert isinstance(results.stopped, errors.AuthenticationFailed)
    assert len(results) == 100


def test_an_input_that_breaks(instance: Instance, incident: Resource) -> None:
    def source() -> Iterator[dict[str, Any]]:
        yield from numbered(150)
        raise OSError("The file ends here.")

    seen: list[Result] = []
    with pytest.raises(OSError, match="ends here"):
        incident.insert_many(source(), each=seen.append)
    assert len(seen) == len(rows(instance)) == 100


def test_arguments(instance: Instance, client: Client) -> None:
    incident: Any = client.table("incident")
    wrong: list[tuple[str, Any]] = [
        ("records", lambda: incident.insert_many({"a": 1})),
        ("records", lambda: incident.insert_many("abc")),
        ("sys_ids", lambda: incident.delete_many(NOBODY)),
        ("parallel", lambda: incident.insert_many([], parallel=0)),
        ("parallel", lambda: incident.insert_many([], parallel=True)),
        ("stop_on_error", lambda: incident.insert_many([], stop_on_error=1)),
        ("input_display_value", lambda: incident.insert_many([], input_display_value="yes")),
        ("each", lambda: incident.insert_many([], each=3)),
        ("progress", lambda: incident.insert_many([], progress="bar")),
        ("colour", lambda: incident.insert_many([], colour=1)),
        ("only_changes", lambda: incident.update_many([], only_changes=2)),
        ("match_on", lambda: incident.upsert_many([], match_on="number")),
        ("match_on", lambda: incident.upsert_many([], match_on=[])),
        ("column", lambda: incident.upsert_many([], match_on=["a b"])),
        ("either", lambda: incident.delete_many()),
        ("either", lambda: incident.delete_many([], query="active=true")),
        ("at_most", lambda: incident.delete_many(query="active=true", at_most=-1)),
        ("condition", lambda: incident.delete_many(query={})),
        ("cannot be checked", lambda: incident.delete_many(query="123TEXTQUERY321=x")),
        ("Table API", lambda: client.resource("/attachment").insert_many([])),
    ]
    for word, call in wrong:
        with pytest.raises(errors.InvalidUsage, match=word):
            call()
    assert len(incident.insert_many([])) == 0
    assert incident.delete_many([]).ok
    assert instance.requests() == []


def test_the_example_of_the_document(instance: Instance, capsys: pytest.CaptureFixture[str]) -> None:
    text = (REPOSITORY / "docs" / "library.md").read_text(encoding="utf-8")
    [code] = [part for part in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "upsert_many" in part]
    code = code.replace('host="dev12345.service-now.com"', f"host={instance.url!r}")
    code = code.replace('"ansible", password="secret"', f'"admin", password="{password_of("admin")}"')
    exec(compile(code, "library.md", "exec"), {})
    assert capsys.readouterr().out == "{'inserted': 250}\n{'deleted': 250}\n"


TEXTS = strategies.text(strategies.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=40)


@given(texts=strategies.lists(TEXTS, min_size=1, max_size=30))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_arbitrary_text(instance: Instance, incident: Resource, texts: list[str]) -> None:
    """What is written comes back; it is equal then to what is written again."""
    results = incident.insert_many({"description": text} for text in texts)
    assert results.ok, results.first_failure
    stored = {row["sys_id"]: row["description"] for row in instance.rows("incident")}
    assert [stored[str(result.sys_id)] for result in results] == texts
    again = [{"sys_id": result.sys_id, "description": text} for text, result in zip(texts, results, strict=True)]
    assert set(done(incident.update_many(again, only_changes=True))) == {"unchanged"}
    assert incident.delete_many([str(result.sys_id) for result in results]).counts == {"deleted": len(texts)}


def test_giving_up(instance: Instance, incident: Resource) -> None:
    """Ctrl-C: what was sent is told, nothing more is sent."""
    seen: list[Result] = []

    def interrupt(result: Result) -> None:
        seen.append(result)
        if len(seen) == 50:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        incident.insert_many(numbered(1000), each=interrupt, parallel=1)
    assert len(rows(instance)) == 100
