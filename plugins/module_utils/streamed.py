# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records of an answer that is read while it arrives."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from ansible_collections.changegate.snow.plugins.module_utils import answers
from ansible_collections.changegate.snow.plugins.module_utils.cells import RawRecord
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    ConnectionFailed,
    ResponseError,
    UnexpectedResponseFormat,
)
from ansible_collections.changegate.snow.plugins.module_utils.exchange import Stream
from ansible_collections.changegate.snow.plugins.module_utils.keys import KEY, key_of
from ansible_collections.changegate.snow.plugins.module_utils.listing import Ask, Page
from ansible_collections.changegate.snow.plugins.module_utils.records import records_in
from ansible_collections.changegate.snow.plugins.module_utils.transport import Transport


class Pages(Protocol):
    """A list whose pages can be asked for whole, or as a stream."""

    path: str

    def page(self, ask: Ask) -> Page: ...

    def stream(self, ask: Ask) -> AbstractContextManager[Stream]: ...


class Once:
    """The records of one GET that is sent when they are asked for, and read while they arrive."""

    def __init__(
        self, transport: Transport, path: str, params: Mapping[str, str], headers: Mapping[str, str] | None, chunk: int
    ) -> None:
        self._transport = transport
        self._path = path
        self._params = params
        self._sent_headers = headers
        self._chunk = chunk

    def head(self, most: int) -> tuple[list[RawRecord], Mapping[str, str]]:
        """The first records, *most* at most, and the headers of the answer; the rest is not read."""
        with self._open() as stream:
            return list(itertools.islice(self._records(stream), most)), stream.headers

    def rows(self, streamed: bool) -> Iterator[RawRecord]:
        """All records."""
        with self._open() as stream:
            yield from self._records(stream)

    def _open(self) -> AbstractContextManager[Stream]:
        return self._transport.stream("GET", self._path, params=self._params, headers=self._sent_headers)

    def _records(self, stream: Stream) -> Iterator[RawRecord]:
        return streamed_records(stream, self._path, self._chunk)


def streamed_records(stream: Stream, path: str, chunk: int) -> Iterator[RawRecord]:
    """The records of an answer to ``GET path``, read *chunk* bytes at a time."""
    raw = answers.Raw("GET", path, stream.status, stream.headers, "")
    return records_in(stream.blocks(chunk), lambda body: answers.refusal(raw, body))


class Arriving:
    """The rows of the first page while they arrive; what is remembered of them is their keys.

    An answer that breaks off is asked for again, whole, and what was given out already is left out.
    """

    def __init__(self, source: Pages, ask: Ask, chunk: int) -> None:
        self._source, self._chunk = source, chunk
        self.page = Page(ask, [], None)

    def __iter__(self) -> Iterator[RawRecord]:
        with self._source.stream(self.page.ask) as stream:
            self.page = self.page._replace(total=answers.total_in(stream.headers))
            try:
                for row in streamed_records(stream, self._source.path, self._chunk):
                    if not isinstance(row, dict):
                        raise UnexpectedResponseFormat(f"{self._source.path} answered with {row!r} as a record.")
                    self._note(row)
                    yield row
                self.page = self.page.believed()
                return
            except (ConnectionFailed, UnexpectedResponseFormat, ResponseError):
                if any(row[KEY] is None for row in self.page.records):
                    raise
        yield from self._missing()

    def _missing(self) -> Iterator[RawRecord]:
        known = {row[KEY] for row in self.page.records}
        again = self._source.page(self.page.ask)
        self.page = self.page._replace(total=again.total)
        for row in again.records:
            if key_of(row) not in known:
                self._note(row)
                yield row

    def _note(self, row: RawRecord) -> None:
        self.page.records.append({KEY: key_of(row)})
