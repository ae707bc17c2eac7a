# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of a table over the Table API (or of another API): read, create, update, delete.

Names and behavior of :class:`Resource` are pysnow's, so that a script ports by changing its import. Source:
ServiceNow documentation, "Table API".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ansible_collections.changegate.snow.plugins.module_utils import checks
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, QueryExpressionError
from ansible_collections.changegate.snow.plugins.module_utils.exchange import Body, result_of, written_record
from ansible_collections.changegate.snow.plugins.module_utils.keys import KEY
from ansible_collections.changegate.snow.plugins.module_utils.listed import Progress, Scope, listed
from ansible_collections.changegate.snow.plugins.module_utils.params import ParamsBuilder, Query
from ansible_collections.changegate.snow.plugins.module_utils.query import check_sys_id
from ansible_collections.changegate.snow.plugins.module_utils.response import Answered, Response, Written, sys_id_of
from ansible_collections.changegate.snow.plugins.module_utils.transport import Transport

if TYPE_CHECKING:
    from typing import Unpack

    from ansible_collections.changegate.snow.plugins.module_utils.attachment import Attachment
    from ansible_collections.changegate.snow.plugins.module_utils.bulk import Bulk, OptionsDict
    from ansible_collections.changegate.snow.plugins.module_utils.bulk_items import Results
    from ansible_collections.changegate.snow.plugins.module_utils.plan import Kinds

#: Rows in one request, and requests under way at once.
PAGE, WINDOW = 1000, 6
#: Bytes that a stream reads at a time.
CHUNK = 65536
_PATH = re.compile(r"(/[A-Za-z0-9_.~%:@!$&'()*+,;=-]+)+\Z")
#: A part that a server takes for "here" or "above", also quoted or with a parameter behind it.
_UPWARDS = re.compile(r"/(\.|%2e){1,2}(;[^/]*)?(/|\Z)|%(2f|5c)", re.IGNORECASE)
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_DELETED = {"status": "record deleted"}


def check_path(path: str | None, name: str = "api_path") -> str:
    """*path* as a part of a URL: begins with one slash, ends without, and holds what a path may hold."""
    if not isinstance(path, str) or not _PATH.match(path) or _UPWARDS.search(path):
        raise InvalidUsage(
            f"{name} is {path!r}; give a path that begins with a slash, does not end with one, and is quoted."
        )
    return path


