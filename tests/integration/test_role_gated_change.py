# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role gated_change, in plays as users write them: what it opens, deploys, writes and refuses."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.integration.helpers import REPOSITORY, Instance, password_of
from tests.integration.rollout import (
    DEPLOY,
    HOSTS,
    OPTIONS,
    RELEASE,
    ROLE,
    Rollout,
    deployed,
    guards,
    said,
    seconds,
    until,
    variables,
)


@pytest.fixture
def rollout(instance: Instance, tmp_path: Path) -> Iterator[Rollout]:
    """Where somebody approves after a moment."""
    instance.control("PUT", "settings", {"auto_approve_after": 0.2})
    yield Rollout(instance, tmp_path)
    until(lambda: not guards(), "a guard is left")


def test_check_run_and_again(rollout: Rollout) -> None:
    """Check mode writes nothing; the release is deployed once; a second run changes nothing and asks nobody."""
    instance = rollout.instance
    instance.read_only()
    checked = rollout.example("Deploy the shop", "--check")
    assert checked.code == 0, checked.output
    assert instance.writes() == []
    instance.read_only(False)

    results = {"Check": {"close_code": "successful_issues", "close_notes": "Slow."}}
    tagged = [{**task, "tags": ["app"]} for task in DEPLOY]
    first = rollout.example("Deploy the shop", "--tags", "app", tasks=tagged, gated_change_task_results=results)
    assert first.code == 0, first.output
    change = rollout.change
    assert (change["state"], change["close_code"], change["approval"]) == ("3", "successful", "approved")
    assert change["close_notes"] == "Deployed on 2 hosts: w1, w2."
    assert abs(seconds(change["work_start"]) - datetime.now(UTC)) < timedelta(minutes=5)
    assert change["work_start"] <= change["work_end"]
    assert deployed(first) == ["w1", "w2"]
    assert rollout.tasks() == {
        "Install": "3 successful",
        "Check": "3 successful_issues",
        "Implement": "3 successful",
        "Post implementation testing": "3 successful",
    }
    log = rollout.file("deployment.log")
    assert "w1: done" in log
    assert "is open" in log
    assert "Tags     only app" in log

    time.sleep(1)  # for the guard, which looks once more when its run has ended
    instance.clear_log()
    again = rollout.example("Deploy the shop")
    assert again.code == 0, again.output
    assert [outcome.name for outcome in again.outcomes if outcome.changed] == []
    assert [str(request) for request in instance.requests()] == ["GET /api/sn_chg_rest/change"]
    assert deployed(again) == []


def test_a_host_that_fails(rollout: Rollout) -> None:
    """The others end their tasks; all that failed stands in the notes, but what no_log hides; then it is refused."""
    secret = {
        "name": "Log in",
        "ansible.builtin.fail": {"msg": "hunter2"},
        "no_log": True,
        "when": "inventory_hostname == 'w3'",
    }
    items = {
        "name": "Move the data",
        "ansible.builtin.assert": {"that": "item == 1", "fail_msg": "part {{ item }} is broken", "quiet": True},
        "loop": [1, 2],
        "when": "inventory_hostname == 'w4'",
    }
    plan = {"content": "the plan", "name": "plan.txt"}
    failed = rollout.run(tasks=[*DEPLOY, secret, items], hosts=HOSTS, sick=["w2"], evidence=[plan])
    assert failed.code != 0
    assert "Traceback" not in failed.output
    change = rollout.change
    assert (change["state"], change["close_code"]) == ("3", "unsuccessful")
    assert change["close_notes"].splitlines() == [
        "The deployment failed on 3 of 4 hosts.",
        "w2: Ask for its health: It answers 500.",
        "w3: Log in: what it said is hidden, because the task has no_log.",
        "w4: Move the data: part 2 is broken",
    ]
    assert change["work_start"] <= change["work_end"]
    assert set(rollout.tasks().values()) == {"3 unsuccessful"}
    log = rollout.file("deployment.log")
    assert "hunter2" not in log
    assert "w1: done" in log
    assert "w2: failed\n  Task: Ask for its health\n  It answers 500." in log
    assert rollout.file("plan.txt") == "the plan"
    # Those that failed have failed, the other one has not, and each says what became of the change.
    hosts = [
        outcome.host for outcome in failed.outcomes if outcome.name.endswith("Say what has failed") and outcome.failed
    ]
    assert sorted(hosts) == ["w2", "w3", "w4"]
    assert f"{change['number']} is closed as unsuccessful" in said(failed)

    rollout.instance.read_only()
    refused = rollout.run()
    assert refused.code != 0
    assert f"{change['number']} is closed as unsuccessful, and {RELEASE} is not deployed under it" in said(refused)
    assert deployed(refused) == []
    rollout.instance.read_only(False)

    # With another change it is, and of both the last one counts from then on.
    another = rollout.run(if_failed="new", tasks=[])
    assert another.code == 0, another.output
    both = rollout.instance.rows("change_request", correlation_id=RELEASE)
    assert sorted(row["close_code"] for row in both) == ["successful", "unsuccessful"]


