# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples in docs/library.md do what they say, against the simulator."""

from __future__ import annotations

import re
from inspect import signature
from pathlib import Path

import pytest
import yaml
from tests.integration.helpers import Instance, password_of

from ansible_collections.changegate.snow.plugins.module_utils import errors
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Query
from ansible_collections.changegate.snow.plugins.module_utils.filters import OPERATIONS, from_data
from ansible_collections.changegate.snow.plugins.module_utils.params import ParamsBuilder

TEXT = (Path(__file__).parents[2] / "docs" / "library.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
CELLS = [cell for line in TEXT.splitlines() if line.startswith("| `") for cell in re.findall("`([^`]+)`", line)]


def example(words: str) -> str:
    """The one example that holds *words*."""
    (found,) = [code for code in PYTHON if words in code]
    return str(found)


def run(code: str, instance: Instance) -> None:
    """*code*, with the simulator in place of the instance that it names."""
    login = f'"admin", password="{password_of("admin")}"'
    code = code.replace('host="dev12345.service-now.com"', f"host={instance.url!r}")
    exec(compile(code.replace('"ansible", password="secret"', login), "example", "exec"), {})


def test_the_client(instance: Instance, capsys: pytest.CaptureFixture[str]) -> None:
    run(example("incident.delete("), instance)
    assert re.fullmatch(r"INC\d+\n", capsys.readouterr().out)


def test_the_client_and_its_resources(instance: Instance, capsys: pytest.CaptureFixture[str]) -> None:
    run(example("get_record_link"), instance)
    (row,) = instance.rows("incident", number="INC0000055")
    link = f"{instance.url}/api/now/table/incident/{row['sys_id']}"
    before, after, change = capsys.readouterr().out.splitlines()
    assert (before, row["urgency"], after) == (f"1 - High {link}", "2", "2 - Medium")
    assert change.startswith("CHG")


def test_every_argument_and_every_error_is_documented() -> None:
    arguments = [name for name in signature(Client).parameters if name != "transport"]
    names = [
        name for name, value in vars(errors).items() if isinstance(value, type) and value.__module__ == errors.__name__
    ]
    parameters = [name for name, value in vars(ParamsBuilder).items() if isinstance(value, property)]
    mentioned = [*arguments, *names, *(name for name in parameters if name != "custom_params")]
    assert [name for name in mentioned if f"`{name}`" not in TEXT and f"`{name}=" not in TEXT] == []


def test_reading(instance: Instance, capsys: pytest.CaptureFixture[str]) -> None:
    run(example("stream=True"), instance)
    state, count, *rows = capsys.readouterr().out.splitlines()
    assert state == "In Progress"
    assert int(count) == len(rows) == len(instance.rows("incident", active="true"))
    assert all(re.fullmatch(r"INC\d+ .*", row) for row in rows)


def test_writing(instance: Instance, capsys: pytest.CaptureFixture[str]) -> None:
    run(example("made.unapplied"), instance)
    assert capsys.readouterr().out == "u_typo: wanted x, there is None\n"


def test_encoded_queries(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(example("Query.parse("), "example", "exec"), {})
    text = capsys.readouterr().out.strip()
    assert text.count("short_descriptionLIKEprinter^^2") == 2
    assert str(Query.parse(text)) == text


@pytest.mark.parametrize("cell", [cell for cell in CELLS if re.match(r"\w+: ", cell)])
def test_every_condition_of_the_table(cell: str) -> None:
    assert from_data(yaml.safe_load(cell)).branches


def test_every_operator_is_documented() -> None:
    assert [name for name in OPERATIONS if name not in TEXT] == []
