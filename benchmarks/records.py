# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One look-up, and some creates."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from benchmarks.harness import OURS, PYSNC, PYSNOW, Desk, Job, our_client, pysnc_client, pysnow_client, run_job

NUMBER = "INC0000055"
#: Whatever is sent, one after the other or together.
Work = Callable[[], None]


def records(count: str) -> list[dict[str, str]]:
    return [{"short_description": f"Benchmark {n}", "impact": "2", "urgency": "3"} for n in range(int(count))]


def check(number: object) -> None:
    assert str(number) == NUMBER, number


def our_lookup(url: str) -> Work:
    incident = our_client(url).table("incident")
    return lambda: check(incident.get(query={"number": NUMBER}).one()["number"])


def pysnow_lookup(url: str) -> Work:
    incident = pysnow_client(url).resource(api_path="/table/incident")
    return lambda: check(incident.get(query={"number": NUMBER}).one()["number"])


def pysnc_lookup(url: str) -> Work:
    client = pysnc_client(url)

    def work() -> None:
        incident = client.GlideRecord("incident")
        check(incident.number if incident.get("number", NUMBER) else None)

    return work


def our_creates(url: str, count: str) -> Work:
    incident = our_client(url).table("incident")

    def work() -> None:
        assert incident.insert_many(records(count)).ok

    return work


def pysnow_creates(url: str, count: str) -> Work:
    incident = pysnow_client(url).resource(api_path="/table/incident")

    def work() -> None:
        for record in records(count):
            incident.create(payload=record)

    return work


def pysnc_creates(url: str, count: str) -> Work:
    client = pysnc_client(url)

    def work() -> None:
        for record in records(count):
            assert _filled(client, record).insert()

    return work


def pysnc_batch(url: str, count: str) -> Work:
    """Its batches have no method of a record for inserts; this is what a script can put together."""
    client = pysnc_client(url)

    def work() -> None:
        answers: list[Any] = []
        for record in records(count):
            client.batch_api.post(_filled(client, record), answers.append)
        client.batch_api.execute()
        assert [answer.status_code for answer in answers] == [201] * int(count)

    return work


def _filled(client: Any, record: dict[str, str]) -> Any:
    incident = client.GlideRecord("incident")
    incident.initialize()
    for name, value in record.items():
        incident.set_value(name, value)
    return incident


LOOKUPS: dict[str, Job] = {OURS: our_lookup, PYSNOW: pysnow_lookup, PYSNC: pysnc_lookup}
CREATES: dict[str, Job] = {
    OURS: our_creates,
    PYSNOW: pysnow_creates,
    PYSNC: pysnc_creates,
    "... its batch_api, unverified": pysnc_batch,
}


def report(desk: Desk, count: int, latency: int, rounds: int) -> None:
    desk.latency(latency)
    print(f"\none look-up, {latency} ms latency")
    desk.compare(__name__, LOOKUPS, rounds)
    print(f"\n{count} creates, {latency} ms latency")
    desk.compare(__name__, CREATES, rounds, str(count))


if __name__ == "__main__":
    # Creates are told how many.
    run_job(CREATES if len(sys.argv) > 3 else LOOKUPS)
