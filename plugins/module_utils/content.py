# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be attached: name, type, size and hash, and how to open it. Never whole in memory.

Source: ServiceNow documentation, "Attachment API": the hash of an attachment is the SHA-256 of its content.
"""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import IO, NamedTuple, Union

from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, LocalFileError

#: Bytes that are read, sent, received or written at once.
BLOCK = 256 * 1024
#: Text that a browser should show and not offer for download; the platform's own tables rarely know these.
_TEXT_SUFFIXES = frozenset(
    {".log", ".out", ".err", ".yml", ".yaml", ".conf", ".cfg", ".ini", ".toml", ".properties", ".md", ".rst", ".diff"}
    | {".patch", ".j2", ".tf"}
)
#: What may stand in a header as a media type, with parameters or without.
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(\s*;[ -~]*)?\Z", re.ASCII)

Data = Union[bytes, str, IO[bytes]]
Path = Union[str, "os.PathLike[str]"]


class Content(NamedTuple):
    """A file to attach: its name, type, size in bytes, SHA-256 (hex), and how to open it, anew for each attempt.

    *typed* says whether the type was asked for, and not guessed.
    """

    name: str
    content_type: str
    size: int
    sha256: str
    open: Callable[[], AbstractContextManager[IO[bytes]]]
    typed: bool = False


def content_of_file(path: Path, name: str | None = None, content_type: str | None = None) -> Content:
    """The file at *path*; raises :class:`LocalFileError` if it cannot be read."""
    place = check_path(path, "the path of the file to attach")
    final = check_name(os.path.basename(place) if name is None else name)
    kind = check_type(content_type, final)
    try:
        # A pipe can be read once only, and opening one may wait for ever.
        if not stat.S_ISREG(os.stat(place).st_mode) and not os.path.isdir(place):
            raise LocalFileError(f"{place} is no regular file; give one that can be read more than once.")
        with open(place, "rb") as stream:
            sha256, size = digest(stream)
    except OSError as error:
        raise unreadable(place, error) from error
    return Content(final, kind, size, sha256, lambda: open(place, "rb"), bool(content_type))


def content_of(data: Data, name: str, content_type: str | None = None) -> Content:
    """*data* as a file called *name*: bytes, text (sent in UTF-8), or an open binary stream from where it stands.

    A stream must be able to go back, because its hash is known before it is sent; it is left open.
    """
    final = check_name(name)
    kind = check_type(content_type, final)
    if isinstance(data, (bytes, str)):
        from hashlib import sha256

        encoded = data if isinstance(data, bytes) else _in_utf8(data)
        known = sha256(encoded).hexdigest()
        return Content(final, kind, len(encoded), known, lambda: nullcontext(io.BytesIO(encoded)), bool(content_type))
    return _content_of_stream(data, final, kind)._replace(typed=bool(content_type))


def _in_utf8(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidUsage("The text to attach cannot be written in UTF-8; give its bytes.") from error


def _content_of_stream(stream: IO[bytes], name: str, kind: str) -> Content:
    if not all(hasattr(stream, method) for method in ("read", "seek", "tell")):
        raise InvalidUsage(f"The content of {name} is {type(stream).__name__}; give bytes, text or a binary stream.")
    try:
        start = stream.tell()
        sha256, size = digest(stream)
        stream.seek(start)
    except (OSError, ValueError, TypeError) as error:
        # TypeError: a stream of text.
        text = f"The stream for {name} is no open binary stream that can go back; give one, or a path, or bytes."
        raise InvalidUsage(text) from error

    def open_again() -> AbstractContextManager[IO[bytes]]:
        stream.seek(start)
        return nullcontext(stream)

    return Content(name, kind, size, sha256, open_again)


def digest(stream: IO[bytes]) -> tuple[str, int]:
    """SHA-256 (hex) and number of the bytes that are left in *stream*."""
    from hashlib import sha256

    found, size = sha256(), 0
    for block in iter(lambda: stream.read(BLOCK), b""):
        found.update(block)
        size += len(block)
    return found.hexdigest(), size


def unreadable(what: str, error: Exception) -> LocalFileError:
    """The error for a file that cannot be read."""
    reason = getattr(error, "strerror", None) or str(error)
    return LocalFileError(f"The file {what} cannot be read ({reason}); give the path of a readable file.")


def check_path(path: Path, what: str) -> str:
    """*path* as text; *what* names it in the sentence that refuses anything else."""
    place = os.fspath(path) if isinstance(path, (str, os.PathLike)) else path
    if not isinstance(place, str) or not place or "\0" in place:
        raise InvalidUsage(f"{path!r} is not {what}; give a path as text.")
    return place


def check_name(name: str) -> str:
    """*name* if it is one of a file, without a folder; raises :class:`InvalidUsage` otherwise."""
    good = isinstance(name, str) and name.strip() and name not in (".", "..") and name.isprintable()
    if not good or "/" in name or "\\" in name:
        raise InvalidUsage(f"The attachment's name {name!r} is no file name; give one without a folder.")
    return name


def check_type(content_type: str | None, name: str) -> str:
    """*content_type* if it is a media type; without one, what the name of the file tells."""
    if content_type is None or content_type == "":
        return guess_type(name)
    if not isinstance(content_type, str) or not _MEDIA_TYPE.match(content_type):
        raise InvalidUsage(f"content_type is {content_type!r}; give a media type, such as text/plain.")
    return content_type


def guess_type(name: str) -> str:
    """The media type for a file called *name*; text for logs and configuration, else bytes if nobody knows it."""
    import mimetypes

    suffix = os.path.splitext(name)[1].lower()
    if suffix in _TEXT_SUFFIXES:
        return "text/plain"
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
