# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmarks of clients share: a simulator in a process of its own, and each measured job in another one.

A job is a function in the benchmark's own file that takes the address of the instance; it is called in a new Python
process, so that its peak memory is its own, and timed there without the start of Python and the imports.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import requests
from requests.adapters import HTTPAdapter

USER, PASSWORD = "admin", "admin-password"

Job = Callable[[str], object]


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

    def measure(self, script: str, job: str, *arguments: str) -> Figure:
        """Run the function *job* of the file *script* in a new process; see :func:`main`."""
        self.control("DELETE", "log")
        command = [sys.executable, script, "--job", job, self.url, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{job}: {done.stderr or done.stdout}")
        seconds, mebibytes, result = json.loads(done.stdout.splitlines()[-1])
        return Figure(seconds, mebibytes, len(self.control("GET", "log")["requests"]), result)


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


def speak_plainly() -> None:
    """PySNC takes https addresses only: what goes to this machine goes over plain HTTP instead."""
    send = HTTPAdapter.send

    def plain(self: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        assert request.url is not None
        request.url = request.url.replace("https://127.0.0.1", "http://127.0.0.1", 1)
        return send(self, request, *args, **options)

    setattr(HTTPAdapter, "send", plain)  # noqa: B010 - a plain assignment to a method is what mypy refuses


def run_job(jobs: Mapping[str, Callable[..., Callable[[], object]]], arguments: list[str]) -> None:
    """The other end of :meth:`Desk.measure`: prints seconds, MiB and the result of one job.

    A job takes the address and the further arguments, imports and prepares what it needs, and returns what is timed.
    """
    name, url, *more = arguments
    work = jobs[name](url, *more)
    began = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - began
    print(json.dumps([seconds, peak_mebibytes(), result]))


def peak_mebibytes() -> float:
    """The most memory that this process ever had; Linux only. What getrusage says includes the parent's before exec."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(entry.split()[1]) for entry in status.splitlines() if entry.startswith("VmHWM")) / 1024
