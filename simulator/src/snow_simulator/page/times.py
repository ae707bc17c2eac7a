"""Where the present is, seen from a change's window."""

from __future__ import annotations

from datetime import datetime

from ..store.records import Record
from ..values import dates


def window_state(change: Record, now: datetime) -> str:
    """ "" without a window, else before, open or over."""
    start, end = dates.parse(change["start_date"]), dates.parse(change["end_date"])
    if start is None or end is None:
        return ""
    if now < start:
        return "before"
    return "open" if now <= end else "over"
