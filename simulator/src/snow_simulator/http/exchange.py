"""What passes between the server and the application."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

# In the environ: the certificate (DER) that the client showed in the TLS handshake, or None.
CLIENT_CERTIFICATE = "snow.client_certificate"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as the server read it: WSGI environ, number of its connection, size of its body."""

    environ: dict[str, Any]
    connection: int
    bytes_in: int
    started: float


@dataclass(slots=True)
class Answer:
    """Status line, all headers with Content-Length, and the body in blocks.

    `slow`: each block is sent at once, and the blocks take their time. `cut`: the connection ends with the body.
    """

    status: str
    headers: list[tuple[str, str]]
    blocks: Iterable[bytes]
    length: int = field(default=0)
    slow: bool = False
    cut: bool = False


# None: the connection is dropped without an answer.
Application = Callable[[Incoming], Answer | None]
