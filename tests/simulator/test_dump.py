"""A dump of everything can be loaded again."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from tests.simulator.behaviors import behavior
from tests.simulator.support import CHG24, Sim

from snow_simulator import Simulator
from snow_simulator.cli import main
from snow_simulator.store.document import DataError

AUTH = ("ansible", "ansible-password")
ODD = "yes \"'\\ \u0085\u2028 ü \t 007 null 2026-01-01\n: - x"


def fill(sim: Sim) -> str:
    """Changes of every kind: records, a journal, an attachment, an approval, a choice. Returns an incident."""
    sys_id: str = sim.insert("incident", short_description=ODD, comments="a comment", order="7")["sys_id"]
    target = f"table_name=incident&table_sys_id={sys_id}&file_name=a.bin"
    headers = {"Content-Type": "application/octet-stream"}
    sim.call("POST", f"/api/now/attachment/file?{target}", data=bytes(range(256)), headers=headers)
    change = sim.new_change()
    sim.set_change(change, state="assess")
    sim.approve(change, user="fred.luddy")
    sim.call("DELETE", f"/api/now/table/change_request/{CHG24}", "admin")
    choice = sim.dump("sys_choice", name="incident", element="state")[0]["sys_id"]
    sim.call("DELETE", f"/api/now/table/sys_choice/{choice}", "admin")
    return sys_id


@behavior("Own data", "A dump of everything, in YAML or JSON, can be loaded again: the dump of that is equal")
@pytest.mark.parametrize("name", ["dump.yml", "dump.json"])
def test_round_trip(sim: Sim, tmp_path: Path, name: str) -> None:
    sys_id = fill(sim)
    first, second = tmp_path / name, tmp_path / f"again-{name}"
    sim.simulator.dump(first)
    copy = Simulator(data=str(first))
    with copy as url:
        copy.dump(second)
        assert first.read_text() == second.read_text()
        # It is the same instance: records, contents, rights, what comes next.
        row = requests.get(f"{url}/api/now/table/incident/{sys_id}", auth=AUTH, timeout=5).json()["result"]
        assert (
            row["short_description"]
            == sim.get(f"/api/now/table/incident/{sys_id}").json()["result"]["short_description"]
        )
        found = requests.get(f"{url}/api/now/attachment?table_sys_id={sys_id}", auth=AUTH, timeout=5).json()["result"]
        assert requests.get(found[0]["download_link"], auth=AUTH, timeout=5).content == bytes(range(256))
        made = [requests.post(f"{base}/api/now/table/incident", json={}, auth=AUTH, timeout=5).json()["result"]
                for base in (url, sim.url)]  # fmt: skip
        assert made[0]["number"] == made[1]["number"]
        assert requests.get(f"{url}/api/now/table/change_request/{CHG24}", auth=AUTH, timeout=5).status_code == 404
        # A reset goes back to what was loaded.
        requests.delete(f"{url}/api/now/attachment/{found[0]['sys_id']}", auth=AUTH, timeout=5)
        copy.reset()
        copy.dump(second)
        assert first.read_text() == second.read_text()


def test_tables_and_models_of_ones_own_are_in_it(tmp_path: Path) -> None:
    own = tmp_path / "own.yml"
    own.write_text(
        "tables: {u_release: {display: u_name, fields: {u_name: string(80), u_state: integer =1}},"
        " incident: {fields: {u_release: 'reference:u_release'}}}\n"
        "models: [{name: Two steps, sys_id: 11111111111111111111111111111111, transitions: [{from: -5, to: 3}]}]\n"
        "records: {u_release: [{u_name: Spring}], incident: [{short_description: x, u_release: Spring}]}\n"
    )
    first, second = tmp_path / "first.yml", tmp_path / "second.yml"
    simulator = Simulator(data=str(own))
    with simulator:
        simulator.dump(first)
    copy = Simulator(data=str(first))
    with copy as url:
        copy.dump(second)
        assert first.read_text() == second.read_text()
        row = copy.records("incident", short_description="x")[0]
        assert row["u_release"] == copy.records("u_release")[0]["sys_id"]
        change = {"chg_model": "Two steps"}
        made = requests.post(f"{url}/api/sn_chg_rest/change", json=change, auth=AUTH, timeout=5)
        assert made.json()["result"]["chg_model"]["display_value"] == "Two steps"
        assert requests.post(f"{url}/api/now/table/u_release", json={}, auth=AUTH, timeout=5).status_code in (201, 403)


@behavior("Control API", "GET /_sim/dump: everything, or the records of one table")
def test_dump_over_http(sim: Sim) -> None:
    fill(sim)
    answer = sim.call("GET", "/_sim/dump?format=yaml", "")
    assert answer.headers["Content-Type"] == "application/yaml;charset=UTF-8"
    document = sim.control("GET", "dump")
    assert yaml.safe_load(answer.text) == document
    assert set(document) == {"dump", "definitions", "records", "sequences", "contents"}
    assert "sys_dictionary" not in document["records"]
    assert {"sys_class_name": "incident"}.items() <= next(
        row for row in document["records"]["task"] if row["number"].startswith("INC")
    ).items()
    assert "contents" not in sim.control("GET", "dump?contents=false")
    assert sim.control("GET", "dump?format=csv", status=400)["error"]


@behavior("Own data", "snow-simulator dump FILE writes the dump of a running simulator")
def test_command(sim: Sim, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "dump.yml"
    assert main(["dump", "--url", sim.url, str(file)]) == 0
    expected = tmp_path / "expected.yml"
    sim.simulator.dump(expected)
    assert file.read_text() == expected.read_text()
    assert main(["dump", "--url", sim.url, "--no-contents", "-"]) == 0
    assert "contents" not in yaml.safe_load(capsys.readouterr().out)
    assert main(["dump", "--url", "http://127.0.0.1:1", str(file)]) == 2
    assert "127.0.0.1:1" in capsys.readouterr().err
    assert main(["dump", "--url", sim.url, str(tmp_path / "nowhere" / "x")]) == 2


def test_database_file_of_a_dump(sim: Sim, tmp_path: Path) -> None:
    sys_id = fill(sim)
    sim.simulator.dump(tmp_path / "dump.json")
    for _ in range(2):
        kept = Simulator(data=str(tmp_path / "dump.json"), database=tmp_path / "snow.db")
        with kept as url:
            found = requests.get(f"{url}/api/now/attachment?table_sys_id={sys_id}", auth=AUTH, timeout=5).json()
            link = re.sub("^http://[^/]+", url, found["result"][0]["download_link"])
            assert requests.get(link, auth=AUTH, timeout=5).content == bytes(range(256))


RECORD: dict[str, Any] = {"sys_id": "a" * 32}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dump": 2}, "version 2 is not known, 1 is"),
        ({"records": {"nothing": []}}, "'nothing' is not a root table"),
        ({"records": {"incident": []}}, "'incident' is not a root table"),
        ({"records": {"task": [{**RECORD, "nothing": "x"}]}}, "table 'task' has no field nothing"),
        ({"records": {"task": [{"number": "x"}]}}, "a record of table 'task' has no sys_id"),
        ({"records": {"task": [RECORD, RECORD]}}, "records: UNIQUE"),
        ({"records": [1]}, "records: a mapping is expected, not a list"),
        ({"sequences": {"incident": "x"}}, "sequences.incident: a whole number is expected, not 'x'"),
        ({"contents": {"a": "%"}}, "contents: "),
    ],
)
def test_dumps_that_cannot_be_loaded(tmp_path: Path, change: dict[str, object], message: str) -> None:
    file = tmp_path / "dump.json"
    file.write_text(json.dumps({"dump": 1, **change}))
    with pytest.raises(DataError, match=re.escape(message)):
        Simulator(data=str(file)).start()


def test_a_dump_stands_for_itself(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("dump: 1")
    (tmp_path / "b.yml").write_text("extends: demo")
    with pytest.raises(DataError, match="a dump stands for itself"):
        Simulator(data=str(tmp_path)).start()
    (tmp_path / "c.json").write_text("{")
    with pytest.raises(DataError, match=r"c\.json"):
        Simulator(data=str(tmp_path / "c.json")).start()


@behavior("Own data", "A dump of what is there can be loaded again, and is dumped the same")
def test_rules_of_ones_own_hold_in_what_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "dump.yml"
    simulator = Simulator(data=str(Path(__file__).parents[2] / "simulator" / "examples" / "own.yml"))
    with simulator:
        simulator.dump(file)
    loaded = Simulator(data=str(file))
    with loaded as url:
        loaded.dump(tmp_path / "again.yml")
        releases, bob = f"{url}/api/now/table/u_release", ("bob", "bob-password")
        found = requests.get(releases, auth=bob, timeout=5).json()["result"]
        assert [(row["u_name"], "u_budget" in row) for row in found] == [("Spring", False)]
        body = {"u_state": "started", "u_owner": ""}
        refused = requests.patch(f"{releases}/{found[0]['sys_id']}", json=body, auth=bob, timeout=5)
        assert "Data Policy Exception" in refused.json()["error"]["detail"]
    assert (tmp_path / "again.yml").read_text() == file.read_text()
