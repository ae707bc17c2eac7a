"""The README says what the tests hold, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.simulator import behaviors


def test_the_table_of_the_readme_is_what_the_marks_say() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "tests.simulator.behaviors"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    readme = behaviors.README.read_text(encoding="utf-8")
    assert readme == behaviors.written(readme, made.stdout), "run: python -m tests.simulator.behaviors --write"
