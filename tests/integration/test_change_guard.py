# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The callback change_guard: what it tells the guard of a run, and what it does not."""

from __future__ import annotations

import os
from pathlib import Path

from tests.integration.helpers import Instance, password_of, snow

from ansible_collections.changegate.snow.plugins.plugin_utils import journal

ENABLED = {"ANSIBLE_CALLBACKS_ENABLED": "results,changegate.snow.change_guard"}
CHANGE = {"number": "CHG0777777", "state": "-1", "assignment_group": "Network"}
SECRET = "hunter2-4711"


def test_what_failed_stands_in_the_notes(instance: Instance) -> None:
    """Since the guard began, task by task; not what was ignored or hidden."""
    (sys_id,) = instance.seed("change_request", CHANGE)
    fail = "ansible.builtin.fail"
    played = instance.play(
        {"name": "Before the guard", "ansible.builtin.debug": {"msg": "x"}},
        snow("snow_change_guard", sys_id=sys_id),
        {"name": "Ignored", fail: {"msg": "no matter"}, "ignore_errors": True},
        {
            "name": "Rescued",
            "block": [{"name": "Log in", fail: {"msg": SECRET}, "no_log": True}],
            "rescue": [{"name": "Try again", fail: {"msg": "It answers\n500."}}],
        },
        environ=ENABLED,
    )
    assert played.code != 0
    # The run has waited for the guard.
    (change,) = instance.rows("change_request", number="CHG0777777")
    assert change["state"] == "3"
    assert change["close_notes"].splitlines()[1:] == [
        "Its last task was: Try again",
        "localhost: Log in: what it said is hidden, because the task has no_log.",
        "localhost: Try again: It answers 500.",
    ]
    (file,) = instance.rows("sys_attachment", table_sys_id=sys_id)
    assert file["file_name"] == "run.log"


def test_without_a_guard_nothing_is_written(instance: Instance) -> None:
    played = instance.play({"ansible.builtin.fail": {"msg": "x"}}, environ=ENABLED)
    assert played.code != 0
    assert not list(Path(os.environ["XDG_CACHE_HOME"]).rglob("*"))
    assert password_of("ansible") not in played.output


def test_the_journal(tmp_path: Path) -> None:
    """A line that is half there is left out, notes are bounded, and a link is not written through."""
    path = str(tmp_path / "runs" / "1.jsonl")
    journal.add(path, "not guarded")
    assert journal.read(path) == []
    journal.make(path)
    for number in range(30):
        journal.add(path, f"task {number}", f"h{number}", "x" * 1000)
    with open(path, "a", encoding="utf-8") as stream:
        stream.write('{"at": "2026')
    entries = journal.read(path)
    assert len(entries) == 30
    lines = journal.notes(entries).splitlines()
    assert lines[0] == "Its last task was: task 29"
    assert (len(lines), lines[-1], len(lines[1])) == (22, "And 10 more.", 412)
    assert journal.notes([]) == ""
    assert "h29 failed: xxx" in journal.log(entries)
    assert os.stat(path).st_mode & 0o077 == 0
    # A guard that is no more is not waited for without end.
    assert journal.end([path], 0.1) is False
    assert journal.ended(path)
    assert len(journal.read(path)) == 30
    journal.remove(path)
    assert journal.end([path], 0.1) is True
    target = tmp_path / "target"
    target.touch()
    os.symlink(target, tmp_path / "link")
    journal.add(str(tmp_path / "link"), "task")
    assert target.read_text(encoding="utf-8") == ""
