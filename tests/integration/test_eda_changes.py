# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source as ansible-rulebook runs it, against the simulator: what people do there comes as events, once."""

from __future__ import annotations

import asyncio
import json
import os
import runpy
import stat
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from tests.integration.helpers import REPOSITORY, USER, Instance, password_of

from ansible_collections.changegate.snow.plugins.module_utils import retry, watch_pace, watching
from ansible_collections.changegate.snow.plugins.module_utils.errors import SnowError
from ansible_collections.changegate.snow.plugins.module_utils.watch_events import KINDS
from ansible_collections.changegate.snow.plugins.module_utils.watch_options import watch_of

SOURCE = REPOSITORY / "extensions" / "eda" / "plugins" / "event_source" / "changes.py"
Event = dict[str, Any]
NUMBER = "CHG0099999"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks follow one another ten times as fast as a rulebook may ask for."""
    monkeypatch.setattr(watch_pace, "until_next", lambda interval, window: 0.1)
    monkeypatch.setattr(watch_pace, "_FIRST", 0.1)
    monkeypatch.setattr(watching, "_PATIENCE", 0.5)
    monkeypatch.setattr(retry, "_FIRST_DELAY", 0.05)


class Listener:
    """The source's ``main()`` in an event loop of its own, and what it has put into its queue."""

    def __init__(self, there: Instance, user: str = USER, **args: Any) -> None:
        login = {"host": there.url, "username": user, "password": password_of(user), "retry_deadline": 1}
        self.args = {"interval": 1, **args, "instance": {**login, **args.get("instance", {})}}
        self.events: list[Event] = []
        self.error: BaseException | None = None
        #: The longest time for which nothing else in the loop could run.
        self.held_up = 0.0
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Listener:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._both())
        finally:
            self._loop.close()

    async def _both(self) -> None:
        main = runpy.run_path(str(SOURCE))["main"]
        self._task = asyncio.ensure_future(main(self, self.args))
        beats = asyncio.ensure_future(self._beat())
        try:
            await self._task
        except asyncio.CancelledError:
            pass
        except BaseException as error:
            self.error = error
        beats.cancel()

    async def _beat(self) -> None:
        while True:
            begin = self._loop.time()
            await asyncio.sleep(0.01)
            self.held_up = max(self.held_up, self._loop.time() - begin)

    async def put(self, event: Event) -> None:
        self.events.append(event)

    def stop(self) -> float:
        """Cancel it; the seconds that this took."""
        begin = time.monotonic()
        if self._thread.is_alive() and self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(20)
        assert not self._thread.is_alive()
        return time.monotonic() - begin

    def fails(self) -> str:
        """The sentence with which it ends by itself."""
        self._thread.join(20)
        assert isinstance(self.error, SnowError), self.error
        return str(self.error)

    def until(self, there: Callable[[list[Event]], object], seconds: float = 20) -> list[Event]:
        deadline = time.monotonic() + seconds
        while not there(self.events):
            assert self.error is None, self.error
            assert time.monotonic() < deadline, [said(event) for event in self.events]
            time.sleep(0.02)
        return self.events


def said(event: Event) -> tuple[str, str | None]:
    return event["kind"], event["new_label"]


def listening(instance: Instance, listener: Listener) -> None:
    """Wait until it has looked twice: what happens from now on is news."""

    def lists() -> int:
        return sum(request.path.endswith("/table/change_request") for request in instance.requests())

    seen, deadline = lists(), time.monotonic() + 20
    while lists() < seen + 3:
        assert listener.error is None, listener.error
        assert time.monotonic() < deadline
        time.sleep(0.02)


def opened(instance: Instance, **values: Any) -> str:
    return instance.seed("change_request", {"number": NUMBER, "assignment_group": "Network", **values})[0]


def patch(instance: Instance, sys_id: str, user: str = USER, **values: Any) -> None:
    url = f"{instance.url}/api/now/table/change_request/{sys_id}"
    answer = requests.patch(url, json=values, auth=(user, password_of(user)), timeout=10)
    assert answer.ok, answer.text


def approve(instance: Instance, **body: Any) -> None:
    instance.control("POST", "approve", {"change": NUMBER, **body})


def advance(instance: Instance, seconds: int) -> None:
    instance.control("PUT", "clock", {"advance_seconds": seconds})


def now(instance: Instance) -> float:
    text = instance.control("GET", "clock")["now"]
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds))


def entered(events: list[Event]) -> list[str]:
    return [event["new_label"] for event in events if event["kind"] == "entered"]


