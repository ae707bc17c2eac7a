"""Attachments go when their record goes, and their content goes with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..records.write import RuleBook, Write

if TYPE_CHECKING:
    from ..instance import Instance


def register(rules: RuleBook, instance: Instance) -> None:
    def delete_of_record(write: Write) -> None:
        table = write.service.schema["sys_attachment"]
        for record in write.service.raw.find(table, {"table_sys_id": write.sys_id}):
            write.service.delete(write.user, table, record)

    for root in instance.data.schema.roots():
        if root.name != "sys_attachment":
            rules.add("after", "delete", root.name, delete_of_record)
    rules.add("after", "delete", "sys_attachment", lambda write: instance.contents.delete(write.sys_id))
