"""Bad days on request: which requests go wrong, and how."""

from __future__ import annotations

import itertools
import random
import re
from dataclasses import dataclass, field
from typing import Any

ACTIONS = (
    "status", "headers", "body", "content_type", "html", "redirect", "delay_ms", "drop", "truncate",
    "ignore_fields", "quota",
)  # fmt: skip
_KEYS = {"method", "path", "user", "count", "skip", "probability", "action"}


class FaultError(ValueError):
    """A fault that makes no sense; the message says what is wrong."""


@dataclass(slots=True)
class Fault:
    """Hits requests that match, after the first `skip`, `count` times (None: always)."""

    id: int
    path: re.Pattern[str]
    action: dict[str, Any]
    method: str | None = None
    user: str | None = None
    remaining: int | None = None
    skip: int = 0
    probability: float = 1.0
    hits: int = 0

    def matches(self, method: str, path: str, user: str | None) -> bool:
        return (
            (self.method is None or self.method == method)
            and (self.user is None or self.user == user)
            and self.path.search(path) is not None
        )

    def as_dict(self) -> dict[str, object]:
        return {
            "id": self.id,
            "method": self.method,
            "path": self.path.pattern,
            "user": self.user,
            "count": self.remaining,
            "remaining": self.remaining,
            "skip": self.skip,
            "probability": self.probability,
            "hits": self.hits,
            "action": self.action,
        }


@dataclass(slots=True)
class Faults:
    """The faults in force; the first that hits a request decides what happens to it."""

    active: list[Fault] = field(default_factory=list)
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _random: random.Random = field(default_factory=lambda: random.Random(0))

    def clear(self) -> None:
        self.active.clear()
        # The same requests fail after every reset.
        self._random.seed(0)

    def add(self, spec: dict[str, Any]) -> Fault:
        fault = _read(next(self._ids), spec)
        self.active.append(fault)
        return fault

    def take(self, method: str, path: str, user: str | None) -> dict[str, Any]:
        """The action for this request, {} for none."""
        for fault in self.active:
            if fault.remaining == 0 or not fault.matches(method, path, user):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.probability < 1 and self._random.random() >= fault.probability:
                continue
            if fault.remaining is not None:
                fault.remaining -= 1
            fault.hits += 1
            return fault.action
        return {}


def _check_action(action: dict[str, Any]) -> None:
    status, delay = action.get("status", 200), action.get("delay_ms") or 0
    if action.get("drop") not in (None, "before", "after"):
        raise FaultError("'drop' is 'before' or 'after'")
    if not isinstance(status, int) or not 200 <= status <= 599:
        raise FaultError("'status' is a number from 200 to 599")
    if not isinstance(delay, int | float) or not 0 <= delay <= 600_000:
        raise FaultError("'delay_ms' is a number from 0 to 600000")
    if not isinstance(action.get("headers") or {}, dict):
        raise FaultError("'headers' is an object")
    if not isinstance(action.get("ignore_fields") or [], list):
        raise FaultError("'ignore_fields' is a list of names")


def _read(number: int, spec: dict[str, Any]) -> Fault:
    if unknown := set(spec) - _KEYS:
        raise FaultError(f"Unknown key: {', '.join(sorted(unknown))}")
    action = spec.get("action")
    if not isinstance(action, dict) or not action or set(action) - set(ACTIONS):
        raise FaultError(f"'action' is an object with one or more of {', '.join(ACTIONS)}")
    _check_action(action)
    method = spec.get("method")
    try:
        return Fault(
            id=number,
            path=re.compile(str(spec.get("path") or "")),
            action=action,
            method=str(method).upper() if method else None,
            user=spec.get("user"),
            remaining=None if spec.get("count") is None else int(spec["count"]),
            skip=int(spec.get("skip") or 0),
            probability=float(1 if spec.get("probability") is None else spec["probability"]),
        )
    except (re.error, TypeError, ValueError) as error:
        raise FaultError(str(error)) from None
