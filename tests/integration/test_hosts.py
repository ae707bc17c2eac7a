# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both hosts of a module: the same results, the same keywords of a task; and which of them runs when."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from tests.integration.helpers import Instance, Played, login, password_of, snow, tolerated

NUMBER = "CHG0030020"
INCIDENT = {"table": "incident", "number": "INC0000062"}
RELEASE = {"correlation_id": "shop-1", "short_description": "Deploy shop 1", "assignment_group": "Hardware"}
#: A moment that no demo record holds, so that what happens now can be told from what was there.
NOW = "2031-01-01"

CATALOGUE: list[dict[str, Any]] = [
    snow("snow_change", **RELEASE, start_date="2026-11-24T20:00:00+01:00", affected_cis=["web-01"]),
    snow("snow_change", **RELEASE),
    snow("snow_change", **{**RELEASE, "short_description": "Größer; & \"besser\"", "risk": "High", "priority": None}),
    {**snow("snow_change", **RELEASE, state="assess"), "check_mode": True},
    snow("snow_change", **RELEASE, state="assess", work_notes="Off we go."),
    snow("snow_change", **RELEASE, state="closed"),
    snow("snow_change", correlation_id="shop-1", state="absent"),
    snow("snow_change", correlation_id="shop-1", assigned_to="Nobody Known"),
    snow("snow_change", number="CHG9999999", short_description="x"),
    snow("snow_change", correlation_id="new", short_description="x", fields={"shoe_size": 44}),
    {**snow("snow_change", correlation_id="new", short_description="x", if_missing="fail"), "check_mode": True},
    snow("snow_change_task", change_correlation_id="shop-1", short_description="Stop", order=1),
    snow("snow_change_task", change_correlation_id="shop-1", short_description="Stop", order=1),
    snow("snow_change_task", change_correlation_id="shop-1", short_description="Stop", state="closed",
         close_code="successful", close_notes="Stopped"),
    snow("snow_change_task", change="CHG9999999", short_description="Stop"),
    {**snow("snow_change_task", change_correlation_id="shop-1", short_description="Start"), "check_mode": True},
    snow("snow_record", table="incident", match_on=["correlation_id"],
         data={"correlation_id": "x", "caller_id": "Abel Tuter", "due_date": "2026-07-15T10:00:00Z", "urgency": 1.0,
               "made_sla": False, "watch_list": ["Abel Tuter", "Beth Anglin"], "work_notes": "Noted."}),
    snow("snow_record", **INCIDENT, data={"short_description": None, "urgency": "1 - High"}),
    snow("snow_record", **INCIDENT, data={"assigned_to": "Nobody Known"}, unapplied="warn"),
    snow("snow_record", **INCIDENT, data={"shoe_size": 44}),
    snow("snow_record", **INCIDENT, state="absent"),
    {**snow("snow_record", **INCIDENT, state="absent"), "check_mode": True},
    snow("snow_record", table="incident", match_on=["correlation_id"], records=[
        {"correlation_id": "m-1", "assignment_group": "Hardware", "due_date": "2026-07-15T10:00:00Z"},
        {"correlation_id": "m-2", "work_notes": "Größer; & \"besser\"", "urgency": 1.0, "made_sla": False},
        {"correlation_id": "m-3", "shoe_size": 44}, {"correlation_id": "m-4", "assigned_to": "Nobody Known"}]),
    snow("snow_record", table="incident", query={"correlation_id": "m-2", "state": "New"}, data={"impact": 1}),
    snow("snow_record_info", table="incident", query={"correlation_id": {"starts_with": "m-"}}, order_by=["-number"],
         fields=["number", "shoe_size", "assignment_group.name"], display_value="both"),
    snow("snow_record_info", table="incident", query={"correlation_id": {"starts_with": "m-"}},
         aggregate={"group_by": ["urgency"], "avg": ["impact"]}),
    snow("snow_record_info", table="incident", query={"shoe_size": 44}, count_only=True),
    snow("snow_record_info", table="incident", query={"correlation_id": "none"}, exactly_one=True),
    snow("snow_record", table="u_shoes", number="x"),
    snow("snow_record", table="incident", number="None"),
    snow("snow_attachment", correlation_id="shop-1", name="Plän.md", content="Plan."),
    {**snow("snow_attachment", correlation_id="shop-1", name="Plän.md", content="Other."), "check_mode": True},
    snow("snow_attachment", correlation_id="shop-1", name="Plän.md", content="Other."),
    snow("snow_attachment", correlation_id="shop-1", name="Plän.md", content="Other."),
    snow("snow_attachment", correlation_id="shop-1", src="/nowhere/plan.md"),
    snow("snow_attachment", match={"correlation_id": "shop-1"},
         files=[{"content": "1", "name": "1.txt"}, {"content": "2", "name": "2.html", "content_type": "a/b"}]),
    snow("snow_attachment", correlation_id="shop-1", name="1.txt", new_name="3.txt", state="renamed"),
    snow("snow_attachment_info", correlation_id="shop-1", pattern="*.md"),
    snow("snow_change_info", correlation_id="shop-1",
         include=["tasks", "approvals", "attachments", "affected_cis", "next_states"]),
    {**snow("snow_change_approval", correlation_id="shop-1", state="approved", comments="Größe passt."),
     "environment": login("beth.anglin")},
    snow("snow_change_approval", number=NUMBER, state="rejected"),
    {**snow("snow_change_conflict", number="CHG0030001", max_age=0), "check_mode": True},
    snow("snow_change_conflict", correlation_id="shop-1", max_age=0),
    snow("snow_change_schedule", ci="web-01", duration="2h", planned_start=f"{NOW} 20:00:00"),
    snow("snow_change_schedule", number=NUMBER, state="planned", duration="1h"),
    snow("snow_change_schedule", number="CHG0033046", state="planned", duration="1h", planned_start=f"{NOW} 20:00:00"),
    snow("snow_attachment", correlation_id="shop-1", name="Plän.md", state="absent"),
    snow("snow_change_info", query="short_descriptionSTARTSWITHRemove", limit=5),
    snow("snow_change_info", number="CHG9999999"),
    snow("snow_change_info", query="active=true", limit=0),
    snow("snow_change_info", number=NUMBER, include=["gossip"]),
    snow("snow_change", short_description="x"),
    snow("snow_record", table="incident", number="x", colour="red"),
    snow("snow_record", **INCIDENT, instance={"password": "wrong-password"}),
    snow("snow_record", **INCIDENT, instance={"host": "http://snow.example.com"}),
]  # fmt: skip


