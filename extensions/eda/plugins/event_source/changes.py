# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events about ServiceNow change requests, for ansible-rulebook."""

from __future__ import annotations

DOCUMENTATION = r"""
TODO: later
"""

import asyncio
import importlib.util
import os
import sys
from collections.abc import Mapping
from typing import Any


def _find_collection() -> None:
    """Make the collection importable: ansible-rulebook runs this file by its path, and puts no collection on Python's.

    Where an ``ansible_collections`` is imported already, which may know other folders only, its path is extended.
    """
    name = "ansible_collections.changegate.snow.plugins.module_utils"
    try:
        if importlib.util.find_spec(name) is not None:
            return
    except ModuleNotFoundError:
        pass
    folder = os.path.abspath(__file__)
    for _level in range(8):
        folder = os.path.dirname(folder)
    sys.path.append(folder)
    importlib.invalidate_caches()
    for package, part in (
        ("ansible_collections", ()),
        ("ansible_collections.changegate", ("changegate",)),
    ):
        loaded = sys.modules.get(package)
        path = os.path.join(folder, "ansible_collections", *part)
        if isinstance(getattr(loaded, "__path__", None), list) and path not in loaded.__path__:
            loaded.__path__.append(path)


async def main(queue: asyncio.Queue[Any], args: Mapping[str, Any]) -> None:
    """Put events into *queue* until this is cancelled."""
    _find_collection()
    from ansible_collections.changegate.snow.plugins.module_utils.watching import watch

    await watch(queue, args)
