"""An instance of one's own from YAML: the example, what is said of mistakes, and what stays between runs."""

from __future__ import annotations

import copy
import os
import random
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from tests.simulator.behaviors import README, behavior
from tests.simulator.process import start
from tests.simulator.support import NETWORK

from snow_simulator.cli import main
from snow_simulator.instance import Instance
from snow_simulator.store.data import read_data_set

EXAMPLE = README.parent / "examples" / "own.yml"
ADA, BOB = ("ada", "ada-password"), ("bob", "bob-password")


@pytest.fixture
def example() -> Iterator[str]:
    """The command with the example file."""
    process, url, _ = start("--data", str(EXAMPLE))
    yield url
    process.terminate()
    assert process.communicate(timeout=5) == ("", "")


def test_the_readme_shows_the_example() -> None:
    assert f"```yaml\n{EXAMPLE.read_text()}```\n" in README.read_text()


@behavior("Own data", "Tables, fields, choices, roles, access and business rules, models and records from YAML files")
def test_the_example(example: str) -> None:
    releases, api = f"{example}/api/now/table/u_release", f"{example}/api/sn_chg_rest/change"

    def rows(auth: tuple[str, str], names: str = "u_name") -> list[dict[str, str]]:
        params = {"sysparm_fields": names, "sysparm_query": "ORDERBYnumber"}
        found: list[dict[str, str]] = requests.get(releases, params=params, auth=auth, timeout=5).json()["result"]
        return found

    assert [row["u_name"] for row in rows(ADA)] == ["Spring", "Secret"]
    assert rows(BOB, "u_name,u_owner.user_name,u_budget,sys_id") == [
        {"u_name": "Spring", "u_owner.user_name": "ada", "sys_id": rows(BOB, "sys_id")[0]["sys_id"]}
    ]
    spring = f"{releases}/{rows(ADA, 'sys_id')[0]['sys_id']}"
    assert requests.delete(spring, auth=BOB, timeout=5).status_code == 403
    body = {"u_state": "started", "u_owner": ""}
    refused = requests.patch(spring, json=body, auth=BOB, timeout=5)
    assert refused.json()["error"]["detail"] == "Data Policy Exception: The following fields are mandatory: Owner"
    started = requests.patch(spring, json={"u_state": "started", "u_budget": "5"}, auth=BOB, timeout=5).json()["result"]
    assert started["u_started"] != ""
    assert rows(ADA, "u_budget")[0] == {"u_budget": "1000.00"}
    requests.patch(spring, json={"u_state": "done"}, auth=BOB, timeout=5)
    refused = requests.patch(spring, json={"u_name": "x"}, auth=BOB, timeout=5)
    assert "Business Rule 'A release that is done stays^" in refused.json()["error"]["detail"]
    made = requests.post(releases, json={"u_name": "Autumn"}, auth=BOB, timeout=5).json()["result"]
    assert made["number"] == "REL0000101"

    change = {"chg_model": "Two steps", "u_release": made["sys_id"], "category": "farm", "assignment_group": NETWORK}
    answer = requests.post(api, json=change, auth=BOB, timeout=5).json()["result"]
    assert answer["u_release"]["display_value"] == "Autumn"
    assert answer["category"]["value"] == "Farm"
    url = f"{api}/{answer['sys_id']['value']}"
    bodies = ({"state": "built"}, {"state": "built", "reason": "Other"})
    assert [requests.patch(url, json=body, auth=BOB, timeout=5).status_code for body in bodies] == [403, 200]
    requests.post(f"{example}/_sim/approve", json={"change": answer["sys_id"]["value"]}, timeout=5)
    assert requests.get(url, auth=BOB, timeout=5).json()["result"]["state"]["display_value"] == "Implement"
    tasks = requests.get(f"{url}/task", auth=BOB, timeout=5).json()["result"]
    assert tasks[0]["short_description"]["value"] == "Plough"


@behavior("Own data", "`--database FILE` survives a kill; what the data set adds later is there too")
def test_database_after_a_kill(tmp_path: Path) -> None:
    file, database = tmp_path / "own.yml", str(tmp_path / "snow.db")
    file.write_text("tables: {u_a: {fields: {u_x: string}, roles: {write: [admin]}}}")
    auth = ("admin", "admin-password")
    process, url, _ = start("--data", str(file), "--database", database)
    for number in range(20):
        requests.post(f"{url}/api/now/table/u_a", json={"u_x": str(number)}, auth=auth, timeout=5)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=5)
    file.write_text("tables: {u_a: {fields: {u_x: string, u_y: string}}, u_b: {fields: {u_z: string}}}")
    process, url, _ = start("--data", str(file), "--database", database)
    found = requests.get(f"{url}/api/now/table/u_a", auth=auth, timeout=5).json()["result"]
    assert [(row["u_x"], row["u_y"]) for row in found] == [(str(number), "") for number in range(20)]
    assert requests.get(f"{url}/api/now/table/u_b", auth=auth, timeout=5).json() == {"result": []}
    process.terminate()
    assert process.communicate(timeout=5) == ("", "")