def masked(results: Sequence[Mapping[str, Any]]) -> list[str]:
    """*results* as JSON, with the same stand-ins for what the instance makes up: sys_ids, times, transactions."""
    names: dict[str, str] = {}
    # IDs that were there before are told from new ones by nothing; each gets the number of its first appearance.
    texts = (json.dumps(result, sort_keys=True, ensure_ascii=False) for result in results)
    volatile = re.compile(rf"\b[0-9a-f]{{32}}\b|{NOW}[ T]\d\d:\d\d:\d\d|\"transaction_id\": \"[0-9a-f]+\"")

    def stand_in(found: re.Match[str]) -> str:
        text = found.group()
        return names.setdefault(text, f"<{len(names)}>") if len(text) == 32 else "<now>"

    return [volatile.sub(stand_in, text) for text in texts]


def fresh(instance: Instance) -> None:
    instance.control("POST", "reset")
    instance.control("PUT", "clock", {"now": f"{NOW}T08:00:00Z"})
    # No task has to look twice whether a worker is done.
    instance.control("PUT", "settings", {"worker_seconds": 0})


@pytest.mark.parametrize("check", [False, True], ids=["run", "check"])
def test_same_results_byte_for_byte(instance: Instance, check: bool) -> None:
    """What both hosts return for a catalogue of tasks of all modules differs in no byte, failures included."""
    catalogue = CATALOGUE[::8] if check else CATALOGUE
    plays = []
    for in_process in (True, False):
        fresh(instance)
        plays.append(instance.play(*tolerated(*catalogue), check=check, in_process=in_process, arguments=["--diff"]))
    ours, theirs = (masked([outcome.result for outcome in played.outcomes]) for played in plays)
    assert len(ours) == len(catalogue)
    for task, here, there in zip(catalogue, ours, theirs, strict=True):
        assert here == there, task
    assert [outcome.status for outcome in plays[0].outcomes] == [outcome.status for outcome in plays[1].outcomes]


