# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples in docs/gate.md and the first playbook of the README do what they say."""

from __future__ import annotations

import re
from typing import Any

import yaml
from tests.integration.helpers import REPOSITORY, Instance, Played, snow
from tests.integration.test_gate_waiting import SYS_ID as WAITED_FOR
from tests.integration.test_gate_waiting import World, rules

from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Query
from ansible_collections.changegate.snow.plugins.module_utils.gate_policy import FourEyes

TEXT = (REPOSITORY / "docs" / "gate.md").read_text(encoding="utf-8")
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
MINIMAL, WITH_HOSTS, LOOKING, RETURNED = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
RELEASE, SYS_ID = "shop-2026.11.1-production", "0f4ac6c4b750230096c3e4f6ee11a9fe"
CHANGE = {
    "sys_id": SYS_ID,
    "correlation_id": RELEASE,
    "state": "-1",
    "approval": "approved",
    "on_hold": "false",
    "start_date": "2026-11-24 20:00:00",
    "end_date": "2026-11-24 22:00:00",
    "requested_by": "abel.tuter",
    "opened_by": "ansible",
}


def play(instance: Instance, *examples: str) -> Played:
    """The *examples* as one playbook, to two hosts that are this machine."""
    path, inventory = instance.folder / "example.yml", instance.folder / "inventory"
    path.write_text("".join(examples), encoding="utf-8")
    inventory.write_text("[web]\nweb-01\nweb-02\n[web:vars]\nansible_connection=local\n", encoding="utf-8")
    return instance.playbook(path, "-i", str(inventory))


def names(played: Played, name: str) -> list[str]:
    """The hosts on which the task *name* was run."""
    return sorted(outcome.host for outcome in played.outcomes if outcome.name == name)


def prepare(instance: Instance, **columns: str) -> None:
    instance.control("PUT", "clock", {"now": "2026-11-24T20:30:00Z"})
    instance.seed("change_request", {**CHANGE, **columns})


def test_asking(instance: Instance) -> None:
    prepare(instance)
    instance.seed("task_ci", *({"task": SYS_ID, "ci_item": name} for name in ("web-01", "web-02")))
    instance.seed("sysapproval_approver", {"sysapproval": SYS_ID, "approver": "bow.ruggeri", "state": "approved"})
    opened = play(instance, MINIMAL, WITH_HOSTS, LOOKING)
    assert opened.code == 0, opened.output
    assert names(opened, "Deploy") == ["localhost", "web-01", "web-02"]
    assert [outcome.result["open"] for outcome in opened.of("snow_change_gate")] == [True] * 3


def test_what_comes_back(instance: Instance) -> None:
    """Without its approval nothing is deployed; what the task returns is what the document says."""
    prepare(instance, state="-4", approval="requested")
    closed = play(instance, LOOKING, WITH_HOSTS)
    assert closed.code == 2
    assert names(closed, "Deploy") == []
    looked, asked = closed.of("snow_change_gate")
    written: dict[str, Any] = yaml.safe_load(RETURNED)
    returned = {name: looked.result[name] for name in written}
    returned["facts"]["now"] = re.sub(r":\d\d$", ":00", returned["facts"]["now"])
    assert returned == written
    assert {"passed", "record", "display"} <= looked.result.keys()
    said = [reason["text"] for reason in looked.result["reasons"]]
    assert [outcome.result["msg"] for outcome in closed.outcomes if outcome.name == "Say what is missing"] == [said]
    # All reasons, those of the hosts and of who approved, too.
    assert [reason["rule"] for reason in asked.result["reasons"]] == [
        "states",
        "approval",
        "hosts",
        "hosts",
        "approved_by",
    ]


