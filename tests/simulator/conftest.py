"""One simulator for the session, put back to its initial data before each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.simulator.support import Sim, fresh

from snow_simulator import Simulator


@pytest.fixture(scope="session")
def shared_simulator() -> Iterator[Simulator]:
    simulator = Simulator(data="demo")
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
def sim(shared_simulator: Simulator) -> Iterator[Sim]:
    with fresh(shared_simulator) as client:
        yield client
