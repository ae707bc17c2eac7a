# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is canceled, killed or stops: what the guard makes of its change."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.integration.helpers import USER, Instance, password_of, refusal, snow
from tests.integration.rollout import ROLE, Rollout, guards, until, variables

#: As long as nobody ends it.
ENDLESS = [{"name": "Install the release", "ansible.builtin.command": "sleep 20", "changed_when": False}]
CALLBACK = {"ANSIBLE_CALLBACKS_ENABLED": "changegate.snow.change_guard"}
CHANGE = {"sys_id": "f" * 32, "number": "CHG0777777", "state": "-1", "assignment_group": "Network"}


def environment(instance: Instance) -> dict[str, str]:
    login = {"SN_HOST": instance.url, "SN_USERNAME": USER, "SN_PASSWORD": password_of(USER), "SN_RETRY_DEADLINE": "2"}
    return {**os.environ, **login, **CALLBACK, "ANSIBLE_PYTHON_INTERPRETER": sys.executable}


@pytest.fixture
def rollout(instance: Instance, tmp_path: Path) -> Rollout:
    instance.control("PUT", "settings", {"auto_approve_after": 0.2})
    made = Rollout(instance, tmp_path)
    made.write("deploy.yml", ENDLESS)
    made.write("site.json", [{"hosts": "web", "gather_facts": False, "roles": [ROLE]}])
    made.inventory(["w1"])
    (tmp_path / "evidence.txt").write_text("It began.\n", encoding="utf-8")
    return made


def settings(rollout: Rollout) -> dict[str, Any]:
    return variables(evidence=[{"src": str(rollout.folder / "evidence.txt")}])


def implementing(rollout: Rollout) -> bool:
    rows = rollout.instance.rows("change_request", state="-1", correlation_id="shop-2026.11.1-production")
    return bool(rows)


def deploying(rollout: Rollout) -> bool:
    """Whether the endless task runs, as far as anybody can see."""
    return implementing(rollout) and any("Install the release" in path.read_text() for path in journals())


def journals() -> list[Path]:
    return list(Path(os.environ["XDG_CACHE_HOME"], "changegate.snow", "runs").glob("*"))


@contextmanager
def running(rollout: Rollout) -> Iterator[subprocess.Popen[bytes]]:
    """A run in a process group of its own that has come to its endless task."""
    command = [sys.executable, "-m", "ansible.cli.playbook", "site.json", "-i", "inventory.json"]
    process = subprocess.Popen(
        [*command, "-e", json.dumps(settings(rollout))],
        cwd=rollout.folder,
        env=environment(rollout.instance),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        until(lambda: deploying(rollout), "it does not deploy")
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def hold(rollout: Rollout, task: str = "") -> None:
    """The change is closed as unsuccessful, with its tasks, its times, the evidence, and the task that was its last."""
    until(lambda: rollout.change["state"] == "3", "the change is not closed")
    change = rollout.change
    assert change["close_code"] == "unsuccessful"
    assert change["close_notes"].startswith("The run that deployed to w1 ended before it had closed this change.")
    assert change["work_start"]
    assert change["work_start"] <= change["work_end"]
    assert set(rollout.tasks().values()) == {"3 unsuccessful"}
    assert rollout.file("evidence.txt") == "It began.\n"
    last = change["close_notes"].splitlines()[-1]
    assert last.startswith("Its last task was: ")
    assert last.endswith(task)
    assert f"TASK {ROLE} : Note the start, and go to Implement" in rollout.file("run.log")
    # Nobody stays behind.
    until(lambda: not guards(), "a guard is left")
    assert journals() == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_run_that_is_ended(rollout: Rollout, how: signal.Signals) -> None:
    with running(rollout) as process:
        process.send_signal(how)
        assert process.wait(timeout=20) != 0
        hold(rollout, "Install the release")


def test_ansible_runner_cancels(rollout: Rollout, monkeypatch: pytest.MonkeyPatch) -> None:
    """As AWX runs a job, and cancels it: with SIGKILL to the whole process group."""
    runner = pytest.importorskip("ansible_runner")
    # It looks for ansible-playbook by name: that of the Python that runs this test.
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    (rollout.folder / "runner").mkdir()
    result = runner.run(
        private_data_dir=str(rollout.folder / "runner"),
        project_dir=str(rollout.folder),
        playbook="site.json",
        inventory=str(rollout.folder / "inventory.json"),
        extravars=settings(rollout),
        envvars={name: value for name, value in environment(rollout.instance).items() if name not in os.environ},
        cancel_callback=lambda: implementing(rollout),
        quiet=True,
    )
    assert result.status == "canceled"
    hold(rollout)


def test_a_run_that_stops(instance: Instance) -> None:
    """Where no host is left no play closes anything. A change on hold is taken off it; what has not begun is left."""
    instance.seed(
        "change_request",
        {**CHANGE, "on_hold": "true", "on_hold_reason": "The database."},
        {**CHANGE, "sys_id": "e" * 32, "number": "CHG0777778", "state": "-2"},
        {**CHANGE, "sys_id": "d" * 32, "number": "CHG0777779"},
    )
    files = [{"src": "/nowhere/at all.log"}, {"content": "text", "name": "a.txt"}]
    played = instance.play(
        snow("snow_change_guard", number="CHG0777777", close_notes="It stopped.", attachments=files),
        snow("snow_change_guard", sys_id="e" * 32),
        # Nothing is watched in check mode.
        {**snow("snow_change_guard", number="CHG0777779"), "check_mode": True},
        {"name": "The last one", "ansible.builtin.fail": {"msg": "no host left"}},
        environ={"ANSIBLE_CALLBACKS_ENABLED": "results,changegate.snow.change_guard"},
    )
    first, second, checked = played.of("snow_change_guard")
    assert (first.changed, first.result["watching"]) == (False, True)
    assert first.result["watched"] == second.result["watched"]
    assert checked.result["watching"] is False
    until(lambda: instance.rows("change_request", number="CHG0777777", state="3"), "the change is not closed")
    (change,) = instance.rows("change_request", number="CHG0777777")
    assert change["close_notes"].startswith("It stopped. The run ended at 20")
    assert change["close_notes"].splitlines()[1:] == [
        "Its last task was: The last one",
        "localhost: The last one: no host left",
    ]
    assert change["on_hold"] == "false"
    until(lambda: not guards(), "a guard is left")
    states = {row["number"]: row["state"] for row in instance.rows("change_request")}
    assert (states["CHG0777778"], states["CHG0777779"]) == ("-2", "-1")


def test_what_it_refuses(instance: Instance) -> None:
    """Before anything is started; as an ordinary module it runs in the controller all the same."""
    guard = "snow_change_guard"
    outcomes = instance.run(
        snow(guard),
        snow(guard, number=""),
        snow(guard, sys_id="1"),
        snow(guard, number="CHG1", attachments=[{"content": "a"}]),
        snow(guard, number="CHG1", colour="red"),
        {**snow(guard, number="CHG0777777", instance={"host": ""}), "environment": {"SN_HOST": ""}},
        in_process=False,
    )
    for outcome, kind in zip(outcomes, ["usage", "identity", "identity", "usage", "usage", "usage"], strict=True):
        assert outcome.result["error"]["type"] == f"invalid_{kind}", outcome.result
        assert outcome.failed
    assert "number" in refusal(outcomes[1], "invalid_identity")
    assert (guards(), instance.requests()) == ([], [])
