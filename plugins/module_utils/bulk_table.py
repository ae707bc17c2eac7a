# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The requests of bulk writes on one table: look up, patch, delete; each for many records, each with its own outcome.

Source: ServiceNow documentation, "Table API".
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote_plus

from ansible_collections.changegate.snow.plugins.module_utils import answers, plan, retry
from ansible_collections.changegate.snow.plugins.module_utils.batch import Answer, Sender
from ansible_collections.changegate.snow.plugins.module_utils.batch_pace import Pace
from ansible_collections.changegate.snow.plugins.module_utils.batch_wire import Call
from ansible_collections.changegate.snow.plugins.module_utils.bulk_items import Item, View
from ansible_collections.changegate.snow.plugins.module_utils.cells import RawRecord, cell_of
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    MissingResult,
    NotConverged,
    NotFound,
    SnowError,
    UnexpectedResponseFormat,
)
from ansible_collections.changegate.snow.plugins.module_utils.exchange import Reply, result_of
from ansible_collections.changegate.snow.plugins.module_utils.fields import kinds_of_table
from ansible_collections.changegate.snow.plugins.module_utils.params import ParamsBuilder
from ansible_collections.changegate.snow.plugins.module_utils.plan import Difference, Payload
from ansible_collections.changegate.snow.plugins.module_utils.transport import Transport

#: Characters of a query in a URL: some proxies refuse URLs of more than about 2,000.
_LONGEST_QUERY = 1400
#: Seconds in which a write may yet appear to readers, or disappear.
SETTLES = 3.0


