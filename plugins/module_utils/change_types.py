# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations on normal, emergency and standard change requests.

A change of another type is not found by them. The document describes no display values for them: where names or labels
are to be sent, :meth:`update` and :meth:`create` take them.

Source: ServiceNow documentation, "Change Management API".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ansible_collections.changegate.snow.plugins.module_utils.cells import Record
from ansible_collections.changegate.snow.plugins.module_utils.change_calls import ChangeCalls
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.fields import kinds_of_changes
from ansible_collections.changegate.snow.plugins.module_utils.query import check_sys_id

if TYPE_CHECKING:
    from typing import Unpack

    from ansible_collections.changegate.snow.plugins.module_utils.change_lists import ListOptions
    from ansible_collections.changegate.snow.plugins.module_utils.change_writes import Columns, Written
    from ansible_collections.changegate.snow.plugins.module_utils.params import Query


class TypedChanges(ChangeCalls):
    """Change requests of one type; arguments, results and errors are those of the operations on any type."""

    def normal_changes(self, query: Query | None = None, **options: Unpack[ListOptions]) -> Iterator[Record]:
        """GET /sn_chg_rest/change/normal: normal change requests; see :class:`ListOptions`."""
        return self._list("/normal", query, **options)

    def get_normal(self, sys_id: str) -> Record:
        """GET /sn_chg_rest/change/normal/{sys_id}: one normal change request."""
        return self._typed_one("normal", sys_id)

    def create_normal(self, columns: Columns, *, strict: bool = True) -> Written:
        """POST /sn_chg_rest/change/normal: a new normal change request."""
        return self._write("POST", "/normal", _plain(columns), kinds_of_changes(), strict)

    def update_normal(self, sys_id: str, columns: Columns, *, strict: bool = True) -> Written:
        """PATCH /sn_chg_rest/change/normal/{sys_id}: change columns of a normal change request."""
        return self._typed_update("normal", sys_id, columns, strict)

    def delete_normal(self, sys_id: str) -> Record:
        """DELETE /sn_chg_rest/change/normal/{sys_id}: delete a normal change request; returns it as it was."""
        return self._typed_delete("normal", sys_id)

    def emergency_changes(self, query: Query | None = None, **options: Unpack[ListOptions]) -> Iterator[Record]:
        """GET /sn_chg_rest/change/emergency: emergency change requests; see :class:`ListOptions`."""
        return self._list("/emergency", query, **options)

    def get_emergency(self, sys_id: str) -> Record:
        """GET /sn_chg_rest/change/emergency/{sys_id}: one emergency change request."""
        return self._typed_one("emergency", sys_id)

    def create_emergency(self, columns: Columns, *, strict: bool = True) -> Written:
        """POST /sn_chg_rest/change/emergency: a new emergency change request."""
        return self._write("POST", "/emergency", _plain(columns), kinds_of_changes(), strict)

    def update_emergency(self, sys_id: str, columns: Columns, *, strict: bool = True) -> Written:
        """PATCH /sn_chg_rest/change/emergency/{sys_id}: change columns of an emergency change request."""
        return self._typed_update("emergency", sys_id, columns, strict)

    def delete_emergency(self, sys_id: str) -> Record:
        """DELETE /sn_chg_rest/change/emergency/{sys_id}: delete an emergency change request; returns it as it was."""
        return self._typed_delete("emergency", sys_id)

    def standard_changes(self, query: Query | None = None, **options: Unpack[ListOptions]) -> Iterator[Record]:
        """GET /sn_chg_rest/change/standard: standard change requests; see :class:`ListOptions`."""
        return self._list("/standard", query, **options)

    def get_standard(self, sys_id: str) -> Record:
        """GET /sn_chg_rest/change/standard/{sys_id}: one standard change request."""
        return self._typed_one("standard", sys_id)

    def create_standard(self, template: str, columns: Columns | None = None, *, strict: bool = True) -> Written:
        """POST /sn_chg_rest/change/standard/{standard_change_template_id}: a new change request from a template.

        :param template: sys_id of the standard change template.
        :param columns: what is to be other than in the template; description and plans are its own and are ignored.
        """
        path = f"/standard/{check_sys_id(template, 'template')}"
        return self._write("POST", path, _plain({} if columns is None else columns), kinds_of_changes(), strict)

    def update_standard(self, sys_id: str, columns: Columns, *, strict: bool = True) -> Written:
        """PATCH /sn_chg_rest/change/standard/{sys_id}: change columns of a standard change request."""
        return self._typed_update("standard", sys_id, columns, strict)

    def delete_standard(self, sys_id: str) -> Record:
        """DELETE /sn_chg_rest/change/standard/{sys_id}: delete a standard change request; returns it as it was."""
        return self._typed_delete("standard", sys_id)

    def _typed_one(self, kind: str, sys_id: str) -> Record:
        sys_id = check_sys_id(sys_id)
        return self._one(f"/{kind}/{sys_id}", sys_id)

    def _typed_update(self, kind: str, sys_id: str, columns: Columns, strict: bool) -> Written:
        sys_id = check_sys_id(sys_id)
        path = f"/{kind}/{sys_id}"
        return self._write("PATCH", path, _plain(columns), kinds_of_changes(), strict, sys_id=sys_id)

    def _typed_delete(self, kind: str, sys_id: str) -> Record:
        sys_id = check_sys_id(sys_id)
        return self._delete(f"/{kind}/{sys_id}", sys_id)


def _plain(columns: Columns) -> Columns:
    from ansible_collections.changegate.snow.plugins.module_utils.plan import Payload

    if isinstance(columns, Payload) and columns.display:
        names = ", ".join(sorted(columns.display))
        raise InvalidUsage(f"This operation takes no display values ({names}); write them with create() or update().")
    return columns
