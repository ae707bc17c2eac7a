# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long people say that work takes, and when a planned window is free."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ansible_collections.changegate.snow.plugins.module_utils.change_workers import Messages, Span, Worker
from ansible_collections.changegate.snow.plugins.module_utils.durations import seconds_of
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.windows import Asked, Window, is_free

DAY = "2030-02-02"


def at(time: str) -> datetime:
    return datetime.fromisoformat(f"{DAY} {time}").replace(tzinfo=UTC)


def window(start: str, end: str) -> Window:
    return Window(at(start), at(end))


def found(*slots: tuple[str, str], seen: str | None = None) -> Worker:
    spans = tuple(Span(at(start), at(end), "", "") for start, end in slots)
    return Worker("a" * 32, "3", "Complete", "schedule", "", Messages(), spans, {}, at(seen) if seen else None)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7200", 7200), (" 7200 ", 7200), (7200, 7200), ("2h", 7200), ("2 H", 7200), ("90m", 5400), ("45s", 45),
        ("1h30m", 5400), ("1h 30m 5s", 5405), ("1d 12h", 129600), ("1d", 86400), ("0h5m", 300), ("25h", 90000),
    ],
)  # fmt: skip
def test_durations(text: object, seconds: int) -> None:
    assert seconds_of(text, "duration") == seconds


@pytest.mark.parametrize(
    "text",
    ["", " ", "0", "0h", "-1", "1.5", "1,5h", "h", "2x", "30m 1h", "1h1h", "1:30", "2 hours", "٣", "1" * 12,
     None, True, 1.5, "1h\n2"],
)  # fmt: skip
def test_what_is_no_duration(text: object) -> None:
    with pytest.raises(InvalidUsage, match="how_long is"):
        seconds_of(text, "how_long")


def test_what_is_asked_of_a_window() -> None:
    """Its length to the second, and a start that it is not before."""
    planned = window("09:00", "11:00")
    assert Asked(7200).fits(planned)
    assert Asked(7200, at("09:00")).fits(planned)
    assert not Asked(7200, at("09:01")).fits(planned)
    assert not Asked(7199).fits(planned)
    assert not Asked().fits(planned)


def test_free_time() -> None:
    """A window is free if a slot holds it; of one that has begun, what is left of it."""
    planned = window("09:00", "11:00")
    assert is_free(planned, found(("09:00", "11:00")))
    assert is_free(planned, found(("07:00", "08:00"), ("08:00", "12:00")))
    assert not is_free(planned, found())
    assert not is_free(planned, found(("09:30", "11:30")))
    assert not is_free(planned, found(("08:00", "10:00")))
    # By 09:31 it has begun: slots begin now.
    assert is_free(planned, found(("09:30", "11:30"), seen="09:31"))
    assert not is_free(planned, found(("10:00", "12:00"), seen="09:31"))
    # It is over.
    assert not is_free(planned, found(("12:00", "14:00"), seen="12:01"))
    assert not is_free(planned, found(("11:00", "13:00"), seen="11:01"))
