# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every code example of pysnow's document, run with pysnow and with our library: the same records, the same writes.

Only what is imported as ``pysnow`` is another library.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
from tests.integration.ported.loading import known_as, loaded, ours
from tests.integration.ported.recording import Compared, Recorder
from tests.simulator.desk import lay
from tests.simulator.support import Sim

pysnow = pytest.importorskip("pysnow", reason="pysnow is not installed")
FILES = ("test_pysnow_usage", "test_pysnow_examples")
SECTIONS = [(file, section) for file in FILES for section in loaded(file, pysnow).examples]


def run(library: ModuleType, file: str, section: str, sim: Sim, folder: Path) -> tuple[list[str], dict[str, list[str]]]:
    """The records that the example got, and the instance as it left it."""
    recorder = Recorder()
    folder.mkdir()
    sim.simulator.instance.reset()
    with pytest.MonkeyPatch.context() as patches, known_as("pysnow", library):
        compared = Compared(sim)
        desk = lay(sim, folder, patches)
        recorder.watch(library, patches)
        loaded(file, library).examples.run(section, desk)
    return compared.records(recorder.seen), compared.state(sim)


@pytest.mark.parametrize(("file", "section"), SECTIONS, ids=[section for _file, section in SECTIONS])
def test_same_records_and_state(sim: Sim, tmp_path: Path, file: str, section: str) -> None:
    theirs, their_state = run(pysnow, file, section, sim, tmp_path / "theirs")
    got, state = run(ours(), file, section, sim, tmp_path / "ours")
    assert got == theirs
    assert state == their_state


def test_every_chapter_with_an_example_is_there() -> None:
    """Chapters 14 to 27; 26 examples in all."""
    assert {int(section.split()[0].split(".")[0]) for _file, section in SECTIONS} == set(range(14, 28))


def test_the_comparison_sees_differences(sim: Sim, tmp_path: Path) -> None:
    """A record less, another value, a write more: each shows."""
    theirs, their_state = run(pysnow, "test_pysnow_examples", "19 Creating a new record", sim, tmp_path / "a")
    assert len(theirs) == 1
    assert any("Pysnow created incident" in row for row in their_state["task"])
    other, other_state = run(pysnow, "test_pysnow_examples", "20 Updating a record", sim, tmp_path / "b")
    assert theirs != other
    assert their_state["task"] != other_state["task"]
