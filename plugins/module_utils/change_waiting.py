# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for what the instance does by itself: looked at with growing pauses, until it has ended or time is up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, NotFound

#: The pauses between two looks, in seconds: the first, and the longest.
_FIRST, _LONGEST = 0.1, 3.0
#: Seconds in which what was started just now may not be known to every node of the instance.
_SETTLES = 3.0

Seen = TypeVar("Seen")


class Clock(NamedTuple):
    """How time passes; tests have their own. *now* is in seconds from anywhere."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def check_timeout(seconds: float, name: str = "timeout") -> float:
    """*seconds* if it can be waited for so long; raises :class:`InvalidUsage` otherwise."""
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds < float("inf"):
        raise InvalidUsage(f"{name} is {seconds!r}; give a number of seconds that is not negative.")
    return float(seconds)


def last_look(
    look: Callable[[], Seen],
    ended: Callable[[Seen], bool],
    timeout: float,
    progress: Callable[[Seen], object] | None,
    clock: Clock,
    fresh: bool = False,
) -> Seen:
    """What *look* saw last: it has ended, or *timeout* seconds are over. It looks at least once.

    :param progress: called with each look; what it raises ends the waiting.
    :param fresh: what is looked at was started just now, so for some seconds it may not be found.
    """
    begin, pause = clock.now(), _FIRST
    found = False
    while True:
        left = timeout - (clock.now() - begin)
        try:
            seen = look()
        except NotFound:
            if not fresh or found or clock.now() - begin >= min(timeout, _SETTLES):
                raise
        else:
            found = True
            if progress is not None:
                progress(seen)
            if ended(seen) or left <= 0:
                return seen
        clock.sleep(max(0.0, min(pause, timeout - (clock.now() - begin))))
        pause = min(pause * 1.5, _LONGEST)
