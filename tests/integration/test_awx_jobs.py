# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job templates, run as AWX runs its jobs: by ansible-runner, with what the credential type injects."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.integration.awx import REPOSITORY, injected, job_template
from tests.integration.helpers import USER, Instance, password_of

ansible_runner: Any = pytest.importorskip("ansible_runner")

OPEN = "Release: open its change"
DEPLOY = "Release: deploy under its change"
CLOSE = "Release: close its change"
RELEASE = "shop-2026.11.1-production"


def until(condition: Callable[[], object], what: str, patience: float = 30) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


class Awx:
    """Runs job templates for one release."""

    def __init__(self, instance: Instance, folder: Path) -> None:
        self.instance = instance
        self.folder = folder
        self.jobs = 0
        (folder / "files").mkdir()
        login = {"host": instance.url, "username": USER, "password": password_of(USER), "retry_deadline": "2"}
        self.injected = injected(login, folder / "files")
        here = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        self.inventory = folder / "inventory.json"
        self.inventory.write_text(json.dumps({"web": {"hosts": {"web1": here, "web2": here}}}), encoding="utf-8")
        instance.seed("cmdb_ci_server", {"name": "web1"}, {"name": "web2"})

    def launch(
        self,
        name: str,
        cancel: Callable[[], bool] | None = None,
        on_event: Callable[[dict[str, Any]], None] | None = None,
        **settings: Any,
    ) -> Any:
        """Run a job template, with the answers to its survey and what AWX tells a job of itself."""
        self.jobs += 1
        private = self.folder / f"job{self.jobs}"
        private.mkdir()
        template = job_template(name)
        answers = {q["variable"]: q["default"] for q in template["survey_spec"]["spec"] if q.get("default")}
        known = {"release_version": "2026.11.1", **answers, **template.get("extra_vars", {})}
        job = {"awx_job_id": self.jobs, "awx_job_template_name": name, "awx_user_name": "alice"}
        return ansible_runner.run(
            private_data_dir=str(private),
            ident=str(self.jobs),
            project_dir=str(REPOSITORY),
            playbook=template["playbook"],
            inventory=str(self.inventory),
            extravars={**known, **job, "release_path": str(self.folder / "installed"), **settings},
            envvars={
                **self.injected.environ,
                "AWX_HOST": "https://awx.example.com",
                # As an ansible.cfg of the project has it.
                "ANSIBLE_CALLBACKS_ENABLED": "changegate.snow.change_guard",
            },
            cancel_callback=cancel,
            event_handler=on_event,
            quiet=True,
        )

    def endless(self) -> dict[str, Any]:
        """What makes the deployment one that lasts as long as nobody ends it."""
        path = self.folder / "endless.json"
        script = f"touch {self.folder}/begun; sleep 60"
        path.write_text(
            json.dumps([{"name": "Install the release", "ansible.builtin.shell": script}]), encoding="utf-8"
        )
        return {"gated_change_deploy": str(path)}

    def hold_no_secret(self, job: Any) -> None:
        """Nothing that AWX shows of the job has the password in it."""
        private = Path(job.config.private_data_dir)
        secret = password_of(USER)
        for path in (path for path in private.rglob("*") if path.is_file()):
            text = path.read_bytes()
            if path.parent.name == "env" or path.name == "command":
                # ansible-runner itself keeps the environment here, for nobody else to read.
                assert path.stat().st_mode & 0o77 == 0
            else:
                assert secret.encode() not in text, path
        command = json.loads((Path(job.config.artifact_dir) / "command").read_text(encoding="utf-8"))["command"]
        assert secret not in " ".join(command)
        assert "SN_" not in " ".join(command)

    def guard(self) -> int:
        """The process that watches the last job, as its events tell."""
        for path in (self.folder / f"job{self.jobs}").glob("artifacts/*/job_events/*[0-9a-f].json"):
            found = json.loads(path.read_text(encoding="utf-8")).get("event_data", {}).get("res", {})
            if found.get("watching"):
                return int(found["pid"])
        raise AssertionError("nothing watches the job")

    @property
    def change(self) -> dict[str, Any]:
        (found,) = self.instance.rows("change_request", correlation_id=RELEASE)
        return found

    def files(self) -> set[str]:
        return {row["file_name"] for row in self.instance.rows("sys_attachment", table_sys_id=self.change["sys_id"])}

    def deploying(self) -> bool:
        """Whether the endless deployment has begun."""
        return (self.folder / "begun").exists()

    def is_unsuccessful(self, notes: str) -> None:
        change = self.change
        assert (change["state"], change["close_code"]) == ("3", "unsuccessful")
        assert notes in change["close_notes"]
        assert change["work_start"]
        assert change["work_start"] <= change["work_end"]
        tasks = self.instance.rows("change_task", change_request=change["sys_id"])
        assert {task["state"] for task in tasks} == {"3"}


