"""Bad days on request: which requests go wrong, and how."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..clock import Clock, iso
from .actions import FINE, Action, read_action
from .problems import ControlValueError
from .spec import Spec

_KEYS = {"method", "path", "user", "count", "skip", "probability", "seconds", "action", "script"}


@dataclass(slots=True)
class Fault:
    """Hits requests that match, after the first `skip`, `remaining` times (None: always), until `ends`.

    `script`: the actions of the requests that match, one after the other; then it is over.
    """

    id: int
    path: re.Pattern[str]
    script: list[Action]
    scripted: bool = False
    method: str | None = None
    user: str | None = None
    remaining: int | None = None
    skip: int = 0
    probability: float = 1.0
    ends: datetime | None = None
    hits: int = 0

    def matches(self, method: str, path: str, user: str | None) -> bool:
        return (
            (self.method is None or self.method == method)
            and (self.user is None or self.user == user)
            and self.path.search(path) is not None
        )

    def hit(self) -> Action:
        action = self.script[self.hits] if self.scripted else self.script[0]
        if self.remaining is not None:
            self.remaining -= 1
        self.hits += 1
        return action

    def as_dict(self) -> dict[str, object]:
        what = [action.spec for action in self.script]
        return {
            "id": self.id,
            "method": self.method,
            "path": self.path.pattern,
            "user": self.user,
            "count": self.remaining,
            "remaining": self.remaining,
            "skip": self.skip,
            "probability": self.probability,
            "ends": iso(self.ends) if self.ends else None,
            "hits": self.hits,
            **({"script": what} if self.scripted else {"action": what[0]}),
        }


class Faults:
    """The faults in force; the first that hits a request decides what happens to it."""

    def __init__(self, clock: Clock) -> None:
        self.active: list[Fault] = []
        self._clock = clock
        self._ids = itertools.count(1)
        self._random = random.Random(0)

    def clear(self) -> None:
        self.active.clear()
        # The same requests fail after every reset.
        self._random.seed(0)

    def remove(self, number: int) -> bool:
        before = len(self.active)
        self.active[:] = [fault for fault in self.active if fault.id != number]
        return len(self.active) < before

    def add(self, spec: dict[str, Any]) -> Fault:
        fault = _read(next(self._ids), spec, self._clock.now())
        self.active.append(fault)
        return fault

    def take(self, method: str, path: str, user: str | None) -> Action:
        """The action for this request; FINE for none."""
        for fault in self._in_force():
            if not fault.matches(method, path, user):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.probability < 1 and self._random.random() >= fault.probability:
                continue
            return fault.hit()
        return FINE

    def longest_stale(self) -> float:
        """For how long writes must be remembered so that a fault can hide them."""
        return max((action.stale for fault in self._in_force() for action in fault.script), default=0.0)

    def _in_force(self) -> Iterator[Fault]:
        if not self.active:
            return
        now = self._clock.now()
        for fault in self.active:
            if fault.remaining != 0 and (fault.ends is None or now < fault.ends):
                yield fault


def _read(number: int, values: dict[str, Any], now: datetime) -> Fault:
    spec = Spec(values, _KEYS)
    script, scripted = _script(values)
    seconds, probability = spec.number("seconds", 0, 1e9), spec.number("probability", 0, 1)
    method = spec.text("method")
    return Fault(
        id=number,
        path=spec.pattern("path"),
        script=script,
        scripted=scripted,
        method=method.upper() if method else None,
        user=spec.text("user"),
        remaining=len(script) if scripted else spec.whole("count", 1),
        skip=spec.whole("skip", 0) or 0,
        probability=1.0 if probability is None else probability,
        ends=now + timedelta(seconds=seconds) if seconds is not None else None,
    )


def _script(values: dict[str, Any]) -> tuple[list[Action], bool]:
    script = values.get("script")
    if script is None:
        return [read_action(values.get("action"))], False
    if not isinstance(script, list) or not script:
        raise ControlValueError("'script' is a list of actions, {} for a request that is served as usual")
    for name in ("action", "count"):
        if values.get(name) is not None:
            raise ControlValueError(f"'script' and '{name}' contradict each other")
    return [read_action(action, may_be_empty=True) for action in script], True
