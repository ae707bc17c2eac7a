# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An attachment that is on its way here: checked against its record, and kept as a file only when it is whole.

Source: ServiceNow documentation, "Attachment API", ``GET /attachment/{sys_id}/file`` (``X-Attachment-Metadata``).
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from typing import Any, NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils import checks, retry
from ansible_collections.changegate.snow.plugins.module_utils.content import (
    BLOCK,
    check_name,
    check_path,
    digest,
    unreadable,
)
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    ConnectionFailed,
    InvalidUsage,
    LocalFileError,
    SnowError,
    UnexpectedResponseFormat,
)
from ansible_collections.changegate.snow.plugins.module_utils.exchange import Stream

METADATA = "X-Attachment-Metadata"


class Downloaded(NamedTuple):
    """Where the file is, whether it was written now (not if it was there already), and the attachment's record."""

    path: str
    written: bool
    record: dict[str, Any]


class Incoming:
    """An attachment that is being read: iterate over its bytes, once.

    :raises ConnectionFailed: it broke off.
    :raises UnexpectedResponseFormat: at its end, if it has not the size and the SHA-256 that its record tells.
    """

    def __init__(self, stream: Stream, record: Mapping[str, Any]) -> None:
        self._stream = stream
        self._over = False
        self.record: dict[str, Any] = dict(record)
        self.name = str(record.get("file_name") or record.get("sys_id") or "")
        self.sha256 = str(record.get("hash") or "").lower()
        self.size = _number(record.get("size_bytes"))
        if not self.sha256 and self.size is None:
            raise self._wrong("The instance tells neither size nor hash of")

    def close(self) -> None:
        """End it, wherever it is."""
        self._over = True

    def __iter__(self) -> Iterator[bytes]:
        if self._over:
            raise InvalidUsage(f"The attachment {self.name} has been read or closed; open it again.")
        self._over = True
        found, size = hashlib.sha256(), 0
        for block in self._stream.blocks(BLOCK):
            found.update(block)
            size += len(block)
            if self.size is not None and size > self.size:
                break
            yield block
        if self.size not in (None, size) or self.sha256 not in ("", found.hexdigest()):
            detail = f"told: {self.size} bytes, SHA-256 {self.sha256}; came: {size} bytes, {found.hexdigest()}"
            raise self._wrong("Other bytes came than the instance has of", detail)

    def _wrong(self, what: str, detail: str | None = None) -> UnexpectedResponseFormat:
        sys_id = self.record.get("sys_id")
        return UnexpectedResponseFormat(
            f"{what} the attachment {self.name} ({sys_id}); try again, and look at it on the instance if it stays so.",
            status=self._stream.status,
            detail=detail,
            transaction_id=self._stream.headers.get("X-Transaction-ID"),
        )


def described(headers: Mapping[str, str]) -> dict[str, Any] | None:
    """The attachment's record, from the headers of its content; None if they do not tell."""
    text = headers.get(METADATA, "")
    with suppress(UnicodeError):
        # Headers are read as Latin-1, whatever they are.
        text = text.encode("latin-1").decode("utf-8")
    try:
        record = json.loads(text)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def is_attachment(headers: Mapping[str, str]) -> bool:
    """Whether the answer is an attachment, of any type: one of HTML is not the page of an instance that sleeps."""
    return METADATA in headers


class Destination:
    """Where a file is to go: *path*, or into the folder *path* under the name that it has there.

    :param mode: gives the mode of a file that is written for the one that it would have by the umask.
    :raises InvalidUsage: *path* is none, or :class:`LocalFileError`, its folder is not there.
    """

    def __init__(self, path: str | os.PathLike[str], overwrite: bool, mode: Callable[[int], int] | None = None) -> None:
        checks.flag("overwrite", overwrite)
        self._mode = mode
        self._path = check_path(path, "the path of a file to write")
        self._overwrite = overwrite
        folder = os.path.dirname(os.path.abspath(self._path)) if self._path[-1] not in "/\\" else self._path
        if not os.path.isdir(folder):
            raise LocalFileError(f"There is no folder {folder}; make it first, or give another path.")

    def place(self, record: Mapping[str, Any]) -> str:
        """The path of the file; a name from the server never leads out of the folder or hides itself."""
        if not os.path.isdir(self._path):
            return self._path
        name = str(record.get("file_name") or "")
        try:
            safe = not check_name(name).startswith(".")
        except InvalidUsage:
            safe = False
        if not safe:
            raise LocalFileError(f"The attachment is called {name!r}, which is no safe name; give the path of a file.")
        return os.path.join(self._path, name)

    def has(self, place: str, incoming: Incoming) -> bool:
        """Whether the very file is there; raises :class:`LocalFileError` where another one must not be replaced."""
        if not os.path.lexists(place):
            return False
        if os.path.exists(place) and not os.path.isfile(place):
            raise LocalFileError(f"{place} is no regular file, so it is not replaced; give another path.")
        if incoming.sha256 and os.path.exists(place) and _hash_of(place) == incoming.sha256:
            return True
        if not self._overwrite:
            raise _taken(place)
        return False

    def write(self, place: str, incoming: Incoming) -> None:
        """Receive the file; it is at *place* when this returns, and nothing is there or anywhere if it raises."""
        from ansible_collections.changegate.snow.plugins.module_utils.partial import whole_file

        try:
            with whole_file(place, self._overwrite, self._mode) as file:
                for block in incoming:
                    file.write(block)
        except FileExistsError as error:
            raise _taken(place) from error
        except OSError as error:
            reason = error.strerror or str(error)
            raise LocalFileError(f"The file {place} cannot be written ({reason}); give another path.") from error


def save(
    opened: Callable[[], AbstractContextManager[Incoming]],
    destination: Destination,
    patience: float,
    sleep: Callable[[float], None] = time.sleep,
) -> Downloaded:
    """Receive what *opened* opens, from its beginning each time it breaks off or comes with other bytes.

    :param patience: seconds after the first failure in which to begin again; 0 tries once.
    """
    attempt, deadline, last = 0, 0.0, None
    while True:
        attempt += 1
        with opened() as incoming:
            place = destination.place(incoming.record)
            if destination.has(place, incoming):
                return Downloaded(place, False, incoming.record)
            try:
                destination.write(place, incoming)
                return Downloaded(place, True, incoming.record)
            except (ConnectionFailed, UnexpectedResponseFormat) as error:
                failure: SnowError = error
        deadline = deadline or time.monotonic() + patience
        verdict = retry.judge(failure, True, attempt, None)
        # The same wrong bytes twice will not be others the third time.
        again = verdict.again and (failure.detail is None or failure.detail != last)
        if not again or time.monotonic() + verdict.delay > deadline:
            raise failure
        last = failure.detail
        sleep(verdict.delay)


def _taken(place: str) -> LocalFileError:
    return LocalFileError(f"{place} is there already with other content; give overwrite=True, or another path.")


def _hash_of(place: str) -> str:
    try:
        with open(place, "rb") as file:
            return digest(file)[0]
    except OSError as error:
        raise unreadable(place, error) from error


def _number(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
