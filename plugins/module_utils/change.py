# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Change Management API: one class with a method for each of its 41 operations.

Each of those methods begins with the operation that it is. Source: ServiceNow documentation, "Change Management API".
"""

from __future__ import annotations

from ansible_collections.changegate.snow.plugins.module_utils.change_calls import ROOT
from ansible_collections.changegate.snow.plugins.module_utils.change_catalog_calls import ChangeCatalog
from ansible_collections.changegate.snow.plugins.module_utils.change_item_calls import ChangeItems
from ansible_collections.changegate.snow.plugins.module_utils.change_requests import ChangeRequests
from ansible_collections.changegate.snow.plugins.module_utils.change_task_calls import ChangeTasks
from ansible_collections.changegate.snow.plugins.module_utils.change_time_calls import ChangeTimes
from ansible_collections.changegate.snow.plugins.module_utils.change_types import TypedChanges

__all__ = ["ROOT", "ChangeApi"]


class ChangeApi(ChangeRequests, TypedChanges, ChangeTasks, ChangeCatalog, ChangeItems, ChangeTimes):
    """All operations of the Change Management API, over the transport of a client: ``ChangeApi(client.transport)``.

    Records are columns and their cells (value, display value), whatever shape the answer has. Threads may share it.

    :param version: of the API, such as ``v1``; without it the instance takes its default.
    :param clock: how time passes while workers are waited for.
    """
