"""One simulator for the session, put back to its initial data before each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.simulator.support import Sim, fresh, running

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


@pytest.fixture(scope="module")
def own_simulator(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """With the data set that the test file has in `OWN`."""
    with running(tmp_path_factory.mktemp("own"), request.module.OWN) as simulator:
        yield simulator


@pytest.fixture
def own(own_simulator: Simulator) -> Iterator[Sim]:
    with fresh(own_simulator) as client:
        yield client
