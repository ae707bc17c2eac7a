"""The README says what the tests hold, and nothing else."""

from __future__ import annotations

from tests.simulator import behaviors


def test_the_table_of_the_readme_is_what_the_marks_say() -> None:
    readme = behaviors.README.read_text(encoding="utf-8")
    assert readme == behaviors.written(readme, behaviors.render(behaviors.collect())), (
        "run: python -m tests.simulator.behaviors --write"
    )
