# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operations of the Change Management API have in common: one record, a list, a write, a delete, a worker."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Optional

from ansible_collections.changegate.snow.plugins.module_utils import answers, checks
from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, record_of
from ansible_collections.changegate.snow.plugins.module_utils.change_answers import (
    ignored_fields,
    record_in,
    refuse_ignored,
    unwrap,
    unwrap_list,
)
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, WorkerTimedOut
from ansible_collections.changegate.snow.plugins.module_utils.query import check_sys_id

if TYPE_CHECKING:
    from typing import Unpack

    from ansible_collections.changegate.snow.plugins.module_utils.change_lists import ListOptions, Page, Wanted
    from ansible_collections.changegate.snow.plugins.module_utils.change_waiting import Clock
    from ansible_collections.changegate.snow.plugins.module_utils.change_workers import Worker
    from ansible_collections.changegate.snow.plugins.module_utils.change_writes import Columns, Written
    from ansible_collections.changegate.snow.plugins.module_utils.exchange import Reply
    from ansible_collections.changegate.snow.plugins.module_utils.params import Query
    from ansible_collections.changegate.snow.plugins.module_utils.plan import Kinds
    from ansible_collections.changegate.snow.plugins.module_utils.transport import Transport

ROOT = "/api/sn_chg_rest/change"
Progress = Optional[Callable[["Worker"], object]]


