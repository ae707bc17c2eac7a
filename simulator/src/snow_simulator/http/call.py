"""One API call, as the routes see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request

from ..access.users import User
from ..errors import bad_json
from ..values.text import clean
from . import formats
from .reply import Inner
from .reply import JsonReply as JsonReply
from .reply import Reply as Reply
from .reply import result as result

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
        # Serves one more request of the same call: what a batch is made of.
        self.again: Callable[[Inner], Reply] | None = None

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
        """The object sent, from JSON or XML: of an array only the first element is read (facts, section 1)."""
        document = formats.read_body(self.request)
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
