# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations on the configuration items, services and offerings of a change.

Source: ServiceNow documentation, "Change Management API".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ansible_collections.changegate.snow.plugins.module_utils.change_calls import ChangeCalls, Progress
from ansible_collections.changegate.snow.plugins.module_utils.change_catalog import (
    ASSOCIATIONS,
    AssociatedItem,
    item_of,
)
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, Unapplied
from ansible_collections.changegate.snow.plugins.module_utils.query import check_sys_id

if TYPE_CHECKING:
    from typing import Unpack

    from ansible_collections.changegate.snow.plugins.module_utils.change_lists import ListOptions
    from ansible_collections.changegate.snow.plugins.module_utils.change_workers import Worker
    from ansible_collections.changegate.snow.plugins.module_utils.params import Query


class ChangeItems(ChangeCalls):
    """What a change affects. *association* is ``affected``, ``impacted`` (services) or ``offering``."""

    def cis(
        self, sys_id: str, association: str = "affected", query: Query | None = None, **options: Unpack[ListOptions]
    ) -> Iterator[AssociatedItem]:
        """GET /sn_chg_rest/change/{sys_id}/ci: the associated items; the query is on the table of associations."""
        path = f"/{check_sys_id(sys_id)}/ci"
        fixed = {"association_type": _association(association)}
        return (item_of(record, association) for record in self._list(path, query, fixed, **options))

    def associate(
        self,
        sys_id: str,
        ci_sys_ids: Sequence[str],
        association: str = "affected",
        *,
        refresh_impacted_services: bool = False,
        wait: float | None = None,
        progress: Progress = None,
    ) -> Worker:
        """POST /sn_chg_rest/change/{sys_id}/ci: associate items with a change.

        :param ci_sys_ids: sys_ids; those that are associated already stay.
        :param refresh_impacted_services: find the impacted services too; only with ``affected``.
        :param wait: seconds to wait for the worker, and then to verify with one request more that the items are there.
        :raises Unapplied: an item is not associated although the worker has finished; errors of :meth:`wait`.
        """
        sys_id, association = check_sys_id(sys_id), _association(association)
        if isinstance(ci_sys_ids, str) or not isinstance(ci_sys_ids, Sequence) or not ci_sys_ids:
            raise InvalidUsage(f"ci_sys_ids is {ci_sys_ids!r}; give a list of at least one sys_id.")
        if refresh_impacted_services and association != "affected":
            raise InvalidUsage("refresh_impacted_services goes with affected items only.")
        items = [check_sys_id(item, "ci_sys_ids") for item in ci_sys_ids]
        body: dict[str, object] = {"association_type": association, "cmdb_ci_sys_ids": ",".join(items)}
        if refresh_impacted_services:
            body["refresh_impacted_services"] = True
        worker = self._start("POST", f"/{sys_id}/ci", wait, progress, json=body)
        if wait is not None:
            self._verify(sys_id, items, association, worker)
        return worker

    def refresh_impacted_services(self, sys_id: str, *, wait: float | None = None, progress: Progress = None) -> Worker:
        """POST /sn_chg_rest/change/{sys_id}/refresh_impacted_services: find them anew, from the primary item.

        :param wait: seconds to wait for the worker; errors of :meth:`wait`.
        """
        return self._start("POST", f"/{check_sys_id(sys_id)}/refresh_impacted_services", wait, progress)

    def _verify(self, sys_id: str, items: Sequence[str], association: str, worker: Worker) -> None:
        there = {found.item.value for found in self.cis(sys_id, association)}
        missing = [item for item in items if item not in there]
        if missing:
            told = "; ".join(worker.messages.warnings) or "it does not say why"
            raise Unapplied(
                f"The instance did not associate {', '.join(missing)} with the change {sys_id} as {association} "
                f"({told}); check that these items exist and may be associated.",
                detail=told,
            )


def _association(name: str) -> str:
    if not isinstance(name, str) or name not in ASSOCIATIONS:
        raise InvalidUsage(f"association is {name!r}; give one of {', '.join(ASSOCIATIONS)}.")
    return name
