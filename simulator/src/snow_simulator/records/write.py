"""One write on its way through the business rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..access.users import User
from ..store.records import Record
from ..store.schema import Table

if TYPE_CHECKING:
    from .service import RecordService


@dataclass(slots=True)
class Write:
    """`after` is what will be stored; before-rules may change it. `given` holds the names the caller sent."""

    service: RecordService
    user: User
    table: Table
    operation: str
    before: Record
    after: Record
    given: set[str] = field(default_factory=set)
    journals: dict[str, str] = field(default_factory=dict)

    @property
    def sys_id(self) -> str:
        return self.after.get("sys_id") or self.before["sys_id"]

    def changed(self, name: str) -> bool:
        return self.before.get(name, "") != self.after.get(name, "")

    def changes(self) -> Record:
        return {name: value for name, value in self.after.items() if self.before.get(name) != value}


Rule = Callable[[Write], None]


class RuleBook:
    """Business rules by table; those of a base table also run for what extends it, after its own."""

    def __init__(self) -> None:
        self._rules: dict[tuple[str, str, str], list[Rule]] = {}
        self._first: dict[str, list[Rule]] = {}
        self._last: dict[str, list[Rule]] = {}

    def add(self, when: str, operations: str, table: str, rule: Rule) -> None:
        """`when` is before or after, `operations` some of "insert update delete"."""
        for operation in operations.split():
            self._rules.setdefault((when, operation, table), []).append(rule)

    def add_first(self, when: str, rule: Rule) -> None:
        """Runs for every write to any table, ahead of the rules of tables."""
        self._first.setdefault(when, []).append(rule)

    def add_last(self, when: str, rule: Rule) -> None:
        self._last.setdefault(when, []).append(rule)

    def run(self, when: str, write: Write) -> None:
        for rule in self._first.get(when, ()):
            rule(write)
        for table in write.table.lineage():
            for rule in self._rules.get((when, write.operation, table.name), ()):
                rule(write)
        for rule in self._last.get(when, ()):
            rule(write)
