# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what a no-op ``snow_change`` task costs, in process and as an ordinary module, beside an empty task.

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
CHANGE = {"changegate.snow.snow_change": {"correlation_id": "benchmark", "short_description": "Benchmark"}}
#: An in-process task may cost this much more than an empty one, at no latency.
LIMIT_MS = 60.0


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
def instance() -> Iterator[str]:
    """A simulator that holds the change which the tasks are about; the environment says how to reach it."""
    with Simulator() as url:
        os.environ.update(SN_HOST=url, SN_USERNAME="admin", SN_PASSWORD=PASSWORD)
        with tempfile.TemporaryDirectory() as folder:
            run_seconds(play_of(CHANGE, 1, {}), Path(folder))
        yield url


PASSWORD = "admin-password"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=20, help="tasks in one play")
    parser.add_argument("--rounds", type=int, default=3, help="runs of which the least counts")
    options = parser.parse_args()
    with instance():
        empty = milliseconds_a_task(EMPTY, {}, options.tasks, options.rounds)
        inside = milliseconds_a_task(CHANGE, {}, options.tasks, options.rounds)
        ordinary = milliseconds_a_task(CHANGE, {"changegate_snow_in_process": False}, options.tasks, options.rounds)
    print(f"no-op snow_change, {options.tasks} tasks in one play, simulator without latency, ms a task:")
    for label, figure in (("empty task (debug)", empty), ("in process", inside), ("ordinary module", ordinary)):
        print(f"  {label:20}{figure:8.1f}{figure - empty:+10.1f} beyond the empty task")
    return 0 if inside - empty <= LIMIT_MS else 1


if __name__ == "__main__":
    sys.exit(main())
