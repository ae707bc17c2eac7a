# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request as it goes out, and its answer as it comes in: whole, or as a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Union

from ansible_collections.changegate.snow.plugins.module_utils.auth import NoAuth
from ansible_collections.changegate.snow.plugins.module_utils.errors import EmptyContent, MissingResult, SnowError

if TYPE_CHECKING:
    import requests

#: The body of a request; a callable opens it, anew for each attempt, as blocks whose ``len()`` is known or a file.
Body = Union[bytes, Mapping[str, str], Callable[[], AbstractContextManager[Iterable[bytes]]], None]


class Reply(NamedTuple):
    """A good answer: status, headers (names in any case), and the parsed JSON (None if empty)."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Order(NamedTuple):
    """A request as it is sent, as often as it takes."""

    method: str
    path: str
    params: Mapping[str, str] | None
    json: Any
    data: Body
    headers: Mapping[str, str] | None
    auth: NoAuth | None
    streamed: bool = False

    @contextmanager
    def body(self) -> Iterator[bytes | Mapping[str, str] | Iterable[bytes] | None]:
        """What to send, opened for one attempt and closed after it."""
        if not callable(self.data):
            yield self.data
            return
        with self.data() as opened:
            yield opened


class Stream:
    """A good answer whose body is still on its way; :meth:`blocks` can be read once."""

    def __init__(self, response: requests.Response, translate: Callable[[Exception], SnowError]) -> None:
        self._response = response
        self._translate = translate
        self.status: int = response.status_code
        self.headers: Mapping[str, str] = response.headers

    def blocks(self, size: int) -> Iterator[bytes]:
        """The body in blocks of *size* bytes, decompressed; raises :class:`ConnectionFailed` where it breaks off."""
        try:
            yield from self._response.iter_content(size)
        except OSError as error:
            # What requests raises is an OSError, too.
            raise self._translate(error) from error

    def close(self) -> None:
        self._response.close()


def result_of(reply: Reply, request: str) -> Any:
    """The ``result`` of an answer; raises :class:`MissingResult` where there is none."""
    if reply.body is None:
        raise EmptyContent(
            f"The answer to {request} is empty (status {reply.status}); look at the instance what became of it.",
            status=reply.status,
            request=request,
        )
    if not isinstance(reply.body, Mapping) or "result" not in reply.body:
        raise MissingResult(
            f"The answer to {request} holds no result; check that the path belongs to an API of this instance.",
            status=reply.status,
            request=request,
        )
    return reply.body["result"]


def written_record(reply: Reply, request: str) -> dict[str, Any]:
    """The record that a write returned; some answers wrap it into a list of one. Raises :class:`MissingResult`."""
    result = result_of(reply, request)
    record = result[0] if isinstance(result, list) and len(result) == 1 else result
    if not isinstance(record, Mapping) or not record:
        raise MissingResult(
            f"The answer to {request} does not hold one record; look whether it was done.",
            status=reply.status,
            request=request,
        )
    return dict(record)
