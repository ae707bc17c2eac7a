"""What PySNC does over the Batch API: many updates, many deletions, queries too long for an address."""

from __future__ import annotations

from typing import Any

import pytest
from tests.simulator.behaviors import behavior
from tests.simulator.clients import pysnc_client, speak_plainly
from tests.simulator.support import ADMIN_ID, NETWORK, Sim

pysnc = pytest.importorskip("pysnc", reason="pysnc is not installed")

batch = behavior("Clients", "PySNC 1.2: update_multiple, delete_multiple and long queries, over the Batch API")


@pytest.fixture(autouse=True)
def _plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    speak_plainly(monkeypatch)


def problems(sim: Sim, user: str, word: str) -> Any:
    record = pysnc_client(sim, user).GlideRecord("problem")
    record.add_query("short_description", "LIKE", word)
    return record


@pytest.fixture
def five(sim: Sim) -> list[str]:
    """Five problems, in the order of their sys_id: that of PySNC."""
    made = [sim.insert("problem", short_description=f"BUNK {number}")["sys_id"] for number in range(5)]
    return sorted(made)


def batches(sim: Sim) -> list[int]:
    return [entry["status"] for entry in sim.log() if entry["path"] == "/api/now/v1/batch"]


@batch
def test_update_multiple(sim: Sim, five: list[str]) -> None:
    record = problems(sim, "ansible", "BUNK")
    record.query()
    while record.next():
        record.short_description = f"{record.short_description} and more"
    assert record.update_multiple()
    assert len(problems_of(sim, "and more")) == 5
    assert batches(sim) == [200]


@batch
def test_only_changed_records_are_sent_and_answers_keep_their_order(sim: Sim, five: list[str]) -> None:
    record = problems(sim, "ansible", "BUNK")
    record.query()
    for number, row in enumerate(record):
        if number % 2 == 0:
            row.description = "even"
    seen: list[tuple[int, str]] = []

    def handle(response: Any) -> None:
        seen.append((response.status_code, response.json()["result"]["sys_id"]["value"]))

    assert record.update_multiple(handle)
    assert seen == [(200, five[0]), (200, five[2]), (200, five[4])]
    assert sorted(row["sys_id"] for row in sim.dump("problem", description="even")) == [five[0], five[2], five[4]]


@batch
def test_some_of_the_updates_fail(sim: Sim) -> None:
    changes = [sim.new_change(assignment_group=NETWORK, short_description="BUNK") for _ in range(2)]
    client = pysnc_client(sim)
    record = client.GlideRecord("change_request")
    record.add_query("short_description", "BUNK")
    record.query()
    for row, state in zip(record, ("3", "-4"), strict=False):
        row.state = state
    # From New to Closed is no step: one is refused, the other is done.
    assert not record.update_multiple()
    assert sorted(sim.state(change) for change in changes) == ["-4", "-5"]


@batch
def test_delete_multiple(sim: Sim, five: list[str]) -> None:
    assert not problems(sim, "ansible", "BUNK").delete_multiple()
    assert len(problems_of(sim, "BUNK")) == 5
    assert problems(sim, "admin", "BUNK").delete_multiple()
    assert problems_of(sim, "BUNK") == []


@batch
def test_a_query_too_long_for_an_address(sim: Sim) -> None:
    record = pysnc_client(sim).GlideRecord("sys_user")
    for _ in range(2300):
        record.add_query("AAAA", "BBBB")
    record.add_query("sys_id", ADMIN_ID)
    assert len(record.get_encoded_query()) > 23_000
    record.query()
    assert len(record) == 1
    assert record.next()
    assert record.user_name == "admin"
    assert batches(sim) == [200]


def problems_of(sim: Sim, word: str) -> list[str]:
    return [row["sys_id"] for row in sim.dump("problem") if word in row["short_description"]]
