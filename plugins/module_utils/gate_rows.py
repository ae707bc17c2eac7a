# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records that belong to others, with proof that the instance returned what it was asked for.

Source: ServiceNow documentation, "Table API" (``X-Total-Count`` counts what the user may not read, too).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.cells import Record, record_of
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Query
from ansible_collections.changegate.snow.plugins.module_utils.errors import Forbidden, NotFound, ResponseError
from ansible_collections.changegate.snow.plugins.module_utils.gate_facts import Unknown
from ansible_collections.changegate.snow.plugins.module_utils.related import queries


class _Total:
    """Told of each page; remembers how many rows there are."""

    total = 0

    def __call__(self, _done: int, total: int | None) -> None:
        self.total = max(self.total, total or 0)


class Rows(NamedTuple):
    """Records that a query found, and how many it finds: those that the user may not read are counted, too."""

    records: list[Record]
    total: int

    @property
    def are_all(self) -> bool:
        return self.total <= len(self.records)


def rows_of(
    client: Client,
    table: str,
    column: str,
    values: Sequence[str],
    fields: Sequence[str],
    needed: Sequence[str] = (),
    only: Query | None = None,
) -> Rows | Unknown:
    """The records of *table* whose reference *column* is one of the sys_ids *values*, and to which *only* applies.

    :param fields: what to read of them. :param needed: those that each of them has to show.
    """
    resource = client.table(table)
    resource.parameters.display_value = "all"
    records: list[Record] = []
    total = 0
    for query in queries(column, values):
        note = _Total()
        try:
            asked = str(Query.parse(query) & only) if only else query
            rows = [record_of(raw) for raw in resource.get(query=asked, fields=fields, progress=note).all()]
        except ResponseError as error:
            if isinstance(error, (Forbidden, NotFound)) or error.status == 400:
                return Unknown(str(error))
            raise
        records += rows
        total += max(len(rows), note.total)
    hidden = [name for name in (column, *needed) if any(name not in row for row in records)]
    if hidden:
        return Unknown(f"{table} does not show {', '.join(hidden)}")
    if any(row[column].value not in values for row in records):
        return Unknown(f"the instance was asked for records of {table} with a certain {column} and returned others")
    return Rows(records, total)
