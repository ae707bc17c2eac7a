# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples in docs/library.md do what they say, against the simulator."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from tests.integration.helpers import Instance, password_of

from ansible_collections.changegate.snow.plugins.module_utils.encoded import Query
from ansible_collections.changegate.snow.plugins.module_utils.filters import OPERATIONS, from_data

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
