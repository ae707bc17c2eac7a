"""What a worker has to say when it is done."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Messages:
    """An error makes the worker end in Error; `infos` and `warnings` go with Complete as well."""

    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    infos: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, list[str]]:
        return {"errorMessages": self.errors, "warningMessages": self.warnings, "infoMessages": self.infos}
