# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks of one play, with a look at the instance between them: what it holds, and what it was asked.

The play stops before each task (callbacks/watcher.py) and goes on when the test has looked. So many cases share the
start of one ``ansible-playbook``, each on an instance of its own, and what a task has changed is known from the
instance's side and not from its result.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from tests.integration.helpers import REPOSITORY, Instance, Outcome, Request

from snow_simulator import Simulator
from snow_simulator.control.dump import dump

HERE = Path(__file__).resolve().parent
#: A moment that no demo record holds, so that what happens now can be told from what was there.
NOW = "2031-01-01"

#: Tables in which the instance keeps its own jobs: to search for free time is one, and changes nothing.
ITS_OWN = {"chg_mgt_worker"}

Prepare = Callable[[Instance], object]
Snapshot = Mapping[tuple[str, str], Mapping[str, str]]


class Change(NamedTuple):
    """One column of one record that is not what it was; empty where the record or the value is not there."""

    table: str
    sys_id: str
    column: str
    before: str
    after: str


class Step(NamedTuple):
    """A task of a play.

    :param fresh: first put the instance back into its first state and do this; None goes on with what is there.
    :param between: what others do before it, on the instance as it is.
    """

    task: Mapping[str, Any]
    fresh: Sequence[Prepare] | None = None
    between: Sequence[Prepare] = ()


class Seen(NamedTuple):
    """What a step returned, and what the instance saw of it."""

    outcome: Outcome
    changes: list[Change]
    requests: list[Request]

    @property
    def result(self) -> dict[str, Any]:
        return self.outcome.result

    @property
    def writes(self) -> list[Request]:
        return [request for request in self.requests if request.write]

    @property
    def methods(self) -> str:
        return " ".join(request.method for request in self.requests)


def snapshot(instance: Instance) -> Snapshot:
    """All that the instance keeps, column by column, and the contents of attachments."""
    with instance.simulator.instance.lock:
        document = dump(instance.simulator.instance)
    rows = ((row.get("sys_class_name", root), row) for root, found in document["records"].items() for row in found)
    held: dict[tuple[str, str], Mapping[str, str]] = {
        (table, row["sys_id"]): row for table, row in rows if table not in ITS_OWN
    }
    for sys_id, content in document["contents"].items():
        held["contents", sys_id] = {"content": content}
    return held


def changes_between(before: Snapshot, after: Snapshot) -> list[Change]:
    found = []
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key, {}), after.get(key, {})
        columns = sorted(column for column in old.keys() | new.keys() if old.get(column, "") != new.get(column, ""))
        found += [Change(*key, column, old.get(column, ""), new.get(column, "")) for column in columns]
    return found


@dataclass
class Watcher:
    """Looks at the instance before the first of *steps*, between them and after the last."""

    instance: Instance
    steps: Sequence[Step]
    seen: list[tuple[list[Change], list[Request]]] = field(default_factory=list)
    error: BaseException | None = None
    _held: Snapshot = field(default_factory=dict)

    def at(self, name: str) -> None:
        """The task *name*, the number of a step, is about to begin; or the play is over."""
        try:
            if self.error is None:
                self._look(int(name) if name else None)
        except BaseException as error:
            self.error = error

    def _look(self, number: int | None) -> None:
        held = snapshot(self.instance)
        if number != 0:
            self.seen.append((changes_between(self._held, held), self.instance.requests()))
        if number is not None and self._prepare(self.steps[number]):
            held = snapshot(self.instance)
        self.instance.clear_log()
        self._held = held

    def _prepare(self, step: Step) -> bool:
        """Do what comes before *step*; whether there was anything."""
        if step.fresh is not None:
            self.instance.control("POST", "reset")
            self.instance.control("PUT", "clock", {"now": f"{NOW}T08:00:00Z"})
        for deed in (*(step.fresh or ()), *step.between):
            deed(self.instance)
        return step.fresh is not None or bool(step.between)


@dataclass
class Meanwhile:
    """Somebody who does something at the instance when a task is about to begin."""

    instance: Instance
    deeds: Mapping[str, Sequence[Prepare]]
    error: BaseException | None = None

    def at(self, name: str) -> None:
        try:
            for deed in self.deeds.get(name, ()):
                deed(self.instance)
        except BaseException as error:
            self.error = error


@contextmanager
def listening(watcher: Watcher | Meanwhile) -> Iterator[dict[str, str]]:
    """The environment of a play of which *watcher* is told; what went wrong there is raised when it is over."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            watcher.at(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    folders = (str(HERE / "callbacks"), str(REPOSITORY / "demo" / "callbacks"))
    try:
        yield {
            "WATCHER_URL": f"http://127.0.0.1:{server.server_address[1]}/",
            "ANSIBLE_CALLBACK_PLUGINS": os.pathsep.join(folders),
            "ANSIBLE_CALLBACKS_ENABLED": "results,watcher",
            "ANSIBLE_PIPELINING": "true",
            "XDG_CACHE_HOME": str(watcher.instance.folder / "cache"),
        }
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    if watcher.error is not None:
        raise watcher.error


def watch(instance: Instance, steps: Sequence[Step], *, in_process: bool = True, **keywords: Any) -> list[Seen]:
    """Run *steps* in one play against *instance*; *keywords* of play(). No step ends the play."""
    watcher = Watcher(instance, steps)
    tasks = [{"ignore_errors": True, **step.task, "name": str(number)} for number, step in enumerate(steps)]
    with listening(watcher) as environ:
        played = instance.play(*tasks, in_process=in_process, environ=environ, folder=instance.folder, **keywords)
    assert "Traceback" not in played.output, played.output
    outcomes = [outcome for outcome in played.outcomes if outcome.status != "item"]
    assert [outcome.name for outcome in outcomes] == [str(number) for number in range(len(steps))], played.output
    return [Seen(outcome, *seen) for outcome, seen in zip(outcomes, watcher.seen, strict=True)]


@contextmanager
def own_instance() -> Iterator[Instance]:
    """An instance that nobody else uses, so that several plays can run side by side."""
    simulator = Simulator()
    simulator.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            yield Instance(simulator, Path(folder))
    finally:
        simulator.stop()
