"""What routes answer, and what they may ask for."""

from __future__ import annotations

import json
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

    def json(self) -> bytes:
        """`data` as JSON."""
        return b"" if self.data is None else json.dumps(self.data, ensure_ascii=False).encode()


class JsonReply(Reply):
    """A reply whose JSON is already text. Whoever needs the objects (XML, faults) finds them in `data` all the same."""

    def __init__(self, text: str, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self._text = text
        super().__init__(None, status, headers or {})

    @property
    def data(self) -> object:
        return json.loads(self._text)

    @data.setter
    def data(self, value: object) -> None:
        """Set by the base class only, to nothing."""

    def json(self) -> bytes:
        return self._text.encode()


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
