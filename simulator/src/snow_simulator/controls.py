"""The control API as methods: what a test asks of the simulator in its own process."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .control import dump as dumping
from .control.approve import approve
from .control.latency import read_latency
from .control.seed import find_table, seed
from .instance import Instance


class Controls:
    """Everything under /_sim/, typed. ValueError says what is wrong with a call."""

    @property
    def instance(self) -> Instance:
        raise NotImplementedError

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Instance]:
        instance = self.instance
        with instance.lock:
            instance.catch_up()
            with instance.transaction():
                yield instance

    # Bad days ------------------------------------------------------------------------------------------

    def fault(
        self,
        path: str = "",
        *,
        action: Mapping[str, Any] | None = None,
        script: Sequence[Mapping[str, Any]] | None = None,
        method: str | None = None,
        user: str | None = None,
        count: int | None = None,
        skip: int = 0,
        probability: float = 1.0,
        seconds: float | None = None,
    ) -> int:
        """Requests whose path matches `path` (a regular expression) go wrong. Returns the fault's number.

        `action`: what happens to each of them, `script`: to one after the other (see the README, "Bad days").

        >>> simulator.fault("/change", method="PATCH", count=1, action={"drop": "after"})
        """
        spec: dict[str, Any] = {"path": path, "method": method, "user": user, "count": count, "seconds": seconds}
        spec |= {"skip": skip, "probability": probability}
        spec["action"] = dict(action) if action is not None else None
        spec["script"] = [dict(item) for item in script] if script is not None else None
        with self.instance.lock:
            return self.instance.faults.add(spec).id

    def faults(self) -> list[dict[str, object]]:
        """Those that were added, with `hits` and `remaining`."""
        with self.instance.lock:
            return [fault.as_dict() for fault in self.instance.faults.active]

    def clear_faults(self) -> None:
        with self.instance.lock:
            self.instance.faults.clear()

    def latency(
        self,
        ms: float | None = None,
        *,
        uniform: tuple[float, float] | None = None,
        normal: tuple[float, float] | None = None,
        lognormal: tuple[float, float] | None = None,
        percentiles: Mapping[float, float] | None = None,
        seed: int | str = 0,
    ) -> None:
        """Added to every request: fixed, or drawn (milliseconds): lowest and highest, mean and deviation, median
        and sigma, or a value for each percentile."""
        shapes: dict[str, Any] = {
            "ms": ms,
            "uniform": list(uniform) if uniform else None,
            "normal": list(normal) if normal else None,
            "lognormal": list(lognormal) if lognormal else None,
            "percentiles": {str(key): value for key, value in percentiles.items()} if percentiles else None,
        }
        spec = {name: value for name, value in shapes.items() if value is not None}
        with self.instance.lock:
            self.instance.latency = read_latency(spec | {"seed": seed} if spec.keys() - {"ms"} else spec)

    def rate_limit(
        self,
        limit: int,
        *,
        path: str = "",
        method: str | None = None,
        user: str | None = None,
        role: str | None = None,
        name: str = "",
    ) -> str:
        """Requests per hour and user. Returns the rule's sys_id, as X-RateLimit-Rule has it."""
        spec = {"limit": limit, "path": path, "method": method, "user": user, "role": role, "name": name}
        with self.instance.lock:
            return self.instance.rate_limits.add(spec).id

    def clear_rate_limits(self) -> None:
        with self.instance.lock:
            self.instance.rate_limits.clear()

    def read_only(self, enabled: bool = True) -> None:
        """Every write is refused with 403."""
        with self.instance.lock:
            self.instance.read_only = enabled

    def settings(self, **values: object) -> dict[str, object]:
        """Changes settings (see the README) and returns them all."""
        with self.instance.lock:
            self.instance.settings = self.instance.settings.changed(values)
            return self.instance.settings.as_dict()

    # What there is -------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Back to the initial data; everything else here is forgotten."""
        with self.instance.lock:
            self.instance.reset()

    def seed(self, table: str, records: Sequence[Mapping[str, Any]]) -> list[str]:
        """Records straight into the database, in any state. Returns their sys_ids."""
        with self._writing() as instance:
            instance.replicas.overlook()
            return seed(instance, find_table(instance, table), [dict(record) for record in records])

    def records(self, table: str, **match: str) -> list[dict[str, str]]:
        """The records of a table as they are stored, those whose fields equal `match`."""
        with self.instance.lock:
            return self.instance.raw.find(find_table(self.instance, table), match)

    def approve(
        self, change: str, *, user: str | None = None, state: str = "approved", comments: str = "", all: bool = False
    ) -> dict[str, object]:
        """An approver decides. `change`: number, sys_id or correlation_id; `all`: each further stage too."""
        body = {"change": change, "user": user, "state": state, "comments": comments, "all": all}
        with self._writing() as instance:
            return approve(instance, body)

    def log(self, since: int = 0) -> list[dict[str, Any]]:
        """The requests after the entry with the id `since`."""
        with self.instance.lock:
            return self.instance.log.since(since)

    def clear_log(self) -> None:
        with self.instance.lock:
            self.instance.log.clear()

    def clock(self, now: datetime | None = None, *, advance: float = 0) -> datetime:
        """Sets the instance's clock, or moves it by seconds; returns what it shows."""
        with self.instance.lock:
            if now is not None:
                self.instance.clock.set(now if now.tzinfo else now.replace(tzinfo=UTC))
            self.instance.clock.advance(advance)
            return self.instance.clock.now()

    def dump(self, path: str | Path, *, contents: bool = True) -> None:
        """Everything into a file (.json, or YAML) from which `Simulator(data=path)` starts again."""
        file = Path(path)
        with self.instance.lock:
            document = dumping.dump(self.instance, contents=contents)
        file.write_text(dumping.as_text(document, dumping.form_of(file)), encoding="utf-8")
