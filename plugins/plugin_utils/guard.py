# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process beside a run that closes the run's change if the run ends without doing so.

Nothing inside ansible-playbook could: it ends at once on SIGTERM, and ansible-runner cancels with SIGKILL to the
whole process group. So this one has a session, hence a process group, of its own, holds no file or terminal of the
run, and just looks whether the run is still there. Its job comes over standard input, a JSON object, so that no
secret is in a file or in the list of processes. Whether there is anything to do is what the change says in the end:
no word from the run is needed, and none can be missing.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from types import ModuleType
from typing import Any

from ansible_collections.changegate.snow.plugins.plugin_utils import journal

CLOSE_NOTES = "The run that deployed ended before it had closed this change. It was canceled or killed, or it stopped."
TASK_NOTES = "Not done, because the run ended before."

#: Seconds between two looks whether the run is there.
_LOOK = 0.25
#: Seconds for which closing is tried, and between two tries.
_DEADLINE, _PAUSE = 600.0, 5.0
#: Stored states of a change under which nothing was deployed yet (New, Assess, Authorize, Scheduled) or that is over.
_NOT_BEGUN = {"-5", "-4", "-3", "-2"}
_OVER = {"3", "4"}
#: What a change never gets over by trying again.
_FINAL = {"invalid_usage", "invalid_identity", "authentication", "forbidden", "no_results", "not_found"}
#: The attachment with the tasks of the run.
_LOG = "run.log"
_ROOT = Path(__file__).parents[5]

Job = Mapping[str, Any]
Result = dict[str, Any]


def run_of_this_task() -> int:
    """The process ID of ansible-playbook, of which the process of a task is a child."""
    parent = multiprocessing.parent_process()
    return parent.pid if parent is not None and parent.pid else os.getpid()


def job_of(params: Mapping[str, Any], args: Mapping[str, Any], run: int) -> Job:
    """All that the process has to know: *params* are checked, *args* as the task has them."""
    files = [{name: value for name, value in file.items() if value is not None} for file in params["attachments"]]
    for file in files:
        if "src" in file:
            file["src"] = os.path.abspath(file["src"])
    return {
        "run": run,
        "began": began(run),
        "journal": journal.path_of(run),
        "change": {name: params[name] for name in ("sys_id", "number") if params[name] is not None},
        "instance": args.get("instance"),
        "attachments": files,
        **{name: params[name] for name in ("close_code", "close_notes", "task_notes")},
    }


