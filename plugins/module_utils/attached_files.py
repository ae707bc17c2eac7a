# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any number of files on one record, there with their contents.

A replacement is uploaded before the old file is deleted, so that nothing is lost when the upload fails.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.attached_record import (
    AttachedRecord,
    Known,
    Stored,
)
from ansible_collections.changegate.snow.plugins.module_utils.attachment import Attachment
from ansible_collections.changegate.snow.plugins.module_utils.attachment_choice import (
    by_name,
    has_type,
    shown,
    shown_stored,
)
from ansible_collections.changegate.snow.plugins.module_utils.attachment_refusal import refused
from ansible_collections.changegate.snow.plugins.module_utils.attachment_removal import delete, expect
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.content import Content
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    NotConverged,
    NotFound,
    ResponseError,
    SnowError,
)
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity
from ansible_collections.changegate.snow.plugins.module_utils.outgoing import is_same
from ansible_collections.changegate.snow.plugins.module_utils.several import Entry, Several
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail


class _Step(NamedTuple):
    """What one file takes: *kept* is there already with this content, *stale* goes."""

    content: Content
    kept: Stored | None
    stale: list[Stored]

    @property
    def changes(self) -> bool:
        return self.kept is None or bool(self.stale)

    @property
    def before(self) -> list[dict[str, str]]:
        kept = [self.kept] if self.kept is not None else []
        return [shown_stored(item) for item in kept + self.stale]

    @property
    def after(self) -> dict[str, str]:
        return shown(self.content)


class AttachedFiles:
    """Files of the record that is *wanted* of *table*; with its sys_id it is not looked up.

    ``entries`` has one for each file (``several.Entry``), with ``name``, ``changed`` and ``attachment``.
    """

    def __init__(self, client: Client, table: str, wanted: Identity, trail: Trail) -> None:
        self._client = client
        self._trail = trail
        self._record = AttachedRecord(client, table, wanted, trail)
        self.entries: list[Entry] = []

    def present(self, contents: Sequence[Content]) -> list[Entry]:
        """Exactly one file of each name, with that content; no two of *contents* have one name.

        Where some fail, the others are attached all the same, and the error is raised at the end.
        """
        if not contents:
            return self.entries
        record = self._record.find()
        only = contents[0].name if len(contents) == 1 else None
        stored = by_name(self._record.attachments(record, only)) if record else {}
        steps = [self._step(record, content, stored.get(content.name, [])) for content in contents]
        changes = [step for step in steps if step.changes]
        expect(self._trail, [item for step in changes for item in step.before], [step.after for step in changes])
        several = Several("files")
        self.entries = several.entries
        for step in steps:
            several.attempt(step.content.name, partial(self._make, record, step))
        several.finish()
        return self.entries

    def _step(self, record: Known | None, content: Content, stored: Sequence[Stored]) -> _Step:
        kept = next((item for item in stored if record and self._holds(record, item, content)), None)
        return _Step(content, kept, [item for item in stored if item is not kept])

    def _holds(self, record: Known, item: Stored, content: Content) -> bool:
        """Whether *item* is *content*; one without a hash is read for it if it has the size."""
        if not is_same(item, content) or not has_type(item, content):
            return False
        return bool(item.get("hash")) or self._record.files(record).digest(str(item["sys_id"])) == content.sha256

    def _make(self, record: Known | None, step: _Step, entry: Entry) -> None:
        if self._trail.check_mode or record is None:
            entry.update(changed=step.changes, attachment=step.kept or step.after)
            return
        files = self._record.files(record)
        attachment = step.kept
        if attachment is None:
            attachment = self._uploaded(files, record, step, entry)
        entry["attachment"] = attachment
        for item in step.stale:
            delete(files, item, str(self._record.wanted), self._trail, entry)

    def _uploaded(self, files: Attachment, record: Known, step: _Step, entry: Entry) -> Stored:
        content = step.content
        try:
            attachment = files.add(record.sys_id, content)
        except NotFound as error:
            raise self._record.missing(error) from error
        except ResponseError as error:
            raise refused(error, content.name, self._record.wanted, content.size) from error
        try:
            verified = files.verified(attachment, content)
            _check_type(verified, content)
        except NotConverged:
            self._take_back(files, attachment, step, entry)
            raise
        except SnowError:
            self._wrote(entry)
            raise
        self._wrote(entry)
        return verified

    def _take_back(self, files: Attachment, attachment: Stored, step: _Step, entry: Entry) -> None:
        """Delete what was stored as something else than was sent: each run would add one more of it."""
        sys_id = str(attachment.get("sys_id", ""))
        if sys_id in {item.get("sys_id") for item in step.stale}:
            return
        try:
            with contextlib.suppress(NotFound):
                files.delete(sys_id)
        except SnowError:
            # It stays then, which is a change; what went wrong before is what has to be told.
            self._wrote(entry)

    def _wrote(self, entry: Entry) -> None:
        self._trail.wrote()
        entry["changed"] = True


def _check_type(record: Stored, content: Content) -> None:
    if not has_type(record, content):
        kind = record.get("content_type")
        raise NotConverged(
            f"The instance stored {content.name} as {kind!r} instead of {content.content_type!r}; leave out "
            "content_type, or give one that it keeps.",
            detail=f"asked for {content.content_type!r}, stored {kind!r}",
        )
