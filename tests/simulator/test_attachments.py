"""Attachment API: upload, list, download, rename, delete, errors."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
import requests
from tests.simulator.behaviors import behavior
from tests.simulator.support import CHG24, Sim, error

KEYS = {
    "sys_id", "file_name", "content_type", "size_bytes", "size_compressed", "compressed", "chunk_size_bytes", "hash",
    "state", "table_name", "table_sys_id", "download_link", "image_width", "image_height", "average_image_color",
    "sys_tags", "sys_created_on", "sys_created_by", "sys_updated_on", "sys_updated_by", "sys_mod_count",
}  # fmt: skip
TARGET = f"table_name=change_request&table_sys_id={CHG24}"


def upload(sim: Sim, name: str = "a.txt", data: bytes = b"hello", kind: str = "text/plain") -> dict[str, Any]:
    path = f"/api/now/attachment/file?{TARGET}&file_name={name}"
    answer = sim.call("POST", path, data=data, headers={"Content-Type": kind})
    assert answer.status_code == 201, answer.text
    result: dict[str, Any] = answer.json()["result"]
    assert answer.headers["Location"] == f"{sim.url}/api/now/attachment/{result['sys_id']}/file"
    return result


@behavior("Attachment API", "POST file: any Content-Type; all documented keys, as texts")
@behavior("Attachment API", "Compression", simplified="size_compressed is the size")
def test_upload_answers_the_documented_keys(sim: Sim) -> None:
    made = upload(sim)
    assert set(made) == KEYS
    assert all(isinstance(value, str) for value in made.values())
    assert made["hash"] == hashlib.sha256(b"hello").hexdigest()
    assert (made["size_bytes"], made["state"], made["chunk_size_bytes"]) == ("5", "pending", "700000")
    assert made["download_link"] == f"{sim.url}/api/now/attachment/{made['sys_id']}/file"
    assert sim.get(f"/api/now/attachment/{made['sys_id']}").json()["result"]["state"] == "available"


@behavior("Attachment API", "GET {id}/file, with X-Attachment-Metadata")
def test_download(sim: Sim) -> None:
    made = upload(sim, "ü ber.bin", bytes(range(256)) * 2000, "application/octet-stream")
    answer = sim.get(f"/api/now/attachment/{made['sys_id']}/file")
    assert answer.content == bytes(range(256)) * 2000
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert json.loads(answer.headers["X-Attachment-Metadata"])["file_name"] == "ü ber.bin"
    assert answer.headers["Content-Disposition"].endswith("%C3%BC%20ber.bin")


@behavior("Attachment API", "Uploads in chunks, without a length of their own")
def test_chunked_upload(sim: Sim) -> None:
    blocks = [b"x" * 70_000, b"y" * 5, b"z"]
    path = f"/api/now/attachment/file?{TARGET}&file_name=big"
    answer = sim.call("POST", path, data=iter(blocks), headers={"Content-Type": "a/b"})
    assert answer.json()["result"]["hash"] == hashlib.sha256(b"".join(blocks)).hexdigest()


@behavior("Attachment API", "Files of the same name add up; list with sysparm_query, limit, offset, X-Total-Count")
def test_same_name_adds(sim: Sim) -> None:
    upload(sim, data=b"1")
    upload(sim, data=b"2")
    query = f"table_sys_id={CHG24}^file_name=a.txt"
    answer = sim.get("/api/now/attachment", sysparm_query=query)
    assert answer.headers["X-Total-Count"] == "2"
    assert {row["hash"] for row in answer.json()["result"]} == {hashlib.sha256(x).hexdigest() for x in (b"1", b"2")}
    assert len(sim.get("/api/now/attachment", sysparm_query=query, sysparm_limit=1).json()["result"]) == 1
    assert len(sim.rows("sys_attachment", query)) == 2


@behavior("Attachment API", "POST upload (multipart)")
def test_multipart(sim: Sim) -> None:
    fields = {"table_name": "change_request", "table_sys_id": CHG24}
    answer = sim.call(
        "POST", "/api/now/attachment/upload", data=fields, files={"uploadFile": ("b.txt", b"multi", "text/plain")}
    )
    assert answer.status_code == 201
    made = answer.json()["result"]
    assert (made["file_name"], made["content_type"], made["size_bytes"]) == ("b.txt", "text/plain", "5")


@behavior("Attachment API", "POST upload (multipart)")
def test_charset_on_multipart_is_refused(sim: Sim) -> None:
    fields = {"table_name": "change_request", "table_sys_id": CHG24}
    prepared = requests.Request("POST", sim.url, data=fields, files={"f": ("b.txt", b"x")}).prepare()
    kind = f"{prepared.headers['Content-Type']}; charset=UTF-8"
    answer = sim.call("POST", "/api/now/attachment/upload", data=prepared.body, headers={"Content-Type": kind})
    assert error(answer)[0] == 400
    assert error(sim.call("POST", "/api/now/attachment/upload", data=b"x", headers={"Content-Type": "a/b"}))[0] == 400


@behavior("Attachment API", "PATCH {id} renames, DELETE {id} deletes record and file (204)")
def test_rename_and_delete(sim: Sim) -> None:
    made = upload(sim)
    path = f"/api/now/attachment/{made['sys_id']}"
    answer = sim.call("PATCH", path, json={"file_name": "new.txt"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert sim.get(path).json()["result"]["file_name"] == "new.txt"
    assert error(sim.call("PATCH", path, json={}))[0] == 400
    answer = sim.call("DELETE", path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert sim.get(path).status_code == 404
    assert sim.get(f"{path}/file").status_code == 404
    assert list(sim.simulator.instance.contents.directory.iterdir()) == []


@behavior("Attachment API", "Errors: missing parameter or Content-Type, unknown table or record, no rights")
@pytest.mark.parametrize("missing", ["table_name", "table_sys_id", "file_name"])
def test_missing_parameter(sim: Sim, missing: str) -> None:
    given = {"table_name": "change_request", "table_sys_id": CHG24, "file_name": "a"}
    del given[missing]
    headers = {"Content-Type": "text/plain"}
    answer = sim.call("POST", "/api/now/attachment/file", params=given, data=b"x", headers=headers)
    assert error(answer)[0] == 400
    assert missing in str(error(answer)[2])


@behavior("Attachment API", "Errors: missing parameter or Content-Type, unknown table or record, no rights")
def test_content_type_is_mandatory(sim: Sim) -> None:
    answer = sim.call("POST", f"/api/now/attachment/file?{TARGET}&file_name=a", data=b"x")
    assert error(answer)[0] == 400


@behavior("Attachment API", "Errors: missing parameter or Content-Type, unknown table or record, no rights")
def test_target_that_does_not_exist(sim: Sim) -> None:
    headers = {"Content-Type": "text/plain"}
    path = "/api/now/attachment/file?table_name=change_request&table_sys_id=0&file_name=a"
    assert error(sim.call("POST", path, data=b"x", headers=headers))[0] == 404
    assert sim.dump("sys_attachment") == []
    path = "/api/now/attachment/file?table_name=nothing&table_sys_id=0&file_name=a"
    assert error(sim.call("POST", path, data=b"x", headers=headers))[:2] == (400, "Invalid table nothing")


@behavior("Attachment API", "Attachments through the Table API (sys_attachment); rights are those of the record")
def test_rights_are_those_of_the_record(sim: Sim) -> None:
    made = upload(sim)
    path = f"/api/now/attachment/{made['sys_id']}"
    assert sim.get(path, "joe.employee").status_code == 403
    assert sim.get(f"{path}/file", "auditor").status_code == 200
    assert sim.call("DELETE", path, "auditor").status_code == 403
    headers = {"Content-Type": "text/plain"}
    answer = sim.call("POST", f"/api/now/attachment/file?{TARGET}&file_name=a", "auditor", data=b"", headers=headers)
    assert answer.status_code == 403


def test_empty_file(sim: Sim) -> None:
    made = upload(sim, data=b"")
    assert made["size_bytes"] == "0"
    assert sim.get(f"/api/now/attachment/{made['sys_id']}/file").content == b""
