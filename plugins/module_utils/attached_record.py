# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record that files are attached to, by any identity; and its attachments, each of which is shown to be its own.

Source: ServiceNow documentation, "Attachment API" and the table "Attachment" (sys_attachment).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.attachment import Attachment
from ansible_collections.changegate.snow.plugins.module_utils.cells import Record
from ansible_collections.changegate.snow.plugins.module_utils.change_rules import SHOWS_CLOSED, current
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Query
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    InvalidUsage,
    NoResults,
    NotFound,
    UnexpectedResponseFormat,
)
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity
from ansible_collections.changegate.snow.plugins.module_utils.queried import ByQuery
from ansible_collections.changegate.snow.plugins.module_utils.query import all_of, check_table
from ansible_collections.changegate.snow.plugins.module_utils.stores import FEW, TableStore
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail

#: An attachment as the instance describes it: column to text.
Stored = dict[str, Any]
_CLASS, _CHANGES = "sys_class_name", "change_request"


class Known(NamedTuple):
    """A record that is there, as far as anybody knows: the table that its attachments name, and its sys_id."""

    table: str
    sys_id: str


class AttachedRecord:
    """The record that is *wanted* of *table*, looked up once, and only if its sys_id is not given."""

    def __init__(self, client: Client, table: str, wanted: Identity, trail: Trail) -> None:
        self.wanted = wanted
        self._client = client
        self._table = table
        self._trail = trail
        self._known: Known | None = None

    def find(self) -> Known | None:
        """The record; None if check mode stands before its creation. :raises NoResults: it is not there."""
        if self._known is None and self.wanted.sys_id:
            self._known = Known(self._table, self.wanted.sys_id)
        if self._known is None:
            found = self._look_up()
            self._known = None if found is None else Known(self._table_of(found), found["sys_id"].value)
        return self._known

    def missing(self, error: NotFound | None = None) -> NoResults:
        """The error for a record that is not there."""
        context = error.as_error() if error else {}
        context.pop("type", None)
        return NoResults(f"There is no {self.wanted}, or the user may not read it; check the identifier.", **context)

    def files(self, known: Known) -> Attachment:
        """The interface to attachments of the record's table."""
        return self._client.table(known.table).attachments

    def attachments(self, known: Known, name: str | None = None, asked: Query | None = None) -> list[Stored]:
        """Those of the record, oldest first; raises if one is another record's.

        :param name: only those of this very name. :param asked: only those that this query finds, in its order.
        """
        files = self.files(known)
        if asked is not None:
            own = Query.parse(all_of({"table_sys_id": known.sys_id}))
            found = [item for item in files.find(own & asked) if name in (None, item.get("file_name"))]
        elif name is not None:
            found = files.named(known.sys_id, name)
        else:
            found = sorted(files.find({"table_sys_id": known.sys_id}), key=_age)
        for item in found:
            if str(item.get("table_sys_id", "")).lower() != known.sys_id.lower():
                raise UnexpectedResponseFormat(
                    f"The instance was asked for the attachments of the {self.wanted} and returned "
                    f"{item.get('sys_id')}, which is another record's; try again. Nothing was written."
                )
        return found

    def _look_up(self) -> Record | None:
        records = TableStore(self._client, self._table, self._trail)
        wanted = self.wanted
        asked = wanted.columns if isinstance(wanted, ByQuery) else list(wanted.conditions)
        # As everywhere, of several changes with one correlation ID the open one is meant.
        followed = self._table == _CHANGES and "correlation_id" in wanted.conditions
        rows = records.search(wanted.query, fields=_columns([*asked, *(SHOWS_CLOSED if followed else ())]))
        found = wanted.only(current(rows, FEW) if followed else rows, records.request)
        if found is not None:
            return found
        if not (self._trail.check_mode and wanted.creates):
            raise self.missing()
        self._trail.warnings.append(f"There is no {wanted} yet; check mode assumes that an earlier task would make it.")
        return None

    def _table_of(self, record: Record) -> str:
        """The record's own table: attachments name this one, not a table that it extends."""
        cell = record.get(_CLASS)
        try:
            return check_table(cell.value) if cell is not None else self._table
        except InvalidUsage:
            return self._table


def _age(item: Stored) -> tuple[str, str]:
    """For an order that is the same each time: moments are stored in seconds."""
    return str(item.get("sys_created_on", "")), str(item.get("file_name", ""))


def _columns(asked: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(["sys_id", "number", _CLASS, *asked]))
