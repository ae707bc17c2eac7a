# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file in which an event source keeps its ledger: written whole or not at all, and of one process at a time.

It is the user's own (mode 0600); beside it lies ``.lock``, which is held as long as the source runs, however it ends.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.errors import LocalFileError
from ansible_collections.changegate.snow.plugins.module_utils.watch_ledger import Ledger, ledger_from

_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


class StateFile:
    """The state at *path*, an absolute path. :meth:`acquire` comes first, :meth:`release` last."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._lock: int | None = None

    def acquire(self) -> bool:
        """Whether this process has the file now; False while another one has it.

        :raises LocalFileError: the folder is not there or cannot be written, or it is on a system without locks.
        """
        try:
            import fcntl
        except ImportError as error:
            raise LocalFileError("This system has no locks for files (fcntl), which state_file needs.") from error
        try:
            descriptor = os.open(f"{self.path}.lock", os.O_CREAT | os.O_RDWR | _NO_LINK, 0o600)
        except OSError as error:
            raise self._failure("cannot be locked", error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except OSError as error:
            os.close(descriptor)
            raise self._failure("cannot be locked", error) from error
        self._lock = descriptor
        return True

    def release(self) -> None:
        """Let others have the file."""
        if self._lock is not None:
            import fcntl

            # In so many words: a process forked in between holds a copy of the descriptor, and with it the lock.
            fcntl.flock(self._lock, fcntl.LOCK_UN)
            os.close(self._lock)
            self._lock = None

    def read(self, scope: str) -> Ledger | None:
        """The ledger in the file; None if there is no file yet.

        :raises LocalFileError: it cannot be read, is no such file, others may write to it, or it is that of a source
            with another *scope*. It is never replaced then: what it remembers would be lost.
        """
        try:
            descriptor = os.open(self.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _NO_LINK)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._failure("cannot be read", error) from error
        text = self._text(descriptor)
        try:
            ledger = ledger_from(json.loads(text))
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise LocalFileError(
                f"state_file {self.path} holds no state of this event source; name another file, or remove this one to "
                "begin anew."
            ) from error
        if ledger.scope != scope:
            raise LocalFileError(
                f"state_file {self.path} belongs to {ledger.scope}, and this source watches {scope}; give each source "
                "a file of its own, or remove this one to begin anew."
            )
        return ledger

    def write(self, data: Mapping[str, Any]) -> None:
        """Keep *data*, whole or not at all; raises :class:`LocalFileError` if that is impossible."""
        draft = f"{self.path}.new"
        try:
            text = json.dumps(data).encode()
            # The lock makes this the only writer, so that what a killed one left is replaced by the next.
            with suppress(FileNotFoundError):
                os.unlink(draft)
            descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | _NO_LINK, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(text)
                file.flush()
                os.fsync(descriptor)
            os.replace(draft, self.path)
        except OSError as error:
            raise self._failure("cannot be written", error) from error

    def _text(self, descriptor: int) -> bytes:
        found = os.fstat(descriptor)
        mode = stat.S_IMODE(found.st_mode)
        if not stat.S_ISREG(found.st_mode) or mode & 0o022:
            os.close(descriptor)
            raise LocalFileError(
                f"state_file {self.path} is no file, or others may write to it (mode {mode:04o}); make it the user's "
                "own (chmod 600), or name another one."
            )
        with os.fdopen(descriptor, "rb") as file:
            return file.read()

    def _failure(self, what: str, error: OSError) -> LocalFileError:
        cause = error.strerror or type(error).__name__
        return LocalFileError(f"state_file {self.path} {what} ({cause}); check its folder and the rights.")
