# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attachments from Python: whole, once and compared at both ends, on good days and on bad ones."""

from __future__ import annotations

import hashlib
import io
import json
import os
import resource
import signal
import stat
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.integration.helpers import USER, Instance, password_of

from ansible_collections.changegate.snow.plugins.module_utils import errors, partial
from ansible_collections.changegate.snow.plugins.module_utils.attachment import Attachment
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.content import content_of_file
from ansible_collections.changegate.snow.plugins.module_utils.download import METADATA, described
from ansible_collections.changegate.snow.plugins.module_utils.oauth_client import OAuthClient

RECORD = "b0dbda5347c12200e0ef563dbb9a718f"
TABLE = "change_request"
DATA = bytes(range(256)) * 2400  # several blocks, and a part of one


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def client(instance: Instance) -> Iterator[Client]:
    with Client(host=instance.url, user=USER, password=password_of(USER)) as made:
        made.transport.retry_deadline = 2.0
        yield made


@pytest.fixture
def files(client: Client) -> Attachment:
    return client.table(TABLE).attachments


@pytest.fixture
def stored(files: Attachment, instance: Instance) -> str:
    """The sys_id of an attachment with DATA, called data.bin."""
    sys_id = str(files.upload_content(RECORD, DATA, "data.bin")["sys_id"])
    instance.clear_log()
    return sys_id


@pytest.fixture(params=[True, False], ids=["nameless", "named"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder; on a system that has files without a name, and on one that has not."""
    if not request.param:
        monkeypatch.setattr(partial, "_WITHOUT_NAME", 0)
    made = tmp_path / "folder"
    made.mkdir()
    return made


def methods(instance: Instance) -> list[str]:
    return [request.method for request in instance.requests()]


def rows(instance: Instance) -> list[dict[str, Any]]:
    return instance.rows("sys_attachment", table_sys_id=RECORD)


# --- sending -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("multipart", [False, True])
@pytest.mark.parametrize("data", [DATA, b"", b"\r\n--"], ids=["blocks", "nothing", "short"])
def test_upload_and_download(instance: Instance, files: Attachment, folder: Path, multipart: bool, data: bytes) -> None:
    """What goes up comes down again, both ways of sending, one request each."""
    path = folder / "a.bin"
    path.write_bytes(data)
    made = files.upload(RECORD, path, multipart=multipart)
    assert (made["file_name"], made["hash"], made["size_bytes"]) == ("a.bin", sha256(data), str(len(data)))
    assert made.one() == made.first() == made.all()[0] == dict(made)
    done = files.download(made["sys_id"], folder / "b.bin")
    assert done == (str(folder / "b.bin"), True, files.one(made["sys_id"]))
    assert (folder / "b.bin").read_bytes() == data
    assert sorted(os.listdir(folder)) == ["a.bin", "b.bin"]
    assert methods(instance) == ["POST", "GET", "GET"]


def test_lengths_are_known(instance: Instance, files: Attachment) -> None:
    """No upload is chunked: the log's bytes are those of the body, which the server counted by Content-Length."""
    seen: list[Message] = []
    session = files._transport._session
    session.hooks["response"].append(lambda response, **_keywords: seen.append(response.request.headers))
    for multipart in (False, True):
        for data in (b"", b"x", DATA):
            files.upload_content(RECORD, data, "a.bin", multipart=multipart)
    posts = [headers for headers in seen if "Content-Length" in headers]
    assert len(posts) == 6
    assert not [headers for headers in seen if "Transfer-Encoding" in headers]
    sent = instance.control("GET", "log")["requests"]
    assert [int(headers["Content-Length"]) for headers in posts] == [entry["bytes_in"] for entry in sent]
    assert [headers["Content-Type"].partition(";")[0] for headers in posts[3:]] == ["multipart/form-data"] * 3
    assert not any("charset" in headers["Content-Type"] for headers in posts)


def test_data_of_every_kind(instance: Instance, files: Attachment, tmp_path: Path) -> None:
    """Bytes, text in UTF-8, and streams from where they stand, which stay open."""
    (tmp_path / "file").write_bytes(b"skipped " + DATA)
    with open(tmp_path / "file", "rb") as opened:
        opened.seek(8)
        for data in (DATA, io.BytesIO(DATA), opened):
            assert files.upload_content(RECORD, data, "a.bin")["hash"] == sha256(DATA)
        opened.seek(0)
    made = files.upload_content(RECORD, "Größe", "größe.txt", content_type="text/x-own; charset=utf-8")
    assert (made["hash"], made["content_type"]) == (sha256("Größe".encode()), "text/x-own; charset=utf-8")
    by_name = files.upload(RECORD, tmp_path / "file", name="page.html")
    assert (by_name["file_name"], by_name["content_type"]) == ("page.html", "text/html")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=60), multipart=st.booleans())
