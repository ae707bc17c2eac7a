# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One simulator for all integration tests, back in its first state before each of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.integration.helpers import USER, Instance, password_of

from snow_simulator import Simulator

if TYPE_CHECKING:
    from ansible_collections.changegate.snow.plugins.module_utils.client import Client


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    server = Simulator()
    server.start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test finds the tokens of another one, or those of whoever runs it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def instance(simulator: Simulator, tmp_path: Path) -> Instance:
    fresh = Instance(simulator, tmp_path)
    fresh.control("POST", "reset")
    fresh.clear_log()
    return fresh


@pytest.fixture
def client(instance: Instance) -> Iterator[Client]:
    """The library as the user whom most tests are, with the patience that it has by itself."""
    # Where collections are is known only when this file has been read.
    from ansible_collections.changegate.snow.plugins.module_utils.client import Client

    with Client(host=instance.url, user=USER, password=password_of(USER)) as made:
        yield made


@pytest.fixture(params=[True, False], ids=["in_process", "ordinary"])
def in_process(request: pytest.FixtureRequest) -> bool:
    """Both hosts of a module: what a test asserts must hold in each."""
    return bool(request.param)
