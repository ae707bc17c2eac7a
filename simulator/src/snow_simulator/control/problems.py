"""What can be wrong with a request to the control API."""

from __future__ import annotations


class ControlError(ValueError):
    """A control request that cannot be done, with its HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class ControlValueError(ValueError):
    """A control request that makes no sense; the message says what is wrong."""
