# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests on every supported ansible-core: `make matrix`, or one with `make matrix ARGS="-s 'tests(2.16)'"`.

A Python that is not on this machine is skipped, unless CI is set.
"""

from __future__ import annotations

import os
from pathlib import Path

import nox

#: ansible-core, and the Python of its controller: of those it supports, one on which the simulator runs too (>= 3.11).
CORES = {
    "2.16": "3.11",
    "2.17": "3.12",
    "2.18": "3.12",
    "2.19": "3.11",
    "2.20": "3.12",
    "2.21": "3.12",
}

nox.options.default_venv_backend = "venv"

# pyenv's shims stand for every Python it has, switched on or not; the real ones go before them.
for folder in Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob("versions/3.*/bin"):
    os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"


@nox.session
@nox.parametrize(
    ("python", "core"),
    [nox.param(python, core, id=core) for core, python in CORES.items()],
)
def tests(session: nox.Session, core: str) -> None:
    """All tests under one ansible-core, without pytest-ansible: nothing may depend on it, and it skips some cores."""
    session.install(f"ansible-core~={core}.0", "-r", "requirements/test.txt", "./simulator")
    side_by_side = ("-n", "auto", "--maxprocesses", "4", "--dist", "loadfile")
    session.run("python", "-m", "pytest", "tests", *side_by_side, *session.posargs)
