# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_attachment with several files, patterns and new names; on records by any identity."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from tests.integration.attachments import (
    BY_SYS_ID,
    CHANGE,
    attach,
    changes,
    foretold,
    sha256,
    spent,
    stored,
    upload,
)
from tests.integration.helpers import Instance, login, refusal, snow, unfailing

from ansible_collections.changegate.snow.plugins.module_utils import identity
from ansible_collections.changegate.snow.plugins.module_utils.attached_file import AttachedFile
from ansible_collections.changegate.snow.plugins.module_utils.attached_files import AttachedFiles
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.content import content_of
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail

OTHER = "CHG0030001"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """logs/a.log, logs/b.log, logs/deep/c.log, logs/.hidden.log, report.html."""
    made = tmp_path / "files"
    (made / "logs" / "deep").mkdir(parents=True)
    for name in ("logs/a.log", "logs/b.log", "logs/deep/c.log", "logs/.hidden.log", "report.html"):
        (made / name).write_text(f"This is {name}.")
    return made


def test_several_files(instance: Instance, in_process: bool, folder: Path) -> None:
    """Paths, patterns and contents in one task: one request for what is there, one for each that is new or replaced."""
    upload(instance, "a.log", b"old")
    upload(instance, "other.txt", b"other")
    files: list[Any] = [
        f"{folder}/logs/*.log",
        f"{folder}/logs/a.log",
        {"src": f"{folder}/report.html", "name": "test report.html", "content_type": "text/x-report"},
        {"content": "All is well.", "name": "summary.txt"},
    ]
    played = instance.play(*foretold(attach(**BY_SYS_ID, files=files)), in_process=in_process)
    assert changes(played.ours) == [True, True, False]
    assert spent(instance, played.ours) == ["GET", "GET POST DELETE POST POST POST", "GET"]
    checked, done, again = (outcome.result for outcome in played.ours)
    assert checked["diff"] == done["diff"]
    assert [item["file_name"] for item in done["diff"]["before"]["attachments"]] == ["a.log"]
    names = ["a.log", "b.log", "test report.html", "summary.txt"]
    assert [item["file_name"] for item in done["diff"]["after"]["attachments"]] == names
    for result, changed in ((checked, True), (done, True), (again, False)):
        assert [(each["name"], each["changed"]) for each in result["results"]] == [(name, changed) for name in names]
    assert [each["attachment"]["hash"] for each in done["results"]] == [stored(instance)[name] for name in names]
    assert "attachment" not in done
    assert set(stored(instance)) == {*names, "other.txt"}
    (row,) = instance.rows("sys_attachment", file_name="test report.html")
    assert row["content_type"] == "text/x-report"


def test_patterns_of_src(instance: Instance, folder: Path) -> None:
    """A pattern goes into folders only with **; a file of this very name comes first; nothing found is a failure."""
    (folder / "a[1].txt").write_text("literal")
    (folder / "a1.txt").write_text("matched")
    outcomes = instance.run(
        attach(**BY_SYS_ID, src=f"{folder}/**/*.log"),
        attach(**BY_SYS_ID, src=f"{folder}/a[1].txt"),
        attach(**BY_SYS_ID, src=f"{folder}/rep*.html", name="one.html"),
        attach(**BY_SYS_ID, files=["~/logs/b.log"]),
        attach(**BY_SYS_ID, src=f"{folder}/*.none", if_no_match="ignore"),
        attach(**BY_SYS_ID, files=[], if_no_match="ignore"),
        environ={"HOME": str(folder)},
    )
    assert changes(outcomes) == [True, True, True, False, False, False]
    assert [len(outcome.result["results"]) for outcome in outcomes] == [3, 1, 1, 1, 0, 0]
    assert [outcome.result["requests"] for outcome in outcomes[-2:]] == [0, 0]
    assert set(stored(instance)) == {"a.log", "b.log", "c.log", "a[1].txt", "one.html"}
    assert outcomes[2].result["attachment"]["file_name"] == "one.html"


