"""Reads what a request to the control API asks for; ControlValueError says what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from typing import Any

from .problems import ControlValueError


class Spec:
    """An object with none but some keys; None (null) stands for what is not there."""

    def __init__(self, values: dict[str, Any], keys: AbstractSet[str]) -> None:
        if unknown := set(values) - keys:
            raise ControlValueError(f"Unknown key: {', '.join(sorted(unknown))}")
        self._values = values

    def text(self, name: str) -> str | None:
        value = self._values.get(name)
        if value is not None and not isinstance(value, str):
            raise ControlValueError(f"'{name}' is a text")
        return value or None

    def whole(self, name: str, lowest: int) -> int | None:
        value = self._values.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < lowest):
            raise ControlValueError(f"'{name}' is a whole number from {lowest}")
        return value

    def number(self, name: str, lowest: float, highest: float) -> float | None:
        value = self._values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not lowest <= value <= highest:
            raise ControlValueError(f"'{name}' is a number from {lowest:g} to {highest:g}")
        return float(value)

    def pattern(self, name: str) -> re.Pattern[str]:
        """A regular expression; the empty one, which everything matches, for none."""
        try:
            return re.compile(self.text(name) or "")
        except re.error as error:
            raise ControlValueError(f"'{name}' is no regular expression: {error}") from None
