"""Bodies of requests, as the server reads them from a connection."""

from __future__ import annotations

from email.message import Message
from io import BufferedIOBase, BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO

# A body beyond this many bytes is on disk.
_SPOOL = 1 << 20
_BLOCK = 1 << 16


def read_body(source: BufferedIOBase, headers: Message) -> tuple[IO[bytes], int]:
    """The whole body and its size; chunked bodies have no length of their own. ValueError: it says none that is one."""
    if "chunked" in headers.get("Transfer-Encoding", "").lower():
        return _read_chunks(source)
    length = _whole(headers.get("Content-Length", "").strip() or "0", 10)
    body: IO[bytes] = BytesIO() if length <= _SPOOL else SpooledTemporaryFile(_SPOOL)  # noqa: SIM115
    _copy(source, body, length)
    body.seek(0)
    return body, length


def _read_chunks(source: BufferedIOBase) -> tuple[IO[bytes], int]:
    body: IO[bytes] = SpooledTemporaryFile(_SPOOL)  # noqa: SIM115
    total = 0
    while size := _whole(source.readline(100).split(b";")[0].strip().decode("latin-1") or "0", 16):
        _copy(source, body, size)
        source.readline(100)
        total += size
    while source.readline(65536).strip():
        pass
    body.seek(0)
    return body, total


def _whole(text: str, base: int) -> int:
    """No sign and no blank or underscore, which Python would read."""
    if not text.isascii() or not text.isalnum():
        raise ValueError(f"'{text}' is no length")
    return int(text, base)


def _copy(source: BufferedIOBase, body: IO[bytes], length: int) -> None:
    while length:
        block = source.read(min(length, _BLOCK))
        if not block:
            raise ConnectionResetError("body cut short")
        body.write(block)
        length -= len(block)
