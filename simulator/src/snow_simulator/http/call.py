"""One API call, as the routes see it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request

from ..access.users import User
from ..errors import bad_json, invalid_table
from ..store.schema import Table
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

    def __init__(self, instance: Instance, request: Request, user: User | None = None, node: int = 0) -> None:
        self.instance = instance
        self.request = request
        self._user = user
        self._node = node
        self._dropped: frozenset[str] = frozenset()
        self.version = ""
        # Serves one more request of the same call: what a batch is made of.
        self.again: Callable[[Inner], Reply] | None = None

    def drop_fields(self, names: Iterable[str]) -> None:
        """A fault makes the instance ignore these fields in a write, without a word."""
        self._dropped = frozenset(names)

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """The instance's lock, and a transaction of the node that serves the call."""
        with self.instance.lock, self.instance.transaction(self._node):
            yield

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

    def table(self, name: str) -> Table:
        """The table that the caller names: ApiError 400 where there is none."""
        table = self.instance.raw.schema.get(name)
        if table is None:
            raise invalid_table(name)
        return table

    @cached_property
    def parameters(self) -> dict[str, str]:
        """Query parameters; the first of equal names counts."""
        pairs = {clean(name): clean(value) for name, value in self.request.args.items()}
        return {name: value for name, value in pairs.items() if name not in self._dropped}

    @cached_property
    def form(self) -> dict[str, str]:
        """The fields of a form that was sent; the first of equal names counts."""
        return {clean(name): clean(value) for name, value in self.request.form.items()}

    @cached_property
    def body(self) -> dict[str, Any]:
        """The object sent, from JSON or XML: of an array only the first element is read."""
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