def test_files_that_make_no_sense(instance: Instance, folder: Path) -> None:
    """Each is a sentence before anything is sent."""
    one = {"content": "x", "name": "a.txt"}
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"src": f"{folder}/*.none"}, "local_file", "matches no file"),
        ({"files": [f"{folder}/*.none"]}, "local_file", "matches no file"),
        ({"files": [f"{folder}/report.html", "/nowhere/b"]}, "local_file", "/nowhere/b"),
        ({"files": []}, "invalid_usage", "files is empty"),
        ({"files": [""]}, "invalid_usage", "files[1]"),
        *(
            ({option: None, "name": "a.txt"}, "invalid_usage", "nothing to attach")
            for option in ("src", "content", "files")
        ),
        ({"files": [3]}, "invalid_usage", "files[1]"),
        ({"files": [["a"]]}, "invalid_usage", "files[1]"),
        ({"files": [{"path": "a"}]}, "invalid_usage", "path"),
        ({"files": [{"name": "a"}]}, "invalid_usage", "src or content"),
        ({"files": [{"src": "a", **one}]}, "invalid_usage", "src or content"),
        ({"files": [{"content": "x"}]}, "invalid_usage", "name"),
        ({"files": [{"content": "x", "name": ["b"]}]}, "invalid_usage", "name of files[1]"),
        ({"files": [{"src": f"{folder}/report.html", "name": ""}]}, "invalid_usage", "empty"),
        ({"files": [{"content": "x", "name": "../a"}]}, "invalid_usage", "../a"),
        ({"files": [{**one, "content_type": "text"}]}, "invalid_usage", "content_type"),
        ({"files": [one, one]}, "invalid_usage", "Two files would be called a.txt"),
        ({"files": [f"{folder}/report.html", {"content": "x", "name": "report.html"}]}, "invalid_usage", "report.html"),
        ({"files": [{"src": f"{folder}/logs/*.log", "name": "x.log"}]}, "invalid_usage", "2 files"),
        ({"files": [one], "content_type": "text/plain"}, "invalid_usage", "beside files"),
        ({**one, "pattern": "*"}, "", "mutually exclusive"),
        ({"content": "x", "name": "a", "dest": "/tmp"}, "invalid_usage", "dest means nothing with state present"),
        ({"name": "a", "src": "a", "state": "absent"}, "invalid_usage", "src means nothing with state absent"),
        ({"pattern": " ", "state": "absent"}, "invalid_usage", "pattern is empty"),
        ({"name": "", "state": "absent"}, "invalid_usage", "''"),
        ({"state": "absent"}, "", "name, pattern, attachment_sys_id"),
        ({"state": "renamed", "name": "a"}, "", "new_name"),
        ({"state": "renamed", "name": "a", "new_name": "a"}, "invalid_usage", "both"),
        ({"state": "renamed", "name": "a", "new_name": "b/c"}, "invalid_usage", "b/c"),
        ({"state": "renamed", "pattern": "*", "new_name": "b"}, "", "name, attachment_sys_id"),
    ]
    outcomes = instance.run(*(attach(**BY_SYS_ID, **options) for options, _kind, _word in cases))
    for outcome, (options, kind, word) in zip(outcomes, cases, strict=True):
        assert outcome.failed, options
        assert word in (refusal(outcome, kind) if kind else outcome.result["msg"]), options
    assert instance.requests() == []


def test_some_of_several_fail(instance: Instance, folder: Path) -> None:
    """What can be attached is; the failure names the others. Without a login nothing more is tried."""
    instance.seed("sys_properties", {"name": "glide.attachment.extensions", "value": "log,txt"})
    files = [f"{folder}/logs/a.log", f"{folder}/report.html", {"content": "x", "name": "b.txt"}]
    outcomes = instance.run(attach(**BY_SYS_ID, files=files), attach(**BY_SYS_ID, files=files[1:2]))
    message = refusal(outcomes[0], "response")
    assert message.startswith("1 of 3 files failed: report.html")
    assert "glide.attachment.extensions" in message
    assert message.endswith("the other 2 are as they should be.")
    assert outcomes[0].changed
    assert [("failed" in each, each["changed"]) for each in outcomes[0].result["results"]] == [
        (False, True), (True, False), (False, True)
    ]  # fmt: skip
    assert outcomes[0].result["results"][1]["error"]["status"] == 400
    assert refusal(outcomes[1], "response").startswith("report.html (20 bytes) was not attached to the change_request")
    assert not outcomes[1].changed
    assert set(stored(instance)) == {"a.log", "b.txt"}
    instance.fault({"status": 401}, method="POST")
    lost = instance.run(attach(number=OTHER, files=files[::2]))[0]
    assert "not tried after that: b.txt" in refusal(lost, "authentication")
    assert not lost.changed


