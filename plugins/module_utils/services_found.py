# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Having the instance find the services that a change impacts: from its affected items, or from its own item.

Source: ServiceNow documentation, "Change Management API", POST /sn_chg_rest/change/{sys_id}/refresh_impacted_services,
and ``refresh_impacted_services`` of POST /sn_chg_rest/change/{sys_id}/ci.
"""

from __future__ import annotations

from ansible_collections.changegate.snow.plugins.module_utils.affected import WORKER_TIMEOUT, AssociatedItems
from ansible_collections.changegate.snow.plugins.module_utils.cells import Record
from ansible_collections.changegate.snow.plugins.module_utils.change_item_calls import ChangeItems
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import WorkerFailed
from ansible_collections.changegate.snow.plugins.module_utils.once import exactly_once
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail


class ServicesFound:
    """The services of *impacted*, found anew.

    :param affected: the items to begin from, if the task lists some; without it that is the change's own item. So the
        same task begins from the same items each time.
    """

    def __init__(
        self, client: Client, impacted: AssociatedItems, affected: AssociatedItems | None, trail: Trail
    ) -> None:
        self._client = client
        self._api = ChangeItems(client.transport)
        self._impacted = impacted
        self._affected = affected
        self._trail = trail

    def ensure(self, record: Record | None) -> None:
        """Have them found; a change only if they are not those that were there before."""
        if self._trail.check_mode or record is None:
            self._trail.warnings.append(
                "Which services refresh_impacted_services would find is known only to the instance; check mode "
                "predicts no change by it."
            )
            return
        try:
            self._find(record)
        except WorkerFailed as error:
            cause = (error.detail or "it gives no reason").rstrip(".")
            raise WorkerFailed(
                f"The instance did not find the impacted services of {record['number'].value} ({cause}); set cmdb_ci "
                "or affected_cis.",
                detail=error.detail,
            ) from error
        self._impacted.refreshed(record)

    def _find(self, record: Record) -> None:
        sys_id = record["sys_id"].value
        items = self._affected.wanted_ids if self._affected is not None else []

        def begin() -> str:
            if items:
                return self._api.associate(sys_id, items, refresh_impacted_services=True).sys_id
            return self._api.refresh_impacted_services(sys_id).sys_id

        # Nobody can see whether it was done; twice is as good as once.
        worker = exactly_once(begin, lambda: None, self._client.transport.retry_deadline)
        self._api.wait(worker, WORKER_TIMEOUT)
