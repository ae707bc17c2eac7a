# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The callback plugin change_recap: one work note for a playbook, and never a playbook that ends otherwise for it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.integration.helpers import USER, Instance, Played, password_of, snow

PLUGIN = "changegate.snow.change_recap"
ENABLED = {"ANSIBLE_CALLBACKS_ENABLED": f"results,{PLUGIN}"}
SECRETS = ("plain-9d31c7", "nested-52ab80", "templated-c00f11", "hidden-7be2d5")
JOB = {"JOB_ID": "77", "AWX_HOST": "https://user:pw@awx.example.com/", "PROJECT_REVISION": "1a"}
DEBUG = {"ansible.builtin.debug": {"msg": "deployed"}}
Plays = Sequence[Mapping[str, Any]]


def change(instance: Instance, name: str = "shop-1", **columns: str) -> str:
    """The number of a new change."""
    row = {"short_description": name, "correlation_id": name, "state": "Implement", **columns}
    (sys_id,) = instance.seed("change_request", row)
    return str(instance.rows("change_request", sys_id=sys_id)[0]["number"])


def notes(instance: Instance, number: str) -> list[str]:
    """The recaps in the journal of a change."""
    (record,) = instance.rows("change_request", number=number)
    entries = instance.rows("sys_journal_field", element_id=record["sys_id"], element="work_notes")
    return [entry["value"] for entry in entries if entry["value"].startswith("Ansible playbook")]


def run(instance: Instance, *playbooks: Plays, arguments: Sequence[str] = (), **environ: str) -> Played:
    """What becomes of playbooks that run one after the other; a recap never leaves a traceback behind."""
    paths = [instance.folder / f"deploy{at}.json" for at in range(len(playbooks))]
    for path, plays in zip(paths, playbooks, strict=True):
        path.write_text(json.dumps(plays), encoding="utf-8")
    played = instance.playbook(paths[0], *map(str, paths[1:]), *arguments, environ={**ENABLED, **environ})
    assert "Traceback" not in played.output, played.output
    return played


def local(*tasks: Mapping[str, Any], **keywords: Any) -> dict[str, Any]:
    return {"hosts": "localhost", "gather_facts": False, "connection": "local", **keywords, "tasks": list(tasks)}


def fails(message: str, name: str = "Install", **keywords: Any) -> dict[str, Any]:
    return {"name": name, "ansible.builtin.fail": {"msg": message}, **keywords}


def recap_of(played: Played) -> list[str]:
    """What Ansible itself says in the end."""
    lines = played.output.splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("PLAY RECAP"))
    return [line for line in lines[start + 1 :] if " : ok=" in line]


def warned(played: Played) -> list[str]:
    """What the plugin warns of."""
    return " ".join(played.output.split()).split("[WARNING]: change_recap: the recap was not written to ")[1:]


