# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate over hours that pass in no time: the simulator's clock goes with the clock of whoever waits."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from tests.integration.helpers import USER, Instance, password_of

from ansible_collections.changegate.snow.plugins.module_utils import change_search, identity
from ansible_collections.changegate.snow.plugins.module_utils.change_waiting import Clock
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    AuthenticationFailed,
    BadAddress,
    InstanceUnavailable,
    NoResults,
    RateLimited,
    SnowError,
)
from ansible_collections.changegate.snow.plugins.module_utils.gate_keeping import GateKeeper, Looked
from ansible_collections.changegate.snow.plugins.module_utils.gate_options import Patience
from ansible_collections.changegate.snow.plugins.module_utils.gate_pace import Pace
from ansible_collections.changegate.snow.plugins.module_utils.gate_policy import GatePolicy

SYS_ID = "0f4ac6c4b750230096c3e4f6ee11a9fe"
BEGIN = "2031-03-04T20:00:00Z"
CHANGE = {
    "sys_id": SYS_ID,
    "state": "-1",
    "approval": "approved",
    "on_hold": "false",
    "start_date": "2031-03-04 19:00:00",
    "end_date": "2031-03-05 19:00:00",
}
#: How much longer than a test's own time the last look may take.
LATER = 61


class World:
    """A gate that somebody waits at, and what happens meanwhile."""

    def __init__(self, instance: Instance, client: Client) -> None:
        self.instance = instance
        self.client = client
        client.transport.retry_deadline = 0.0
        self.now = 0.0
        self.told: list[tuple[float, str]] = []
        self.events: list[tuple[float, Callable[[], object]]] = []
        self.checks = 0
        instance.control("PUT", "clock", {"now": BEGIN})
        self.change()
        instance.clear_log()

    def change(self, **columns: str) -> None:
        self.instance.seed("change_request", {**CHANGE, **columns})

    def at(self, seconds: float, event: Callable[[], object]) -> None:
        self.events.append((seconds, event))

    def sleep(self, seconds: float) -> None:
        until = self.now + seconds
        for moment, event in sorted(self.events, key=lambda item: item[0]):
            if moment <= until:
                self._advance(moment)
                event()
        self.events = [item for item in self.events if item[0] > until]
        self._advance(until)

    def _advance(self, moment: float) -> None:
        step = max(0.0, moment - self.now)
        self.instance.control("PUT", "clock", {"advance_seconds": step})
        self.now += step

    def find(self) -> Any:
        (found,) = change_search.identified(self.client, identity.of_column("change request", "sys_id", SYS_ID))
        return found

    def keeper(self, timeout: int = 3600, interval: int = 10, recheck: Any = None, **policy: Any) -> GateKeeper:
        return GateKeeper(
            self.client,
            GatePolicy(**policy),
            Patience(timeout, interval, heartbeat=60),
            self.find,
            recheck,
            lambda text: self.told.append((self.now, text)),
            Clock(lambda: self.now, self.sleep),
            Pace(interval, lambda: 0.0),
        )

    def wait(self, *arguments: Any, **keywords: Any) -> Looked:
        return self.keeper(*arguments, **keywords).wait()

    def refused(self, *arguments: Any, **keywords: Any) -> SnowError:
        with pytest.raises(SnowError) as raised:
            self.wait(*arguments, **keywords)
        return raised.value


@pytest.fixture
def world(instance: Instance, client: Client) -> World:
    return World(instance, client)


def rules(looked: Looked) -> list[str]:
    return [reason.rule for reason in looked.verdict.reasons]


def test_it_opens(world: World) -> None:
    """Two things happen, and each is told once; between them there is a sign of life a minute."""
    world.change(state="-2", approval="requested")
    world.at(300, lambda: world.change(state="-2"))
    world.at(900, world.change)
    looked = world.wait()
    assert looked.verdict.open
    assert 900 <= world.now <= 900 + LATER
    news = [text for _at, text in world.told if not text.startswith("still")]
    assert news == [
        "CHG0033046 is not open: its state is Scheduled (-2), not implement; its approval is Requested, not approved.",
        "CHG0033046 is not open: its state is Scheduled (-2), not implement.",
    ]
    times = [at for at, _text in world.told]
    assert max(later - at for at, later in pairwise(times)) <= 61
    assert any(text.startswith("still waiting after ") for _at, text in world.told)


def test_the_pauses(world: World) -> None:
    """They grow to a minute, so that an hour costs some 65 requests, and news makes them short again."""
    world.change(state="-2")
    world.at(1800, lambda: world.change(state="-2", on_hold="true"))
    looked = world.wait(timeout=3600)
    assert (looked.verdict.open, rules(looked), world.now) == (False, ["states", "on_hold"], 3600)
    assert 60 <= len(world.instance.requests()) <= 90


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ({"approval": "rejected", "state": "-5"}, "approval"),
        ({"state": "4"}, "states"),
        ({"state": "3"}, "states"),
        ({"end_date": "2031-03-04 19:30:00"}, "window"),
    ],
)
def test_it_can_no_longer_open(world: World, columns: dict[str, str], rule: str) -> None:
    world.change(state="-2")
    world.at(200, lambda: world.change(**{"state": "-2", **columns}))
    looked = world.wait()
    assert looked.verdict.final
    assert not looked.verdict.open
    assert [reason.rule for reason in looked.verdict.reasons if reason.final] == [rule]
    assert world.now <= 200 + LATER


def test_the_window_ends_while_it_waits(world: World) -> None:
    world.change(state="-2", end_date="2031-03-04 20:10:00")
    looked = world.wait()
    assert looked.verdict.final
    assert 600 <= world.now <= 600 + LATER


