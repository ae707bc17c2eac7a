"""Who may change an attachment: whoever may write the record that it is attached to.

Source: ServiceNow REST API reference, "Attachment API role requirements".
"""

from __future__ import annotations

from ..errors import acl_refused
from .control import Access

TABLE = "sys_attachment"


def check_attaching(access: Access, table_name: str, table_sys_id: str, operation: str) -> None:
    """Attaching, renaming and taking away: `operation` (Insert, Update, Delete) is what the error says."""
    raw = access.instance.raw
    target = raw.schema.get(table_name)
    record = raw.get(target, table_sys_id) if target else None
    actual = raw.class_of(record, target) if target and record else target
    roles = actual.roles_for("write") if actual else ("admin",)
    if not access.user.has_role(*roles):
        raise acl_refused(operation)
    if actual and record and not access.may(actual, record, "Update"):
        raise acl_refused(operation)
