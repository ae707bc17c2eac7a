"""Tables and fields of the simulated instance, with inheritance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

JOURNALS = frozenset({"journal", "journal_list"})
DATES = frozenset({"glide_date_time", "glide_date", "due_date"})
MONEY = frozenset({"currency", "price"})
NUMBERS = frozenset({"integer", "longint", "decimal", "float"}) | MONEY
# Nobody reads these, and nobody finds a record by them.
SECRETS = frozenset({"password", "password2", "glide_encrypted"})
# Stored in another form than they are written in.
TYPED = DATES | NUMBERS | {"boolean", "glide_time", "glide_duration"}
TEXTS = frozenset({"string", "html", "email", "url"})
OTHERS = frozenset({"reference", "glide_list", "GUID", "domain", "sys_class_name"})
TYPES = JOURNALS | TYPED | SECRETS | TEXTS | OTHERS


@dataclass(frozen=True, slots=True)
class Field:
    """One column. `type` uses ServiceNow's names where it has one."""

    name: str
    type: str
    label: str
    table: str
    reference: str = ""
    max_length: int = 0
    default: str = ""
    read_only: bool = False

    @property
    def is_reference(self) -> bool:
        return self.type in ("reference", "domain")

    @property
    def is_number(self) -> bool:
        return self.type in NUMBERS

    @property
    def is_money(self) -> bool:
        return self.type in MONEY

    @property
    def is_typed(self) -> bool:
        return self.type in TYPED

    @property
    def is_secret(self) -> bool:
        return self.type in SECRETS

    @property
    def is_date(self) -> bool:
        return self.type in DATES

    @property
    def is_journal(self) -> bool:
        return self.type in JOURNALS


@dataclass(slots=True)
class Table:
    """One class of records. Records of a hierarchy share the SQL table of its root."""

    name: str
    label: str
    parent: Table | None
    own: dict[str, Field]
    display: str = ""
    prefix: str = ""
    start: int = 0
    indexes: tuple[str, ...] = ()
    roles: dict[str, tuple[str, ...]] = field(default_factory=dict)
    # Fields that name the table and the sys_id (and, of it, the field) that a record is about.
    belongs_to: tuple[str, ...] = ()
    audit: bool = False
    views: dict[str, tuple[str, ...]] = field(default_factory=dict)
    children: list[Table] = field(default_factory=list)
    fields: dict[str, Field] = field(default_factory=dict)

    @property
    def root(self) -> Table:
        return self.parent.root if self.parent else self

    def lineage(self) -> Iterator[Table]:
        """This table, then its ancestors."""
        yield self
        if self.parent:
            yield from self.parent.lineage()

    def descendants(self) -> Iterator[Table]:
        """This table and everything that extends it."""
        yield self
        for child in self.children:
            yield from child.descendants()

    def extends(self, name: str) -> bool:
        return any(table.name == name for table in self.lineage())

    def roles_for(self, operation: str) -> tuple[str, ...]:
        """The roles that may do `operation`; () means every authenticated user."""
        for table in self.lineage():
            if operation in table.roles:
                return table.roles[operation]
        return ()

    def view(self, name: str) -> tuple[str, ...]:
        """The fields of a view of this table or the nearest one it extends; () where there is no such view."""
        return next((table.views[name] for table in self.lineage() if name in table.views), ())

    def new_record(self) -> dict[str, str]:
        """What a record of this class holds to begin with."""
        return {**{name: item.default for name, item in self.fields.items()}, "sys_class_name": self.name}

    def number_source(self) -> Table | None:
        return next((table for table in self.lineage() if table.prefix), None)

    def display_field(self) -> str:
        return next((table.display for table in self.lineage() if table.display), "sys_id")


class Schema:
    """All tables by name."""

    def __init__(self, tables: dict[str, Table]) -> None:
        self.tables = tables

    def get(self, name: str) -> Table | None:
        return self.tables.get(name)

    def __getitem__(self, name: str) -> Table:
        return self.tables[name]

    def roots(self) -> Iterator[Table]:
        return (table for table in self.tables.values() if table.parent is None)

    def columns(self, root: Table) -> list[str]:
        """Every column of the hierarchy below `root`: what its SQL table holds."""
        names: dict[str, None] = {"sys_id": None, "sys_class_name": None}
        for table in root.descendants():
            names.update(dict.fromkeys(table.own))
        return list(names)

    def journals(self) -> set[str]:
        return {f.name for t in self.tables.values() for f in t.own.values() if f.is_journal}
