# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What arguments have to be: each check returns its value, or says which argument is wrong and what it takes.

No input or output.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage


def flag(name: str, value: bool) -> bool:
    """*value*, if it is True or False; raises :class:`InvalidUsage` otherwise."""
    if not isinstance(value, bool):
        raise InvalidUsage(f"{name} is {value!r}; give True or False.")
    return value


def count(name: str, value: int, least: int = 1) -> int:
    """*value*, if it is a whole number that is at least *least*; raises :class:`InvalidUsage` otherwise."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidUsage(f"{name} is {value!r}; give a whole number that is at least {least}.")
    return value


def function(name: str, value: Any) -> Any:
    """*value*, if it can be called, or None; raises :class:`InvalidUsage` otherwise."""
    if value is not None and not callable(value):
        raise InvalidUsage(f"{name} is {value!r}; give a function.")
    return value