def test_any_name(instance: Instance, files: Attachment, name: str, multipart: bool) -> None:
    """Any name is kept as it is by both ways of sending, or refused before anything is sent."""
    is_none = not name.isprintable() or not name.strip() or set(name) & set("/\\") or name in (".", "..")
    if is_none:
        with pytest.raises(errors.InvalidUsage):
            files.upload_content(RECORD, b"x", name, multipart=multipart)
        return
    if multipart and "%22" in name:
        # It is what a quotation mark looks like in a form; whoever means the letters is told that they were not kept.
        with pytest.raises(errors.NotConverged):
            files.upload_content(RECORD, b"x", name, multipart=multipart)
        return
    made = files.upload_content(RECORD, b"x", name, multipart=multipart)
    assert made["file_name"] == name
    assert made["sys_id"] in {item["sys_id"] for item in files.named(RECORD, name)}


@pytest.mark.parametrize("multipart", [False, True])
@pytest.mark.parametrize("then", [b"", DATA[:-1], DATA + b"x"], ids=["emptied", "shorter", "longer"])
def test_a_file_that_changes_its_size(
    instance: Instance, files: Attachment, tmp_path: Path, multipart: bool, then: bytes
) -> None:
    """It is noticed before the last block has gone, so that no half of it is attached."""
    path = tmp_path / "a.bin"
    path.write_bytes(DATA)
    content = content_of_file(path)
    path.write_bytes(then)
    with pytest.raises(errors.LocalFileError, match=r"a\.bin changed"):
        files.add(RECORD, content, multipart)
    path.unlink()
    with pytest.raises(errors.LocalFileError, match="cannot be read"):
        files.add(RECORD, content, multipart)
    assert rows(instance) == []
    assert files.get(RECORD) == []  # the connection was left in order


def test_a_file_that_changes_its_content(files: Attachment, tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(DATA)
    content = content_of_file(path)
    path.write_bytes(DATA[::-1])
    with pytest.raises(errors.NotConverged, match="other content"):
        files.verified(files.add(RECORD, content), content)


LOST: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no answer": ({"drop": "after"}, ["POST", "GET"]),
    "never arrived": ({"drop": "before"}, ["POST", "GET", "GET", "GET", "POST"]),
    "half an answer": ({"truncate": True}, ["POST", "GET"]),
    "a broken answer": ({"truncate": True, "keep_length": True}, ["POST", "GET"]),
    "a gateway's error": ({"status": 502, "when": "after"}, ["POST", "GET"]),
    "a refusal that is none": ({"status": 403, "when": "after"}, ["POST", "GET"]),
    "a text instead": ({"quota": "string"}, ["POST", "GET"]),
    "an empty answer": ({"status": 201, "when": "after", "body": ""}, ["POST", "GET"]),
    "a page": ({"html": "hibernating"}, ["POST", "GET", "GET", "GET", "POST"]),
    "too busy": ({"status": 429, "headers": {"Retry-After": "0"}}, ["POST", "POST"]),
}


@pytest.mark.parametrize(
    ("trouble", "multipart"), [*((trouble, False) for trouble in LOST), ("no answer", True), ("too busy", True)]
)
def test_uploaded_exactly_once(instance: Instance, files: Attachment, trouble: str, multipart: bool) -> None:
    """A lost answer is looked for by name and content, and the file is sent again only where it is not there."""
    action, expected = LOST[trouble]
    # Neither of another name nor of other content is it.
    for name, text in (("other.txt", "text"), ("a.txt", "other")):
        files.upload_content(RECORD, text, name)
    instance.clear_log()
    instance.fault(action, method="POST", count=1)
    made = files.upload_content(RECORD, io.BytesIO(b"text"), "a.txt", multipart=multipart)
    sent = methods(instance)
    # How often it is looked for in the meantime is a matter of chance.
    assert [sent[0], sent[-1], sent.count("POST")] == [expected[0], expected[-1], expected.count("POST")]
    assert sorted((row["file_name"], row["hash"]) for row in rows(instance)) == sorted(
        (name, sha256(text)) for name, text in (("other.txt", b"text"), ("a.txt", b"other"), ("a.txt", b"text"))
    )
    assert made["hash"] == sha256(b"text")


