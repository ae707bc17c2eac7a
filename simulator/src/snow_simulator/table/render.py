"""Records as the Table API shows them (ServiceNow documentation, "Table API", sysparm_display_value)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..store.records import RawRecords, Record
from ..store.schema import Field, Table
from ..values.display import Display
from .journals import Journals

Shape = Callable[[Table, Field, str], object]
# An instance shows the domain as a reference to this table.
_DOMAIN_TABLE = "sys_user_group"


@dataclass(frozen=True, slots=True)
class Style:
    """sysparm_display_value, sysparm_exclude_reference_link and where links lead: `https://../api/now/v2/table`."""

    mode: str = "false"
    links: bool = True
    tables: str = ""


class Renderer:
    """Renders the records of one request."""

    def __init__(self, records: RawRecords, display: Display, style: Style) -> None:
        self.records = records
        self.display = display
        self.style = style
        self.access = display.access
        self.journals = Journals(records, display)
        self._walked: dict[tuple[str, str], Record | None] = {}
        self._plans: dict[tuple[str, str], list[tuple[str, Field | None]]] = {}
        shapes: dict[str, Shape] = {"false": self._plain, "true": self._shown, "all": self._both}
        self.shape = shapes[style.mode]

    def render(self, table: Table, record: Record, names: Iterable[str] | None) -> dict[str, object]:
        """All readable fields, or those of `names` that exist; a name may walk references."""
        # The choices of the record's own class count, also when it is read through a base table.
        actual = self.records.class_of(record, table)
        rendered: dict[str, object] = {}
        for name, field in self.plan(table, actual, names):
            if field is not None:
                rendered[name] = self.shape(actual, field, record.get(name, ""))
            elif (found := self.follow(table, record, name)) is not None:
                rendered[name] = found
        return rendered

    def plan(self, table: Table, actual: Table, names: Iterable[str] | None) -> list[tuple[str, Field | None]]:
        """What to render of each record of a class: fields the user may read; None where a column is not enough."""
        key = (table.name, actual.name)
        if key not in self._plans:
            wanted = list(table.fields if names is None else names)
            fields = ((name, table.fields.get(name)) for name in wanted)
            self._plans[key] = [
                (name, None if field is None or self.has_entries(field) else field)
                for name, field in fields
                if "." in name or (field and self.access.can_read(actual, field))
            ]
        return self._plans[key]

    def has_entries(self, field: Field) -> bool:
        return field.is_journal and self.style.mode != "false"

    def follow(self, table: Table, record: Record, path: str) -> object | None:
        """The shape of a path over references, or of a journal; None where a name does not exist.

        Of the record it takes its class, its sys_id, and the reference that the path begins with.
        """
        name, _, rest = path.partition(".")
        field, actual = table.fields.get(name), self.records.class_of(record, table)
        if field is None or not self.access.can_read(actual, field):
            return None
        if not rest:
            if self.has_entries(field):
                return self._journal(actual, field, record)
            return self.shape(actual, field, record.get(name, ""))
        target = self.records.schema.get(field.reference) if field.type == "reference" else None
        found = self._walk(target, record.get(name, "")) if target else None
        return self.follow(target, found, rest) if target and found is not None else None

    def _walk(self, target: Table, sys_id: str) -> Record | None:
        """The referenced record, {} where the reference is unset or leads nowhere; None: it is not to be read."""
        key = (target.name, sys_id)
        if key not in self._walked:
            found = self.records.get(target, sys_id) if sys_id else None
            self._walked[key] = next(iter(self.access.visible(target, [found])), None) if found else {}
        return self._walked[key]

    def as_stored(self, field: Field) -> bool:
        """Whether all values of the field are shown as they are stored."""
        return self.style.mode == "false" and not (self.style.links and field.is_reference)

    # Shapes --------------------------------------------------------------------------------------------

    def _plain(self, table: Table, field: Field, stored: str) -> object:
        if stored and self.style.links and field.is_reference:
            return {"link": self._link(field, stored), "value": stored}
        return stored

    def _shown(self, table: Table, field: Field, stored: str) -> object:
        shown = self.display.value(table, field, stored)
        if stored and self.style.links and field.is_reference:
            return {"display_value": shown, "link": self._link(field, stored)}
        return shown

    def _both(self, table: Table, field: Field, stored: str) -> object:
        value = {"display_value": self.display.value(table, field, stored), "value": stored}
        if stored and self.style.links and field.is_reference:
            value["link"] = self._link(field, stored)
        return value

    def _journal(self, table: Table, field: Field, record: Record) -> object:
        """A journal's column is always empty; its display value is what was written to it."""
        shown = self.journals.text(table, field, record.get("sys_id", ""))
        return shown if self.style.mode == "true" else {"display_value": shown, "value": ""}

    def _link(self, field: Field, stored: str) -> str:
        return f"{self.style.tables}/{field.reference or _DOMAIN_TABLE}/{stored}"
