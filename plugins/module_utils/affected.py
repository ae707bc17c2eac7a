# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration items that a change affects: those that are missing are added, others stay.

Source: ServiceNow documentation, "Change Management API", GET and POST /sn_chg_rest/change/{sys_id}/ci.
"""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, Record
from ansible_collections.changegate.snow.plugins.module_utils.change_item_calls import ChangeItems
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, Unapplied
from ansible_collections.changegate.snow.plugins.module_utils.once import exactly_once
from ansible_collections.changegate.snow.plugins.module_utils.plan import Miss
from ansible_collections.changegate.snow.plugins.module_utils.query import check_identifier, is_sys_id
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail
from ansible_collections.changegate.snow.plugins.module_utils.values import same

#: Seconds for the instance's worker; associating a handful of items takes it one or two.
_WORKER_TIMEOUT = 120.0
#: In place of a worker's sys_id: there is nothing to wait for.
_DONE = ""


def missing_of(wanted: Sequence[str], current: Sequence[Cell]) -> list[str]:
    """Those of *wanted* (names or sys_ids) that are not among *current*."""
    return [name for name in wanted if not any(same("reference", name, cell) for cell in current)]


class AffectedItems:
    """The items *wanted* (names or sys_ids) on one change."""

    def __init__(self, client: Client, wanted: Sequence[str], trail: Trail) -> None:
        self._client = client
        self._api = ChangeItems(client.transport)
        self._names = [check_identifier(name, "affected_cis") for name in wanted]
        self._trail = trail
        self._current: list[Cell] = []
        self._missing: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self._names)

    def check(self, record: Record | None) -> None:
        """Look up what is missing on the change *record* (None: it is not there), before anything is written.

        :raises InvalidUsage: a name is not exactly one item.
        """
        if self._names:
            self._current = self._items(record) if record is not None else []
            missing = missing_of(self._names, self._current)
            self._missing = dict(zip(missing, _sys_ids(self._client, missing)))

    def ensure(self, record: Record | None) -> None:
        """Associate with the change *record* what :meth:`check` missed; None is one that check mode did not make."""
        if not self._names:
            return
        if self._missing:
            shown = sorted(cell.display for cell in self._current)
            self._trail.expects({"affected_cis": shown}, {"affected_cis": sorted([*shown, *self._missing])})
            if self._trail.check_mode or record is None:
                self._trail.changed = True
            else:
                self._current = self._associate(record)
        self._trail.extra["affected_cis"] = [{"name": cell.display, "sys_id": cell.value} for cell in self._current]

    def _items(self, record: Record) -> list[Cell]:
        return [found.item for found in self._api.cis(record["sys_id"].value) if found.item.value]

    def _associate(self, record: Record) -> list[Cell]:
        def begin() -> str:
            return self._api.associate(record["sys_id"].value, list(self._missing.values())).sys_id

        def find() -> str | None:
            return None if missing_of(self._names, self._items(record)) else _DONE

        worker = exactly_once(begin, find, self._client.transport.retry_deadline)
        self._trail.wrote()
        if worker != _DONE:
            self._api.wait(worker, _WORKER_TIMEOUT)
        current = self._items(record)
        still = missing_of(self._names, current)
        if still:
            shown = ", ".join(cell.display for cell in current)
            self._trail.unapplied.append(Miss("affected_cis", ", ".join(self._names), shown))
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
        rows = client.table("cmdb_ci").get(query={"name": names}, fields=["sys_id", "name"])
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
