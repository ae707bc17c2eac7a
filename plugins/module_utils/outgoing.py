# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bodies that carry a file to the instance, in blocks and of a known length; and whether it arrived as it is.

Source: ServiceNow documentation, "Attachment API", ``POST /attachment/file`` and ``POST /attachment/upload``; RFC 7578.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any

from ansible_collections.changegate.snow.plugins.module_utils.content import BLOCK, Content, unreadable
from ansible_collections.changegate.snow.plugins.module_utils.errors import LocalFileError, NotConverged
from ansible_collections.changegate.snow.plugins.module_utils.exchange import Body


class Outgoing:
    """A file between two pieces of text; ``len()`` is what makes ``Content-Length``."""

    def __init__(self, content: Content, source: IO[bytes], before: bytes, after: bytes) -> None:
        self._content = content
        self._source = source
        self._start = source.tell()
        self._before, self._after = before, after

    def __len__(self) -> int:
        return len(self._before) + self._content.size + len(self._after)

    def __iter__(self) -> Iterator[bytes]:
        if self._before:
            yield self._before
        yield from self._blocks()
        if self._after:
            yield self._after

    def _blocks(self) -> Iterator[bytes]:
        """The file, if it still has the size that was announced: it is known before the last block has gone."""
        # A session of the caller's may have retries of its own, which begin here again.
        self._source.seek(self._start)
        left = self._content.size
        while left:
            block = self._read(min(BLOCK, left))
            left -= len(block)
            if not block or (not left and self._read(1)):
                raise LocalFileError(
                    f"{self._content.name} changed while it was being attached, so it was not; try again when nobody "
                    "writes to it."
                )
            yield block

    def _read(self, size: int) -> bytes:
        try:
            return self._source.read(size)
        except (OSError, ValueError) as error:
            # Not to be taken for a failure of the connection.
            raise unreadable(self._content.name, error) from error


def raw_body(content: Content) -> Body:
    """The file alone."""
    # Nothing is something else than a stream that ends at once: that one would be sent without a length.
    return _opening(content, b"", b"") if content.size else b""


def multipart_body(content: Content, fields: Mapping[str, str]) -> tuple[str, Body]:
    """The ``Content-Type`` and the body of a form with *fields* and, as the instance wants it, the file last."""
    boundary = os.urandom(16).hex()
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    # As browsers write it (RFC 7578, section 4.2): UTF-8 as it is; the name holds no line breaks.
    quoted = content.name.replace('"', "%22")
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="uploadFile"; filename="{quoted}"\r\n'
        f"Content-Type: {content.content_type}\r\n\r\n"
    )
    before, after = "".join(parts).encode("utf-8"), f"\r\n--{boundary}--\r\n".encode("ascii")
    return f"multipart/form-data; boundary={boundary}", _opening(content, before, after)


def is_same(record: Mapping[str, Any], content: Content) -> bool:
    """Whether an attachment has this content. Just after an upload the hash may not be there yet: then by the size."""
    stored = str(record.get("hash") or "").lower()
    return stored == content.sha256 if stored else str(record.get("size_bytes") or "") == str(content.size)


def verify(record: Mapping[str, Any], content: Content) -> None:
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
    verify_name(record, content.name)


def verify_name(record: Mapping[str, Any], name: str) -> None:
    stored = record.get("file_name")
    if stored != name:
        sys_id = record.get("sys_id")
        raise NotConverged(
            f"The instance has the attachment {sys_id} as {stored!r} instead of {name!r}; give a name that it keeps.",
            detail=f"asked for {name!r}, stored {stored!r}",
        )


def _opening(content: Content, before: bytes, after: bytes) -> Body:
    @contextmanager
    def opened() -> Iterator[Outgoing]:
        try:
            source = content.open()
        except (OSError, ValueError) as error:
            raise unreadable(content.name, error) from error
        with source as stream:
            yield Outgoing(content, stream, before, after)

    return opened
