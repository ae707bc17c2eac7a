"""Whether an encoded query finds a record, stored or about to be stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..access.users import User
from ..query.ast import Condition
from ..query.compile import Compiler
from ..query.parse import parse
from ..query.select import count
from ..store.records import Record
from .system import SYSTEM

if TYPE_CHECKING:
    from ..instance import Instance

_SAVEPOINT = "about_to_be_stored"


def matches(instance: Instance, user: User, table_name: str, sys_id: str, condition: str) -> bool:
    """Whether a record is in the table and the encoded query finds it; what cannot be read finds nothing."""
    table = instance.raw.schema.get(table_name)
    if table is None:
        return False
    query = parse(condition)
    query.branches = query.branches or [[]]
    for branch in query.branches:
        branch.append([Condition("sys_id", "=", sys_id)])
    compiled = Compiler(instance.raw.schema, instance.choices, table, instance.scope(user)).compile(query, strict=True)
    return not compiled.denied and count(instance.raw, table, compiled) > 0


def would_match(instance: Instance, table_name: str, record: Record, condition: str) -> bool:
    """The same for a record as it is, whatever is stored of it."""
    table, sys_id = instance.raw.schema[table_name], record["sys_id"]
    known = {name: value for name, value in record.items() if name in table.fields}
    stored = instance.raw.get(table, sys_id)
    if stored and all(stored.get(name) == value for name, value in known.items()):
        return matches(instance, SYSTEM, table_name, sys_id, condition)
    # A query looks at what is stored: put the record there for as long as it takes.
    database = instance.database
    database.execute(f"SAVEPOINT {_SAVEPOINT}")
    try:
        if stored:
            instance.raw.update(table, sys_id, known)
        else:
            instance.raw.insert(table, known)
        return matches(instance, SYSTEM, table_name, sys_id, condition)
    finally:
        database.execute(f"ROLLBACK TO {_SAVEPOINT}")
        database.execute(f"RELEASE {_SAVEPOINT}")
