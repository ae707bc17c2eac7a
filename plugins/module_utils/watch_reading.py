# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what an event source watches: changes, decisions about them, and their history.

Source: ServiceNow documentation, "Table API", tables "Change Request", "Approval" (sysapproval_approver), "Sys Audit".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from ansible_collections.changegate.snow.plugins.module_utils import answers
from ansible_collections.changegate.snow.plugins.module_utils.cells import Record, record_of
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Condition, Query
from ansible_collections.changegate.snow.plugins.module_utils.errors import UnexpectedResponseFormat
from ansible_collections.changegate.snow.plugins.module_utils.query import utc_text
from ansible_collections.changegate.snow.plugins.module_utils.watch_rows import (
    MOVING,
    PLANNED,
    Row,
    Step,
    row_of,
    step_of,
)

CHANGES, APPROVALS, AUDIT = "change_request", "sysapproval_approver", "sys_audit"
_PARENT = "sysapproval"
_APPROVAL_COLUMNS = (
    "sys_id", "state", "approver", "approver.user_name", _PARENT, "sysapproval.number", "sysapproval.state",
    "sysapproval.active", "sysapproval.closed_at", "sys_created_on", "sys_created_by", "sys_updated_on",
    "sys_updated_by", "sys_mod_count",
)  # fmt: skip
_AUDIT_COLUMNS = (
    "sys_id", "documentkey", "fieldname", "oldvalue", "newvalue", "record_checkpoint", "sys_created_on", "user",
)  # fmt: skip
ACTIVE = Query.where(Condition("active", "=", "true"))


class Reader:
    """Reads for one event source.

    :param query: what the changes have to be. :param columns: what is read of each.
    """

    def __init__(self, client: Client, query: Query, columns: Sequence[str]) -> None:
        self.client = client
        self._query = query
        self._columns = tuple(dict.fromkeys([*columns, *MOVING, *PLANNED, "sys_id"]))
        #: The instance's time when the last list of changes or approvals began to be answered.
        self.now = ""
        #: Changes and approvals that hide what watching takes, by sys_id.
        self.hidden: set[str] = set()

    def changes(self, where: Query) -> list[Row]:
        """The changes that are watched, and of those the ones that *where* finds."""
        rows = self._records(CHANGES, self._query & where, self._columns)
        return self._rows(rows, (*MOVING, *PLANNED), "sys_id")

    def named(self, sys_ids: Collection[str]) -> list[Row]:
        """Those of the changes *sys_ids* that are there, and still what is watched."""
        if not sys_ids:
            return []
        return self.changes(Query.where(Condition("sys_id", "IN", ",".join(sorted(sys_ids)))))

    def approvals(self, since: str, all_active: bool) -> list[Row]:
        """Approvals of changes that were touched since then; with *all_active* also all those of active changes."""
        where = updated_since(since)
        if all_active:
            where = Query.where(Condition(f"{_PARENT}.active", "=", "true")) | where
        of_changes = Query.where(Condition(f"{_PARENT}.sys_class_name", "=", CHANGES))
        return self._rows(self._records(APPROVALS, of_changes & where, _APPROVAL_COLUMNS), ("state",), _PARENT)

    def shows_history(self, sys_ids: Collection[str]) -> bool:
        """Whether the user sees any history of the changes *sys_ids*; raises :class:`Forbidden` if not even the table.

        By their sys_ids only: the table is the largest of an instance, and has no other short way in.
        """
        where = Query.where(Condition("documentkey", "IN", ",".join(sorted(sys_ids))))
        return any(step_of(record) for record in self._records(AUDIT, where, _AUDIT_COLUMNS, limit=1))

    def steps(self, sys_ids: Iterable[str]) -> dict[str, list[Step]]:
        """The history of the changes *sys_ids*, as far as it is about columns that make events."""
        where = Query.where(
            Condition("tablename", "=", CHANGES),
            Condition("documentkey", "IN", ",".join(sorted(sys_ids))),
            Condition("fieldname", "IN", ",".join(MOVING)),
        )
        found: dict[str, list[Step]] = {}
        for record in self._records(AUDIT, where, _AUDIT_COLUMNS):
            entry = step_of(record)
            if entry is not None:
                found.setdefault(entry[0], []).append(entry[1])
        return found

    def _rows(self, records: Iterable[Record], columns: Sequence[str], parent: str) -> list[Row]:
        rows = []
        for record in records:
            row = row_of(record, columns, parent)
            if row is not None:
                rows.append(row)
            elif "sys_id" in record:
                self.hidden.add(record["sys_id"].value)
        return rows

    def _records(self, table: str, query: Query, columns: Sequence[str], limit: int | None = None) -> list[Record]:
        resource = self.client.table(table)
        resource.parameters.display_value = "all"
        resource.parameters.exclude_reference_link = True
        dates: list[str | None] = []
        found = resource.get(
            query=query,
            fields=list(columns),
            limit=limit,
            progress=lambda _done, _total: dates.append(self.client.transport.date),
        ).all()
        if table != AUDIT:
            self.now = self._moment(dates[0] if dates else self.client.transport.date)
        return [record_of(raw) for raw in found]

    def _moment(self, date: str | None) -> str:
        moment = answers.moment_in({"Date": date or ""})
        if moment is None:
            raise UnexpectedResponseFormat(
                f"{self.client.transport.host} does not say what time it is (header Date), by which changes are "
                "followed; have what lies in between pass that on."
            )
        return utc_text(moment)


def updated_since(moment: str) -> Query:
    return Query.where(Condition("sys_updated_on", ">=", moment))
