"""sys_audit: what was written to the fields of audited tables (`audit: true`), by whom."""

from __future__ import annotations

from ..records.write import RuleBook, Write

_UNAUDITED = frozenset({"sys_updated_on", "sys_updated_by", "sys_mod_count"})


def register(rules: RuleBook) -> None:
    rules.add_last("after", audit)


def audit(write: Write) -> None:
    """A row for each field of an update; journals with what was added, secrets without."""
    if write.operation != "update" or not any(table.audit for table in write.table.lineage()):
        return
    table = write.service.schema["sys_audit"]
    changes = {name: (write.before.get(name, ""), value) for name, value in write.changes().items()}
    changes |= {name: ("", value) for name, value in write.journals.items()}
    for name, (old, new) in changes.items():
        field = write.table.fields.get(name)
        if field is None or field.is_secret or name in _UNAUDITED:
            continue
        values = {
            "tablename": write.table.name,
            "documentkey": write.sys_id,
            "fieldname": name,
            "oldvalue": old,
            "newvalue": new,
            "user": write.user.user_name,
            "record_checkpoint": write.after["sys_mod_count"],
        }
        write.service.insert_raw(write.user, table, values)
