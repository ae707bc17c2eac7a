# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a guarded run is at: a file between the callback change_guard, which writes it, and the guard, which reads it.

One JSON object a line: ``at`` (UTC), ``task``, and for a failure ``host`` and ``text``. The guard makes the file, so
that there is none, and nothing is written, where no change is guarded. It is the user's own, in a folder that is.
"""

from __future__ import annotations

import glob
import json
import os
import secrets
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timezone

from ansible_collections.changegate.snow.plugins.module_utils.token_store import default_folder

Entry = Mapping[str, str]

_NO_LINKS = getattr(os, "O_NOFOLLOW", 0)
#: What its name ends with when the run has said that it ends.
_ENDED = ".ended"
#: The file is no longer written when it is as long as this.
_LARGEST = 1_000_000
#: How many failures, and how much of a message, stand in the notes.
_MOST, _LONGEST = 20, 400


def path_of(run: int) -> str:
    """Where a new guard of the run with this process ID has its journal; each has its own."""
    return os.path.join(_folder(), f"{run}.{secrets.token_hex(4)}.jsonl")


def paths_of(run: int) -> list[str]:
    """The journals of all guards of the run."""
    return glob.glob(os.path.join(glob.escape(_folder()), f"{run}.*.jsonl"))


def _folder() -> str:
    return os.path.join(default_folder(os.environ), "runs")


def make(path: str) -> None:
    """Have an empty journal there; without one, where that is impossible, the notes just say less."""
    with suppress(OSError):
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | _NO_LINKS, 0o600))


def add(path: str, task: str, host: str = "", text: str = "") -> None:
    """Add a line, if the run is guarded."""
    entry = {"at": f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M:%S}", "task": task, "host": host, "text": text}
    with suppress(OSError):
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | _NO_LINKS)
        with os.fdopen(descriptor, "a", encoding="utf-8") as stream:
            if os.fstat(descriptor).st_size < _LARGEST:
                stream.write(json.dumps(entry) + "\n")


def end(paths: Iterable[str], patience: float) -> bool:
    """Say that the run ends, and wait until its guards have done what there is to do; False if that took too long."""
    waiting = []
    for path in paths:
        with suppress(OSError):
            os.replace(path, path + _ENDED)
            waiting.append(path)
    deadline = time.monotonic() + patience
    while any(ended(path) for path in waiting):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def ended(path: str) -> bool:
    """Whether the run has said that it ends."""
    return os.path.exists(path + _ENDED)


def remove(path: str) -> None:
    for name in (path, path + _ENDED):
        with suppress(OSError):
            os.unlink(name)


def read(path: str) -> list[dict[str, str]]:
    """The entries; one that was being written when the run ended is left out."""
    found = []
    with suppress(OSError), open(path + _ENDED if ended(path) else path, encoding="utf-8") as stream:
        for line in stream:
            with suppress(ValueError):
                found.append(json.loads(line))
    return found


def notes(entries: Iterable[Entry]) -> str:
    """What of it a person has to know: the last task, and what failed."""
    entries = list(entries)
    if not entries:
        return ""
    failed = [f"{entry['host']}: {entry['task']}: {entry['text'][:_LONGEST]}" for entry in entries if entry["host"]]
    more = [f"And {len(failed) - _MOST} more."] if len(failed) > _MOST else []
    return "\n".join([f"Its last task was: {entries[-1]['task']}", *failed[:_MOST], *more])


def log(entries: Iterable[Entry]) -> str:
    """All of it, a line each."""
    lines = []
    for entry in entries:
        failed = f"  {entry['host']} failed: {entry['text']}" if entry["host"] else f"TASK {entry['task']}"
        lines.append(f"{entry['at']} UTC  {failed}\n")
    return "".join(lines)
