# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's rulebook, run by the real ansible-rulebook: a change goes to Implement, and is deployed once."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from tests.integration.helpers import REPOSITORY, USER, Instance, password_of

_MISSING = [
    what
    for what, there in (
        ("ansible-rulebook (requirements/eda.txt)", importlib.util.find_spec("ansible_rulebook") is not None),
        ("Java", shutil.which("java") is not None),
    )
    if not there
]
pytestmark = pytest.mark.skipif(bool(_MISSING), reason=f"{' and '.join(_MISSING)} is not installed here")

PLAYBOOK = """
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.copy:
        dest: "{{ results }}/{{ change_number }}-{{ event_id }}"
        content: "{{ ansible_eda.event | to_json }}"
        mode: "0600"
"""


def installed(folder: Path) -> Path:
    """Where the artifact of this checkout is installed, as a user has it."""
    galaxy = [sys.executable, "-m", "ansible.cli.galaxy", "collection"]
    collections = folder / "collections"
    build = [*galaxy, "build", "--output-path", str(folder), str(REPOSITORY)]
    subprocess.run(build, check=True, capture_output=True, timeout=120)
    (artifact,) = folder.glob("changegate-snow-*.tar.gz")
    # By force: this checkout passes for an installed collection.
    install = [*galaxy, "install", "--force", "--no-deps", "--collections-path", str(collections), str(artifact)]
    subprocess.run(install, check=True, capture_output=True, timeout=120)
    return collections


class Rulebook:
    """ansible-rulebook with the rulebook of the collection, in *folder*."""

    def __init__(self, instance: Instance, folder: Path) -> None:
        self.state, self.results = folder / "state" / "state.json", folder / "results"
        self._folder, self._log = folder / "project", folder / "log"
        for path in (self.state.parent, self.results, self._folder):
            path.mkdir()
        host = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        inventory = {"all": {"hosts": {"localhost": host}, "vars": {"results": str(self.results)}}}
        self._write("inventory.json", inventory)
        playbook = self._folder / "deploy.yml"
        playbook.write_text(PLAYBOOK, encoding="utf-8")
        variables = {"state_file": str(self.state), "assignment_group": "Network", "playbook": str(playbook)}
        self._write("vars.json", {**variables, "interval": 1})
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("SN_", "PYTHONPATH"))}
        environ.update(SN_HOST=instance.url, SN_USERNAME=USER, SN_PASSWORD=password_of(USER))
        # It starts ansible-galaxy and ansible-playbook by their names.
        environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environ["ANSIBLE_COLLECTIONS_PATH"] = str(installed(folder))
        self._environ = environ
        self.process = self.start()

    def _write(self, name: str, data: object) -> None:
        (self._folder / name).write_text(json.dumps(data), encoding="utf-8")

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "ansible_rulebook", "--rulebook", "changegate.snow.deploy", "--verbose"]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--inventory", "inventory.json", "--vars", "vars.json"],
                env=self._environ,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return self.process

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def until(self, there: Callable[[], object], seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while not there():
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.1)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(20)
            raise


def ready(instance: Instance, sys_id: str) -> None:
    url = f"{instance.url}/api/now/table/change_request/{sys_id}"
    answer = requests.patch(url, json={"state": "-1"}, auth=(USER, password_of(USER)), timeout=10)
    assert answer.ok, answer.text


def test_a_change_that_may_begin_is_deployed_once_also_over_a_restart(instance: Instance, tmp_path: Path) -> None:
    begin, end = (time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + shift)) for shift in (-60, 3600))
    values = {"assignment_group": "Network", "state": "-2", "approval": "approved", "start_date": begin}
    first, second, waiting, early = instance.seed(
        "change_request",
        {**values, "number": "CHG0099991", "end_date": end},
        {**values, "number": "CHG0099992", "end_date": end},
        {**values, "number": "CHG0099993", "end_date": end, "approval": "requested"},
        {**values, "number": "CHG0099994", "start_date": end, "end_date": "2090-01-01 00:00:00"},
    )
    rulebook = Rulebook(instance, tmp_path)
    try:
        rulebook.until(rulebook.state.exists)
        ready(instance, first)
        instance.seed("change_request", *({"sys_id": other, "state": "-1"} for other in (waiting, early)))
        rulebook.until(lambda: list(rulebook.results.iterdir()))
        rulebook.stop()
        assert "the history of changes is not read" in rulebook.log
        ready(instance, second)
        rulebook.start()
        rulebook.until(lambda: len(list(rulebook.results.iterdir())) > 1)
    finally:
        rulebook.stop()
    deployed = sorted(path.name[:10] for path in rulebook.results.iterdir())
    assert deployed == ["CHG0099991", "CHG0099992"], rulebook.log
    (path,) = rulebook.results.glob("CHG0099991-*")
    event = json.loads(path.read_text(encoding="utf-8"))
    assert path.name.endswith(event["id"])
    assert event["meta"]["uuid"] == event["id"]
    assert event["meta"]["source"] == {"name": "Changes of our group", "type": "changegate.snow.changes"}
    assert (event["kind"], event["old_label"], event["new_label"]) == ("entered", "Scheduled", "Implement")
    assert str(tmp_path / "collections") in rulebook.log
    assert password_of(USER) not in rulebook.log
