# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long something takes, as people write it. No input or output."""

from __future__ import annotations

import re

from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_FORM = (
    r"\s*(?:(\d{1,9})\s*|(?=\d)(?:(\d{1,5})\s*d\s*)?(?:(\d{1,6})\s*h\s*)?(?:(\d{1,7})\s*m\s*)?(?:(\d{1,9})\s*s\s*)?)\Z"
)


def seconds_of(text: object, option: str) -> int:
    """Seconds of ``7200``, ``2h``, ``90m``, ``1d 12h`` or ``1h30m``; raises :class:`InvalidUsage` for anything else."""
    found = re.match(_FORM, str(text).lower(), re.ASCII) if isinstance(text, (str, int)) else None
    if found is None or isinstance(text, bool):
        raise _wrong(text, option)
    plain, *parts = found.groups()
    seconds = int(plain) if plain else sum(int(part or 0) * size for part, size in zip(parts, _UNITS.values()))
    if seconds < 1:
        raise _wrong(text, option)
    return seconds


def _wrong(text: object, option: str) -> InvalidUsage:
    return InvalidUsage(f"{option} is {text!r}; give seconds above zero such as 7200, or days, hours, minutes and "
                        "seconds such as 2h, 1h30m or 1d 12h.")  # fmt: skip
