# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change that a task takes for granted: it has to be there, unless an earlier task of the play would have made it."""

from __future__ import annotations

from ansible_collections.changegate.snow.plugins.module_utils.cells import Record
from ansible_collections.changegate.snow.plugins.module_utils.change_requests import ChangeRequests
from ansible_collections.changegate.snow.plugins.module_utils.change_store import ChangeStore
from ansible_collections.changegate.snow.plugins.module_utils.errors import NoResults
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail


def expected_change(api: ChangeRequests, trail: Trail, who: Identity) -> Record | None:
    """The change *who*; None where check mode stands before its creation, of which the task warns.

    :raises NoResults: there is none.
    """
    record = ChangeStore(api, trail).find(who)
    if record is None:
        if not (trail.check_mode and who.creates):
            raise no_change(who)
        trail.warnings.append(f"There is no {who} yet; check mode assumes that an earlier task would make it.")
    return record


def no_change(who: Identity) -> NoResults:
    return NoResults(f"There is no {who}; check the identifier, and whether the user may read it.")
