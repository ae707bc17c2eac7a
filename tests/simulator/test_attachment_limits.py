"""Attachments: limits by size and extension, images, rights, and memory."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from tests.simulator.behaviors import absent, behavior
from tests.simulator.process import start
from tests.simulator.support import CHG24, Sim, error

TARGET = {"table_name": "change_request", "table_sys_id": CHG24}
FILE, UPLOAD = "/api/now/attachment/file", "/api/now/attachment/upload"


def upload(sim: Sim, name: str, data: object = b"x", user: str = "ansible", kind: str = "a/b") -> requests.Response:
    return sim.call("POST", FILE, user, params={**TARGET, "file_name": name}, data=data, headers={"Content-Type": kind})


def multipart(sim: Sim, name: str, data: bytes = b"x") -> requests.Response:
    return sim.call("POST", UPLOAD, data=TARGET, files={"uploadFile": (name, data, "a/b")})


def set_property(sim: Sim, name: str, value: str) -> None:
    sim.insert("sys_properties", "admin", name=name, value=value)


def stored_files(sim: Sim) -> list[Path]:
    return list(sim.simulator.instance.contents.directory.iterdir())


@behavior("Attachment API", "Limit by size: property com.glide.attachment.max_size in MB")
def test_limit_by_size(sim: Sim) -> None:
    set_property(sim, "com.glide.attachment.max_size", "1")
    megabyte = 1024 * 1024
    blocks = [b"x" * megabyte, b"y"]
    for answer in (
        upload(sim, "a", b"".join(blocks)),
        upload(sim, "a", iter(blocks)),
        multipart(sim, "a", b"z" * megabyte * 2),
    ):
        assert error(answer) == (
            400, "Maximum attachment size exceeded", "Attached files must be smaller than 1MB",
        )  # fmt: skip
    assert stored_files(sim) == []
    assert sim.dump("sys_attachment") == []
    assert upload(sim, "a", b"x" * megabyte).status_code == 201


@behavior("Attachment API", "Limit by extension: properties glide.attachment.extensions and .blacklisted.extensions")
def test_limit_by_extension(sim: Sim) -> None:
    set_property(sim, "glide.attachment.extensions", "txt, PNG")
    allowed = {"a.txt": 201, "a.TXT": 201, "b.png": 201, "c.exe": 400, "txt": 400, ".txt": 400, "d.txt.exe": 400}
    for name, status in allowed.items():
        assert upload(sim, name).status_code == multipart(sim, name).status_code == status, name
    assert error(upload(sim, "c.exe"))[1:] == ("Invalid attachment type", "Files with '.exe' cannot be attached")
    sys_id = sim.dump("sys_attachment")[0]["sys_id"]
    renamed = sim.call("PATCH", f"/api/now/attachment/{sys_id}", json={"file_name": "e.exe"})
    assert renamed.status_code == 400
    sim.control("POST", "reset")
    set_property(sim, "glide.attachment.blacklisted.extensions", "exe,bat")
    assert upload(sim, "c.exe").status_code == 201
    set_property(sim, "glide.security.attachment_type.use_blacklist", "true")
    assert upload(sim, "c.exe").status_code == 400
    assert upload(sim, "c.txt").status_code == 201


PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffc0001108000a0014030122000211010311010000")


@behavior("Attachment API", "Width and height of PNG, GIF and JPEG images", simplified="no average color")
@pytest.mark.parametrize(
    ("data", "size"),
    [
        (PIXEL, ("1", "1")),
        (b"GIF89a" + (300).to_bytes(2, "little") + (5).to_bytes(2, "little"), ("300", "5")),
        (JPEG, ("20", "10")),
        (b"\x89PNG\r\n\x1a\n", ("", "")),
        (b"GIF89a", ("", "")),
        (JPEG[:24], ("", "")),
        (b"\xff\xd8\xff\xe0\x00\x00", ("", "")),
        (b"\xff\xd8\xff\xff" + b"\xff\xff\x00\x02" * 5000, ("", "")),
        (b"hello", ("", "")),
    ],
)
def test_images(sim: Sim, data: bytes, size: tuple[str, str]) -> None:
    made = upload(sim, "image", data, kind="image/png").json()["result"]
    assert (made["image_width"], made["image_height"]) == size


@behavior("Attachment API", "Attachments through the Table API (sys_attachment); rights are those of the record")
def test_through_the_table_api(sim: Sim) -> None:
    sys_id = upload(sim, "a.txt", b"hello").json()["result"]["sys_id"]
    path = f"/api/now/table/sys_attachment/{sys_id}"
    assert sim.get(path, "auditor").json()["result"]["file_name"] == "a.txt"
    assert [row["sys_id"] for row in sim.rows("sys_attachment", f"table_sys_id={CHG24}")] == [sys_id]
    # joe.employee may not read changes: nor what is attached to them, in lists either.
    assert sim.get(path, "joe.employee").status_code == 404
    for lists in ("/api/now/table/sys_attachment", "/api/now/attachment"):
        answer = sim.get(lists, "joe.employee")
        assert (answer.json()["result"], answer.headers["X-Total-Count"]) == ([], "1")
    # Who may write the record renames and deletes; where a file belongs cannot be changed.
    body = {"file_name": "b.txt", "table_sys_id": "0" * 32, "hash": "0", "size_bytes": "1"}
    assert sim.call("PATCH", path, "auditor", json=body).status_code == 403
    assert sim.call("PATCH", path, json=body).status_code == 200
    row = sim.dump("sys_attachment", sys_id=sys_id)[0]
    assert (row["file_name"], row["table_sys_id"], row["size_bytes"]) == ("b.txt", CHG24, "5")
    assert row["hash"] == hashlib.sha256(b"hello").hexdigest()
    assert sim.call("POST", "/api/now/table/sys_attachment", "admin", json=body).status_code == 403
    assert sim.call("DELETE", path, "auditor").status_code == 403
    assert sim.call("DELETE", path).status_code == 204
    assert stored_files(sim) == []


def blocks(count: int) -> Iterator[bytes]:
    for number in range(count):
        yield number.to_bytes(4, "big") * (1 << 18)


def parts(count: int) -> Iterator[bytes]:
    """The same blocks in a form."""
    for name, value in TARGET.items():
        yield f'--cut\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    yield b'--cut\r\nContent-Disposition: form-data; name="uploadFile"; filename="big"\r\nContent-Type: a/b\r\n\r\n'
    yield from blocks(count)
    yield b"\r\n--cut--\r\n"


def peak_megabytes(process: subprocess.Popen[str]) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) // 1024


@behavior("Attachment API", "Contents pass through in constant memory")
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="/proc tells how much memory a process takes")
def test_memory() -> None:
    """200 MB go up and come down again, 50 MB go up in a form; the process hardly grows."""
    count = 200
    expected = hashlib.sha256()
    for block in blocks(count):
        expected.update(block)
    process, url, _ = start()
    with process:
        try:
            auth, headers = ("ansible", "ansible-password"), {"Content-Type": "application/octet-stream"}
            requests.get(f"{url}/api/now/table/incident", auth=auth, timeout=5)
            before = peak_megabytes(process)
            query = {**TARGET, "file_name": "big"}
            made = requests.post(url + FILE, params=query, data=blocks(count), headers=headers, auth=auth, timeout=60)
            result = made.json()["result"]
            assert (result["size_bytes"], result["hash"]) == (str(count << 20), expected.hexdigest())
            digest = hashlib.sha256()
            with requests.get(result["download_link"], auth=auth, timeout=60, stream=True) as answer:
                assert json.loads(answer.headers["X-Attachment-Metadata"])["sys_id"] == result["sys_id"]
                for block in answer.iter_content(1 << 20):
                    digest.update(block)
            assert digest.digest() == expected.digest()
            form = {"Content-Type": "multipart/form-data; boundary=cut"}
            made = requests.post(url + UPLOAD, data=parts(50), headers=form, auth=auth, timeout=60)
            assert made.json()["result"]["size_bytes"] == str(50 << 20)
            assert peak_megabytes(process) - before < 20
        finally:
            process.terminate()


@absent("Attachment API", "Attributes of attachments (/attributes)")
def test_no_attributes(sim: Sim) -> None:
    sys_id = upload(sim, "a").json()["result"]["sys_id"]
    assert error(sim.get(f"/api/now/attachment/{sys_id}/attributes"))[0] == 400
