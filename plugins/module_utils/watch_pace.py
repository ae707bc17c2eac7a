# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often to look, and how long to wait after a failure. No input or output."""

from __future__ import annotations

import random

from ansible_collections.changegate.snow.plugins.module_utils import errors

#: Seconds between two attempts while the instance cannot be reached, at most, unless it asks for more.
LONGEST = 300.0
_FIRST = 2.0
#: Part of the interval by which looks are shifted, so that many sources do not come together.
_JITTER = 0.1
#: A window is looked at when its second has surely begun; and no more often than this.
_LEAST = 0.5
#: Logins that may be refused one after the other: more of them could lock the account.
_LOGINS = 3


def until_next(interval: float, window: float | None) -> float:
    """Seconds until the next look: about *interval*, or until the next window begins in *window* seconds."""
    usual = random.uniform(interval * (1 - _JITTER), interval * (1 + _JITTER))
    return usual if window is None else min(usual, max(window, 0.0) + _LEAST)


def after_failure(failures: int, asked: float | None) -> float:
    """Seconds until the next attempt: growing with the *failures* in a row, not less than the instance *asked* for."""
    longest = min(LONGEST, _FIRST * 2.0 ** min(failures - 1, 16))
    return max(random.uniform(longest / 2, longest), asked or 0.0)


def is_final(error: errors.SnowError, worked: bool, refused: int) -> bool:
    """Whether there is no use in trying again.

    :param worked: whether a look has succeeded before. :param refused: logins that failed in a row, with this one.
    """
    if isinstance(error, errors.AuthenticationFailed):
        return not worked or refused >= _LOGINS
    if isinstance(error, (errors.InvalidUsage, errors.MissingLibrary, errors.LocalFileError)):
        return True
    return not worked and isinstance(error, (errors.BadAddress, errors.Forbidden, errors.NotFound))