def test_a_rejected_change(rollout: Rollout) -> None:
    """Waiting ends at once, nothing is deployed whatever the play ignores, and the change is kept or canceled."""
    instance = rollout.instance
    instance.control("PUT", "settings", {"auto_approve_after": None})
    opened = rollout.run(timeout=0)
    assert opened.code != 0
    assert rollout.change["state"] == "-4"
    instance.control("POST", "approve", {"change": RELEASE, "state": "rejected", "comments": "No."})

    # What a play ignores, and who it becomes, is nothing to the role.
    careless = {"ignore_errors": True, "become": True, "become_user": "nobody", "environment": {"LC_ALL": "C.UTF-8"}}
    kept = rollout.run(timeout=600, keywords=careless)
    assert kept.code != 0
    assert "Nothing is deployed to w1, w2. " in said(kept)
    assert "its approval is Rejected" in said(kept)
    assert deployed(kept) == []
    # Nobody was asked again.
    assert (rollout.change["state"], rollout.change["approval"]) == ("-5", "rejected")

    canceled = rollout.run(timeout=600, if_refused="cancel", keywords={"any_errors_fatal": True})
    assert canceled.code != 0
    assert (rollout.change["state"], deployed(canceled)) == ("4", [])


def test_the_policy(rollout: Rollout) -> None:
    """It is asked for before the change goes to Implement; what it does not know is refused."""
    refused = rollout.run(timeout=2, policy={"hosts": ["w1"]})
    assert refused.code != 0
    assert "w1" in said(refused)
    assert (rollout.change["state"], deployed(refused)) == ("-2", [])
    unknown = rollout.run(policy={"aproval": ["any"]})
    assert unknown.code != 0
    assert "aproval" in said(unknown)
    assert deployed(unknown) == []
    # Without the gate nothing is deployed, whatever is left out.
    assert deployed(rollout.run("--start-at-task", f"{ROLE} : Run the handlers of the deployment")) == []
    unnamed = rollout.run(id="")
    assert "Nothing names the change" in said(unnamed)


def test_a_host_that_is_lost(rollout: Rollout) -> None:
    """Hosts that cannot be reached, before the gate was asked or after, were not deployed to: that is no success."""
    ping = {"name": "Reach it", "ansible.builtin.ping": None}
    before = {**ping, "when": "inventory_hostname == 'never'"}
    handler = {
        "name": "Restart",
        "ansible.builtin.fail": {"msg": "It does not start."},
        "when": "inventory_hostname == 'w2'",
    }
    lost = rollout.run(
        tasks=[ping, {**DEPLOY[0], "changed_when": True, "notify": "Restart"}],
        unreachable=["gone", "never"],
        keywords={"handlers": [handler], "pre_tasks": [before]},
    )
    assert lost.code != 0
    assert (rollout.change["state"], rollout.change["close_code"]) == ("3", "unsuccessful")
    notes = rollout.change["close_notes"].splitlines()
    assert notes[0] == "The deployment failed on 3 of 4 hosts."
    # Before ansible-core 2.19 Ansible does not tell a rescue which handler failed.
    unknown = "w2: stopped: Ansible does not tell why; another host failed, or a handler."
    assert notes[1] in ("w2: Restart: It does not start.", unknown)
    assert notes[2].startswith("gone: it did not come to the end of the deployment")
    assert notes[3] == notes[2].replace("gone", "never")
    assert deployed(lost) == ["w1", "w2"]


