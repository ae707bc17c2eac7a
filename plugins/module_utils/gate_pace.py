# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a gate waits between two looks. No input or output.

Source: ServiceNow documentation, "Inbound REST API rate limiting" (requests per hour).
"""

from __future__ import annotations

import random
from collections.abc import Callable

#: Each look without news waits so much longer than the one before, until a minute, or the interval if that is longer.
_SLOWER, _LONGEST = 1.25, 60.0
#: Gates of many jobs that began together shall not ask together for ever.
_JITTER = 0.2
_HOUR = 3600.0
#: Seconds after the window has begun by what the instance said: its clock tells whole seconds.
_AFTER = 1.0


class Pace:
    """The pauses of one gate, *interval* seconds at first. *jitter* gives a number from -1 to 1."""

    def __init__(self, interval: float, jitter: Callable[[], float] = lambda: random.uniform(-1, 1)) -> None:
        self._interval = interval
        self._jitter = jitter
        self._quiet = 0

    def news(self) -> None:
        """Something has changed: somebody works on it, so look more often again."""
        self._quiet = 0

    def pause(self, requests: int = 1, hourly: int | None = None, opens_in: float | None = None) -> float:
        """Seconds until the next look.

        :param requests: that a look takes. :param hourly: requests that the instance allows in an hour.
        :param opens_in: seconds until the window begins, where that is all that the gate waits for.
        """
        longest = max(_LONGEST, self._interval)
        # The exponent is bounded: a wait of days must not overflow.
        seconds = min(longest, self._interval * _SLOWER ** min(self._quiet, 64))
        self._quiet += 1
        seconds *= 1 + _JITTER * self._jitter()
        if opens_in is not None:
            seconds = min(seconds, opens_in + _AFTER)
        return max(seconds, requests * _HOUR / hourly if hourly else 0.0)
