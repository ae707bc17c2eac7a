"""Attachments with PySNC."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.simulator.behaviors import behavior
from tests.simulator.clients import pysnc_client, speak_plainly
from tests.simulator.support import CHG24, Sim

pysnc = pytest.importorskip("pysnc", reason="pysnc is not installed")

attachments = behavior("Clients", "PySNC 1.2: attachments: add, list, get, read, save, delete")
LINES = "this is\na sample\nwith four\nlines"
BINARY = bytes(range(256)) * 300


@pytest.fixture
def change(sim: Sim, monkeypatch: pytest.MonkeyPatch) -> Any:
    speak_plainly(monkeypatch)
    record = pysnc_client(sim).GlideRecord("change_request")
    assert record.get(CHG24)
    return record


@attachments
def test_add_and_list(change: Any, sim: Sim) -> None:
    assert len(change.get_attachments()) == 0
    location = change.add_attachment("test.txt", LINES)
    change.add_attachment("test.bin", BINARY, content_type="application/x-thing")
    found = change.get_attachments()
    assert len(found) == 2
    told = {item.file_name: (item.content_type, item.size_bytes) for item in found}
    # Without a type PySNC says that it is a stream of bytes.
    assert told == {
        "test.txt": ("application/octet-stream", str(len(LINES))),
        "test.bin": ("application/x-thing", str(len(BINARY))),
    }
    named = change.get_attachments()
    assert named.next()
    links = {named.get_link().replace("https://", "http://")}
    assert named.next()
    links.add(named.get_link().replace("https://", "http://"))
    # The address that the upload answered is that of the file.
    assert location in links


@attachments
def test_read_and_save(change: Any, tmp_path: Path) -> None:
    change.add_attachment("test.txt", LINES, content_type="text/plain")
    change.add_attachment("test.bin", BINARY)
    for item in change.get_attachments():
        if item.file_name == "test.txt":
            assert item.read() == LINES.encode()
            assert item.readlines() == LINES.split("\n")
        else:
            assert item.as_temp_file().read() == BINARY
            assert Path(item.write_to(tmp_path)).read_bytes() == BINARY
            assert (tmp_path / "test.bin").exists()


@attachments
def test_get_find_delete(change: Any, sim: Sim) -> None:
    change.add_attachment("test.txt", LINES)
    sys_id = sim.dump("sys_attachment")[0]["sys_id"]
    one = pysnc_client(sim).Attachment("change_request")
    assert one.get(sys_id)
    assert one.read().decode() == LINES
    assert not pysnc_client(sim).Attachment("change_request").get("bunk")
    for name, wanted in (("test.txt", True), ("other.txt", False)):
        found = pysnc_client(sim).Attachment("change_request")
        found.add_query("file_name", name)
        found.query()
        assert found.next() is wanted
    one.delete()
    assert sim.dump("sys_attachment") == []
    assert not pysnc_client(sim).Attachment("change_request").get(sys_id)


@attachments
def test_without_a_record(sim: Sim, change: Any) -> None:
    with pytest.raises(pysnc.exceptions.NoRecordException):
        pysnc_client(sim).GlideRecord("incident").add_attachment("a.txt", b"x")
    with pytest.raises(pysnc.exceptions.NotFoundException):
        pysnc_client(sim).Attachment("incident").add_attachment("0" * 32, "a.txt", b"x")
