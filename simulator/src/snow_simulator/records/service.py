"""Insert, update and delete with everything that an instance does around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..access.control import Access
from ..access.users import User
from ..clock import Clock
from ..errors import duplicate_key
from ..store.choices import Choices
from ..store.records import RawRecords, Record, new_sys_id
from ..store.schema import Field, Table
from ..values import dates, text
from ..values.convert import Converter, Input
from .numbering import next_number
from .write import RuleBook, Write


@dataclass(slots=True)
class Outcome:
    """The record as stored, and the names that were sent but are unknown or not writable."""

    record: Record
    ignored: list[str] = field(default_factory=list)


class RecordService:
    """`insert` and `update` do what a client asks for, as far as it may; the others do what the instance wants."""

    def __init__(
        self, raw: RawRecords, choices: Choices, clock: Clock, rules: RuleBook, access: Callable[[User], Access]
    ) -> None:
        self.access = access
        self.raw = raw
        self.schema = raw.schema
        self.choices = choices
        self.clock = clock
        self.rules = rules
        self.converter = Converter(raw, choices)

    # What clients send ---------------------------------------------------------------------------------

    def insert(self, user: User, table: Table, values: Mapping[str, object], how: Input) -> Outcome:
        access = self.access(user)
        converted, ignored = self._convert(access, table, values, how)
        if sys_id := text.from_json(values.get("sys_id")):
            converted["sys_id"] = sys_id = sys_id[:32]
            if self.raw.get(table.root, sys_id):
                raise duplicate_key(table.name, sys_id)
            ignored = [name for name in ignored if name != "sys_id"]
        record = self.insert_raw(user, table, converted)
        access.check_row(table, record, "Insert")
        return Outcome(record, ignored)

    def update(self, user: User, table: Table, record: Record, values: Mapping[str, object], how: Input) -> Outcome:
        """`table` is the one that the client named: through it, only its own fields can be written."""
        actual = self.raw.class_of(record, table)
        access = self.access(user)
        access.check_row(actual, record, "Update")
        converted, ignored = self._convert(access, table, values, how, actual)
        return Outcome(self.update_raw(user, table, record, converted), ignored)

    def _convert(
        self, access: Access, table: Table, values: Mapping[str, object], how: Input, actual: Table | None = None
    ) -> tuple[Record, list[str]]:
        converted: Record = {}
        ignored: list[str] = []
        for name, value in values.items():
            target = table.fields.get(name)
            if target is None or not writable(target) or not access.can_write(actual or table, target):
                ignored.append(name)
                continue
            stored = self.converter.stored(actual or table, target, text.from_json(value), how)
            if stored is not None:
                converted[name] = stored
        return converted, ignored

    # Values in stored form -----------------------------------------------------------------------------

    def insert_raw(self, user: User, table: Table, values: Record) -> Record:
        record = table.new_record()
        write = Write(self, user, table, "insert", {}, record, given=set(values))
        self._take(write, values)
        record["sys_id"] = record["sys_id"] or new_sys_id()
        self._stamp(write, created=True)
        self.rules.run("before", write)
        source = table.number_source()
        if source and "number" in table.fields and not record["number"]:
            record["number"] = next_number(self.raw, source)
        if "task_effective_number" in record:
            record["task_effective_number"] = record["number"]
        self.raw.insert(table, {k: v for k, v in record.items() if k in table.fields or k == "sys_class_name"})
        self._after(write)
        return self._reread(table, record["sys_id"], record)

    def update_raw(self, user: User, table: Table, record: Record, values: Record) -> Record:
        actual = self.raw.class_of(record, table)
        before = self.raw.get(actual, record["sys_id"]) or record
        write = Write(self, user, actual, "update", before, dict(before), given=set(values))
        self._take(write, values)
        self.rules.run("before", write)
        if write.changes() or write.journals:
            self._stamp(write, created=False)
            self.raw.update(actual, before["sys_id"], write.changes())
            self._after(write)
        return self._reread(actual, before["sys_id"], write.after)

    def delete(self, user: User, table: Table, record: Record) -> None:
        actual = self.raw.class_of(record, table)
        write = Write(self, user, actual, "delete", record, dict(record))
        self.rules.run("before", write)
        self.raw.delete(actual, record["sys_id"])
        self._after(write)

    # Parts ---------------------------------------------------------------------------------------------

    def _take(self, write: Write, values: Record) -> None:
        """Journals are write only: what is sent there becomes an entry, the field itself stays empty."""
        for name, value in values.items():
            target = write.table.fields.get(name)
            if target and target.is_journal:
                if value:
                    write.journals[name] = value
            elif target:
                write.after[name] = value

    def _stamp(self, write: Write, *, created: bool) -> None:
        now = dates.stored(self.clock.now())
        record = write.after
        if created:
            record.update(sys_created_by=write.user.user_name, sys_created_on=now, sys_mod_count="0")
        else:
            record["sys_mod_count"] = str(int(record.get("sys_mod_count") or 0) + 1)
        record.update(sys_updated_by=write.user.user_name, sys_updated_on=now)

    def _after(self, write: Write) -> None:
        for element, value in write.journals.items():
            self.journal(write.user, write.table, write.sys_id, element, value)
        self.rules.run("after", write)
        if write.table.name == "sys_choice":
            self.choices.forget()

    def journal(self, user: User, table: Table, sys_id: str, element: str, value: str) -> None:
        entry = {"name": table.name, "element_id": sys_id, "element": element, "value": value}
        self.insert_raw(user, self.schema["sys_journal_field"], entry)

    def _reread(self, table: Table, sys_id: str, fallback: Record) -> Record:
        """After-rules may have moved the record on."""
        return self.raw.get(table, sys_id) or fallback


def writable(target: Field) -> bool:
    return not target.read_only and target.type not in ("journal_list", "domain", "sys_class_name")
