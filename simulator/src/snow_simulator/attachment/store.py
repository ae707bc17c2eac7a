"""Contents of attachments: files on disk, never whole in memory."""

from __future__ import annotations

import contextlib
import hashlib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from . import images

_BLOCK = 1 << 16
_PART = ".part"


@dataclass(frozen=True, slots=True)
class Received:
    """A content that no attachment has yet, and what is known of it."""

    file: Path
    size: int
    sha256: str
    # In pixels, "" for what is no image.
    width: str = ""
    height: str = ""


class Contents:
    """One file for each attachment, named by its sys_id. What a transaction does to them ends as the transaction."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._kept: list[Path] = []
        self._doomed: list[Path] = []
        directory.mkdir(parents=True, exist_ok=True)
        for part in directory.glob(f"*{_PART}"):
            part.unlink()

    def receive(self, source: IO[bytes]) -> Received:
        """Needs no lock: it takes as long as the content is large. To be kept, or given up."""
        path, digest, size = self.directory / f"{uuid.uuid4().hex}{_PART}", hashlib.sha256(), 0
        with path.open("w+b") as file:
            while block := source.read(_BLOCK):
                digest.update(block)
                size += file.write(block)
            file.seek(0)
            width, height = images.size(file) or ("", "")
        return Received(path, size, digest.hexdigest(), str(width), str(height))

    @staticmethod
    def give_up(content: Received) -> None:
        content.file.unlink(missing_ok=True)

    def keep(self, sys_id: str, content: Received) -> None:
        content.file.replace(self._path(sys_id))
        self._kept.append(self._path(sys_id))

    def delete(self, sys_id: str) -> None:
        self._doomed.append(self._path(sys_id))

    def commit(self) -> None:
        self._remove(self._doomed)

    def rollback(self) -> None:
        self._remove(self._kept)

    def _remove(self, paths: list[Path]) -> None:
        for path in paths:
            path.unlink(missing_ok=True)
        self._kept, self._doomed = [], []

    def restore(self, contents: Mapping[str, bytes]) -> None:
        """Those of a data set, by sys_id."""
        for sys_id, content in contents.items():
            self._path(sys_id).write_bytes(content)

    def read(self, sys_id: str) -> Iterator[bytes]:
        """The content in blocks. The file is opened at once: deleting it does not break a download."""
        with contextlib.suppress(FileNotFoundError):
            return self._blocks(self._path(sys_id).open("rb"))
        return iter(())

    def size(self, sys_id: str) -> int:
        """What `read` will give; 0 for an attachment that was seeded without content."""
        path = self._path(sys_id)
        return path.stat().st_size if path.exists() else 0

    def clear(self) -> None:
        """All but what is just being received."""
        for path in self.directory.iterdir():
            if path.suffix != _PART:
                path.unlink()
        self._kept, self._doomed = [], []

    def _path(self, sys_id: str) -> Path:
        # A sys_id may be chosen by the client: only its digest becomes a file name.
        return self.directory / hashlib.sha256(sys_id.encode()).hexdigest()

    @staticmethod
    def _blocks(file: IO[bytes]) -> Iterator[bytes]:
        with file:
            while block := file.read(_BLOCK):
                yield block
