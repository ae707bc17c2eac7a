"""What routes answer, and what they may ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(slots=True)
class Reply:
    """What a route answers. `data` becomes JSON or XML; `blocks` is a body of its own."""

    JSON_TYPE: ClassVar[str] = "application/json;charset=UTF-8"

    data: object = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    blocks: Iterable[bytes] | None = None
    length: int = 0
    content_type: str = JSON_TYPE
    # The Content-Length where it is not true.
    promised: int | None = None


@dataclass(frozen=True, slots=True)
class Inner:
    """One request of a batch: `url` is path and query, `batch` the id that the log shows."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    batch: str


Route = Callable[..., Reply]


def result(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    return Reply({"result": value}, status, headers or {})
