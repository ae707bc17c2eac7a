# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many requests go into one batch. No input or output.

Source: ServiceNow documentation, "Batch API": 10 MB for an answer, 30 seconds for all.
"""

from __future__ import annotations

#: Bytes of an answer: half of what the instance allows, because the next ones may be larger.
_LARGEST_ANSWER = 5_000_000
#: Seconds that a batch may take: a third of what the instance allows.
_LONGEST = 10.0
#: Requests in a batch: of the first one, and at most.
SIZE, _MOST = 100, 250


class Pace:
    """How many requests go into one batch, learned from what the last ones took. Shared by threads."""

    def __init__(self, size: int = SIZE, most: int = _MOST) -> None:
        self.size, self._most = min(size, most), most
        #: False once the instance has said that it has no Batch API.
        self.available = True

    def note(self, count: int, seconds: float, received: int, left: int) -> None:
        """*count* requests were answered in *seconds* with *received* bytes, *left* were not."""
        if left or not count:
            self.size = max(1, count or self.size // 2)
            return
        by_time = _LONGEST / max(seconds / count, 1e-6)
        by_size = _LARGEST_ANSWER / max(received / count, 1.0)
        # Twice as many at most: the next ones may be of another kind.
        self.size = max(1, min(int(by_time), int(by_size), self._most, self.size * 2))

    def refuse(self, count: int) -> None:
        """A batch of *count* was too large for something on the way."""
        self.size = max(1, min(self.size, count // 2))
