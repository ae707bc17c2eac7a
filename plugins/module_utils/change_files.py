# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on a change, as a part of what surrounds it: also on one that check mode does not make."""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.attached_files import AttachedFiles
from ansible_collections.changegate.snow.plugins.module_utils.attachment_choice import shown
from ansible_collections.changegate.snow.plugins.module_utils.attachment_removal import expect
from ansible_collections.changegate.snow.plugins.module_utils.cells import Record
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, LocalFileError
from ansible_collections.changegate.snow.plugins.module_utils.files_option import Wish, contents_of
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail


class ChangeFiles:
    """The files *wanted* (``src`` or ``content``, ``name``, ``content_type``) on one change.

    They are read now, so that a file that is not there fails before anything is written.
    """

    def __init__(self, client: Client, wanted: Sequence[Mapping[str, Any]], trail: Trail) -> None:
        self._client = client
        self._contents = contents_of([_wish(item) for item in wanted])
        self._trail = trail

    def differs(self, record: Record) -> bool:
        """Whether something would have to be attached to the change *record*, or replaced."""
        files = self._on(record, Trail(check_mode=True))
        return any(entry["changed"] for entry in files.present(self._contents))

    def ensure(self, record: Record | None) -> None:
        """Attach those that one look-up does not find; None is a change that check mode did not make."""
        if record is None:
            planned = [shown(content) for content in self._contents]
            expect(self._trail, [], planned)
            self._trail.extra["attachments"] = planned
            return
        files = self._on(record, self._trail)
        try:
            files.present(self._contents)
        finally:
            made = [entry["attachment"] for entry in files.entries if entry.get("attachment")]
            self._trail.extra["attachments"] = made

    def _on(self, record: Record, trail: Trail) -> AttachedFiles:
        who = Identity("change request", {"sys_id": record["sys_id"].value}, creates=False)
        return AttachedFiles(self._client, "change_request", who, trail)


def _wish(item: Mapping[str, Any]) -> Wish:
    path = item["src"]
    if path == "":
        raise InvalidUsage("An entry of attachments has an empty src; give the path of a file, or content.")
    if path is not None and not (os.path.lexists(path) or glob.glob(path, recursive=True)):
        raise LocalFileError(f"There is no file {path} where the task runs; check the src of attachments.")
    return Wish(path, item["content"], item["name"], item["content_type"])
