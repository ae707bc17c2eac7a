# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""snow_attachment with state: fetched: whole files, only where they were asked for, whatever the server calls them."""

from __future__ import annotations

import os
import stat
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
    upload,
)
from tests.integration.helpers import Instance, refusal


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "fetched"
    made.mkdir()
    return made


def fetch(dest: Path | str, **options: Any) -> dict[str, Any]:
    record = {} if "attachment_sys_id" in options or "number" in options else BY_SYS_ID
    return attach(**record, dest=str(dest), state="fetched", **options)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_fetched(instance: Instance, in_process: bool, folder: Path) -> None:
    """One file, into a folder and to a path; a pattern; one by its sys_id. Again nothing is received."""
    data = bytes(range(256)) * 3000
    own = upload(instance, "big.bin", data)
    upload(instance, "a.log", b"A")
    upload(instance, "b.log", b"")
    target = folder / "other name"
    tasks = [
        *foretold(fetch(folder, name="big.bin")),
        *foretold(fetch(f"{folder}/", pattern="*.log")),
        *foretold(fetch(target, number=CHANGE["number"], name="a.log")),
        fetch(folder, attachment_sys_id=own),
        fetch(target, attachment_sys_id=own),
        fetch(folder, pattern="*"),
    ]
    played = instance.play(*tasks, in_process=in_process)
    assert changes(played.ours) == [True, True, False] * 3 + [False, True, False]
    assert spent(instance, played.ours) == [
        "GET", "GET GET", "GET",
        "GET", "GET GET GET", "GET",
        "GET GET", "GET GET GET", "GET GET",
        "GET", "GET GET", "GET",
    ]  # fmt: skip
    assert instance.writes() == []
    results = [outcome.result for outcome in played.ours]
    assert [result["diff"] for result in results[0:9:3]] == [result["diff"] for result in results[1:9:3]]
    written = {"path": str(folder / "big.bin"), "hash": sha256(data)}
    assert results[1]["diff"] == {"before": {"files": []}, "after": {"files": [written]}}
    assert results[2]["diff"] == {"before": {}, "after": {}}
    assert [each["path"] for each in results[4]["results"]] == [str(folder / "a.log"), str(folder / "b.log")]
    assert results[1]["attachment"]["sys_id"] == own
    assert results[10]["diff"]["before"] == {"files": [{"path": str(target), "hash": sha256(b"A")}]}
    contents = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert contents == {"big.bin": data, "a.log": b"A", "b.log": b"", "other name": data}


NAMES = {
    "/etc/passwd": False,
    "../outside.txt": False,
    "..": False,
    "a\\..\\b.txt": False,
    "C:\\windows.txt": False,
    ".bashrc": False,
    "nul\x00.txt": False,
    "line\nbreak": False,
    "\u202etxt.exe": False,
    " ": False,
    "": False,
    "é" * 200: False,
    "good.txt": True,
    'it\'s "quoted" $HOME `id`; *.txt': True,
    "日本語 -rf.md": True,
    "-rf": True,
    "~root": True,
    "a b..txt": True,
}


def test_whatever_the_server_calls_them(instance: Instance, folder: Path) -> None:
    """Names that would lead out of the folder, or hide, are refused one by one; the others are there."""
    for name in NAMES:
        upload(instance, "x", name.encode())
    hashes = {sha256(name.encode()): name for name in NAMES}
    rows = instance.rows("sys_attachment", table_sys_id=CHANGE["sys_id"])
    # Past the simulator, which keeps some of these as little as a real instance may.
    listed = [{**row, "file_name": hashes[row["hash"]]} for row in rows]
    outcomes = []
    for _time in range(2):
        instance.fault({"status": 200, "body": {"result": listed}}, method="GET", count=1)
        outcomes += instance.run(fetch(folder, pattern="*"))
    bad = [name for name, safe in NAMES.items() if not safe]
    good = [name for name, safe in NAMES.items() if safe]
    assert refusal(outcomes[0], "local_file").startswith(f"{len(bad)} of {len(NAMES)} attachments failed: ")
    assert [outcome.changed for outcome in outcomes] == [True, False]
    failed = {each["name"] for each in outcomes[0].result["results"] if each.get("failed")}
    assert failed == set(bad)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {name: name.encode() for name in good}
    assert "outside.txt" not in os.listdir(folder.parent)


def test_two_of_one_name(instance: Instance, folder: Path) -> None:
    """The same content is one file; other content is told apart by sys_ids, and the rest is fetched."""
    upload(instance, "same.txt", b"same")
    upload(instance, "same.txt", b"same")
    one = upload(instance, "a.txt", b"one")
    two = upload(instance, "a.txt", b"two")
    outcomes = instance.run(
        fetch(folder, name="same.txt"),
        fetch(folder, name="a.txt"),
        fetch(folder, pattern="*"),
        fetch(folder, attachment_sys_id=two),
    )
    assert [outcome.changed for outcome in outcomes] == [True, False, False, True]
    message = refusal(outcomes[1], "multiple_results")
    assert one in message
    assert two in message
    assert refusal(outcomes[2], "multiple_results").startswith("1 of 2 attachments failed: a.txt")
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"same.txt": "same", "a.txt": "two"}