def test_states_approvals_and_holds_come_as_events(instance: Instance) -> None:
    """With a history each state that it passes; by what each look shows alone, at least where it stands."""
    with Listener(instance, events=list(KINDS)) as plain, Listener(instance, "admin", events=list(KINDS)) as full:
        listening(instance, plain)
        sys_id = opened(instance)
        patch(instance, sys_id, state="-4")
        approve(instance)
        approve(instance)
        full.until(lambda events: "Scheduled" in entered(events))
        plain.until(lambda events: "Scheduled" in entered(events))
        patch(instance, sys_id, on_hold="true", on_hold_reason="A freeze")
        full.until(lambda events: "held" in [event["kind"] for event in events])
        patch(instance, sys_id, on_hold="false")
        patch(instance, sys_id, state="-1")
        full.until(lambda events: "Implement" in entered(events))
        plain.until(lambda events: "Implement" in entered(events))
    assert entered(full.events) == ["New", "Assess", "Authorize", "Scheduled", "Implement"]
    assert [said(event)[0] for event in full.events if said(event)[0] in ("held", "released")] == ["held", "released"]
    approved = next(event for event in full.events if event["kind"] == "approved")
    assert (approved["state_label"], approved["old_label"], approved["by"]) == (
        "Scheduled",
        "Requested",
        "bow.ruggeri",
    )
    decisions = [event for event in full.events if event["kind"] == "approver_approved"]
    assert {event["approver"]["user_name"] for event in decisions} == {"abel.tuter", "bow.ruggeri"}
    assert len(decisions) == 2
    assert {event["number"] for event in full.events} == {NUMBER}
    assert {event["sys_id"] for event in full.events} == {sys_id}
    assert all(event["complete"] for event in full.events)
    assert len({event["id"] for event in full.events}) == len(full.events)
    steps = [label for label in entered(full.events) if label in entered(plain.events)]
    assert entered(plain.events) == steps
    last = full.events[-1]
    assert (last["record"]["state"], last["display"]["assignment_group"]) == ("-1", "Network")
    assert max(plain.held_up, full.held_up) < 1


def test_a_rejection_names_who_it_was(instance: Instance) -> None:
    with Listener(instance, events=["rejected", "approver_rejected"]) as listener:
        listening(instance, listener)
        patch(instance, opened(instance), state="-4")
        approve(instance, state="rejected", user="fred.luddy")
        events = listener.until(lambda events: len(events) > 1)
    assert {event["kind"] for event in events} == {"rejected", "approver_rejected"}
    one = next(event for event in events if event["approver"])
    assert one["approver"]["name"] == "Fred Luddy"
    assert len(events) == 2


def test_decisions_are_reported_from_when_they_are_asked_for(instance: Instance, tmp_path: Path) -> None:
    args: dict[str, Any] = {"state_file": str(tmp_path / "state.json"), "events": ["approver_approved", "rejected"]}
    patch(instance, opened(instance), state="-4")
    approve(instance)
    with Listener(instance, **args) as listener:
        listening(instance, listener)
        assert listener.events == []
        approve(instance)
        listener.until(lambda events: events)
    assert [event["approver"]["user_name"] for event in listener.events] == ["bow.ruggeri"]
    with Listener(instance, **args) as listener:
        listening(instance, listener)
    assert listener.events == []
    # Left out for a while, they begin anew: what was decided meanwhile is not reported.
    instance.seed("change_request", {"number": "CHG0077777", "assignment_group": "Network"})
    with Listener(instance, **{**args, "events": ["entered"]}) as listener:
        listener.until(lambda events: events)
    patch(instance, instance.rows("change_request", number="CHG0077777")[0]["sys_id"], state="-4")
    instance.control("POST", "approve", {"change": "CHG0077777"})
    with Listener(instance, **args) as listener:
        listening(instance, listener)
        assert listener.events == []
        instance.control("POST", "approve", {"change": "CHG0077777"})
        listener.until(lambda events: events)
        listening(instance, listener)
    assert [(event["number"], event["complete"]) for event in listener.events] == [("CHG0077777", True)]


