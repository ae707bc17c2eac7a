# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job, end to end: the gated deployment, and the demo that shows it."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.integration.helpers import REPOSITORY, Instance, Played, snow

PLAYBOOK = REPOSITORY / "playbooks" / "gated_deployment.yml"


def deploy(instance: Instance, folder: Path, *arguments: str, **settings: object) -> Played:
    """Run the playbook for one release, whose window and folder are the same in every run."""
    fixed = {
        "planned_start": "2026-11-24T20:00:00Z",
        "planned_end": "2026-11-24T22:00:00Z",
        "deploy_to": str(folder / "release"),
        "approval_retries": 20,
        "approval_delay": 1,
    }
    return instance.playbook(PLAYBOOK, "-e", json.dumps({**fixed, **settings}), *arguments)


def test_as_an_ordinary_module(instance: Instance, tmp_path: Path) -> None:
    """Check, run, run again, without the fast host; the demo does the same with it."""
    instance.control("PUT", "settings", {"auto_approve_after": 0.2})
    ordinary = {"changegate_snow_in_process": False}
    instance.read_only()
    checked = deploy(instance, tmp_path, "--check", **ordinary)
    assert checked.code == 0, checked.output
    assert instance.writes() == []
    assert not (tmp_path / "release").exists()
    instance.read_only(False)

    first = deploy(instance, tmp_path, **ordinary)
    assert first.code == 0, first.output
    (change,) = instance.rows("change_request", correlation_id="shop-2026.11.1-production")
    assert (change["state"], change["close_code"], change["approval"]) == ("3", "successful", "approved")
    names = {row["file_name"] for row in instance.rows("sys_attachment", table_sys_id=change["sys_id"])}
    assert names == {"deployment-plan.md", "deployment.log"}
    assert "2026.11.1" in (tmp_path / "release" / "index.html").read_text(encoding="utf-8")

    instance.clear_log()
    again = deploy(instance, tmp_path, **ordinary)
    assert again.code == 0, again.output
    assert [outcome.name for outcome in again.ours if outcome.changed] == []
    assert instance.writes() == []


def test_a_failed_release_is_not_deployed_under_its_closed_change(instance: Instance, tmp_path: Path) -> None:
    """Its change stays closed as unsuccessful, with its tasks as they were; and nothing more is installed."""
    instance.control("PUT", "settings", {"auto_approve_after": 0.2})
    broken = deploy(instance, tmp_path, fail="true")
    assert broken.code != 0
    key = {"correlation_id": "shop-2026.11.1-production"}
    (change,) = instance.rows("change_request", **key)
    assert (change["state"], change["close_code"]) == ("3", "unsuccessful")
    codes = {
        row["short_description"]: row["close_code"]
        for row in instance.rows("change_task", change_request=change["sys_id"], state="3")
    }
    assert codes == {"Install the release": "successful", "Check the release": "unsuccessful"}

    instance.clear_log()
    again = deploy(instance, tmp_path)
    assert again.code != 0
    assert "closed as unsuccessful" in again.last.result["msg"]
    assert instance.writes() == []


def test_a_finished_release_cannot_be_made_to_fail(instance: Instance, tmp_path: Path) -> None:
    """What is closed as successful stays so, whatever a later run is asked to do."""
    instance.control("PUT", "settings", {"auto_approve_after": 0.2})
    assert deploy(instance, tmp_path).code == 0
    instance.clear_log()
    later = deploy(instance, tmp_path, fail="true")
    assert later.code == 0, later.output
    assert instance.writes() == []


def test_a_rejected_change_is_never_deployed(instance: Instance, tmp_path: Path) -> None:
    """The playbook stops waiting, and fails before the first step of the deployment."""
    parts = tmp_path / "rejected"
    instance.control("PUT", "settings", {"auto_approve_after": None})
    fixed = {"approval_retries": 1, "approval_delay": 1}
    unapproved = deploy(instance, parts, **fixed)
    assert unapproved.code != 0
    assert not (parts / "release").exists()
    instance.control("POST", "approve", {"change": "shop-2026.11.1-production", "state": "rejected", "comments": "No."})
    (change,) = instance.rows("change_request", correlation_id="shop-2026.11.1-production")
    assert (change["state"], change["approval"]) == ("-5", "rejected")

    # Nobody asks again on the way to somewhere else.
    walk = snow("snow_change", correlation_id="shop-2026.11.1-production", state="implement")
    refused = instance.play(walk).last
    assert refused.failed
    assert "approval was rejected" in refused.result["msg"]
    (change,) = instance.rows("change_request", correlation_id="shop-2026.11.1-production")
    assert (change["state"], change["approval"]) == ("-5", "rejected")


def test_demo(tmp_path: Path) -> None:
    """`make demo`: four runs in time, each as promised, with a summary; and nothing is left running."""
    start = time.monotonic()
    done = subprocess.run(
        # As the Makefile does; with a shell that names somebody's real instance, which a demo must leave alone.
        [sys.executable, "-m", "demo.run"],
        cwd=REPOSITORY,
        env={**os.environ, "SN_HOST": "http://127.0.0.1:9", "SN_ACCESS_TOKEN": "x", "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert time.monotonic() - start < 90
    for promise in (
        "0 writes in the request log of the simulator",
        "0 of 12 snow_* tasks changed something",
        "State: Closed, Successful",
        "State: Closed, Unsuccessful",
        "approved by Fred Luddy",
        "Scheduled -> Implement",
        "deployment.log",
        "failure.log",
        "HTTP requests of each task",
    ):
        assert promise in done.stdout, promise
    assert not list(tmp_path.glob("changegate-demo-*"))
    address = re.search(r"ready at http://(127\.0\.0\.1):(\d+)", done.stdout)
    assert address
    with socket.socket() as probe:
        assert probe.connect_ex((address[1], int(address[2]))) != 0, "the simulator is still running"