def test_a_playbook_that_opens_its_change(instance: Instance, tmp_path: Path) -> None:
    """Several plays, serial, failures of all kinds, secrets: one note that tells of all but the secrets."""
    hosts = tmp_path / "hosts.ini"
    lines = [f"web-0{at} ansible_connection=local" for at in (1, 2, 3)]
    lines[1] += " ansible_remote_tmp=/proc/nowhere"
    hosts.write_text("[web]\n" + "\n".join(lines) + "\n", encoding="utf-8")
    opened = snow("snow_change", correlation_id="new-1", short_description="New", assignment_group="Network")
    known = {
        "db_password": SECRETS[0],
        "accounts": [{"user": "a", "api_token": {"first": SECRETS[1]}}],
        "stage": "templated",
        "the_secret": "{{ stage }}-c00f11",
        "change_recap_number": "{{ hostvars['localhost'].opened.record.number }}",
    }
    told = f"No package [code]<b>shop</b>[/code]\nwith {' '.join(SECRETS[:3])} {{{{ lookup('env', 'SN_PASSWORD') }}}}"
    plays = [
        local(
            {"name": "Open", **opened, "register": "opened"}, vars={"change_recap_number": "{{ opened.record.number }}"}
        ),
        {
            "hosts": "web",
            "gather_facts": False,
            "serial": [2, 1],
            "vars": known,
            "tasks": [
                {"block": [fails(told, "Rescued", when="inventory_hostname == 'web-01'")], "rescue": [DEBUG]},
                {"name": "Reach", "ansible.builtin.command": "echo"},
                fails("item {{ item }}", "Loop", loop=[1, 2, 3, 4, 5], ignore_errors=True),
                fails(SECRETS[3], "Hide", no_log=True, when="inventory_hostname == 'web-03'"),
            ],
        },
    ]
    played = run(instance, plays, arguments=["-i", str(hosts)], **JOB)
    assert played.code != 0
    (record,) = instance.rows("change_request", correlation_id="new-1")
    (note,) = notes(instance, record["number"])
    assert f"change_recap: the recap is in the work notes of {record['number']}." in played.output
    first, second, third, _empty, titles, *rest = note.splitlines()
    assert first == "Ansible playbook deploy0.json failed."
    assert second.endswith(", https://awx.example.com/#/jobs/playbook/77")
    assert third.startswith("From 20")
    assert titles.split() == ["ok", "changed", "unreachable", "failed", "skipped", "rescued", "ignored"]
    rows = {line.split()[0]: [int(cell) for cell in line.split()[1:]] for line in rest if line[:3] in ("web", "loc")}
    theirs = {
        line.split()[0]: [int(word.split("=")[1]) for word in line.split(" : ")[1].split()] for line in recap_of(played)
    }
    assert rows == theirs
    assert list(rows) == ["web-02", "web-03", "localhost", "web-01"]
    failed = [line for line in rest if line.startswith("- ")]
    assert failed[0].startswith("- web-01, Rescued: No package [ code]<b>shop</b>[ /code] with ******** ")
    assert [line.split(":")[0] for line in failed[1:]] == [
        "- web-02 (unreachable), Reach",
        "- web-01 (ignored), Loop",
        "- web-03 (ignored), Loop",
        "- web-03, a task hidden by no_log",
    ]
    assert failed[2].endswith("item 1; item 2; item 3; and 2 more items")
    for secret in (*SECRETS, password_of(USER), "user:pw"):
        assert secret not in note
    without = run(instance, plays, arguments=["-i", str(hosts)], ANSIBLE_CALLBACKS_ENABLED="results")
    assert [line.replace("changed=1 ", "changed=0 ") for line in recap_of(played)] == [
        line.replace("changed=1 ", "changed=0 ") for line in recap_of(without)
    ]
    assert without.code == played.code


def test_which_change(instance: Instance, tmp_path: Path) -> None:
    """A fact beats the variables of plays, these the environment, that ansible.cfg; each playbook has its own note."""
    numbers = [change(instance, f"change-{at}") for at in range(4)]
    closed = change(instance, "closed", state="Closed", active="false")
    fact = {"ansible.builtin.set_fact": {"change_recap_number": numbers[0]}}
    settings = tmp_path / "ansible.cfg"
    login = f"host={instance.url}\nusername={USER}\npassword={password_of(USER)}\n"
    settings.write_text(f"[callback_change_recap]\nnumber={numbers[3]}\n{login}", encoding="utf-8")
    config = {"ANSIBLE_CONFIG": str(settings), "SN_USERNAME": "", "SN_PASSWORD": "", "SN_HOST": ""}
    named = local(DEBUG, DEBUG, vars={"change_recap_number": numbers[1]})
    by_id = local(DEBUG, vars={"change_recap_correlation_id": "closed", "change_recap_number": numbers[1]})
    run(
        instance,
        [named],
        [local(DEBUG)],
        [by_id],
        [local(fact), named],
        SN_CHANGE_NUMBER=numbers[2],
        SN_CHANGE_SYS_ID="",
    )
    run(instance, [local(DEBUG)], **config)
    # The number goes before the correlation ID.
    assert [len(notes(instance, number)) for number in (*numbers, closed)] == [1, 2, 1, 1, 0]
    run(instance, [local(DEBUG, vars={"change_recap_correlation_id": "closed"})], SN_CHANGE_NUMBER=numbers[2])
    texts = [notes(instance, number)[0] for number in (*numbers[1:], closed, numbers[0])]
    assert [text.splitlines()[-1].split()[:2] for text in texts] == [["localhost", count] for count in "21113"]
    assert [text.split()[2] for text in texts[:2]] == ["deploy0.json", "deploy1.json"]
    assert all(text.split("\n")[0].endswith("succeeded.") for text in texts)


