"""Whether an encoded query finds a record, stored or about to be stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..access.users import User
from ..query.compile import Compiler
from ..query.parse import parse
from ..query.paths import BASE
from ..store.database import quoted
from ..store.records import Record
from ..store.schema import Table

if TYPE_CHECKING:
    from ..instance import Instance


def matches(instance: Instance, user: User, table_name: str, sys_id: str, query: str) -> bool:
    """Whether a record is in the table and the encoded query finds it."""
    table = instance.raw.schema.get(table_name)
    record = instance.raw.get(table, sys_id) if table else None
    return bool(table and record and fits(instance, user, table, record, query))


def fits(instance: Instance, user: User, table: Table, record: Record, query: str) -> bool:
    """The same for a record as it is, whatever is stored of it; what cannot be read finds nothing."""
    names = list(dict.fromkeys([*table.fields, "sys_class_name"]))
    values = {name: record.get(name, "") for name in names}
    # It may be the first with such letters: they are compared otherwise than those of the columns known so far.
    instance.database.mark_letters(table.root.name, values)
    compiler = Compiler(instance.raw.schema, instance.choices, table, instance.scope(user))
    compiled = compiler.compile(parse(query), strict=True)
    columns = ", ".join(f"? COLLATE NOCASE AS {quoted(name)}" for name in names)
    sql = f"SELECT 1 FROM (SELECT {columns}) AS {BASE} {compiled.joins} WHERE {compiled.where}"
    return bool(instance.database.rows(sql, [*values.values(), *compiled.parameters]))
