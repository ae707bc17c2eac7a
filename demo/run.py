# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo: a gated deployment, four times, against the simulator or a real instance.

1. in check mode: says what it would do, and writes nothing
2. for real: opens the change, waits for somebody else's approval, deploys, closes
3. again: nothing changes
4. a release whose deployment fails: its change is closed as unsuccessful

With SNOW_HOST (and SN_USERNAME, SN_PASSWORD) it runs against that instance, where people approve; without, it starts
a simulator on a free loopback port, in which another user approves after a moment, and stops it at the end.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from demo.approver import Approver, Instance, simulated

REPOSITORY = Path(__file__).resolve().parents[1]
PLAYBOOK = REPOSITORY / "playbooks" / "gated_deployment.yml"

#: The callback that hands the results of the tasks over.
CALLBACK = {
    "ANSIBLE_CALLBACK_PLUGINS": str(REPOSITORY / "demo" / "callbacks"),
    "ANSIBLE_CALLBACKS_ENABLED": "results",
}

#: How often the playbook looks for the approval of people: with its 2 seconds between, an hour.
PATIENCE = 1800

Outcomes = list[dict[str, Any]]


class DemoError(Exception):
    """Something did not go as the demo promises; the text says what."""


def main() -> int:
    start = time.monotonic()
    try:
        with instance() as target, tempfile.TemporaryDirectory(prefix="changegate-demo-") as folder:
            demonstrate(target, Path(folder))
    except (DemoError, KeyboardInterrupt) as error:
        print(f"\nThe demo failed: {error or 'interrupted'}", file=sys.stderr)
        return 1
    print(f"\nThe demo took {time.monotonic() - start:.0f} seconds.")
    return 0


@contextmanager
def instance() -> Iterator[Instance]:
    """The instance that the environment names, or a simulator of our own."""
    # Not SN_HOST: a demo must not write to an instance that somebody's shell happens to name.
    host = os.environ.get("SNOW_HOST")
    if host:
        yield Instance(host, os.environ.get("SN_USERNAME", ""), os.environ.get("SN_PASSWORD", ""), simulated=False)
        return
    with simulated() as target:
        yield target


def demonstrate(target: Instance, folder: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    # Fixed for all runs of the demo, so that a second run asks for the same window; and a release of its own each
    # time, because a real instance keeps the changes of the last demo.
    settings = {
        "release": f"{now:%Y.%m.%d-%H%M%S}",
        "deploy_to": str(folder / "release"),
        "planned_start": f"{now + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
        "planned_end": f"{now + timedelta(hours=3):%Y-%m-%dT%H:%M:%SZ}",
    }
    if not target.simulated:
        settings["approval_retries"] = str(PATIENCE)
    demo = Demo(target, folder)

    demo.title("1. Check mode: what would be done, and nothing is written")
    demo.check(settings)
    demo.title("2. The deployment: opened, approved by somebody else, implemented, closed")
    demo.deploy(settings)
    demo.title("3. The same again: nothing changes")
    demo.again(settings)
    demo.title("4. A deployment that fails: its change is closed as unsuccessful")
    demo.fail({**settings, "release": f"{settings['release']}-broken", "fail": "true"})


class Demo:
    """The four runs, and what each of them promises."""

    def __init__(self, target: Instance, folder: Path) -> None:
        self._target = target
        self._folder = folder
        self._runs = 0

    @staticmethod
    def title(text: str) -> None:
        print(f"\n=== {text} ===\n", flush=True)

    def check(self, settings: dict[str, str]) -> None:
        code, outcomes = self._play(settings, "--check", quiet=True)
        self._expect(code == 0, "the check run failed")
        self._list(outcomes)
        if self._target.simulated:
            writes = self._target.writes()
            print(f"\n{len(writes)} writes in the request log of the simulator")
            self._expect(not writes, f"check mode wrote: {writes}")

    def deploy(self, settings: dict[str, str]) -> None:
        with Approver(self._target):
            code, outcomes = self._play(settings)
        self._expect(code == 0, "the deployment failed")
        self._summarize(outcomes)

    def again(self, settings: dict[str, str]) -> None:
        code, outcomes = self._play(settings, quiet=True)
        self._expect(code == 0, "the second run failed")
        self._list(outcomes)
        changed = [outcome["name"] for outcome in _ours(outcomes) if outcome["result"].get("changed")]
        print(f"\n{len(changed)} of {len(_ours(outcomes))} snow_* tasks changed something")
        self._expect(not changed, f"a second run changed something: {', '.join(changed)}")

    def fail(self, settings: dict[str, str]) -> None:
        with Approver(self._target):
            code, outcomes = self._play(settings, quiet=True)
        self._list(outcomes)
        self._expect(code != 0, "the broken deployment succeeded")
        self._summarize(outcomes)
        closed = [outcome for outcome in _ours(outcomes) if outcome["name"] == "Close the change as unsuccessful"]
        record = closed[0]["result"].get("record", {}) if closed else {}
        self._expect(record.get("close_code") == "unsuccessful", "the change was not closed as unsuccessful")

    def _play(self, settings: dict[str, str], *arguments: str, quiet: bool = False) -> tuple[int, Outcomes]:
        """Run the playbook with the real ansible-playbook; its exit code, and the result of each task."""
        self._runs += 1
        results = self._folder / f"results-{self._runs}"
        results.touch()
        command = [sys.executable, "-m", "ansible.cli.playbook", str(PLAYBOOK), "-e", json.dumps(settings), *arguments]
        environment = {**self._target.environment(), **CALLBACK, "PLAY_RESULTS": str(results)}
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            output = _watched(process.stdout or (), show=not quiet)
        code = process.returncode
        outcomes = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
        if quiet and not _ours(outcomes):
            print(output)
        return code, outcomes

    @staticmethod
    def _list(outcomes: Outcomes) -> None:
        for outcome in outcomes:
            result, status = outcome["result"], outcome["status"]
            if status == "item" or outcome["action"].endswith(("debug", "set_fact", "include_tasks")):
                continue
            word = "changed" if status == "ok" and result.get("changed") else status
            reason = f": {result.get('msg', '')}" if status == "failed" else ""
            print(f"  {word:8} {outcome['action'].rsplit('.', 1)[-1]:18} {outcome['name']}{reason}")

    @staticmethod
    def _summarize(outcomes: Outcomes) -> None:
        for outcome in outcomes:
            if outcome["name"] == "Summarize" and outcome["status"] == "ok":
                print("", *outcome["result"]["msg"], sep="\n")

    @staticmethod
    def _expect(kept: bool, otherwise: str) -> None:
        if not kept:
            raise DemoError(otherwise)


def _watched(lines: Iterable[str], show: bool) -> str:
    """All of *lines*; if they are shown, as they come, then without the summary, which is printed for people later."""
    seen, hidden = [], False
    for line in lines:
        seen.append(line)
        hidden = line.startswith("TASK [Summarize]") or (hidden and not line.startswith("PLAY RECAP"))
        if show and not hidden:
            print(line, end="", flush=True)
    return "".join(seen)


def _ours(outcomes: Outcomes) -> Outcomes:
    """The tasks that call modules of the collection."""
    return [
        outcome
        for outcome in outcomes
        if outcome["action"].startswith("changegate.snow.") and outcome["status"] in ("ok", "failed")
    ]


if __name__ == "__main__":
    sys.exit(main())
