# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_attachment: one file of a name on a record, whatever was there before; nothing lost when an upload fails."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests
from tests.integration.helpers import Instance, Outcome, Request, login, password_of, snow, tolerated

CHANGE = {"number": "CHG0030020", "sys_id": "b0dbda5347c12200e0ef563dbb9a718f"}
BY_SYS_ID = {"sys_id": CHANGE["sys_id"]}


def attach(**options: Any) -> dict[str, Any]:
    return snow("snow_attachment", **options)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def changed(outcomes: list[Outcome]) -> list[bool]:
    assert not [outcome.result["msg"] for outcome in outcomes if outcome.failed]
    return [outcome.changed for outcome in outcomes]


def stored(instance: Instance, name: str | None = None) -> list[dict[str, Any]]:
    """The attachments of the change, all or those called *name*."""
    rows = instance.rows("sys_attachment", table_sys_id=CHANGE["sys_id"])
    return [row for row in rows if name in (None, row["file_name"])]


def upload(instance: Instance, name: str, data: bytes) -> None:
    """Attach a file by hand; names need not be unique."""
    where = {"table_name": "change_request", "table_sys_id": CHANGE["sys_id"], "file_name": name}
    answer = requests.post(
        f"{instance.url}/api/now/attachment/file",
        params=where,
        data=data,
        headers={"Content-Type": "text/plain"},
        auth=("ansible", password_of("ansible")),
        timeout=10,
    )
    assert answer.status_code == 201, answer.text
    instance.clear_log()


def methods(sent: list[Request]) -> list[str]:
    return [request.method for request in sent]


def test_new_unchanged_replaced_absent(instance: Instance, in_process: bool, tmp_path: Path) -> None:
    """Every step changes once, check mode foretells it, and with a sys_id the requests are those of the budget."""
    first, second = tmp_path / "1" / "plan.md", tmp_path / "2" / "plan.md"
    for path, text in ((first, "Deploy."), (second, "Deploy and test.")):
        path.parent.mkdir()
        path.write_text(text)
    steps = [
        attach(**BY_SYS_ID, src=str(first)),
        attach(**BY_SYS_ID, src=str(second)),
        attach(**BY_SYS_ID, name="plan.md", state="absent"),
    ]
    tasks = [step for task in steps for step in ({**task, "check_mode": True}, task, task)]
    played = instance.play(*tasks, in_process=in_process)
    assert changed(played.ours) == [True, True, False] * 3
    assert [outcome.result["requests"] for outcome in played.ours] == [1, 2, 1, 1, 3, 1, 1, 2, 1]
    # The new file is there before the old one goes.
    assert methods(instance.writes()) == ["POST", "POST", "DELETE", "DELETE"]
    results = [outcome.result for outcome in played.ours]
    assert [result["diff"] for result in results[0::3]] == [result["diff"] for result in results[1::3]]
    assert results[1]["attachment"]["hash"] == sha256(b"Deploy.")
    assert results[4]["attachment"]["hash"] == sha256(b"Deploy and test.")
    assert [len(result["diff"]["before"].get("attachments", [])) for result in results[1::3]] == [0, 1, 1]
    assert stored(instance) == []


def test_one_connection_a_task(instance: Instance) -> None:
    """Look-up, list, upload and delete of one task share a TCP connection."""
    upload(instance, "a.txt", b"old")
    task = attach(number=CHANGE["number"], name="a.txt", content="new")
    assert changed(instance.play(task).ours) == [True]
    assert methods(instance.requests()) == ["GET", "GET", "POST", "DELETE"]
    assert len({request.connection for request in instance.requests()}) == 1


def test_the_record_by_each_key(instance: Instance) -> None:
    """A number and a correlation_id name the record as well, of any table; one that is not there fails."""
    instance.control("POST", "seed", {"table": "change_request", "records": [{**BY_SYS_ID, "correlation_id": "rel-1"}]})
    file = {"name": "a.txt", "content": "same"}
    missing: list[dict[str, Any]] = [{"number": "CHG9999999"}, {"correlation_id": "nobody"}, {"sys_id": "0" * 32}]
    played = instance.play(
        attach(number=CHANGE["number"], **file),
        attach(correlation_id="rel-1", **file),
        attach(**BY_SYS_ID, **file),
        attach(table="incident", number="INC0000062", **file),
        *tolerated(*(attach(**key, **file) for key in missing)),
    )
    assert changed(played.ours[:4]) == [True, False, False, True]
    assert len(stored(instance)) == 1
    for outcome, key in zip(played.ours[4:], missing, strict=True):
        assert outcome.failed
        assert not outcome.changed
        assert next(iter(key.values())) in outcome.result["msg"], key
    assert len(instance.rows("sys_attachment")) == 2


