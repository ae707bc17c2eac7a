# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls that take their time, beside an event loop: nobody has to wait for their end, not even the process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

Result = TypeVar("Result")


class Stopped(Exception):
    """The call was no longer wanted, and has noticed."""


class Aside:
    """Runs calls in threads that end with the process. :meth:`stop` wakes those that sleep with :meth:`sleep`.

    The executor of asyncio would not do: its threads are waited for at the end, and a request takes up to a minute.
    """

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def stop(self) -> None:
        self._stopped.set()

    def sleep(self, seconds: float) -> None:
        """For the calls themselves; raises :class:`Stopped` when they are no longer wanted."""
        if self._stopped.wait(seconds):
            raise Stopped

    async def run(self, call: Callable[[], Result]) -> Result:
        """What *call* returns or raises. If this is cancelled the call goes on, and its result is dropped."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()

        def deliver(result: Result | None, error: BaseException | None) -> None:
            if future.done():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)  # type: ignore[arg-type]

        def work() -> None:
            result, failure = None, None
            try:
                result = call()
            except BaseException as error:
                failure = error
            # The loop can be closed by now.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(deliver, result, failure)

        threading.Thread(target=work, name="changegate.snow", daemon=True).start()
        return await future

    async def run_to_end(self, call: Callable[[], Result]) -> Result:
        """The same for a call that is short and must not be left alone: when cancelled, its end is awaited first."""
        task = asyncio.ensure_future(self.run(call))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task])
            raise
