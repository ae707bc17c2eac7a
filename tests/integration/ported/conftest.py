# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests of pysnow with our library, over the simulator that they have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.ported.differences import DIFFERENCES
from tests.integration.ported.loading import known_as, ours
from tests.simulator.conftest import shared_simulator, sim

__all__ = ["shared_simulator", "sim"]
FOLDER = Path(__file__).parent


@pytest.fixture(autouse=True)
def _ported() -> Iterator[None]:
    """What the helpers of these tests import when they are called is ours too."""
    with known_as("pysnow", ours()):
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What differs fails, and is noticed when it does no more."""
    for item in items:
        reason = DIFFERENCES.get(f"{item.path.name}::{item.name}") if item.path.parent == FOLDER else None
        if reason is not None:
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