def test_a_directory_of_files(tmp_path: Path) -> None:
    (tmp_path / "1.yml").write_text("tables: {u_a: {fields: {u_x: string}}}")
    (tmp_path / "2.yaml").write_text("records: {u_a: [{u_x: here}]}")
    instance = Instance(str(tmp_path))
    assert [row["u_x"] for row in instance.raw.find(instance.raw.schema["u_a"], {})] == ["here"]
    instance.close()


def test_values_of_records(tmp_path: Path) -> None:
    """As YAML has them: times with a zone, days, numbers, booleans, lists."""
    file = tmp_path / "own.yml"
    file.write_text(
        "tables:\n  u_a:\n"
        "    fields: {u_t: glide_date_time, u_d: glide_date, u_n: decimal, u_b: boolean, u_l: list:sys_user}\n"
        "records:\n  u_a:\n"
        "    - {u_t: 2024-01-01T10:00:00+02:00, u_d: 2024-02-03, u_n: 2.5, u_b: yes, u_l: [admin, a@b.c]}\n"
        "    - {u_t: '2024-01-01T10:00:00Z', u_d: '2024-02-03', u_n: '3', u_b: 'False', u_l: ansible}\n"
    )
    instance = Instance(str(file))
    names = ("u_t", "u_d", "u_n", "u_b")
    found = [[row[name] for name in names] for row in instance.raw.find(instance.raw.schema["u_a"], {})]
    instance.close()
    assert found == [
        ["2024-01-01 08:00:00", "2024-02-03", "2.50", "true"],
        ["2024-01-01 10:00:00", "2024-02-03", "3.00", "false"],
    ]