@pytest.mark.parametrize("multipart", [False, True])
def test_a_token_that_expired(instance: Instance, multipart: bool) -> None:
    """The file is sent again from its beginning, with the new token."""
    client = OAuthClient("changegate", "changegate-secret", host=instance.url)
    client.set_token(client.generate_token(USER, password_of(USER)))
    instance.control("PUT", "clock", {"advance_seconds": 1801})
    instance.clear_log()
    client.table(TABLE).attachments.upload_content(RECORD, io.BytesIO(DATA), "a.bin", multipart=multipart)
    assert [request.status for request in instance.requests()] == [401, 200, 201]
    assert [row["hash"] for row in rows(instance)] == [sha256(DATA)]


def test_a_refused_upload_says_so(instance: Instance, client: Client, files: Attachment) -> None:
    """Refused, or never to be known: a typed error, and the file is there once at most."""
    with pytest.raises(errors.NotFound):
        files.upload_content("0" * 32, b"x", "a.txt")
    instance.fault({"drop": "before"}, method="POST")
    client.transport.retry_deadline = 0
    with pytest.raises(errors.OutcomeUnknown):
        files.upload_content(RECORD, b"x", "a.txt")
    assert rows(instance) == []


@pytest.mark.parametrize(("told", "good"), [(DATA, True), (DATA[::-1], True), (DATA + b"x", False)])
def test_a_hash_that_is_not_there_yet(instance: Instance, files: Attachment, told: bytes, good: bool) -> None:
    """The record is read once more; one that never tells a hash is compared by its size."""
    record = {"file_name": "a.bin", "size_bytes": str(len(told)), "hash": "", "state": "pending"}
    (sys_id,) = instance.seed("sys_attachment", {**record, "table_name": TABLE, "table_sys_id": RECORD})
    instance.fault({"status": 201, "body": {"result": {**record, "sys_id": sys_id}}}, method="POST", count=1)
    if good:
        assert files.upload_content(RECORD, DATA, "a.bin")["sys_id"] == sys_id
    else:
        with pytest.raises(errors.NotConverged):
            files.upload_content(RECORD, DATA, "a.bin")
    assert methods(instance) == ["POST", "GET"]


@pytest.mark.parametrize("data", [DATA, DATA[::-1]])
def test_a_hash_that_comes_later(instance: Instance, files: Attachment, stored: str, data: bytes) -> None:
    """As many other bytes are no longer good enough when the hash is told."""
    record = {"sys_id": stored, "file_name": "data.bin", "size_bytes": str(len(DATA)), "state": "pending"}
    instance.fault({"status": 201, "body": {"result": record}}, method="POST", count=1)
    if data == DATA:
        assert files.upload_content(RECORD, data, "data.bin")["hash"] == sha256(DATA)
    else:
        with pytest.raises(errors.NotConverged):
            files.upload_content(RECORD, data, "data.bin")


def test_a_name_that_was_cut(files: Attachment) -> None:
    """A name that the instance does not keep would never be found again."""
    with pytest.raises(errors.NotConverged, match="instead of"):
        files.upload_content(RECORD, b"x", "x" * 101)


# --- receiving ---------------------------------------------------------------------------------------------------


BROKEN: list[dict[str, Any]] = [
    {"truncate": True, "keep_length": True},
    {"truncate": 0.9},
    {"status": 200, "body": "other bytes", "content_type": "text/plain"},
    {"status": 200, "body": "as many others".ljust(len(DATA)), "content_type": "text/plain"},
    {"html": "hibernating"},
    {"status": 503},
    {"drop": "before"},
    {"drop": "after"},
]


@pytest.mark.parametrize("action", BROKEN, ids=lambda action: str(action)[:40])
def test_a_download_begins_again(
    instance: Instance, files: Attachment, stored: str, tmp_path: Path, action: dict[str, Any]
) -> None:
    """One that breaks off, or comes with other bytes, is begun again, and the file is what it should be."""
    instance.fault(action, path="/file$", count=1)
    target = tmp_path / "a.bin"
    assert files.download(stored, target).written
    assert target.read_bytes() == DATA
    assert os.listdir(tmp_path) == ["a.bin"]
    assert [request.path[-5:] for request in instance.requests()].count("/file") == 2


