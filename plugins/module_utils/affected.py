# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration items that a change affects: those that are missing are added, others stay.

Source: ServiceNow documentation, "Change Management API", GET and POST /sn_chg_rest/change/{sys_id}/ci.
"""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.changegate.snow.plugins.module_utils.change import ChangeApi
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, Unapplied
from ansible_collections.changegate.snow.plugins.module_utils.plan import Miss
from ansible_collections.changegate.snow.plugins.module_utils.query import check_identifier, is_sys_id, one_of
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail
from ansible_collections.changegate.snow.plugins.module_utils.values import Cell, Record, same

#: Seconds for the instance's worker; associating a handful of items takes it one or two.
_WORKER_TIMEOUT = 120.0


def missing_of(wanted: Sequence[str], current: Sequence[Cell]) -> list[str]:
    """Those of *wanted* (names or sys_ids) that are not among *current*."""
    return [name for name in wanted if not any(same("reference", name, cell) for cell in current)]


def ensure_affected(
    client: Client, record: Record | None, wanted: Sequence[str], trail: Trail, check_mode: bool
) -> None:
    """Associate *wanted* (names or sys_ids) with the change *record*; None is one that check mode did not make."""
    names = [check_identifier(name, "affected_cis") for name in wanted]
    api = ChangeApi(client.transport)
    current = _items(api, record) if record is not None else []
    missing = missing_of(names, current)
    shown = sorted(cell.display for cell in current)
    if missing:
        sys_ids = _sys_ids(client, missing)
        trail.expects({"affected_cis": shown}, {"affected_cis": sorted([*shown, *missing])})
        if check_mode or record is None:
            trail.changed = True
        else:
            current = _associate(api, record, sys_ids, names, trail)
    trail.extra["affected_cis"] = [{"name": cell.display, "sys_id": cell.value} for cell in current]


def _items(api: ChangeApi, record: Record) -> list[Cell]:
    return [item["ci_item"] for item in api.cis(record["sys_id"].value) if "ci_item" in item]


def _associate(api: ChangeApi, record: Record, sys_ids: list[str], names: list[str], trail: Trail) -> list[Cell]:
    worker = api.associate(record["sys_id"].value, sys_ids)
    trail.wrote()
    api.await_worker(worker, _WORKER_TIMEOUT)
    current = _items(api, record)
    still = missing_of(names, current)
    if still:
        trail.unapplied.append(Miss("affected_cis", ", ".join(names), ", ".join(cell.display for cell in current)))
        raise Unapplied(
            f"The instance did not associate {', '.join(still)} with {record['number'].value}, although its worker "
            "finished; check that the items may be affected by a change."
        )
    return current


def _sys_ids(client: Client, wanted: Sequence[str]) -> list[str]:
    """The sys_ids of items named by name or sys_id; raises :class:`InvalidUsage` for a name that is not exactly one."""
    names = [name for name in wanted if not is_sys_id(name)]
    found: dict[str, list[str]] = {}
    if names:
        rows = client.table("cmdb_ci").get(query=one_of("name", names), fields=["sys_id", "name"])
        for row in rows.all():
            found.setdefault(str(row.get("name", "")).casefold(), []).append(str(row.get("sys_id")))
    return [name if is_sys_id(name) else _only(name, found.get(name.casefold(), [])) for name in wanted]


def _only(name: str, sys_ids: list[str]) -> str:
    if not sys_ids:
        raise InvalidUsage(f"There is no configuration item named {name!r}; check affected_cis.")
    if len(sys_ids) > 1:
        raise InvalidUsage(
            f"There are {len(sys_ids)} configuration items named {name!r} ({', '.join(sys_ids[:5])}); give the sys_id "
            "of one of them in affected_cis."
        )
    return sys_ids[0]
