# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change that does not ask its user for approval now: check mode predicts the decision all the same, if an earlier
task of the play may have the change ask for it."""

from __future__ import annotations

from ansible_collections.changegate.snow.plugins.module_utils.approvals import Decision, may_yet_ask
from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, Record
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail


class Unasked:
    """What check mode makes of the decision *wanted* on such a change."""

    def __init__(self, trail: Trail, wanted: Decision) -> None:
        self._trail = trail
        self._wanted = wanted

    def assumed(self, change: Record, possible: bool = True) -> bool:
        """Whether the decision is predicted for the *change*; without check mode never.

        :param possible: whether it could ask this user then, as far as its approvals tell.
        """
        if not (self._trail.check_mode and possible and may_yet_ask(change, self._wanted)):
            return False
        return self.unseen(f"{change['number'].value}, which is in {change['state'].display}, does not ask this user")

    def unseen(self, what: str) -> bool:
        """The same for a change that this user does not see; *what* is known of it, for the warning."""
        if self._trail.check_mode:
            self._trail.warnings.append(f"{what} for approval; check mode assumes that it would after an earlier task.")
            self.predict()
        return self._trail.check_mode

    def predict(self) -> None:
        """The decision on an approval that is not there yet."""
        self._trail.expects(*self._wanted.difference({"state": Cell("requested", "Requested")}))
        self._trail.changed = True
