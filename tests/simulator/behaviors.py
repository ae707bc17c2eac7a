"""The tables of the simulator's README, made from the marks of its tests.

`python -m tests.simulator.behaviors` prints it, `--write` puts it into simulator/README.md. A behavior is there
because a test holds it:

    @behavior("Attachment API", "Rename")                          simulated
    @behavior("Attachment API", "Compression", simplified="none")  simplified, and how
    @absent("Import sets", "/api/now/import")                      not there; the test shows what a client gets
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "simulator" / "README.md"
BEGIN = "<!-- behaviors: made by `python -m tests.simulator.behaviors --write`, from the marks of the tests -->"
END = "<!-- end of behaviors -->"
HEADER = "| behavior | how | tests |\n|---|---|---|\n"
# The README lists these first, whatever the names of the test files; others follow by name.
AREAS = (
    "Table API", "Values", "Queries", "Aggregate API", "Batch API", "Attachment API", "Authentication", "Access",
    "Change Management API", "Change process", "Bad days", "Control API", "Own data", "Page", "Clients",
)  # fmt: skip


def behavior(area: str, text: str, *, simplified: str = "") -> pytest.MarkDecorator:
    """Marks a test, or a class of them, as holding a behavior; several tests may hold the same."""
    return pytest.mark.behavior(area, text, simplified)


def absent(area: str, text: str) -> pytest.MarkDecorator:
    """Marks a test that shows what a client gets where something is not simulated."""
    return pytest.mark.absent(area, text)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    area: str
    text: str
    how: str
    file: str

    def order(self) -> tuple[int, str]:
        return (AREAS.index(self.area) if self.area in AREAS else len(AREAS), self.area)


class Collector:
    """A pytest plugin that reads the marks of what is collected."""

    def __init__(self) -> None:
        self.rows: Counter[Row] = Counter()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            for mark in item.iter_markers():
                if mark.name == "behavior":
                    area, text, simplified = mark.args
                    self._add(area, text, f"simplified: {simplified}" if simplified else "simulated", item)
                elif mark.name == "absent":
                    area, text = mark.args
                    self._add(area, text, "not there", item)

    def _add(self, area: str, text: str, how: str, item: pytest.Item) -> None:
        self.rows[Row(area, text, how, item.path.name)] += 1


def render(rows: Counter[Row]) -> str:
    """A table in Markdown for each area: a line for each behavior, with its tests and how many there are."""
    merged: dict[str, dict[tuple[str, str], Counter[str]]] = {}
    for row in sorted(rows, key=Row.order):
        lines = merged.setdefault(row.area, {})
        lines.setdefault((row.text, row.how), Counter())[row.file] += rows[row]
    return "\n".join(
        f"### {area}\n\n{HEADER}" + "".join(_line(*key, files) for key, files in lines.items())
        for area, lines in merged.items()
    )


def _line(text: str, how: str, files: Counter[str]) -> str:
    tests = ", ".join(f"{name.removesuffix('.py')} ({count})" for name, count in sorted(files.items()))
    cells = (cell.replace("|", "\\|") for cell in (text, how, tests))
    return f"| {' | '.join(cells)} |\n"


def collect() -> Counter[Row]:
    collector = Collector()
    with Path(os.devnull).open("w") as nothing, redirect_stdout(nothing):
        options = ["--collect-only", "-qqq", "-p", "no:cacheprovider"]
        code = pytest.main([*options, str(Path(__file__).parent)], [collector])
    if code != pytest.ExitCode.OK:
        raise SystemExit("The tests cannot be collected: see pytest --collect-only tests/simulator")
    return collector.rows


def written(readme: str, table: str) -> str:
    """The README with the table between its two marks."""
    before, rest = readme.split(BEGIN)
    return f"{before}{BEGIN}\n\n{table}\n{END}{rest.split(END)[1]}"


def main(arguments: Iterable[str]) -> None:
    table = render(collect())
    if "--write" in arguments:
        README.write_text(written(README.read_text(encoding="utf-8"), table), encoding="utf-8")
    else:
        print(table, end="")


if __name__ == "__main__":
    main(sys.argv[1:])
