# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files attached to records, streamed from disk.

Source: ServiceNow documentation, "Attachment API".
"""

from __future__ import annotations

import hashlib
import io
import mimetypes
import os
from collections.abc import Callable, Iterator
from typing import IO, Any, NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.cells import RawRecord
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    InvalidUsage,
    LocalFileError,
    NotConverged,
)
from ansible_collections.changegate.snow.plugins.module_utils.listed import result_of
from ansible_collections.changegate.snow.plugins.module_utils.params import ParamsBuilder
from ansible_collections.changegate.snow.plugins.module_utils.query import all_of, check_sys_id, check_table
from ansible_collections.changegate.snow.plugins.module_utils.resource import Resource
from ansible_collections.changegate.snow.plugins.module_utils.transport import Transport

_BLOCK = 1024 * 1024
#: Text that a browser should show and not offer for download; the platform's own tables rarely know these.
_TEXT_SUFFIXES = frozenset({".log", ".yml", ".yaml", ".conf", ".cfg", ".ini", ".md", ".out", ".diff", ".patch"})


class Content(NamedTuple):
    """A file to attach: its name, type, size in bytes, SHA-256 (hex), and how to open it, anew for each attempt."""

    name: str
    content_type: str
    size: int
    sha256: str
    open: Callable[[], IO[bytes]]


def content_of_file(path: str, name: str | None = None, content_type: str | None = None) -> Content:
    """The file at *path*; raises :class:`LocalFileError` if it cannot be read."""
    digest, size = hashlib.sha256(), 0
    try:
        with open(path, "rb") as stream:
            for block in iter(lambda: stream.read(_BLOCK), b""):
                digest.update(block)
                size += len(block)
    except OSError as error:
        reason = error.strerror or str(error)
        raise LocalFileError(f"The file {path} cannot be read ({reason}); give a readable file in src.") from error
    final = _checked_name(os.path.basename(path) if name is None else name)
    return Content(final, content_type or guess_type(final), size, digest.hexdigest(), lambda: open(path, "rb"))


def content_of_text(text: str, name: str, content_type: str | None = None) -> Content:
    """*text* in UTF-8, as a file called *name*."""
    data, final = text.encode("utf-8"), _checked_name(name)
    digest = hashlib.sha256(data).hexdigest()
    return Content(final, content_type or guess_type(final), len(data), digest, lambda: io.BytesIO(data))


def _checked_name(name: str) -> str:
    if not name.strip() or name in (".", "..") or "/" in name or "\\" in name or not name.isprintable():
        raise InvalidUsage(f"The attachment's name {name!r} is no file name; give one without a folder.")
    return name


def guess_type(name: str) -> str:
    """The media type for a file called *name*; text for logs and configuration, else bytes if nobody knows it."""
    suffix = os.path.splitext(name)[1].lower()
    if suffix in _TEXT_SUFFIXES:
        return "text/plain"
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


class Attachment:
    """The attachments of one table's records.

    :param table_name: the table that the records are in, as the attachments name it.
    """

    def __init__(self, transport: Transport, table_name: str, base_path: str = "/api/now") -> None:
        self._transport = transport
        self._base_path = base_path
        self.table_name = check_table(table_name)

    def get(self, sys_id: str | None = None, limit: int | None = 100) -> Iterator[RawRecord]:
        """The attachments of the record *sys_id*, or of all records of the table (*limit* at most)."""
        conditions = {"table_name": self.table_name}
        if sys_id:
            return self._find({**conditions, "table_sys_id": check_sys_id(sys_id)}, None)
        return self._find(conditions, limit)

    def named(self, sys_id: str, name: str) -> list[RawRecord]:
        """The attachments of the record *sys_id* that are called *name*, oldest first: names need not be unique."""
        conditions = {"table_name": self.table_name, "table_sys_id": check_sys_id(sys_id), "file_name": name}
        # The server compares text without regard to case; a file name is exact.
        found = [item for item in self._find(conditions, None) if item.get("file_name") == name]
        return sorted(found, key=lambda item: str(item.get("sys_created_on", "")))

    def upload(self, sys_id: str, file_path: str, name: str | None = None) -> RawRecord:
        """Attach the file at *file_path* and return the attachment's record; raises as :func:`verify`."""
        content = content_of_file(file_path, name)
        record = self.add(sys_id, content)
        verify(record, content)
        return record

    def add(self, sys_id: str, content: Content) -> RawRecord:
        """Attach *content* and return the attachment's record, which the caller has to :func:`verify`."""
        path = f"{self._base_path}/attachment/file"
        reply = self._transport.request(
            "POST",
            path,
            params={
                "table_name": self.table_name,
                "table_sys_id": check_sys_id(sys_id),
                "file_name": content.name,
            },
            data=content.open,
            headers={"Content-Type": content.content_type},
        )
        return dict(result_of(reply, f"POST {path}"))

    def delete(self, sys_id: str) -> dict[str, str]:
        """Delete the attachment *sys_id*."""
        self._transport.request("DELETE", f"{self._base_path}/attachment/{check_sys_id(sys_id)}")
        return {"status": "record deleted"}

    def _find(self, conditions: dict[str, Any], limit: int | None) -> Iterator[RawRecord]:
        params = ParamsBuilder()
        resource = Resource(self._transport, "/attachment", self._base_path, params)
        return iter(resource.get(query=all_of(conditions), limit=limit))


def is_same(record: RawRecord, content: Content) -> bool:
    """Whether an attachment has this content. Just after an upload the hash may not be there yet: then by the size."""
    stored = str(record.get("hash") or "").lower()
    return stored == content.sha256 if stored else str(record.get("size_bytes") or "") == str(content.size)


def verify(record: RawRecord, content: Content) -> None:
    """Compare what was stored with what was sent.

    :raises NotConverged: they differ.
    """
    if not is_same(record, content):
        stored_hash, stored_size = record.get("hash"), record.get("size_bytes")
        raise NotConverged(
            f"The instance stored {content.name} with other content than was sent (attachment {record.get('sys_id')}); "
            "try again, which replaces it.",
            detail=f"sent {content.size} bytes, SHA-256 {content.sha256}; stored {stored_size} bytes, {stored_hash}",
        )
