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

import requests
from tests.integration.helpers import REPOSITORY, Instance, Played, snow
from tests.integration.rollout import guards

PLAYBOOK = REPOSITORY / "playbooks" / "gated_deployment.yml"
ID = "shop-2026.11.1-production"


def deploy(instance: Instance, folder: Path, *arguments: str, **settings: object) -> Played:
    """Run the playbook for one release on two hosts, whose window and folder are the same in every run."""
    fixed = {
        "planned_start": "2020-01-01T00:00:00Z",
        "planned_end": "2100-01-01T00:00:00Z",
        "deploy_to": str(folder / "release"),
        "patience": "20",
        "interval": "1",
    }
    variables = json.dumps({**fixed, **settings})
    return instance.playbook(PLAYBOOK, "-i", "web-01,web-02,", "-e", variables, *arguments)


def deployed(folder: Path) -> list[str]:
    return sorted(page.parent.name for page in folder.glob("release/*/index.html"))


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
    (change,) = instance.rows("change_request", correlation_id=ID)
    assert (change["state"], change["close_code"], change["approval"]) == ("3", "successful", "approved")
    names = {row["file_name"] for row in instance.rows("sys_attachment", table_sys_id=change["sys_id"])}
    assert names == {"deployment-plan.md", "deployment.log"}
    assert deployed(tmp_path) == ["web-01", "web-02"]

    instance.clear_log()
    again = deploy(instance, tmp_path, **ordinary)
    assert again.code == 0, again.output
    assert [outcome.name for outcome in again.ours if outcome.changed] == []
    assert instance.writes() == []


def test_a_failed_release_is_not_deployed_under_its_closed_change(instance: Instance, tmp_path: Path) -> None:
    """Its change stays closed as unsuccessful, and nothing more is installed."""
    instance.control("PUT", "settings", {"auto_approve_after": 0.2})
    broken = deploy(instance, tmp_path, fail_on="web-02")
    assert broken.code != 0
    (change,) = instance.rows("change_request", correlation_id=ID)
    assert (change["state"], change["close_code"]) == ("3", "unsuccessful")
    assert "web-02: Check the release: The health check" in change["close_notes"]
    tasks = instance.rows("change_task", change_request=change["sys_id"])
    assert {row["state"] for row in tasks} == {"3"}

    instance.clear_log()
    again = deploy(instance, tmp_path)
    assert again.code != 0
    assert "closed as unsuccessful" in again.output
    assert instance.writes() == []


def test_a_finished_release_cannot_be_made_to_fail(instance: Instance, tmp_path: Path) -> None:
    """What is closed as successful stays so, whatever a later run is asked to do."""
    instance.control("PUT", "settings", {"auto_approve_after": 0.2})
    assert deploy(instance, tmp_path).code == 0
    instance.clear_log()
    later = deploy(instance, tmp_path, fail_on="web-02")
    assert later.code == 0, later.output
    assert instance.writes() == []


def test_a_rejected_change_is_never_deployed(instance: Instance, tmp_path: Path) -> None:
    """Nobody decides in time; then somebody says no; and nobody asks again by running the playbook."""
    instance.control("PUT", "settings", {"auto_approve_after": None})
    assert deploy(instance, tmp_path, patience="0").code != 0
    instance.control("POST", "approve", {"change": ID, "state": "rejected", "comments": "No."})
    (change,) = instance.rows("change_request", correlation_id=ID)
    assert (change["state"], change["approval"]) == ("-5", "rejected")
    again = deploy(instance, tmp_path)
    assert again.code != 0
    assert "its approval is Rejected, not approved" in again.output
    assert not (tmp_path / "release").exists()

    # Nobody asks again on the way to somewhere else.
    walk = snow("snow_change", correlation_id=ID, state="implement")
    refused = instance.play(walk).last
    assert refused.failed
    assert "approval was rejected" in refused.result["msg"]
    (change,) = instance.rows("change_request", correlation_id=ID)
    assert (change["state"], change["approval"]) == ("-5", "rejected")


def test_only_on_the_items_of_its_change(instance: Instance, tmp_path: Path) -> None:
    instance.control("PUT", "settings", {"auto_approve_after": 0.2})
    beyond = deploy(instance, tmp_path, items=["web-01"])
    assert beyond.code != 0
    assert "web-02 is not among the affected items" in beyond.output
    assert not (tmp_path / "release").exists()


def demo(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """`make demo`, with a shell that names somebody's real instance, which a demo must leave alone."""
    environ = {"SN_HOST": "http://127.0.0.1:9", "SN_ACCESS_TOKEN": "x", "TMPDIR": str(folder)}
    return subprocess.Popen(
        [sys.executable, "-m", "demo.run", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, **environ, "PYTHONPATH": os.environ["ANSIBLE_COLLECTIONS_PATH"]},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_the_reader_decides(tmp_path: Path) -> None:
    """`make demo INTERACTIVE=1` says where to decide, waits for that, and then nothing is deployed if it is a no."""
    with demo(tmp_path, "--interactive") as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("... CHG") and "Requested" in line and not lines[-2].startswith("... CHG"):
                text = "".join(lines)
                invited = re.search(r"Open (\S+) in a browser, log in as (\S+) with the password (\S+),", text)
                assert invited, text
                decide(invited[1], invited[2], invited[3], line.split()[1])
        assert process.wait(timeout=200) == 0, "".join(lines)
    assert guards() == [], "a guard is left"
    text = "".join(lines)
    assert "rejected" in text
    assert "You have rejected the change, and nothing was deployed." in text
    assert "The shop again" not in text


def decide(url: str, user: str, password: str, number: str) -> None:
    """Reject a change in the simulator's page, when it is the user's turn."""
    with requests.Session() as http:
        http.post(f"{url}/login", data={"user_name": user, "password": password}, timeout=20)
        deadline = time.monotonic() + 60
        while 'name="decision"' not in (page := http.get(f"{url}/changes/{number}", timeout=20).text):
            assert time.monotonic() < deadline, page
            time.sleep(0.2)
        token = re.search(r'name="token" value="([^"]+)"', page)
        assert token
        form = {"decision": "reject", "comments": "Not today.", "token": token[1]}
        assert http.post(f"{url}/changes/{number}/decision", data=form, timeout=20).ok


def test_demo(tmp_path: Path) -> None:
    """`make demo`: each run in time and as promised, with a summary; and nothing is left running."""
    with demo(tmp_path) as process:
        output = process.communicate(timeout=240)[0]
    assert process.returncode == 0, output
    assert guards() == [], "a guard is left"
    for promise in (
        "0 writes in the request log of the simulator",
        "0 of 1 snow_* tasks changed something",
        "to production: Closed, Successful",
        "note       Deployed on 2 hosts: web-01, web-02.",
        "The gate said: CHG0040001 is open: it is in Implement; ",
        "web-03 is not among the affected items",
        "by Fred Luddy: Not before the books are closed.",
        "its approval is Rejected, not approved",
        "web-02 failed: Check the release: The health check of search",
        "to production: Closed, Unsuccessful",
        "note       The deployment failed on 1 of 2 hosts.",
    ):
        assert promise in output, promise
    assert not list(tmp_path.glob("changegate-demo-*"))
    address = re.search(r"ready at http://(127\.0\.0\.1):(\d+)", output)
    assert address
    with socket.socket() as probe:
        assert probe.connect_ex((address[1], int(address[2]))) != 0, "the simulator is still running"