@pytest.fixture
def awx(instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Awx:
    # ansible-runner looks for ansible-playbook by name: that of the Python that runs this test.
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    return Awx(instance, tmp_path)


def output(job: Any) -> str:
    """What the page of the job shows."""
    return "".join(event["stdout"] + "\n" for event in job.events)


def test_the_workflow_of_a_release(awx: Awx) -> None:
    """Opened by one job; the next one waits until it is approved, deploys, and closes it."""
    opened = awx.launch(OPEN)
    assert (opened.status, opened.rc) == ("successful", 0), output(opened)
    assert re.search(r"CHG\d+ \(shop-2026.11.1-production\) is in \w+, approval: ", output(opened))

    def approve(event: dict[str, Any]) -> None:
        """When the job says why it waits. If it said so only when it is over it would wait for ever."""
        if "is not open" in event["stdout"] and "approval" in event["stdout"] and not said:
            said.append(event["stdout"])
            awx.instance.control("POST", "approve", {"change": RELEASE, "all": True})

    said: list[str] = []
    deployed = awx.launch(DEPLOY, on_event=approve, gated_change_interval="1", release_wait="30")
    assert said, output(deployed)
    assert (deployed.status, deployed.rc) == ("successful", 0), output(deployed)
    change = awx.change
    assert (change["state"], change["close_code"]) == ("3", "successful")
    items = awx.instance.rows("task_ci", task=change["sys_id"])
    assert len(items) == 2
    # Which job it was.
    assert {"deployment.log", "awx-job-2.txt"} <= awx.files()
    for job in (opened, deployed):
        awx.hold_no_secret(job)


def test_a_deployment_that_fails(awx: Awx) -> None:
    """Its own job closes the change."""
    awx.instance.control("PUT", "settings", {"auto_approve_after": 0.2})
    failed = awx.launch(DEPLOY, gated_change_interval="1", release_broken=True)
    assert (failed.status, failed.rc) == ("failed", 2)
    awx.is_unsuccessful("Check the release: The health check of shop 2026.11.1 failed on web1.")
    awx.hold_no_secret(failed)


def test_a_job_that_is_canceled(awx: Awx) -> None:
    """The guard closes the change, where it outlives the job. The next job leaves it so, and the workflow fails."""
    awx.instance.control("PUT", "settings", {"auto_approve_after": 0.2})
    canceled = awx.launch(DEPLOY, awx.deploying, gated_change_interval="1", **awx.endless())
    assert canceled.status == "canceled"
    awx.hold_no_secret(canceled)
    until(lambda: awx.change["state"] == "3", "the change is not closed")
    awx.is_unsuccessful("ended before it had closed this change")
    assert "Its last task was: changegate.snow.gated_change : Install the release" in awx.change["close_notes"]
    before = awx.change
    closed = awx.launch(CLOSE)
    assert (closed.status, closed.rc) == ("failed", 2)
    assert "is in Closed, Unsuccessful" in output(closed)
    assert awx.change == before


def test_a_job_whose_container_is_killed(awx: Awx) -> None:
    """Nothing is left that could close the change, not even the guard: the workflow runs another job."""
    awx.instance.control("PUT", "settings", {"auto_approve_after": 0.2})

    def kill() -> bool:
        if awx.deploying():
            os.kill(awx.guard(), signal.SIGKILL)
            return True
        return False

    killed = awx.launch(DEPLOY, kill, gated_change_interval="1", **awx.endless())
    assert killed.status == "canceled"
    time.sleep(1)
    assert awx.change["state"] == "-1"
    closed = awx.launch(CLOSE)
    assert (closed.status, closed.rc) == ("failed", 2), "the workflow must not count as successful"
    awx.is_unsuccessful(
        "had not closed this change. Closed by AWX job 2 (Release: close its change), launched by alice."
    )
    assert "awx-job-2.txt" in awx.files()
    awx.hold_no_secret(closed)
