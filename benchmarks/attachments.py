# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A large attachment, up and down.

Ours verifies the hash both ways and has the file on disk at the end. pysnow cannot download: its users take the
session to the attachment's ``download_link``, and those who know how do it in blocks. "none" does nothing but send a
file and read it again, from and to nowhere: what the simulator and the connection take by themselves.
"""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from benchmarks.harness import (
    OURS,
    PASSWORD,
    PYSNC,
    PYSNOW,
    USER,
    Desk,
    Job,
    our_client,
    pysnc_client,
    pysnow_client,
    run_job,
)

TABLE, RECORD = "change_request", "b0dbda5347c12200e0ef563dbb9a718f"
BLOCK = 1024 * 1024
#: What our library promises, besides being no slower than pysnow.
LIMIT_MIB = 60.0
Work = Callable[[], object]


def our_upload(url: str, source: str) -> Work:
    files = our_client(url).table(TABLE).attachments
    files.get(RECORD)
    return lambda: files.upload(RECORD, source)["sys_id"]


def our_form(url: str, source: str) -> Work:
    files = our_client(url).table(TABLE).attachments
    files.get(RECORD)
    return lambda: files.upload(RECORD, source, multipart=True)["sys_id"]


def our_download(url: str, sys_id: str, target: str) -> Work:
    files = our_client(url).table(TABLE).attachments
    files.get(RECORD)
    _away(target)
    return lambda: str(files.download(sys_id, target).path)


def pysnow_upload(url: str, source: str) -> Work:
    warnings.simplefilter("ignore")
    files = pysnow_client(url).resource(api_path=f"/table/{TABLE}").attachments
    return lambda: files.upload(sys_id=RECORD, file_path=source).one()["sys_id"]


def pysnow_download(url: str, sys_id: str, target: str, in_blocks: bool = False) -> Work:
    client = pysnow_client(url)
    _away(target)

    def work() -> None:
        with client.session.get(_file(url, sys_id), stream=in_blocks) as answer, open(target, "wb") as file:
            answer.raise_for_status()
            for block in answer.iter_content(BLOCK) if in_blocks else (answer.content,):
                file.write(block)

    return work


def pysnow_blocks(url: str, sys_id: str, target: str) -> Work:
    return pysnow_download(url, sys_id, target, in_blocks=True)


def pysnc_upload(url: str, source: str) -> Work:
    record = pysnc_client(url).GlideRecord(TABLE)
    assert record.get(RECORD)

    def work() -> None:
        with open(source, "rb") as file:
            record.add_attachment(Path(source).name, file)

    return work


def pysnc_download(url: str, sys_id: str, target: str) -> Work:
    record = pysnc_client(url).GlideRecord(TABLE)
    assert record.get(RECORD)
    _away(target)
    (found,) = [item for item in record.get_attachments() if str(item.sys_id) == sys_id]
    # As its documentation has it, but for the path: in blocks of 512 bytes.
    return lambda: str(found.write_to(target))


def bare_upload(url: str, source: str) -> Work:
    session = _session()
    where = {"table_name": TABLE, "table_sys_id": RECORD, "file_name": "bare"}
    headers = {"Content-Type": "application/octet-stream"}

    def work() -> Any:
        with open(source, "rb") as file:
            answer = session.post(f"{url}/api/now/attachment/file", params=where, data=file, headers=headers)
        return answer.json()["result"]["sys_id"]

    return work


def bare_download(url: str, sys_id: str, target: str) -> Work:
    session = _session()

    def work() -> None:
        with session.get(_file(url, sys_id), stream=True) as answer, open(os.devnull, "wb") as nowhere:
            for block in answer.iter_content(BLOCK):
                nowhere.write(block)

    return work


def _session() -> requests.Session:
    session = requests.Session()
    session.auth = (USER, PASSWORD)
    return session


def _away(target: str) -> None:
    """Every download is a new file."""
    Path(target).unlink(missing_ok=True)


def _file(url: str, sys_id: str) -> str:
    return f"{url}/api/now/attachment/{sys_id}/file"


UPLOADS: dict[str, Job] = {
    OURS: our_upload,
    "... as a form": our_form,
    PYSNOW: pysnow_upload,
    PYSNC: pysnc_upload,
    "none": bare_upload,
}
DOWNLOADS: dict[str, Job] = {
    OURS: our_download,
    PYSNOW: pysnow_download,
    "... in blocks by hand": pysnow_blocks,
    PYSNC: pysnc_download,
    "none": bare_download,
}


def report(desk: Desk, megabytes: int, latency: int, rounds: int) -> None:
    desk.latency(latency)
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "large.bin", Path(folder) / "downloaded"
        with source.open("wb") as file:
            for _megabyte in range(megabytes):
                file.write(os.urandom(10**6))
        print(f"\n{megabytes} MB up, {latency} ms latency")
        up = desk.compare(__name__, UPLOADS, rounds, str(source))
        print(f"\n{megabytes} MB down, {latency} ms latency")
        down = desk.compare(__name__, DOWNLOADS, rounds, up[OURS].result, str(target))
    for figure in (up[OURS], down[OURS]):
        if figure.mebibytes > LIMIT_MIB:
            print(f"Ours took {figure.mebibytes:.0f} MiB, more than {LIMIT_MIB:g}.")


if __name__ == "__main__":
    # Downloads are told where to.
    run_job(DOWNLOADS if len(sys.argv) > 4 else UPLOADS)
