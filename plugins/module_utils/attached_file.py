# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One file on one record: there with this content, or not there. For several at once there is ``AttachedFiles``."""

from __future__ import annotations

from ansible_collections.changegate.snow.plugins.module_utils.attached_files import AttachedFiles
from ansible_collections.changegate.snow.plugins.module_utils.attached_record import AttachedRecord
from ansible_collections.changegate.snow.plugins.module_utils.attachment_choice import Choice
from ansible_collections.changegate.snow.plugins.module_utils.attachment_removal import Removal
from ansible_collections.changegate.snow.plugins.module_utils.attachment_selection import Selection
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.content import Content
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail


class AttachedFile:
    """Files called *name* on the record with *identity* in *table*."""

    def __init__(self, client: Client, table: str, identity: Identity, trail: Trail) -> None:
        self._files = AttachedFiles(client, table, identity, trail)
        self._client = client
        self._record = AttachedRecord(client, table, identity, trail)
        self._trail = trail

    def present(self, content: Content) -> None:
        """Exactly one file of that name, with that content."""
        try:
            self._files.present([content])
        finally:
            for entry in self._files.entries:
                if "attachment" in entry:
                    self._trail.extra["attachment"] = entry["attachment"]

    def absent(self, name: str) -> None:
        """No file of that name."""
        Removal(Selection(self._client, self._record, Choice(name=name)), self._trail).run()
