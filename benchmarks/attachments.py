# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what a large attachment costs, up and down: seconds and memory, with our library, pysnow and PySNC.

The simulator is a process of its own, and so is each client in each round: its memory is the most that it ever had,
interpreter and libraries included. Seconds are those of the transfer alone, in the least of several rounds, because
everything else that a machine does only ever adds time. "none" is a client that does nothing but send a file and read
it again, from and to nowhere: what the simulator and the connection take by themselves.

pysnow cannot download: its users take the session to the attachment's ``download_link``, and those who know how do it
in blocks.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

TABLE, RECORD = "change_request", "b0dbda5347c12200e0ef563dbb9a718f"
USER, PASSWORD = "ansible", "ansible-password"
#: What our library promises, besides being no slower than pysnow.
LIMIT_MIB = 60.0
BLOCK = 1024 * 1024
HERE = Path(__file__).resolve().parent


class Cost(NamedTuple):
    up: float
    down: float
    mib: float


Client = Callable[[str, Path, Path], tuple[float, float]]


def timed(action: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    done = action()
    return time.perf_counter() - began, done


def with_ours(url: str, source: Path, target: Path, multipart: bool = False) -> tuple[float, float]:
    """The hash is verified both ways, and the file is on disk at the end."""
    sys.path.insert(0, os.environ.get("ANSIBLE_COLLECTIONS_PATH") or str(HERE.parent / ".venv" / "collections"))
    from ansible_collections.changegate.snow.plugins.module_utils.client import Client

    with Client(host=url, user=USER, password=PASSWORD) as client:
        files = client.table(TABLE).attachments
        files.get(RECORD)
        up, made = timed(lambda: files.upload(RECORD, source, multipart=multipart))
        down, _done = timed(lambda: files.download(made["sys_id"], target))
    return up, down


def with_ours_as_form(url: str, source: Path, target: Path) -> tuple[float, float]:
    return with_ours(url, source, target, multipart=True)


def with_pysnow(url: str, source: Path, target: Path, by_hand: bool = False) -> tuple[float, float]:
    import warnings

    warnings.simplefilter("ignore")
    pysnow: Any = importlib.import_module("pysnow")
    client = pysnow.Client(host=urlsplit(url).netloc, user=USER, password=PASSWORD, use_ssl=False)
    incidents = client.resource(api_path=f"/table/{TABLE}")
    incidents.attachments.get(RECORD)
    up, made = timed(lambda: incidents.attachments.upload(sys_id=RECORD, file_path=str(source)).one())

    def download() -> None:
        with client.session.get(made["download_link"], stream=by_hand) as answer, target.open("wb") as file:
            answer.raise_for_status()
            for block in answer.iter_content(BLOCK) if by_hand else (answer.content,):
                file.write(block)

    down, _done = timed(download)
    return up, down


def with_pysnow_by_hand(url: str, source: Path, target: Path) -> tuple[float, float]:
    return with_pysnow(url, source, target, by_hand=True)


def with_pysnc(url: str, source: Path, target: Path) -> tuple[float, float]:
    from requests.adapters import HTTPAdapter

    pysnc: Any = importlib.import_module("pysnc")

    class Plain(HTTPAdapter):
        def send(self, request: Any, *args: Any, **options: Any) -> Any:
            request.url = request.url.replace("https://", "http://", 1)
            return super().send(request, *args, **options)

    client = pysnc.ServiceNowClient(url.replace("http://", "https://"), (USER, PASSWORD))
    # PySNC takes https addresses only; nobody here shall be measured with TLS.
    client.session.mount(client.instance, Plain())
    record = client.GlideRecord(TABLE)
    assert record.get(RECORD)

    def upload() -> None:
        with open(source, "rb") as file:
            record.add_attachment(source.name, file)

    up, _done = timed(upload)
    (found,) = record.get_attachments()
    # As its documentation has it, but for the path: in blocks of 512 bytes.
    down, _done = timed(lambda: found.write_to(str(target)))
    return up, down


def with_none(url: str, source: Path, target: Path) -> tuple[float, float]:
    import requests

    session = requests.Session()
    session.auth = (USER, PASSWORD)
    where = {"table_name": TABLE, "table_sys_id": RECORD, "file_name": source.name}
    headers = {"Content-Type": "application/octet-stream"}
    address = f"{url}/api/now/attachment"
    session.get(address, params={"sysparm_limit": "1"}).raise_for_status()

    def upload() -> Any:
        with open(source, "rb") as file:
            return session.post(f"{address}/file", params=where, data=file, headers=headers).json()["result"]

    def download() -> None:
        with session.get(f"{address}/{made['sys_id']}/file", stream=True) as answer, open(os.devnull, "wb") as nowhere:
            for block in answer.iter_content(BLOCK):
                nowhere.write(block)

    up, made = timed(upload)
    down, _done = timed(download)
    target.hardlink_to(source)
    return up, down


CLIENTS: dict[str, Client] = {
    "ours": with_ours,
    "ours, as a form": with_ours_as_form,
    "pysnow 0.7.17": with_pysnow,
    "... in blocks by hand": with_pysnow_by_hand,
    "PySNC 1.2.1": with_pysnc,
    "none": with_none,
}


def child(name: str, url: str, source: Path, target: Path) -> None:
    up, down = CLIENTS[name](url, source, target)
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(Cost(up, down, mib)))


