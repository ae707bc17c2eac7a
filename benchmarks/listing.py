# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listing records of 30 fields: every job streams where its client can, and keeps nothing but the keys."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.harness import OURS, PYSNC, PYSNOW, Desk, Job, our_client, pysnc_client, pysnow_client, run_job

FIELDS = [
    *("sys_id", "number", "short_description", "description", "state", "priority", "impact", "urgency", "category"),
    *("active", "opened_at", "opened_by", "sys_created_on", "sys_created_by", "sys_updated_on", "sys_updated_by"),
    *("sys_mod_count", "assignment_group", "assigned_to", "caller_id", "cmdb_ci", "correlation_id", "closed_at"),
    *("correlation_display", "contact_type", "close_code", "close_notes", "due_date", "escalation", "sys_class_name"),
]
PAGE = 1000
Work = Callable[[], int]


def checked(records: Iterator[Any], wanted: str) -> int:
    """How many *records* there are; exits if one comes twice or is missing."""
    keys = [str(record["sys_id"]) for record in records]
    if len(keys) != len(set(keys)) or len(keys) != int(wanted):
        sys.exit(f"{len(keys)} records, {len(set(keys))} different ones, wanted {wanted}")
    return len(keys)


def ours(url: str, wanted: str) -> Work:
    table = our_client(url).table("incident")
    return lambda: checked(table.get(fields=FIELDS, stream=True).all(), wanted)


def by_hand(url: str, wanted: str, query: str = "") -> Work:
    """A loop that many scripts have. It names no order, which an instance may use to repeat records."""
    table = pysnow_client(url).resource(api_path="/table/incident")

    def pages() -> Iterator[Any]:
        for offset in range(0, 10**9, PAGE):
            page = table.get(query=query, limit=PAGE, offset=offset, fields=FIELDS).all()
            yield from page
            if len(page) < PAGE:
                return

    return lambda: checked(pages(), wanted)


def by_hand_in_order(url: str, wanted: str) -> Work:
    return by_hand(url, wanted, "ORDERBYsys_id")


def buffered(url: str, wanted: str) -> Work:
    table = pysnow_client(url).resource(api_path="/table/incident")
    return lambda: checked(table.get(limit=int(wanted), fields=FIELDS).all(), wanted)


def streamed(url: str, wanted: str) -> Work:
    table = pysnow_client(url).resource(api_path="/table/incident")
    return lambda: checked(table.get(limit=int(wanted), fields=FIELDS, stream=True).all(), wanted)


def pysnc(url: str, wanted: str) -> Work:
    client = pysnc_client(url)

    def work() -> int:
        record = client.GlideRecord("incident", batch_size=PAGE)
        record.fields = FIELDS
        record.query()
        return checked(({"sys_id": row.sys_id} for row in record), wanted)

    return work


JOBS: dict[str, Job] = {
    OURS: ours,
    f"{PYSNOW}, pages by hand": by_hand,
    "... sorted by sys_id": by_hand_in_order,
    "... in one answer": buffered,
    "... streamed": streamed,
    PYSNC: pysnc,
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


def report(desk: Desk, count: int, latency: int, rounds: int) -> None:
    desk.seed("incident", incidents(count - desk.rows("incident")))
    desk.latency(latency)
    print(f"\n{count:,} records of {len(FIELDS)} fields, {latency} ms latency")
    desk.compare(__name__, JOBS, rounds, str(count))


if __name__ == "__main__":
    run_job(JOBS)