MISTAKES = [
    ("- 1", "a mapping is expected"),
    ("", "a mapping is expected"),
    ("table: {}", "there is no section 'table', only extends, tables"),
    ("a: [", "line 2, column 1: "),
    ("a: b: c", "line 1, column 5: mapping values are not allowed"),
    ("a: *b", "undefined alias"),
    ("extends: x", "'extends' is one of minimal, demo, not 'x'"),
    ("extends: [demo]", "extends: a single value is expected, not a list"),
    ("tables: [a]", "tables: a mapping is expected, not a list"),
    ("tables: {'x; drop': {}}", "is not a table name"),
    ("tables: {sqlite_x: {}}", "is not a table name"),
    ("tables: {true: {}}", "the key 'True' has to be in quotes"),
    ("tables: {u_x: 5}", "tables.u_x: a mapping is expected, not '5'"),
    ("tables: {u_x: {field: {}}}", "tables.u_x: there is no 'field' here, only label, extends"),
    ("tables: {u_x: {extends: u_y}}", "extends 'u_y', which is not defined"),
    ("tables: {u_x: {extends: u_x}}", "extends itself"),
    ("tables: {u_x: {extends: u_y}, u_y: {extends: u_x}}", "extends itself"),
    ("tables: {u_x: {display: u_a}}", "tables.u_x.display: table 'u_x' has no field 'u_a'"),
    ("tables: {u_x: {indexes: [u_a]}}", "tables.u_x.indexes: table 'u_x' has no field 'u_a'"),
    ("tables: {u_x: {number: 5}}", "tables.u_x.number: a mapping"),
    ("tables: {u_x: {number: {start: x}}}", "tables.u_x.number.start: a whole number"),
    ("tables: {u_x: {roles: {reed: [itil]}}}", "tables.u_x.roles: there is no 'reed' here"),
    ("tables: {u_x: {audit: sure}}", "tables.u_x.audit: true or false"),
    ("tables: {u_x: {belongs_to: [sys_id]}}", "tables.u_x.belongs_to: "),
    ("tables: {u_x: {fields: [u_a]}}", "tables.u_x.fields: a mapping"),
    ("tables: {u_x: {fields: {u-a: string}}}", "is not a field name"),
    ("tables: {u_x: {fields: {rowid: string}}}", "'rowid' is not a field name"),
    ("tables: {u_x: {fields: {u_a: strin}}}", "tables.u_x.fields.u_a: there is no type 'strin'"),
    ("tables: {u_x: {fields: {u_a: string (40)}}}", "tables.u_x.fields.u_a: cannot read 'string (40)'"),
    ("tables: {u_x: {fields: {u_a: }}}", "tables.u_x.fields.u_a: cannot read ''"),
    ("tables: {u_x: {fields: {u_a: {typ: string}}}}", "tables.u_x.fields.u_a: there is no 'typ' here"),
    ("tables: {u_x: {fields: {u_a: {type: string, max_length: long}}}}", "u_a.max_length: a whole number"),
    ("tables: {u_x: {fields: {u_a: reference}}}", "tables.u_x.fields.u_a: a reference has a table"),
    ("tables: {u_x: {fields: {u_a: string:incident}}}", "tables.u_x.fields.u_a: a reference has a table"),
    ("tables: {u_x: {fields: {u_a: reference:u_b}}}", "refers to unknown table 'u_b'"),
    ("choices: [a]", "choices: a mapping"),
    ("choices: {u_x: {a: {b: c}}}", "choices.u_x: there is no table u_x"),
    ("choices: {incident: {a: {b: c}}}", "choices.incident: there is no field a"),
    ("choices: {incident: {state: [New]}}", "choices.incident.state: a mapping"),
    ("choices: {incident: {state: {9: {a: b}}}}", "choices.incident.state.9: a single value"),
    ("choices: {incident: {category: {no: No}}}", "the key 'False' has to be in quotes"),
    ("roles: [a]", "roles: a mapping"),
    ("roles: {a: {contain: [itil]}}", "roles.a: there is no 'contain' here"),
    ("roles: {a: {contains: [nothing]}}", "roles.a.contains refers to 'nothing', which does not exist"),
    ("access: [a]", "access: a mapping"),
    ("access: {u_x: {}}", "access.u_x: there is no table 'u_x'"),
    ("access: {incident: {row: []}}", "access.incident: there is no 'row' here"),
    ("access: {incident: {rows: {a: b}}}", "access.incident.rows: a list"),
    ("access: {incident: {rows: [{query: stat=1}]}}", "rows[0].query: in 'stat=1', 'stat' is no condition"),
    ("access: {incident: {rows: [{query: 'state=javascript:x()'}]}}", "'state' is no condition"),
    ("access: {incident: {rows: [{operations: [reed]}]}}", "access.incident.rows[0].operations: 'reed' is none of"),
    ("access: {incident: {rows: [{roles: [{a: b}]}]}}", "access.incident.rows[0].roles: a list of names"),
    ("access: {incident: {fields: {u_a: {read: [itil]}}}}", "incident.fields.u_a: table 'incident' has no field"),
    ("access: {incident: {fields: {state: [itil]}}}", "access.incident.fields.state: a mapping"),
    ("business_rules: {a: b}", "business_rules: a list"),
    ("business_rules: [a]", "business_rules[0]: a mapping"),
    ("business_rules: [{name: a}]", "business_rules[0]: 'name' and 'table' are required"),
    ("business_rules: [{name: a, table: u_x}]", "business_rules[0].table: there is no table 'u_x'"),
    ("business_rules: [{name: a, table: incident}]", "business_rules[0]: it does nothing without"),
    ("business_rules: [{name: a, table: incident, abort: 1}]", "business_rules[0].abort: true or false"),
    ("business_rules: [{name: a, table: incident, abort: true, when: never}]", "business_rules[0].when: 'never'"),
    ("business_rules: [{name: a, table: incident, abort: true, on: update}]", "has to be in quotes"),
    ("business_rules: [{name: a, table: incident, abort: true, changed: x}]", "has no field 'x'"),
    ("business_rules: [{name: a, table: incident, abort: true, condition: a=b}]", "'a' is no condition"),
    ("business_rules: [{name: a, table: incident, abort: true, order: first}]", "business_rules[0].order: a whole"),
    ("business_rules: [{name: a, table: incident, set: {x: 1}}]", "business_rules[0].set: there is no 'x' here"),
    ("business_rules: [{name: a, table: incident, set: {sys_id: 1}}]", "business_rules[0].set: 'sys_id' stays"),
    ("business_rules: [{name: a, table: incident, set: {state: 'javascript:x'}}]", "none of the functions of gs"),
    ("data_policies: [{name: a, table: incident}]", "data_policies[0]: it says nothing without"),
    ("data_policies: [{name: a, table: incident, mandatory: x}]", "data_policies[0].mandatory: table 'incident'"),
    ("models: {a: b}", "models: a list is expected"),
    ("models: [{name: x}]", "models[0]: each has at least 'sys_id' and 'name'"),
    ("models: [{name: x, sys_id: y, transitions: 5}]", "models[0].transitions: a list"),
    ("models: [{name: x, sys_id: y, transitions: [{from: 1}]}]", "models[0].transitions[0]: 'from' and 'to'"),
    ("models: [{name: x, sys_id: y, transitions: [{from: 1, to: 2, conditions: [{name: c}]}]}]", "'kind' is required"),
    ("models: [{name: x, sys_id: y, transitions: [{from: 1, to: 2, conditions: [{name: c, kind: k}]}]}]", "is one of"),
    ("models: [{name: x, sys_id: y, record: {a: b}}]", "models[0]: record: table 'chg_model' has no field a"),
    ("records: {nothing: [{a: 1}]}", "records.nothing[0]: unknown table 'nothing'"),
    ("records: {incident: 5}", "records.incident: a list is expected, not '5'"),
    ("records: {incident: [5]}", "records.incident[0]: a mapping"),
    ("records: {incident: [{}, {nothing: 1}]}", "records.incident[1]: table 'incident' has no field nothing"),
    ("records: {incident: [{caller_id: nobody}]}", "incident[0].caller_id refers to 'nobody', which does not"),
    ("records: {incident: [{state: open}]}", "records.incident[0].state: 'open' is no integer"),
    ("records: {incident: [{active: maybe}]}", "records.incident[0].active: 'maybe' is no boolean"),
    ("records: {incident: [{opened_at: soon}]}", "records.incident[0].opened_at: 'soon' is no date time"),
    ("records: {incident: [{short_description: {a: b}}]}", "records.incident[0].short_description: a single value"),
    ("records: {incident: [{watch_list: [[a]]}]}", "records.incident[0].watch_list: a list of single values"),
]  # fmt: skip


