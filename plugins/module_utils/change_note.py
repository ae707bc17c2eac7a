# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One work note for a change, written once whatever becomes of the answer."""

from __future__ import annotations

from ansible_collections.changegate.snow.plugins.module_utils.change_requests import ChangeRequests
from ansible_collections.changegate.snow.plugins.module_utils.change_store import ChangeStore
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.converge import Converger
from ansible_collections.changegate.snow.plugins.module_utils.fields import kinds_of_changes
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity, name_of
from ansible_collections.changegate.snow.plugins.module_utils.policy import Policy
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail


def write_note(client: Client, who: Identity, text: str) -> str:
    """Add *text* to the work notes of the change *who*, be it closed or not; the number of the change.

    :raises NoResults: there is no such change; :raises MultipleResults: there are several.
    :raises Unapplied: the instance took it, and it is not there.
    """
    trail = Trail()
    store = ChangeStore(ChangeRequests(client.transport), trail)
    converger = Converger(client, store, kinds_of_changes(), trail, Policy("fail", "fail", ()))
    record = converger.present(who, {"work_notes": text})
    return str(who) if record is None else name_of(record)
