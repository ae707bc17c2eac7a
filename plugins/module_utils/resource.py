# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of a table over the Table API: read, create, update, delete, page by page.

Names and behavior of :class:`Resource` and :class:`Response` are pysnow's, so that a script ports by changing its
import. Source: ServiceNow documentation, "Table API".
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    InvalidUsage,
    MissingResult,
    MultipleResults,
    NoResults,
    UnexpectedResponseFormat,
)
from ansible_collections.changegate.snow.plugins.module_utils.exchange import Reply
from ansible_collections.changegate.snow.plugins.module_utils.params import ParamsBuilder, Query
from ansible_collections.changegate.snow.plugins.module_utils.query import check_sys_id
from ansible_collections.changegate.snow.plugins.module_utils.transport import Transport

if TYPE_CHECKING:
    from ansible_collections.changegate.snow.plugins.module_utils.attachment import Attachment

PAGE = 1000
RawRecord = dict[str, Any]


def result_of(reply: Reply, request: str) -> Any:
    """The ``result`` of an answer; raises :class:`MissingResult` where there is none."""
    if not isinstance(reply.body, Mapping) or "result" not in reply.body:
        raise MissingResult(
            f"The answer to {request} holds no result; check that the path belongs to an API of this instance.",
            status=reply.status,
            request=request,
        )
    return reply.body["result"]


def check_path(path: str | None) -> str:
    """*path* as a part of a URL: begins with one slash and ends without."""
    if not isinstance(path, str) or not path.startswith("/") or path.endswith("/"):
        raise InvalidUsage(f"The path {path!r} must begin with a slash and not end with one.")
    return path


class Response:
    """Records that a request found, fetched when they are asked for.

    :param replies: the answers, one a page.
    :param resource: where the records came from; the methods that write go there.
    """

    def __init__(self, replies: Iterator[Reply], resource: Resource) -> None:
        self._resource = resource
        self._first = next(replies)
        self._replies = replies

    @property
    def headers(self) -> Mapping[str, str]:
        return self._first.headers

    @property
    def count(self) -> int:
        """How many records match on the server, whatever limit was asked for."""
        total = self.headers.get("X-Total-Count")
        return int(total) if total is not None else len(_records(self._first, self._resource.path))

    def __getitem__(self, key: str) -> Any:
        return self.one().get(key)

    def __iter__(self) -> Iterator[RawRecord]:
        return self.all()

    def all(self) -> Iterator[RawRecord]:
        """Every matching record, further pages being fetched on the way."""
        for reply in itertools.chain((self._first,), self._replies):
            yield from _records(reply, self._resource.path)

    def first(self) -> RawRecord:
        """The first record; raises :class:`NoResults` if there is none."""
        found = self.first_or_none()
        if found is None:
            raise NoResults(f"No record was found at {self._resource.path}.")
        return found

    def first_or_none(self) -> RawRecord | None:
        return next(iter(_records(self._first, self._resource.path)), None)

    def one(self) -> RawRecord:
        """The only record; raises :class:`NoResults` or :class:`MultipleResults`."""
        found = self.one_or_none()
        if found is None:
            raise NoResults(f"No record was found at {self._resource.path}.")
        return found

    def one_or_none(self) -> RawRecord | None:
        """The only record or None; raises :class:`MultipleResults` if there are more."""
        records = _records(self._first, self._resource.path)
        if len(records) > 1:
            raise MultipleResults(f"Expected one record at {self._resource.path}, found {len(records)}.")
        return records[0] if records else None

    def update(self, payload: Mapping[str, Any]) -> RawRecord:
        """Update the record that was found."""
        return self._resource.patch(_sys_id_of(self.one()), payload)

    def delete(self) -> dict[str, str]:
        """Delete the record that was found."""
        return self._resource.remove(_sys_id_of(self.one()))

    def upload(self, *args: Any, **kwargs: Any) -> RawRecord:
        """Attach a file to the record that was found; arguments as for ``Attachment.upload``."""
        return self._resource.attachments.upload(_sys_id_of(self.one()), *args, **kwargs)


def _records(reply: Reply, path: str) -> list[RawRecord]:
    result = result_of(reply, path)
    return list(result) if isinstance(result, list) else [result]


def _sys_id_of(record: RawRecord) -> str:
    raw = record.get("sys_id")
    return check_sys_id(str(raw.get("value") if isinstance(raw, Mapping) else raw))