def test_only_what_the_query_and_the_states_ask_for(instance: Instance) -> None:
    query = {"assignment_group.name": "Network"}
    with (
        Listener(instance, query=query, events="entered", states="implement") as mine,
        Listener(instance, assignment_group="Hardware") as others,
    ):
        listening(instance, mine)
        sys_id = opened(instance)
        patch(instance, sys_id, state="-4")
        approve(instance, all=True)
        patch(instance, sys_id, state="-1")
        mine.until(lambda events: events)
        # Given to the other group, it is theirs as it is now.
        patch(instance, sys_id, assignment_group=instance.rows("sys_user_group", name="Hardware")[0]["sys_id"])
        others.until(lambda events: "approved" in [event["kind"] for event in events])
    assert [said(event) for event in mine.events] == [("entered", "Implement")]
    assert [(event["kind"], event["old_value"]) for event in others.events] == [("entered", None), ("approved", None)]


def test_bad_days_lose_and_repeat_nothing(instance: Instance) -> None:
    secret = {"client_id": "changegate", "client_secret": "changegate-secret", "grant_type": "password"}
    with Listener(instance, instance=secret) as listener:
        listening(instance, listener)
        sys_id = opened(instance)
        script = [
            {"status": 503}, {"html": "hibernating"}, {"drop": "before"}, {"drop": "after"}, {"truncate": True},
            {"status": 429, "headers": {"Retry-After": "1"}}, {"quota": True}, {"quota": "string"}, {"status": 500},
            {"redirect": "maintenance"}, {}, {"status": 401}, {"status": 403}, {"truncate": True, "keep_length": True},
        ]  # fmt: skip
        instance.control("POST", "faults", {"path": "/table/change_request", "method": "GET", "script": script})
        patch(instance, sys_id, state="-4")
        listener.until(lambda events: "Assess" in entered(events), 40)
        # The token expires long before its time; a new one is fetched.
        advance(instance, 7200)
        approve(instance, all=True)
        listener.until(lambda events: "Scheduled" in entered(events))
        instance.await_requests(len(script) + 20)
        assert listener.error is None
    assert entered(listener.events) == list(dict.fromkeys(entered(listener.events)))
    assert listener.held_up < 1


def test_it_stops_at_once_whatever_it_waits_for(instance: Instance) -> None:
    listener = Listener(instance)
    with listener:
        listening(instance, listener)
        instance.control("PUT", "latency", {"ms": 5000})
        time.sleep(0.5)
        assert listener.stop() < 2
        instance.control("PUT", "latency", {"ms": 0})
    assert listener.error is None
    assert listener.held_up < 1


