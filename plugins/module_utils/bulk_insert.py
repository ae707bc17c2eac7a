# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many inserts, each made exactly once, whatever becomes of their answers.

Each record gets a sys_id of its own making before it is sent. An instance takes it over ("Table API", POST), so that
a record whose answer was lost can be looked up, and sending it again cannot double it. An instance that does not is
found out by the first answer; then what was lost is not sent again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Sequence
from functools import partial

from ansible_collections.changegate.snow.plugins.module_utils import plan, retry
from ansible_collections.changegate.snow.plugins.module_utils.batch import Answer
from ansible_collections.changegate.snow.plugins.module_utils.batch_wire import Call
from ansible_collections.changegate.snow.plugins.module_utils.bulk_items import Item
from ansible_collections.changegate.snow.plugins.module_utils.bulk_table import Table, key_of, record_in
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    Forbidden,
    MissingResult,
    NotFound,
    OutcomeUnknown,
    SnowError,
)


class Inserter:
    """Inserts into one *table*; shared by threads, which learn from one another whether sys_ids are taken over.

    :param keys: columns by which the records are to be found again: they go with whatever is sent first.
    """

    def __init__(self, table: Table, keys: Collection[str] = ()) -> None:
        self._table, self._keys = table, keys
        #: Whether the instance takes over the sys_ids it is given; None as long as that is not known.
        self.takes_sys_ids: bool | None = None

    def insert(self, items: Sequence[Item]) -> None:
        """Insert each item that has no error yet, and send what cannot go in the same request."""
        for item in items:
            item.attempt(partial(self._prepare, item))
        pending = [item for item in items if item.error is None]
        held: list[Item] = []
        deadline, attempt = time.monotonic() + self._table.deadline, 0
        while pending:
            attempt += 1
            lost = self._post(pending)
            # A refusal of what was sent before is most likely for what is there already.
            self._look_up(lost, patiently=any(item.sent > 1 and _is_forbidden(item) for item in lost))
            lost = [item for item in [*lost, *held] if item.error is not None and item.done == "failed"]
            pending, held, delay = self._again(lost, attempt, deadline)
            if pending:
                self._table.stop.wait(delay)
        self._table.patch(items)

    def _prepare(self, item: Item) -> None:
        item.payloads = self._table.payloads(plan.for_create(item.desired, self._table.kinds, self._keys).differences)
        if not item.sys_id:
            item.sys_id, item.own = os.urandom(16).hex(), True

    def _post(self, items: Sequence[Item]) -> list[Item]:
        """Send the inserts; returns those that failed and may have been carried out all the same."""
        calls = []
        for item in items:
            payload = item.payloads[0] if item.payloads else plan.Payload({}, frozenset())
            params = self._table.view.params(item.desired, bool(payload.display))
            calls.append(Call("POST", self._table.path, params, {**payload.texts, "sys_id": item.sys_id}))
        # What was sent before and is sent as the only one may be what no batch can carry.
        if len(items) == 1:
            calls = [call._replace(alone=True) for call in calls]
        lost = []
        for item, answer in zip(items, self._table.send(calls)):
            item.sent += 1
            item.error = answer.error
            if answer.error is not None:
                lost += [item] if answer.uncertain else []
                continue
            item.attempt(partial(self._made, item, answer))
        return lost

    def _made(self, item: Item, answer: Answer) -> None:
        item.done = "inserted"
        item.payloads = item.payloads[1:]
        try:
            item.record = record_in(answer, f"POST {self._table.path}")
        except MissingResult as error:
            # Who may write a record need not be allowed to read it.
            item.payloads = []
            raise error
        key = key_of(item.record)
        self.takes_sys_ids = key == item.sys_id.lower()
        if not self.takes_sys_ids:
            item.sys_id = key
            if item.sent > 1:
                self._take_back(item)

    def _take_back(self, item: Item) -> None:
        """An insert that was sent again got a sys_id of the instance's: there may be two now, of which this is one."""
        item.done, item.payloads = "failed", []
        answer = self._table.send([Call("DELETE", f"{self._table.path}/{item.sys_id}")])[0]
        left = answer.error is not None and not isinstance(answer.error, NotFound)
        rest = f"it may be there twice, once as {item.sys_id}" if left else "a second one was deleted again"
        raise OutcomeUnknown(
            f"Record {item.index} was sent to {self._table.name}, and its answer was lost; the instance does not keep "
            f"to the sys_ids it is given, so nobody knows whether it was made; {rest}.",
            request=f"POST {self._table.path}",
        )

    def _look_up(self, lost: Sequence[Item], patiently: bool) -> None:
        """Find what was made of the *lost* items."""
        waited, attempt = 0.0, 1
        while True:
            self._look_once([item for item in lost if item.error is not None])
            pause = retry.backoff(attempt)
            missing = any(item.error is not None for item in lost)
            if not missing or not patiently or self._table.stop.is_set() or waited + pause > self._table.patience:
                return
            time.sleep(pause)
            waited, attempt = waited + pause, attempt + 1

    def _look_once(self, lost: Sequence[Item]) -> None:
        columns = dict.fromkeys(name for item in lost for name in item.desired)
        found = self._table.by_sys_id([item.sys_id for item in lost], columns) if lost else {}
        for item in lost:
            seen = found.get(item.sys_id)
            if isinstance(seen, SnowError):
                item.error = _unknown(item, self._table.name, seen)
            elif seen is not None and item.own:
                self.takes_sys_ids = True
                item.record, item.done, item.error = seen, "inserted", None
                item.payloads = item.payloads[1:]
            elif seen is not None and not _is_forbidden(item):
                item.error = _unknown(item, self._table.name, item.error)
                item.record = seen

    def _again(self, lost: list[Item], attempt: int, deadline: float) -> tuple[list[Item], list[Item], float]:
        """Which of the *lost* items to send again now, which perhaps later, and after how many seconds.

        As long as nobody knows whether the instance takes over sys_ids, it is one: it will tell.
        """
        again, delay = [], 0.0
        for item in lost:
            error = item.error
            if error is None or isinstance(error, _Final) or (_is_forbidden(item) and item.sent == 1):
                continue
            verdict = retry.judge(error, True, attempt, error.retry_after)
            if not verdict.again and self.takes_sys_ids and not _is_forbidden(item):
                # It would be there with its sys_id.
                continue
            late = self._table.stop.is_set() or time.monotonic() + verdict.delay > deadline
            if late or not verdict.again or self.takes_sys_ids is False:
                item.error = _unknown(item, self._table.name, error)
                continue
            again.append(item)
            delay = max(delay, verdict.delay)
        if self.takes_sys_ids is None:
            return again[:1], again[1:], delay
        return again, [], delay


class _Final(OutcomeUnknown):
    """There is nothing more to find out."""


def _is_forbidden(item: Item) -> bool:
    return isinstance(item.error, Forbidden)


def _unknown(item: Item, table: str, cause: SnowError | None) -> SnowError:
    if isinstance(cause, _Final):
        return cause
    why = str(cause).rstrip(".") if cause is not None else "its answer was lost"
    error = _Final(
        f"Nobody knows whether record {item.index} was inserted into {table} ({why}); look for the sys_id "
        f"{item.sys_id}, or for what the record holds, before it is sent again.",
        status=cause.status if cause else None,
        detail=cause.detail if cause else None,
        request=cause.request if cause else None,
        transaction_id=cause.transaction_id if cause else None,
    )
    error.__cause__ = cause
    return error
