"""Prints the figures that the simulator's README quotes: start, loading, reading, memory, many clients at once.

Run it with the Python that has the simulator and requests: `python benchmarks/simulator.py [records]`. It takes
about a minute with 100,000 records (the default). Times are medians as a client measures them.
"""

from __future__ import annotations

import itertools
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import requests

RECORDS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
REPEAT = 50
CLIENTS = 32
SECONDS = 5
MIDDLE = f"INC{10_000 + RECORDS // 2:07d}"


def line(what: str, amount: float, unit: str) -> None:
    print(f"{what:38}{amount:10,.2f} {unit}", flush=True)


def milliseconds(session: requests.Session, url: str, repeat: int = REPEAT) -> float:
    """The median of some requests."""
    taken = []
    for _ in range(repeat):
        began = time.perf_counter()
        session.get(url, timeout=60).raise_for_status()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def main() -> None:
    began = time.perf_counter()
    command = [sys.executable, "-m", "snow_simulator", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        line("ready with demo data", time.perf_counter() - began, "s")
        try:
            with requests.Session() as session:
                session.auth = ("admin", "admin-password")
                load(session, url)
                read(session, url)
            many(url)
            line("memory (largest resident set)", peak_memory(process.pid), "MB")
        finally:
            process.terminate()


def load(session: requests.Session, url: str) -> None:
    began = time.perf_counter()
    for first in range(0, RECORDS, 5000):
        rows = [{"short_description": f"Incident {n}"} for n in range(first, min(first + 5000, RECORDS))]
        body = {"table": "incident", "records": rows}
        session.post(f"{url}/_sim/seed", json=body, timeout=600).raise_for_status()
    line(f"{RECORDS:,} records loaded", time.perf_counter() - began, "s")


def read(session: requests.Session, url: str) -> None:
    table = f"{url}/api/now/table/incident"
    page = f"{table}?sysparm_limit=1000"
    shown = f"{page}&sysparm_display_value"
    for what, address, repeat in (
        ("GET one record by its number", f"{table}?sysparm_query=number={MIDDLE}", REPEAT),
        ("page of 1,000, all fields", page, 10),
        ("... with display values", f"{shown}=true", 10),
        ("... with both values", f"{shown}=all", 10),
        ("... sorted by number", f"{page}&sysparm_query=ORDERBYnumber", 10),
        ("... four fields", f"{page}&sysparm_fields=number,state,short_description,assigned_to.name", 10),
    ):
        line(what, milliseconds(session, address, repeat), "ms")


def many(url: str) -> None:
    """Clients at once, each with its connection: three reads, then a new record and a change to it."""
    taken: list[float] = []
    errors: list[str] = []
    until = time.perf_counter() + SECONDS
    threads = [threading.Thread(target=work, args=(url, n, until, taken, errors)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        sys.exit(f"{len(errors)} errors, the first: {errors[0]}")
    taken.sort()
    line(f"{CLIENTS} clients, reads and writes", len(taken) / SECONDS, "requests/s, no error")
    line("... median", taken[len(taken) // 2], "ms")
    line("... 99 of 100 within", taken[len(taken) * 99 // 100], "ms")


def work(url: str, number: int, until: float, taken: list[float], errors: list[str]) -> None:
    table, sys_id = f"{url}/api/now/table/incident", ""
    steps: tuple[tuple[str, Callable[[], str], dict[str, str] | None], ...] = (
        ("GET", lambda: f"{table}?sysparm_query=number={MIDDLE}", None),
        ("GET", lambda: f"{table}?sysparm_limit=10&sysparm_fields=number,state", None),
        ("GET", lambda: f"{table}?sysparm_limit=10&sysparm_query=active=true^ORDERBYnumber", None),
        ("POST", lambda: table, {"short_description": f"Client {number}"}),
        ("PATCH", lambda: f"{table}/{sys_id}", {"urgency": "1"}),
    )
    with requests.Session() as session:
        session.auth = ("ansible", "ansible-password")
        for method, address, body in itertools.cycle(steps):
            began = time.perf_counter()
            if began > until:
                return
            try:
                answer = session.request(method, address(), json=body, timeout=60)
                answer.raise_for_status()
            except requests.RequestException as error:
                errors.append(str(error))
                return
            taken.append((time.perf_counter() - began) * 1000)
            if method == "POST":
                sys_id = answer.json()["result"]["sys_id"]


def peak_memory(process: int) -> float:
    """In MB; Linux only."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return next(int(entry.split()[1]) for entry in status.splitlines() if entry.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    main()
