"""When there is time for a change: the work behind the schedule operations of the Change Management API."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..access.users import User
from ..store.records import Record
from ..values import dates
from .schedules import Calendar
from .windows import LONGEST, Period, bounded, intersect, when, without

if TYPE_CHECKING:
    from ..instance import Instance

_DAYS = "change.conflict.next_available.schedule_window"
_LIMIT = "change.conflict.next_available.choice_limit"


class Slots:
    """Free time of an item, as `user` asks for it."""

    def __init__(self, instance: Instance, user: User) -> None:
        self.instance = instance
        self.user = user
        self.calendar = Calendar(instance, user)
        self.days = instance.properties.whole(_DAYS, 90, LONGEST.days)

    def find(self, item: str, duration: int, earliest: datetime | None, change: Record | None = None) -> list[Period]:
        """One slot of `duration` seconds at the beginning of each free period that is long enough.

        `earliest` in the past counts as now. `change` does not stand in its own way.
        """
        now = self.instance.clock.now().replace(microsecond=0)
        begin = bounded((max(now, earliest or now),) * 2)[0]
        length = timedelta(seconds=duration)
        free = self._free(item, (begin, begin + timedelta(days=self.days)), change)
        slots = [(start, start + length) for start, end in free if end - start >= length]
        return slots[: self.instance.properties.whole(_LIMIT, 10, 1000)]

    def _free(self, item: str, period: Period, change: Record | None) -> list[Period]:
        free = [period]
        if maintenance := self.calendar.maintenance(item, change):
            spans = [span for schedule in maintenance for span in schedule.spans]
            free = intersect(period, when(spans, period))
        for schedule in self.calendar.blackouts(item, change):
            free = without(free, when(schedule.spans, period))
        planned = self.calendar.changes(item, besides=change["sys_id"] if change else "")
        return without(free, (busy for _, busy in planned))

    def none_found(self) -> str:
        return f"No slots found for {self.days} days from now"

    def shown(self, slots: list[Period]) -> dict[str, object]:
        """The `payload` of a worker: UTC as value, the user's time as display value."""
        return {"spans": [{"start": self._moment(start), "end": self._moment(end)} for start, end in slots]}

    def _moment(self, moment: datetime) -> dict[str, str]:
        stored = dates.stored(moment)
        return {"value": stored, "display_value": self.user.style.show("glide_date_time", stored)}