class ChangeCalls:
    """Every sys_id is checked before it becomes part of a path; nothing is sent on arguments that make no sense.

    :param version: of the API, such as ``v1``; without it the instance takes its default.
    :param clock: how time passes while workers are waited for.
    """

    def __init__(self, transport: Transport, version: str | None = None, *, clock: Clock | None = None) -> None:
        from ansible_collections.changegate.snow.plugins.module_utils.change_waiting import Clock
        from ansible_collections.changegate.snow.plugins.module_utils.transport import Transport

        if not isinstance(transport, Transport):
            raise InvalidUsage(f"transport is a {type(transport).__name__}; give client.transport.")
        if version is not None and not _is_version(version):
            raise InvalidUsage(f"version is {version!r}; give v1 or the like, or leave it out for the latest.")
        #: The path that all operations have in common.
        self.root = f"/api/sn_chg_rest/{version}/change" if version else ROOT
        self._transport = transport
        self._clock = clock or Clock()

    @property
    def sent(self) -> int:
        """How many requests have been sent so far, repeated ones included."""
        return self._transport.count

    def worker(self, sys_id: str) -> Worker:
        """GET /sn_chg_rest/change/worker/{sys_id}: how far a worker is; raises :class:`NotFound`."""
        from ansible_collections.changegate.snow.plugins.module_utils.change_workers import worker_of

        sys_id = check_sys_id(sys_id, "the sys_id of the worker")
        path = f"/worker/{sys_id}"
        reply = self._get(path)
        found = worker_of(reply.body, self._name("GET", path), sys_id)
        return found._replace(seen=answers.moment_in(reply.headers))

    def wait(self, worker: Worker | str, timeout: float = 120.0, progress: Progress = None) -> Worker:
        """The *worker* (or the one with that sys_id) when it has ended; it is looked at with growing pauses.

        :param timeout: seconds.
        :param progress: called with the worker each time that it was looked at; what it raises ends the waiting.
        :raises NotFound: the instance knows no such worker.
        :raises WorkerFailed: it ended in an error, with its messages.
        :raises WorkerTimedOut: it has not ended; it goes on, and can be waited for again.
        """
        from ansible_collections.changegate.snow.plugins.module_utils.change_waiting import check_timeout, last_look
        from ansible_collections.changegate.snow.plugins.module_utils.change_workers import Worker, failure_of

        checks.function("progress", progress)
        seconds, fresh = check_timeout(timeout), isinstance(worker, Worker)
        sys_id = check_sys_id(worker.sys_id if isinstance(worker, Worker) else worker, "the sys_id of the worker")
        last = last_look(lambda: self.worker(sys_id), lambda it: it.ended, seconds, progress, self._clock, fresh)
        if last.failed:
            raise failure_of(last)
        if not last.ended:
            raise WorkerTimedOut(
                f"The worker {sys_id} ({last.kind}) is still {last.label or last.state} after {seconds:g} seconds; "
                "wait for it again or give it more time.",
                detail=last.label,
            )
        return last

    def _name(self, method: str, path: str) -> str:
        """The request as errors name it."""
        return f"{method} {self.root}{path}"

    def _get(self, path: str, params: Mapping[str, str] | None = None) -> Reply:
        return self._transport.request("GET", self.root + path, params=params)

    def _one(self, path: str, sys_id: str) -> dict[str, Cell]:
        return record_in(self._get(path).body, self._name("GET", path), sys_id)

    def _list(
        self, path: str, query: Query | None, fixed: Mapping[str, str] | None = None, **options: Unpack[ListOptions]
    ) -> Iterator[dict[str, Cell]]:
        """The arguments are checked here and now, the records are fetched as they are asked for."""
        from ansible_collections.changegate.snow.plugins.module_utils.change_lists import wanted

        return self._records(path, wanted(query, **options), fixed or {})

    def _records(self, path: str, asked: Wanted, fixed: Mapping[str, str]) -> Iterator[dict[str, Cell]]:
        from ansible_collections.changegate.snow.plugins.module_utils.change_lists import Page, rows_of

        request = self._name("GET", path)

        def fetch(offset: int, size: int) -> Page:
            window = {"sysparm_limit": str(size), **({"sysparm_offset": str(offset)} if offset else {})}
            reply = self._get(path, {**fixed, **asked.params, **window})
            refuse_ignored(reply.body, request)
            return Page(unwrap_list(reply.body, request), answers.total_in(reply.headers))

        return (record_of(row) for row in rows_of(fetch, asked, request))

    def _write(
        self,
        method: str,
        path: str,
        columns: Columns,
        kinds: Kinds,
        strict: bool,
        display: Collection[str] = (),
        sys_id: str | None = None,
    ) -> Written:
        """Send *columns*, and hold the record that comes back to them; *sys_id* is the one that it has to have."""
        from ansible_collections.changegate.snow.plugins.module_utils.change_writes import (
            body_of,
            check_applied,
            payload_from,
            written,
        )

        checks.flag("strict", strict)
        payload = payload_from(columns, display, kinds)
        if sys_id is not None and (not payload.texts or "sys_id" in payload.texts):
            raise InvalidUsage("An update takes at least one column, and never sys_id, which cannot be changed.")
        # The URL is as short as can be: columns may hold what no log should.
        repeatable = payload.repeatable and method != "POST"
        reply = self._transport.request(method, self.root + path, json=body_of(payload), repeatable=repeatable)
        request = self._name(method, path)
        record = record_in(reply.body, request, sys_id)
        result = written(record, ignored_fields(unwrap(reply.body, request)), payload, kinds)
        return check_applied(result, request) if strict else result

    def _delete(self, path: str, sys_id: str) -> dict[str, Cell]:
        """The record as it was; empty where its deletion went through and the answer was lost."""
        request = self._name("DELETE", path)
        from ansible_collections.changegate.snow.plugins.module_utils.once import delete_once

        reply = delete_once(self._transport, self.root + path)
        return {} if reply is None or reply.body is None else record_in(reply.body, request, sys_id)

    def _start(
        self,
        method: str,
        path: str,
        wait: float | None,
        progress: Progress,
        params: Mapping[str, str] | None = None,
        json: Any = None,
    ) -> Worker:
        """Start a worker, and wait for it for *wait* seconds; None does not."""
        from ansible_collections.changegate.snow.plugins.module_utils.change_waiting import check_timeout
        from ansible_collections.changegate.snow.plugins.module_utils.change_workers import worker_of

        checks.function("progress", progress)
        if wait is not None:
            check_timeout(wait, "wait")
        reply = self._transport.request(method, self.root + path, params=params, json=json)
        started = worker_of(reply.body, self._name(method, path))
        return started if wait is None else self.wait(started, wait, progress)


def _is_version(text: object) -> bool:
    return isinstance(text, str) and text[:1] == "v" and text[1:].isdecimal() and text.isascii()
