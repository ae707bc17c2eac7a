# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the guard knows that a run has ended, and when it gives up."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.changegate.snow.plugins.plugin_utils import guard, journal

PARAMS = {
    "sys_id": None,
    "number": "CHG0000024",
    "close_code": "unsuccessful",
    "close_notes": "x",
    "task_notes": "y",
    "attachments": [{"src": "a.log", "content": None, "name": None}],
}


def test_a_process_is_known_by_its_start() -> None:
    """One that has ended is gone, also while nobody has asked for its exit code."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert guard.began(process.pid)
    assert guard.began(process.pid) == guard.began(process.pid)
    process.kill()
    deadline = time.monotonic() + 10
    while guard.began(process.pid) is not None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.communicate()
    assert guard.began(process.pid) is None


def test_the_job_names_what_is_there_and_nothing_else() -> None:
    job = guard.job_of(PARAMS, {"instance": {"host": "x"}}, os.getpid())
    assert job["change"] == {"number": "CHG0000024"}
    assert job["attachments"] == [{"src": os.path.abspath("a.log")}]
    assert (job["instance"], job["run"]) == ({"host": "x"}, os.getpid())


@pytest.mark.parametrize(
    ("results", "tries"),
    [
        ([{"changed": True}], 1),
        ([{"failed": True, "error": {"type": "authentication"}}], 1),
        ([{"failed": True, "error": {"type": "instance_unavailable"}}, {"changed": True}], 2),
    ],
)
def test_it_tries_again_where_that_may_help(
    results: list[dict[str, Any]], tries: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The run has ended when another process has its ID, or when it says so itself."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    slept: list[float] = []
    seen: list[Any] = []

    def close(job: guard.Job, _ended: object) -> dict[str, Any]:
        seen.append(job["entries"])
        return results[len(seen) - 1]

    monkeypatch.setattr(guard, "close", close)
    job = {**guard.job_of(PARAMS, {}, os.getpid())}
    journal.make(job["journal"])
    journal.add(job["journal"], "the last task")

    def sleep(seconds: float) -> None:
        # The first pause is one of a run that goes on; then it ends.
        if not slept:
            os.replace(job["journal"], job["journal"] + ".ended")
        slept.append(seconds)

    guard.watch(job, sleep)
    assert len(seen) == tries
    assert len(slept) == tries
    assert [entry["task"] for entry in seen[0]] == ["the last task"]
    assert list((tmp_path / "changegate.snow" / "runs").iterdir()) == []
