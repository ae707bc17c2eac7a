# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many requests in few: the Batch API, with an answer or an error for each of them.

.. code-block:: python

    batch = Batch(client.transport)
    for number in numbers:
        batch.add("GET", "/api/now/table/incident", params={"sysparm_query": f"number={number}"})
    for answer in batch.send():
        print(answer.error or answer.body["result"])

Source: ServiceNow documentation, "Batch API": 5 MB for a request in it, 10 MB for an answer, 30 seconds for all; what
does not fit is left "unserviced". The sizes are taken for those of the whole batch here, which is safe either way.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils import answers, batch_wire, checks, retry
from ansible_collections.changegate.snow.plugins.module_utils.batch_pace import SIZE, Pace
from ansible_collections.changegate.snow.plugins.module_utils.batch_wire import Call
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    AuthenticationFailed,
    ConnectionFailed,
    InvalidUsage,
    OutcomeUnknown,
    RateLimited,
    ResponseError,
    SnowError,
    UnexpectedResponseFormat,
)
from ansible_collections.changegate.snow.plugins.module_utils.transport import Transport

#: Bytes of a batch as it goes out: the instance's own limit, with some room.
LARGEST = 4_500_000
_LONGEST_URL = 2000
_READS = ("GET", "HEAD", "OPTIONS")
#: With these an instance (or what is in front of it) says that it has no Batch API for this user.
_NOT_AVAILABLE = frozenset({400, 403, 404, 405})


class Answer(NamedTuple):
    """What came of one request of a batch.

    :param body: the parsed JSON, None if empty; meaningful where there is no error.
    :param error: what the same answer raises where the request is sent alone.
    :param uncertain: a write that failed, and may have been carried out all the same.
    :param unserviced: the instance gave no answer, because a limit was reached.
    :param attempts: how often it was sent.
    """

    status: int | None = None
    headers: Mapping[str, str] = batch_wire.Headers({})
    body: Any = None
    error: SnowError | None = None
    uncertain: bool = False
    unserviced: bool = False
    attempts: int = 1


class Batch:
    """Requests that are collected, and then sent together. They are carried out in the order in which they were
    added, but for those that have to be sent again, or alone because they are too large.

    :param size: requests in one batch, at most; it is adapted to what the instance answers in time.
    """

    def __init__(self, transport: Transport, size: int = SIZE) -> None:
        if not isinstance(transport, Transport):
            raise InvalidUsage(f"transport is a {type(transport).__name__}; give client.transport.")
        checks.count("size", size)
        self._sender = Sender(transport, Pace(size, size))
        self._calls: list[Call] = []

    def __len__(self) -> int:
        return len(self._calls)

    def add(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
    ) -> int:
        """Add a request; returns its position among the answers. Arguments as for ``Transport.request``."""
        call = Call(method, path, params, json, headers, repeatable)
        self._calls.append(batch_wire.check(call))
        return len(self._calls) - 1

    def send(self) -> list[Answer]:
        """Send what was added, and return the answers in the same order. Raises nothing: errors are in the answers."""
        calls, self._calls = self._calls, []
        return self._sender.send(calls)


