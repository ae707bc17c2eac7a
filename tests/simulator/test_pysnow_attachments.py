"""Attachments with pysnow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
from tests.simulator.behaviors import behavior
from tests.simulator.clients import pysnow_client
from tests.simulator.support import CHG24, Sim

pysnow = pytest.importorskip("pysnow", reason="pysnow is not installed")

attachments = behavior("Clients", "pysnow 0.7.17: attachments")


def changes(sim: Sim) -> Any:
    return pysnow_client(sim).resource(api_path="/table/change_request")


@attachments
def test_upload_list_delete(sim: Sim, tmp_path: Path) -> None:
    file = tmp_path / "plan.txt"
    file.write_bytes(b"the plan")
    made = changes(sim).attachments.upload(sys_id=CHG24, file_path=str(file)).one()
    assert (made["file_name"], made["size_bytes"], made["table_sys_id"]) == ("plan.txt", "8", CHG24)
    changes(sim).attachments.upload(sys_id=CHG24, file_path=str(file), name="renamed.txt")
    other = sim.insert("change_request")["sys_id"]
    changes(sim).attachments.upload(sys_id=other, file_path=str(file))
    found = changes(sim).attachments.get(sys_id=CHG24)
    assert sorted(item["file_name"] for item in found) == ["plan.txt", "renamed.txt"]
    assert len(changes(sim).attachments.get()) == 3
    assert len(changes(sim).attachments.get(limit=2)) == 2
    assert pysnow_client(sim).resource(api_path="/table/incident").attachments.get() == []
    assert changes(sim).attachments.delete(sys_id=found[0]["sys_id"]) == {"status": "record deleted"}
    assert len(sim.dump("sys_attachment", table_sys_id=CHG24)) == 1


@attachments
def test_what_was_uploaded_is_downloaded(sim: Sim, tmp_path: Path) -> None:
    file = tmp_path / "data.bin"
    file.write_bytes(bytes(range(256)) * 40)
    made = changes(sim).attachments.upload(sys_id=CHG24, file_path=str(file)).one()
    answer = requests.get(made["download_link"], auth=("ansible", "ansible-password"), timeout=10)
    assert answer.content == file.read_bytes()


@attachments
def test_multipart_is_no_multipart(sim: Sim, tmp_path: Path) -> None:
    """With multipart=True pysnow sends the bare file as multipart/form-data without a boundary: the client is wrong."""
    file = tmp_path / "plan.txt"
    file.write_bytes(b"the plan")
    answer = changes(sim).attachments.upload(sys_id=CHG24, file_path=str(file), multipart=True)
    with pytest.raises(requests.HTTPError, match="400"):
        answer.one()
    assert sim.dump("sys_attachment") == []


@attachments
def test_only_tables_have_attachments(sim: Sim) -> None:
    with pytest.raises(pysnow.exceptions.InvalidUsage):
        _ = pysnow_client(sim).resource(api_path="/change", base_path="/api/sn_chg_rest").attachments
