# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A write that cannot be repeated blindly: made once, whatever becomes of its answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from ansible_collections.changegate.snow.plugins.module_utils import retry
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    Forbidden,
    NotFound,
    OutcomeUnknown,
    SnowError,
)

if TYPE_CHECKING:
    from ansible_collections.changegate.snow.plugins.module_utils.exchange import Reply
    from ansible_collections.changegate.snow.plugins.module_utils.transport import Transport

Made = TypeVar("Made")
#: Seconds after a broken connection or a 5xx in which what it was about may yet appear.
_SETTLES = 3.0


def exactly_once(
    create: Callable[[], Made],
    find: Callable[[], Made | None],
    patience: float,
    sleep: Callable[[float], None] = time.sleep,
    again: bool = True,
) -> Made:
    """What *create* makes, or what *find* finds of it when nobody knows whether it was made.

    *create* is called again only if it is not there after a few seconds; after a time-out not even then, because the
    first request may still be at work, and after a 403 not, because it would not help. Then the error is raised: the
    next run of the task finds what was made.

    :param patience: seconds to go on looking after a time-out; 0 calls *create* once.
    :param again: False never calls *create* a second time, where it could be about something else by then.
    """
    try:
        return create()
    except SnowError as caught:
        error = caught
    if not retry.may_have_happened(error):
        raise error
    found = _look(find, _looking_time(error, patience), sleep)
    if found is not None:
        return found
    if isinstance(error, Forbidden):
        raise error
    if patience <= 0 or not again or retry.may_still_happen(error):
        raise _unknown(error) from error
    return create()


def delete_once(transport: Transport, path: str) -> Reply | None:
    """The answer to ``DELETE`` *path*; None where it was lost, and what it was about is gone.

    :raises NotFound: it was not there before.
    """
    try:
        return transport.request("DELETE", path, repeatable=False)
    except SnowError as error:
        unknown = retry.may_have_happened(error) and not isinstance(error, Forbidden)
        if not unknown or transport.retry_deadline <= 0:
            raise
        # Not there any more means that it was done.
        with suppress(NotFound):
            return transport.request("DELETE", path)
    return None


def _unknown(error: SnowError) -> SnowError:
    """A gateway's time-out says no more than one of our own; any other answer says what it is."""
    if isinstance(error, OutcomeUnknown) or not retry.may_still_happen(error):
        return error
    text = f"{error.request} timed out on the way, so nobody knows whether it was done; look before it is sent again."
    return OutcomeUnknown(text, status=error.status, detail=error.detail, request=error.request)


def _looking_time(error: SnowError, patience: float) -> float:
    if isinstance(error, Forbidden):
        return 0.0
    return patience if retry.may_still_happen(error) else min(patience, _SETTLES)


def _look(find: Callable[[], Made | None], seconds: float, sleep: Callable[[float], None]) -> Made | None:
    """What *find* finds, looked for with growing pauses for *seconds*."""
    attempt, waited = 1, 0.0
    while True:
        found = find()
        pause = retry.backoff(attempt)
        if found is not None or waited + pause > seconds:
            return found
        sleep(pause)
        waited, attempt = waited + pause, attempt + 1