def test_modes(instance: Instance, in_process: bool, folder: Path) -> None:
    """As Ansible's file modules take them; a file that is there keeps its own, and its mode alone is a change too."""
    upload(instance, "a.txt", b"new")
    existing, fresh = folder / "a.txt", folder / "fresh"
    existing.write_text("old")
    existing.chmod(0o600)
    tasks = [
        fetch(folder, name="a.txt"),
        *foretold(fetch(folder, name="a.txt", mode="0640")),
        fetch(folder, name="a.txt", mode="g-r,o=r"),
        fetch(folder, name="a.txt", mode=0o604),
        fetch(fresh, name="a.txt", mode="u=rw,go="),
        fetch(fresh, name="a.txt", mode=644),
        fetch(fresh, name="a.txt", mode="rw"),
        fetch(fresh, name="a.txt", mode=True),
    ]
    played = instance.play(*({**task, "ignore_errors": True} for task in tasks), in_process=in_process)
    assert changes(played.ours[:7]) == [True, True, True, False, True, False, True]
    assert [outcome.result["requests"] for outcome in played.ours] == [2, 1, 1, 1, 1, 1, 2, 0, 0, 0]
    only = {"before": {"files": [{"path": str(existing), "mode": "0600"}]}}
    assert played.ours[1].result["diff"] == {**only, "after": {"files": [{"path": str(existing), "mode": "0640"}]}}
    assert played.ours[1].result["diff"] == played.ours[2].result["diff"]
    assert [mode_of(existing), mode_of(fresh)] == [0o604, 0o600]
    for outcome in played.ours[7:]:
        assert "octal digits in quotes" in refusal(outcome, "invalid_usage")


def test_places_that_will_not_do(instance: Instance, folder: Path) -> None:
    """No folder, several files for one path, a folder or a pipe in the way, nothing that fits: a sentence each."""
    upload(instance, "a.txt", b"a")
    upload(instance, "b.txt", b"b")
    os.mkfifo(folder / "pipe")
    (folder / "sub" / "a.txt").mkdir(parents=True)
    cases: list[tuple[dict[str, Any], str, str]] = [
        (fetch(folder / "none" / "a.txt", name="a.txt"), "local_file", "There is no folder"),
        (fetch(f"{folder}/none/", name="a.txt"), "local_file", "There is no folder"),
        (fetch("", name="a.txt"), "invalid_usage", "''"),
        (fetch(folder / "both", pattern="*"), "invalid_usage", "2 attachments fit"),
        (fetch(folder / "pipe", name="a.txt"), "local_file", "no regular file"),
        (fetch(folder / "sub", name="a.txt"), "local_file", "no regular file"),
        (fetch(folder, name="A.TXT"), "no_results", "called A.TXT"),
        (fetch(folder, pattern="*.log"), "no_results", "fits *.log"),
        (fetch(folder, number="CHG9999999", name="a.txt"), "no_results", "CHG9999999"),
        (fetch(folder, attachment_sys_id="0" * 32), "no_results", "0" * 32),
        (fetch("/proc/nothing", name="a.txt"), "local_file", "/proc/nothing"),
    ]
    outcomes = instance.run(*(task for task, _kind, _word in cases), fetch(folder, name="c", if_no_match="ignore"))
    for outcome, (_task, kind, word) in zip(outcomes, cases, strict=False):
        assert word in refusal(outcome, kind)
    assert (outcomes[-1].failed, outcomes[-1].changed, outcomes[-1].result["results"]) == (False, False, [])
    assert sorted(os.listdir(folder)) == ["pipe", "sub"]


def test_links(instance: Instance, folder: Path) -> None:
    """A link is replaced, not followed; its mode is not that of what it leads to."""
    upload(instance, "a.txt", b"new")
    outside = folder.parent / "outside"
    outside.write_text("old")
    outside.chmod(0o600)
    (folder / "a.txt").symlink_to(outside)
    outcomes = instance.run(fetch(folder, name="a.txt"))
    assert changes(outcomes) == [True]
    assert not (folder / "a.txt").is_symlink()
    assert outside.read_text() == "old"
    outside.write_text("new")
    (folder / "a.txt").unlink()
    (folder / "a.txt").symlink_to(outside)
    outcomes = instance.run(fetch(folder, name="a.txt", mode="0644"))
    assert "is a link" in refusal(outcomes[0], "local_file")
    assert mode_of(outside) == 0o600


def test_without_a_hash(instance: Instance, folder: Path) -> None:
    """An attachment whose hash the instance does not tell is read, and compared all the same."""
    sys_id = upload(instance, "a.txt", b"one")
    instance.seed("sys_attachment", {"sys_id": sys_id, "hash": ""})
    outcomes = instance.run(*foretold(fetch(folder, name="a.txt")))
    assert changes(outcomes) == [True, True, False]
    assert outcomes[0].result["diff"] == outcomes[1].result["diff"]
    assert (folder / "a.txt").read_text() == "one"


def test_bad_days(instance: Instance, folder: Path) -> None:
    """A download that breaks off begins again; one that stays wrong leaves what was there."""
    upload(instance, "a.txt", b"a" * 5000)
    wrong = upload(instance, "b.txt", b"b" * 5000)
    (folder / "b.txt").write_text("old")
    instance.fault({"truncate": True}, method="GET", path="/api/now/attachment/*/file", count=1)
    once = instance.run(fetch(folder, name="a.txt"))
    assert changes(once) == [True]
    (folder / "a.txt").unlink()
    instance.seed("sys_attachment", {"sys_id": wrong, "hash": sha256(b"other")})
    outcomes = instance.run(fetch(folder, pattern="*"))
    assert refusal(outcomes[0], "unexpected_response").startswith("1 of 2 attachments failed: b.txt (Other bytes came")
    assert outcomes[0].changed
    assert [each["changed"] for each in outcomes[0].result["results"]] == [True, False]
    contents = {path.name: path.read_text() for path in folder.iterdir()}
    assert contents == {"a.txt": "a" * 5000, "b.txt": "old"}
