# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The planned time of a change, and where the present is in it. No input or output."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.cells import Record
from ansible_collections.changegate.snow.plugins.module_utils.query import utc_text
from ansible_collections.changegate.snow.plugins.module_utils.values import parse_datetime


def window_of(change: Record, now: datetime | None) -> dict[str, Any]:
    """The ``window`` return value.

    The start belongs to the window, the end does not. What is not planned is null, and no time is inside such a window.

    :param now: the instance's time; None where nobody knows it, and so nothing that depends on it.
    """
    start, end = (_planned(change, column) for column in ("start_date", "end_date"))
    inside = None if now is None else start is not None and end is not None and start <= now < end
    return {
        "start": None if start is None else utc_text(start),
        "end": None if end is None else utc_text(end),
        "now": None if now is None else utc_text(now),
        "inside": inside,
        "seconds_until_start": _left(start, now),
        "seconds_left": _left(end, now),
    }


def moment_of(header: str | None) -> datetime | None:
    """The time in a ``Date`` header, or None if it tells none."""
    try:
        moment = parsedate_to_datetime(header or "")
    except (TypeError, ValueError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or timezone.utc).astimezone(timezone.utc)


def _planned(change: Record, column: str) -> datetime | None:
    return parse_datetime(change[column].value) if column in change else None


def _left(moment: datetime | None, now: datetime | None) -> int | None:
    """Seconds until *moment*, 0 if it is over."""
    return None if moment is None or now is None else max(0, int((moment - now).total_seconds()))
