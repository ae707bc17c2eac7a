"""The command, the fixture, the database file, data of one's own; nothing stays behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests

from snow_simulator import Simulator
from snow_simulator.cli import main
from snow_simulator.store.document import DataError

AUTH = ("admin", "admin-password")
READY = re.compile(r"^snow-simulator ready at (http://127\.0\.0\.1:\d+)\n$")


def start(*options: str) -> tuple[subprocess.Popen[str], str, float]:
    began = time.monotonic()
    command = [sys.executable, "-m", "snow_simulator", "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    match = READY.match(line)
    assert match, f"{line!r} {process.communicate(timeout=5)}"
    return process, match[1], time.monotonic() - began


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_command(number: signal.Signals) -> None:
    process, url, took = start("--data", "demo")
    with requests.Session() as session:
        assert session.get(f"{url}/_sim/health", timeout=5).json()["ready"] is True
        # A connection that is still open does not keep it from stopping.
        os.kill(process.pid, number)
        out, err = process.communicate(timeout=5)
    assert (process.returncode, out, err) == (0, "", "")
    assert took < 3


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


OWN = """
extends: minimal
tables:
  u_release:
    label: Release
    display: u_name
    number: {prefix: REL, start: 100}
    fields: {number: string(40), u_name: string(80), u_owner: "reference:sys_user", u_done: boolean =false}
  change_request:
    fields: {u_release: "reference:u_release"}
choices:
  change_request:
    category: {Farm: Farm}
models:
  - name: Two steps
    sys_id: 11111111111111111111111111111111
    transitions:
      - {from: -5, to: -1, conditions: [{name: Has a reason, query: reason!=}]}
      - {from: -1, to: 3}
records:
  sys_user:
    - {user_name: ada, first_name: Ada, last_name: Own, user_password: ada}
  sys_user_has_role:
    - {user: ada, role: itil}
  u_release:
    - {number: REL0000001, u_name: Spring, u_owner: Ada Own, u_done: true}
"""


@pytest.mark.parametrize("kind", ["no_such", ""])
def test_model_that_cannot_be_read(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "own.yml"
    conditions = f"[{{name: x, kind: {kind}}}]" if kind else "[{name: x}]"
    file.write_text(f"models: [{{name: M, sys_id: m, transitions: [{{from: 1, to: 2, conditions: {conditions}}}]}}]")
    with pytest.raises(ValueError, match="kind"):
        Simulator(data=str(file)).start()


def test_database_that_cannot_be_opened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.write_text("no database " * 100)
    for path in (file, tmp_path / "nowhere" / "file"):
        assert main(["--port", "0", "--data", "minimal", "--database", str(path)]) == 2
        assert capsys.readouterr().err.startswith("snow-simulator: ")


def test_own_data(tmp_path: Path) -> None:
    file = tmp_path / "own.yml"
    file.write_text(OWN)
    with Simulator(data=str(file)) as url:

        def get(path: str) -> list[dict[str, str]]:
            answer = requests.get(f"{url}/api/now/table/{path}", auth=("ada", "ada"), timeout=5)
            rows: list[dict[str, str]] = answer.json()["result"]
            return rows

        assert get("u_release?sysparm_fields=u_name,u_owner.user_name,u_done") == [
            {"u_name": "Spring", "u_owner.user_name": "ada", "u_done": "true"}
        ]
        release = get("u_release")[0]["sys_id"]
        body = {"chg_model": "Two steps", "u_release": release, "category": "farm", "assignment_group": "a" * 32}
        api = f"{url}/api/sn_chg_rest/change"
        made = requests.post(api, json=body, auth=("ada", "ada"), timeout=5).json()["result"]
        assert made["u_release"]["display_value"] == "Spring"
        assert made["category"]["value"] == "Farm"
        change = f"{api}/{made['sys_id']['value']}"
        codes = []
        for values in ({"state": "implement"}, {"state": "implement", "reason": "Other"}):
            codes.append(requests.patch(change, json=values, auth=("ada", "ada"), timeout=5).status_code)
        assert codes == [403, 200]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- 1", "a mapping is expected"),
        ("records: {nothing: [{a: 1}]}", "unknown table 'nothing'"),
        ("records: {incident: [{nothing: 1}]}", "has no field nothing"),
        ("records: {incident: [{caller_id: nobody}]}", "refers to 'nobody', which does not exist"),
        ("tables: {u_x: {extends: u_y}}", "extends 'u_y', which is not defined"),
        ("tables: {u_x: {extends: u_x}}", "extends itself"),
        ("tables: {u_x: {fields: {u_a: reference:u_b}}}", "refers to unknown table 'u_b'"),
        ("tables: {u_x: {fields: {u-a: string}}}", "is not a field name"),
        ("tables: {'x; drop': {}}", "is not a table name"),
        ("extends: x", "'extends' is one of"),
        ("a: [", "own.yml"),
        ("models: [{name: x}]", "each has at least 'sys_id' and 'name'"),
        ("tables: [a]", "tables have not the expected form"),
        ("records: {incident: 5}", "have not the expected form"),
        ("choices: [a]", "have not the expected form"),
    ],
)
def test_data_that_cannot_be_loaded(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "own.yml"
    file.write_text(text)
    with pytest.raises(DataError, match=re.escape(message)):
        Simulator(data=str(file)).start()
    with pytest.raises(DataError, match="No data set 'nothing'"):
        Simulator(data="nothing").start()