def test_same_output(instance: Instance) -> None:
    """What a person sees is the same too: status, diff, warnings and messages."""
    tasks = [CATALOGUE[18], CATALOGUE[19], snow("snow_record", **INCIDENT, data={"urgency": 1})]
    outputs = []
    for in_process in (True, False):
        fresh(instance)
        played = instance.play(*tolerated(*tasks), in_process=in_process, arguments=["--diff", "-v"])
        # Recent versions of ansible-core tell what kind of plugin failed.
        output = played.output.replace("Action failed", "Module failed")
        outputs.append(re.sub(r"play\d+\.json", "play.json", output))
    ours, theirs = masked(outputs)  # type: ignore[arg-type]
    assert ours == theirs
    assert "Nobody Known" in outputs[0]


class Counted:
    """An interpreter for modules that notes each start of a process, and then is the usual one."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.path = folder / "python"
        self._notes = folder / "starts"
        self.path.write_text(f'#!/bin/sh\necho started >> "{self._notes}"\nexec "{sys.executable}" "$@"\n')
        self.path.chmod(0o755)

    def starts(self) -> int:
        """How many processes have started since this was last asked."""
        count = len(self._notes.read_text().splitlines()) if self._notes.exists() else 0
        self._notes.unlink(missing_ok=True)
        return count


@pytest.fixture
def counted(tmp_path: Path) -> Counted:
    return Counted(tmp_path)


#: A connection that is the local one under another name.
ELSEWHERE = '''
from ansible.plugins.connection.local import Connection as Local
DOCUMENTATION = """
name: elsewhere
short_description: Not local by name
description: For a test.
options:
  pipelining:
    default: false
    type: bool
"""

class Connection(Local):
    transport = "elsewhere"
'''


def test_where_a_task_runs(instance: Instance, tmp_path: Path) -> None:
    """In the controller where that is what the user means, as an ordinary module otherwise: each time it works."""
    (tmp_path / "elsewhere.py").write_text(ELSEWHERE)
    cases: dict[str, tuple[dict[str, Any], bool]] = {
        "plain": ({}, True),
        "switched off": ({"vars": {"changegate_snow_in_process": False}}, False),
        "switched off by a template": ({"vars": {"changegate_snow_in_process": "{{ 'no' }}"}}, False),
        "async": ({"async": 20, "poll": 1}, False),
        "elsewhere": ({"vars": {"ansible_connection": "elsewhere"}}, False),
    }
    if os.geteuid() == 0 and shutil.which("su"):  # only root becomes root without being asked
        cases["become"] = ({"become": True, "become_method": "su", "become_user": "root"}, False)
    interpreters = {name: Counted(tmp_path / name.replace(" ", "_")) for name in cases}
    tasks = [
        {
            **snow("snow_record", table="incident", match_on=["correlation_id"], data={"correlation_id": name}),
            **keywords,
            "name": name,
            "vars": {"ansible_python_interpreter": str(interpreters[name].path), **keywords.get("vars", {})},
        }
        for name, (keywords, _here) in cases.items()
    ]
    played = instance.play(*tolerated(*tasks), environ={"ANSIBLE_CONNECTION_PLUGINS": str(tmp_path)})
    done = [outcome for outcome in played.ours if "record" in outcome.result]
    assert [outcome.result["record"]["correlation_id"] for outcome in done] == list(cases), played.output
    assert all(outcome.changed for outcome in done)
    started_none = {name: interpreters[name].starts() == 0 for name in cases}
    assert started_none == {name: here for name, (_keywords, here) in cases.items()}
    assert [request.method for request in instance.requests()] == ["GET", "POST"] * len(cases)


def inventory(folder: Path, hosts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The arguments that make *hosts* the inventory."""
    path = folder / "hosts.json"
    path.write_text(json.dumps({"all": {"hosts": hosts}}))
    # A .json file is read by the yaml plugin.
    return ["-i", str(path)]


