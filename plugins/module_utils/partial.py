# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that has its name only when it is whole.

Until then it has none, where the system can do that (Linux), so that even a killed process leaves nothing behind.
Elsewhere it has a hidden name that ends in ``.part``, and the next one for the same file removes it. A lock, which ends
with its process, tells what is being written from what was left.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO

SUFFIX = ".part"
#: 0 where the system has no files without a name.
_WITHOUT_NAME: int = getattr(os, "O_TMPFILE", 0)
#: Bytes of a name that a file system takes are 255; this leaves room for what is added.
_LONGEST = 200


@contextmanager
def whole_file(target: str, replace: bool, mode: Callable[[int], int] | None = None) -> Iterator[IO[bytes]]:
    """A file to write to, which becomes *target* when the block ends well and else leaves nothing.

    Only its owner may read it before; then who may is told by the umask. It is on disk before it has its name.

    :param replace: take the place of a file that is there; otherwise :class:`FileExistsError` is raised.
    :param mode: gives the mode of the file for the one that it would have by the umask.
    :raises OSError: it cannot be made or written.
    """
    folder, name = os.path.split(os.path.abspath(target))
    prefix = "." + os.fsdecode(os.fsencode(name)[:_LONGEST]) + "."
    hidden = os.path.join(folder, f"{prefix}{os.urandom(6).hex()}{SUFFIX}")
    _remove_left(folder, prefix)
    try:
        usual = _usual_mode(hidden)
        with _nameless(folder) or _named(hidden) as file:
            yield file
            file.flush()
            os.fchmod(file.fileno(), usual if mode is None else mode(usual))
            os.fsync(file.fileno())
            if not os.path.lexists(hidden):
                # The descriptor of a folder has Python follow the link, which it otherwise does not; it is not used.
                os.link(f"/proc/self/fd/{file.fileno()}", hidden, src_dir_fd=file.fileno())
            _rename(hidden, target, replace)
    finally:
        with suppress(OSError):
            os.unlink(hidden)
    _sync_folder(folder)


def _nameless(folder: str) -> IO[bytes] | None:
    if not _WITHOUT_NAME or not os.path.isdir("/proc/self/fd"):
        return None
    try:
        file = os.fdopen(os.open(folder, os.O_RDWR | _WITHOUT_NAME, 0o600), "w+b")
    except OSError:
        # Not every file system can; any other reason shows itself again when there is a name.
        return None
    _lock(file)
    return file


def _named(hidden: str) -> IO[bytes]:
    while True:
        file = os.fdopen(os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")
        _lock(file)
        if os.fstat(file.fileno()).st_nlink:
            return file
        # Somebody took it for a left one before it was locked.
        file.close()


def _lock(file: IO[bytes]) -> None:
    # A file system without locks loses the tidying up, not the file.
    with suppress(OSError):
        fcntl.flock(file, fcntl.LOCK_EX)


def _usual_mode(hidden: str) -> int:
    """The mode of a new file in this folder. Asking for the umask would set it for all threads."""
    probe = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        return stat.S_IMODE(os.fstat(probe).st_mode)
    finally:
        os.close(probe)
        with suppress(FileNotFoundError):
            os.unlink(hidden)


def _rename(hidden: str, target: str, replace: bool) -> None:
    if not replace:
        try:
            # Unlike a look before, this cannot be overtaken.
            os.link(hidden, target)
            return
        except FileExistsError:
            raise
        except OSError:
            # A file system without links.
            if os.path.lexists(target):
                raise
    os.replace(hidden, target)


def _remove_left(folder: str, prefix: str) -> None:
    """Remove what a killed process left of the same file."""
    names: list[str] = []
    with suppress(OSError):
        # One may write into a folder without being allowed to list it.
        names = os.listdir(folder)
    for name in names:
        if not (name.startswith(prefix) and name.endswith(SUFFIX)):
            continue
        path = os.path.join(folder, name)
        with suppress(OSError):
            left = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(path)
            finally:
                os.close(left)


def _sync_folder(folder: str) -> None:
    """Have the name survive a power cut, too; not every file system can."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
