"""POST /_sim/seed: records straight into the database, without business rules, in any state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..records.numbering import next_number
from ..store.records import Record, new_sys_id
from ..store.schema import Field, Table
from ..values import dates, scalars
from ..values.convert import Input
from ..values.text import from_json
from .problems import ControlError

if TYPE_CHECKING:
    from ..instance import Instance


def seed(instance: Instance, table: Table, records: list[dict[str, Any]]) -> list[str]:
    """Values may be stored or display values; an existing sys_id is changed."""
    ids = [_one(instance, table, record) for record in records]
    instance.forget()
    return ids


def find_table(instance: Instance, name: str) -> Table:
    table = instance.raw.schema.get(name)
    if table is None:
        raise ControlError(404, f"No table '{name}'")
    return table


def _one(instance: Instance, table: Table, values: dict[str, Any]) -> str:
    unknown = set(values) - set(table.fields)
    if unknown:
        raise ValueError(f"Table {table.name} has no field {', '.join(sorted(unknown))}")
    given = {name: _stored(instance, table, table.fields[name], from_json(v)) for name, v in values.items()}
    sys_id = given.get("sys_id") or ""
    if sys_id and instance.raw.get(table, sys_id):
        instance.raw.update(table, sys_id, given)
        return sys_id
    record = table.new_record()
    now = dates.stored(instance.clock.now())
    record.update(sys_id=new_sys_id(), sys_created_on=now, sys_updated_on=now)
    record.update(sys_created_by="admin", sys_updated_by="admin")
    record.update(given)
    _number(instance, table, record)
    instance.raw.insert(table, record)
    return record["sys_id"]


def _number(instance: Instance, table: Table, record: Record) -> None:
    source = table.number_source()
    if source and "number" in record:
        record["number"] = record["number"] or next_number(instance.raw, source)
        if "task_effective_number" in record:
            record["task_effective_number"] = record["number"]


def _stored(instance: Instance, table: Table, field: Field, text: str) -> str:
    """Dates are UTC here; labels and names are taken as well as values."""
    if field.is_date or text == "" or field.name == "sys_id":
        exact = scalars.exact(field, text)
        if exact is None and field.is_date and text:
            raise ValueError(f"'{text}' is no value of the field {field.name}")
        return exact or text
    stored = instance.records.converter.stored(table, field, text, Input(dates.zone("UTC"), display=True))
    if stored is None and field.is_number:
        raise ValueError(f"'{text}' is no value of the field {field.name}")
    return text if stored is None else stored