def test_a_failed_upload_leaves_the_old_file(instance: Instance, in_process: bool) -> None:
    """Refused, lost or stored wrongly: the file that was there stays, and the task says that it failed."""
    upload(instance, "a.txt", b"old")
    task = attach(**BY_SYS_ID, name="a.txt", content="new")
    instance.fault({"status": 403}, method="POST", count=1)
    instance.fault({"drop": "before"}, method="POST")
    played = instance.play(*tolerated(task, task), in_process=in_process)
    assert [(outcome.failed, outcome.changed) for outcome in played.ours] == [(True, False)] * 2
    assert [outcome.result["error"]["type"] for outcome in played.ours] == ["forbidden", "outcome_unknown"]
    assert [row["hash"] for row in stored(instance)] == [sha256(b"old")]
    assert "DELETE" not in methods(instance.requests())


def test_a_corrupted_upload_is_noticed(instance: Instance) -> None:
    """The hash that the instance returns is compared with the file's own; the old file stays."""
    upload(instance, "a.txt", b"old")
    wrong = {"sys_id": "1" * 32, "file_name": "a.txt", "hash": sha256(b"rubbish"), "size_bytes": "7"}
    instance.fault({"status": 201, "body": {"result": wrong}}, method="POST")
    played = instance.play(*tolerated(attach(**BY_SYS_ID, name="a.txt", content="new")))
    assert played.last.failed
    assert "other content" in played.last.result["msg"]
    assert [row["hash"] for row in stored(instance)] == [sha256(b"old")]


def test_a_failed_delete_says_changed(instance: Instance) -> None:
    """If the old file cannot be deleted after the upload, the failure says changed; the next run ends it."""
    upload(instance, "a.txt", b"old")
    instance.fault({"status": 403}, method="DELETE", count=1)
    task = attach(**BY_SYS_ID, name="a.txt", content="new")
    played = instance.play(*tolerated(task), task, task)
    assert [(outcome.failed, outcome.changed) for outcome in played.ours] == [
        (True, True), (False, True), (False, False)
    ]  # fmt: skip
    assert [row["hash"] for row in stored(instance)] == [sha256(b"new")]


def test_uploaded_exactly_once(instance: Instance) -> None:
    """An upload whose outcome is unknown is looked up by name and hash, and sent again only if it is not there."""
    troubles: dict[str, dict[str, Any]] = {
        "abel.tuter": {"drop": "after"},
        "beth.anglin": {"drop": "before"},
        "david.loo": {"truncate": True},
    }
    tasks = []
    for user, action in troubles.items():
        upload(instance, user, b"old")
        instance.fault(action, method="POST", user=user, count=1)
        tasks.append({**attach(**BY_SYS_ID, name=user, content="new"), "environment": login(user)})
    played = instance.play(*tolerated(*tasks, *tasks))
    assert changed(played.ours) == [True] * 3 + [False] * 3
    for user in troubles:
        assert [row["hash"] for row in stored(instance, user)] == [sha256(b"new")]


def test_wrong_files_and_names(instance: Instance, tmp_path: Path) -> None:
    """A file that cannot be sent, or a name that is none, is said in a sentence before anything is sent."""
    (tmp_path / "empty name").touch()
    secret = tmp_path / "unreadable"
    secret.symlink_to(secret)  # root may read any file, but nobody can follow this
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"src": str(tmp_path / "missing.md")}, "local_file", "missing.md"),
        ({"src": str(tmp_path)}, "local_file", str(tmp_path)),
        ({"src": str(secret)}, "local_file", "unreadable"),
        *(({"content": "x", "name": name}, "invalid_usage", "name") for name in ("a/b", "..", " ", "a\nb", "c:\\d")),
        ({"src": ""}, "invalid_usage", "src"),
    ]
    tasks = [attach(**BY_SYS_ID, **options) for options, _kind, _word in cases]
    played = instance.play(*tolerated(*tasks))
    for outcome, (options, kind, word) in zip(played.ours, cases, strict=True):
        assert outcome.failed, options
        assert outcome.result["error"]["type"] == kind
        assert word in outcome.result["msg"]
    assert "Traceback" not in played.output
    assert instance.requests() == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_unreadable_file(instance: Instance, tmp_path: Path) -> None:
    """A file without the right to read it is named."""
    path = tmp_path / "secret.md"
    path.touch(mode=0o000)
    played = instance.play(*tolerated(attach(**BY_SYS_ID, src=str(path))))
    assert played.last.result["error"]["type"] == "local_file"


NAMES = {
    "deploy.log": "text/plain",
    "site.yml": "text/plain",
    "nginx.conf": "text/plain",
    "pyproject.TOML": "text/plain",
    "versions.json": "application/json",
    "page.html": "text/html",
    "image.png": "image/png",
    "data.xyzzy": "application/octet-stream",
    "no suffix": "application/octet-stream",
    "Größe, Überblick (1).txt": "text/plain",
    'it\'s "quoted" & more.txt': "text/plain",
    "a^b^^c^ORfile_nameISNOTEMPTY.txt": "text/plain",
    "50% + 1 = ?#;,.txt": "text/plain",
    "日本語.md": "text/plain",
}


