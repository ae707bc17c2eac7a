"""What a fault does to a request: read from JSON, refused where it makes no sense."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .latency import Latency, read_latency
from .problems import ControlValueError

MAINTENANCE = "maintenance"
# Two thirds of the answer: what `truncate: true` leaves.
_TRUNCATED = 2 / 3
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_FRAMING = ("content-length", "transfer-encoding")


@dataclass(frozen=True, slots=True)
class Action:
    """See the README, "Bad days". `spec` is what the user asked for; {} does nothing."""

    spec: dict[str, Any] = field(default_factory=dict)
    delay: Latency | None = None

    @property
    def after(self) -> bool:
        """A status that comes after the commit."""
        return "status" in self.spec and self.spec.get("when") == "after"

    @property
    def drop(self) -> str | None:
        value: str | None = self.spec.get("drop")
        return value

    @property
    def part(self) -> float:
        """How much of the body is sent."""
        value = self.spec.get("truncate", False)
        return (_TRUNCATED if value else 1.0) if isinstance(value, bool) else float(value)

    @property
    def stale(self) -> float:
        """The seconds for which writes stay unseen."""
        return float(self.spec.get("stale") or 0)


FINE = Action()


def _number(low: float, high: float) -> Callable[[object], bool]:
    return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _status(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 200 <= value <= 599


def _names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _headers(value: object) -> bool:
    """Names are what HTTP has for them; where a body ends is the server's affair."""
    return isinstance(value, dict) and all(
        isinstance(name, str) and _HEADER_NAME.fullmatch(name) and name.lower() not in _FRAMING for name in value
    )


def _one_line(text: str) -> bool:
    return text.isprintable() and text.isascii()


def _fraction(value: object) -> bool:
    return isinstance(value, bool) or _number(0, 1)(value)


# Each key: what it may be, and how that is said.
_KEYS: dict[str, tuple[Callable[[object], bool], str]] = {
    "status": (_status, "a number from 200 to 599"),
    "when": (lambda value: value in ("before", "after"), "'before' or 'after' (the request is processed)"),
    "headers": (_headers, "an object of headers, without Content-Length and Transfer-Encoding"),
    "body": (lambda value: isinstance(value, str | dict | list), "a text, or JSON"),
    "content_type": (lambda value: isinstance(value, str), "a text"),
    "html": (lambda value: value is True or (isinstance(value, str) and value != ""), "'hibernating', or HTML"),
    "redirect": (
        lambda value: isinstance(value, str) and value != "" and _one_line(value),
        "a URL in ASCII, or 'maintenance'",
    ),
    "delay_ms": (lambda value: True, ""),
    "drop": (lambda value: value in ("before", "after"), "'before' or 'after'"),
    "truncate": (_fraction, "true, or the part that is sent, from 0 to 1"),
    "keep_length": (lambda value: isinstance(value, bool), "true or false"),
    "bytes_per_second": (_number(1, 1e9), "a number from 1"),
    "quota": (lambda value: isinstance(value, bool) or value == "string", "true, or 'string'"),
    "ignore_fields": (_names, "a list of names"),
    "stale": (_number(0, 1e9), "a number of seconds"),
}
ACTIONS = tuple(_KEYS)
_NEEDS = {"when": "status", "headers": "status", "body": "status", "content_type": "status", "keep_length": "truncate"}


def read_action(spec: object, *, may_be_empty: bool = False) -> Action:
    """ControlValueError for unknown keys, values out of range, and keys that contradict each other."""
    if not isinstance(spec, dict) or set(spec) - set(ACTIONS) or not (spec or may_be_empty):
        raise ControlValueError(f"'action' is an object with one or more of {', '.join(ACTIONS)}")
    given = {name: value for name, value in spec.items() if value is not None}
    for name, value in given.items():
        fits, words = _KEYS[name]
        if not fits(value):
            raise ControlValueError(f"'{name}' is {words}")
    for name, other in _NEEDS.items():
        if name in given and other not in given:
            raise ControlValueError(f"'{name}' goes with '{other}'")
    _check_sense(given)
    return Action(given, read_latency(given["delay_ms"]) if "delay_ms" in given else None)


def _check_sense(given: dict[str, Any]) -> None:
    """An answer comes from one place only, and what is not answered cannot be spoiled."""
    after = given.get("when") == "after"
    instead = [
        name
        for name in ("status", "html", "redirect", "drop")
        if name in given and not (name == "status" and after) and given[name] != "after"
    ]
    finals = [name for name in ("status", "drop") if name in given and name not in instead]
    processed = [name for name in ("ignore_fields", "stale") if given.get(name)]
    spoiled = [name for name in ("quota", "truncate") if given.get(name)]
    for first, second in (
        (instead, instead[1:]),
        (finals, finals[1:]),
        (instead, [*finals, *processed, *spoiled]),
        (finals, spoiled),
        ([name for name in ("drop",) if name in given], [name for name in ("bytes_per_second",) if name in given]),
    ):
        if first and second:
            raise ControlValueError(f"'{first[0]}' and '{second[0]}' contradict each other")
