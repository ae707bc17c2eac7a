"""What stands against a planned change: the rows of table `conflict`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..access.users import User
from ..store.records import Record
from .schedules import Calendar, planned_period
from .windows import Period, covered, overlapping, touched

if TYPE_CHECKING:
    from ..instance import Instance

_PREFIX = "change.conflict."
# Which property says whether the windows of related items count as well.
_BLACKOUT = {"": "blackout", "child": "relatedchildblackout", "parent": "relatedparentblackout"}
_WINDOW = {"": "currentwindow", "child": "relatedchildwindow", "parent": "relatedparentwindow"}
OUTSIDE = "not_in_maintenance_window"


class Finder:
    """Looks for the conflicts of one change, item by item."""

    def __init__(self, instance: Instance, user: User, change: Record) -> None:
        self.instance = instance
        self.calendar = Calendar(instance, user)
        self.change = change

    def conflicts(self, item: str) -> list[Record]:
        """Values of the rows to insert; empty too for a change that is not planned (any more)."""
        period = planned_period(self.change)
        if period is None:
            return []
        found: list[Record] = []
        for relation in ("", "child", "parent"):
            items = self.calendar.related(item, relation) if relation else [item]
            prefix = f"{relation}_" if relation else ""
            if self._wanted(_BLACKOUT[relation]):
                found += [{**row, "type": f"{prefix}blackout"} for row in self._blackouts(items, period)]
            if self._wanted(_WINDOW[relation]):
                found += [{**row, "type": f"{prefix}{OUTSIDE}"} for row in self._outside(items, period)]
        if self._wanted("currentci"):
            found += self._scheduled(item, period)
        return [{"change": self.change["sys_id"], "configuration_item": item, **row} for row in found]

    def _wanted(self, name: str) -> bool:
        return self.instance.properties.flag(_PREFIX + name)

    def _blackouts(self, items: list[str], period: Period) -> list[Record]:
        applying = {it.sys_id: it for item in items for it in self.calendar.blackouts(item, self.change)}
        return [{"schedule": sys_id} for sys_id, it in applying.items() if touched(it.spans, period)]

    def _outside(self, items: list[str], period: Period) -> list[Record]:
        """Each item must be inside one of the windows that it has; one without windows is always inside."""
        found: dict[str, Record] = {}
        for item in items:
            schedules = self.calendar.maintenance(item, self.change)
            spans = [span for schedule in schedules for span in schedule.spans]
            if schedules and not covered(spans, period):
                found.setdefault(schedules[0].sys_id, {"schedule": schedules[0].sys_id})
        return list(found.values())

    def _scheduled(self, item: str, period: Period) -> list[Record]:
        others = self.calendar.changes(item, besides=self.change["sys_id"])
        contiguous = self._wanted("allow_contiguous_changes")
        return [
            {"type": "ci_already_scheduled", "conflicting_change": other["sys_id"]}
            for other, planned in others
            if overlapping(planned, period) or (not contiguous and _touching(planned, period))
        ]


def _touching(one: Period, other: Period) -> bool:
    return one[1] == other[0] or other[1] == one[0]


def items_of(instance: Instance, change: Record) -> list[str]:
    """The configuration item of a change and those that it affects, each once, as far as they exist."""
    raw, schema = instance.raw, instance.raw.schema
    ids = [change["cmdb_ci"], *(row["ci_item"] for row in raw.find(schema["task_ci"], {"task": change["sys_id"]}))]
    return [item for item in dict.fromkeys(filter(None, ids)) if raw.get(schema["cmdb_ci"], item)]