class Resource:
    """A table (or another API) of one instance."""

    def __init__(
        self,
        transport: Transport,
        api_path: str,
        base_path: str = "/api/now",
        parameters: ParamsBuilder | None = None,
    ) -> None:
        self._transport = transport
        self._base_path = check_path(base_path)
        self._api_path = check_path(api_path)
        self.parameters = parameters.copy() if parameters else ParamsBuilder()

    def __repr__(self) -> str:
        return f"<Resource {self.path}>"

    @property
    def path(self) -> str:
        return self._base_path + self._api_path

    @property
    def attachments(self) -> Attachment:
        """The attachments of this table's records."""
        from ansible_collections.changegate.snow.plugins.module_utils.attachment import Attachment

        parts = self._api_path.strip("/").split("/")
        if parts[0] != "table" or len(parts) < 2:
            raise InvalidUsage("Attachments belong to a table; use a resource of the Table API.")
        return Attachment(self._transport, parts[1], self._base_path)

    def get_record_link(self, sys_id: str) -> str:
        """The full URL of a record."""
        return f"{self._transport.base_url}{self.path}/{sys_id}"

    def get(
        self,
        query: Query = "",
        limit: int | None = None,
        offset: int = 0,
        fields: Sequence[str] | None = None,
    ) -> Response:
        """The records that *query* finds, *limit* at most, from *offset* on, in a stable order."""
        params = self.parameters.copy()
        if query:
            params.query = query
        if fields:
            params.fields = fields
        return Response(self._pages(params, limit, offset), self)

    def create(self, payload: Mapping[str, Any]) -> RawRecord:
        """Insert a record and return it."""
        reply = self._transport.request("POST", self.path, params=self.parameters.as_dict(), json=dict(payload))
        return _single(result_of(reply, f"POST {self.path}"))

    def update(self, query: Query, payload: Mapping[str, Any]) -> RawRecord:
        """Update the one record that *query* finds and return it."""
        return self.get(query=query, limit=2).update(payload)

    def delete(self, query: Query) -> dict[str, str]:
        """Delete the one record that *query* finds."""
        return self.get(query=query, limit=2).delete()

    def patch(self, sys_id: str, payload: Mapping[str, Any], repeatable: bool = True) -> RawRecord:
        """Update the record *sys_id* and return it; not *repeatable* is one that adds to a journal."""
        path = f"{self.path}/{check_sys_id(sys_id)}"
        reply = self._transport.request(
            "PATCH", path, params=self.parameters.as_dict(), json=dict(payload), repeatable=repeatable
        )
        return _single(result_of(reply, f"PATCH {path}"))

    def remove(self, sys_id: str) -> dict[str, str]:
        """Delete the record *sys_id*."""
        self._transport.request("DELETE", f"{self.path}/{check_sys_id(sys_id)}")
        return {"status": "record deleted"}

    def request(
        self,
        method: str,
        path_append: str | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        data: bytes | None = None,
    ) -> Response:
        """Any request below this resource's path."""
        path = self.path + (check_path(path_append) if path_append else "")
        merged = {**self.parameters.as_dict(), **(params or {})}
        reply = self._transport.request(method, path, params=merged, json=json, data=data, headers=headers)
        return Response(iter((reply,)), self)

    def _pages(self, params: ParamsBuilder, limit: int | None, offset: int) -> Iterator[Reply]:
        """One answer a page. Pages go by the total, because row ACLs make pages short before the last one."""
        wanted, last = limit, None
        params.query = _sorted_by_key(params.query or "")
        while True:
            size = PAGE if wanted is None else min(PAGE, wanted)
            params.limit, params.offset = size, offset
            reply = self._transport.request("GET", self.path, params=params.as_dict())
            yield reply
            offset += size
            if wanted is not None:
                wanted -= size
            if wanted == 0 or not _goes_on(reply, self.path, offset, size):
                return
            if reply.body == last:
                raise UnexpectedResponseFormat(f"{self.path} answers every page with the same records; give a limit.")
            last = reply.body


def _goes_on(reply: Reply, path: str, offset: int, size: int) -> bool:
    """Whether there may be records from *offset* on; without a total, as long as pages are full."""
    total = reply.headers.get("X-Total-Count")
    return offset < int(total) if total is not None else len(_records(reply, path)) >= size


def _sorted_by_key(query: str) -> str:
    """*query* with a unique last sort key: without one, pages repeat rows and lose others."""
    if "ORDERBYsys_id" in query or "ORDERBYDESCsys_id" in query:
        return query
    return f"{query}^ORDERBYsys_id" if query else "ORDERBYsys_id"


def _single(result: Any) -> RawRecord:
    """A write's record; some answers wrap it into a list of one."""
    record = result[0] if isinstance(result, list) and len(result) == 1 else result
    if not isinstance(record, Mapping) or not record:
        raise MissingResult("The answer to a write does not hold one record; look whether it was done.")
    return dict(record)
