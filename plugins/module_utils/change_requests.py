# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations on change requests of any type. Source: ServiceNow documentation, "Change Management API"."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from ansible_collections.changegate.snow.plugins.module_utils.cells import Record
from ansible_collections.changegate.snow.plugins.module_utils.change_answers import record_in
from ansible_collections.changegate.snow.plugins.module_utils.change_calls import ChangeCalls
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.fields import kinds_of_changes
from ansible_collections.changegate.snow.plugins.module_utils.query import check_sys_id

if TYPE_CHECKING:
    from typing import Unpack

    from ansible_collections.changegate.snow.plugins.module_utils.change_catalog import Risk
    from ansible_collections.changegate.snow.plugins.module_utils.change_lists import ListOptions
    from ansible_collections.changegate.snow.plugins.module_utils.change_states import NextStates
    from ansible_collections.changegate.snow.plugins.module_utils.change_writes import Columns, Written
    from ansible_collections.changegate.snow.plugins.module_utils.params import Query

_DECISIONS = ("approved", "rejected")


class ChangeRequests(ChangeCalls):
    """Change requests of any type."""

    def changes(self, query: Query | None = None, **options: Unpack[ListOptions]) -> Iterator[Record]:
        """GET /sn_chg_rest/change: the change requests that a query finds; see :class:`ListOptions`.

        They are fetched page by page as they are asked for.

        :raises InvalidUsage: an argument, or a column that the instance does not know and says so.
        """
        return self._list("", query, **options)

    def get(self, sys_id: str) -> Record:
        """GET /sn_chg_rest/change/{sys_id}: one change request; raises :class:`NotFound`."""
        sys_id = check_sys_id(sys_id)
        return self._one(f"/{sys_id}", sys_id)

    def create(self, columns: Columns, display: Collection[str] = (), *, strict: bool = True) -> Written:
        """POST /sn_chg_rest/change: a new change request.

        :param columns: column to value; ``chg_model`` (name or sys_id) or ``type`` should be among them.
        :param display: the columns whose values are names or labels: they go as ``encrypted_fields``.
        :param strict: raise :class:`Unapplied`, with the record, if it does not hold all that was asked for.
        """
        return self._write("POST", "", columns, kinds_of_changes(), strict, display)

    def update(self, sys_id: str, columns: Columns, display: Collection[str] = (), *, strict: bool = True) -> Written:
        """PATCH /sn_chg_rest/change/{sys_id}: change columns; arguments as in :meth:`create`, None clears a column."""
        sys_id = check_sys_id(sys_id)
        return self._write("PATCH", f"/{sys_id}", columns, kinds_of_changes(), strict, display, sys_id)

    def delete(self, sys_id: str) -> Record:
        """DELETE /sn_chg_rest/change/{sys_id}: delete a change request; returns it as it was.

        The record is empty if an answer was lost on the way and the change request is gone.
        """
        sys_id = check_sys_id(sys_id)
        return self._delete(f"/{sys_id}", sys_id)

    def next_states(self, sys_id: str) -> NextStates:
        """GET /sn_chg_rest/change/{change_sys_id}/nextstates: where it can go, and what that waits for."""
        path = f"/{check_sys_id(sys_id)}/nextstates"
        from ansible_collections.changegate.snow.plugins.module_utils.change_states import next_states_of

        return next_states_of(self._get(path).body, self._name("GET", path))

    def decide(self, sys_id: str, state: str, comments: str = "") -> Record:
        """PATCH /sn_chg_rest/change/{sys_id}/approvals: the user of this connection approves or rejects.

        Sent once: a second decision could be one on the next stage.

        :param state: ``approved`` or ``rejected``; *comments* are required with the latter.
        :returns: the change request, which may have moved on.
        :raises ResponseError: the user is not asked for an approval.
        :raises OutcomeUnknown: the answer was lost.
        """
        sys_id = check_sys_id(sys_id)
        if state not in _DECISIONS:
            raise InvalidUsage(f"state is {state!r}; give approved or rejected.")
        if not isinstance(comments, str) or (state == "rejected" and not comments.strip()):
            raise InvalidUsage("A rejection needs comments; give its reason as a text.")
        path = f"/{sys_id}/approvals"
        body = {"state": state, **({"comments": comments} if comments else {})}
        reply = self._transport.request("PATCH", self.root + path, json=body, repeatable=False)
        return record_in(reply.body, self._name("PATCH", path), sys_id)

    def approve(self, sys_id: str, comments: str = "") -> Record:
        """:meth:`decide` with ``approved``."""
        return self.decide(sys_id, "approved", comments)

    def reject(self, sys_id: str, comments: str) -> Record:
        """:meth:`decide` with ``rejected``."""
        return self.decide(sys_id, "rejected", comments)

    def calculate_risk(self, sys_id: str) -> Risk:
        """PATCH /sn_chg_rest/change/standard/{sys_id}/risk: calculate risk and impact of a change.

        The document names the operation so, and gives ``/sn_chg_rest/change/{sys_id}/risk`` as its URL, which is used.

        :raises ResponseError: the change meets no risk condition, or is closed.
        """
        sys_id = check_sys_id(sys_id)
        path = f"/{sys_id}/risk"
        reply = self._transport.request("PATCH", self.root + path)
        from ansible_collections.changegate.snow.plugins.module_utils.change_catalog import risk_of

        return risk_of(record_in(reply.body, self._name("PATCH", path), sys_id))