@pytest.mark.parametrize("action", BROKEN, ids=lambda action: str(action)[:40])
@pytest.mark.parametrize("there", [None, b"old"])
def test_a_broken_download_leaves_nothing(
    instance: Instance,
    client: Client,
    files: Attachment,
    stored: str,
    folder: Path,
    action: dict[str, Any],
    there: bytes | None,
) -> None:
    """Nothing new is in the folder, and what was there before is as it was."""
    target = folder / "a.bin"
    if there is not None:
        target.write_bytes(there)
    instance.fault(action, path="/file$")
    client.transport.retry_deadline = 0
    with pytest.raises((errors.ConnectionFailed, errors.UnexpectedResponseFormat, errors.ResponseError)):
        files.download(stored, target, overwrite=True)
    assert [path.read_bytes() for path in folder.iterdir()] == ([] if there is None else [there])


def test_wrong_bytes_again_and_again(instance: Instance, files: Attachment, stored: str, tmp_path: Path) -> None:
    """The same wrong bytes twice are enough, however much time there is."""
    instance.fault({"truncate": 0.5}, path="/file$")
    with pytest.raises(errors.UnexpectedResponseFormat, match=r"data\.bin") as wrong:
        files.download(stored, tmp_path / "a.bin")
    assert sha256(DATA) in str(wrong.value.detail)
    assert len(instance.requests()) == 2
    assert os.listdir(tmp_path) == []


def test_more_bytes_than_told(instance: Instance, files: Attachment, tmp_path: Path) -> None:
    """A content larger than its record says stops there, and does not fill the disk."""
    made = files.upload_content(RECORD, DATA * 4, "a.bin")
    instance.control(
        "POST", "seed", {"table": "sys_attachment", "records": [{"sys_id": made["sys_id"], "size_bytes": "5"}]}
    )
    with pytest.raises(errors.UnexpectedResponseFormat):
        files.download(made["sys_id"], tmp_path)
    assert os.listdir(tmp_path) == []


def test_without_a_hash(instance: Instance, files: Attachment, stored: str, tmp_path: Path) -> None:
    """Where the instance tells no hash the size decides; where it tells neither, nothing would be proven."""
    instance.seed("sys_attachment", {"sys_id": stored, "hash": ""})
    instance.fault({"truncate": 0.5}, path="/file$", count=1)
    assert files.download(stored, tmp_path / "a.bin").written
    assert (tmp_path / "a.bin").read_bytes() == DATA
    assert [request.path[-5:] for request in instance.requests()] == ["/file", "/file"]
    # What is there cannot be known to be the same.
    with pytest.raises(errors.LocalFileError, match="already"):
        files.download(stored, tmp_path / "a.bin")
    instance.seed("sys_attachment", {"sys_id": stored, "size_bytes": ""})
    with pytest.raises(errors.UnexpectedResponseFormat, match="neither size nor hash"):
        files.download(stored, tmp_path / "b.bin")
    assert os.listdir(tmp_path) == ["a.bin"]


def test_an_attachment_of_html(files: Attachment, folder: Path) -> None:
    """A page that was attached is no page of an instance that sleeps."""
    page = "<!DOCTYPE html><title>Report</title>"
    made = files.upload_content(RECORD, page, "report.html")
    assert made["content_type"] == "text/html"
    assert Path(files.download(made["sys_id"], folder).path).read_text() == page


def test_without_metadata(instance: Instance, files: Attachment, stored: str, folder: Path) -> None:
    """Where a proxy takes the header away, the record is read."""
    text = DATA[:128].decode("ascii")
    made = files.upload_content(RECORD, text, "a.txt")
    instance.clear_log()
    instance.fault({"status": 200, "body": text, "content_type": "text/plain"}, path="/file$", count=1)
    assert files.download(made["sys_id"], folder).path == str(folder / "a.txt")
    assert methods(instance) == ["GET", "GET"]
    assert stored != made["sys_id"]


def test_metadata_in_any_encoding() -> None:
    record = {"file_name": "größe ✓.txt"}
    raw = json.dumps(record, ensure_ascii=False).encode("utf-8").decode("latin-1")
    assert described({METADATA: raw}) == described({METADATA: json.dumps(record)}) == record
    for wrong in ({}, {METADATA: ""}, {METADATA: "[]"}, {METADATA: "{"}):
        assert described(wrong) is None


