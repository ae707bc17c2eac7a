# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exactly the true events, each once: over late commits, shared seconds, restarts and clocks that jump."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.watched_instance import Instance, Source, moment

from ansible_collections.changegate.snow.plugins.module_utils.watch_events import Event, Labels

STATES = ["-5", "-4", "-2", "-1", "0", "3", "4"]
OVERLAP = 300
ChangeEvent = tuple[str, str, str]

values = st.fixed_dictionaries(
    {},
    optional={
        "state": st.sampled_from(STATES),
        "approval": st.sampled_from(["requested", "approved", "rejected"]),
        "on_hold": st.sampled_from(["true", "false"]),
        "start_date": st.integers(-100, 2000).map(moment),
        "work_notes_list": st.sampled_from(["", "x", "y"]),
    },
)
commits = st.tuples(st.just("commit"), st.integers(0, 3), st.integers(0, OVERLAP - 10), values)
waits = st.tuples(st.just("wait"), st.integers(0, 400))
looks = st.tuples(st.just("look"), st.sampled_from(["", "", "", "before", "after"]))
restarts = st.tuples(st.just("restart"))
creates = st.tuples(st.just("create"), values)
#: The instance's clock, as that of another node or as somebody sets it.
jumps = st.tuples(st.just("jump"), st.integers(-900, 900))
actions = st.lists(st.one_of(commits, commits, waits, looks, looks, restarts, creates), max_size=40)
with_jumps = st.lists(st.one_of(commits, commits, waits, looks, looks, restarts, jumps), max_size=40)


def happened(instance: Instance, since: int) -> list[ChangeEvent]:
    """The true events behind entry *since* of the truth: change, kind, value and number of the update."""
    found, held = [], {(t.sys_id): t.value for t in instance.truth[:since] if t.column == "on_hold"}
    for truth in instance.truth[since:]:
        mark = f"{truth.revision}|{truth.value}"
        if truth.column == "state":
            found.append((truth.sys_id, "entered", mark))
        elif truth.column == "approval" and truth.value in ("approved", "rejected"):
            found.append((truth.sys_id, truth.value, mark))
        elif truth.column == "on_hold":
            if truth.value == "true":
                found.append((truth.sys_id, "held", mark))
            elif held.get(truth.sys_id) == "true":
                found.append((truth.sys_id, "released", mark))
            held[truth.sys_id] = truth.value
    return found


def perform(instance: Instance, source: Source, steps: list[Any]) -> None:
    names = list(instance.versions)
    for action, *rest in steps:
        if action == "commit":
            instance.commit(names[rest[0] % len(names)], rest[1], **rest[2])
        elif action == "wait":
            instance.now += rest[0]
        elif action == "jump":
            instance.offset += rest[0]
        elif action == "look":
            source.look(rest[0])
        elif action == "restart":
            source.restart()
        else:
            names.append(f"n{len(names)}")
            instance.create(names[-1], **rest[0])
    # Everything is visible, and looked at.
    instance.now += OVERLAP
    source.look()
    source.look()


def prepared(audited: bool, start: str = "now") -> tuple[Instance, Source]:
    instance = Instance(audited=audited)
    for name in "abcd":
        instance.create(name)
    instance.now += 1000
    source = Source(instance, start, OVERLAP)
    source.look()
    return instance, source


def told(events: list[Event]) -> list[ChangeEvent]:
    """What *events* say, a repetition of one (the same ID) left out; windows are looked at elsewhere."""
    once = {event["id"]: event for event in events}.values()
    found = []
    for event in once:
        if not event["kind"].startswith("window"):
            found.append((event["sys_id"], event["kind"], event["new_value"]))
    return found


def without_revision(events: list[ChangeEvent]) -> list[ChangeEvent]:
    return [(sys_id, kind, mark.partition("|")[2]) for sys_id, kind, mark in events]


@given(actions)
@settings(max_examples=150)
def test_with_a_history_exactly_the_true_events_come_each_once(steps: list[Any]) -> None:
    instance, source = prepared(audited=True)
    known = len(instance.truth)
    perform(instance, source, steps)
    assert Counter(told(source.delivered)) == Counter(without_revision(happened(instance, known)))
    # In the order in which they happened, change by change.
    for name in instance.versions:
        mine = [event for event in told(source.delivered) if event[0] == name and event[1] == "entered"]
        assert mine == [e for e in without_revision(happened(instance, known)) if e[0] == name and e[1] == "entered"]
    assert all(event["complete"] for event in source.delivered)


