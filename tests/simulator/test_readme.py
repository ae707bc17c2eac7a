"""What the README shows in Python works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.simulator.behaviors import README, behavior

BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
PRELUDE = "import requests\nfrom snow_simulator import Simulator\n"


@behavior("Control API", "Everything under /_sim/ as methods of the Python fixture")
@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_an_example_runs(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(PRELUDE + BLOCKS[number], f"README, example {number}", "exec"), {})


def test_there_are_examples() -> None:
    assert len(BLOCKS) == 3
