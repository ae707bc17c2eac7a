# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run playbooks as users do, with the real ``ansible-playbook``, and look at what happened on both sides."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import requests

from snow_simulator import Simulator

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
#: The account that the playbooks use: it may do all that a deployment needs, and approve nothing.
USER = "ansible"

Tasks = Sequence[Mapping[str, Any]]


def password_of(user: str) -> str:
    """The demo data gives every user a password of this form."""
    return f"{user}-password"


class Outcome(NamedTuple):
    """One task of a play on one host (or one item of its loop): status, and the result that it returned."""

    status: str
    name: str
    action: str
    host: str
    result: dict[str, Any]

    @property
    def changed(self) -> bool:
        return bool(self.result.get("changed"))

    @property
    def failed(self) -> bool:
        # Where errors are ignored, recent versions of ansible-core leave the word out of the result.
        return self.status == "failed" or bool(self.result.get("failed"))


@dataclass(frozen=True)
class Played:
    """A finished play."""

    code: int
    output: str
    outcomes: list[Outcome]

    @property
    def last(self) -> Outcome:
        """The last task; items of a loop are not counted apart from it."""
        return [outcome for outcome in self.outcomes if outcome.status != "item"][-1]

    def of(self, module: str) -> list[Outcome]:
        """What *module* of the collection did, task by task."""
        action = f"changegate.snow.{module}"
        return [outcome for outcome in self.outcomes if outcome.action == action and outcome.status != "item"]

    @property
    def ours(self) -> list[Outcome]:
        """What all modules of the collection did."""
        return [outcome for outcome in self.outcomes if outcome.action.startswith("changegate.snow.")]