@given(actions)
@settings(max_examples=150)
def test_without_a_history_every_event_is_true_and_the_last_of_each_change_is_there(steps: list[Any]) -> None:
    instance, source = prepared(audited=False)
    known = len(instance.truth)
    perform(instance, source, steps)
    mine, true = Counter(told(source.delivered)), Counter(without_revision(happened(instance, known)))
    assert not mine - true, "an event that did not happen, or twice"
    for name, versions in instance.versions.items():
        entered = [value for sys_id, kind, value in told(source.delivered) if (sys_id, kind) == (name, "entered")]
        last = (entered or [versions[0].values["state"] if name in "abcd" else ""])[-1]
        assert last == versions[-1].values["state"]
    missed = sum((true - mine).values())
    assert not missed or any(len(versions) > 2 for versions in instance.versions.values())
    # Where every update was looked at by itself, nothing is missed.
    for event in source.delivered:
        if not event["complete"]:
            assert len(instance.versions[event["sys_id"]]) > 1


@given(with_jumps, st.booleans())
@settings(max_examples=150)
def test_a_clock_that_jumps_loses_and_repeats_nothing_of_the_last_states(steps: list[Any], audited: bool) -> None:
    instance, source = prepared(audited)
    known = len(instance.truth)
    perform(instance, source, steps)
    # The look after a restart is one at everything, as is each that finds the clock set back.
    source.restart()
    source.look()
    mine, true = Counter(told(source.delivered)), Counter(without_revision(happened(instance, known)))
    assert not mine - true
    for name, versions in instance.versions.items():
        entered = [value for sys_id, kind, value in told(source.delivered) if (sys_id, kind) == (name, "entered")]
        assert (entered or ["-5"])[-1] == versions[-1].values["state"]


def test_a_closed_change_that_is_canceled_while_the_clock_is_set_is_found_by_the_next_look_at_everything() -> None:
    instance, source = prepared(audited=False)
    instance.commit("a", 0, state="3")
    instance.commit("a", 1, state="4")
    instance.offset += 400
    source.look()
    instance.now += 5
    source.look()
    source.restart()
    source.look()
    assert [event["new_value"] for event in source.delivered] == ["3", "4"]


@given(actions, st.booleans())
@settings(max_examples=150)
def test_windows_begin_once_when_they_are_planned_so_and_never_by_an_old_plan(steps: list[Any], audited: bool) -> None:
    instance, source = prepared(audited)
    looked: list[tuple[int, dict[str, dict[str, str]]]] = []
    original = source.look

    def look(killed: str = "") -> Any:
        rows = {name: row for name in instance.versions if (row := instance.row(name)) is not None}
        looked.append((instance.clock, {name: dict(row.values) for name, row in rows.items() if row.active}))
        return original(killed)

    source.look = look  # type: ignore[method-assign]
    perform(instance, source, steps)
    once = {event["id"]: event for event in source.delivered if event["kind"] == "window_begins"}
    begun = Counter((event["sys_id"], event["record"]["start_date"]) for event in once.values())
    assert all(count == 1 for count in begun.values())
    for sys_id, planned in begun:
        # At some look it was over, and still planned so.
        assert any(moment(at) >= planned and plans.get(sys_id, {}).get("start_date") == planned for at, plans in looked)
    for sys_id in instance.versions:
        row = instance.row(sys_id)
        assert row is not None
        planned = row.values["start_date"]
        if row.active and planned and moment(1000) <= planned <= moment(instance.clock):
            assert begun[sys_id, planned] == 1


@given(actions, st.integers(1, 905))
@settings(max_examples=60)
def test_from_a_given_time_on_a_history_tells_what_happened_since(steps: list[Any], start: int) -> None:
    instance = Instance(audited=True)
    for name in "abcd":
        instance.create(name)
    instance.now += 5
    for state in ("-4", "-2", "-1"):
        instance.commit("a", 0, state=state)
        instance.now += 300
    later = [truth for truth in instance.truth if truth.revision and 5 + 300 * (truth.revision - 1) >= start]
    source = Source(instance, moment(start), OVERLAP)
    source.look()
    assert [event["new_value"] for event in source.delivered] == [truth.value for truth in later]
    known = len(instance.truth)
    source.delivered.clear()
    perform(instance, source, steps)
    assert Counter(told(source.delivered)) == Counter(without_revision(happened(instance, known)))


