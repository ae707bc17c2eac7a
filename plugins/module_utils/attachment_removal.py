# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attachments that are not to be there; and what every change of attachments adds to the diff."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from ansible_collections.changegate.snow.plugins.module_utils.attached_record import Stored
from ansible_collections.changegate.snow.plugins.module_utils.attachment import Attachment
from ansible_collections.changegate.snow.plugins.module_utils.attachment_choice import shown_stored
from ansible_collections.changegate.snow.plugins.module_utils.attachment_refusal import refused
from ansible_collections.changegate.snow.plugins.module_utils.attachment_selection import Selection
from ansible_collections.changegate.snow.plugins.module_utils.errors import NoResults, NotFound, ResponseError
from ansible_collections.changegate.snow.plugins.module_utils.several import Entry, Several
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail


class Removal:
    """Deletes what a *selection* means."""

    def __init__(self, selection: Selection, trail: Trail) -> None:
        self._selection = selection
        self._trail = trail
        self.entries: list[Entry] = []

    def run(self) -> list[Entry]:
        """An entry for each attachment that was there; where some fail, the others are deleted all the same."""
        try:
            stored = self._selection.find() or []
        except NoResults:
            stored = []  # what it would be attached to is not there either
        expect(self._trail, [shown_stored(item) for item in stored], [])
        several = Several("attachments")
        self.entries = several.entries
        for item in stored:
            several.attempt(str(item.get("file_name")), partial(self._remove, item))
        several.finish()
        return self.entries

    def _remove(self, item: Stored, entry: Entry) -> None:
        entry["attachment"] = item
        if self._trail.check_mode:
            entry["changed"] = True
        else:
            delete(self._selection.api, item, self._selection.place, self._trail, entry)


def delete(files: Attachment, item: Stored, place: str, trail: Trail, entry: Entry) -> None:
    """Delete *item* of the record *place*, and note it."""
    try:
        # Not there any more is what was wanted: an earlier attempt may have deleted it and lost its answer.
        with suppress(NotFound):
            files.delete(str(item["sys_id"]))
    except ResponseError as error:
        raise refused(error, str(item.get("file_name")), place, verb="deleted from") from error
    trail.wrote()
    entry["changed"] = True


def expect(trail: Trail, before: list[dict[str, str]], after: list[dict[str, str]]) -> None:
    """Add attachments to the diff, where other calls of the same task may have added some before."""
    if not before and not after:
        return
    trail.expects(
        {"attachments": [*trail.before.get("attachments", []), *before]},
        {"attachments": [*trail.after.get("attachments", []), *after]},
    )
    trail.changed = trail.changed or trail.check_mode
