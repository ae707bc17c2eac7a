# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source at work: looks, delivers, keeps its ledger, and waits; until it is cancelled."""

from __future__ import annotations

import asyncio
import copy
import logging
import os
from collections.abc import Mapping
from typing import Any, Protocol

from ansible_collections.changegate.snow.plugins.module_utils import connection, watch_pace
from ansible_collections.changegate.snow.plugins.module_utils.aside import Aside
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.connect import transport_of
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    AuthenticationFailed,
    LocalFileError,
    SnowError,
)
from ansible_collections.changegate.snow.plugins.module_utils.watch_file import StateFile
from ansible_collections.changegate.snow.plugins.module_utils.watch_ledger import Ledger
from ansible_collections.changegate.snow.plugins.module_utils.watch_look import Looker, open_watch
from ansible_collections.changegate.snow.plugins.module_utils.watch_options import FEEDBACK, Watch, watch_of

LOG = logging.getLogger("changegate.snow.changes")
#: Seconds for which a process that is just ending may keep the state file.
_PATIENCE = 10.0
#: Seconds for which a cursor that has moved, and nothing else, is not written.
_KEPT = 300.0
#: Seconds for which the rulebook may take to say that it has taken an event.
_TAKES = 300.0


class Queue(Protocol):
    """What the events go into: that of ansible-rulebook, or one of asyncio."""

    async def put(self, event: dict[str, Any]) -> None: ...


async def watch(queue: Queue, args: Mapping[str, Any]) -> None:
    """Put the events that *args* ask for into *queue*, until this is cancelled.

    :raises SnowError: the arguments make no sense, or there is no use in trying again; one sentence, without secrets.
    """
    secrets = connection.secrets_of(args.get("instance"), os.environ)
    try:
        wanted = watch_of(args)
        reached = connection.resolve(wanted.instance, os.environ)
        aside = Aside()
        client = await aside.run(lambda: Client(transport=transport_of(reached, aside.sleep)))
        await _Source(wanted, client, aside, queue, args.get(FEEDBACK), secrets).run()
    except SnowError as error:
        raise type(error)(_masked(str(error), secrets), status=error.status, request=error.request) from None


class _Source:
    def __init__(
        self, wanted: Watch, client: Client, aside: Aside, queue: Queue, feedback: Any, secrets: set[str]
    ) -> None:
        self._wanted = wanted
        self._client = client
        self._aside = aside
        self._queue = queue
        self._feedback = feedback
        self._secrets = secrets
        self._file = StateFile(wanted.state_file) if wanted.state_file else None
        self._looker: Looker | None = None
        self._kept = 0.0
        self._failures = self._refused = 0
        self._worked = False
        self._told: set[str] = set()

    async def run(self) -> None:
        try:
            await self._acquire()
            while True:
                await asyncio.sleep(await self._once())
        finally:
            # Requests under way are left alone: they only read.
            self._aside.stop()
            self._client.close()
            if self._file is not None:
                self._file.release()

    async def _once(self) -> float:
        """Look, and deliver what was found; seconds until the next time."""
        try:
            looker = self._looker = self._looker or await self._opened()
            await self._aside.run(looker.look)
        except SnowError as error:
            pause = self._pause(error)
        else:
            if not self._worked:
                LOG.info("Watching %s; the history of changes %s.", looker.scope, looker.history)
            elif self._failures:
                LOG.warning("The instance answers again.")
            self._worked, self._failures, self._refused = True, 0, 0
            self._tell_hidden(looker.hidden)
            pause = watch_pace.until_next(self._wanted.interval, looker.until_window())
        # Also after a failure: what was found before it counts.
        if self._looker is not None and self._looker.ledger is not None:
            await self._deliver(self._looker.ledger)
        return pause

    async def _acquire(self) -> None:
        if self._file is None:
            LOG.warning("There is no state_file: what happens while this source does not run is not reported.")
            return
        waited = 0.0
        while not await self._aside.run_to_end(self._file.acquire):
            if waited >= _PATIENCE:
                raise LocalFileError(
                    f"state_file {self._file.path} is in use by another process; stop that one, or give each source a "
                    "file of its own."
                )
            await asyncio.sleep(0.5)
            waited += 0.5

    async def _opened(self) -> Looker:
        opened = await self._aside.run(lambda: open_watch(self._wanted, self._client))
        ledger = None
        if self._file is not None:
            file = self._file
            ledger = await self._aside.run_to_end(lambda: file.read(opened.scope))
        return Looker(self._wanted, opened, ledger)

    async def _deliver(self, ledger: Ledger) -> None:
        """Keep the ledger with what is to be delivered, deliver, and keep that it was."""
        await self._keep(ledger)
        try:
            while ledger.outbox:
                # What the filters of a rulebook add does not belong into the ledger.
                await self._queue.put(copy.deepcopy(ledger.outbox[0]))
                await self._taken()
                ledger.outbox.pop(0)
                ledger.touched = True
        finally:
            await self._keep(ledger)

    async def _taken(self) -> None:
        if self._feedback is None:
            return
        try:
            await asyncio.wait_for(self._feedback.get(), _TAKES)
        except asyncio.TimeoutError:
            LOG.warning("The rulebook did not say within %d seconds that it has taken an event.", _TAKES)

    async def _keep(self, ledger: Ledger) -> None:
        now = asyncio.get_running_loop().time()
        if self._file is None or not (ledger.touched or now - self._kept >= _KEPT):
            return
        file = self._file
        await self._aside.run_to_end(lambda: file.write(ledger.as_data()))
        ledger.touched, self._kept = False, now

    def _pause(self, error: SnowError) -> float:
        """Seconds to wait after *error*, which is raised again if waiting is of no use."""
        self._failures += 1
        self._refused = self._refused + 1 if isinstance(error, AuthenticationFailed) else 0
        if watch_pace.is_final(error, self._worked, self._refused):
            raise error
        pause = watch_pace.after_failure(self._failures, error.retry_after)
        LOG.warning("%s Trying again in %d seconds.", _masked(str(error), self._secrets), round(pause))
        return pause

    def _tell_hidden(self, hidden: set[str]) -> None:
        fresh = hidden - self._told
        if fresh:
            self._told |= fresh
            LOG.warning(
                "%d records hide sys_mod_count, sys_updated_on or sys_created_on from this user, and are not watched: "
                "%s", len(fresh), ", ".join(sorted(fresh)[:5]),
            )  # fmt: skip


def _masked(text: str, secrets: set[str]) -> str:
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "********") if secret else text
    return text
