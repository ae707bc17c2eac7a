# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what many records cost in one ``snow_record`` task, beside a loop over the ``api`` module of servicenow.itsm.

`python -m benchmarks.many_records [--records 1000] [--latency 50] [--peer PATH]`, where PATH holds
`ansible_collections/servicenow/itsm`. The loop is measured over a few items, and that many are extrapolated. Each
figure is the time of a play less that of one with an empty task.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.harness import PASSWORD, USER, simulator

EMPTY = {"ansible.builtin.debug": {"msg": "empty"}}
#: The loop of the other collection has to take so many times as long.
LEAST = 100.0


def records(count: int) -> list[dict[str, Any]]:
    return [{"correlation_id": f"bench-{n}", "short_description": f"Number {n}", "urgency": 2} for n in range(count)]


def ours(count: int, urgency: int = 2) -> dict[str, Any]:
    wanted = [{**record, "urgency": urgency} for record in records(count)]
    return {"changegate.snow.snow_record": {"table": "incident", "match_on": ["correlation_id"], "records": wanted}}


def theirs(count: int) -> dict[str, Any]:
    return {
        "servicenow.itsm.api": {"resource": "incident", "action": "post", "data": "{{ item }}"},
        "loop": [{**record, "correlation_id": f"loop-{n}"} for n, record in enumerate(records(count))],
        "loop_control": {"label": "{{ item.correlation_id }}"},
    }


def seconds(task: Mapping[str, Any], folder: Path) -> float:
    """What a whole ``ansible-playbook`` with one task takes."""
    path = folder / "play.json"
    path.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]), encoding="utf-8")
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "ansible.cli.playbook", str(path)], capture_output=True, text=True)
    elapsed = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)
    return elapsed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1000)
    parser.add_argument("--latency", type=int, default=50, help="milliseconds of every answer")
    parser.add_argument("--items", type=int, default=20, help="of the loop that is measured")
    parser.add_argument("--peer", help="folder that holds ansible_collections/servicenow/itsm")
    options = parser.parse_args()
    if options.peer:
        paths = [options.peer, os.environ.get("ANSIBLE_COLLECTIONS_PATH", "")]
        os.environ["ANSIBLE_COLLECTIONS_PATH"] = os.pathsep.join(path for path in paths if path)
    with simulator() as desk, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ.update(SN_HOST=desk.url, SN_USERNAME=USER, SN_PASSWORD=PASSWORD)
        desk.latency(options.latency)
        count = options.records
        empty = min(seconds(EMPTY, folder) for _round in range(2))
        created = seconds(ours(count), folder) - empty
        print(f"{count} records, {options.latency} ms latency, seconds beyond an empty task:")
        print(f"  snow_record, created            {created:8.2f}")
        print(f"  snow_record, nothing to change  {seconds(ours(count), folder) - empty:8.2f}")
        print(f"  snow_record, all changed        {seconds(ours(count, 1), folder) - empty:8.2f}", flush=True)
        if not options.peer:
            return 0
        one = seconds(theirs(1), folder)
        each = (seconds(theirs(options.items + 1), folder) - one) / options.items
        print(f"  loop over servicenow.itsm.api   {each * count:8.2f}  extrapolated from {options.items} items")
        print(f"  times as long                   {each * count / created:8.1f}")
        return 0 if each * count >= LEAST * created else 1


if __name__ == "__main__":
    sys.exit(main())