def test_inventory_hosts(instance: Instance, counted: Counted, tmp_path: Path) -> None:
    """delegate_to: localhost from hosts that nobody can reach; run_once; and hosts whose connection is local."""
    unreachable = {"ansible_host": "203.0.113.1", "ansible_connection": "ssh", "ansible_ssh_timeout": 1}
    hosts = {"web-01": {"urgency": 1}, "web-02": {"urgency": 2}}
    task = snow("snow_record", table="incident", match_on=["correlation_id"],
                data={"correlation_id": "disk-{{ inventory_hostname }}", "urgency": "{{ urgency }}"})  # fmt: skip
    once = snow("snow_record", table="incident", match_on=["correlation_id"], data={"correlation_id": "once"})
    tasks = [{**task, "delegate_to": "localhost"}, {**once, "delegate_to": "localhost", "run_once": True}]
    everywhere = {"hosts": "all", "vars": {"ansible_python_interpreter": str(counted.path)}}
    far = inventory(tmp_path, {name: {**unreachable, **options} for name, options in hosts.items()})
    played = instance.play(*tasks, play=everywhere, arguments=far)
    assert played.code == 0, played.output
    urgencies = {row["correlation_id"]: row["urgency"] for row in instance.rows("incident") if row["correlation_id"]}
    assert urgencies == {"disk-web-01": "1", "disk-web-02": "2", "once": "3"}
    assert len([outcome for outcome in played.ours if outcome.changed]) == 3
    near = inventory(tmp_path, {name: {"ansible_connection": "local", **options} for name, options in hosts.items()})
    assert [outcome.changed for outcome in instance.play(task, play=everywhere, arguments=near).ours] == [False] * 2
    assert counted.starts() == 0


def test_environment(instance: Instance, in_process: bool) -> None:
    """environment: of the play and of the task are honoured, the task's wins, and neither lasts beyond the task."""
    read = snow("snow_change_info", number=NUMBER)
    tasks = [
        read,
        {**read, "environment": login("abel.tuter")},
        {**read, "environment": {"SN_USERNAME": "{{ who }}", "SN_PASSWORD": password_of("david.loo")},
         "vars": {"who": "david.loo"}},
        read,
        {**read, "environment": [login("abel.tuter"), {"SN_HOST": "http://127.0.0.1:1", "SN_RETRY_DEADLINE": "0"}],
         "ignore_errors": True},
        {**read, "environment": "{{ item }}", "loop": [login("abel.tuter"), {}]},
    ]  # fmt: skip
    played = instance.play(*tasks, in_process=in_process, play={"environment": login("beth.anglin")})
    assert [outcome.failed for outcome in played.ours if outcome.status != "item"] == [False] * 4 + [True, False]
    users = [request.user for request in instance.requests()]
    assert users == ["beth.anglin", "abel.tuter", "david.loo", "beth.anglin", "abel.tuter", "beth.anglin"]


def test_module_defaults_of_the_group(instance: Instance, in_process: bool) -> None:
    """The action group reaches all modules; a task's own instance replaces it."""
    tasks = [
        snow("snow_change_info", number=NUMBER),
        snow("snow_record", **INCIDENT, data={"urgency": 1}),
        snow("snow_attachment", number=NUMBER, name="a.txt", content="x"),
        snow("snow_change", number=NUMBER, risk="High"),
        snow("snow_change_task", number="CTASK0010001", order=7),
        snow("snow_change_info", number=NUMBER, instance={"host": instance.url, "username": "auditor",
                                                          "password": password_of("auditor")}),
    ]  # fmt: skip
    group = {"host": instance.url, "username": "bow.ruggeri", "password": password_of("bow.ruggeri")}
    nothing = {"SN_HOST": "", "SN_USERNAME": "", "SN_PASSWORD": ""}
    played = instance.play(*tasks, in_process=in_process, instance=group, environ=nothing)
    assert [outcome.result.get("msg") for outcome in played.ours] == [None] * 6
    users = [request.user for request in instance.requests()]
    assert set(users[:-1]) == {"bow.ruggeri"}
    assert users[-1] == "auditor"