class Sender:
    """Sends calls in batches until each has its answer or no more time.

    :param stop: once it is set, nothing is sent again.
    """

    def __init__(self, transport: Transport, pace: Pace, stop: threading.Event | None = None) -> None:
        self._transport = transport
        self._pace = pace
        self._stop = stop or threading.Event()

    def send(self, calls: Sequence[Call]) -> list[Answer]:
        """The answers to *calls*, in order. What was not serviced, and what may pass, is sent again."""
        answered: dict[int, Answer] = {}
        waiting = list(range(len(calls)))
        deadline = time.monotonic() + self._transport.retry_deadline
        attempt = 0
        while waiting:
            attempt += 1
            again, delays = [], [0.0]
            for position, answer in self._round(calls, waiting).items():
                delay = _delay(calls[position], answer, attempt)
                # What was not serviced is no failure: each round leaves less of it.
                in_time = delay is not None and (answer.unserviced or time.monotonic() + delay < deadline)
                if delay is not None and in_time and not self._stop.is_set():
                    again.append(position)
                    delays.append(delay)
                else:
                    answered[position] = _final(calls[position], answer, attempt)
            waiting = sorted(again)
            if max(delays):
                self._stop.wait(max(delays))
        return [answered[position] for position in range(len(calls))]

    def _round(self, calls: Sequence[Call], waiting: Sequence[int]) -> dict[int, Answer]:
        """Each of the *waiting* calls sent once, but for those that a batch did not get to."""
        found: dict[int, Answer] = {}
        entries = {}
        for position in waiting:
            if self._pace.available and not calls[position].alone:
                entries[position] = batch_wire.entry(position, calls[position])
        sizes = {position: len(made) for position, made in entries.items()}
        for group in batch_wire.groups(sizes, self._pace.size, LARGEST):
            # One request needs no batch, unless its URL is longer than some proxies let through.
            if not self._pace.available or (len(group) == 1 and len(calls[group[0]].url) <= _LONGEST_URL):
                continue
            found.update(self._post({position: calls[position] for position in group}, entries))
        for position in waiting:
            if position not in found:
                found[position] = self._alone(calls[position])
        return found

    def _post(self, calls: Mapping[int, Call], entries: Mapping[int, bytes]) -> dict[int, Answer]:
        """What one batch gives; nothing for calls that have to be sent alone."""
        began = time.monotonic()
        try:
            reply = self._transport.request(
                "POST",
                batch_wire.PATH,
                data=batch_wire.document(os.urandom(8).hex(), [entries[position] for position in calls]),
                headers={"Content-Type": "application/json"},
                # Writes are repeated here, each by its own kind, and not all together.
                repeatable=all(call.method in _READS for call in calls.values()),
            )
            served = batch_wire.read(reply.body, calls, self._transport.base_url)
        except SnowError as error:
            return self._failed(error, calls)
        received = sum(len(raw.text) for raw in served.raws.values())
        self._pace.note(len(served.raws), time.monotonic() - began, received, len(served.unserviced))
        found = {position: _judged(raw) for position, raw in served.raws.items()}
        found.update({position: Answer(error=error) for position, error in served.broken.items()})
        found.update(_left(served.unserviced, calls))
        lost = {position: Answer(error=_lost(calls[position])) for position in calls if position not in found}
        # The first that was not serviced, and can be done again, may be too large for any batch.
        alone = [position for position in served.unserviced[:1] if calls[position].can_repeat]
        return {position: answer for position, answer in {**lost, **found}.items() if position not in alone}

    def _failed(self, error: SnowError, calls: Mapping[int, Call]) -> dict[int, Answer]:
        if isinstance(error, ResponseError) and not isinstance(error, (AuthenticationFailed, RateLimited)):
            if error.status in _NOT_AVAILABLE:
                self._pace.available = False
                return {}
            if error.status == 413:
                self._pace.refuse(len(calls))
                return {position: Answer(error=_too_large(calls[position]), unserviced=True) for position in calls}
        return {position: Answer(status=error.status, error=_own(error, call)) for position, call in calls.items()}

    def _alone(self, call: Call) -> Answer:
        try:
            reply = self._transport.request(
                call.method,
                call.path,
                params=call.params,
                json=call.json,
                headers=call.headers,
                repeatable=call.method in _READS,
            )
        except SnowError as error:
            return Answer(status=error.status, error=error)
        return Answer(reply.status, reply.headers, reply.body)


def _judged(raw: answers.Raw) -> Answer:
    try:
        return Answer(raw.status, raw.headers, answers.parse(raw))
    except SnowError as error:
        if raw.status in (429, 503):
            error.retry_after = retry.asked_delay(raw.headers, time.time())
        return Answer(raw.status, raw.headers, error=error)


def _left(unserviced: Sequence[int], calls: Mapping[int, Call]) -> dict[int, Answer]:
    """What was not serviced. The first may have been at work, or done with an answer that was too large."""
    found = {}
    for number, position in enumerate(unserviced):
        at_work = number == 0 and not calls[position].can_repeat
        found[position] = Answer(error=_not_reached(calls[position], at_work), unserviced=True, uncertain=at_work)
    return found


def _delay(call: Call, answer: Answer, attempt: int) -> float | None:
    """Seconds after which *call* is sent again; None where its answer is final."""
    if answer.error is None or answer.uncertain:
        return None
    if answer.unserviced:
        return 0.0
    verdict = retry.judge(answer.error, call.can_repeat, attempt, answer.error.retry_after)
    return verdict.delay if verdict.again else None


def _final(call: Call, answer: Answer, attempt: int) -> Answer:
    error = answer.error
    uncertain = (
        error is not None and call.method not in _READS and not answer.unserviced and retry.may_have_happened(error)
    )
    return answer._replace(uncertain=answer.uncertain or uncertain, attempts=attempt)


def _not_reached(call: Call, at_work: bool) -> SnowError:
    request = f"{call.method} {call.path}"
    so = "so nobody knows whether it was done" if at_work else "so it was not done; send it again"
    return UnexpectedResponseFormat(f"The instance reached a limit of the batch at {request}, {so}.", request=request)


def _own(error: SnowError, call: Call) -> SnowError:
    """What the failure of a whole batch means for one request in it: a read leaves nothing to wonder about."""
    if not isinstance(error, OutcomeUnknown) or call.method not in _READS:
        return error
    request = f"{call.method} {call.path}"
    return ConnectionFailed(
        f"The connection broke, or the instance was silent for too long, during a batch with {request}; try again, or "
        "raise instance.timeout.",
        request=request,
    )


def _too_large(call: Call) -> SnowError:
    request = f"{call.method} {call.path}"
    return ResponseError(f"The batch with {request} was too large, so it was not done.", status=413, request=request)


def _lost(call: Call) -> SnowError:
    request = f"{call.method} {call.path}"
    return UnexpectedResponseFormat(f"The answer to the batch says nothing about {request}.", request=request)