class Table:
    """One table of one instance, for one bulk write.

    :param display: whether names and labels may stand for values.
    """

    def __init__(self, transport: Transport, name: str, path: str, parameters: ParamsBuilder, display: bool) -> None:
        self.name, self.path = name, path
        self.kinds = kinds_of_table(name)
        self.view = View(parameters)
        self.pace = Pace()
        self.patience = min(SETTLES, transport.retry_deadline)
        self.deadline = transport.retry_deadline
        self.client = Client(transport=transport)
        self._display = display
        #: Set when the caller gives up: what is under way is waited for, and nothing sent again.
        self.stop = threading.Event()
        self._sender = Sender(transport, self.pace, self.stop)
        # A look-up answers with many records: it says nothing about how many writes go into one batch.
        self._reader = Sender(transport, Pace(), self.stop)

    def send(self, calls: Sequence[Call]) -> list[Answer]:
        return self._sender.send(calls)

    def payloads(self, differences: tuple[Difference, ...]) -> list[Payload]:
        """What to send, one after the other: dates never go in one request with names and labels."""
        if self._display:
            return plan.payloads_of(differences)
        return [plan.payload_of(differences)._replace(display=frozenset())] if differences else []

    def find(
        self, queries: Iterable[tuple[str, int]], columns: Iterable[str] = (), keys_only: bool = False
    ) -> list[list[RawRecord] | SnowError]:
        """What each of the queries finds, *columns* at least; with each, how many rows are expected.

        One that finds many more, as a query does whose condition the instance dropped, is an error.
        """
        calls, wanted = [], []
        for query, expected in queries:
            most = expected * 2 + 20
            params = {**self.view.params(columns), "sysparm_query": query, "sysparm_limit": str(most)}
            if keys_only:
                params["sysparm_fields"] = "sys_id"
            calls.append(Call("GET", self.path, params))
            wanted.append(most)
        return [self._rows(answer, most) for answer, most in zip(self._reader.send(calls), wanted)]

    def by_sys_id(
        self, sys_ids: Sequence[str], columns: Iterable[str] = (), keys_only: bool = False
    ) -> dict[str, RawRecord | SnowError]:
        """The records that are there, by sys_id; or why that is not known."""
        chunks = [sys_ids[start : start + 40] for start in range(0, len(sys_ids), 40)]
        found: dict[str, RawRecord | SnowError] = {}
        queries = [(f"sys_idIN{','.join(chunk)}", len(chunk)) for chunk in chunks]
        for chunk, rows in zip(chunks, self.find(queries, columns, keys_only)):
            if isinstance(rows, SnowError):
                found.update(dict.fromkeys(chunk, rows))
                continue
            asked = {sys_id.lower(): sys_id for sys_id in chunk}
            found.update({asked[key]: row for row in rows if (key := key_of(row)) in asked})
        return found

    def patch(self, items: Iterable[Item]) -> None:
        """Send what each item has to send, in as many steps as it takes."""
        waiting = [item for item in items if item.payloads and item.error is None]
        while waiting:
            calls = [self._patch(item) for item in waiting]
            for item, answer in zip(waiting, self.send(calls)):
                item.payloads = item.payloads[1:]
                item.attempt(partial(self._patched, item, answer))
            waiting = [item for item in waiting if item.payloads and item.error is None]

    def _patch(self, item: Item) -> Call:
        payload = item.payloads[0]
        params = self.view.params(item.desired, bool(payload.display))
        path = f"{self.path}/{item.sys_id}"
        return Call("PATCH", path, params, payload.texts, repeatable=payload.repeatable)

    def _patched(self, item: Item, answer: Answer) -> None:
        raw = record_in(answer, f"PATCH {self.path}/{item.sys_id}")
        if key_of(raw) != item.sys_id.lower():
            raise UnexpectedResponseFormat(f"A write to {item.sys_id} of {self.name} returned another record.")
        item.record = raw
        if item.done != "inserted":
            item.done = "updated"

    def remove(self, items: Sequence[Item], known: bool) -> None:
        """Delete the items' records, and look whether they are gone; *known* are those that were seen before."""
        answers = self.send([Call("DELETE", f"{self.path}/{item.sys_id}") for item in items])
        for item, answer in zip(items, answers):
            if isinstance(answer.error, NotFound):
                # One that was sent again finds what it deleted itself no more.
                item.done = "deleted" if known or answer.attempts > 1 else "absent"
            elif answer.error is not None:
                item.error = answer.error
            else:
                item.done = "deleted"
        gone = {item.sys_id: item for item in items if item.done == "deleted"}
        still = self._await(list(gone), lambda found: not found)
        for sys_id, seen in still.items():
            item = gone[sys_id]
            if isinstance(seen, SnowError):
                item.error = seen
                continue
            item.done = "failed"
            item.error = NotConverged(
                f"{self.name} {sys_id} is still there, although the instance said it was deleted."
            )

    def _await(
        self, sys_ids: list[str], enough: Callable[[Mapping[str, Any]], bool]
    ) -> dict[str, RawRecord | SnowError]:
        """Which of *sys_ids* are there; looked at again for a while until that is *enough*: readers can lag behind."""
        waited, attempt = 0.0, 1
        while True:
            found = self.by_sys_id(sys_ids, keys_only=True) if sys_ids else {}
            pause = retry.backoff(attempt)
            if enough(found) or self.stop.is_set() or waited + pause > self.patience:
                return found
            time.sleep(pause)
            waited, attempt = waited + pause, attempt + 1

    def _rows(self, answer: Answer, most: int) -> list[RawRecord] | SnowError:
        try:
            rows = result_of(_reply(answer), f"GET {self.path}")
        except SnowError as error:
            return error
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            return MissingResult(f"The answer to GET {self.path} is not a list of records.")
        if len(rows) >= most or (answers.total_in(answer.headers) or 0) > most:
            return UnexpectedResponseFormat(
                f"A look-up in {self.name} finds many more records than were asked for; check that the table has the "
                "columns that are matched on. Nothing was written.",
                request=f"GET {self.path}",
            )
        return [dict(row) for row in rows]


def _reply(answer: Answer) -> Reply:
    if answer.error is not None:
        raise answer.error
    return Reply(answer.status or 0, answer.headers, answer.body)


def record_in(answer: Answer, request: str) -> RawRecord:
    """The record that a write returned; raises the answer's error, or :class:`MissingResult`."""
    result = result_of(_reply(answer), request)
    if not isinstance(result, Mapping) or not result:
        raise MissingResult(f"The answer to {request} holds no record, so nobody knows what it did.", request=request)
    return dict(result)


def key_of(raw: RawRecord) -> str:
    return cell_of(raw.get("sys_id")).value.lower()


def chunks(parts: Sequence[str]) -> Iterator[list[int]]:
    """The positions of *parts*, in groups that make a query which is short enough for a URL."""
    group: list[int] = []
    filled = 0
    for position, part in enumerate(parts):
        # What joins the parts is at most as long as "^NQ", quoted.
        length = len(quote_plus(part)) + 5
        if group and filled + length > _LONGEST_QUERY:
            yield group
            group, filled = [], 0
        group.append(position)
        filled += length
    if group:
        yield group
