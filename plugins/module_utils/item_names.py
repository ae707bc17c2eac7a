# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Items that a change can be associated with, by name or sys_id: what they are, asked for all at once.

Source: ServiceNow documentation, "Change Management API", POST /sn_chg_rest/change/{sys_id}/ci, and "Table API".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.query import is_sys_id


class ItemKind(NamedTuple):
    """What a change is associated with.

    :param option: the module's option, which is also the name of the return value and of the key in the diff.
    :param association: as the Change Management API calls it.
    :param table: of the associations.
    :param items: the table of the items themselves.
    :param noun: for messages.
    """

    option: str
    association: str
    table: str
    items: str
    noun: str


AFFECTED = ItemKind("affected_cis", "affected", "task_ci", "cmdb_ci", "configuration item")
IMPACTED = ItemKind("impacted_services", "impacted", "task_cmdb_ci_service", "cmdb_ci_service", "service")
OFFERING = ItemKind("service_offerings", "offering", "task_service_offering", "service_offering", "service offering")


def resolve(client: Client, kind: ItemKind, wanted: Sequence[str]) -> dict[str, Cell]:
    """Each of *wanted* (names or sys_ids) and the item that it means: one request for all, none for nothing.

    :raises InvalidUsage: one of them is not exactly one item.
    """
    if not wanted:
        return {}
    rows = client.table(kind.items).get(query=_query(wanted), fields=["sys_id", "name"])
    known: dict[str, dict[str, Cell]] = {}
    for row in rows.all():
        cell = Cell(str(row.get("sys_id", "")), str(row.get("name", "")))
        for key in (cell.value.casefold(), cell.display.casefold()):
            known.setdefault(key, {})[cell.value] = cell
    return {name: _only(kind, name, known.get(name.casefold(), {})) for name in wanted}


def _query(wanted: Sequence[str]) -> Mapping[str, object]:
    names = [name for name in wanted if not is_sys_id(name)]
    sys_ids = [name.lower() for name in wanted if is_sys_id(name)]
    if names and sys_ids:
        return {"or": [{"name": names}, {"sys_id": sys_ids}]}
    return {"name": names} if names else {"sys_id": sys_ids}


def _only(kind: ItemKind, name: str, found: Mapping[str, Cell]) -> Cell:
    if not found:
        what = "with the sys_id" if is_sys_id(name) else "named"
        raise InvalidUsage(
            f"There is no {kind.noun} {what} {name!r} in {kind.items}, or the user may not read it; check "
            f"{kind.option}. Nothing was written."
        )
    if len(found) > 1:
        listed = ", ".join(list(found)[:5])
        raise InvalidUsage(
            f"There are {len(found)} {kind.noun}s named {name!r} ({listed}); give the sys_id of one of them in "
            f"{kind.option}. Nothing was written."
        )
    return next(iter(found.values()))