def test_nobody_knows(instance: Instance) -> None:
    """The first lines of "When it fails closed": these fail the task, whatever enforce says."""
    prepare(instance)
    instance.seed("change_request", {"number": "CHG0099001", "correlation_id": RELEASE, "state": "-1"})

    def gate(**options: Any) -> dict[str, Any]:
        return snow("snow_change_gate", enforce=False, **options)

    refused = {**gate(sys_id=SYS_ID), "environment": {"SN_PASSWORD": "wrong"}}
    tasks = [gate(number="CHG9999999"), gate(correlation_id=RELEASE), refused]
    tasks += [gate(sys_id=SYS_ID, hosts=[]), gate(sys_id=SYS_ID, states=["Implment"])]
    outcomes = instance.run(*tasks)
    assert all(outcome.failed and outcome.result["open"] is False for outcome in outcomes)
    lines = re.findall(r"^\| .* \| (.*) \|$", TEXT.split("## When it fails closed")[1], re.MULTILINE)[1:5]
    unknown, several, unanswered, empty, label = [text for line in lines for text in line.split("; ")]
    for outcome, text in zip(outcomes, (unknown, several, unanswered, empty, label), strict=True):
        assert outcome.result["summary" if text is unanswered else "msg"].startswith(text), outcome.result["msg"]


def test_what_a_look_costs(instance: Instance, client: Client) -> None:
    """One request, and where the policy asks about all that belongs to the change, one a part and the change again."""
    world = World(instance, client)
    instance.seed("task_ci", {"task": WAITED_FOR, "ci_item": "build-01"})
    instance.seed("sysapproval_approver", {"sysapproval": WAITED_FOR, "approver": "bow.ruggeri", "state": "approved"})
    policy = {
        "hosts": ("build-01",),
        "tasks_closed": ("Back up",),
        "conflict_max_age": 3600,
        "four_eyes": FourEyes(groups=("CAB Approval",)),
        "no_open_incidents": True,
        "match": Query.parse("risk=1"),
    }
    world.wait(timeout=0)
    assert len(instance.requests()) == 1
    instance.clear_log()
    looked = world.wait(timeout=0, **policy)
    assert "hosts" not in rules(looked)
    assert [request.path.split("/")[4] for request in instance.requests()] == [
        SYS_ID, "task_ci", "incident", "change_task", SYS_ID, "sysapproval_approver", "sys_user_grmember",
        "change_request", SYS_ID,
    ]  # fmt: skip
    world.change(state="-2")
    instance.clear_log()
    world.wait(timeout=60, **policy)
    # The first look and the last one see everything, and those between them the change alone.
    between = [request.path.split("/")[4] for request in instance.requests()][9:-8]
    assert len(between) >= 3
    assert set(between) == {SYS_ID}


def test_the_first_playbook(instance: Instance) -> None:
    """In check mode, for real, and again."""
    code = README.split("### A first playbook")[1].split("```yaml\n")[1].split("```")[0]
    assert code.count("timeout: 12h") == 1
    path = instance.folder / "first.yml"
    path.write_text(code.replace("timeout: 12h", "timeout: 12h\n        interval: 1"), encoding="utf-8")
    instance.control("PUT", "clock", {"now": "2026-11-24T20:30:00Z"})
    instance.control("PUT", "settings", {"auto_approve_after": 0.2})
    checked = instance.playbook(path, "--check")
    assert checked.code == 0, checked.output
    assert instance.writes() == []
    first = instance.playbook(path)
    assert first.code == 0, first.output
    (change,) = instance.rows("change_request", correlation_id=RELEASE)
    assert (change["state"], change["close_code"], change["approval"]) == ("3", "successful", "approved")
    assert names(first, "Deploy") == ["localhost"]
    instance.clear_log()
    again = instance.playbook(path)
    assert again.code == 0, again.output
    assert instance.writes() == []
    assert [outcome.name for outcome in again.ours if outcome.changed] == []


def test_the_gate_of_the_readme(instance: Instance) -> None:
    """It is one task of a play to hosts."""
    (task,) = yaml.safe_load(README.split("### Gate a deployment")[1].split("```yaml\n")[1].split("```")[0])
    (example,) = yaml.safe_load(WITH_HOSTS)
    asked = example["tasks"][0]["changegate.snow.snow_change_gate"]
    options = task["changegate.snow.snow_change_gate"]
    # As in the document, whose example is run.
    assert {name: asked[name] for name in options} == {**options, "correlation_id": RELEASE}
    assert (task["run_once"], task["delegate_to"]) == (True, "localhost")