def test_what_is_there_already(instance: Instance, files: Attachment, stored: str, folder: Path) -> None:
    """The same file is left alone and said so; another is replaced only when asked for."""
    target = folder / "data.bin"
    assert files.download(stored, folder).written
    before = target.stat()
    for overwrite in (False, True):
        assert files.download(stored, folder, overwrite=overwrite)[:2] == (str(target), False)
    # Not all of it: comparing reads the file, which moves its time of access.
    after = target.stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_ctime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
        before.st_ctime_ns,
    )
    target.write_bytes(b"mine")
    with pytest.raises(errors.LocalFileError, match="overwrite=True"):
        files.download(stored, target)
    assert target.read_bytes() == b"mine"
    assert files.download(stored, target, overwrite=True).written
    assert target.read_bytes() == DATA
    target.unlink()
    target.symlink_to(folder / "nowhere")
    with pytest.raises(errors.LocalFileError):
        files.download(stored, target)
    assert files.download(stored, target, overwrite=True).written
    assert not target.is_symlink()
    (folder / "pipe").touch()
    (folder / "pipe").unlink()
    os.mkfifo(folder / "pipe")
    with pytest.raises(errors.LocalFileError, match="regular"):
        files.download(stored, folder / "pipe", overwrite=True)


def test_a_file_that_appears_meanwhile(files: Attachment, stored: str, folder: Path) -> None:
    """Without overwrite nothing is replaced, not even what came while the file was on its way."""
    target = folder / "a.bin"
    with pytest.raises(errors.LocalFileError, match="already"):
        files_download_while(files, stored, target, lambda: target.write_bytes(b"mine"))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"a.bin": b"mine"}


def files_download_while(files: Attachment, sys_id: str, target: Path, act: Callable[[], object]) -> None:
    """Download, and *act* when the first block is there."""
    from ansible_collections.changegate.snow.plugins.module_utils import download

    class Acting(download.Incoming):
        def __iter__(self) -> Iterator[bytes]:
            for block in super().__iter__():
                act()
                yield block

    with files.open(sys_id) as incoming:
        place = download.Destination(target, overwrite=False)
        place.write(str(target), Acting(incoming._stream, incoming.record))


def test_modes(files: Attachment, stored: str, folder: Path) -> None:
    """Nobody else may read it before it is whole; then the umask tells."""
    modes: list[int] = []
    old = os.umask(0o027)
    try:
        files_download_while(
            files, stored, folder / "a", lambda: modes.extend(path.stat().st_mode for path in folder.iterdir())
        )
    finally:
        os.umask(old)
    assert {stat.S_IMODE(mode) for mode in modes} <= {0o600}
    assert stat.S_IMODE((folder / "a").stat().st_mode) == 0o640


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/evil", "..", ".", "", ".bashrc", "a\\b", "a\nb", "a\u202eb", " ", "x" * 300]
)
def test_names_from_the_server_are_no_paths(instance: Instance, files: Attachment, folder: Path, name: str) -> None:
    """A name that leads elsewhere, or hides the file, is refused for a folder; a path of one's own serves."""
    record = json.dumps({"file_name": name, "size_bytes": "1", "hash": sha256(b"x"), "sys_id": "1" * 32})
    answer = {"status": 200, "headers": {METADATA: record}, "body": "x", "content_type": "text/plain"}
    instance.fault(answer, path="/file$")
    with pytest.raises(errors.LocalFileError):
        files.download("1" * 32, folder)
    assert os.listdir(folder) == []
    assert os.listdir(folder.parent) == ["folder"]
    assert files.download("1" * 32, folder / "safe").written


def test_places_that_cannot_be_written(instance: Instance, files: Attachment, stored: str, folder: Path) -> None:
    """A folder that is not there is said before anything is asked for."""
    for path in (folder / "no" / "a.bin", f"{folder}/no/"):
        with pytest.raises(errors.LocalFileError, match="no folder"):
            files.download(stored, path)
    assert instance.requests() == []
    with pytest.raises(errors.LocalFileError, match="cannot be written"):
        files.download(stored, folder / ("x" * 256))
    with pytest.raises(errors.NotFound):
        files.download("0" * 32, folder / "a")
    assert os.listdir(folder) == []


