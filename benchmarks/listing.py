# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what it takes to list records of 30 fields: this library beside pysnow 0.7.17 and PySNC 1.2.1.

`python benchmarks/listing.py [--records 5000 50000] [--latency 0 50] [--rounds 2]`. Every job streams the records
where its client can, looks at each, and keeps nothing but their keys; the least of the rounds counts.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from benchmarks.harness import PASSWORD, USER, Desk, Figure, run_job, simulator, speak_plainly

FIELDS = [
    *("sys_id", "number", "short_description", "description", "state", "priority", "impact", "urgency", "category"),
    *("active", "opened_at", "opened_by", "sys_created_on", "sys_created_by", "sys_updated_on", "sys_updated_by"),
    *("sys_mod_count", "assignment_group", "assigned_to", "caller_id", "cmdb_ci", "correlation_id", "closed_at"),
    *("correlation_display", "contact_type", "close_code", "close_notes", "due_date", "escalation", "sys_class_name"),
]
PAGE = 1000


def keys_of(records: Iterator[Any]) -> list[str]:
    return [record["sys_id"] for record in records]


def checked(keys: list[str], wanted: str) -> int:
    if len(keys) != len(set(keys)) or len(keys) != int(wanted):
        sys.exit(f"{len(keys)} rows, {len(set(keys))} different ones, wanted {wanted}")
    return len(keys)


def ours(url: str, wanted: str) -> Callable[[], int]:
    from ansible_collections.changegate.snow.plugins.module_utils.client import Client

    table = Client(host=url, user=USER, password=PASSWORD).table("incident")
    return lambda: checked(keys_of(table.get(fields=FIELDS, stream=True).all()), wanted)


def _pysnow(url: str) -> Any:
    pysnow: Any = import_module("pysnow")
    client = pysnow.Client(host=url.split("//")[1], use_ssl=False, user=USER, password=PASSWORD)
    return client.resource(api_path="/table/incident")


def pysnow_pages(url: str, wanted: str) -> Callable[[], int]:
    table = _pysnow(url)

    def pages() -> Iterator[Any]:
        for offset in range(0, 10**9, PAGE):
            page = table.get(limit=PAGE, offset=offset, fields=FIELDS).all()
            yield from page
            if len(page) < PAGE:
                return

    return lambda: checked(keys_of(pages()), wanted)


def pysnow_buffered(url: str, wanted: str) -> Callable[[], int]:
    table = _pysnow(url)
    return lambda: checked(keys_of(table.get(limit=int(wanted), fields=FIELDS).all()), wanted)


def pysnow_streamed(url: str, wanted: str) -> Callable[[], int]:
    table = _pysnow(url)
    return lambda: checked(keys_of(table.get(limit=int(wanted), fields=FIELDS, stream=True).all()), wanted)


def pysnc(url: str, wanted: str) -> Callable[[], int]:
    library: Any = import_module("pysnc")
    speak_plainly()
    client = library.ServiceNowClient(url.replace("http://", "https://"), (USER, PASSWORD))

    def work() -> int:
        record = client.GlideRecord("incident", batch_size=PAGE)
        record.fields = FIELDS
        record.add_encoded_query("ORDERBYsys_id")
        record.query()
        return checked([str(row.sys_id) for row in record], wanted)

    return work


JOBS = {
    "this library": ours,
    "pysnow, pages by hand": pysnow_pages,
    "pysnow, buffered": pysnow_buffered,
    "pysnow, streaming": pysnow_streamed,
    "PySNC": pysnc,
}


def incidents(count: int) -> list[dict[str, Any]]:
    random.seed(count)
    return [
        {
            "short_description": f"Incident {number} of the benchmark",
            "description": "What happened, at some length. " * 3,
            "correlation_id": f"benchmark-{number}",
            "correlation_display": "benchmark",
            "impact": str(random.randint(1, 3)),
            "urgency": str(random.randint(1, 3)),
        }
        for number in range(count)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, nargs="+", default=[5000, 50000])
    parser.add_argument("--latency", type=int, nargs="+", default=[0, 50])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", nargs="+", choices=JOBS, default=list(JOBS))
    options = parser.parse_args()
    with simulator() as desk:
        for count in sorted(options.records):
            there = desk.rows("incident")
            desk.seed("incident", incidents(count - there))
            for latency in options.latency:
                desk.latency(latency)
                print(f"\n{count:,} records of {len(FIELDS)} fields, {latency} ms latency")
                table(desk, options.only, str(count), options.rounds)


def table(desk: Desk, jobs: list[str], count: str, rounds: int) -> None:
    print(f"{'':26}{'seconds':>9}{'MiB':>8}{'requests':>10}")
    for job in jobs:
        best: Figure = min(desk.measure(__file__, job, count) for _round in range(rounds))
        print(f"{job:26}{best.seconds:9.2f}{best.mebibytes:8.0f}{best.requests:10}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--job"]:
        run_job(JOBS, sys.argv[2:])
    else:
        main()