def cost_of(name: str, url: str, source: Path, folder: Path) -> Cost:
    """One round in a process of its own; what it downloaded is compared with what it uploaded."""
    target = folder / "downloaded"
    command = [sys.executable, __file__, "--child", name, url, str(source), str(target)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)
    if digest(target) != digest(source):
        sys.exit(f"{name} downloaded something else than it uploaded.")
    target.unlink()
    return Cost(*json.loads(done.stdout))


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def simulator(latency_ms: int) -> Iterator[str]:
    """A simulator in a process of its own, with *latency_ms* for every request."""
    import requests

    command = [sys.executable, "-m", "snow_simulator", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        try:
            requests.put(f"{url}/_sim/latency", json={"ms": latency_ms}, timeout=10).raise_for_status()
            yield url
        finally:
            process.terminate()


def measured(source: Path, folder: Path, latency_ms: int, rounds: int) -> dict[str, Cost]:
    """The least seconds and the most memory of some rounds, each against a simulator that holds nothing else.

    The clients take turns, so that what else the machine does hits all of them.
    """
    costs: dict[str, list[Cost]] = {name: [] for name in CLIENTS}
    for _round in range(rounds):
        for name, found in costs.items():
            with simulator(latency_ms) as url:
                found.append(cost_of(name, url, source, folder))
    return {
        name: Cost(min(cost.up for cost in found), min(cost.down for cost in found), max(cost.mib for cost in found))
        for name, found in costs.items()
    }


def compare(source: Path, folder: Path, latency_ms: int, rounds: int) -> bool:
    """Print a table for one latency; whether ours keeps what it promises."""
    found = measured(source, folder, latency_ms, rounds)
    print(f"{source.stat().st_size // 10**6} MB, {latency_ms:2} ms of latency: {'up s':>7}{'down s':>9}{'MiB':>8}")
    for name, cost in found.items():
        print(f"  {name:26}{cost.up:8.2f}{cost.down:9.2f}{cost.mib:8.1f}", flush=True)
    ours, theirs = found["ours"], found["pysnow 0.7.17"]
    return ours.mib < LIMIT_MIB and ours.up + ours.down <= theirs.up + theirs.down


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=200, help="size of the attachment")
    parser.add_argument("--rounds", type=int, default=3, help="runs of which the least counts")
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        name, url, source, target = options.child
        child(name, url, Path(source), Path(target))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.bin"
        with path.open("wb") as file:
            for _block in range(options.megabytes):
                file.write(os.urandom(10**6))
        # No short cut: every latency is measured.
        good = [compare(path, Path(folder), latency, options.rounds) for latency in (0, 50)]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
