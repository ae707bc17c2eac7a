# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plays that the tests of this folder share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.integration.contracts.plays import Plays


@pytest.fixture(scope="session")
def plays(request: pytest.FixtureRequest) -> Iterator[Plays]:
    parameters = (getattr(item, "callspec", None) for item in request.session.items)
    modules = {found.params["module"] for found in parameters if found is not None and "module" in found.params}
    shared = Plays(module for module in modules if isinstance(module, str))
    yield shared
    shared.close()
