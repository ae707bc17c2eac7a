"""Contents of attachments: files on disk, never whole in memory."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from . import images

_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Stored:
    """What is known of a content once it is written."""

    size: int
    sha256: str
    # In pixels, "" for what is no image.
    width: str = ""
    height: str = ""


class Contents:
    """One file for each attachment, named by its sys_id."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def write(self, sys_id: str, source: IO[bytes]) -> Stored:
        digest, size = hashlib.sha256(), 0
        with self._path(sys_id).open("wb") as file:
            while block := source.read(_BLOCK):
                digest.update(block)
                size += file.write(block)
        with self._path(sys_id).open("rb") as file:
            width, height = images.size(file) or ("", "")
        return Stored(size, digest.hexdigest(), str(width), str(height))

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

    def delete(self, sys_id: str) -> None:
        self._path(sys_id).unlink(missing_ok=True)

    def clear(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True, exist_ok=True)

    def _path(self, sys_id: str) -> Path:
        # A sys_id may be chosen by the client: only its digest becomes a file name.
        return self.directory / hashlib.sha256(sys_id.encode()).hexdigest()

    @staticmethod
    def _blocks(file: IO[bytes]) -> Iterator[bytes]:
        with file:
            while block := file.read(_BLOCK):
                yield block