def test_a_restart_goes_on_where_it_was(instance: Instance, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    begin = now(instance)
    planned = opened(instance, number="CHG0088888", state="-2", start_date=utc(begin + 600), end_date=utc(begin + 6000))
    with Listener(instance, state_file=str(state)) as first:
        listening(instance, first)
        sys_id = opened(instance)
        patch(instance, sys_id, state="-4")
        first.until(lambda events: "Assess" in entered(events))
        with Listener(instance, state_file=str(state)) as second:
            assert "in use by another process" in second.fails()
    assert stat.S_IMODE(os.stat(state).st_mode) == 0o600
    approve(instance, all=True)
    advance(instance, 700)
    with Listener(instance, state_file=str(state)) as third:
        third.until(lambda events: len(events) >= 3)
        listening(instance, third)
    assert sorted((event["kind"], event["new_label"] or "") for event in third.events) == [
        ("approved", "Approved"),
        ("entered", "Scheduled"),
        ("window_begins", ""),
    ]
    window = next(event for event in third.events if event["kind"] == "window_begins")
    assert (window["sys_id"], window["at"]) == (planned, f"{utc(begin + 600).replace(' ', 'T')}Z")
    assert 90 <= window["late"] <= 300
    assert window["window"] == "within"
    with Listener(instance, state_file=str(state)) as fourth:
        listening(instance, fourth)
    assert fourth.events == []
    with Listener(instance, state_file=str(state), type="normal") as other:
        assert "belongs to all changes on" in other.fails()
    kept = state.read_bytes()
    state.write_bytes(kept[:-20])
    with Listener(instance, state_file=str(state)) as broken:
        assert "holds no state of this event source" in broken.fails()
    state.write_bytes(kept)
    state.chmod(0o666)
    with Listener(instance, state_file=str(state)) as loose:
        assert "others may write to it" in loose.fails()


def test_a_killed_process_delivers_again_what_it_may_not_have_delivered(instance: Instance, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    with Listener(instance, state_file=str(state)) as first:
        listening(instance, first)
    # As it lies there between writing down and delivering.
    data = json.loads(state.read_text(encoding="utf-8"))
    data["outbox"] = [{"id": "x", "kind": "entered", "number": NUMBER}]
    state.write_text(json.dumps(data), encoding="utf-8")
    with Listener(instance, state_file=str(state)) as second:
        second.until(lambda events: events)
    assert second.events == data["outbox"]
    assert json.loads(state.read_text(encoding="utf-8"))["outbox"] == []


@pytest.fixture
def _elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This machine is in another time zone than the instance and its users."""
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_elsewhere")
def test_windows_follow_the_clock_of_the_instance_and_the_last_plan(instance: Instance) -> None:
    begin = now(instance)
    moved, kept, gone = (
        opened(instance, number=f"CHG008888{i}", state="-2", start_date=utc(begin + 3600), end_date=utc(begin + 7200))
        for i in range(3)
    )
    windows = ["window_begins", "window_ends"]
    # She is in Berlin, and reads dates as 31.12.2026.
    with (
        Listener(instance, events=windows) as listener,
        Listener(instance, "greta.gruber", events=windows) as abroad,
    ):
        listening(instance, listener)
        patch(instance, moved, start_date=utc(begin + 5000))
        # Past the rules, so that its time of update is the old one.
        instance.seed("change_request", {"sys_id": gone, "start_date": utc(begin + 5000)})
        advance(instance, 3700)
        listener.until(lambda events: events)
        listening(instance, listener)
        assert [(event["kind"], event["sys_id"]) for event in listener.events] == [("window_begins", kept)]
        advance(instance, -3000)
        listening(instance, listener)
        advance(instance, 4400)
        listener.until(lambda events: len(events) == 3)
        advance(instance, 3000)
        events = listener.until(lambda events: len(events) == 6)
        abroad.until(lambda events: len(events) == 6)
        listening(instance, listener)
    begun = [event["sys_id"] for event in events if event["kind"] == "window_begins"]
    assert sorted(begun) == sorted([moved, kept, gone])
    assert len(events) == 6
    assert {(event["id"], event["at"]) for event in abroad.events} == {(event["id"], event["at"]) for event in events}


def test_the_instances_clock_may_be_set_and_its_nodes_may_lag(instance: Instance) -> None:
    instance.control("PUT", "settings", {"nodes": 2, "stale_seconds": 1})
    with Listener(instance) as listener:
        listening(instance, listener)
        sys_id = opened(instance)
        listener.until(lambda events: "New" in entered(events))
        advance(instance, -5000)
        patch(instance, sys_id, state="-4")
        listener.until(lambda events: "Assess" in entered(events))
        advance(instance, 9000)
        approve(instance, all=True)
        listener.until(lambda events: "Scheduled" in entered(events))
        listening(instance, listener)
    assert entered(listener.events) == list(dict.fromkeys(entered(listener.events)))


def test_from_a_given_time_on(instance: Instance) -> None:
    sys_id = opened(instance)
    patch(instance, sys_id, state="-4")
    with Listener(instance, "admin", start=utc(now(instance) - 60), history="required") as listener:
        listener.until(lambda events: len(events) == 2)
    assert entered(listener.events) == ["New", "Assess"]


def test_feedback_is_awaited(instance: Instance) -> None:
    class Feedback:
        taken = 0

        async def get(self) -> None:
            self.taken += 1

    feedback = Feedback()
    with Listener(instance, feedback=True, eda_feedback_queue=feedback) as listener:
        listening(instance, listener)
        opened(instance)
        listener.until(lambda events: events)
    assert feedback.taken == 1


BAD: list[tuple[dict[str, Any], str]] = [
    ({"interval": 0}, "interval is 0; give seconds from 1"),
    ({"interval": "often"}, "interval is 'often'"),
    ({"interval": True}, "interval is True"),
    ({"overlap": 1}, "overlap is 1"),
    ({"resync": 5}, "or 0 for never"),
    ({"events": ["enter"]}, "events holds 'enter'"),
    ({"events": []}, "events is []"),
    ({"events": [""]}, "events holds an empty word"),
    ({"states": ["new"], "events": ["held"]}, "entered is not among events"),
    ({"type": "big"}, "type is 'big'"),
    ({"assignment_group": ""}, "assignment_group is ''"),
    ({"query": ""}, "query is empty"),
    ({"query": "state=-1"}, "query asks about state"),
    ({"query": {"start_date": {"within_next": "7 days"}}}, "query asks about start_date"),
    ({"query": "risk=2^NQactive=true"}, "query asks about active"),
    ({"query": "risk=2^ORDERBYnumber"}, "ORDERBY"),
    ({"query": "type=normal", "type": "normal"}, "type stands in query and is an argument too"),
    ({"fields": ["Not a column"]}, "is not a column name"),
    ({"start": "tomorrow"}, "start is 'tomorrow'"),
    ({"state_file": "state.json"}, "give the absolute path"),
    ({"history": "maybe"}, "history is 'maybe'"),
    ({"inteval": 5}, "inteval is no argument of this source"),
    ({"instance": "dev1234"}, "instance is no mapping"),
    ({"instance": {"hots": "dev1234"}}, "instance holds hots"),
    ({"instance": {"timeout": "secret-word"}}, "instance.timeout has the wrong type"),
    ({"instance": {"host": "http://example.com", "username": "a", "password": "secret-word"}}, "use https"),
    ({"instance": {"host": "example.com", "username": "a"}}, "instance.password"),
]


def test_bad_arguments_are_one_sentence_before_any_request(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("SN_"):
            monkeypatch.delenv(name)
    main = runpy.run_path(str(SOURCE))["main"]
    login = {"host": instance.url, "username": USER, "password": password_of(USER)}
    for args, words in BAD:
        with pytest.raises(SnowError) as caught:
            asyncio.run(main(asyncio.Queue(), {"instance": login, **args}))
        message = str(caught.value)
        assert words in message
        assert message.endswith(".")
        assert "\n" not in message
        assert "secret-word" not in message
    assert instance.requests() == []


def test_what_only_the_instance_can_tell_ends_it_too(instance: Instance) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"states": ["Harvest"]}, "states holds 'Harvest', and this instance has"),
        ({"query": "u_none=1"}, "change_request shows no column u_none"),
        ({"history": "required"}, "history is required"),
        ({"start": "2090-01-01T00:00:00Z"}, "give a time that is over"),
        ({"instance": {"password": "not-the-password"}}, "did not accept the login"),
        ({"state_file": "/nowhere/at/all.json"}, "state_file /nowhere/at/all.json cannot be locked"),
    ]
    for args, words in wrong:
        with Listener(instance, **args) as listener:
            message = listener.fails()
        assert words in message
        assert "not-the-password" not in message


def test_a_login_that_is_refused_later_is_not_tried_for_ever(instance: Instance) -> None:
    with Listener(instance) as listener:
        listening(instance, listener)
        instance.fault({"status": 401}, path="/table/")
        assert "did not accept the login" in listener.fails()
        refused = [request for request in instance.requests() if request.status == 401]
    assert len(refused) == 3


def documented() -> Iterator[tuple[str, Any]]:
    options = yaml.safe_load(runpy.run_path(str(SOURCE))["DOCUMENTATION"])["options"]
    yield from options.items()


def test_every_argument_is_documented_with_its_default() -> None:
    options = dict(documented())
    with pytest.raises(SnowError) as caught:
        watch_of({"unknown": 1})
    assert sorted(options) == sorted(str(caught.value).partition("there are ")[2].rstrip(".").split(", "))
    usual = watch_of({})
    assert list(usual.kinds) == options["events"]["default"]
    assert options["events"]["choices"] == list(KINDS)
    for name in ("interval", "overlap", "resync", "history"):
        assert getattr(usual, name) == options[name]["default"]


def test_the_examples_are_taken() -> None:
    examples = yaml.safe_load(runpy.run_path(str(SOURCE))["EXAMPLES"])
    for ruleset in examples:
        for source in ruleset["sources"]:
            assert watch_of(source["changegate.snow.changes"]).kinds


def test_a_look_costs_one_request_and_a_start_two_more(instance: Instance) -> None:
    with Listener(instance, fields=["assignment_group.manager"]) as listener:
        listening(instance, listener)
        first = [str(request) for request in instance.requests()][:5]
        opened(instance)
        record = listener.until(lambda events: events)[0]["record"]
    changes = "GET /api/now/table/change_request"
    assert first == ["GET /api/now/table/sys_choice", changes, "GET /api/now/table/sys_audit", changes, changes]
    assert "assignment_group.manager" in record


def test_the_page_tells_of_every_kind_and_of_every_key(instance: Instance) -> None:
    page = (REPOSITORY / "docs" / "eda.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| `")]
    told = {word.strip(" `") for row in rows for word in row.split(",")}
    with Listener(instance, events=list(KINDS)) as listener:
        listening(instance, listener)
        opened(instance)
        event = listener.until(lambda events: events)[0]
    assert told == {*KINDS, *event} - {"meta"}
