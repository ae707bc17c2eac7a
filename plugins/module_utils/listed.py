# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows that a query of one resource finds: its requests, for the ways of paging in ``listing.py``.

Source: ServiceNow documentation, "Table API".
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NamedTuple, Optional
from urllib.parse import urlencode

from ansible_collections.changegate.snow.plugins.module_utils import answers
from ansible_collections.changegate.snow.plugins.module_utils.cells import RawRecord
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    NotFound,
    QueryError,
    UnexpectedResponseFormat,
)
from ansible_collections.changegate.snow.plugins.module_utils.exchange import Reply, Stream, result_of
from ansible_collections.changegate.snow.plugins.module_utils.keys import KEY, KeyRange, key_of
from ansible_collections.changegate.snow.plugins.module_utils.listing import (
    Ask,
    Page,
    There,
    rest_by_key,
    rest_by_position,
)
from ansible_collections.changegate.snow.plugins.module_utils.params import ParamsBuilder
from ansible_collections.changegate.snow.plugins.module_utils.transport import Transport

if TYPE_CHECKING:
    from ansible_collections.changegate.snow.plugins.module_utils.streamed import Arriving

#: APIs whose lists have rows with a key and take ``sysparm_query``, ``sysparm_limit`` and ``sysparm_offset``.
_LISTS = re.compile(r"/(table/[^/]+|attachment)\Z|/sn_chg_rest(/v\d+)?/change(/(normal|standard|emergency|model))?\Z")

#: Characters of a query that certainly fit into a URL.
_SHORT = 300
#: What every proxy lets through, and what a range of keys and an order may add to a query.
_LONGEST_URL, _RANGE = 2000, 150

#: Called after each page with the number of rows so far, and of all rows if that is known.
Progress = Callable[[int, Optional[int]], None]


class Scope(NamedTuple):
    """How much to read, and how.

    :param limit: rows at most; None is all. :param offset: rows to leave out at the beginning.
    :param size: rows in one request. :param window: requests under way at once.
    :param chunk: bytes that a stream reads at a time.
    """

    limit: int | None
    offset: int
    size: int
    window: int
    chunk: int
    progress: Progress | None = None


def listed(
    transport: Transport, path: str, params: ParamsBuilder, scope: Scope, empty_404: bool = False
) -> Listed | InParts:
    """What ``GET path`` finds with *params*, see :class:`Listed`; in parts if its query is too long for a URL.

    What cannot be divided is sent in a batch of one request.
    """
    whole = Listed(transport, path, params, scope, empty_404)
    if not whole.in_pages or len(params.query) <= _SHORT:
        return whole
    from ansible_collections.changegate.snow.plugins.module_utils.splitting import parts_of

    parts = parts_of(params.query, whole.room)
    if len(parts) < 2:
        return whole
    # Rows that one part leaves out at its beginning could be another's.
    open_end = scope._replace(limit=None, offset=0, progress=None)
    return InParts([Listed(transport, path, _with_query(params, part), open_end, empty_404) for part in parts], scope)


def _with_query(params: ParamsBuilder, query: str) -> ParamsBuilder:
    changed = params.copy()
    changed.query = query
    return changed


