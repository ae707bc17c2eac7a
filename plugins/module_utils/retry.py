# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When to send a request again, and how long to wait before. No input or output.

Source: ServiceNow documentation, "Inbound REST API rate limiting" (``Retry-After``, ``X-RateLimit-Reset``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils import errors

#: Doing these twice has the effect of doing them once: a PATCH carries absolute values, unless it adds to a journal.
REPEATABLE = frozenset({"GET", "HEAD", "PUT", "PATCH", "DELETE"})
#: Where tokens come from; another request waits for one before it is sent.
TOKEN_PATH = "/oauth_token.do"
_PASSING_STATUS = frozenset({429, 502, 503, 504})
_FIRST_DELAY, _LONGEST_DELAY = 0.5, 15.0


class Verdict(NamedTuple):
    """What to do about a failed request: send it again or not, after how many seconds."""

    again: bool
    delay: float = 0.0


GIVE_UP = Verdict(False)


def judge(error: errors.SnowError, repeatable: bool, attempt: int, wait: float | None) -> Verdict:
    """Whether *error* may pass if the same request is sent again; *attempt* counts from 1.

    :param repeatable: whether the request may be carried out twice without harm.
    :param wait: seconds that the server asked for, if it did.
    """
    if isinstance(error, errors.OutcomeUnknown):
        passing = repeatable
    elif isinstance(error, errors.ConnectionFailed):
        passing = not isinstance(error, errors.BadAddress)
    elif isinstance(error, errors.RateLimited):
        passing = True
    elif isinstance(error, errors.ResponseError):
        cancelled = error.status == 200 and "cancel" in (error.detail or str(error)).lower()
        passing = repeatable and (error.status in _PASSING_STATUS or cancelled)
    else:
        passing = repeatable and isinstance(error, errors.UnexpectedResponseFormat)
    if not passing:
        return GIVE_UP
    # No wait at all, or one until a moment that is over, would have it asked without a pause.
    return Verdict(True, wait or backoff(attempt))


def may_have_happened(error: errors.SnowError) -> bool:
    """Whether a write that failed with *error* may have been carried out all the same.

    No answer, half of one, a page, a cancelled transaction; and some inserts that happened get a 403 or 5xx.
    """
    if (error.request or "").endswith(TOKEN_PATH):
        # There was no token for it, so that it was not sent.
        return False
    if isinstance(error, (errors.OutcomeUnknown, errors.UnexpectedResponseFormat, errors.Forbidden)):
        return True
    return error.status is not None and (error.status >= 500 or error.status == 200)


def may_still_happen(error: errors.SnowError) -> bool:
    """Whether a write that failed with *error* may be under way even now: nobody waited for it long enough."""
    return isinstance(error, errors.TimedOut) or error.status == 504


def backoff(attempt: int) -> float:
    """Seconds before the next attempt: doubling, with jitter so that many clients do not come back together."""
    # Imported when something has failed: most tasks never wait.
    import random

    longest = min(_LONGEST_DELAY, _FIRST_DELAY * 2.0 ** (attempt - 1))
    return random.uniform(longest / 2, longest)


def asked_delay(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that a 429 or 503 asks to wait, or None. *now* is Unix time."""
    for name, is_moment in (("Retry-After", False), ("X-RateLimit-Reset", True)):
        text = headers.get(name, "").strip()
        try:
            seconds = float(text) - (now if is_moment else 0.0)
        except ValueError:
            continue
        return max(0.0, seconds)
    return None


def hourly_limit(headers: Mapping[str, str]) -> int | None:
    """Requests in an hour that the instance allows this user, or None where no rule applies to them."""
    text = headers.get("X-RateLimit-Limit", "").strip()
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text) else None
