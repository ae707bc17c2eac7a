# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Permissions of a file as Ansible's modules take them: octal digits, or what chmod calls symbolic. No input or output.

Source: POSIX.1-2017, utility "chmod", extended description.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage

#: From the mode that a file has to the one that it gets.
Mode = Callable[[int], int]

_OCTAL = re.compile(r"(0o)?[0-7]{1,4}\Z")
_CLAUSE = re.compile(r"([ugoa]*)((?:[-+=](?:[ugo]|[rwxXst]*))+)\Z")
_ACTION = re.compile(r"([-+=])([ugo]|[rwxXst]*)")
_SHIFTS = {"u": 6, "g": 3, "o": 0}
_SPECIAL = {"u": 0o4000, "g": 0o2000, "o": 0o1000}
_BITS = {"r": 4, "w": 2, "x": 1}


def mode_of(value: object) -> Mode:
    """The mode that *value* asks for.

    A number is what YAML makes of ``0644``. One beyond 0777 was meant as octal digits and read as decimal ones.

    :raises InvalidUsage: it is none.
    """
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 0o777:
        number = value
        return lambda _current: number
    text = value.strip() if isinstance(value, str) else ""
    if _OCTAL.match(text):
        digits = int(text, 8)
        return lambda _current: digits
    clauses = [_CLAUSE.match(clause) for clause in text.split(",")]
    if not all(clauses):
        raise InvalidUsage(f"mode is {value!r}; give octal digits in quotes, such as '0640', or letters: u=rw,g=r,o=.")
    parts = [(match.group(1), match.group(2)) for match in clauses if match]
    return lambda current: _symbolic(current, parts)


def _symbolic(mode: int, clauses: list[tuple[str, str]]) -> int:
    for who, actions in clauses:
        for operator, letters in _ACTION.findall(actions):
            for one in "ugo" if not who or "a" in who else who:
                mode = _applied(mode, one, operator, letters)
    return mode


def _applied(mode: int, who: str, operator: str, letters: str) -> int:
    """*mode* after ``who operator letters`` for one of user, group and others."""
    shift = _SHIFTS[who]
    special = _SPECIAL[who] if ("t" if who == "o" else "s") in letters else 0
    if letters in _SHIFTS:
        bits = mode >> _SHIFTS[letters] & 7
    else:
        bits = sum(_BITS[letter] for letter in set(letters) if letter in _BITS)
        bits |= 1 if "X" in letters and mode & 0o111 else 0
    wanted = bits << shift | special
    if operator == "-":
        return mode & ~wanted
    return (mode & ~(7 << shift | _SPECIAL[who]) if operator == "=" else mode) | wanted
