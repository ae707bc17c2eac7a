"""What the pysnow document takes for granted in its examples, and a register of these by section."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.simulator.clients import host, pysnow_client, seed
from tests.simulator.support import Sim

ATTACH_TO = "9b9dd196dbc91f005ab1f58dbf96192b"


@dataclass
class Desk:
    """An instance with the document's incidents, a file to attach, and a place for tokens."""

    sim: Sim
    file: str
    session: dict[str, Any] = field(default_factory=lambda: {"token": None})

    @property
    def host(self) -> str:
        return host(self.sim)

    def incident(self, user: str = "ansible") -> Any:
        return pysnow_client(self.sim, user).resource(api_path="/table/incident")


Example = Callable[[Desk], None]


class Examples:
    """The examples of some chapters, each registered by `@examples("18.1 Multiple records")`."""

    def __init__(self) -> None:
        self._by_section: dict[str, Example] = {}

    def __call__(self, section: str) -> Callable[[Example], Example]:
        def register(run: Example) -> Example:
            assert section not in self._by_section
            self._by_section[section] = run
            return run

        return register

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_section)

    def run(self, section: str, desk: Desk) -> None:
        self._by_section[section](desk)


def lay(sim: Sim, directory: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The incidents that the examples name: INC0123.. were created today, 30 and 90 days ago."""
    # oauthlib refuses plain HTTP without this.
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    month, season = (f"{datetime.now(UTC) - timedelta(days=days):%F %T}" for days in (30, 90))
    seed(
        sim, "incident",
        {"number": "INC012345", "state": 1, "sys_created_on": month, "sys_updated_on": season},
        {"number": "INC0123001", "state": 2, "sys_created_on": month, "sys_updated_on": month},
        {"number": "INC0123002", "state": 2, "sys_created_on": season, "sys_updated_on": season},
        {"number": "INC0123003", "state": 2},
        {"number": "INC0150001", "state": 2, "sys_created_on": month},
        {"number": "INC0150002", "state": 2},
        {"number": "INC01234", "state": 2},
        {"number": "INC0160001", "state": 2, "sys_id": ATTACH_TO},
    )  # fmt: skip
    file = directory / "attachment.txt"
    file.write_text("attached\n")
    return Desk(sim, str(file))
