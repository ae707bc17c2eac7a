"""Prints the figures that the simulator's README quotes: start, one record, a page of 1,000.

Run it with the Python that has the simulator and requests: `python benchmarks/simulator.py [records]`.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import requests

RECORDS = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
REPEAT = 50


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
        print(f"ready with demo data           {time.perf_counter() - began:8.2f} s")
        with requests.Session() as session:
            session.auth = ("admin", "admin-password")
            measure(session, url)
        process.terminate()


def measure(session: requests.Session, url: str) -> None:
    began = time.perf_counter()
    for first in range(0, RECORDS, 5000):
        rows = [{"short_description": f"Incident {n}"} for n in range(first, min(first + 5000, RECORDS))]
        body = {"table": "incident", "records": rows}
        session.post(f"{url}/_sim/seed", json=body, timeout=600).raise_for_status()
    print(f"{RECORDS:,} records loaded          {time.perf_counter() - began:8.2f} s")
    table = f"{url}/api/now/table/incident"
    print(f"GET one, by number             {milliseconds(session, f'{table}?sysparm_query=number=INC0000055'):8.2f} ms")
    print(f"page of 1,000, all fields      {milliseconds(session, f'{table}?sysparm_limit=1000', 10):8.2f} ms")
    shown = f"{table}?sysparm_limit=1000&sysparm_display_value=all"
    print(f"the same with display values   {milliseconds(session, shown, 10):8.2f} ms")
    page = f"{table}?sysparm_limit=1000&sysparm_fields=number,state,short_description,assigned_to.name"
    print(f"page of 1,000, four fields     {milliseconds(session, page, 10):8.2f} ms")


if __name__ == "__main__":
    main()