def test_limits_of_the_instance(instance: Instance) -> None:
    """A file that is too large, and a name that is not allowed, are said in so many words."""
    instance.seed("sys_properties", {"name": "com.glide.attachment.max_size", "value": "0.001"})
    large, plain = {"content": "x" * 2000, "name": "large.txt"}, {"content": "x", "name": "a.txt"}
    outcomes = instance.run(
        attach(**BY_SYS_ID, **large),
        attach(**BY_SYS_ID, **plain),
        {**attach(**BY_SYS_ID, content="y", name="b.txt"), "environment": login("auditor")},
        {**attach(**BY_SYS_ID, name="a.txt", state="absent"), "environment": login("auditor")},
        {**attach(**BY_SYS_ID, name="a.txt", new_name="b.txt", state="renamed"), "environment": login("auditor")},
    )
    message = refusal(outcomes[0], "response")
    assert message.startswith("large.txt (2000 bytes) was not attached")
    assert "com.glide.attachment.max_size" in message
    assert not outcomes[1].failed
    for outcome, words in zip(outcomes[2:], ("b.txt (1 bytes) was not attached to", "a.txt was not deleted from",
                                             "a.txt as b.txt was not renamed on"), strict=True):  # fmt: skip
        message = refusal(outcome, "forbidden")
        assert message.startswith(words)
        assert "role" in message
    assert set(stored(instance)) == {"a.txt"}


def test_absent_by_pattern(instance: Instance, in_process: bool) -> None:
    """All that fit go, in any number; the diff says which. A bare * means all, other records keep theirs."""
    for name in ("a.log", "b.log", "b.log", "C.LOG", "plan.md"):
        upload(instance, name, name.encode())
    upload(instance, "theirs.log", b"x", record="1766f1de47410200e90d87e8dee490f6")
    played = instance.play(
        *foretold(attach(**BY_SYS_ID, pattern="*.log", state="absent")),
        *foretold(attach(number=CHANGE["number"], pattern="[CD].*", state="absent")),
        attach(**BY_SYS_ID, pattern="*", state="absent"),
        in_process=in_process,
    )
    assert changes(played.ours) == [True, True, False] * 2 + [True]
    methods = ["GET", "GET DELETE DELETE DELETE", "GET", "GET GET", "GET GET DELETE", "GET GET", "GET DELETE"]
    assert spent(instance, played.ours) == methods
    assert played.ours[0].result["diff"] == played.ours[1].result["diff"]
    removed = played.ours[1].result["diff"]["before"]["attachments"]
    assert [item["file_name"] for item in removed] == ["a.log", "b.log", "b.log"]
    assert [each["name"] for each in played.ours[1].result["results"]] == ["a.log", "b.log", "b.log"]
    assert stored(instance) == {}
    assert len(instance.rows("sys_attachment")) == 1


def test_absent_in_part(instance: Instance) -> None:
    """One that cannot be deleted leaves the others deleted; one that somebody else deleted is gone, which is fine."""
    for name in ("a.log", "b.log", "c.log"):
        upload(instance, name, b"x")
    instance.fault({"status": 403}, method="DELETE", count=1)
    instance.fault({"drop": "after"}, method="DELETE", count=1)
    task = attach(**BY_SYS_ID, pattern="*", state="absent")
    first, second = instance.run(task, task)
    assert refusal(first, "forbidden").startswith("1 of 3 attachments failed: a.log")
    assert first.changed
    assert not second.failed
    assert stored(instance) == {}


def test_by_its_own_sys_id(instance: Instance) -> None:
    """One of two with the same name, on whatever record; table would be no help."""
    first = upload(instance, "a.txt", b"one")
    second = upload(instance, "a.txt", b"two")
    by_own = {"attachment_sys_id": second}
    outcomes = instance.run(
        attach(**BY_SYS_ID, name="a.txt", new_name="b.txt", state="renamed"),
        *foretold(attach(**by_own, new_name="b.txt", state="renamed")),
        *foretold(attach(attachment_sys_id=first.upper(), state="absent")),
        attach(attachment_sys_id="none", state="absent"),
        attach(attachment_sys_id="0" * 32, new_name="c", state="renamed"),
        attach(**by_own, table="incident", state="absent"),
        attach(**by_own, **BY_SYS_ID, state="absent"),
        attach(**by_own, content="x", name="b.txt"),
    )
    assert first in refusal(outcomes[0], "multiple_results")
    assert changes(outcomes[1:7]) == [True, True, False, True, True, False]
    assert spent(instance, outcomes) == [
        "GET", "GET GET", "GET GET PATCH GET", "GET", "GET", "GET DELETE", "GET", "", "GET", "", "", ""
    ]  # fmt: skip
    assert "attachment_sys_id" in refusal(outcomes[7], "invalid_identity")
    assert "There is no attachment with the sys_id" in refusal(outcomes[8], "no_results")
    assert "table stands beside" in refusal(outcomes[9], "invalid_usage")
    assert "mutually exclusive" in outcomes[10].result["msg"]
    assert "mutually exclusive" in outcomes[11].result["msg"]
    assert stored(instance) == {"b.txt": sha256(b"two")}