def test_nothing_is_written_where_there_is_nothing_to_say(instance: Instance) -> None:
    """Check mode, no task, no change, no failure, a playbook that is only looked at."""
    number = change(instance)
    named = {"SN_CHANGE_NUMBER": number}
    failures = {"SN_CHANGE_RECAP_ONLY_ON_FAILURE": "true"}
    instance.clear_log()
    checked = run(instance, [local(DEBUG)], arguments=["--check"], **named)
    assert f"check mode, so nothing is written to the change request with number {number}." in checked.output
    silent = [
        run(instance, [local(DEBUG)], arguments=["--syntax-check"], **named),
        run(instance, [local(DEBUG)], arguments=["--list-tasks"], **named),
        run(instance, [local(DEBUG)], [local(DEBUG)]),
    ]
    assert [played.code for played in silent] == [0] * 3
    assert not [played for played in silent if "change_recap:" in played.output]
    assert instance.requests() == []
    nowhere = local(DEBUG, hosts="nowhere")
    failing = run(instance, [nowhere], [local(DEBUG)], [local(fails("no"))], **named, **failures)
    assert failing.code == 2
    (note,) = notes(instance, number)
    assert note.startswith("Ansible playbook deploy2.json failed.")


def test_a_note_that_cannot_be_written_is_a_warning(instance: Instance) -> None:
    """A sentence that says why, and the exit code of the playbook alone."""

    def named(value: str) -> Plays:
        return [local(DEBUG, vars={"change_recap_number": value})]

    several = [*named("CHG0030001"), *named("CHG0030020")]
    failing = [local(fails("no"), vars={"change_recap_number": "{{ opened.record.number }}"})]
    instance.clear_log()
    played = run(instance, several, named(""), named("None"), failing)
    assert played.code == 2
    assert instance.requests() == []
    texts = (
        "The plays name several changes in change_recap_number (CHG0030001, CHG0030020); name one.",
        "change_recap_number is empty; give",
        "number is 'None'",
        "change_recap_number has no value: 'opened' is undefined",
    )
    for text, told in zip(texts, warned(played), strict=True):
        assert text in told
    cases = [
        ({"SN_PASSWORD": SECRETS[0]}, "did not accept the login"),
        ({"SN_TIMEOUT": "soon"}, "SN_TIMEOUT is 'soon'"),
    ]
    for environ, text in cases:
        played = run(instance, [local(DEBUG)], **{"SN_CHANGE_NUMBER": "CHG0030001", **environ})
        assert played.code == 0
        (told,) = warned(played)
        assert text in told
        assert SECRETS[0] not in played.output


def test_a_bad_day(instance: Instance) -> None:
    """The note is there once, be the answer lost before or after it was written; a refusal is a warning."""
    numbers = [*(change(instance, f"change-{at}") for at in range(3)), "CHG9999999"]
    plays = [[local(DEBUG, vars={"change_recap_number": number})] for number in numbers]
    script = [{"drop": "after"}, {"drop": "before"}, {}]
    instance.control("POST", "faults", {"method": "PATCH", "script": script})
    assert run(instance, *plays[:2], SN_RETRY_DEADLINE="10").code == 0
    instance.control("DELETE", "faults")
    instance.read_only()
    played = run(instance, *plays[2:])
    assert played.code == 0
    refused, unknown = warned(played)
    assert refused.startswith(f"the change request with number {numbers[2]}: PATCH ")
    assert "There is no change request with number CHG9999999" in unknown
    assert [len(notes(instance, number)) for number in numbers[:3]] == [1, 1, 0]


def test_the_documentation_renders() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ansible.cli.doc", "-t", "callback", "--json", PLUGIN],
        capture_output=True,
        text=True,
        check=True,
    )
    options = json.loads(done.stdout)[PLUGIN]["doc"]["options"]
    assert options["username"]["ini"] == [{"section": "callback_change_recap", "key": "username"}]
    assert options["number"]["env"] == [{"name": "SN_CHANGE_NUMBER"}]
