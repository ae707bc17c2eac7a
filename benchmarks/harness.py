# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmarks of clients share: a simulator in a process of its own, and each measured job in another one.

A job is a function of a benchmark's file that makes ready and returns what is timed. It is called in a new Python
process, so that its peak memory is its own, and timed there without the start of Python and the imports. The least
seconds of several rounds count, because everything else that a machine does only ever adds time; the clients take
turns, so that a slow moment hits all of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import requests
from requests.adapters import HTTPAdapter

ROOT = Path(__file__).resolve().parents[1]
USER, PASSWORD = "admin", "admin-password"
OURS, PYSNOW, PYSNC = "changegate.snow", "pysnow 0.7.17", "PySNC 1.2.1"

#: Takes the address of the instance and further arguments, and returns what is timed.
Job = Callable[..., Callable[[], object]]


class Figure(NamedTuple):
    """What a job took: seconds, peak memory (resident, MiB, Python and imports included), requests; its result."""

    seconds: float
    mebibytes: float
    requests: int
    result: Any


class Desk:
    """The instance that jobs are measured against."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """A request to the control API; its JSON answer."""
        answer = self._session.request(method, f"{self.url}/_sim/{path}", json=body, timeout=600)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def seed(self, table: str, records: list[dict[str, Any]]) -> None:
        for first in range(0, len(records), 5000):
            self.control("POST", "seed", {"table": table, "records": records[first : first + 5000]})

    def rows(self, table: str) -> int:
        """How many records *table* has."""
        url = f"{self.url}/api/now/table/{table}?sysparm_limit=1"
        return int(self._session.get(url, auth=(USER, PASSWORD), timeout=60).headers["X-Total-Count"])

    def latency(self, milliseconds: int) -> None:
        self.control("PUT", "latency", {"ms": milliseconds})

    def measure(self, module: str, job: str, *arguments: str) -> Figure:
        """Run the function *job* of *module* in a new process, see :func:`run_job`."""
        self.control("DELETE", "log")
        command = [sys.executable, "-m", module, job, self.url, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        if done.returncode != 0:
            sys.exit(f"{job}: {done.stderr or done.stdout}")
        seconds, mebibytes, result = json.loads(done.stdout.splitlines()[-1])
        # What is inside a batch travels with it.
        sent = sum(entry["batch"] is None for entry in self.control("GET", "log")["requests"])
        return Figure(seconds, mebibytes, sent, result)

    def compare(self, module: str, jobs: Mapping[str, Job], rounds: int, *arguments: str) -> dict[str, Figure]:
        """The best figure of each job, and its largest memory; printed as a table."""
        found: dict[str, list[Figure]] = {job: [] for job in jobs}
        for _round in range(rounds):
            for job, figures in found.items():
                figures.append(self.measure(module, job, *arguments))
        best = {
            job: min(figures)._replace(mebibytes=max(figure.mebibytes for figure in figures))
            for job, figures in found.items()
        }
        base = best[OURS].seconds
        print(f"{'':32}{'seconds':>9}{'x ours':>8}{'MiB':>7}{'requests':>10}")
        for job, figure in best.items():
            times = figure.seconds / base
            print(f"  {job:30}{figure.seconds:9.3f}{times:8.1f}{figure.mebibytes:7.0f}{figure.requests:10}", flush=True)
        return best


@contextmanager
def simulator(*options: str) -> Iterator[Desk]:
    """An instance with the demo data; *options* as for the command ``snow-simulator``."""
    command = [sys.executable, "-m", "snow_simulator", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Desk(process.stdout.readline().split()[-1])
        finally:
            process.terminate()


def run_job(jobs: Mapping[str, Job]) -> None:
    """The other end of :meth:`Desk.measure`: prints seconds, MiB and the result of the job that the command names."""
    # All of them need it, but ours imports it with the first request: import_time.py tells what imports cost.
    import_module("requests")
    name, url, *more = sys.argv[1:]
    work = jobs[name](url, *more)
    began = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - began
    print(json.dumps([seconds, peak_mebibytes(), result]))


def peak_mebibytes() -> float:
    """The most memory that this process ever had; Linux only. What getrusage says includes the parent's before exec."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(entry.split()[1]) for entry in status.splitlines() if entry.startswith("VmHWM")) / 1024


def our_client(url: str) -> Any:
    from ansible_collections.changegate.snow.plugins.module_utils.client import Client

    return Client(host=url, user=USER, password=PASSWORD)


def pysnow_client(url: str) -> Any:
    pysnow: Any = import_module("pysnow")
    return pysnow.Client(host=url.removeprefix("http://"), use_ssl=False, user=USER, password=PASSWORD)


def pysnc_client(url: str) -> Any:
    """PySNC takes https addresses only: what goes to this machine goes over plain HTTP instead."""
    pysnc: Any = import_module("pysnc")
    send = HTTPAdapter.send

    def plain(self: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        assert request.url is not None
        request.url = request.url.replace("https://127.0.0.1", "http://127.0.0.1", 1)
        return send(self, request, *args, **options)

    setattr(HTTPAdapter, "send", plain)  # noqa: B010 - a plain assignment to a method is what mypy refuses
    return pysnc.ServiceNowClient(url.replace("http://", "https://"), (USER, PASSWORD))
