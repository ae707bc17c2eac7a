# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the modules for attachments have in common."""

from __future__ import annotations

import hashlib
from typing import Any

import requests
from tests.integration.helpers import Instance, Outcome, password_of, snow, unfailing

CHANGE = {"number": "CHG0030020", "sys_id": "b0dbda5347c12200e0ef563dbb9a718f"}
BY_SYS_ID = {"sys_id": CHANGE["sys_id"]}


def attach(**options: Any) -> dict[str, Any]:
    return snow("snow_attachment", **options)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def foretold(task: dict[str, Any]) -> list[dict[str, Any]]:
    """*task* in check mode, for real, and again."""
    return [{**task, "check_mode": True}, task, task]


def changes(outcomes: list[Outcome]) -> list[bool]:
    """Whether each of *outcomes* changed something; none of them failed."""
    return [bool(result["changed"]) for result in unfailing(outcomes)]


def stored(instance: Instance, sys_id: str = CHANGE["sys_id"]) -> dict[str, str]:
    """The attachments of a record: name to hash; for the rare name that is there twice, all hashes."""
    found: dict[str, list[str]] = {}
    for row in instance.rows("sys_attachment", table_sys_id=sys_id):
        found.setdefault(row["file_name"], []).append(row["hash"])
    return {name: " ".join(hashes) for name, hashes in found.items()}


def upload(instance: Instance, name: str, data: bytes, table: str = "change_request", record: str = "") -> str:
    """Attach a file by hand, names need not be unique; its sys_id."""
    where = {"table_name": table, "table_sys_id": record or CHANGE["sys_id"], "file_name": name}
    answer = requests.post(
        f"{instance.url}/api/now/attachment/file",
        params=where,
        data=data,
        headers={"Content-Type": "text/plain"},
        auth=("admin", password_of("admin")),
        timeout=10,
    )
    assert answer.status_code == 201, answer.text
    instance.clear_log()
    return str(answer.json()["result"]["sys_id"])


def spent(instance: Instance, outcomes: list[Outcome]) -> list[str]:
    """The methods of the requests of each of *outcomes*, by its own count and by the instance's log."""
    log = iter(instance.requests())
    found = [" ".join(next(log).method for _ in range(outcome.result.get("requests", 0))) for outcome in outcomes]
    assert list(log) == []
    return found
