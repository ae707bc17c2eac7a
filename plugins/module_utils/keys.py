# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The unique keys of rows (``sys_id``): reading them, dividing their space, remembering them. No input or output."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

KEY = "sys_id"
_HEX = re.compile(r"[0-9a-f]{8}")
_SPACE = 16**8
#: How unevenly keys may lie before dividing their space stops paying.
_SKEW = 2.0
#: Pages whose keys are remembered: rows move by as many as come and go between two requests.
_PAGES = 8


class KeyRange(NamedTuple):
    """Keys from *lower* to *upper*, both included; None is no bound.

    Only ``>=`` and ``<=`` are said of text in ServiceNow's operators. A bound that is no whole key (``3f00``) is
    nobody's, so ranges that meet there share nothing.
    """

    lower: str
    upper: str | None = None


def key_of(row: Mapping[str, Any]) -> str | None:
    """The sys_id of a row in any of its shapes, or None if it shows none."""
    raw = row.get(KEY)
    if isinstance(raw, Mapping):
        raw = raw.get("value", raw.get("display_value"))
    return str(raw) if raw else None


def ranges_behind(key: str, count: int, share: float | None) -> list[KeyRange]:
    """The space behind *key* in about *count* ranges that hold as many keys each, if keys lie evenly.

    :param share: which part of all keys is up to *key*, if that is known; where it does not fit the place of *key*,
        the keys lie unevenly and there is one range.
    """
    match = _HEX.match(key)
    at = int(match.group(), 16) if match else None
    uneven = share is not None and at is not None and not share / _SKEW <= at / _SPACE <= share * _SKEW
    if at is None or count < 2 or uneven:
        return [KeyRange(key)]
    width = (_SPACE - at) / count
    bounds = [f"{int(at + width * number):08x}" for number in range(1, count)]
    return [KeyRange(low, high) for low, high in zip([key, *bounds], [*bounds, None])]


class Recent:
    """The keys of the last pages, so that a row that comes again is known."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._pages: deque[set[str]] = deque(maxlen=_PAGES)
        self.fresh(rows)

    def knows(self, key: str | None) -> bool:
        """Whether *key* is among the remembered ones."""
        return any(key in page for page in self._pages)

    def fresh(self, rows: Iterable[Mapping[str, Any]]) -> list[Any]:
        """Those of *rows* whose key is not among the remembered ones, nor twice among them; they are remembered."""
        page: set[str] = set()
        found = []
        for row in rows:
            key = key_of(row)
            if key is not None:
                if key in page or self.knows(key):
                    continue
                page.add(key)
            found.append(row)
        self._pages.append(page)
        return found