def test_names_and_content_types(instance: Instance) -> None:
    """A browser shows logs and configuration as text; any name of a file comes through and is found again."""
    instance.play(*(attach(**BY_SYS_ID, name=name, content=name) for name in NAMES))
    assert {row["file_name"]: row["content_type"].partition(";")[0] for row in stored(instance)} == NAMES
    assert {row["file_name"]: row["hash"] for row in stored(instance)} == {
        name: sha256(name.encode()) for name in NAMES
    }
    again = instance.play(
        *(attach(**BY_SYS_ID, name=name, content=name) for name in NAMES),
        *(attach(**BY_SYS_ID, name=name, state="absent") for name in NAMES),
        attach(**BY_SYS_ID, name="own.bin", content="x", content_type="application/x-own"),
    )
    assert changed(again.ours) == [False] * len(NAMES) + [True] * len(NAMES) + [True]
    assert [row["content_type"] for row in stored(instance)] == ["application/x-own"]


def test_odd_names_as_ordinary_module(instance: Instance) -> None:
    """The odd names again through a module's own process, whose arguments travel as a file."""
    names = list(NAMES)[9:12]
    tasks = [attach(**BY_SYS_ID, name=name, content=name) for name in names]
    played = instance.play(*tasks, tasks[0], in_process=False)
    assert changed(played.ours) == [True, True, True, False]
    assert [row["file_name"] for row in stored(instance)] == names


def test_other_case_is_another_file(instance: Instance) -> None:
    """File names are exact, although the instance's query is not."""
    upload(instance, "README.md", b"upper")
    played = instance.play(attach(**BY_SYS_ID, name="readme.md", content="lower"))
    assert changed(played.ours) == [True]
    assert {row["file_name"] for row in stored(instance)} == {"README.md", "readme.md"}


@pytest.mark.parametrize("content", ["one", "two", "three"])
def test_two_files_of_one_name(instance: Instance, content: str) -> None:
    """Two files of the name were there: one is left, with the content, and it is sent only if neither had it."""
    for data in (b"one", b"two"):
        upload(instance, "a.txt", data)
    upload(instance, "other.txt", b"other")
    task = attach(**BY_SYS_ID, name="a.txt", content=content)
    played = instance.play({**task, "check_mode": True}, task, task)
    assert changed(played.ours) == [True, True, False]
    assert played.ours[0].result["diff"] == played.ours[1].result["diff"]
    assert [row["hash"] for row in stored(instance, "a.txt")] == [sha256(content.encode())]
    assert methods(instance.writes()) == (["POST", "DELETE", "DELETE"] if content == "three" else ["DELETE"])
    assert len(stored(instance, "other.txt")) == 1


def test_big_binary_file(instance: Instance, in_process: bool, tmp_path: Path) -> None:
    """5 MB of every byte arrive as they were, are known again, and the empty file is a file too."""
    big, empty = tmp_path / "big.bin", tmp_path / "empty.txt"
    data = bytes(range(256)) * 20480
    big.write_bytes(data)
    empty.touch()
    tasks = [attach(**BY_SYS_ID, src=str(big)), attach(**BY_SYS_ID, src=str(empty))]
    assert changed(instance.play(*tasks, *tasks, in_process=in_process).ours) == [True, True, False, False]
    (row,) = stored(instance, "big.bin")
    assert (row["hash"], row["size_bytes"]) == (sha256(data), str(len(data)))
    assert [row["hash"] for row in stored(instance, "empty.txt")] == [sha256(b"")]


def test_src_is_relative_to_the_working_folder(instance: Instance, tmp_path: Path) -> None:
    """src takes ~ and is the name's default; name overrules it."""
    (tmp_path / "plan.md").write_text("Plan.")
    task = attach(**BY_SYS_ID, src="~/plan.md", name="other.md")
    assert changed(instance.play(task, environ={"HOME": str(tmp_path)}).ours) == [True]
    assert [row["file_name"] for row in stored(instance)] == ["other.md"]


def test_check_mode_before_the_record_exists(instance: Instance) -> None:
    """In check mode a record that an earlier task would make is assumed; nothing is sent, also read-only."""
    instance.read_only()
    task = attach(correlation_id="not made yet", name="a.txt", content="x")
    played = instance.play(task, check=True)
    assert changed(played.ours) == [True]
    assert played.last.result["warnings"]
    assert instance.writes() == []


def test_reading_role_cannot_attach(instance: Instance) -> None:
    """A user who may only read gets a sentence, and nothing is attached."""
    played = instance.play(*tolerated(attach(**BY_SYS_ID, name="a.txt", content="x")), environ=login("auditor"))
    assert played.last.result["error"]["type"] == "forbidden"
    assert stored(instance) == []


def test_upload_names_its_record(instance: Instance) -> None:
    """The upload says table, record and name, each escaped, and nothing else."""
    instance.play(attach(**BY_SYS_ID, name="a&table_name=sys_user.txt", content="x"))
    (request,) = instance.writes()
    assert parse_qs(request.query) == {
        "table_name": ["change_request"],
        "table_sys_id": [CHANGE["sys_id"]],
        "file_name": ["a&table_name=sys_user.txt"],
    }