def test_renamed(instance: Instance, in_process: bool) -> None:
    """Another name once, foretold, and verified; what is not there or in the way is said."""
    upload(instance, "a.txt", b"one")
    upload(instance, "taken.txt", b"two")
    task = attach(**BY_SYS_ID, name="a.txt", new_name="ü b.txt", state="renamed")
    played = instance.play(*foretold(task), in_process=in_process)
    assert changes(played.ours) == [True, True, False]
    assert spent(instance, played.ours) == ["GET", "GET PATCH GET", "GET"]
    checked, done, again = (outcome.result for outcome in played.ours)
    assert checked["diff"] == done["diff"]
    assert [item["file_name"] for item in done["diff"]["before"]["attachments"]] == ["a.txt"]
    assert done["attachment"] == again["attachment"]
    assert again["diff"] == {"before": {}, "after": {}}
    outcomes = instance.run(
        attach(**BY_SYS_ID, name="ü b.txt", new_name="taken.txt", state="renamed"),
        attach(**BY_SYS_ID, name="nothing", new_name="other", state="renamed"),
        attach(number="CHG9999999", name="a", new_name="b", state="renamed"),
        {**attach(correlation_id="not yet", name="a", new_name="b", state="renamed"), "check_mode": True},
        in_process=in_process,
    )
    assert "taken.txt already" in refusal(outcomes[0], "not_converged")
    assert "called nothing on the change_request" in refusal(outcomes[1], "no_results")
    assert "CHG9999999" in refusal(outcomes[2], "no_results")
    assert outcomes[3].changed
    assert stored(instance) == {"ü b.txt": sha256(b"one"), "taken.txt": sha256(b"two")}


def test_a_name_that_does_not_take(instance: Instance) -> None:
    """An instance that ignores the new name, or cuts it, fails the task; changed says whether there is another one."""
    upload(instance, "a.txt", b"one")
    instance.fault({"status": 204}, method="PATCH", count=1)
    outcomes = instance.run(
        attach(**BY_SYS_ID, name="a.txt", new_name="b.txt", state="renamed"),
        attach(**BY_SYS_ID, name="a.txt", new_name="n" * 120, state="renamed"),
    )
    assert "'a.txt' instead of 'b.txt'" in refusal(outcomes[0], "not_converged")
    assert "instead of" in refusal(outcomes[1], "not_converged")
    assert [outcome.changed for outcome in outcomes] == [False, True]
    assert list(stored(instance)) == ["n" * 100]


def test_nothing_is_left_of_a_name_that_is_cut(instance: Instance) -> None:
    """An upload that the instance stores under another name is taken back: each run would add one."""
    task = attach(**BY_SYS_ID, content="x", name="n" * 120)
    outcomes = instance.run(task, task)
    for outcome in outcomes:
        assert "give a name that it keeps" in refusal(outcome, "not_converged")
        assert not outcome.changed
    assert stored(instance) == {}


def test_types(instance: Instance) -> None:
    """A type that is asked for is had: the file is replaced for it. A guessed one is not worth that."""
    upload(instance, "a.json", b"x")
    file = {**BY_SYS_ID, "content": "x", "name": "a.json"}
    outcomes = instance.run(
        attach(**file),
        *foretold(attach(**file, content_type="Text/JSON")),
        *foretold(attach(**file, content_type="text/json; charset=utf-8")),
        attach(**file),
        attach(**file, content_type="text/json"),
    )
    assert changes(outcomes) == [False, True, True, False, True, True, False, False, False]
    assert [outcome.result["requests"] for outcome in outcomes] == [1, 1, 3, 1, 1, 3, 1, 1, 1]
    assert outcomes[1].result["diff"] == outcomes[2].result["diff"]
    (before,), (after,) = (outcomes[2].result["diff"][side]["attachments"] for side in ("before", "after"))
    assert (before["content_type"], after["content_type"]) == ("text/plain", "Text/JSON")
    kept = dict(instance.rows("sys_attachment", file_name="a.json")[0], sys_id="1" * 32, content_type="text/other")
    instance.fault({"status": 201, "body": {"result": kept}}, method="POST")
    refused = instance.run(attach(**file, content_type="text/wanted"))[0]
    assert "as 'text/other' instead of 'text/wanted'" in refusal(refused, "not_converged")
    assert not refused.changed


