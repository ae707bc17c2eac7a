# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files attached to records, of any size: sent and received in blocks, and compared by their hash at both ends.

Names and behavior are pysnow's where it has them. Source: ServiceNow documentation, "Attachment API".
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any

from ansible_collections.changegate.snow.plugins.module_utils import checks
from ansible_collections.changegate.snow.plugins.module_utils.cells import RawRecord
from ansible_collections.changegate.snow.plugins.module_utils.content import (
    Content,
    check_name,
    content_of,
    content_of_file,
)
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    InvalidUsage,
    MissingResult,
    ResponseError,
)
from ansible_collections.changegate.snow.plugins.module_utils.exchange import Reply, result_of
from ansible_collections.changegate.snow.plugins.module_utils.once import delete_once, exactly_once
from ansible_collections.changegate.snow.plugins.module_utils.outgoing import (
    is_same,
    multipart_body,
    raw_body,
    verify,
    verify_name,
)
from ansible_collections.changegate.snow.plugins.module_utils.params import ParamsBuilder, Query
from ansible_collections.changegate.snow.plugins.module_utils.query import all_of, check_sys_id, check_table

if TYPE_CHECKING:
    from ansible_collections.changegate.snow.plugins.module_utils.download import Downloaded, Incoming
    from ansible_collections.changegate.snow.plugins.module_utils.resource import Resource


class Uploaded(dict[str, Any]):
    """The record of an upload, which is read like any dict, or with the names of pysnow's answer."""

    def one(self) -> RawRecord:
        return dict(self)

    first = one

    def all(self) -> list[RawRecord]:
        return [dict(self)]