def test_loop_register_until(instance: Instance, in_process: bool) -> None:
    """loop, register and until work as with any module."""
    instance.fault({"status": 503}, path="/api/now/table/incident", user="ines.itilson", count=2)
    note = snow("snow_record", table="incident", match_on=["correlation_id"],
                data={"correlation_id": "{{ item }}", "short_description": "Number {{ item }}"})  # fmt: skip
    tasks = [
        {**note, "loop": ["a", "b", "a"], "register": "noted"},
        {"ansible.builtin.assert": {"that": [
            "noted.results | map(attribute='changed') | list == [true, true, false]",
            "noted.results[1].record.short_description == 'Number b'",
        ]}},
        {**snow("snow_record", **INCIDENT, data={"urgency": 1}), "register": "again", "until": "again is succeeded",
         "retries": 5, "delay": 0, "environment": {**login("ines.itilson"), "SN_RETRY_DEADLINE": "0"}},
        {"ansible.builtin.assert": {"that": ["again.attempts == 3", "again is changed"]}},
    ]  # fmt: skip
    played = instance.play(*tasks, in_process=in_process)
    assert played.code == 0, played.output


def test_failed_when_changed_when_ignore_errors(instance: Instance, in_process: bool) -> None:
    """A rescue sees the error's fields; changed_when and failed_when judge the result."""
    wrong = snow("snow_record", table="incident", number="INC9999999", data={"urgency": 1})
    tasks = [
        {"block": [wrong], "rescue": [{"ansible.builtin.assert": {"that": [
            "ansible_failed_result.error.type == 'no_results'", "'INC9999999' in ansible_failed_result.msg"]}}]},
        {**wrong, "register": "missing", "failed_when": "missing.error.type | default('') != 'no_results'"},
        {**snow("snow_record", **INCIDENT, data={"urgency": 1}), "changed_when": False},
    ]  # fmt: skip
    played = instance.play(*tasks, in_process=in_process)
    assert played.code == 0, played.output
    assert not played.last.changed


def test_no_log(instance: Instance, in_process: bool) -> None:
    """no_log hides what the task got and returned, and the result is there for later tasks."""
    tasks = [
        {**snow("snow_record", **INCIDENT, data={"description": "hidden words"}), "no_log": True, "register": "made"},
        {"ansible.builtin.assert": {"that": ["made.record.description == 'hidden words'"], "quiet": True}},
    ]
    played = instance.play(*tasks, in_process=in_process, arguments=["-vvv", "--diff"])
    assert played.code == 0, played.output
    assert re.sub(r"made\.record\.description == 'hidden words'", "", played.output).count("hidden words") == 0
    assert "censored" in played.ours[0].result


def test_timeout_of_the_task(instance: Instance, in_process: bool) -> None:
    """timeout: ends a task that waits for the instance."""
    instance.control("PUT", "latency", {"ms": 5000})
    played = instance.play(*tolerated({**snow("snow_record", **INCIDENT), "timeout": 2}), in_process=in_process)
    instance.control("PUT", "latency", {"ms": 0})
    assert played.last.failed
    # ansible-core before 2.19 has other words for it.
    assert re.search(r"Timed out after 2 seconds?|expected time frame \(2\)", played.last.result["msg"])


def test_check_mode_and_diff_of_the_task(instance: Instance, in_process: bool) -> None:
    """check_mode of a task overrules that of the play, both ways; diff: true prints what changed, and only then."""
    change = snow("snow_record", **INCIDENT, data={"short_description": "Something else"})
    real = {**change, "check_mode": False, "diff": True}
    played = instance.play(change, real, check=True, in_process=in_process)
    assert [outcome.changed for outcome in played.ours] == [True, True]
    assert [request.method for request in instance.writes()] == ["PATCH"]
    assert played.output.count("+++ after") == 1
    assert "Something else" in played.output
    assert played.ours[0].result["diff"] == played.ours[1].result["diff"]
    instance.clear_log()
    foretold = {**snow("snow_record", **INCIDENT, data={"urgency": 1}), "check_mode": True}
    assert instance.play(foretold, in_process=in_process).last.changed
    assert instance.writes() == []


