# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The attachments that a task means: those of a record that fit, or one by its own sys_id."""

from __future__ import annotations

from ansible_collections.changegate.snow.plugins.module_utils.attached_record import AttachedRecord, Stored
from ansible_collections.changegate.snow.plugins.module_utils.attachment import Attachment
from ansible_collections.changegate.snow.plugins.module_utils.attachment_choice import Choice
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    NoResults,
    NotFound,
    UnexpectedResponseFormat,
)
from ansible_collections.changegate.snow.plugins.module_utils.query import check_sys_id


class Selection:
    """Those of *record* that *choice* means, or without a record the one with its sys_id.

    :raises InvalidIdentity: what should be a sys_id is none.
    """

    def __init__(self, client: Client, record: AttachedRecord | None, choice: Choice) -> None:
        self.choice = choice
        self.record = record
        self._client = client
        if choice.sys_id is not None:
            check_sys_id(choice.sys_id, "attachment_sys_id")

    @property
    def place(self) -> str:
        """What they are attached to, in words."""
        return str(self.record.wanted) if self.record is not None else "record"

    @property
    def api(self) -> Attachment:
        """For what names an attachment by its own sys_id."""
        return self._client.table("sys_attachment").attachments

    def find(self, every: bool = False) -> list[Stored] | None:
        """They, oldest first; None if check mode stands before the creation of their record.

        :param every: all of the record, whatever the choice.
        :raises NoResults: the record is not there.
        """
        if self.record is None:
            return self._one()
        known = self.record.find()
        if known is None:
            return None
        found = self.record.attachments(known, None if every else self.choice.name)
        return found if every else [item for item in found if self.choice.fits(item)]

    def missing(self) -> NoResults:
        """The error where there must be one."""
        where = f" on the {self.place}" if self.record is not None else ""
        return NoResults(f"There is no {self.choice}{where}, or the user may not read it; check its name.")

    def _one(self) -> list[Stored]:
        wanted = (self.choice.sys_id or "").lower()
        try:
            item = self.api.one(wanted)
        except NotFound:
            return []
        if str(item.get("sys_id", "")).lower() != wanted:
            raise UnexpectedResponseFormat(
                f"The instance was asked for the attachment {wanted} and returned {item.get('sys_id')}; try again. "
                "Nothing was written."
            )
        return [item]
