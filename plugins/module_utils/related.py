# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes and the records that refer to them: what the parts of ``snow_change_info`` are read with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.cells import Record, displayed, record_of, stored, text_of
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.filters import from_data
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail

#: sys_id of a change to what a part adds to it.
Part = dict[str, dict[str, Any]]
Rows = dict[str, list[dict[str, Any]]]
#: sys_ids in one query: a URL of more than about 2,000 characters is refused by some proxies.
_AT_ONCE = 40


class Reading(NamedTuple):
    """The changes whose parts are read; what a user should know of it goes into the *trail*."""

    client: Client
    changes: Sequence[Record]
    trail: Trail

    @property
    def sys_ids(self) -> list[str]:
        return [change["sys_id"].value for change in self.changes]


def entry_of(record: Record, columns: Sequence[str] = ()) -> dict[str, Any]:
    """A record as modules return it: values and display values, of all columns or of some."""
    shown = {name: record[name] for name in columns if name in record} if columns else record
    return {"record": stored(shown), "display": displayed(shown)}


def named(name: str, rows: Rows) -> Part:
    return {sys_id: {name: listed} for sys_id, listed in rows.items()}


def related(
    reading: Reading, table: str, parent: str, order: str, columns: Sequence[str] | None = None
) -> dict[str, list[Record]]:
    """The records of *table* that refer to the changes."""
    resource = reading.client.table(table)
    resource.parameters.display_value = "all"
    found: dict[str, list[Record]] = {sys_id: [] for sys_id in reading.sys_ids}
    for query in queries(parent, reading.sys_ids):
        for raw in resource.get(query=query + order, fields=columns).all():
            record = record_of(raw)
            if parent in record:
                found.setdefault(record[parent].value, []).append(record)
    return found


def queries(column: str, sys_ids: Sequence[str]) -> list[str]:
    """Queries for all of *sys_ids*, each short enough for a URL."""
    chunks = (list(sys_ids[start : start + _AT_ONCE]) for start in range(0, len(sys_ids), _AT_ONCE))
    return [str(from_data({column: chunk})) for chunk in chunks]


def journals(client: Client, sys_ids: Sequence[str], columns: Sequence[str]) -> Rows:
    rows: Rows = {sys_id: [] for sys_id in sys_ids}
    names = ["sys_id", "element_id", "element", "value", "sys_created_by", "sys_created_on"]
    for query in queries("element_id", sys_ids):
        full = f"{query}^{from_data({'element': list(columns)})}^ORDERBYsys_created_on"
        for raw in client.table("sys_journal_field").get(query=full, fields=names).all():
            entry = {
                "type": text_of(raw.get("element")),
                "text": text_of(raw.get("value")),
                "author": text_of(raw.get("sys_created_by")),
                "at": text_of(raw.get("sys_created_on")),
                "sys_id": text_of(raw.get("sys_id")),
            }
            rows.setdefault(str(raw.get("element_id")), []).append(entry)
    return rows
