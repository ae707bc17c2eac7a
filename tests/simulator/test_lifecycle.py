"""The command, the fixture, the database file, data of one's own; nothing stays behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import threading
import time
from pathlib import Path

import pytest
import requests
from tests.simulator.behaviors import behavior
from tests.simulator.process import start

from snow_simulator import Simulator
from snow_simulator.cli import main

AUTH = ("admin", "admin-password")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_command(number: signal.Signals) -> None:
    began = time.monotonic()
    process, url, _ = start("--data", "demo")
    took = time.monotonic() - began
    with requests.Session() as session:
        assert session.get(f"{url}/_sim/health", timeout=5).json()["ready"] is True
        # A connection that is still open does not keep it from stopping.
        os.kill(process.pid, number)
        out, err = process.communicate(timeout=5)
    assert (process.returncode, out, err) == (0, "", "")
    assert took < 3


@behavior("Own data", "`--database FILE` keeps data and attachments between runs")
def test_database_file_is_kept(tmp_path: Path) -> None:
    file = str(tmp_path / "snow.db")
    upload = "/api/now/attachment/file?table_name=incident&file_name=a&table_sys_id="
    for run in (1, 2):
        process, url, _ = start("--database", file)
        if run == 1:
            answer = requests.post(f"{url}/api/now/table/incident", json={"category": "kept"}, auth=AUTH, timeout=5)
            sys_id = answer.json()["result"]["sys_id"]
            headers = {"Content-Type": "text/plain"}
            requests.post(f"{url}{upload}{sys_id}", data=b"kept", headers=headers, auth=AUTH, timeout=5)
        query = {"sysparm_query": "category=kept"}
        answer = requests.get(f"{url}/api/now/table/incident", params=query, auth=AUTH, timeout=5)
        assert [row["number"] for row in answer.json()["result"]] == ["INC0010001"]
        if run == 2:
            found = requests.get(f"{url}/api/now/attachment", auth=AUTH, timeout=5).json()["result"]
            link = re.sub(r"^http://[^/]+", url, found[0]["download_link"])
            assert requests.get(link, auth=AUTH, timeout=5).content == b"kept"
            requests.post(f"{url}/_sim/reset", timeout=5)
            answer = requests.get(f"{url}/api/now/table/incident", params=query, auth=AUTH, timeout=5)
            assert answer.json()["result"] == []
        process.terminate()
        process.communicate(timeout=5)


def test_nothing_stays_behind() -> None:
    before = set(threading.enumerate())
    simulator = Simulator()
    with simulator as url, requests.Session() as session:
        assert url == simulator.url
        session.get(f"{url}/api/now/table/incident", auth=AUTH, timeout=5)
        directory = simulator.instance.contents.directory
        assert directory.exists()
    assert set(threading.enumerate()) == before
    assert not directory.exists()
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=2)
    host, port = url.removeprefix("http://").split(":")
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, int(port)))


def test_start_stop_and_start_again() -> None:
    simulator = Simulator(data="minimal")
    for _ in range(2):
        url = simulator.start()
        with pytest.raises(RuntimeError):
            simulator.start()
        assert requests.get(f"{url}/api/now/table/incident", auth=AUTH, timeout=5).json() == {"result": []}
        simulator.stop()
        simulator.stop()
    with pytest.raises(RuntimeError):
        _ = simulator.url


def test_stopping_does_not_wait_for_slow_requests() -> None:
    simulator = Simulator(data="minimal")
    url = simulator.start()
    requests.put(f"{url}/_sim/latency", json={"ms": 60_000}, timeout=5)
    errors: list[Exception] = []

    def slow() -> None:
        try:
            requests.get(f"{url}/api/now/table/incident", auth=AUTH, timeout=30)
        except requests.RequestException as error:
            errors.append(error)

    thread = threading.Thread(target=slow)
    thread.start()
    time.sleep(0.2)
    began = time.monotonic()
    simulator.stop()
    thread.join(5)
    assert time.monotonic() - began < 3
    assert not thread.is_alive()


def test_two_simulators_do_not_share_anything() -> None:
    with Simulator() as first, Simulator() as second:
        requests.post(f"{first}/api/now/table/incident", json={"category": "x"}, auth=AUTH, timeout=5)
        counts = [
            len(requests.get(f"{url}/_sim/dump?table=incident", timeout=5).json()["records"]) for url in (first, second)
        ]
    assert counts == [8, 7]


def test_only_loopback(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--host", "0.0.0.0", "--port", "0"]) == 2
    assert "loopback" in capsys.readouterr().err
    with pytest.raises(ValueError, match="loopback"):
        Simulator(host="192.0.2.1")


def test_port_in_use(capsys: pytest.CaptureFixture[str]) -> None:
    with Simulator(data="minimal") as url:
        assert main(["--port", url.rsplit(":", 1)[1], "--data", "minimal"]) == 2
    assert "in use" in capsys.readouterr().err


def test_database_that_cannot_be_opened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.write_text("no database " * 100)
    for path in (file, tmp_path / "nowhere" / "file"):
        assert main(["--port", "0", "--data", "minimal", "--database", str(path)]) == 2
        assert capsys.readouterr().err.startswith("snow-simulator: ")


def test_signals_are_for_the_main_thread() -> None:
    """A signal that another thread took would not wake the one that waits for it."""
    process, url, _ = start("--data", "minimal")
    with requests.Session() as session:
        session.get(f"{url}/_sim/health", timeout=5)
        tasks = Path(f"/proc/{process.pid}/task")
        if not tasks.is_dir():
            process.kill()
            pytest.skip("shows threads only where there is /proc")
        wanted = (1 << (signal.SIGTERM - 1)) | (1 << (signal.SIGINT - 1))
        blocked = {}
        for task in tasks.iterdir():
            line = next(line for line in (task / "status").read_text().splitlines() if line.startswith("SigBlk:"))
            blocked[task.name] = int(line.split()[1], 16) & wanted == wanted
        process.terminate()
        assert process.wait(timeout=5) == 0
        process.communicate()
    assert len(blocked) > 2
    assert all(there for name, there in blocked.items() if name != str(process.pid))


@behavior("Own data", "Two simulators cannot share a `--database FILE`")
def test_database_file_of_another_simulator(tmp_path: Path) -> None:
    file = tmp_path / "snow.db"
    with Simulator(data="minimal", database=file) as url:
        with pytest.raises(OSError, match="does another simulator use it"):
            Simulator(data="minimal", database=file).start()
        assert requests.post(f"{url}/api/now/table/incident", json={}, auth=AUTH, timeout=5).status_code == 201
    with Simulator(data="minimal", database=file) as url:
        answer = requests.get(f"{url}/api/now/table/incident", auth=AUTH, timeout=5)
        assert len(answer.json()["result"]) == 1


@behavior("Control API", "Settings from the start (`--set`, `settings=`), which a reset goes back to")
def test_settings_from_the_start() -> None:
    process, url, _ = start("--set", "auto_approve_after=1", "--set", "illegal_transition=ignore")
    wanted = {"auto_approve_after": 1, "illegal_transition": "ignore"}
    for _ in range(2):
        found = requests.get(f"{url}/_sim/settings", timeout=5).json()
        assert {name: found[name] for name in wanted} == wanted
        requests.put(f"{url}/_sim/settings", json={"auto_approve_after": None}, timeout=5)
        requests.post(f"{url}/_sim/reset", timeout=5)
    process.terminate()
    process.communicate(timeout=5)
    with pytest.raises(ValueError, match="Unknown setting: speed"):
        Simulator(settings={"speed": 1})


@pytest.mark.parametrize("wrong", ["auto_approve_after", "speed=1", "nodes=many", "nodes=[1", "nodes=0"])
def test_settings_that_make_no_sense(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", "0", "--set", wrong]) == 2
    assert capsys.readouterr().err.startswith("snow-simulator: ")