def test_async_without_waiting(instance: Instance) -> None:
    """poll: 0 starts the task and async_status fetches its result."""
    tasks = [
        {**snow("snow_record", **INCIDENT, data={"urgency": 1}), "async": 30, "poll": 0, "register": "job"},
        {"ansible.builtin.async_status": {"jid": "{{ job.ansible_job_id }}"}, "register": "done",
         "until": "done is finished", "retries": 100, "delay": 0.1},
        {"ansible.builtin.assert": {"that": ["done.record.urgency == '1'", "done is changed"]}},
    ]  # fmt: skip
    played = instance.play(*tasks)
    assert played.code == 0, played.output


YAML = """
- hosts: localhost
  gather_facts: false
  vars:
    changegate_snow_in_process: {in_process}
    hidden: !vault |
{vault}
  tasks:
    - name: Values that only YAML and templates make
      changegate.snow.snow_record:
        table: incident
        number: INC0000062
        data:
          due_date: 2026-07-15T10:00:00+02:00
          follow_up: 2026-07-15 11:00:00
          expected_start: "{{{{ '2026-07-15 12:00:00' | to_datetime }}}}"
          made_sla: no
          urgency: 0x1
          reassignment_count: "{{{{ 40 + 2 }}}}"
          description: "{{{{ hidden }}}}"
          work_notes_list: "{{{{ ['Abel Tuter'] + ['Beth Anglin'] }}}}"
          caller_id: "{{{{ omit }}}}"
          category: !unsafe "{{{{ not a template }}}}"
"""


def test_values_of_yaml_and_templates(instance: Instance, tmp_path: Path) -> None:
    """Dates, vaulted and unsafe strings, native lists and numbers reach the instance alike from both hosts."""
    secret = tmp_path / "vault-password"
    secret.write_text("vault-password")
    vaulted = VaultLib([("default", VaultSecret(b"vault-password"))]).encrypt(b"from the vault")
    indented = "\n".join(f"      {line}" for line in vaulted.decode().splitlines())
    results = []
    for in_process in (True, False):
        fresh(instance)
        path = tmp_path / f"yaml-{in_process}.yml"
        path.write_text(YAML.format(in_process=str(in_process).lower(), vault=indented))
        played = instance.playbook(path, "--vault-password-file", str(secret))
        assert played.code == 0, played.output
        results.append(played.last.result)
    record = results[0]["record"]
    dates = (record["due_date"], record["follow_up"], record["expected_start"])
    assert dates == ("2026-07-15 08:00:00", "2026-07-15 11:00:00", "2026-07-15 12:00:00")
    assert (record["made_sla"], record["urgency"], record["reassignment_count"]) == ("false", "1", "42")
    assert (record["description"], record["category"]) == ("from the vault", "{{ not a template }}")
    assert record["caller_id"] != ""
    ours, theirs = masked(results)
    assert ours == theirs


def test_hosts_share_a_play(instance: Instance) -> None:
    """Two hosts at once, each its own environment: nothing of one task is seen in another."""
    names = ["abel.tuter", "beth.anglin", "david.loo", "don.goodliffe"]
    hosts = {name: {"ansible_connection": "local"} for name in names}
    read = {**snow("snow_change_info", number=NUMBER), "environment": {"SN_USERNAME": "{{ inventory_hostname }}"}}
    read["environment"]["SN_PASSWORD"] = "{{ passwords[inventory_hostname] }}"
    play: dict[str, Any] = {"hosts": "all", "vars": {"passwords": {name: password_of(name) for name in names}}}
    played: Played = instance.play(read, read, play=play, arguments=inventory(instance.folder, hosts))
    assert played.code == 0, played.output
    assert sorted(str(request.user) for request in instance.requests()) == sorted(names * 2)