@pytest.mark.parametrize("killed", ["before", "after"])
def test_a_process_that_dies_repeats_the_same_event_and_loses_none(killed: str) -> None:
    instance, source = prepared(audited=False)
    instance.commit("a", 0, state="-1")
    source.look(killed)
    # Meanwhile it went on: what was found before is delivered as it was.
    instance.commit("a", 0, state="0")
    instance.now += 5
    source.look()
    ids = [event["id"] for event in source.delivered if event["new_value"] == "-1"]
    assert len(ids) == (2 if killed == "after" else 0)
    assert len(set(ids)) <= 1
    assert [event["new_value"] for event in source.delivered][-1] == "0"


def test_an_event_tells_what_it_is_about() -> None:
    instance, source = prepared(audited=False)
    instance.commit("a", 0, state="-1", approval="approved")
    instance.now += 7
    source.look()
    first, second = source.delivered
    assert first["kind"] == "entered"
    assert (first["old_value"], first["new_value"], first["number"], first["late"]) == ("-5", "-1", "A", 7)
    assert (first["at"], first["seen"]) == ("2026-03-29T00:46:40Z", "2026-03-29T00:46:47Z")
    assert second["kind"] == "approved"
    assert second["state_value"] == "-1"
    assert first["complete"]
    assert first["meta"] == {"uuid": first["id"]}
    assert first["window"] is None
    for start, end, where in ((2000, 3000, "before"), (1000, 3000, "within"), (100, 1000, "after")):
        instance.commit("b", 0, state=str(start), start_date=moment(start), end_date=moment(end))
        source.look()
        assert [event for event in source.delivered if event["kind"] == "entered"][-1]["window"] == where


def test_a_window_is_not_begun_by_a_plan_that_was_moved_and_is_once_by_the_new_one() -> None:
    instance, source = prepared(audited=False)
    instance.commit("a", 0, start_date=moment(2000), end_date=moment(3000))
    source.look()
    instance.now = 1990
    instance.commit("a", 0, start_date=moment(2600))
    instance.now = 2005
    source.look()
    assert not source.delivered
    instance.now = 2700
    source.restart()
    source.look()
    source.restart()
    source.look()
    assert [(event["kind"], event["late"]) for event in source.delivered] == [("window_begins", 100)]
    # Moved back to a time at which it has begun already: that was never reported, so it is now.
    instance.now = 2710
    instance.commit("a", 0, start_date=moment(2650))
    source.look()
    instance.commit("a", 0, start_date=moment(2600))
    source.look()
    assert [event["at"] for event in source.delivered] == ["2026-03-29T01:13:20Z", "2026-03-29T01:14:10Z"]


def test_windows_of_closed_changes_are_nobodys_affair() -> None:
    instance, source = prepared(audited=False)
    instance.commit("a", 0, start_date=moment(2000), state="4")
    source.look()
    instance.now = 2500
    source.look()
    assert [event["kind"] for event in source.delivered] == ["entered"]


def test_a_row_of_a_node_that_lags_behind_takes_nothing_back() -> None:
    instance, source = prepared(audited=False)
    instance.commit("a", 0, state="-1")
    source.look()
    kept = instance.versions["a"].pop()
    source.restart()
    source.look()
    instance.versions["a"].append(kept)
    source.look()
    assert [event["new_value"] for event in source.delivered] == ["-1"]


def test_the_window_of_a_change_that_is_no_longer_asked_for_is_not_reported_until_it_is_again() -> None:
    instance, source = prepared(audited=False)
    instance.commit("a", 0, start_date=moment(2000))
    source.look()
    instance.now = 2500
    kept = instance.versions.pop("a")
    ledger = source.look()
    assert ledger.due(moment(2500)) == {}
    assert not source.delivered
    instance.versions["a"] = kept
    instance.commit("a", 0)
    source.look()
    assert [(event["kind"], event["at"]) for event in source.delivered] == [("window_begins", "2026-03-29T01:03:20Z")]


def test_what_leaves_the_query_and_comes_back_is_not_reported_again() -> None:
    instance, source = prepared(audited=False)
    instance.commit("a", 0, state="-1")
    source.look()
    kept = instance.versions.pop("a")
    source.restart()
    source.look()
    instance.versions["a"] = kept
    source.restart()
    source.look()
    assert len(source.delivered) == 1


