"""The instance's clock: real time plus an offset, so that tests can move it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

# Far from the ends of what a date can be: durations and time zones are added to it.
_FIRST = datetime(1971, 1, 1, tzinfo=UTC)
_LAST = datetime(9000, 1, 1, tzinfo=UTC)


def iso(moment: datetime) -> str:
    """A moment as the control API says it: 2026-07-15T08:00:00Z."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


class Clock:
    def __init__(self) -> None:
        self._offset = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def set(self, moment: datetime) -> None:
        if not _FIRST <= moment <= _LAST:
            raise ValueError(f"The clock goes from {_FIRST:%Y} to {_LAST:%Y}")
        self._offset = moment - datetime.now(UTC)

    def advance(self, seconds: float) -> None:
        try:
            self.set(self.now() + timedelta(seconds=seconds))
        except OverflowError as error:
            raise ValueError(str(error)) from None

    def reset(self) -> None:
        self._offset = timedelta()