def test_a_full_disk(files: Attachment, stored: str, folder: Path) -> None:
    """A file that cannot be written to its end is not there, and the reason is said."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(errors.LocalFileError, match="cannot be written"):
            files.download(stored, folder / "a.bin")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert os.listdir(folder) == []


def test_blocks(instance: Instance, client: Client, files: Attachment, stored: str) -> None:
    """The caller's own loop gets the bytes, and an error at the end of wrong ones; half a loop is no error."""
    with files.open(stored) as incoming:
        assert b"".join(incoming) == DATA
        assert (incoming.name, incoming.size, incoming.sha256) == ("data.bin", len(DATA), sha256(DATA))
    with files.open(stored) as incoming:
        assert next(iter(incoming)) == DATA[: 256 * 1024]
        with pytest.raises(errors.InvalidUsage, match="open it again"):
            list(incoming)
    with files.open(stored) as never_read:
        pass
    with pytest.raises(errors.InvalidUsage, match="open it again"):
        list(never_read)
    for action, kind in (
        ({"truncate": 0.5}, errors.UnexpectedResponseFormat),
        ({"truncate": 0.5, "keep_length": True}, errors.ConnectionFailed),
    ):
        instance.fault(action, path="/file$", count=1)
        with files.open(stored) as incoming, pytest.raises(kind):
            list(incoming)


# --- cancelled ---------------------------------------------------------------------------------------------------

SLOWLY = """
import sys
sys.path[:0] = {path!r}
from ansible_collections.changegate.snow.plugins.module_utils import partial
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
if {named!r}:
    partial._WITHOUT_NAME = 0
files = Client(host={url!r}, user={user!r}, password={password!r}).table({table!r}).attachments
print("ready", flush=True)
files.download({sys_id!r}, {target!r})
"""


