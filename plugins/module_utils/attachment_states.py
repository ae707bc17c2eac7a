# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each state of a task about attachments does, and what it returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ansible_collections.changegate.snow.plugins.module_utils import attachment_options as options
from ansible_collections.changegate.snow.plugins.module_utils.attached_files import AttachedFiles
from ansible_collections.changegate.snow.plugins.module_utils.attachment_fetch import Fetch
from ansible_collections.changegate.snow.plugins.module_utils.attachment_removal import Removal
from ansible_collections.changegate.snow.plugins.module_utils.attachment_rename import Rename
from ansible_collections.changegate.snow.plugins.module_utils.file_mode import mode_of
from ansible_collections.changegate.snow.plugins.module_utils.several import Entry
from ansible_collections.changegate.snow.plugins.module_utils.task import Task


class _Work(Protocol):
    entries: list[Entry]


def attach(task: Task) -> None:
    """``present``: the files are attached."""
    contents = options.contents_from(task)
    wanted = options.wanted_record(task)
    files = AttachedFiles(task.client, wanted.kind, wanted, task.trail)
    try:
        files.present(contents)
    finally:
        _return(task, files)


def remove(task: Task) -> None:
    """``absent``: what the task means is deleted."""
    removal = Removal(options.selection_of(task), task.trail)
    try:
        removal.run()
    finally:
        _return(task, removal)


def fetch(task: Task) -> None:
    """``fetched``: what the task means is on this side."""
    params = task.params
    mode = mode_of(params["mode"]) if params["mode"] is not None else None
    work = Fetch(task.client, options.selection_of(task), params["dest"], mode, task.trail)
    try:
        work.run(params["if_no_match"])
    finally:
        _return(task, work)


def rename(task: Task) -> None:
    """``renamed``: the one that the task means has its new name."""
    work = Rename(task.client, options.selection_of(task), task.params["new_name"], task.trail)
    try:
        work.run()
    finally:
        _return(task, work)


STATES = {"present": attach, "absent": remove, "fetched": fetch, "renamed": rename}


def _return(task: Task, work: _Work) -> None:
    """The entries, also of a task that fails; and the attachment of a task that is about one."""
    entries: Sequence[Entry] = work.entries
    task.trail.extra["results"] = list(entries)
    about_one = task.params["files"] is None and task.params["pattern"] is None
    if about_one and len(entries) == 1 and "attachment" in entries[0]:
        task.trail.extra["attachment"] = entries[0]["attachment"]
