# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is around the event source: it finds its collection by its own place, keeps its file, and waits."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ansible_collections.changegate.snow.plugins.module_utils import errors, watch_pace
from ansible_collections.changegate.snow.plugins.module_utils.aside import Aside, Stopped
from ansible_collections.changegate.snow.plugins.module_utils.watch_file import StateFile
from ansible_collections.changegate.snow.plugins.module_utils.watch_ledger import Ledger

ROOT = next(path for path in sys.path if (Path(path) / "ansible_collections" / "changegate" / "snow").exists())
SOURCE = Path(ROOT, "ansible_collections/changegate/snow/extensions/eda/plugins/event_source/changes.py")
CODE = f"""
import asyncio, runpy, sys
{{before}}
try:
    asyncio.run(runpy.run_path({str(SOURCE)!r})["main"](None, {{{{"interval": 0}}}}))
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize("kind", ["none", "namespace", "regular"])
@pytest.mark.parametrize("before", ["", "import ansible_collections.changegate.other"])
def test_it_imports_its_collection(kind: str, before: str, tmp_path: Path) -> None:
    """Also where another folder holds collections, of the same namespace, or is a package that is no namespace."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if kind != "none":
        other = tmp_path / "ansible_collections" / "changegate" / "other"
        other.mkdir(parents=True)
        environ["PYTHONPATH"] = str(tmp_path)
    if kind == "regular":
        for folder in (other, other.parent, other.parent.parent):
            (folder / "__init__.py").touch()
    if kind == "none" and before:
        pytest.skip("nothing to import before")
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(before=before)],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert done.stdout == "InvalidUsage interval is 0; give seconds from 1 to 86400.\n"


def ledger() -> Ledger:
    moment = "2026-07-15 08:00:00"
    return Ledger("all", moment, moment, moment)


def test_a_state_file_is_whole_private_and_of_one_process(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    mine, other = StateFile(str(path)), StateFile(str(path))
    assert mine.acquire()
    assert not other.acquire()
    assert mine.read("all") is None
    mine.write(ledger().as_data())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert mine.read("all") == ledger()
    # What a killed process left behind is in nobody's way.
    Path(f"{path}.new").write_text("half", encoding="utf-8")
    mine.write(ledger().as_data())
    assert not Path(f"{path}.new").exists()
    mine.release()
    assert other.acquire()
    other.release()


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"version": 2}', '{"version": 1, "changes": 5}', "[" * 9999])
def test_a_file_that_is_no_state_is_refused_and_stays(text: str, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(errors.LocalFileError, match="holds no state of this event source"):
        StateFile(str(path)).read("all")
    assert path.read_text(encoding="utf-8") == text


def test_links_and_folders_are_refused(tmp_path: Path) -> None:
    (tmp_path / "real").touch(mode=0o600)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "folder").mkdir(mode=0o700)
    for name in ("link", "folder"):
        with pytest.raises(errors.LocalFileError, match=r"\.$"):
            StateFile(str(tmp_path / name)).read("all")
    with pytest.raises(errors.LocalFileError, match="cannot be written"):
        StateFile(str(tmp_path / "nowhere" / "x")).write({})


def test_calls_run_beside_the_loop_and_are_left_alone_when_cancelled() -> None:
    async def scene() -> list[str]:
        aside, seen = Aside(), []
        assert await aside.run(lambda: 5) == 5
        with pytest.raises(ValueError, match="no"):
            await aside.run(lambda: int("no"))

        def slow() -> None:
            try:
                aside.sleep(30)
            except Stopped:
                seen.append("stopped")

        task = asyncio.ensure_future(aside.run(slow))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        aside.stop()

        def write() -> None:
            time.sleep(0.2)
            seen.append("written")

        # What must not be left alone is awaited.
        last = asyncio.ensure_future(aside.run_to_end(write))
        await asyncio.sleep(0.05)
        last.cancel()
        with pytest.raises(asyncio.CancelledError):
            await last
        return seen

    assert asyncio.run(scene()) == ["stopped", "written"]


def test_pauses() -> None:
    assert all(27 <= watch_pace.until_next(30, None) <= 33 for _ in range(100))
    assert watch_pace.until_next(30, 4.0) == 4.5
    assert watch_pace.until_next(30, -9.0) == 0.5
    assert [watch_pace.after_failure(n, None) <= 2 * 2 ** (n - 1) for n in (1, 2, 3)] == [True] * 3
    assert 150 <= watch_pace.after_failure(1000, None) <= 300
    assert watch_pace.after_failure(1, 900.0) == 900


@pytest.mark.parametrize(
    ("error", "worked", "refused", "final"),
    [
        (errors.InvalidUsage("x"), True, 0, True),
        (errors.LocalFileError("x"), True, 0, True),
        (errors.AuthenticationFailed("x"), False, 1, True),
        (errors.AuthenticationFailed("x"), True, 2, False),
        (errors.AuthenticationFailed("x"), True, 3, True),
        (errors.BadAddress("x"), False, 0, True),
        (errors.BadAddress("x"), True, 0, False),
        (errors.Forbidden("x"), False, 0, True),
        (errors.Forbidden("x"), True, 0, False),
        (errors.ConnectionFailed("x"), False, 0, False),
        (errors.InstanceUnavailable("x"), False, 0, False),
        (errors.RateLimited("x"), False, 0, False),
    ],
)
def test_when_there_is_no_use_in_trying_again(error: errors.SnowError, worked: bool, refused: int, final: bool) -> None:
    assert watch_pace.is_final(error, worked, refused) is final