class Attachment:
    """The attachments of one table's records; ``client.table(name).attachments`` makes it.

    :param resource: a resource of the instance; only its connection and base path are used.
    :param table_name: the table that the records are in, as the attachments name it.
    """

    def __init__(self, resource: Resource, table_name: str) -> None:
        from ansible_collections.changegate.snow.plugins.module_utils.resource import Resource

        if not isinstance(resource, Resource):
            raise InvalidUsage(f"Attachments take a resource, not {type(resource).__name__}; use resource.attachments.")
        self._transport = resource.transport
        self._base_path = resource.base_path
        self.table_name = check_table(table_name)

    def __repr__(self) -> str:
        return f"<Attachment of {self.table_name}>"

    def get(self, sys_id: str | None = None, limit: int | None = 100) -> list[RawRecord]:
        """The attachments of the record *sys_id*, all of them; or of all records of the table, *limit* at most."""
        if limit is not None:
            checks.count("limit", limit)
        if sys_id is None:
            return list(self._find(all_of({"table_name": self.table_name}), limit))
        return list(self.find({"table_sys_id": check_sys_id(sys_id)}))

    def find(self, query: Query = "") -> Iterator[RawRecord]:
        """The attachments of the table's records that *query* finds, or all of them, fetched page by page."""
        from ansible_collections.changegate.snow.plugins.module_utils.encoded import Query as EncodedQuery

        own = EncodedQuery.parse(all_of({"table_name": self.table_name}))
        text = ParamsBuilder.stringify_query(query)
        return self._find(str(own & EncodedQuery.parse(text)) if text else str(own), None)

    def named(self, sys_id: str, name: str) -> list[RawRecord]:
        """The attachments of the record *sys_id* that are called *name*, oldest first: names need not be unique."""
        conditions = {"table_sys_id": check_sys_id(sys_id), "file_name": check_name(name)}
        query = all_of({"table_name": self.table_name, **conditions})
        # The server compares text without regard to case; a file name is exact.
        found = [item for item in self._find(query, None) if item.get("file_name") == name]
        return sorted(found, key=lambda item: str(item.get("sys_created_on", "")))

    def one(self, sys_id: str) -> RawRecord:
        """The record of the attachment *sys_id*; raises :class:`NotFound`."""
        path = self._path(sys_id)
        return _record(self._transport.request("GET", path), f"GET {path}")

    def upload(
        self,
        sys_id: str,
        file_path: str | os.PathLike[str],
        name: str | None = None,
        multipart: bool = False,
        content_type: str | None = None,
    ) -> Uploaded:
        """Attach the file at *file_path* to the record *sys_id*, once, and return the attachment's record.

        What is proven when this returns: the instance has the SHA-256 of the file; or, where it tells none even when
        asked once more, that it has as many bytes. An attachment of the same name is not replaced.

        If the answer is lost, the attachment is looked for by name, size and hash, and the file is sent again only if
        it is not there. One with the very same name and content that was there before is then taken for it.

        :param name: another name than that of the file.
        :param multipart: send it as a form.
        :param content_type: media type; guessed from the name, if not given.
        :raises InvalidUsage: a wrong argument
        :raises LocalFileError: the file cannot be read, or changed its size while it was being sent
        :raises NotConverged: the instance stored other content, or another name
        """
        _check_target(sys_id, multipart)
        content = content_of_file(file_path, name, content_type)
        return Uploaded(self.verified(self.add(sys_id, content, multipart), content))

    def upload_content(
        self,
        sys_id: str,
        data: bytes | str | IO[bytes],
        name: str,
        content_type: str | None = None,
        multipart: bool = False,
    ) -> Uploaded:
        """Attach *data* (bytes, text, an open binary stream that can go back) as *name*, like :meth:`upload`."""
        _check_target(sys_id, multipart)
        content = content_of(data, name, content_type)
        return Uploaded(self.verified(self.add(sys_id, content, multipart), content))

    def add(self, sys_id: str, content: Content, multipart: bool = False) -> RawRecord:
        """Attach *content*, once, and return the attachment's record, not :meth:`verified` yet."""

        def found() -> RawRecord | None:
            same = (item for item in self.named(sys_id, content.name) if is_same(item, content))
            return next(same, None)

        send = self._send_form if multipart else self._send_file
        return exactly_once(lambda: send(sys_id, content), found, self._transport.retry_deadline)

    def verified(self, record: RawRecord, content: Content) -> RawRecord:
        """*record* if it is that of *content*, read once more where its hash was not there yet.

        :raises NotConverged: it is not.
        """
        if not record.get("hash") and record.get("sys_id"):
            # Whoever may attach need not be allowed to read; then the size has to do.
            with suppress(ResponseError):
                record = self.one(str(record["sys_id"]))
        verify(record, content)
        return record

    @contextmanager
    def open(self, sys_id: str) -> Iterator[Incoming]:
        """The attachment *sys_id* to be read in blocks: ``with files.open(sys_id) as file: for block in file: ...``.

        The loop ends with an error if the file breaks off or is not what its record tells; begin again then.
        """
        path = self._path(sys_id) + "/file"
        # Compressing on the way helps no zip file, and hides how large an answer is.
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        from ansible_collections.changegate.snow.plugins.module_utils.download import Incoming, described, is_attachment

        with self._transport.stream("GET", path, headers=headers, any_type=is_attachment) as stream:
            incoming = Incoming(stream, described(stream.headers) or self.one(sys_id))
            try:
                yield incoming
            finally:
                incoming.close()

    def digest(self, sys_id: str) -> str:
        """The SHA-256 (hex) of what is in the attachment *sys_id*, which is read for it: for one that tells none."""
        from hashlib import sha256

        found = sha256()
        with self.open(sys_id) as blocks:
            for block in blocks:
                found.update(block)
        return found.hexdigest()

    def download(self, sys_id: str, path: str | os.PathLike[str], overwrite: bool = False) -> Downloaded:
        """Write the attachment *sys_id* to *path*, or into the folder *path* under its own name.

        The file is there only when size and SHA-256 are those of the attachment's record. A file that is there and
        has them is left alone (``written`` is then False); any other is replaced only with *overwrite*. A download
        that breaks off begins again for as long as the client retries. Mode by umask.

        :raises InvalidUsage: a wrong argument
        :raises LocalFileError: another file is there, or it cannot be written, or its own name is not a safe one
        :raises ConnectionFailed: it broke off, again and again
        :raises UnexpectedResponseFormat: other bytes came than the record tells
        """
        check_sys_id(sys_id)
        from ansible_collections.changegate.snow.plugins.module_utils.download import Destination, save

        return save(lambda: self.open(sys_id), Destination(path, overwrite), self._transport.retry_deadline)

    def rename(self, sys_id: str, name: str) -> RawRecord:
        """Give the attachment *sys_id* another name and return its record.

        :raises NotConverged: the instance took the request and gave it none, or another one.
        """
        self.set_name(sys_id, name)
        # The answer is empty by the document.
        record = self.one(sys_id)
        verify_name(record, name)
        return record

    def set_name(self, sys_id: str, name: str) -> None:
        """Ask for another name of the attachment *sys_id*; whether it took is not looked at."""
        self._transport.request("PATCH", self._path(sys_id), json={"file_name": check_name(name)})

    def delete(self, sys_id: str) -> dict[str, str]:
        """Delete the attachment *sys_id*; raises :class:`NotFound` if it was not there before."""
        delete_once(self._transport, self._path(sys_id))
        return {"status": "record deleted"}

    def _path(self, sys_id: str) -> str:
        return f"{self._base_path}/attachment/{check_sys_id(sys_id)}"

    def _send_file(self, sys_id: str, content: Content) -> RawRecord:
        path = f"{self._base_path}/attachment/file"
        params = {**self._target(sys_id), "file_name": content.name}
        headers = {"Content-Type": content.content_type}
        reply = self._transport.request("POST", path, params=params, data=raw_body(content), headers=headers)
        return _record(reply, f"POST {path}")

    def _send_form(self, sys_id: str, content: Content) -> RawRecord:
        path = f"{self._base_path}/attachment/upload"
        content_type, body = multipart_body(content, self._target(sys_id))
        reply = self._transport.request("POST", path, data=body, headers={"Content-Type": content_type})
        return _record(reply, f"POST {path}")

    def _target(self, sys_id: str) -> dict[str, str]:
        return {"table_name": self.table_name, "table_sys_id": check_sys_id(sys_id)}

    def _find(self, query: str, limit: int | None) -> Iterator[RawRecord]:
        from ansible_collections.changegate.snow.plugins.module_utils.resource import Resource

        resource = Resource(self._transport, "/attachment", self._base_path)
        found: Iterator[RawRecord] = resource.get(query=query, limit=limit, stream=True).all()
        return found


def _check_target(sys_id: str, multipart: bool) -> None:
    """Before the file is read: a large one takes its time."""
    check_sys_id(sys_id)
    checks.flag("multipart", multipart)


def _record(reply: Reply, request: str) -> RawRecord:
    result = result_of(reply, request)
    if not isinstance(result, Mapping):
        raise MissingResult(f"The answer to {request} does not hold an attachment; try again.", request=request)
    return dict(result)