@behavior("Own data", "A mistake in a file is said in one sentence that names file and place")
@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_mistakes(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "own.yml"
    file.write_text(text)
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        Instance(str(file))
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    binary, empty = tmp_path / "binary.yml", tmp_path / "empty"
    binary.write_bytes(b"\xff\xfe\x00tables")
    empty.mkdir()
    for name, message in (
        ("nothing", "No data set 'nothing'"),
        (str(binary), "can't decode"),
        (str(empty), "there is no YAML file in this directory"),
    ):
        assert main(["--port", "0", "--data", name]) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert message in err


def test_a_file_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "own.yml"
    for name in ("u_first", "u_second"):
        file.write_text(f"tables: {{{name}: {{}}}}")
        assert name in read_data_set(str(file)).schema.tables


ODD: tuple[Any, ...] = (
    None, 5, -1, 2.5, True, "", "x", "javascript:x", "a^b", "\0", [], ["x"], [[]], {}, {"a": 1}, {"x": {"y": []}},
    "reference:nothing", "string(99999999999)", "é" * 300, [None],
)  # fmt: skip


def _nodes(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every part of a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from _nodes(item, (*path, key))


def _refusal(file: Path) -> str:
    """Why the file cannot be loaded; "" if it can."""
    try:
        Instance(str(file)).close()
    except ValueError as error:
        return str(error)
    return ""


@behavior("Own data", "No file gives a traceback: the example, changed at random, loads or is refused with a sentence")
def test_random_mistakes(tmp_path: Path) -> None:
    document = yaml.safe_load(EXAMPLE.read_text()) | {"extends": "minimal"}
    paths, chance, file = list(_nodes(document)), random.Random(1), tmp_path / "own.yml"
    refused = 0
    for _ in range(60):
        changed = copy.deepcopy(document)
        *parents, key = chance.choice(paths)
        place: Any = changed
        for parent in parents:
            place = place[parent]
        odd = copy.deepcopy(chance.choice(ODD))
        if isinstance(place, dict) and chance.random() < 0.2:
            place[str(odd)] = place.pop(key)
        else:
            place[key] = odd
        file.write_text(yaml.safe_dump(changed, allow_unicode=True))
        if message := _refusal(file):
            refused += 1
            assert message.startswith(f"{file}: "), (parents, key, odd)
            assert "\n" not in message, (parents, key, odd)
    assert 15 < refused < 60
