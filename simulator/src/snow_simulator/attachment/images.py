"""Width and height of PNG, GIF and JPEG images, from their first bytes."""

from __future__ import annotations

import struct
from typing import IO

_PNG = b"\x89PNG\r\n\x1a\n"
# Start-of-frame markers of JPEG: they hold the size. C4, C8 and CC mean something else.
_FRAMES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
_MAX_SEGMENTS = 1000


def size(file: IO[bytes]) -> tuple[int, int] | None:
    """(width, height) in pixels; None for anything else, however broken."""
    try:
        head = file.read(24)
        if head.startswith(_PNG) and head[12:16] == b"IHDR":
            width, height = struct.unpack(">II", head[16:24])
            return width, height
        if head[:6] in (b"GIF87a", b"GIF89a"):
            width, height = struct.unpack("<HH", head[6:10])
            return width, height
        return _jpeg(file) if head.startswith(b"\xff\xd8\xff") else None
    except struct.error:
        return None


def _jpeg(file: IO[bytes]) -> tuple[int, int] | None:
    """Walks from segment to segment up to the frame."""
    file.seek(2)
    for _ in range(_MAX_SEGMENTS):
        mark, kind, length = struct.unpack(">BBH", file.read(4))
        if mark != 0xFF or length < 2:
            return None
        if kind in _FRAMES:
            _, height, width = struct.unpack(">BHH", file.read(5))
            return width, height
        file.seek(length - 2, 1)
    return None