def test_contents_that_are_data(instance: Instance, in_process: bool) -> None:
    """A dict or list is JSON, however a template made it one; numbers are their digits."""
    text = '{"name": "Größe", "list": [1]}'
    tasks = [
        attach(**BY_SYS_ID, name="1", content={"name": "Größe", "list": [1]}),
        attach(**BY_SYS_ID, name="1", content="{{ text }}"),
        attach(**BY_SYS_ID, name="1", content="{{ text | from_json | to_json(ensure_ascii=false) }}"),
        attach(**BY_SYS_ID, files=[{"name": "1", "content": "{{ text }}"}, {"name": "2", "content": ["a"]}]),
        attach(**BY_SYS_ID, name="3", content=5),
    ]
    played = instance.play(*tasks, play={"vars": {"text": text}}, in_process=in_process)
    assert changes(played.ours) == [True, False, False, True, True]
    assert stored(instance) == {"1": sha256(text.encode()), "2": sha256(b'["a"]'), "3": sha256(b"5")}


def test_several_uploaded_exactly_once(instance: Instance) -> None:
    """An answer that is lost between others is looked for, and the rest goes on."""
    instance.fault({"drop": "after"}, method="POST", count=1)
    instance.fault({"status": 503}, method="GET", count=1)
    files = [{"content": name, "name": name} for name in ("1", "2", "3")]
    outcomes = instance.run(attach(**BY_SYS_ID, files=files), attach(**BY_SYS_ID, files=files))
    assert changes(outcomes) == [True, False]
    assert stored(instance) == {name: sha256(name.encode()) for name in ("1", "2", "3")}


def test_without_a_hash(instance: Instance) -> None:
    """Where the instance tells no hash, one of the same size is read: it may be another file."""
    sys_id = upload(instance, "a.txt", b"one")
    instance.seed("sys_attachment", {"sys_id": sys_id, "hash": ""})
    outcomes = instance.run(*(attach(**BY_SYS_ID, content=content, name="a.txt") for content in ("one", "two")))
    assert changes(outcomes) == [False, True]
    assert spent(instance, outcomes) == ["GET GET", "GET GET POST DELETE"]
    assert stored(instance) == {"a.txt": sha256(b"two")}


def test_records_by_any_identity(instance: Instance) -> None:
    """A column, several, or a query; the attachment names the record's own table."""
    (server,) = instance.rows("cmdb_ci", name="web-01")
    (change,) = instance.rows("change_request", number=OTHER)
    file = {"content": "x", "name": "a.txt"}
    outcomes = instance.run(
        attach(table="cmdb_ci", match={"name": "web-01"}, **file),
        attach(table=server["sys_class_name"], sys_id=server["sys_id"], **file),
        attach(table="task", match={"number": OTHER}, **file),
        attach(query=f"number={OTHER}", **file),
        attach(query={"number": OTHER, "state": [change["state"]]}, **file),
        attach(match={"sys_id": change["sys_id"], "number": OTHER}, **file),
    )
    assert changes(outcomes) == [True, False, True, False, False, False]
    tables = sorted((row["table_name"], row["table_sys_id"]) for row in instance.rows("sys_attachment"))
    assert tables == sorted([("change_request", change["sys_id"]), (server["sys_class_name"], server["sys_id"])])


