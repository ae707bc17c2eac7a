# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An attachment under another name."""

from __future__ import annotations

from ansible_collections.changegate.snow.plugins.module_utils.attached_record import Stored
from ansible_collections.changegate.snow.plugins.module_utils.attachment_choice import (
    by_name,
    several_of_one_name,
    shown_stored,
)
from ansible_collections.changegate.snow.plugins.module_utils.attachment_refusal import refused
from ansible_collections.changegate.snow.plugins.module_utils.attachment_selection import Selection
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.content import check_name
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, NotConverged, ResponseError
from ansible_collections.changegate.snow.plugins.module_utils.outgoing import verify_name
from ansible_collections.changegate.snow.plugins.module_utils.several import Entry
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail


class Rename:
    """Gives the one attachment of a *selection* the name *new_name*."""

    def __init__(self, client: Client, selection: Selection, new_name: str, trail: Trail) -> None:
        self._client = client
        self._selection = selection
        self._new = check_name(new_name)
        self._trail = trail
        self.entries: list[Entry] = []
        if selection.choice.name == new_name:
            raise InvalidUsage(f"name and new_name are both {new_name!r}; give another new_name.")

    def run(self) -> list[Entry]:
        """An entry for it, or none if check mode stands before the creation of the record.

        :raises NoResults: it is there under neither name. :raises MultipleResults: several have the old name.
        :raises NotConverged: another one has the new name already, or the instance did not take the name.
        """
        found = self._selection.find(every=True)
        if found is None:
            self._trail.changed = True
            return self.entries
        item = self._the_one(found)
        if item.get("file_name") == self._new:
            return self._done(item, changed=False)
        renamed = {**item, "file_name": self._new}
        self._trail.expects({"attachments": [shown_stored(item)]}, {"attachments": [shown_stored(renamed)]})
        if self._trail.check_mode:
            self._trail.changed = True
        else:
            renamed = self._rename(item)
        return self._done(renamed, changed=True)

    def _done(self, item: Stored, changed: bool) -> list[Entry]:
        self.entries.append({"name": self._new, "changed": changed, "attachment": item})
        return self.entries

    def _the_one(self, found: list[Stored]) -> Stored:
        """The attachment that is to be renamed, or the one that has been."""
        choice = self._selection.choice
        if choice.name is None:
            if not found:
                raise self._selection.missing()
            self._check_free(found[0])
            return found[0]
        names = by_name(found)
        old, new = names.get(choice.name, []), names.get(self._new, [])
        if old and new:
            raise self._taken(new[0])
        if len(old or new) > 1:
            raise several_of_one_name(old or new)
        if not old and not new:
            raise self._selection.missing()
        return (old or new)[0]

    def _check_free(self, item: Stored) -> None:
        """Whether no other attachment of the record of *item* has the new name."""
        if item.get("file_name") == self._new:
            return
        files = self._client.table(str(item.get("table_name"))).attachments
        others = files.named(str(item.get("table_sys_id")), self._new)
        if others:
            raise self._taken(others[0])

    def _taken(self, other: Stored) -> NotConverged:
        return NotConverged(
            f"The record has an attachment called {self._new} already ({other.get('sys_id')}); delete it, or give "
            "another new_name."
        )

    def _rename(self, item: Stored) -> Stored:
        files, sys_id = self._selection.api, str(item["sys_id"])
        before = self._trail.changed
        try:
            files.set_name(sys_id, self._new)
        except ResponseError as error:
            name = f"{item.get('file_name')} as {self._new}"
            raise refused(error, name, self._selection.place, verb="renamed on") from error
        self._trail.wrote()
        record = files.one(sys_id)
        if record.get("file_name") == item.get("file_name"):
            self._trail.changed = before
        verify_name(record, self._new)
        return record
