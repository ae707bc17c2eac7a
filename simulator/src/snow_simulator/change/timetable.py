"""When jobs are due. There is no scheduler: whoever asks is told how far each has come by the instance's clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..access.users import User
from ..clock import Clock
from ..store.records import Record
from .system import SYSTEM

if TYPE_CHECKING:
    from ..instance import Instance


class Timetable:
    """Jobs by sys_id: the first half of its time a job waits, in the second it runs."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._jobs: dict[str, tuple[datetime, datetime]] = {}

    def __bool__(self) -> bool:
        return bool(self._jobs)

    def add(self, sys_id: str, seconds: float) -> None:
        now = self._clock.now()
        self._jobs[sys_id] = (now + timedelta(seconds=seconds / 2), now + timedelta(seconds=seconds))

    def remove(self, sys_id: str) -> None:
        self._jobs.pop(sys_id, None)

    def clear(self) -> None:
        self._jobs.clear()

    def progress(self) -> list[tuple[str, float | None]]:
        """None while a job waits, then from 0.0 to 1.0, which is its end."""
        now = self._clock.now()
        return [(sys_id, _fraction(now, begin, end)) for sys_id, (begin, end) in self._jobs.items()]


def _fraction(now: datetime, begin: datetime, end: datetime) -> float | None:
    if now >= end:
        return 1.0
    return (now - begin) / (end - begin) if now >= begin else None


def owner(instance: Instance, job: Record) -> User:
    """Whoever started a job; the system itself for somebody who has been deleted since."""
    return instance.users.by_name(job["sys_created_by"]) or SYSTEM