def test_the_window_begins(world: World) -> None:
    """It is there at that second, however long its pauses are by then, and by the clock of the instance alone."""
    world.change(start_date="2031-03-04 20:31:40")
    looked = world.wait(interval=600)
    assert looked.verdict.open
    assert 1900 <= world.now <= 1902


def test_parts_are_read_when_the_change_is_open(world: World) -> None:
    """A look at a change that is closed by itself costs one request; the first and the last look see everything."""
    world.change(state="-2")
    world.instance.seed("task_ci", {"task": SYS_ID, "ci_item": "web-01"})
    world.at(200, world.change)
    looked = world.wait(cis=("web-01",))
    assert looked.verdict.open
    items = [number for number, request in enumerate(world.instance.requests()) if "task_ci" in request.path]
    assert len(items) == 2
    assert items[1] == len(world.instance.requests()) - 2


def test_at_the_end_all_is_said(world: World) -> None:
    world.change(state="-2")
    looked = world.wait(timeout=100, cis=("web-01",), required_fields=("short_description", "close_notes"))
    assert rules(looked) == ["states", "required_fields", "cis"]
    assert world.now == 100
    assert "web-01" in world.told[-1][1]


BAD_DAYS: list[dict[str, Any]] = [
    {"status": 503},
    {"status": 500},
    {"status": 502, "body": "<html>bad gateway</html>", "content_type": "text/html"},
    {"drop": "before"},
    {"drop": "after"},
    {"html": "hibernating"},
    {"redirect": "maintenance"},
    {"truncate": True},
    {"quota": True},
    {"status": 429},
]


@pytest.mark.parametrize("first", [0, 1])
def test_a_bad_day(world: World, first: int) -> None:
    """Whatever goes wrong, from the first request on or later, it is said and asked again."""
    world.instance.control("POST", "faults", {"skip": first, "script": BAD_DAYS})
    world.change(state="-2")
    world.at(600, world.change)
    assert world.wait().verdict.open
    assert world.now <= 600 + LATER
    said = [text for _at, text in world.told if text.startswith("the gate cannot be asked: ")]
    assert len(said) >= len(BAD_DAYS) - 1
    assert not any("Traceback" in text for text in said)


def test_asleep_until_the_end(world: World) -> None:
    """What nobody knows is a no."""
    world.instance.fault({"html": "hibernating"})
    error = world.refused(timeout=300)
    assert isinstance(error, InstanceUnavailable)
    assert 240 <= world.now <= 300


def test_never_before_the_instance_allows(world: World) -> None:
    world.instance.fault({"status": 429, "headers": {"Retry-After": "500"}}, count=1, skip=1)
    world.change(state="-2")
    world.at(100, world.change)
    assert world.wait().verdict.open
    assert world.now >= 500
    assert len(world.instance.requests()) == 3


def test_allowed_only_after_the_end(world: World) -> None:
    """There is no use in waiting for a look that will not be allowed."""
    world.instance.fault({"status": 429, "headers": {"Retry-After": "500"}}, count=1)
    assert isinstance(world.refused(timeout=300), RateLimited)
    assert world.now == 0


def test_not_faster_than_the_rate_limit(world: World) -> None:
    """60 requests an hour, and two for each look once the change itself is open."""
    world.instance.control("POST", "rate_limits", {"limit": 60, "path": "."})
    looked = world.wait(timeout=3000, cis=("web-01",))
    assert rules(looked) == ["cis"]
    assert len(world.instance.requests()) <= 60
    assert {request.status for request in world.instance.requests()} == {200}


def test_wrong_password_at_once(world: World) -> None:
    with Client(host=world.instance.url, user=USER, password="wrong") as client:
        other = World(world.instance, client)
        assert isinstance(other.refused(), AuthenticationFailed)
        assert other.now == 0


def test_unknown_host_at_once(world: World) -> None:
    with Client(host="https://no-such-host.invalid", user=USER, password="x") as client:
        other = World(world.instance, client)
        assert isinstance(other.refused(), BadAddress)
        assert other.now == 0


def test_tokens_expire_meanwhile(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible_collections.changegate.snow.plugins.module_utils.client import connect
    from ansible_collections.changegate.snow.plugins.module_utils.connection import resolve

    settings = {"host": world.instance.url, "username": USER, "password": password_of(USER), "token_cache": False}
    oauth = {"client_id": "changegate", "client_secret": "changegate-secret"}
    with connect(resolve({**settings, **oauth}, {})) as client:
        other = World(world.instance, client)
        other.change(state="-2")
        other.at(4000, other.change)
        assert other.wait(timeout=7200).verdict.open
    tokens = [request for request in world.instance.requests() if request.path == "/oauth_token.do"]
    assert len(tokens) >= 3


def test_it_is_deleted_meanwhile(world: World) -> None:
    world.change(state="-2")

    def delete() -> None:
        import requests

        login = ("admin", password_of("admin"))
        requests.delete(f"{world.instance.url}/api/now/table/change_request/{SYS_ID}", auth=login, timeout=10)

    world.at(100, delete)
    assert isinstance(world.refused(), NoResults)
    assert world.now <= 100 + LATER


def test_what_it_was_told_is_stable(world: World) -> None:
    """Minutes that pass are no news."""
    world.change(start_date="2031-03-04 21:00:00", state="-2")
    world.wait(timeout=1800)
    assert len({text for _at, text in world.told if not text.startswith("still")}) == 1


def test_once(world: World) -> None:
    world.change(state="-2")
    looked = world.wait(timeout=0)
    assert (rules(looked), world.now, world.told) == (["states"], 0, [])
    assert len(world.instance.requests()) == 1