def test_records_that_nobody_means(instance: Instance) -> None:
    """None, more than one, or one that does not show that it is meant: nothing is written."""
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"match": {}}, "invalid_identity", "match is empty"),
        ({"match": {"number": ""}}, "invalid_identity", "match.number"),
        ({"match": {"number": None}}, "invalid_identity", "match.number"),
        ({"match": {"number": [OTHER]}}, "invalid_identity", "match.number"),
        ({"match": {"a b": "x"}}, "invalid_query", "a b"),
        ({"match": {"cmdb_ci": "web-01"}}, "invalid_usage", "cmdb_ci.name"),
        ({"match": {"start_date": "2026-11-24 20:00:00"}}, "invalid_usage", "date"),
        ({"match": {"number": "CHG9999999"}}, "no_results", "CHG9999999"),
        ({"match": {"shoe_size": 44}}, "unexpected_response", "shoe_size"),
        ({"match": {"active": True}}, "multiple_results", "more than one"),
        ({"query": ""}, "invalid_query", "no condition"),
        ({"query": {}}, "invalid_query", "no condition"),
        ({"query": ["number"]}, "invalid_usage", "query"),
        ({"query": "ORDERBYnumber"}, "invalid_query", "no condition"),
        ({"query": "active=true"}, "multiple_results", "more than one"),
        ({"query": "number=CHG9999999"}, "no_results", "CHG9999999"),
        ({"query": "shoe_size=44"}, "unexpected_response", "shoe_size"),
        ({"query": {"number": OTHER, "state": "Nwe"}}, "invalid_usage", "Nwe"),
        ({"query": {"number": OTHER, "assignment_group": "Network"}}, "invalid_usage", "assignment_group.name"),
        ({"query": "123TEXTQUERY321=x"}, "invalid_query", "cannot be checked"),
        ({"number": ""}, "invalid_identity", "number"),
        ({"sys_id": "abc"}, "invalid_identity", "sys_id"),
        ({"number": OTHER, "table": "no table"}, "invalid_usage", "no table"),
    ]
    outcomes = instance.run(*(attach(content="x", name="a.txt", **options) for options, _kind, _word in cases))
    for outcome, (options, kind, word) in zip(outcomes, cases, strict=True):
        assert word in refusal(outcome, kind), options
    assert instance.writes() == []


def test_attachments_of_another_record_are_left_alone(instance: Instance) -> None:
    """An instance that answers with attachments of other records has dropped a condition: nothing is deleted."""
    upload(instance, "theirs.log", b"x", record="1766f1de47410200e90d87e8dee490f6")
    (row,) = instance.rows("sys_attachment")
    instance.fault({"status": 200, "body": {"result": [row]}}, method="GET", path="/api/now/attachment")
    outcomes = instance.run(attach(**BY_SYS_ID, pattern="*", state="absent"))
    assert "another record's" in refusal(outcomes[0], "unexpected_response")
    assert instance.writes() == []


def test_check_mode_before_the_record_exists(instance: Instance, folder: Path) -> None:
    """What an earlier task would make is assumed, whatever is to be done with its attachments."""
    record = {"match": {"correlation_id": "not made yet"}}
    tasks = [
        attach(**record, files=[f"{folder}/logs/*.log"]),
        attach(**record, pattern="*", state="absent"),
        attach(**record, pattern="*", dest=f"{folder}", state="fetched"),
    ]
    played = instance.play(*tasks, check=True)
    assert changes(played.ours) == [True, False, True]
    assert all(outcome.result["warnings"] for outcome in played.ours)
    assert sorted(os.listdir(folder)) == ["logs", "report.html"]


def test_from_the_library(instance: Instance, client: Client) -> None:
    """What other modules attach with: one file or several of a record that is known, without a look-up; one diff."""
    trail, who = Trail(), identity.of_column("change request", "sys_id", CHANGE["sys_id"])
    AttachedFile(client, "change_request", who, trail).present(content_of("x", "a.txt"))
    files = AttachedFiles(client, "change_request", who, trail)
    entries = files.present([content_of("x", "a.txt"), content_of("y", "b.txt")])
    assert [(entry["name"], entry["changed"]) for entry in entries] == [("a.txt", False), ("b.txt", True)]
    result = trail.as_result()
    assert result["changed"]
    assert result["attachment"]["file_name"] == "a.txt"
    assert [item["file_name"] for item in result["diff"]["after"]["attachments"]] == ["a.txt", "b.txt"]
    assert [request.method for request in instance.requests()] == ["GET", "POST", "GET", "POST"]
    AttachedFile(client, "change_request", who, trail).absent("a.txt")
    assert set(stored(instance)) == {"b.txt"}


def test_module_defaults(instance: Instance) -> None:
    """What all attachments of a play have in common stands once, beside the connection."""
    play = {"module_defaults": {"changegate.snow.snow_attachment": {"table": "incident", "number": "INC0000062"}}}
    tasks = [attach(name="a.txt", content="x"), snow("snow_attachment_info", table="incident", number="INC0000062")]
    played = instance.play(*tasks, play=play)
    assert unfailing(played.ours)[1]["attachment"]["file_name"] == "a.txt"
