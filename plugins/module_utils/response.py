# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a request found or made, with pysnow's names and behavior."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from ansible_collections.changegate.snow.plugins.module_utils import answers
from ansible_collections.changegate.snow.plugins.module_utils.cells import RawRecord, record_of
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    InvalidIdentity,
    MultipleResults,
    NoResults,
    ReportUnavailable,
)
from ansible_collections.changegate.snow.plugins.module_utils.keys import key_of
from ansible_collections.changegate.snow.plugins.module_utils.query import check_sys_id

if TYPE_CHECKING:
    from ansible_collections.changegate.snow.plugins.module_utils.plan import Miss
    from ansible_collections.changegate.snow.plugins.module_utils.resource import Resource


class Source(Protocol):
    """Where the records of a response come from."""

    def head(self, most: int) -> tuple[list[RawRecord], Mapping[str, str]]:
        """The first records, *most* at most, and the headers of the answer."""

    def rows(self, streamed: bool) -> Iterator[RawRecord]:
        """All records."""


class Response:
    """Records that a request finds. Nothing is sent before they are asked for, and no more than is asked for.

    :param resource: where the records come from; the methods that write go there.
    :param stream: whether :meth:`all` gives the records while they arrive, in bounded memory, instead of a list.
    """

    def __init__(self, source: Source, resource: Resource, stream: bool = False) -> None:
        self._source = source
        self._resource = resource
        self._stream = stream
        self._asked = 0
        self._head: tuple[list[RawRecord], Mapping[str, str]] | None = None
        self._reading: list[Iterator[RawRecord]] = []

    def __repr__(self) -> str:
        return f"<Response of {self._resource.path}>"

    def __enter__(self) -> Response:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Give up what is still being read."""
        for reading in self._reading:
            if isinstance(reading, Generator):
                reading.close()
        self._reading.clear()

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the (first) answer."""
        return self._source.headers if isinstance(self._source, Answered) else self._first_of(1)[1]

    @property
    def count(self) -> int:
        """How many records match on the server, whatever limit was asked for.

        :raises ReportUnavailable: the API does not tell, and there is more than one record.
        """
        records, headers = self._first_of(2)
        total = answers.total_in(headers)
        if total is not None:
            return total
        if len(records) < 2:
            return len(records)
        raise ReportUnavailable(
            f"The answer of {self._resource.path} does not tell how many records match; count those of all()."
        )

    def __getitem__(self, key: str) -> Any:
        return self.one().get(key)

    def __iter__(self) -> Iterator[RawRecord]:
        return iter(self.all())

    def all(self) -> Any:
        """Every matching record, in as many requests as it takes: a list, or an iterator of a streamed response."""
        rows = self._source.rows(self._stream)
        if not self._stream:
            return list(rows)
        self._reading.append(rows)
        return rows

    def first(self) -> RawRecord:
        """The first record; raises :class:`NoResults` if there is none."""
        found = self.first_or_none()
        if found is None:
            raise NoResults(f"No record was found at {self._resource.path}.")
        return found

    def first_or_none(self) -> RawRecord | None:
        return next(iter(self._first_of(1)[0]), None)

    def one(self) -> RawRecord:
        """The only record; raises :class:`NoResults` or :class:`MultipleResults`."""
        found = self.one_or_none()
        if found is None:
            raise NoResults(f"No record was found at {self._resource.path}.")
        return found

    def one_or_none(self) -> RawRecord | None:
        """The only record or None; raises :class:`MultipleResults` if there are more."""
        records, _headers = self._first_of(2)
        if len(records) > 1:
            raise MultipleResults(f"Expected one record at {self._resource.path}, found more.")
        return records[0] if records else None

    def update(self, payload: Mapping[str, Any]) -> Written:
        """Update the record that was found."""
        return self._resource.update_one(sys_id_of(self.one()), payload)

    def delete(self) -> Written:
        """Delete the record that was found."""
        return self._resource.delete_one(sys_id_of(self.one()))

    def upload(self, *args: Any, **kwargs: Any) -> Any:
        """Attach a file to the record that was found; arguments as for ``Attachment.upload``."""
        return self._resource.attachments.upload(sys_id_of(self.one()), *args, **kwargs)

    def _first_of(self, most: int) -> tuple[list[RawRecord], Mapping[str, str]]:
        """What was asked for already, if it is enough."""
        if self._head is None or self._asked < most:
            self._head, self._asked = self._source.head(most), most
        return self._head


class Written(Mapping[str, Any]):
    """The record that a write returned: a dictionary to read from, with the methods of a :class:`Response`.

    ``update`` writes to the record on the server; to change a copy of your own, make one with ``dict(written)``.

    :param asked: what was to be written, to compare with.
    """

    def __init__(
        self, record: RawRecord, resource: Resource, headers: Mapping[str, str], asked: Mapping[str, Any] | None = None
    ) -> None:
        self._record = record
        self._resource = resource
        self.headers = headers
        self._wanted = asked or {}

    def __getitem__(self, key: str) -> Any:
        return self._record[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._record)

    def __len__(self) -> int:
        return len(self._record)

    def __repr__(self) -> str:
        return repr(self._record)

    @property
    def count(self) -> int:
        return 1

    @property
    def unapplied(self) -> list[Miss]:
        """What was to be written and is not in the record that the server returned, field by field.

        A server ignores fields that it does not know or that the user may not write, and answers 200 all the same.
        Entries of journals read back empty and are not judged.
        """
        from ansible_collections.changegate.snow.plugins.module_utils.plan import missed

        return missed(record_of(self._record), self._wanted, self._resource.kinds)

    def all(self) -> list[RawRecord]:
        return [self._record]

    def one(self) -> RawRecord:
        return self._record

    first = first_or_none = one_or_none = one

    def update(self, payload: Mapping[str, Any]) -> Written:
        """Update the record on the server."""
        return self._resource.update_one(sys_id_of(self._record), payload)

    def delete(self) -> Written:
        """Delete the record on the server."""
        return self._resource.delete_one(sys_id_of(self._record))

    def upload(self, *args: Any, **kwargs: Any) -> Any:
        """Attach a file to the record; arguments as for ``Attachment.upload``."""
        return self._resource.attachments.upload(sys_id_of(self._record), *args, **kwargs)


class Answered:
    """The records of one answer that is there already.

    :param result: gives them, or the only one; what it raises is raised when they are asked for, because a caller
        who does not ask may not care what the answer holds.
    """

    def __init__(self, result: Callable[[], Any], headers: Mapping[str, str]) -> None:
        self._result, self.headers = result, headers

    def head(self, most: int) -> tuple[list[RawRecord], Mapping[str, str]]:
        return self._records()[:most], self.headers

    def rows(self, streamed: bool) -> Iterator[RawRecord]:
        yield from self._records()

    def _records(self) -> list[RawRecord]:
        result = self._result()
        return list(result) if isinstance(result, list) else [result]


def sys_id_of(record: Mapping[str, Any]) -> str:
    """The sys_id of a record that was read; raises :class:`InvalidIdentity` if it shows none."""
    key = key_of(record)
    if key is None:
        raise InvalidIdentity("The record was read without its sys_id; add sys_id to fields.")
    return check_sys_id(key)
