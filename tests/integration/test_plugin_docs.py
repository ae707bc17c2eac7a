# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples in docs/inventory.md and docs/callback.md do what they say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.integration.helpers import REPOSITORY, Instance, snow
from tests.integration.test_change_cis import environment
from tests.integration.test_change_recap import notes

#: The hosts of the examples are none.
LOCAL = {"ANSIBLE_TRANSPORT": "local"}
FILES = re.compile(r"```\w+\n# ([\w.]+)\n(.*?)```", re.DOTALL)


def written(document: str, folder: Path) -> str:
    """The files that a document shows, in *folder*; its text."""
    text = (REPOSITORY / "docs" / document).read_text(encoding="utf-8")
    for name, content in FILES.findall(text):
        (folder / name).write_text(content, encoding="utf-8")
    return text


def test_the_inventory_of_a_release(instance: Instance, tmp_path: Path) -> None:
    text = written("inventory.md", tmp_path)
    release = ("-e", "release=shop-1")
    assert instance.playbook(tmp_path / "open.yml", *release).code == 0
    source = str(tmp_path / "production.change_cis.yml")
    command = [sys.executable, "-m", "ansible.cli.inventory", "-i", source, "--graph", *release]
    done = subprocess.run(
        command, env=environment(instance.url), capture_output=True, text=True, timeout=60, check=True
    )
    graph = re.search(r"^@all:\n(?:  \|.*\n)+", text, re.MULTILINE)
    assert graph
    assert sorted(done.stdout.splitlines()) == sorted(graph[0].splitlines())
    (change,) = instance.rows("change_request", correlation_id="shop-1")
    deploy = (tmp_path / "deploy.yml", "-i", source, *release)
    instance.control("PUT", "settings", {"auto_approve_after": 0.1})
    step = snow("snow_change", correlation_id="shop-1", state="implement", wait_timeout=30)
    assert instance.play(step).code == 0
    played = instance.playbook(*deploy, environ=LOCAL)
    shown = [outcome.result["msg"] for outcome in played.outcomes if outcome.action == "ansible.builtin.debug"]
    assert sorted(shown) == [
        f"shop-1 goes to {name} (Debian) under {change['number']}" for name in ("db-01", "web-01", "web-02")
    ]


def test_the_recap_of_a_playbook(instance: Instance, tmp_path: Path) -> None:
    written("callback.md", tmp_path)
    settings = {
        "ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg"),
        "ANSIBLE_CALLBACKS_ENABLED": "changegate.snow.change_recap",
    }
    instance.clear_log()
    assert instance.playbook(tmp_path / "recap.yml", environ=settings).code == 0
    (change,) = instance.rows("change_request", correlation_id="shop-1")
    (note,) = notes(instance, change["number"])
    assert note.startswith("Ansible playbook recap.yml succeeded.")
    made = [str(request) for request in instance.requests()].index("POST /api/sn_chg_rest/change")
    assert len(instance.requests()) - made - 1 == 4