@pytest.mark.parametrize(
    ("number", "named"),
    [(signal.SIGINT, True), (signal.SIGTERM, True), (signal.SIGTERM, False), (signal.SIGINT, False)],
)
def test_cancelled(
    instance: Instance, files: Attachment, stored: str, tmp_path: Path, number: signal.Signals, named: bool
) -> None:
    """However it ends, no half of a file has its name; what a kill leaves is removed by the next download."""
    folder, target = tmp_path, tmp_path / "a.bin"
    instance.fault({"bytes_per_second": 100_000}, path="/file$", count=1)
    code = SLOWLY.format(
        path=[path for path in sys.path if path],
        named=named,
        url=instance.url,
        user=USER,
        password=password_of(USER),
        table=TABLE,
        sys_id=stored,
        target=str(target),
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        instance.await_requests(1)
        deadline = time.monotonic() + 10
        while named and not any(folder.iterdir()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(0.3)
        if named:
            (part,) = folder.iterdir()
            assert part.name.startswith(".a.bin.")
            assert part.suffix == ".part"
            # One that is being written by somebody else is left to him.
            assert files.download(stored, target).written
            assert part.exists()
            target.unlink()
        assert process.poll() is None, process.stderr
        process.send_signal(number)
        process.communicate(timeout=10)
        assert process.returncode == -number
    assert len(os.listdir(folder)) == (1 if named and number != signal.SIGINT else 0)
    assert not target.exists()
    assert files.download(stored, target).written
    assert os.listdir(folder) == ["a.bin"]


def test_constant_memory(instance: Instance, files: Attachment, tmp_path: Path) -> None:
    """30 MB up and down in both ways take a few blocks, client and simulator together."""
    path = tmp_path / "big.bin"
    with open(path, "wb") as file:
        for number in range(30):
            file.write(bytes([number]) * 1_000_000)
    tracemalloc.start()
    try:
        for multipart in (False, True):
            made = files.upload(RECORD, path, multipart=multipart)
            files.download(made["sys_id"], tmp_path / str(multipart))
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()


# --- the rest ----------------------------------------------------------------------------------------------------


def test_lists(instance: Instance, client: Client, files: Attachment) -> None:
    """Of one record all of them, of the table as many as asked for or all, page by page."""
    other = client.table(TABLE).create({"short_description": "Other"})["sys_id"]
    seeds = [
        {"file_name": f"{number}.txt", "table_name": TABLE, "table_sys_id": RECORD if number % 10 else other}
        for number in range(1100)
    ]
    instance.seed("sys_attachment", *seeds, {"file_name": "0.txt", "table_name": "incident", "table_sys_id": RECORD})
    assert len(files.get(RECORD)) == 990
    assert len(files.get()) == 100
    assert len(files.get(limit=7)) == 7
    instance.clear_log()
    assert len({item["sys_id"] for item in files.get(limit=None)}) == 1100
    assert len(instance.requests()) == 2
    two = {"file_name": ["10.txt", "11.txt"]}
    assert {item["file_name"] for item in files.find(two)} == {"10.txt", "11.txt"}
    assert [item["file_name"] for item in files.find("file_name=10.txt^ORfile_name=11.txt^ORDERBYDESCfile_name")] == [
        "11.txt",
        "10.txt",
    ]
    # Every branch of a union is one of this table.
    assert len(list(files.find("file_name=0.txt^NQfile_name=1.txt"))) == 2
    instance.clear_log()
    next(files.find())
    assert len(instance.requests()) == 1
    assert [item["table_sys_id"] for item in files.named(other, "10.txt")] == [other]
    assert files.named(other, "11.txt") == []
    assert "table_name=change_request" in parse_qs(instance.requests()[-1].query)["sysparm_query"][0]


def test_as_pysnow_makes_it(client: Client) -> None:
    """A resource and a table make one, as in its document; anything else is refused."""
    for path in ("/attachment", f"/table/{TABLE}"):
        made = Attachment(client.resource(api_path=path), TABLE)
        assert made.get(RECORD) == []
        assert repr(made) == "<Attachment of change_request>"
    for wrong in (client, client.transport, None, TABLE):
        with pytest.raises(errors.InvalidUsage, match="resource"):
            Attachment(wrong, TABLE)  # type: ignore[arg-type]
    with pytest.raises(errors.InvalidUsage, match="table"):
        Attachment(client.table(TABLE), "no table")


def test_rename(instance: Instance, files: Attachment, stored: str) -> None:
    """The new name is read back; one that was not taken is said."""
    assert files.rename(stored, "größe.txt")["file_name"] == "größe.txt"
    instance.fault({"status": 204, "body": ""}, method="PATCH", count=1)
    with pytest.raises(errors.NotConverged, match=r"'größe\.txt' instead of 'b\.txt'"):
        files.rename(stored, "b.txt")
    with pytest.raises(errors.NotFound):
        files.rename("0" * 32, "b.txt")


def test_delete(instance: Instance, files: Attachment, stored: str) -> None:
    """A lost answer to a delete is no failure; what was never there is one."""
    other = str(files.upload_content(RECORD, b"x", "a.txt")["sys_id"])
    instance.fault({"drop": "after"}, method="DELETE", count=1)
    assert files.delete(stored) == {"status": "record deleted"}
    instance.fault({"status": 503}, method="DELETE", count=1)
    assert files.delete(other) == {"status": "record deleted"}
    assert rows(instance) == []
    with pytest.raises(errors.NotFound):
        files.delete(other)
    instance.fault({"status": 403}, method="DELETE", count=1)
    instance.clear_log()
    with pytest.raises(errors.Forbidden):
        files.delete(other)
    assert methods(instance) == ["DELETE"]


NO_SYS_IDS = ["", "x", None, 5, "0" * 31, ["0" * 32], "../" + "0" * 29]
NO_NAMES = ["", " ", "a/b", "..", 5, b"a", "a\r\nb", "a\x00"]
NO_TYPES = ["text", "text/", 5, "text/plain\r\nX: y", "text/plain; ä", b"text/plain"]
NO_PATHS = ["", 5, None, b"a", "a\0b", ["a"]]
NO_FLAGS = ["yes", 1, None, 0]
NO_LIMITS = [0, -1, "5", 1.5, True]
SYS_ID = "0" * 32
#: Method, arguments with ... for the wrong one, what can be wrong there, and a word of the sentence that says so.
#: "a.txt" is a file that can be read.
WRONG: list[tuple[str, dict[str, Any], list[Any], str]] = [
    ("upload", {"sys_id": ..., "file_path": "a.txt"}, NO_SYS_IDS, "sys_id"),
    ("upload", {"sys_id": SYS_ID, "file_path": ...}, NO_PATHS, "path"),
    ("upload", {"sys_id": SYS_ID, "file_path": "a.txt", "name": ...}, NO_NAMES, "name"),
    ("upload", {"sys_id": SYS_ID, "file_path": "a.txt", "multipart": ...}, NO_FLAGS, "multipart"),
    ("upload", {"sys_id": SYS_ID, "file_path": "a.txt", "content_type": ...}, NO_TYPES, "content_type"),
    ("upload_content", {"sys_id": ..., "data": "", "name": "a"}, NO_SYS_IDS, "sys_id"),
    ("upload_content", {"sys_id": SYS_ID, "data": ..., "name": "a"}, [5, None, ["x"], "\udcff"], "give"),
    ("upload_content", {"sys_id": SYS_ID, "data": "", "name": ...}, [None, *NO_NAMES], "name"),
    ("upload_content", {"sys_id": SYS_ID, "data": "", "name": "a", "multipart": ...}, NO_FLAGS, "multipart"),
    ("upload_content", {"sys_id": SYS_ID, "data": "", "name": "a", "content_type": ...}, NO_TYPES, "content_type"),
    ("download", {"sys_id": ..., "path": "b.txt"}, NO_SYS_IDS, "sys_id"),
    ("download", {"sys_id": SYS_ID, "path": ...}, NO_PATHS, "path"),
    ("download", {"sys_id": SYS_ID, "path": "b.txt", "overwrite": ...}, NO_FLAGS, "overwrite"),
    ("get", {"sys_id": ...}, [wrong for wrong in NO_SYS_IDS if wrong is not None], "sys_id"),
    ("get", {"limit": ...}, NO_LIMITS, "limit"),
    ("find", {"query": ...}, [5, ["a"], "=", {"state": {"no such operator": 1}}], "."),
    ("named", {"sys_id": ..., "name": "a"}, NO_SYS_IDS, "sys_id"),
    ("named", {"sys_id": SYS_ID, "name": ...}, [None, *NO_NAMES], "name"),
    ("one", {"sys_id": ...}, NO_SYS_IDS, "sys_id"),
    ("rename", {"sys_id": ..., "name": "a"}, NO_SYS_IDS, "sys_id"),
    ("rename", {"sys_id": SYS_ID, "name": ...}, [None, *NO_NAMES], "name"),
    ("delete", {"sys_id": ...}, NO_SYS_IDS, "sys_id"),
]


@pytest.mark.parametrize(("method", "arguments", "wrongs", "word"), WRONG)
def test_bad_input(
    instance: Instance,
    files: Attachment,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    arguments: dict[str, Any],
    wrongs: list[Any],
    word: str,
) -> None:
    """Every argument that is wrong is named in one sentence, and nothing is sent."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("x")
    for wrong in wrongs:
        given = {name: wrong if value is ... else value for name, value in arguments.items()}
        with pytest.raises(errors.InvalidUsage, match=word) as refused:
            getattr(files, method)(**given)
        assert str(refused.value).endswith(".")
    assert instance.requests() == []
    assert os.listdir(tmp_path) == ["a.txt"]


def test_what_cannot_be_read(instance: Instance, files: Attachment, tmp_path: Path) -> None:
    """Pipes, devices, folders, streams of text, closed ones, those that cannot go back: said, never waited for."""
    path = tmp_path / "a.txt"
    path.write_text("x")
    os.mkfifo(tmp_path / "pipe")
    for wrong in (tmp_path / "pipe", tmp_path, tmp_path / "no", "/dev/zero"):
        with pytest.raises(errors.LocalFileError):
            files.upload(RECORD, wrong, name="a")
    read, write = os.pipe()
    with open(path) as text, open(path, "rb") as closed, os.fdopen(read, "rb") as pipe, os.fdopen(write, "wb"):
        closed.close()
        streams: list[Any] = [text, closed, pipe]
        for stream in streams:
            with pytest.raises(errors.InvalidUsage, match="give one"):
                files.upload_content(RECORD, stream, "a")
    with pytest.raises(errors.InvalidUsage, match="sys_id"), files.open("x"):
        pass
    assert instance.requests() == []


def test_the_example_of_the_document(instance: Instance, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """docs/library.md, "Attachments", does what it says."""
    text = (Path(__file__).parents[2] / "docs" / "library.md").read_text(encoding="utf-8")
    code = text.split("## Attachments", 1)[1].split("```python\n", 1)[1].split("```", 1)[0]
    (tmp_path / "report.pdf").write_bytes(DATA)
    (tmp_path / "downloads").mkdir()
    for placeholder, value in (
        ('"dev12345.service-now.com"', repr(instance.url)),
        ('"ansible"', repr(USER)),
        ('"secret"', repr(password_of(USER))),
        ("/tmp/", f"{tmp_path}/"),
    ):
        assert placeholder in code
        code = code.replace(placeholder, value)
    exec(compile(code, "docs/library.md", "exec"), {})
    downloads = tmp_path / "downloads"
    assert (downloads / "report-final.pdf").read_bytes() == DATA
    printed = capsys.readouterr().out.splitlines()
    assert sorted(printed) == [
        str(len(DATA)),
        f"note.txt {downloads}/note.txt",
        f"report-final.pdf {downloads}/report-final.pdf",
    ]
