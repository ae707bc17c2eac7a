"""One API call, as the routes see it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request

from ..access.users import User
from ..errors import bad_json
from ..values.text import clean

if TYPE_CHECKING:
    from ..access.control import Access
    from ..instance import Instance


class Call:
    """The instance, the caller, and the request with its parameters read."""

    def __init__(self, instance: Instance, request: Request, user: User | None = None) -> None:
        self.instance = instance
        self.request = request
        self._user = user
        self._dropped: frozenset[str] = frozenset()
        self.version = ""

    def drop_fields(self, names: Iterable[str]) -> None:
        """A fault makes the instance ignore these fields in a write, without a word."""
        self._dropped = frozenset(names)

    @property
    def user(self) -> User:
        assert self._user is not None, "the dispatcher lets nobody past without a user"
        return self._user

    def api(self, namespace: str) -> str:
        """`/api/now` or `/api/now/v2`: what an answer names has the version that was asked for."""
        return f"/api/{namespace}/{self.version}".rstrip("/")

    @cached_property
    def access(self) -> Access:
        """What the caller may do with records and fields."""
        return self.instance.access(self.user)

    @cached_property
    def parameters(self) -> dict[str, str]:
        """Query parameters; the first of equal names counts."""
        pairs = {clean(name): clean(value) for name, value in self.request.args.items()}
        return {name: value for name, value in pairs.items() if name not in self._dropped}

    @cached_property
    def body(self) -> dict[str, Any]:
        """The JSON object sent: of an array only the first element is read (facts, section 1)."""
        raw = self.request.get_data()
        if not raw.strip():
            return {}
        try:
            document = json.loads(raw, parse_constant=_no_number)
        except (ValueError, RecursionError):
            raise bad_json() from None
        if isinstance(document, list):
            document = document[0] if document else {}
        if not isinstance(document, dict):
            raise bad_json()
        return {name: value for name, value in document.items() if name not in self._dropped}

    def flag(self, name: str) -> bool:
        return self.parameters.get(name, "").strip().lower() == "true"

    def number(self, name: str, default: int) -> int:
        """A whole parameter; what is none, or negative, counts as not given."""
        text = self.parameters.get(name, "").strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default


def _no_number(name: str) -> None:
    """NaN and Infinity are Python's, not JSON's."""
    raise ValueError(name)


@dataclass(slots=True)
class Reply:
    """What a route answers. `data` becomes JSON; `blocks` is a body of its own."""

    data: object = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    blocks: Iterable[bytes] | None = None
    length: int = 0
    content_type: str = "application/json;charset=UTF-8"


Route = Callable[..., Reply]


def result(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    return Reply({"result": value}, status, headers or {})
