# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what one look-up and 100 creates cost with this library, pysnow and PySNC, against the simulator.

Run it with the Python that has the simulator, the collection, pysnow and pysnc: `python benchmarks/creates.py`. Each
client runs in a process of its own, the simulator in another; seconds are the best of some runs, without the import
of the client, memory is the largest resident set of the client's process, requests are counted by the simulator.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests

LATENCIES = (0, 50)
USER, PASSWORD = "admin", "admin-password"
NUMBER = "INC0000055"
LOOKUP, CREATES = "one look-up", "creates"
#: Whatever is sent, one after the other or together.
Work = Callable[[], None]


def records(count: int) -> list[dict[str, str]]:
    return [{"short_description": f"Benchmark {n}", "impact": "2", "urgency": "3"} for n in range(count)]


def ours(host: str, count: int) -> dict[str, Work]:
    from ansible_collections.changegate.snow.plugins.module_utils.client import Client

    incident = Client(host=host, user=USER, password=PASSWORD).table("incident")

    def creates() -> None:
        assert incident.insert_many(records(count)).ok

    return {LOOKUP: lambda: check(incident.get(query={"number": NUMBER}).one()["number"]), CREATES: creates}


def pysnow(host: str, count: int) -> dict[str, Work]:
    # Neither of the two is typed.
    module: Any = importlib.import_module("pysnow")
    client = module.Client(host=host.removeprefix("https://"), user=USER, password=PASSWORD)
    incident = client.resource(api_path="/table/incident")

    def creates() -> None:
        for record in records(count):
            incident.create(payload=record)

    return {LOOKUP: lambda: check(incident.get(query={"number": NUMBER}).one()["number"]), CREATES: creates}


def pysnc(host: str, count: int) -> dict[str, Work]:
    module: Any = importlib.import_module("pysnc")
    client = module.ServiceNowClient(host, (USER, PASSWORD))

    def lookup() -> None:
        incident = client.GlideRecord("incident")
        check(incident.number if incident.get("number", NUMBER) else None)

    def creates() -> None:
        for record in records(count):
            assert filled(record).insert()

    def filled(record: dict[str, str]) -> Any:
        incident = client.GlideRecord("incident")
        incident.initialize()
        for name, value in record.items():
            incident.set_value(name, value)
        return incident

    def batched() -> None:
        """Its batches have no method of a record for inserts; this is what a script can put together."""
        answers: list[Any] = []
        for record in records(count):
            client.batch_api.post(filled(record), answers.append)
        client.batch_api.execute()
        assert [answer.status_code for answer in answers] == [201] * count

    return {LOOKUP: lookup, CREATES: creates, "... by its batch_api": batched}


CLIENTS: dict[str, Callable[[str, int], dict[str, Work]]] = {"changegate.snow": ours, "pysnow": pysnow, "PySNC": pysnc}


def check(number: object) -> None:
    assert str(number) == NUMBER, number


def child(client: str, what: str, host: str, count: int) -> None:
    """In a process of its own: do *what* with *client*, and print seconds and MiB as JSON."""
    work = CLIENTS[client](host, count)[what]
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


@contextmanager
def simulator() -> Iterator[str]:
    """Its URL, over HTTPS because PySNC knows nothing else; everybody trusts its certificate."""
    command = [sys.executable, "-m", "snow_simulator", "--port", "0", "--tls"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            os.environ["REQUESTS_CA_BUNDLE"] = process.stdout.readline().split()[-1]
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


def measure(url: str, client: str, what: str, arguments: argparse.Namespace) -> tuple[float, int, float]:
    """The best seconds, the requests and the most MiB of some runs."""
    taken, sent, memory = [], 0, []
    for _ in range(arguments.rounds):
        requests.delete(f"{url}/_sim/log", timeout=10).raise_for_status()
        command = [sys.executable, __file__, "--client", client, what, url, "--count", str(arguments.count)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(done.stderr)
        seconds, size = json.loads(done.stdout.splitlines()[-1])
        taken.append(seconds)
        memory.append(size)
        entries = requests.get(f"{url}/_sim/log", timeout=10).json()["requests"]
        # What is inside a batch travels with it.
        sent = sum(entry["batch"] is None for entry in entries)
    return min(taken), sent, max(memory)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100, help="creates (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each (%(default)s)")
    parser.add_argument("--client", nargs=3, metavar=("CLIENT", "WHAT", "URL"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.client:
        client, what, url = arguments.client
        child(client, what, url, arguments.count)
        return
    with simulator() as url:
        for latency in LATENCIES:
            requests.put(f"{url}/_sim/latency", json={"ms": latency}, timeout=10).raise_for_status()
            print(f"\n{latency} ms latency{'seconds':>32}{'requests':>10}{'MiB':>8}{'times ours':>12}")
            report(url, arguments)


def report(url: str, arguments: argparse.Namespace) -> None:
    for what in (LOOKUP, CREATES):
        base = 0.0
        for client in CLIENTS:
            variants = [what, "... by its batch_api"] if (client, what) == ("PySNC", CREATES) else [what]
            for variant in variants:
                seconds, sent, memory = measure(url, client, variant, arguments)
                base = base or seconds
                name = f"{arguments.count} {variant}" if variant == CREATES else variant
                row = f"{name:24}{client:16}{seconds:8.3f}{sent:10}{memory:8.0f}{seconds / base:12.1f}"
                print(row, flush=True)


if __name__ == "__main__":
    main()
