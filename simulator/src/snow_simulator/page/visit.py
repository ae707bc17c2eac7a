"""One look at a page: who looks, in which words and time zone values are shown to them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from ..access.control import Access
from ..access.users import User
from ..http.call import Call
from ..query.compile import Compiler
from ..query.parse import parse
from ..query.select import Page, select
from ..store.records import Record
from ..store.schema import Table
from ..values.display import Display
from .visitors import Visitor, Visitors

Shown = dict[str, str]


class Visit:
    """The call, its visitor, and records as the visitor sees them."""

    def __init__(self, call: Call, visitors: Visitors) -> None:
        self.call = call
        self.instance = call.instance
        self.visitors = visitors
        # Cookies do not tell ports apart, and there may be several simulators on this machine.
        self.cookie = f"snow_simulator_{call.request.environ['SERVER_PORT']}"

    @cached_property
    def key(self) -> str:
        return self.call.request.cookies.get(self.cookie, "")

    @cached_property
    def visitor(self) -> Visitor | None:
        return self.visitors.get(self.key)

    @cached_property
    def user(self) -> User | None:
        return self.instance.users.who_may_log_in(self.visitor.user) if self.visitor else None

    @property
    def reader(self) -> User:
        assert self.user is not None, "the site lets nobody past without a login"
        return self.user

    @property
    def token(self) -> str:
        return self.visitor.token if self.visitor else ""

    @cached_property
    def access(self) -> Access:
        return self.instance.access(self.reader)

    @cached_property
    def display(self) -> Display:
        return self.instance.display(self.reader)

    def table(self, name: str) -> Table:
        return self.instance.raw.schema[name]

    def find(self, table: str, match: dict[str, str]) -> list[Record]:
        """The records that the visitor may read."""
        source = self.table(table)
        return self.access.visible(source, self.instance.raw.find(source, match))

    def select(self, table: str, query: str, limit: int) -> Page:
        """The first records of an encoded query."""
        source = self.table(table)
        instance = self.instance
        compiler = Compiler(instance.raw.schema, instance.choices, source, instance.scope(self.reader), self.access)
        page = select(instance.raw, source, compiler.compile(parse(query)), limit=limit, offset=0)
        self.access.shorten(source, page)
        return page

    def shown(self, table: str, record: Record, names: Iterable[str]) -> Shown:
        """Display values of the fields that the visitor may read; "" for the others."""
        actual = self.instance.raw.class_of(record, self.table(table))
        values = {}
        for name in names:
            field = actual.fields.get(name)
            readable = field is not None and self.access.can_read(actual, field)
            values[name] = self.display.value(actual, field, record.get(name, "")) if field and readable else ""
        return values
