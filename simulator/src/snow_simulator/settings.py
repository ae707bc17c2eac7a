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
    nodes: int = 1
    stale_seconds: float = 0
    stale_reads: int = 0
    max_concurrent: int | None = None
    max_url_length: int | None = None
    batch_input_bytes: int = 5 * 1024 * 1024
    batch_output_bytes: int = 10 * 1024 * 1024
    batch_seconds: float = 30

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


# Whole numbers, from the lowest that makes sense; those of the second line may be null.
_WHOLE = {"nodes": 1, "stale_reads": 0, "batch_input_bytes": 0, "batch_output_bytes": 0}
_WHOLE_OR_NULL = {"max_concurrent": 0, "max_url_length": 1}
_SECONDS = ("worker_seconds", "auto_approve_after", "stale_seconds", "batch_seconds")


def _check(name: str, value: object) -> None:
    if name == "illegal_transition":
        good = value in ("ignore", "refuse")
    elif name in _WHOLE or name in _WHOLE_OR_NULL:
        whole = isinstance(value, int) and not isinstance(value, bool)
        lowest = {**_WHOLE, **_WHOLE_OR_NULL}[name]
        good = (whole and lowest <= int(str(value)) < 1e12) or (value is None and name in _WHOLE_OR_NULL)
    elif name in _SECONDS:
        number = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9
        good = number or (value is None and name == "auto_approve_after")
    else:
        good = isinstance(value, bool)
    if not good:
        raise ValueError(f"Setting {name} cannot be {value!r}")


DEFAULTS = Settings()
