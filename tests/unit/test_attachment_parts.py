# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pure parts of the modules for attachments: modes, choices, and lists of what failed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.changegate.snow.plugins.module_utils import errors
from ansible_collections.changegate.snow.plugins.module_utils.attachment_choice import Choice, by_name, the_same
from ansible_collections.changegate.snow.plugins.module_utils.attachment_refusal import refused
from ansible_collections.changegate.snow.plugins.module_utils.attachment_selection import Selection
from ansible_collections.changegate.snow.plugins.module_utils.file_mode import mode_of
from ansible_collections.changegate.snow.plugins.module_utils.several import Entry, Several

SYMBOLIC = [
    "u=rw,g=r,o=", "a+r", "+x", "go-rwx", "u+s", "g+s,o+t", "u=rwx,go=u", "o=g", "a=X", "a+X", "ug+w-x", "u=", "+t",
    "u-s", "u+t", "o+s", "o=r", "a=",
]  # fmt: skip


@pytest.mark.parametrize("text", SYMBOLIC)
@pytest.mark.parametrize("current", [0o644, 0o600, 0o755, 0o7711, 0o000])
def test_modes_are_those_of_chmod(tmp_path: Path, text: str, current: int) -> None:
    path = tmp_path / "file"
    path.touch()
    path.chmod(current)
    # Without "who" chmod leaves to the umask what Ansible does for everybody.
    subprocess.run(["chmod", "--", text, str(path)], check=True, umask=0)
    assert mode_of(text)(current) == os.stat(path).st_mode & 0o7777


@pytest.mark.parametrize(
    ("value", "expected"), [("0640", 0o640), ("640", 0o640), ("0o640", 0o640), (" 0640 ", 0o640), (0o640, 0o640),
                            ("4755", 0o4755), (0, 0), ("0", 0)]
)  # fmt: skip
def test_modes_as_numbers(value: object, expected: int) -> None:
    assert mode_of(value)(0o777) == expected


@pytest.mark.parametrize("value", [644, -1, True, None, "", "0888", "rw", "u=rw,", "u=q", "07777777", ["0644"], 6.44])
def test_modes_that_are_none(value: object) -> None:
    with pytest.raises(errors.InvalidUsage, match="octal digits in quotes"):
        mode_of(value)


def named(*names: str) -> list[dict[str, Any]]:
    return [{"file_name": name, "sys_id": str(number)} for number, name in enumerate(names)]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Choice(), ["a.log", "A.LOG", "b[1].log", ".x.log"]),
        (Choice(name="a.log"), ["a.log"]),
        (Choice(pattern="*.log"), ["a.log", "b[1].log", ".x.log"]),
        (Choice(pattern="?.LOG"), ["A.LOG"]),
        (Choice(pattern="b[[]1].log"), ["b[1].log"]),
        (Choice(pattern="[!b]*"), ["a.log", "A.LOG", ".x.log"]),
    ],
)
def test_choices(choice: Choice, expected: list[str]) -> None:
    items = named("a.log", "A.LOG", "b[1].log", ".x.log")
    assert [item["file_name"] for item in items if choice.fits(item)] == expected


def test_one_of_a_name() -> None:
    items = [{"file_name": "a", "sys_id": "1", "hash": "AB"}, {"file_name": "a", "sys_id": "2", "hash": "ab"}]
    assert the_same(by_name(items)["a"])["sys_id"] == "1"
    # Without hashes nobody knows whether they are the same.
    for hashes in (("ab", "cd"), ("", "")):
        with pytest.raises(errors.MultipleResults, match="1, 2"):
            the_same([{**item, "hash": one} for item, one in zip(items, hashes, strict=True)])


def steps(several: Several, **outcomes: Exception | None) -> None:
    def step(error: Exception | None, entry: Entry) -> None:
        if error is not None:
            raise error
        entry["changed"] = True

    for name, error in outcomes.items():
        several.attempt(name, lambda entry, error=error: step(error, entry))  # type: ignore[misc]


def test_another_attachment_than_was_asked_for_is_not_taken() -> None:
    """What is taken is fetched, renamed or deleted by the sys_id that it tells."""
    found = {"sys_id": "a" * 32}
    client = SimpleNamespace(table=lambda _name: SimpleNamespace(attachments=SimpleNamespace(one=lambda _id: found)))
    assert Selection(client, None, Choice(sys_id="A" * 32)).find() == [found]  # type: ignore[arg-type]
    with pytest.raises(errors.UnexpectedResponseFormat, match="a" * 32):
        Selection(client, None, Choice(sys_id="b" * 32)).find()  # type: ignore[arg-type]


def test_some_of_several_fail() -> None:
    several = Several("files")
    steps(several, a=None, b=errors.Forbidden("No right.", status=403, request="POST /x"), c=None)
    with pytest.raises(errors.Forbidden) as caught:
        several.finish()
    assert str(caught.value) == "1 of 3 files failed: b (No right); the other 2 are as they should be."
    assert (caught.value.status, caught.value.request) == (403, "POST /x")
    assert [(entry["name"], entry["changed"], entry.get("msg")) for entry in several.entries] == [
        ("a", True, None), ("b", False, "No right."), ("c", True, None)
    ]  # fmt: skip


def test_what_is_hopeless_ends_it() -> None:
    several = Several("files")
    steps(several, a=errors.Forbidden("No right."), b=errors.ConnectionFailed("Gone."), c=None, d=None)
    with pytest.raises(
        errors.Forbidden, match=r"^4 of 4 files failed: a \(No right\); b \(Gone\); not tried after that: c, d\.$"
    ):
        several.finish()
    assert several.entries[2]["msg"] == "c was not tried after b had failed."


def test_one_alone_is_its_own_failure() -> None:
    several = Several("files")
    error = errors.LocalFileError("No.")
    steps(several, a=error)
    with pytest.raises(errors.LocalFileError) as caught:
        several.finish()
    assert caught.value is error


def test_many_failures_are_told_in_part() -> None:
    several = Several("files")
    steps(several, **{f"f{number}": errors.LocalFileError("No.") for number in range(8)})
    with pytest.raises(errors.LocalFileError, match="; and 3 more, which results tells"):
        several.finish()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (errors.ResponseError("x", status=413), "give a smaller file"),
        (errors.ResponseError("x", status=400, detail="File exceeds the limit"), "com.glide.attachment.max_size"),
        (errors.ResponseError("x", status=400, detail="Extension exe is not allowed."), "glide.attachment.extensions"),
        (errors.Forbidden("x", status=403, detail="ACL Exception Insert Failed"), "role"),
        (errors.Forbidden("x", status=403), "role"),
        (errors.ResponseError("x", status=409, detail="No."), "logs"),
    ],
)
def test_refusals_name_the_file(error: errors.ResponseError, words: str) -> None:
    told = refused(error, "a.exe", "change with number CHG1", 5)
    assert type(told) is type(error)
    assert str(told).startswith("a.exe (5 bytes) was not attached to the change with number CHG1: ")
    assert words in str(told)
    assert told.status == error.status


@pytest.mark.parametrize(
    "error",
    [
        errors.AuthenticationFailed("x", status=401),
        errors.RateLimited("x", status=429),
        errors.ResponseError("x", status=502),
    ],
)
def test_what_has_nothing_to_do_with_the_file_stays(error: errors.ResponseError) -> None:
    assert refused(error, "a.exe", "change", 5) is error
