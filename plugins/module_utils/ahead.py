# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work that is begun before it is needed, so much of it at a time, and given out in order. No input or output."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from threading import Event, Thread
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Job(Thread, Generic[Made]):
    """One call in a thread of its own; a daemon, so that Ctrl-C does not wait for an answer that nobody wants."""

    def __init__(self, call: Callable[[], Made]) -> None:
        super().__init__(daemon=True)
        self._call = call
        self._result: list[Made] = []
        self._error: BaseException | None = None
        # A join that Ctrl-C ends takes the thread for ended.
        self._over = Event()
        self.start()

    def run(self) -> None:
        try:
            self._result.append(self._call())
        except BaseException as error:
            self._error = error
        finally:
            self._over.set()

    def ends(self, seconds: float | None = None) -> bool:
        """Whether it has ended, or does within so many *seconds*; None waits for it."""
        return self._over.wait(seconds)

    def result(self) -> Made:
        self.ends()
        if self._error is not None:
            raise self._error
        return self._result.pop()


def ahead(calls: Iterable[Callable[[], Made]], window: int) -> Iterator[Made]:
    """The results of *calls* in their order, up to *window* of them being made at once.

    An exception is raised in its turn. With *window* 1 nothing is begun before it is asked for.
    """
    if window < 2:
        for call in calls:
            yield call()
        return
    jobs: deque[Job[Made]] = deque()
    for call in calls:
        jobs.append(Job(call))
        if len(jobs) >= window:
            yield jobs.popleft().result()
    while jobs:
        yield jobs.popleft().result()
