# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what a no-op ``snow_change`` task costs, in process and as an ordinary module, beside tasks that do nothing.

With ``--peer PATH``, a folder that holds ``ansible_collections/servicenow/itsm``, also what the same task costs with
its ``change_request``. All of it without latency and with 50 ms of it on each request; it fails if a task costs more
than 60 ms beyond an empty one and its round trips.

Each figure is the time of a play of many equal tasks less that of a play with one of them, divided by the number of
tasks between; the least of several runs, because everything else that a machine does only ever adds time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from snow_simulator import Simulator

Play = list[dict[str, Any]]
EMPTY = {"ansible.builtin.debug": {"msg": "empty"}}
EMPTY_MODULE: dict[str, Any] = {"ansible.builtin.ping": {}}
CHANGE = {"changegate.snow.snow_change": {"correlation_id": "benchmark", "short_description": "Benchmark"}}
#: A change of the demo data, as it is, because the peer finds changes by their numbers.
PEER = {"servicenow.itsm.change_request": {"number": "CHG0030020", "short_description": "Remove server"}}
#: An in-process task may cost this much more than an empty one and its round trips.
LIMIT_MS = 60.0
#: Each of them on every request; what a task without a change asks is one.
LATENCIES_MS = (0, 50)
ROUND_TRIPS = 1


def play_of(task: Mapping[str, Any], count: int, variables: Mapping[str, Any]) -> Play:
    return [{"hosts": "localhost", "gather_facts": False, "vars": dict(variables), "tasks": [dict(task)] * count}]


def run_seconds(play: Play, folder: Path) -> float:
    """Seconds that a whole ``ansible-playbook`` takes for *play*."""
    path = folder / "play.json"
    path.write_text(json.dumps(play), encoding="utf-8")
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "ansible.cli.playbook", str(path)], capture_output=True, text=True)
    elapsed = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)
    return elapsed


def milliseconds_a_task(task: Mapping[str, Any], variables: Mapping[str, Any], count: int, rounds: int) -> float:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        many = min(run_seconds(play_of(task, count + 1, variables), folder) for _round in range(rounds))
        one = min(run_seconds(play_of(task, 1, variables), folder) for _round in range(rounds))
    return (many - one) / count * 1000


@contextmanager
def instance() -> Iterator[Simulator]:
    """A simulator that holds the change which the tasks are about; the environment says how to reach it."""
    simulator = Simulator()
    with simulator as url:
        os.environ.update(SN_HOST=url, SN_USERNAME="admin", SN_PASSWORD=PASSWORD)
        with tempfile.TemporaryDirectory() as folder:
            run_seconds(play_of(CHANGE, 1, {}), Path(folder))
        yield simulator


PASSWORD = "admin-password"


def known_collections(peer: str) -> None:
    """Have the plays find the peer too."""
    if not (Path(peer) / "ansible_collections" / "servicenow" / "itsm").is_dir():
        sys.exit(f"{peer} holds no ansible_collections/servicenow/itsm.")
    paths = [path for path in (os.environ.get("ANSIBLE_COLLECTIONS_PATH"), str(Path(peer).resolve())) if path]
    os.environ["ANSIBLE_COLLECTIONS_PATH"] = os.pathsep.join(paths)


def figures(options: argparse.Namespace) -> dict[str, float]:
    """Milliseconds a task of each kind."""
    tasks: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
        "empty task (debug)": (EMPTY, {}),
        "empty module (ping)": (EMPTY_MODULE, {}),
        "in process": (CHANGE, {}),
        "ordinary module": (CHANGE, {"changegate_snow_in_process": False}),
    }
    if options.peer:
        tasks["servicenow.itsm"] = (PEER, {})
    return {
        label: milliseconds_a_task(task, variables, options.tasks, options.rounds)
        for label, (task, variables) in tasks.items()
    }


def show(found: Mapping[str, float], latency: int, count: int) -> bool:
    """Print the figures; whether they keep to the limit."""
    print(f"no-op snow_change, {count} tasks in one play, {latency} ms latency, ms a task:")
    empty = found["empty task (debug)"]
    for label, figure in found.items():
        print(f"  {label:20}{figure:8.1f}{figure - empty:+10.1f} beyond the empty task")
    beyond = found["in process"] - empty - latency * ROUND_TRIPS
    print(f"  in process, beyond the empty task and its round trips: {beyond:.1f} (at most {LIMIT_MS:.0f})")
    return beyond <= LIMIT_MS


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=20, help="tasks in one play")
    parser.add_argument("--rounds", type=int, default=3, help="runs of which the least counts")
    parser.add_argument("--peer", help="folder with ansible_collections/servicenow/itsm, to measure that beside")
    options = parser.parse_args()
    if options.peer:
        known_collections(options.peer)
    kept = True
    with instance() as simulator:
        for latency in LATENCIES_MS:
            simulator.latency(latency)
            kept = show(figures(options), latency, options.tasks) and kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