class Resource:
    """A table (or another API) of one instance.

    :param parameters: what every request sends along; copied, so that changing it here changes nothing elsewhere.
    :param chunk_size: bytes that a streamed response reads at a time.
    :param raise_on_empty: whether a list that answers 404, as version 1 of the Table API does when it is empty, is an
        error.
    """

    def __init__(
        self,
        transport: Transport,
        api_path: str,
        base_path: str = "/api/now",
        parameters: ParamsBuilder | None = None,
        chunk_size: int | None = None,
        raise_on_empty: bool = True,
    ) -> None:
        self._transport = transport
        self._base_path = check_path(base_path, "base_path")
        self._api_path = check_path(api_path)
        self._chunk_size = CHUNK if chunk_size is None else checks.count("chunk_size", chunk_size)
        self._raise_on_empty = raise_on_empty
        self.parameters = parameters.copy() if parameters else ParamsBuilder()

    def __repr__(self) -> str:
        return f"<Resource {self.path}>"

    @property
    def path(self) -> str:
        """The path below the instance's address."""
        return self._base_path + self._api_path

    @property
    def table(self) -> str | None:
        """The table, if this is one."""
        parts = self._api_path.strip("/").split("/")
        return parts[1] if parts[0] == "table" and len(parts) > 1 else None

    @property
    def kinds(self) -> Kinds:
        """Column to kind, as far as they are known; for comparing what was asked with what is there."""
        from ansible_collections.changegate.snow.plugins.module_utils.fields import kinds_of_table

        return kinds_of_table(self.table or "")

    @property
    def transport(self) -> Transport:
        """What sends this resource's requests."""
        return self._transport

    @property
    def base_path(self) -> str:
        return self._base_path

    @property
    def attachments(self) -> Attachment:
        """The attachments of this table's records."""
        from ansible_collections.changegate.snow.plugins.module_utils.attachment import Attachment

        if self.table is None:
            raise InvalidUsage("Attachments belong to a table; use a resource of the Table API.")
        return Attachment(self, self.table)

    def get_record_link(self, sys_id: str) -> str:
        """The full URL of a record."""
        return f"{self._transport.base_url}{self.path}/{check_sys_id(sys_id)}"

    def get(
        self,
        query: Query | None = None,
        limit: int | None = None,
        offset: int | None = None,
        fields: Sequence[str] | None = None,
        stream: bool = False,
        *,
        display_value: bool | str | None = None,
        exclude_reference_link: bool | None = None,
        suppress_pagination_header: bool | None = None,
        page_size: int = PAGE,
        parallel: int = WINDOW,
        progress: Progress | None = None,
    ) -> Response:
        """The records that *query* finds, in a stable order. What is not given is taken from ``parameters``.

        :param limit: records at most; all, if neither this nor ``parameters.limit`` says otherwise.
        :param offset: records to leave out at the beginning.
        :param stream: ``all()`` gives records while they arrive, in bounded memory, instead of a list.
        :param page_size: records in one request. :param parallel: requests under way at once.
        :param progress: called after each page with the number of records so far and of all, if that is known.
        """
        params = self.parameters.copy()
        given = {
            "query": query,
            "limit": limit,
            "offset": offset,
            "fields": fields,
            "display_value": display_value,
            "exclude_reference_link": exclude_reference_link,
            "suppress_pagination_header": suppress_pagination_header,
        }
        for name, value in given.items():
            if value is not None and not (name == "fields" and not value):
                setattr(params, name, value)
        scope = Scope(
            limit=params.limit,
            offset=params.offset or 0,
            size=checks.count("page_size", page_size),
            window=checks.count("parallel", parallel),
            chunk=self._chunk_size,
            progress=checks.function("progress", progress),
        )
        checks.flag("stream", stream)
        return Response(listed(self._transport, self.path, params, scope, not self._raise_on_empty), self, stream)

    def create(self, payload: Mapping[str, Any], *, once: bool = True) -> Written:
        """Insert a record, exactly once, and return it.

        :param once: give a table's record a sys_id, if *payload* has none, by which it is looked up if the answer is
            lost; it is sent again only if it is not there. False sends what *payload* says, and does not look.
        :raises OutcomeUnknown: the answer was lost, and it cannot be found out whether the record was made.
        """
        body, params = _columns(payload), self.parameters.as_dict()
        if checks.flag("once", once) and KEY not in body and self._api_path == f"/table/{self.table}":
            from ansible_collections.changegate.snow.plugins.module_utils.creation import Creation

            reply = Creation(self._transport, self.path, params, body).made()
        else:
            reply = self._transport.request("POST", self.path, params=params, json=body)
        return Written(written_record(reply, f"POST {self.path}"), self, reply.headers, body)

    def update(self, query: Query, payload: Mapping[str, Any]) -> Written:
        """Update the one record that *query* finds and return it; raises like ``Response.one()``."""
        body = _columns(payload)
        return self.update_one(self._found(query), body)

    def delete(self, query: Query) -> Written:
        """Delete the one record that *query* finds; raises like ``Response.one()``."""
        return self.delete_one(self._found(query))

    def update_one(self, sys_id: str, payload: Mapping[str, Any], repeatable: bool | None = None) -> Written:
        """Update the record *sys_id* and return it.

        :param repeatable: whether it may be sent again where its answer is lost; if not said, it may unless it adds
            to a journal.
        :raises OutcomeUnknown: the answer to one that is not repeatable was lost.
        """
        path, body = f"{self.path}/{check_sys_id(sys_id)}", _columns(payload)
        params = self.parameters.as_dict()
        if repeatable is None:
            repeatable = not any(self.kinds.get(name) == "journal" for name in body)
        reply = self._transport.request("PATCH", path, params=params, json=body, repeatable=repeatable)
        return Written(written_record(reply, f"PATCH {path}"), self, reply.headers, body)

    def delete_one(self, sys_id: str) -> Written:
        """Delete the record *sys_id*; raises :class:`NotFound` if it was not there before."""
        from ansible_collections.changegate.snow.plugins.module_utils.once import delete_once

        reply = delete_once(self._transport, f"{self.path}/{check_sys_id(sys_id)}")
        return Written(dict(_DELETED), self, reply.headers if reply else {})

    def insert_many(self, records: Iterable[Mapping[str, Any]], **options: Unpack[OptionsDict]) -> Results:
        """Insert *records* over the Batch API, each once; *options* as in ``bulk.Options``."""
        return self._bulk().insert(records, **options)

    def update_many(
        self, records: Iterable[Mapping[str, Any]], only_changes: bool = False, **options: Unpack[OptionsDict]
    ) -> Results:
        """Update *records*, each with its ``sys_id``; with *only_changes* what differs is found out before."""
        return self._bulk().update(records, only_changes, **options)

    def upsert_many(
        self, records: Iterable[Mapping[str, Any]], match_on: Sequence[str], **options: Unpack[OptionsDict]
    ) -> Results:
        """Insert those of *records* that are not there by the columns *match_on*, and update those that differ."""
        return self._bulk().upsert(records, match_on, **options)

    def delete_many(
        self,
        sys_ids: Iterable[str] | None = None,
        query: Query | None = None,
        at_most: int | None = None,
        **options: Unpack[OptionsDict],
    ) -> Results:
        """Delete the records *sys_ids*, or those that *query* finds, if there are no more than *at_most*."""
        return self._bulk().delete(sys_ids, query, at_most, **options)

    def _bulk(self) -> Bulk:
        from ansible_collections.changegate.snow.plugins.module_utils.bulk import Bulk

        return Bulk(self._transport, self.path, self._api_path, self.parameters)

    def request(
        self,
        method: str,
        path_append: str | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        data: Body | str = None,
        stream: bool = False,
    ) -> Response:
        """Any request below this resource's path.

        :param path_append: what follows the path; a slash before it may be left out.
        :param params: query parameters beside those of ``parameters``. :param json: a body.
        :param data: a body of another type, which *headers* name; a text or bytes is JSON if they do not.
        :param stream: give records while they arrive; the request is sent when they are asked for.
        """
        method = method.upper() if isinstance(method, str) else ""
        if method not in _METHODS:
            raise InvalidUsage(f"method is {method!r}; give one of {', '.join(sorted(_METHODS))}.")
        for name, given in (("params", params), ("headers", headers)):
            if given is not None and not isinstance(given, Mapping):
                raise InvalidUsage(f"{name} is a {type(given).__name__}; give a dict of names and texts.")
        path = self.path + (_appended(path_append) if path_append is not None else "")
        merged = {**self.parameters.as_dict(), **(params or {})}
        if stream:
            if method != "GET" or json is not None or data is not None:
                raise InvalidUsage("stream is for a GET without a body; leave it out.")
            from ansible_collections.changegate.snow.plugins.module_utils.streamed import Once

            return Response(Once(self._transport, path, merged, headers, self._chunk_size), self, True)
        if isinstance(data, (str, bytes)):
            data, headers = data.encode() if isinstance(data, str) else data, _typed(headers or {})
        reply = self._transport.request(method, path, params=merged, json=json, data=data, headers=headers)
        if reply.body is None and method == "DELETE":
            return Response(Answered(lambda: dict(_DELETED), reply.headers), self)
        return Response(Answered(lambda: result_of(reply, f"{method} {path}"), reply.headers), self)

    def _found(self, query: Query) -> str:
        """The key of the one record that *query* finds, which shows that it is what was asked for."""
        from ansible_collections.changegate.snow.plugins.module_utils.cells import record_of
        from ansible_collections.changegate.snow.plugins.module_utils.encoded import Query as Encoded
        from ansible_collections.changegate.snow.plugins.module_utils.proof import check_found, columns_of

        try:
            parsed = Encoded.parse(ParamsBuilder.stringify_query(query))
            columns = columns_of(parsed)
        except QueryExpressionError:
            # A query that nobody here can read is the caller's own affair.
            return sys_id_of(self.get(query=query, fields=[KEY], limit=2).one())
        record = self.get(query=parsed, fields=[KEY, *columns], limit=2, display_value="all").one()
        check_found(self.path, parsed, columns, record_of(record))
        return sys_id_of(record)


def _columns(payload: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(payload, Mapping) or not all(isinstance(name, str) for name in payload):
        raise InvalidUsage(f"A payload is a dict of columns and their values, not {type(payload).__name__}.")
    from json import dumps

    for name, value in payload.items():
        try:
            dumps(value, allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            raise InvalidUsage(
                f"The payload's {name} is a {type(value).__name__} that JSON cannot hold; give a text or a number."
            ) from None
    return dict(payload)


def _appended(path: str | Mapping[str, Any]) -> str:
    """*path* as pysnow takes it: with or without its slash, or the ``sys_id`` cell of a record."""
    text = path.get("value") if isinstance(path, Mapping) else path
    if not isinstance(text, str):
        raise InvalidUsage(f"path_append is {path!r}; give a text, or the sys_id of a record.")
    return check_path(text if text.startswith("/") else f"/{text}", "path_append")


def _typed(headers: Mapping[str, str]) -> Mapping[str, str]:
    """*headers* that say what the body is: JSON, if they did not."""
    said = any(name.lower() == "content-type" for name in headers)
    return headers if said else {**headers, "Content-Type": "application/json"}
