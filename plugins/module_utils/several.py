# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several steps of one task: each is tried, what failed is listed, and what succeeded is not hidden by it.

No input or output.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    AuthenticationFailed,
    ConnectionFailed,
    InstanceUnavailable,
    MissingLibrary,
    RateLimited,
    SnowError,
)

#: What a step is about and what became of it: ``name``, ``changed``, and what the step adds; a failed one has
#: ``failed``, ``msg`` and ``error``.
Entry = dict[str, Any]

#: What would happen to every other step as well, after as long a wait.
_HOPELESS = (AuthenticationFailed, ConnectionFailed, InstanceUnavailable, MissingLibrary, RateLimited)
#: Failures that the message tells in full; all are in the entries.
_TOLD = 5


class Several:
    """Steps, and an entry for each. :param what: words for all of them, for the message of a failure."""

    def __init__(self, what: str) -> None:
        self.entries: list[Entry] = []
        self._what = what
        self._failures: list[tuple[str, SnowError]] = []
        self._left: list[str] = []

    def attempt(self, name: str, step: Callable[[Entry], None]) -> None:
        """Take one *step*, which fills its entry as it goes; after a hopeless failure it is not taken."""
        entry: Entry = {"name": name, "changed": False}
        self.entries.append(entry)
        if self._failures and isinstance(self._failures[-1][1], _HOPELESS):
            self._left.append(name)
            entry.update(failed=True, msg=f"{name} was not tried after {self._failures[-1][0]} had failed.")
            return
        try:
            step(entry)
        except SnowError as error:
            self._failures.append((name, error))
            entry.update(failed=True, msg=str(error), error=error.as_error())

    def finish(self) -> None:
        """Raise what went wrong: the error itself where there was one step, else one of its kind that lists all."""
        if not self._failures:
            return
        first = self._failures[0][1]
        if len(self.entries) == 1:
            raise first
        context = first.as_error()
        context.pop("type")
        raise type(first)(self._message(), **context) from first

    def _message(self) -> str:
        bad = len(self._failures) + len(self._left)
        told = "; ".join(f"{name} ({str(error).rstrip('.')})" for name, error in self._failures[:_TOLD])
        more = len(self._failures) - _TOLD
        text = f"{bad} of {len(self.entries)} {self._what} failed: {told}"
        text += f"; and {more} more, which results tells" if more > 0 else ""
        text += f"; not tried after that: {', '.join(self._left[:_TOLD])}" if self._left else ""
        text += " and others" if len(self._left) > _TOLD else ""
        done = len(self.entries) - bad
        return text + (f"; the other {done} are as they should be." if done else ".")
