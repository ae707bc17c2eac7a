"""Which roles may do what with a table as a whole. Records and fields: see control.py."""

from __future__ import annotations

from ..errors import acl_refused, no_read_role
from ..store.schema import Field, Table
from .users import User

# `create` falls back on `write` where a table does not tell them apart.
OPERATIONS = {"Insert": "create", "Update": "write", "Delete": "delete"}


def check_read(user: User, table: Table) -> None:
    roles = table.roles_for("read")
    if roles and not user.has_role(*roles):
        raise no_read_role()


def check_write(user: User, table: Table, operation: str) -> None:
    """`operation` is Insert, Update or Delete."""
    roles = table.roles_for(OPERATIONS[operation]) or table.roles_for("write")
    if not roles or not user.has_role(*roles):
        raise acl_refused(operation)


def readable(field: Field) -> bool:
    """Fields that nobody may read are left out of answers, not blanked."""
    return not field.is_secret
