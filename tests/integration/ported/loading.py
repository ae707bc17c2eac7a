# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's tests of pysnow, loaded once more with our library under that name."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

OURS = "ansible_collections.changegate.snow.plugins.module_utils.pysnow"


def ours() -> ModuleType:
    """Our library under pysnow's names; the path to it is there once pytest is configured."""
    return importlib.import_module(OURS)


@contextmanager
def known_as(name: str, module: ModuleType | None) -> Iterator[None]:
    """*module* is what ``import name`` gives inside; None makes it look anew."""
    before = sys.modules.pop(name, None)
    if module is not None:
        sys.modules[name] = module
    try:
        yield
    finally:
        sys.modules.pop(name, None)
        if before is not None:
            sys.modules[name] = before


def loaded(name: str, library: ModuleType) -> ModuleType:
    """tests/simulator/*name*.py, whose ``pysnow`` is *library*."""
    with known_as("pysnow", library), known_as(f"tests.simulator.{name}", None):
        return importlib.import_module(f"tests.simulator.{name}")


def ported(name: str) -> dict[str, Any]:
    """Everything in tests/simulator/*name*.py, with our library: its tests, their fixtures and what these need."""
    return {key: value for key, value in vars(loaded(name, ours())).items() if not key.startswith("__")}
