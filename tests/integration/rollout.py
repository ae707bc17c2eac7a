# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployments with the role gated_change: their playbook, inventory and variables, and what became of the change."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
import yaml
from tests.integration.helpers import REPOSITORY, Instance, Played, password_of

ROLE = "changegate.snow.gated_change"
RELEASE = "shop-2026.11.1-production"
HOSTS = ["w1", "w2", "w3", "w4"]
NOW = datetime.now(UTC).replace(microsecond=0)

#: What a deployment does; tasks that cost nothing.
DEPLOY = [
    {"name": "Install the release", "ansible.builtin.set_fact": {"installed": True}},
    {
        "name": "Ask for its health",
        "ansible.builtin.assert": {
            "that": "inventory_hostname not in sick",
            "fail_msg": "It answers 500.",
            "quiet": True,
        },
    },
]


#: Of a change whose window is open now.
OPTIONS = {
    "short_description": "Deploy shop 2026.11.1 to production",
    "assignment_group": "Network",
    "requested_by": "Abel Tuter",
    "start_date": f"{NOW - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
    "end_date": f"{NOW + timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}",
}

#: The playbooks in docs/role.md, by the name of their first play.
EXAMPLES = {
    yaml.safe_load(text)[0]["name"]: yaml.safe_load(text)
    for text in re.findall(
        r"```yaml\n(.*?)```", (REPOSITORY / "docs" / "role.md").read_text(encoding="utf-8"), re.DOTALL
    )
}


@dataclass
class Rollout:
    """A deployment to some hosts, each of them this machine."""

    instance: Instance
    folder: Path

    def inventory(self, hosts: Sequence[str], unreachable: Sequence[str] = ()) -> Path:
        # Nothing listens on port 1, and ssh that cannot connect is what unreachable means.
        here = {host: {"ansible_connection": "local"} for host in hosts}
        gone = {
            host: {"ansible_host": "127.0.0.1", "ansible_port": 1, "ansible_connection": "ssh"} for host in unreachable
        }
        path = self.folder / "inventory.json"
        path.write_text(json.dumps({"web": {"hosts": {**here, **gone}}}), encoding="utf-8")
        return path

    def write(self, name: str, content: Any) -> Path:
        path = self.folder / name
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    def run(
        self,
        *arguments: str,
        tasks: Sequence[dict[str, Any]] = DEPLOY,
        hosts: Sequence[str] = HOSTS[:2],
        unreachable: Sequence[str] = (),
        keywords: dict[str, Any] | None = None,
        environ: dict[str, str] | None = None,
        **settings: Any,
    ) -> Played:
        """One play with the role in it; *settings* are its variables, without their prefix."""
        self.write("deploy.yml", tasks)
        play = {"hosts": "web", "gather_facts": False, "roles": [ROLE], **(keywords or {})}
        return self.play([play], *arguments, inventory=self.inventory(hosts, unreachable), environ=environ, **settings)

    def play(
        self,
        plays: list[dict[str, Any]],
        *arguments: str,
        inventory: Path | None = None,
        sick: Sequence[str] = (),
        environ: dict[str, str] | None = None,
        **settings: Any,
    ) -> Played:
        inventory = inventory or self.inventory(HOSTS[:2])
        path = self.write("site.json", plays)
        extra = json.dumps({"sick": list(sick), **variables(**settings)})
        return self.instance.playbook(path, "-i", str(inventory), "-e", extra, *arguments, environ=environ)

    def example(
        self,
        name: str,
        *arguments: str,
        tasks: Sequence[dict[str, Any]] = DEPLOY,
        hosts: Sequence[str] = HOSTS[:2],
        sick: Sequence[str] = (),
        **more: Any,
    ) -> Played:
        """The playbook of docs/role.md whose first play has this name, as it stands there, with *more* variables."""
        self.write("deploy.yml", tasks)
        window = {"window_start": OPTIONS["start_date"], "window_end": OPTIONS["end_date"]}
        extra = json.dumps({"sick": list(sick), "gated_change_interval": 1, **window, **more})
        path = self.write("site.json", EXAMPLES[name])
        return self.instance.playbook(path, "-i", str(self.inventory(hosts)), "-e", extra, *arguments)

    @property
    def change(self) -> dict[str, Any]:
        """The change of the release, as the instance has it."""
        (found,) = self.instance.rows("change_request", correlation_id=RELEASE)
        return found

    def tasks(self) -> dict[str, str]:
        rows = self.instance.rows("change_task", change_request=self.change["sys_id"])
        return {row["short_description"]: f"{row['state']} {row['close_code']}" for row in rows}

    def file(self, name: str) -> str:
        """The text of the attachment *name* of the change."""
        rows = self.instance.rows("sys_attachment", table_sys_id=self.change["sys_id"], file_name=name)
        assert rows, "there is no such attachment"
        address = f"{self.instance.url}/api/now/attachment/{rows[0]['sys_id']}/file"
        return requests.get(address, auth=("admin", password_of("admin")), timeout=10).text


def variables(**settings: Any) -> dict[str, Any]:
    """Variables of the role; a window that is open now."""
    usual = {
        "id": RELEASE,
        "options": OPTIONS,
        "tasks": [{"short_description": "Install"}, {"short_description": "Check"}],
        "deploy": "deploy.yml",
        "timeout": 10,
        "interval": 1,
    }
    return {f"gated_change_{name}": value for name, value in {**usual, **settings}.items()}


def said(played: Played) -> str:
    """The messages of all tasks that failed, in one line."""
    return " ".join(str(outcome.result.get("msg")) for outcome in played.outcomes if outcome.failed)


def deployed(played: Played) -> list[str]:
    """The hosts on which the release was installed."""
    return sorted(outcome.host for outcome in played.outcomes if outcome.name.endswith("Install the release"))


def seconds(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)


def until(condition: Callable[[], object], what: str, patience: float = 30) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def guards() -> list[str]:
    """The processes that watch a run of this test; its cache folder is nobody else's."""
    own, found = f"XDG_CACHE_HOME={os.environ['XDG_CACHE_HOME']}\0".encode(), []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if b"plugin_utils.guard\0" in (process / "cmdline").read_bytes():
                found += [process.name] if own in (process / "environ").read_bytes() + b"\0" else []
    return found