def test_closed_changes_are_forgotten_and_not_taken_for_new_ones() -> None:
    instance, source = prepared(audited=False)
    instance.commit("a", 0, state="3")
    source.look()
    instance.now += 20 * 86400
    source.look()
    source.restart()
    ledger = source.look()
    assert "a" not in ledger.changes
    assert "b" in ledger.changes
    # Somebody adds a note to it.
    instance.commit("a", 0)
    source.look()
    assert [event["new_value"] for event in source.delivered] == ["3"]


def test_so_are_those_that_were_made_while_it_watched() -> None:
    instance, source = prepared(audited=True)
    instance.now += 5000
    instance.create("new")
    instance.commit("new", 0, state="3")
    source.look()
    assert [event["new_value"] for event in source.delivered] == ["-5", "3"]
    for _restart in range(2):
        instance.now += 20 * 86400
        source.restart()
        ledger = source.look()
    assert "new" not in ledger.changes
    instance.commit("new", 0)
    source.look()
    assert len(source.delivered) == 2


def test_a_change_that_comes_to_be_asked_for_is_reported_as_it_is() -> None:
    instance, source = prepared(audited=True)
    instance.create("later", start_date=moment(1500))
    elsewhere = instance.versions.pop("later")
    instance.now += 5000
    source.look()
    instance.versions["later"] = elsewhere
    instance.commit("later", 0, state="-4")
    instance.commit("later", 0, state="-1", approval="approved")
    source.look()
    assert told(source.delivered) == [("later", "entered", "-1"), ("later", "approved", "approved")]
    window = source.delivered[-1]
    assert (window["kind"], window["sys_id"]) == ("window_begins", "later")
    assert not source.delivered[0]["complete"]


def test_the_history_of_an_update_is_awaited_for_a_moment() -> None:
    instance, source = prepared(audited=True)
    instance.commit("a", 0, state="-4")
    instance.commit("a", 0, state="-2")
    steps, hidden = instance.steps, True
    instance.steps = lambda sys_id: [] if hidden else steps(sys_id)  # type: ignore[method-assign]
    source.look()
    assert not source.delivered
    hidden = False
    instance.now += 5
    source.look()
    assert [event["new_value"] for event in source.delivered] == ["-4", "-2"]
    hidden = True
    instance.commit("a", 0, state="-1")
    instance.commit("a", 0, state="0")
    instance.now += 30
    source.look()
    # It did not come; what is known is reported, and said to be not all.
    assert (source.delivered[-1]["old_value"], source.delivered[-1]["new_value"]) == ("-2", "0")
    assert not source.delivered[-1]["complete"]


def test_a_history_that_was_refused_is_asked_for_again_with_the_next_look_at_everything() -> None:
    instance = Instance(audited=True, readable=False)
    instance.create("a")
    instance.now += 10
    source = Source(instance, resync=60)
    source.look()
    for hidden in (True, False):
        instance.commit("a", 0, state="-2")
        instance.commit("a", 0, state="-5" if hidden else "-1")
        source.look()
        # Now it may be read.
        instance.readable = True
        instance.now += 61
        source.look()
    assert [event["new_value"] for event in source.delivered] == ["-2", "-1"]


def test_a_history_with_a_gap_is_not_taken_for_the_whole() -> None:
    instance, source = prepared(audited=True)
    instance.commit("a", 0, state="-4")
    instance.commit("a", 0, state="-2")
    steps = instance.steps
    instance.steps = lambda sys_id: steps(sys_id)[1:]  # type: ignore[method-assign]
    instance.now += 60
    source.look()
    (event,) = source.delivered
    assert (event["old_value"], event["new_value"], event["complete"]) == ("-5", "-2", False)


def test_a_window_is_not_reported_by_a_row_that_lags_behind_its_plan() -> None:
    instance, source = prepared(audited=False)
    instance.commit("a", 0, start_date=moment(1500))
    row = instance.row("a")
    assert row is not None
    instance.commit("a", 0, start_date=moment(2000))
    ledger = source.look()
    ledger.windows({"a": row}, ["a"], moment(2500), Labels("x"))
    assert ledger.outbox == []
    assert ledger.due(moment(2500)) == {"a": ["window_begins"]}