def start(job: Job, environ: Mapping[str, str]) -> int:
    """Start the process, in a session of its own; its ID."""
    journal.make(job["journal"])
    path = os.pathsep.join([str(_ROOT), *filter(None, [environ.get("PYTHONPATH")])])
    process = subprocess.Popen(
        [sys.executable, "-m", "ansible_collections.changegate.snow.plugins.plugin_utils.guard"],
        env={**environ, "PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        close_fds=True,
    )
    if process.stdin is not None:
        with process.stdin as stream:
            stream.write(json.dumps(job).encode())
    # It outlives this process, and is nobody's business here.
    process.returncode = 0
    return process.pid


def began(process: int) -> str | None:
    """What tells a process from a later one with the same ID: its start time; None if it has ended, "" if unknown."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None if os.path.exists("/proc/self/stat") else _signalled(process)
    except OSError:
        return None
    # The name, in parentheses, may hold anything; after it come the state (field 3) and so on to the start (22).
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]


def _signalled(process: int) -> str | None:
    """Where there is no /proc: whether the process can be signalled."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return None
    except OSError:
        pass
    return ""


def watch(job: Job, sleep: Callable[[float], None] = time.sleep) -> None:
    """Wait for the end of the run, then close the change, as long as that may work."""
    _import()
    while not journal.ended(job["journal"]) and job["began"] is not None and began(job["run"]) == job["began"]:
        sleep(_LOOK)
    ended = datetime.now(timezone.utc)
    job = {**job, "entries": journal.read(job["journal"])}
    deadline = time.monotonic() + _DEADLINE
    while not _settled(close(job, ended)) and time.monotonic() < deadline:
        sleep(_PAUSE)
    journal.remove(job["journal"])


def _import() -> None:
    """Load what closing needs, while there is time: the container of a canceled run may be about to end."""
    from ansible_collections.changegate.snow.plugins.modules import (  # noqa: F401
        snow_change,
        snow_change_info,
        snow_change_task,
    )
    from ansible_collections.changegate.snow.plugins.plugin_utils import host  # noqa: F401


def _settled(result: Result) -> bool:
    return not result.get("failed") or result["error"]["type"] in _FINAL


def close(job: Job, ended: datetime) -> Result:
    """Close the change, if it is being implemented; the result of the last call of a module that was needed."""
    from ansible_collections.changegate.snow.plugins.modules import snow_change, snow_change_info, snow_change_task

    login = {"instance": job["instance"]} if job["instance"] else {}
    wanted = {**login, **job["change"], "exactly_one": True}
    found = _call(snow_change_info, wanted)
    if found.get("failed") or found["record"].get("state") in _NOT_BEGUN | _OVER:
        return found
    found = _call(snow_change_info, {**wanted, "include": ["tasks"]})
    if found.get("failed"):
        return found
    record = found["record"]
    tasks = _tasks(found["changes"][0]["tasks"], job)
    if tasks:
        # What one of them refuses must not keep the change from being closed; the change says so if it does.
        _call(snow_change_task, {**login, "change": record["sys_id"], "tasks": tasks})
    if record.get("on_hold") == "true":
        # No change is closed on hold, and what it was to wait for has no more work to keep from being done.
        reason = record.get("on_hold_reason") or "no reason was given"
        notes = f"Taken off hold to be closed, because the work on it is over. It was on hold: {reason}"
        _call(snow_change, {**login, "sys_id": record["sys_id"], "on_hold": False, "work_notes": notes})
    result = _call(snow_change, {**login, **_closing(record, job, ended)})
    if result.get("failed") and result["error"]["type"] in ("local_file", "response", "forbidden", "unapplied"):
        # A change that is closed without its files is better than one that stays open.
        bare = _closing(record, job, ended, bare=True)
        result = _call(snow_change, {**login, **bare})
    return result


def _tasks(tasks: list[dict[str, Any]], job: Job) -> list[dict[str, Any]]:
    """What the open ones of *tasks* are to be, in their order."""
    closing = {"state": "closed", "close_code": job["close_code"], "close_notes": job["task_notes"]}
    records = [task["record"] for task in tasks]
    return [
        {"sys_id": record["sys_id"], "order": record.get("order") or None, **closing}
        for record in records
        if record.get("active") != "false"
    ]


def _closing(record: Mapping[str, Any], job: Job, ended: datetime, bare: bool = False) -> dict[str, Any]:
    """The options that close the change, *bare* without files. An end before its start is none: clocks differ."""
    moment = max(ended.strftime("%Y-%m-%d %H:%M:%S"), record.get("work_start") or "")
    notes = f"{job['close_notes']} The run ended at {ended:%Y-%m-%d %H:%M:%S} UTC.\n{journal.notes(job['entries'])}"
    files = [file for file in job["attachments"] if "src" not in file or os.path.isfile(file["src"])]
    if job["entries"]:
        files.append({"name": _LOG, "content": journal.log(job["entries"])})
    return {
        "sys_id": record["sys_id"],
        "state": "closed",
        "work_end": moment,
        "close_code": job["close_code"],
        "close_notes": notes.strip(),
        **({"attachments": files} if files and not bare else {}),
    }


def _call(module: ModuleType, args: dict[str, Any]) -> Result:
    """What *module* returns for *args*, without Ansible around it."""
    from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

    from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
    from ansible_collections.changegate.snow.plugins.module_utils.task import Task, execute

    spec = module.SPEC
    found = ArgumentSpecValidator(spec.argument_spec(), **spec.constraints()).validate(args)
    if found.error_messages:
        message = found.error_messages[0]
        return {"failed": True, "msg": message, "error": InvalidUsage(message).as_error()}
    return execute(module.run, Task(found.validated_parameters, args, check_mode=False, written=args))


if __name__ == "__main__":
    watch(json.load(sys.stdin))
