# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The items, services and offerings of changes, as parts of what is returned of them.

The Change Management API lists those of one change. Those of several are read from the table of the associations at
once, as far as the user may read that.

Source: ServiceNow documentation, "Change Management API", GET /sn_chg_rest/change/{sys_id}/ci, and "Table API".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, record_of
from ansible_collections.changegate.snow.plugins.module_utils.change_catalog import ASSOCIATIONS
from ansible_collections.changegate.snow.plugins.module_utils.change_item_calls import ChangeItems
from ansible_collections.changegate.snow.plugins.module_utils.change_lists import PAGE
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import Forbidden, NotFound, ResponseError
from ansible_collections.changegate.snow.plugins.module_utils.item_names import ItemKind
from ansible_collections.changegate.snow.plugins.module_utils.related import Part, Reading, named, queries

Found = dict[str, list[Cell]]


def associated(kind: ItemKind) -> Callable[[Reading], Part]:
    """The part that has the items of one *kind*, by name, so that it is the same each time."""

    def read(reading: Reading) -> Part:
        found = _together(reading, kind) if len(reading.changes) > 1 else None
        if found is None:
            api = ChangeItems(reading.client.transport)
            found = {sys_id: _of_change(api, sys_id, kind) for sys_id in reading.sys_ids}
        return named(kind.option, {sys_id: _shown(items) for sys_id, items in found.items()})

    return read


def _together(reading: Reading, kind: ItemKind) -> Found | None:
    """The items of all changes; None where the user does not see the whole table, or there is none."""
    found: Found = {sys_id: [] for sys_id in reading.sys_ids}
    for query in queries("task", reading.sys_ids):
        rows = _rows(reading.client, kind, query)
        if rows is None:
            return None
        for change, item in rows:
            found.setdefault(change, []).append(item)
    return found


def _rows(client: Client, kind: ItemKind, query: str) -> list[tuple[str, Cell]] | None:
    """The sys_id of a change and an item of it, one entry for each association; None as above."""
    column = ASSOCIATIONS[kind.association]
    seen: list[bool] = []
    resource = client.table(kind.table)
    resource.parameters.display_value = "all"

    def note(count: int, total: int | None) -> None:
        seen.append(total is None or total <= count)

    try:
        rows = [record_of(raw) for raw in resource.get(query=query, fields=["task", column], progress=note).all()]
    except ResponseError as error:
        if isinstance(error, (Forbidden, NotFound)) or error.status == 400:
            return None
        raise
    if not all(seen[-1:]) or any(name not in row for row in rows for name in ("task", column)):
        return None
    return [(row["task"].value, row[column]) for row in rows]


def _of_change(api: ChangeItems, sys_id: str, kind: ItemKind) -> list[Cell]:
    # What fits into one page needs no second request to know that it was all.
    items = [found.item for found in api.cis(sys_id, kind.association, limit=PAGE)]
    return items if len(items) < PAGE else [found.item for found in api.cis(sys_id, kind.association)]


def _shown(items: Iterable[Cell]) -> list[dict[str, Any]]:
    ordered = sorted((item for item in items if item.value), key=lambda item: (item.display, item.value))
    return [{"name": item.display, "sys_id": item.value} for item in ordered]