HOLD = {
    "name": "Meanwhile somebody has it wait",
    "changegate.snow.snow_change": {"correlation_id": RELEASE, "on_hold": True, "on_hold_reason": "The database."},
    "environment": {"SN_USERNAME": "admin", "SN_PASSWORD": password_of("admin")},
    "when": "inventory_hostname == 'w1'",
}


def test_batches(rollout: Rollout) -> None:
    """The gate is asked before each batch: on hold after the first one, the rest is not deployed."""
    held = rollout.example(
        "Deploy the shop to two hosts at a time", tasks=[*DEPLOY, HOLD], hosts=HOSTS, gated_change_batch_timeout=0
    )
    assert held.code != 0
    assert deployed(held) == ["w1", "w2"], said(held)
    change = rollout.change
    assert (change["state"], change["close_code"]) == ("3", "unsuccessful"), held.output
    notes = change["close_notes"].splitlines()
    assert notes[0].startswith("The gate closed before w3, w4.")
    assert "on hold" in notes[0]
    assert notes[-1] == "Not deployed to: w3, w4."
    log = rollout.file("deployment.log")
    assert "w2: done" in log
    assert "w3: not begun" in log


def test_batches_after_a_failure(rollout: Rollout) -> None:
    """A batch with a failed host is the last one, though one of its hosts is well."""
    failed = rollout.run(hosts=HOSTS, sick=["w2"], keywords={"serial": 2})
    assert failed.code != 0
    assert deployed(failed) == ["w1", "w2"]
    assert rollout.change["close_notes"].splitlines() == [
        "The deployment failed on 1 of 4 hosts.",
        "w2: Ask for its health: It answers 500.",
        "Not deployed to: w3, w4.",
    ]
    assert "Nothing is deployed to w3, w4:" in said(failed)


def test_several_plays(rollout: Rollout) -> None:
    """One change for a standard deployment of two plays that have a host in common."""
    first = {"hosts": "w1", "gather_facts": False, "vars": {"gated_change_last": False}, "roles": [ROLE]}
    rollout.write("deploy.yml", DEPLOY)
    options = {**OPTIONS, "template": "Add network switch to datacenter cabinet"}
    played = rollout.play([first, {"hosts": "web", "gather_facts": False, "roles": [ROLE]}], options=options)
    assert played.code == 0, played.output
    change = rollout.change
    assert (change["type"], change["state"]) == ("standard", "3")
    assert deployed(played) == ["w1", "w1", "w2"]
    assert change["close_notes"] == "Deployed on 2 hosts: w1, w2."


@pytest.mark.parametrize("sick", [[], ["w1", "w2"]], ids=["well", "all failed"])
def test_plays_of_their_own(rollout: Rollout, sick: list[str]) -> None:
    """The entry points, in batches of one."""
    played = rollout.example("Open the change", sick=sick, **variables())
    code = "unsuccessful" if sick else "successful"
    assert (played.code == 0, rollout.change["close_code"]) == (not sick, code), played.output
    if sick:
        assert deployed(played) == ["w1"]
        assert "w1: Ask for its health: It answers 500." in rollout.change["close_notes"]
    else:
        assert deployed(played) == ["w1", "w2"]
        assert "w2: done" in rollout.file("deployment.log")


def test_a_workflow_closes_it(rollout: Rollout) -> None:
    """What is being implemented, once; nothing else."""
    instance = rollout.instance
    change = {"number": "CHG0777777", "correlation_id": RELEASE, "state": "-1", "assignment_group": "Network"}
    waiting = {"number": "CHG0777778", "correlation_id": "other", "state": "-2"}
    instance.seed("change_request", change, waiting)
    path = REPOSITORY / "playbooks" / "close_change.yml"
    closed = instance.playbook(path, "-e", f"gated_change_id={RELEASE}", "-e", "reason='AWX canceled it.'")
    assert closed.code == 0, closed.output
    assert (rollout.change["state"], rollout.change["close_notes"]) == ("3", "AWX canceled it.")
    assert rollout.change["work_end"]
    instance.clear_log()
    roles = [
        {
            "ansible.builtin.include_role": {"name": ROLE, "tasks_from": "close"},
            "vars": {"gated_change_outcome": "unsuccessful", "gated_change_id": name},
        }
        for name in ("other", "nobody", RELEASE)
    ]
    again = instance.play(*roles)
    assert again.code == 0, again.output
    assert instance.writes() == []