class Request(NamedTuple):
    """A request as the simulator saw it."""

    method: str
    path: str
    query: str
    status: int
    connection: int
    write: bool
    user: str | None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class Instance:
    """The simulator under test: its control API, and plays against it."""

    simulator: Simulator
    folder: Path
    counter: int = field(default=0)

    @property
    def url(self) -> str:
        return str(self.simulator.url)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """A request to the control API; its JSON answer."""
        response = requests.request(method, f"{self.url}/_sim/{path}", json=body, timeout=10)
        assert response.ok, f"{method} /_sim/{path}: {response.status_code} {response.text}"
        return response.json() if response.content else None

    def requests(self) -> list[Request]:
        """Every request since the log was cleared."""
        entries = self.control("GET", "log")["requests"]
        return [Request(*(entry[name] for name in Request._fields)) for entry in entries]

    def await_requests(self, count: int) -> None:
        """Wait until *count* requests are in the log: one that nobody waited for is there only when it was served."""
        deadline = time.monotonic() + 20
        while len(self.requests()) < count:
            assert time.monotonic() < deadline, self.requests()
            time.sleep(0.05)

    def writes(self) -> list[Request]:
        return [request for request in self.requests() if request.write]

    def clear_log(self) -> None:
        self.control("DELETE", "log")

    def read_only(self, enabled: bool = True) -> None:
        """Have the instance refuse every write."""
        self.control("PUT", "read_only", {"enabled": enabled})

    def fault(self, action: Mapping[str, Any], **match: Any) -> None:
        """Inject a fault; *match* as in the simulator's README: method, path, count ..."""
        self.control("POST", "faults", {**match, "action": dict(action)})

    def seed(self, table: str, *records: Mapping[str, Any]) -> list[str]:
        """Put records into *table* past all rules of the instance; their sys_ids."""
        return list(self.control("POST", "seed", {"table": table, "records": list(records)})["sys_ids"])

    def rows(self, table: str, **conditions: str) -> list[dict[str, Any]]:
        """The raw rows of *table* whose columns have these values, from the simulator's own side."""
        dumped = self.control("GET", f"dump?table={table}")
        rows: Iterable[dict[str, Any]] = dumped.get("records", dumped) if isinstance(dumped, dict) else dumped
        return [row for row in rows if all(row.get(name) == value for name, value in conditions.items())]

    def play(
        self,
        *tasks: Mapping[str, Any],
        check: bool = False,
        in_process: bool = True,
        instance: Mapping[str, Any] | None = None,
        environ: Mapping[str, str] | None = None,
        play: Mapping[str, Any] | None = None,
        arguments: Sequence[str] = (),
        folder: Path | None = None,
    ) -> Played:
        """Run *tasks* on localhost.

        :param in_process: inside the controller, or as ordinary modules.
        :param instance: connection options for every task; without them the environment tells.
        :param play: more keywords of the play.
        :param arguments: more arguments of ansible-playbook.
        :param folder: where it runs.
        """
        document: dict[str, Any] = {
            "hosts": "localhost",
            "gather_facts": False,
            **(play or {}),
            "tasks": list(tasks),
        }
        document["vars"] = {"changegate_snow_in_process": in_process, **document.get("vars", {})}
        if instance is not None:
            document["module_defaults"] = {"group/changegate.snow.snow": {"instance": dict(instance)}}
        self.counter += 1
        path = self.folder / f"play{self.counter}.json"
        path.write_text(json.dumps([document]), encoding="utf-8")
        return self.playbook(path, *(["--check"] if check else []), *arguments, environ=environ, folder=folder)

    def run(self, *tasks: Mapping[str, Any], **keywords: Any) -> list[Outcome]:
        """What *tasks* of the collection did: any of them may fail, none with a traceback; *keywords* of play()."""
        played = self.play(*({"ignore_errors": True, **task} for task in tasks), **keywords)
        assert "Traceback" not in played.output, played.output
        assert len(played.ours) == len(tasks), played.output
        return played.ours

    def playbook(
        self, path: Path, *arguments: str, environ: Mapping[str, str] | None = None, folder: Path | None = None
    ) -> Played:
        """Run a playbook, in *folder*; SN_HOST, SN_USERNAME and SN_PASSWORD say how to reach the simulator."""
        results = path.with_suffix(".results") if path.parent == self.folder else self.folder / "results"
        results.unlink(missing_ok=True)
        login = {"SN_HOST": self.url, "SN_USERNAME": USER, "SN_PASSWORD": password_of(USER), "SN_RETRY_DEADLINE": "2"}
        ours = {
            "PLAY_RESULTS": str(results),
            "ANSIBLE_CALLBACK_PLUGINS": str(REPOSITORY / "demo" / "callbacks"),
            "ANSIBLE_CALLBACKS_ENABLED": "results",
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        }
        # As a module, so that it is the ansible-core of the Python that runs this test.
        done = subprocess.run(
            [sys.executable, "-m", "ansible.cli.playbook", str(path), *arguments],
            env={**os.environ, **login, **ours, **(environ or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=folder,
            text=True,
            timeout=300,
            check=False,
        )
        lines = results.read_text(encoding="utf-8").splitlines() if results.exists() else []
        return Played(done.returncode, done.stdout, [Outcome(**json.loads(line)) for line in lines])


def snow(module: str, **options: Any) -> dict[str, Any]:
    """A task that calls *module* of the collection."""
    return {f"changegate.snow.{module}": options}


def login(user: str) -> dict[str, str]:
    """The environment in which *user* of the demo data calls."""
    return {"SN_USERNAME": user, "SN_PASSWORD": password_of(user)}


def tolerated(*tasks: Mapping[str, Any], **keywords: Any) -> list[dict[str, Any]]:
    """*tasks*, each of which may fail without ending the play; with more *keywords* of a task."""
    return [{**task, "ignore_errors": True, **keywords} for task in tasks]


def unfailing(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """The results of *outcomes*, none of which failed."""
    found = list(outcomes)
    refused = [outcome.result.get("msg", "") for outcome in found if outcome.failed]
    assert not refused, refused
    return [outcome.result for outcome in found]


def refusal(outcome: Outcome, kind: str) -> str:
    """The one sentence with which a task failed, for a reason of this *kind*."""
    result = outcome.result
    assert outcome.failed, f"did not fail: {result}"
    message = str(result["msg"])
    assert result["error"]["type"] == kind, message
    assert result["error"].keys() == {"type", "status", "detail", "request", "transaction_id"}
    assert message.endswith(".")
    assert "\n" not in message
    return message
