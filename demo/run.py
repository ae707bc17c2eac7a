# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo: three releases, each under its change, with the playbook gated_deployment.yml and the role gated_change.

1. the shop, in check mode: nothing is written
2. the shop: opened, approved, deployed to exactly the hosts that its change names, closed with the evidence
3. the shop again: nothing changes
4. the shop on a host more: the gate stays closed
5. billing: rejected, and never deployed
6. search: fails on one host, and is closed as unsuccessful

It starts a simulator on a free loopback port, in which other users decide after a moment, and stops it at the end. With
--interactive it is you who decides on the shop, in the simulator's page. With SNOW_HOST (and SN_USERNAME, SN_PASSWORD,
and in SNOW_ITEMS the names of two servers) it runs against that instance, where people decide.
"""

from __future__ import annotations

import argparse
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

from demo.approvers import APPROVED, CAB, Approvers
from demo.instance import Instance, password_of, simulated
from demo.report import report

REPOSITORY = Path(__file__).resolve().parents[1]
PLAYBOOK = REPOSITORY / "playbooks" / "gated_deployment.yml"

#: What hands the results of the tasks over, and what has a run wait for its guard: that would outlive the simulator.
CALLBACK = {
    "ANSIBLE_CALLBACK_PLUGINS": str(REPOSITORY / "demo" / "callbacks"),
    "ANSIBLE_CALLBACKS_ENABLED": "results,changegate.snow.change_guard",
}
ITEMS = "web-01,web-02"
STRANGER = "web-03"
#: Actions that say nothing of the instance.
_QUIET = ("debug", "set_fact", "include_tasks", "assert", "validate_argument_spec")
NO = "Not before the books are closed."

Outcomes = list[dict[str, Any]]


class DemoError(Exception):
    """Something did not go as the demo promises; the text says what."""


def main() -> int:
    start = time.monotonic()
    parser = argparse.ArgumentParser(prog="demo")
    parser.add_argument("--interactive", action="store_true", help="decide yourself, in the simulator's page")
    interactive = parser.parse_args().interactive
    try:
        with instance() as target, tempfile.TemporaryDirectory(prefix="changegate-demo-") as folder:
            Demo(target, Path(folder), interactive and target.simulated).tell()
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


class Demo:
    """The runs, and what each of them promises."""

    def __init__(self, target: Instance, folder: Path, interactive: bool) -> None:
        self._target = target
        self._folder = folder
        self._interactive = interactive
        self._items = os.environ.get("SNOW_ITEMS", ITEMS).split(",") if not target.simulated else ITEMS.split(",")
        self._runs = 0
        now = datetime.now(UTC).replace(microsecond=0)
        # Fixed for all runs of the demo, so that a second run asks for the same window; and a release of its own each
        # time, because a real instance keeps the changes of the last demo.
        self._settings = {
            "release": f"{now:%Y.%m.%d-%H%M%S}",
            "deploy_to": str(folder / "deployed"),
            "planned_start": f"{now - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}",
            "planned_end": f"{now + timedelta(hours=3):%Y-%m-%dT%H:%M:%SZ}",
            # People take longer than this: where they decide, a look costs more than it tells.
            "interval": "2" if target.simulated else "30",
            "patience": "5m" if target.simulated and not interactive else "2h",
        }

    def tell(self) -> None:
        """The whole story."""
        with Approvers(self._target, self._opinion):
            self._title("1. The shop, in check mode: what would be done, and nothing is written")
            self._check()
            self._title("2. The shop: opened, approved by others, deployed on the items of its change, closed")
            if not self._deploy():
                return
            self._title("3. The shop again: nothing changes")
            self._again()
            self._title("4. Its next release on a host that its change does not name: the gate stays closed")
            self._stranger()
            self._title("5. Billing: somebody rejects the change, and nothing is deployed")
            self._rejected()
            self._title("6. Search: the deployment fails on one host, and the change says so")
            self._failed()

    def _opinion(self, user: str, about: str) -> str | None:
        """What the simulator's people say; one of them is you, if you want."""
        if "billing" in about:
            return NO
        return None if self._interactive and user == CAB and "shop" in about else APPROVED

    @staticmethod
    def _title(text: str) -> None:
        print(f"\n=== {text} ===\n", flush=True)

    def _check(self) -> None:
        code, outcomes = self._play("shop", "--check", quiet=True)
        self._expect(code == 0, "the check run failed")
        self._list(outcomes)
        if self._target.simulated:
            writes = [entry for entry in self._target.writes() if "/approvals" not in entry]
            print(f"\n{len(writes)} writes in the request log of the simulator")
            self._expect(not writes, f"check mode wrote: {writes}")

    def _deploy(self) -> bool:
        """Whether the release was approved; who decides in the page may want to see what happens otherwise."""
        if self._interactive:
            print(f"Open {self._target.host} in a browser, log in as {CAB} with the password {password_of(CAB)},")
            print("and approve the change of the shop when it is there. Or reject it, and see.\n", flush=True)
        code, outcomes = self._play("shop")
        change = self._report("shop")
        if self._interactive and change["approval"] == "Rejected":
            self._expect(not self._deployed("shop"), "a rejected release was deployed")
            print(f"\nThe gate said: {self._verdict(outcomes)}")
            print("You have rejected the change, and nothing was deployed. Run it again, and approve, to see the rest.")
            return False
        self._expect(code == 0, "the deployment failed")
        self._expect(self._deployed("shop") == self._items, "it was not deployed on exactly the items of the change")
        print(f"\nThe gate said: {self._verdict(outcomes)}")
        return True

    def _again(self) -> None:
        code, outcomes = self._play("shop", quiet=True)
        self._expect(code == 0, "the second run failed")
        self._list(outcomes)
        changed = [outcome["name"] for outcome in _ours(outcomes) if outcome["result"].get("changed")]
        print(f"\n{len(changed)} of {len(_ours(outcomes))} snow_* tasks changed something")
        self._expect(not changed, f"a second run changed something: {', '.join(changed)}")

    def _stranger(self) -> None:
        items = json.dumps({"items": self._items})
        code, outcomes = self._play("shop-next", "-e", items, quiet=True, hosts=[*self._items, STRANGER], patience="0")
        self._expect(code != 0, "it was deployed on a host that its change does not name")
        print(self._verdict(outcomes))
        self._expect(f"{STRANGER} is not among the affected items" in self._verdict(outcomes), "nobody missed it")
        self._expect(not self._deployed("shop-next"), "something was deployed")

    def _rejected(self) -> None:
        code, outcomes = self._play("billing", quiet=True)
        self._expect(code != 0, "a rejected release was deployed")
        print(f"The gate said: {self._verdict(outcomes)}\n")
        self._report("billing")
        self._expect(not self._deployed("billing"), "a rejected release was deployed")

    def _failed(self) -> None:
        code, outcomes = self._play("search", "-e", f"fail_on={self._items[-1]}", quiet=True)
        self._expect(code != 0, "the broken deployment succeeded")
        for outcome in outcomes:
            if outcome["status"] == "failed" and outcome["action"].endswith("assert"):
                print(f"{outcome['host']} failed: {_name(outcome)}: {outcome['result'].get('msg', '')}\n")
        change = self._report("search")
        self._expect(change["close_code"] == "Unsuccessful", "the change was not closed as unsuccessful")

    def _play(
        self,
        app: str,
        *arguments: str,
        quiet: bool = False,
        hosts: list[str] | None = None,
        **settings: str,
    ) -> tuple[int, Outcomes]:
        """Run the playbook with the real ansible-playbook; its exit code, and the result of each task."""
        self._runs += 1
        results = self._folder / f"results-{self._runs}"
        results.touch()
        variables = json.dumps({**self._settings, **settings, "app": app})
        inventory = ",".join([*(hosts or self._items), ""])
        command = [sys.executable, "-m", "ansible.cli.playbook", "-i", inventory, str(PLAYBOOK), "-e", variables]
        environment = {**self._target.environment(), **CALLBACK, "PLAY_RESULTS": str(results)}
        with subprocess.Popen(
            [*command, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            output = _watched(process.stdout or (), show=not quiet)
        code = process.returncode
        outcomes = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
        if quiet and not _ours(outcomes):
            print(output)
        return code, outcomes

    def _deployed(self, app: str) -> list[str]:
        """The hosts on which this release of an app was installed."""
        pages = self._folder.glob("deployed/*/index.html")
        return sorted(page.parent.name for page in pages if f"<title>{app}</title>" in page.read_text(encoding="utf-8"))

    def _report(self, app: str) -> dict[str, str]:
        change, lines = report(self._target, f"{app}-{self._settings['release']}-production")
        print("", *lines, sep="\n", flush=True)
        return change

    @staticmethod
    def _verdict(outcomes: Outcomes) -> str:
        """The last word of the gate."""
        said = [outcome["result"].get("summary", "") for outcome in outcomes if _is(outcome, "snow_change_gate")]
        return str(said[-1]) if said else "nothing"

    @staticmethod
    def _list(outcomes: Outcomes) -> None:
        for outcome in outcomes:
            result, status = outcome["result"], outcome["status"]
            if status in ("item", "skipped") or outcome["action"].endswith(_QUIET):
                continue
            word = "changed" if status == "ok" and result.get("changed") else status
            reason = f": {result.get('msg', '')}" if status == "failed" else ""
            print(f"  {word:8} {outcome['action'].rsplit('.', 1)[-1]:18} {_name(outcome)}{reason}")

    @staticmethod
    def _expect(kept: bool, otherwise: str) -> None:
        if not kept:
            raise DemoError(otherwise)


def _watched(lines: Iterable[str], show: bool) -> str:
    """All of *lines*; if they are shown, as they come."""
    seen = []
    for line in lines:
        seen.append(line)
        if show:
            print(line, end="", flush=True)
    return "".join(seen)


def _name(outcome: dict[str, Any]) -> str:
    """The task's name without that of its role."""
    return str(outcome["name"]).rsplit(" : ", 1)[-1]


def _is(outcome: dict[str, Any], module: str) -> bool:
    return outcome["action"] == f"changegate.snow.{module}" and outcome["status"] in ("ok", "failed")


def _ours(outcomes: Outcomes) -> Outcomes:
    """The tasks that call modules of the collection."""
    ours = [outcome for outcome in outcomes if outcome["action"].startswith("changegate.snow.")]
    return [outcome for outcome in ours if outcome["status"] in ("ok", "failed")]


if __name__ == "__main__":
    sys.exit(main())
