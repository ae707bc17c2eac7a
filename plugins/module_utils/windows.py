# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The planned window of a change: what it is asked to be, and whether it lies in free time. No input or output."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.cells import Record
from ansible_collections.changegate.snow.plugins.module_utils.change_workers import Worker
from ansible_collections.changegate.snow.plugins.module_utils.durations import seconds_of
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.query import utc_text
from ansible_collections.changegate.snow.plugins.module_utils.values import is_empty, parse_datetime


class Window(NamedTuple):
    """From *start* to *end*, in UTC."""

    start: datetime
    end: datetime

    @property
    def seconds(self) -> int:
        return int((self.end - self.start).total_seconds())

    def shown(self) -> dict[str, str]:
        """As it is returned: in the form of the record's own dates."""
        return {"start": utc_text(self.start), "end": utc_text(self.end)}

    def columns(self) -> dict[str, str]:
        return {"start_date": utc_text(self.start), "end_date": utc_text(self.end)}


class Asked(NamedTuple):
    """What a window has to be: so many seconds long, not before *start*; None leaves it open."""

    duration: int | None = None
    start: datetime | None = None

    def fits(self, window: Window) -> bool:
        return window.seconds == self.duration and (self.start is None or window.start >= self.start)

    def begins_before(self, moment: datetime) -> bool:
        return self.start is None or self.start < moment


def asked_of(duration: object, planned_start: object) -> Asked:
    """What these options ask for, None where they were left out; raises :class:`InvalidUsage` if nobody can read it."""
    start = None
    if planned_start is not None:
        start = None if is_empty(planned_start) else parse_datetime(planned_start)
        if start is None:
            raise InvalidUsage(
                f"planned_start is {planned_start!r}; give a date and time such as 2026-07-15T08:00:00Z, or leave it "
                "out."
            )
    return Asked(None if duration is None else seconds_of(duration, "duration"), start)


def window_of(record: Record) -> Window | None:
    """The planned window of a change; None where a date is missing, or they are the wrong way round."""
    start, end = (parse_datetime(record[name].value) if name in record else None for name in ("start_date", "end_date"))
    return Window(start, end) if start is not None and end is not None and start < end else None


def is_free(window: Window, worker: Worker) -> bool:
    """Whether the free slots that *worker* found for a change as it is planned hold its *window*.

    They do not begin in the past: a window that has begun is free if what is left of it is.
    """
    for slot in worker.spans:
        begun = worker.seen is not None and window.start < slot.start <= worker.seen
        if (slot.start <= window.start or begun) and window.end <= slot.end and window.end > slot.start:
            return True
    return False


def across(
    own: Window,
    earliest: datetime | None,
    seconds: int,
    slot: Window | None,
    free: Callable[[datetime | None, int], Sequence[datetime]],
) -> Window | None:
    """The first slot of so many *seconds* for a change whose present window *own* is free, and not in its own way.

    :param slot: the first one that does not touch that window; it is not before it.
    :param free: when the slots begin that are so long, and not before a time; to them that window is taken.
    """
    if earliest is not None and earliest >= own.start:
        begin = earliest
    else:
        # The free time that goes over into the window, if there is some before it.
        begin = max((start for start in free(earliest, 1) if start < own.start), default=own.start)
        gap = int((own.start - begin).total_seconds())
        if gap and begin not in free(begin, gap)[:1]:
            begin = own.start
    end = begin + timedelta(seconds=seconds)
    rest = int((end - own.end).total_seconds())
    return Window(begin, end) if rest <= 0 or own.end in free(own.end, rest)[:1] else slot
