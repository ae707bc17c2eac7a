"""System properties (sys_properties), as the instance's own code reads them: once, and again after a write there."""

from __future__ import annotations

from .records import RawRecords


class Properties:
    def __init__(self, records: RawRecords) -> None:
        self._records = records
        self._values: dict[str, str] | None = None

    def forget(self) -> None:
        self._values = None

    def text(self, name: str, default: str = "") -> str:
        """The value; `default` where the property is not there or empty."""
        if self._values is None:
            rows = self._records.find(self._records.schema["sys_properties"], {})
            self._values = {row["name"]: row["value"].strip() for row in rows}
        return self._values.get(name) or default

    def flag(self, name: str, *, default: bool = False) -> bool:
        return self.text(name, "true" if default else "false").lower() == "true"

    def number(self, name: str, default: float) -> float:
        """A number from 0; `default` for text that is none."""
        try:
            value = float(self.text(name, str(default)))
        except ValueError:
            return default
        return value if 0 <= value < 1e15 else default

    def whole(self, name: str, default: int, most: int) -> int:
        """A whole number from 1 to `most`; `default` for text that is none."""
        text = self.text(name)
        return min(int(text[:15]) or default, most) if text.isascii() and text.isdigit() else default

    def names(self, name: str) -> frozenset[str]:
        """A list separated by commas, in lower case."""
        parts = (part.strip().lower() for part in self.text(name).split(","))
        return frozenset(part for part in parts if part)
