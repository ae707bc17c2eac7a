"""What a user can change about the simulator while it runs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace


@dataclass(frozen=True, slots=True)
class Settings:
    """See the README, "Control API"."""

    illegal_transition: str = "refuse"
    invalid_query_returns_no_rows: bool = False
    worker_seconds: float = 0.2
    generate_tasks: bool = True
    auto_approve_after: float | None = None
    list_meta: bool = True
    basic_auth_for_interactive_users: bool = True

    def as_dict(self) -> dict[str, object]:
        return asdict(self)

    def changed(self, values: dict[str, object]) -> Settings:
        """A copy with `values`; ValueError names what is wrong with them."""
        unknown = set(values) - {item.name for item in fields(self)}
        if unknown:
            raise ValueError(f"Unknown setting: {', '.join(sorted(unknown))}")
        for name, value in values.items():
            _check(name, value)
        return replace(self, **values)  # type: ignore[arg-type]


def _check(name: str, value: object) -> None:
    if name == "illegal_transition":
        good = value in ("ignore", "refuse")
    elif name in ("worker_seconds", "auto_approve_after"):
        number = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9
        good = number or (value is None and name == "auto_approve_after")
    else:
        good = isinstance(value, bool)
    if not good:
        raise ValueError(f"Setting {name} cannot be {value!r}")
