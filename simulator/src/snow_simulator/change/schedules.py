"""The calendar of a configuration item: blackout and maintenance windows, and other changes.

Schedules are records: `cmn_schedule_blackout` and `cmn_schedule_maintenance` with entries in `cmn_schedule_span`. One
applies to the items (or the changes) of its table `applies_to` that its encoded query `condition` finds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, tzinfo
from typing import TYPE_CHECKING

from ..access.users import User
from ..records.matching import matches
from ..store.records import Record
from ..values import dates
from .windows import REPEATS, Period, Span, local_time

if TYPE_CHECKING:
    from ..instance import Instance

_MOST_REPEATS = 1000


@dataclass(frozen=True, slots=True)
class Schedule:
    sys_id: str
    spans: tuple[Span, ...]


class Calendar:
    """Reads schedules and changes as `user` would see them."""

    def __init__(self, instance: Instance, user: User) -> None:
        self.instance = instance
        self.user = user

    def blackouts(self, item: str, change: Record | None = None) -> list[Schedule]:
        return self._applying("cmn_schedule_blackout", item, change)

    def maintenance(self, item: str, change: Record | None = None) -> list[Schedule]:
        """Empty for an item that may be worked on at any time."""
        found = self._applying("cmn_schedule_maintenance", item, change)
        record = self._record("cmdb_ci", item)
        own = record["maintenance_schedule"] if record else ""
        if own and self.instance.properties.flag("change.conflict.ci_maint_sched"):
            schedule = self._record("cmn_schedule", own)
            found += [self._read(schedule)] if schedule else []
        return found

    def changes(self, item: str, besides: str = "") -> list[tuple[Record, Period]]:
        """Active changes of the item that are planned, with when; `besides` is one that does not count."""
        raw, schema = self.instance.raw, self.instance.raw.schema
        table = schema["change_request"]
        found = {row["sys_id"]: row for row in raw.find(table, {"cmdb_ci": item, "active": "true"})}
        for row in raw.find(schema["task_ci"], {"ci_item": item}):
            record = raw.get(table, row["task"])
            if record and record["active"] == "true":
                found[record["sys_id"]] = record
        planned = [(record, planned_period(record)) for key, record in found.items() if key != besides]
        return [(record, period) for record, period in planned if period]

    def related(self, item: str, towards: str) -> list[str]:
        """The items next to this one over CI relations; `towards` is child or parent."""
        table = self.instance.raw.schema["cmdb_rel_ci"]
        start = "parent" if towards == "child" else "child"
        rows = self.instance.raw.find(table, {start: item})
        return list(dict.fromkeys(row[towards] for row in rows))

    def _applying(self, table: str, item: str, change: Record | None) -> list[Schedule]:
        rows = self.instance.raw.find(self.instance.raw.schema[table], {})
        return [self._read(row) for row in rows if self._applies(row, item, change)]

    def _applies(self, schedule: Record, item: str, change: Record | None) -> bool:
        name = schedule["applies_to"] or "cmdb_ci"
        if name == "change_request":
            return change is not None and matches(
                self.instance, self.user, name, change["sys_id"], schedule["condition"]
            )
        return matches(self.instance, self.user, name, item, schedule["condition"])

    def _read(self, schedule: Record) -> Schedule:
        table = self.instance.raw.schema["cmn_schedule_span"]
        name = schedule["time_zone"]
        zone = self.user.zone if name.lower() == "floating" else dates.zone(name)
        spans = (_span(row, zone) for row in self.instance.raw.find(table, {"schedule": schedule["sys_id"]}))
        return Schedule(schedule["sys_id"], tuple(span for span in spans if span))

    def _record(self, table: str, sys_id: str) -> Record | None:
        return self.instance.raw.get(self.instance.raw.schema[table], sys_id) if sys_id else None


def _span(row: Record, zone: tzinfo) -> Span | None:
    """None for an entry that nobody can read."""
    start, end = local_time(row["start_date_time"]), local_time(row["end_date_time"])
    if not start or not end:
        return None
    repeat = row["repeat_type"] if row["repeat_type"] in REPEATS else ""
    return Span(
        start=start[0],
        end=end[0],
        zone=dates.zone("UTC") if start[1] else zone,
        repeat=repeat,
        every=min(_whole(row["repeat_count"]) or 1, _MOST_REPEATS),
        until=_date(row["repeat_until"]),
        weekdays=frozenset(int(digit) for digit in row["days_of_week"] if digit in "1234567"),
    )


def _date(text: str) -> date | None:
    moment = dates.parse(text)
    return moment.date() if moment else None


def planned_period(change: Record) -> Period | None:
    """From planned start to planned end; None where one is missing or they are the wrong way round."""
    start, end = dates.parse(change["start_date"]), dates.parse(change["end_date"])
    return (start, end) if start and end and start < end else None


def _whole(text: str) -> int:
    """0 for what is no whole number."""
    return int(text[:9]) if text.isascii() and text.isdigit() else 0
