# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a long job is, told a line at a time by a host that can."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Seconds between two lines; what takes less says nothing.
_EVERY = 5.0


class Progress:
    """Called with the number that is done and of all (None if that is not known), again and again.

    :param say: takes a line. :param what: is counted, for example ``records of incident``.
    """

    def __init__(
        self, say: Callable[[str], None], what: str, every: float = _EVERY, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._say, self._what, self._every, self._clock = say, what, every, clock
        self._last = clock()

    def __call__(self, done: int, total: int | None) -> None:
        now = self._clock()
        if now - self._last >= self._every:
            self._last = now
            self._say(f"{done} {self._what} so far" if total is None else f"{done} of {total} {self._what}")
