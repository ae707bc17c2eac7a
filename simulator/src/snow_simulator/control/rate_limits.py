"""Rate limits: how many requests a user may send in an hour of the instance's clock.

Source: ServiceNow REST API reference, "Inbound REST API rate limiting". A rule for one user goes before one for a
role, that before one for everybody; of several of the same kind the lowest counts.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import Any

from ..access.users import User
from ..clock import Clock
from ..errors import ApiError
from ..http.reply import Reply
from .problems import ControlValueError
from .spec import Spec

_HOUR = 3600
_KEYS = {"limit", "path", "method", "user", "role", "name"}
_APIS = (
    ("/table/", "Table API"),
    ("/attachment", "Attachment API"),
    ("/stats/", "Aggregate API"),
    ("/batch", "Batch API"),
    ("/sn_chg_rest/", "Change Management API"),
)


@dataclass(slots=True)
class Rule:
    """`counts` are the requests of each user in the hour `hour` (hours since 1970)."""

    id: str
    limit: int
    path: re.Pattern[str]
    name: str = ""
    method: str | None = None
    user: str | None = None
    role: str | None = None
    hour: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    refused: int = 0

    def matches(self, method: str, path: str, user: User) -> bool:
        return (
            (self.method is None or self.method == method)
            and (self.user is None or self.user == user.user_name)
            # Admin has every role, but a rule for itil is not meant for admin.
            and (self.role is None or self.role in user.roles)
            and self.path.search(path) is not None
        )

    def order(self) -> tuple[int, int]:
        return (0 if self.user else 1 if self.role else 2, self.limit)

    def as_dict(self) -> dict[str, object]:
        names = ("id", "name", "limit", "method", "user", "role", "counts", "refused")
        return {"path": self.path.pattern, **{name: getattr(self, name) for name in names}}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The headers that the answer gets, and the answer itself where the request is refused."""

    headers: dict[str, str]
    refusal: Reply | None


class RateLimits:
    def __init__(self, clock: Clock) -> None:
        self.rules: list[Rule] = []
        self._clock = clock
        self._ids = itertools.count(1)

    def clear(self) -> None:
        self.rules.clear()

    def add(self, spec: dict[str, Any]) -> Rule:
        rule = _read(f"{next(self._ids):032x}", spec)
        self.rules.append(rule)
        return rule

    def take(self, method: str, path: str, user: User | None) -> Verdict | None:
        """Counts the request; None where no rule is about it."""
        found = [rule for rule in self.rules if user and rule.matches(method, path, user)]
        if not found or user is None:
            return None
        rule = min(found, key=Rule.order)
        now = int(self._clock.now().timestamp())
        if rule.hour != now // _HOUR:
            rule.hour, rule.counts = now // _HOUR, {}
        reset = (rule.hour + 1) * _HOUR
        headers = {
            "X-RateLimit-Limit": str(rule.limit),
            "X-RateLimit-Reset": str(reset),
            "X-RateLimit-Rule": rule.id,
        }
        used = rule.counts.get(user.user_name, 0)
        if used < rule.limit:
            rule.counts[user.user_name] = used + 1
            return Verdict(headers, None)
        rule.refused += 1
        return Verdict(headers, _refusal(rule, path, reset - now))


def _refusal(rule: Rule, path: str, seconds: int) -> Reply:
    api = rule.name or next((name for part, name in _APIS if part in path), "REST API")
    detail = f"Rate limit of {rule.limit} requests per hour for {api} exceeded"
    return Reply(ApiError(429, "Rate limit exceeded", detail).body(), 429, {"Retry-After": str(seconds)})


def slots_full() -> Reply:
    """429 as it comes from a node that has no free slot for requests: without any header that says more."""
    problem = ApiError(429, "Too many requests", "Maximum number of concurrent requests reached")
    return Reply(problem.body(), problem.status)


def _read(identifier: str, values: dict[str, Any]) -> Rule:
    spec = Spec(values, _KEYS)
    limit = spec.whole("limit", 0)
    if limit is None:
        raise ControlValueError("'limit' is the number of requests per hour, from 0")
    method, user, role = (spec.text(name) for name in ("method", "user", "role"))
    if user and role:
        raise ControlValueError("'user' and 'role' contradict each other")
    return Rule(
        id=identifier,
        limit=limit,
        path=spec.pattern("path"),
        name=spec.text("name") or "",
        method=method.upper() if method else None,
        user=user,
        role=role,
    )