class Listed:
    """What ``GET path`` finds with *params*, within *scope*.

    :param empty_404: whether a 404 means an empty list, as version 1 of the Table API has it.
    """

    def __init__(
        self, transport: Transport, path: str, params: ParamsBuilder, scope: Scope, empty_404: bool = False
    ) -> None:
        self._transport = transport
        self.path = path
        self._scope = scope
        self._empty_404 = empty_404
        self._params = params.copy()
        self._query = params.query
        # Columns by name exclude a query, and with it every order that is not the server's own.
        self.in_pages = bool(_LISTS.search(path)) and all(name.startswith("sysparm_") for name in params.custom_params)
        self._hides_key = self.in_pages and bool(params.fields) and KEY not in params.fields.split(",")
        if self._hides_key:
            self._params.fields = [*params.fields.split(","), KEY]

    @property
    def room(self) -> int:
        """Characters that a URL has left for a query, a range of keys aside."""
        others = {**self.asked(Ask(10**9, 10**5)), "sysparm_query": ""}
        return _LONGEST_URL - len(self._transport.base_url + self.path) - len(urlencode(others)) - _RANGE

    def head(self, most: int) -> tuple[list[RawRecord], Mapping[str, str]]:
        """The first rows, *most* at most, and the headers of the answer."""
        size = most if self._scope.limit is None else min(most, self._scope.limit)
        page, headers = self._answer(Ask(self._scope.offset, size))
        return [self._shown(row) for row in page.records[:size]], headers

    def rows(self, streamed: bool) -> Iterator[RawRecord]:
        """All rows; *streamed* ones are given out while the first answer still arrives."""
        for _row, shown in self.keyed_rows(streamed):
            yield shown

    def keyed_rows(self, streamed: bool) -> Iterator[tuple[RawRecord, RawRecord]]:
        """All rows, with their key and as they are to be shown."""
        scope = self._scope
        if scope.limit == 0:
            return
        ask = Ask(scope.offset, scope.size if scope.limit is None else min(scope.size, scope.limit))
        arriving = streamed and self._fits(self.asked(ask))
        first = self._arriving(ask) if arriving else There(self.page(ask))
        done = 0
        for batch in itertools.chain([first], self._rest(first)):
            for row in itertools.islice(batch, None if scope.limit is None else scope.limit - done):
                done += 1
                yield row, self._shown(row)
            # Not while the next one is waited for.
            del batch
            if scope.progress is not None:
                scope.progress(done, self._foreseen(first.page))

    def _foreseen(self, first: Page) -> int | None:
        """How many rows there will be."""
        if first.total is None:
            return None
        left = max(0, first.total - self._scope.offset)
        return left if self._scope.limit is None else min(left, self._scope.limit)

    def _arriving(self, ask: Ask) -> Arriving:
        from ansible_collections.changegate.snow.plugins.module_utils.streamed import Arriving

        return Arriving(self, ask, self._scope.chunk)

    def _rest(self, begun: Arriving | There) -> Iterator[list[RawRecord]]:
        """The rows behind the first page, which has been read by the time that they are asked for."""
        scope, first = self._scope, begun.page
        left = None if scope.limit is None else scope.limit - first.ask.size
        if not self.in_pages or left == 0 or first.ends():
            return
        if scope.limit is None and first.total is not None and first.is_full and self._is_keyed(first):
            yield from rest_by_key(self.page, first, scope.size, scope.window)
        else:
            yield from rest_by_position(self.page, first, scope.size, scope.window, left)

    def _is_keyed(self, first: Page) -> bool:
        """Whether what is left can be asked for by key: no other order, every row shows its key, and a query that
        can be joined with a range of keys."""
        if "ORDERBY" in self._query or any(key_of(row) is None for row in first.records):
            return False
        from ansible_collections.changegate.snow.plugins.module_utils.encoded import Query

        try:
            Query.parse(self._query)
        except QueryError:
            return False
        return True

    def page(self, ask: Ask) -> Page:
        return self._answer(ask)[0]

    def _answer(self, ask: Ask) -> tuple[Page, Mapping[str, str]]:
        try:
            reply = self._send(self.asked(ask))
        except NotFound:
            if not self._empty_404:
                raise
            return Page(ask, [], 0), {}
        result = result_of(reply, f"GET {self.path}")
        records = list(result) if isinstance(result, list) else [result]
        if self.in_pages and not all(isinstance(row, dict) for row in records):
            raise UnexpectedResponseFormat(
                f"{self.path} answered with something else than records; look at the instance's logs.",
                request=f"GET {self.path}",
            )
        total = answers.total_in(reply.headers) if isinstance(result, list) else len(records)
        return Page(ask, records, total).believed(), reply.headers

    def _send(self, params: Mapping[str, str]) -> Reply:
        if self._fits(params):
            return self._transport.request("GET", self.path, params=params)
        # In a batch the URL is part of a body, which may be long. Few lists need this, so that it is imported late.
        from ansible_collections.changegate.snow.plugins.module_utils.batch import Batch

        batch = Batch(self._transport)
        batch.add("GET", self.path, params=params)
        (answer,) = batch.send()
        if answer.error is not None:
            raise answer.error
        return Reply(answer.status or 200, answer.headers, answer.body)

    def _fits(self, params: Mapping[str, str]) -> bool:
        return len(self._transport.base_url + self.path) + len(urlencode(params)) < _LONGEST_URL

    def asked(self, ask: Ask) -> dict[str, str]:
        """The parameters of one request."""
        params = self._params.copy()
        if self.in_pages:
            params.query = self._query_within(ask.within)
            params.limit, params.offset = ask.size, ask.offset
        else:
            if self._scope.limit is not None:
                params.limit = self._scope.limit
            if self._scope.offset:
                params.offset = self._scope.offset
        return params.as_dict()

    def stream(self, ask: Ask) -> AbstractContextManager[Stream]:
        """One request whose answer is still to be read."""
        return self._transport.stream("GET", self.path, params=self.asked(ask))

    def _query_within(self, within: KeyRange | None) -> str:
        if within is None:
            return sorted_by_key(self._query)
        from ansible_collections.changegate.snow.plugins.module_utils.encoded import Condition, Query

        upper = [Condition(KEY, "<=", within.upper)] if within.upper is not None else []
        inside = Query.where(Condition(KEY, ">=", within.lower), *upper)
        return str((Query.parse(self._query) & inside).ordered((KEY, False)))

    def _shown(self, row: Any) -> Any:
        if self._hides_key and isinstance(row, dict):
            # A copy: paging still looks at the key of this one.
            return {column: value for column, value in row.items() if column != KEY}
        return row


class InParts:
    """What several queries find together, each row once: the parts of one that is too long for a URL."""

    def __init__(self, parts: Sequence[Listed], scope: Scope) -> None:
        self._parts = parts
        self._scope = scope

    def head(self, most: int) -> tuple[list[RawRecord], Mapping[str, str]]:
        """The first rows, *most* at most, and headers; of those none says how many rows there are in all."""
        return list(itertools.islice(self.rows(False), most)), {}

    def rows(self, streamed: bool) -> Iterator[RawRecord]:
        """All rows."""
        rows = itertools.islice(self._each_once(streamed), self._scope.offset, None)
        done = 0
        for row in itertools.islice(rows, self._scope.limit):
            done += 1
            yield row
            if self._scope.progress is not None and done % self._scope.size == 0:
                self._scope.progress(done, None)
        if self._scope.progress is not None:
            self._scope.progress(done, done)

    def _each_once(self, streamed: bool) -> Iterator[RawRecord]:
        known: set[str | None] = set()
        for part in self._parts:
            for row, shown in part.keyed_rows(streamed):
                key = key_of(row)
                if key is None or key not in known:
                    known.add(key)
                    yield shown


def sorted_by_key(query: str) -> str:
    """*query* with a unique last sort key: without one, pages repeat rows and lose others."""
    if "ORDERBYsys_id" in query or "ORDERBYDESCsys_id" in query:
        return query
    return f"{query}^ORDERBYsys_id" if query else "ORDERBYsys_id"
