# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OAuth tokens on disk, shared by processes that run side by side: one file a token, locked while it is renewed.

The folder and its files belong to the user alone; what does not is not read. The store never makes anything fail: where
it cannot read or write, there is no token in it. Works where the system has ``fcntl``, so not on Windows.
"""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage

Token = Mapping[str, Any]

_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_WRITE = os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
_LARGEST = 65536
_POLL = 0.02
#: Rounds of hashing: enough to make guessing a password from a file's name slow, and 4 ms once a task.
_ROUNDS = 10_000
#: Seconds after which a file is of no use to anybody: the longest life of a refresh token is 100 days.
_OLD = 101 * 86400.0


def default_folder(environ: Mapping[str, str]) -> str:
    """``changegate.snow`` in the user's cache folder: XDG_CACHE_HOME, or ``~/.cache``."""
    base = environ.get("XDG_CACHE_HOME", "")
    return os.path.join(base if os.path.isabs(base) else os.path.expanduser("~/.cache"), "changegate.snow")


def entry_name(public: Sequence[str], secrets: Sequence[str]) -> str:
    """The name of the entry for who is calling (*public*) with which *secrets*, from which neither can be read.

    The secrets are part of it, so that a wrong password does not get the token of the right one.
    """
    import hashlib

    who = json.dumps(list(public)).encode()
    return hashlib.pbkdf2_hmac("sha256", json.dumps(list(secrets)).encode(), who, _ROUNDS, 16).hex()


class TokenStore:
    """A folder of tokens, made with mode 0700 when the first one is kept.

    :param folder: an absolute path; None for :func:`default_folder`.
    :param patience: seconds to wait for another process that is renewing the same token; then this one gets its own.
    :raises InvalidUsage: *folder* was named and is there, but it is a link, somebody else's, or open to others. The
        default folder is just not used then.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None, patience: float = 30.0) -> None:
        if folder is not None and not isinstance(folder, (str, os.PathLike)):
            raise InvalidUsage(f"The folder for tokens is a {type(folder).__name__}; give its absolute path.")
        number = isinstance(patience, (int, float)) and not isinstance(patience, bool)
        if not number or not 0 <= patience < 1e9:
            raise InvalidUsage("patience is no number of seconds from zero; give one.")
        if folder is not None and not os.path.isabs(os.fspath(folder)):
            raise InvalidUsage(f"The folder for tokens is {os.fspath(folder)!r}; give its absolute path.")
        self.folder = default_folder(os.environ) if folder is None else os.fspath(folder)
        self.patience = patience
        if folder is not None and (flaw := self._flaw()):
            raise InvalidUsage(f"The folder for tokens, {self.folder}, {flaw}.")

    def read(self, name: str) -> dict[str, Any] | None:
        """The token in the entry *name*; None where there is none that can be used."""
        with self._opened() as folder:
            return _read(folder, f"{name}.json") if folder is not None else None

    @contextmanager
    def locked(self, name: str, patience: float | None = None) -> Iterator[Entry | None]:
        """The entry *name*, while nobody else has it; None if that takes too long or the folder cannot be written.

        The lock ends with the process, however that ends.
        """
        with self._opened(make=True) as folder:
            lock = None if folder is None else _lock(folder, f"{name}.lock", self._deadline(patience))
            if folder is None or lock is None:
                yield None
                return
            try:
                yield Entry(folder, name)
            finally:
                _unlock(lock)

    def _deadline(self, patience: float | None) -> float:
        return time.monotonic() + (self.patience if patience is None else patience)

    @contextmanager
    def _opened(self, make: bool = False) -> Iterator[int | None]:
        """The folder's descriptor, through which its files are reached: what it was when checked, it stays."""
        descriptor = None
        with suppress(OSError, ImportError):
            if make:
                os.makedirs(self.folder, mode=0o700, exist_ok=True)
            descriptor = os.open(self.folder, _READ | getattr(os, "O_DIRECTORY", 0))
        try:
            yield descriptor if descriptor is not None and not _shared(os.fstat(descriptor)) else None
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def _flaw(self) -> str | None:
        try:
            found = os.lstat(self.folder)
        except OSError:
            return None
        if not stat.S_ISDIR(found.st_mode):
            return "is a link or a file; name a folder"
        return _shared(found)


class Entry:
    """A locked entry of a store."""

    def __init__(self, folder: int, name: str) -> None:
        self._folder = folder
        self._file, self._draft = f"{name}.json", f"{name}.new"

    def read(self) -> dict[str, Any] | None:
        return _read(self._folder, self._file)

    def write(self, token: Token) -> None:
        """Keep *token*, whole or not at all."""
        with suppress(OSError, TypeError, ValueError):
            text = json.dumps(dict(token)).encode()
            self._remove(self._draft)
            # The lock makes this the only writer, so that what a killed one left is replaced by the next.
            descriptor = os.open(self._draft, _WRITE | os.O_EXCL | os.O_WRONLY, 0o600, dir_fd=self._folder)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(text)
                os.replace(self._draft, self._file, src_dir_fd=self._folder, dst_dir_fd=self._folder)
            except BaseException:
                self._remove(self._draft)
                raise
            self._sweep()

    def remove(self) -> None:
        self._remove(self._file)

    def _remove(self, name: str) -> None:
        with suppress(OSError):
            os.unlink(name, dir_fd=self._folder)

    def _sweep(self) -> None:
        """Remove the files of logins that have not been used for long."""
        for name in os.listdir(self._folder):
            with suppress(OSError):
                age = time.time() - os.stat(name, dir_fd=self._folder, follow_symlinks=False).st_mtime
                if age > _OLD and name.endswith((".json", ".new", ".lock")):
                    os.unlink(name, dir_fd=self._folder)


def _shared(found: os.stat_result) -> str | None:
    """What is wrong with a file or folder that should be the user's alone."""
    if found.st_uid != os.geteuid():
        return "belongs to somebody else; name a folder of your own"
    if stat.S_IMODE(found.st_mode) & 0o077:
        return "is open to other users; take their rights away (chmod 700)"
    return None


def _read(folder: int, name: str) -> dict[str, Any] | None:
    try:
        descriptor = os.open(name, _READ, dir_fd=folder)
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or _shared(found):
                return None
            token = json.loads(file.read(_LARGEST))
    except (OSError, ValueError, RecursionError):
        return None
    return token if isinstance(token, dict) else None


def _lock(folder: int, name: str, deadline: float) -> int | None:
    """A descriptor that holds the lock; None if another one holds it until the *deadline*, or it cannot be made."""
    try:
        import fcntl
    except ImportError:
        return None
    while True:
        try:
            descriptor = os.open(name, _WRITE | os.O_RDWR, 0o600, dir_fd=folder)
        except OSError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Between opening and locking it can have been swept away, and then it locks nothing.
            if os.path.samestat(os.fstat(descriptor), os.stat(name, dir_fd=folder, follow_symlinks=False)):
                return descriptor
        except (BlockingIOError, FileNotFoundError):
            pass
        except OSError:
            # A file system without locks.
            deadline = 0.0
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        if time.monotonic() >= deadline:
            return None
        time.sleep(_POLL)


def _unlock(descriptor: int) -> None:
    import fcntl

    # In so many words: a process forked in between holds a copy of the descriptor, and with it the lock.
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)
