# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One file on one record: there with this content, or not there.

A replacement is uploaded before the old file is deleted, so that nothing is lost when the upload fails.
"""

from __future__ import annotations

import contextlib
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.content import Content
from ansible_collections.changegate.snow.plugins.module_utils.errors import NoResults, NotFound
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity
from ansible_collections.changegate.snow.plugins.module_utils.outgoing import is_same
from ansible_collections.changegate.snow.plugins.module_utils.stores import TableStore
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail

Stored = dict[str, Any]


class AttachedFile:
    """Files called *name* on the record with *identity* in *table*."""

    def __init__(self, client: Client, table: str, identity: Identity, trail: Trail) -> None:
        self._client = client
        self._table = table
        self._identity = identity
        self._trail = trail
        self._files = client.table(table).attachments

    def present(self, content: Content) -> None:
        """Exactly one file of that name, with that content."""
        record = self._record()
        stored = self._files.named(record, content.name) if record else []
        kept = next((item for item in stored if is_same(item, content)), None)
        stale = [item for item in stored if item is not kept]
        after = _shown(content.name, content.sha256, content.size)
        self._plan([_shown_stored(item) for item in stored], [after], changed=kept is None or bool(stale))
        if self._trail.check_mode or record is None:
            self._return(kept or after)
            return
        if kept is None:
            kept = self._uploaded(record, content)
        self._return(kept)
        self._delete(stale)

    def absent(self, name: str) -> None:
        """No file of that name."""
        try:
            record = self._record()
        except NoResults:
            record = None  # what it would be attached to is not there either
        stored = self._files.named(record, name) if record else []
        self._plan([_shown_stored(item) for item in stored], [], changed=bool(stored))
        if not self._trail.check_mode:
            self._delete(stored)

    def _uploaded(self, record: str, content: Content) -> Stored:
        """Upload *content*; what was written and turns out to be something else is a change all the same."""
        try:
            attachment = self._files.add(record, content)
        except NotFound as error:
            raise self._no_record(error) from error
        self._trail.wrote()
        return self._files.verified(attachment, content)

    def _record(self) -> str | None:
        """The sys_id of the record; None if check mode stands before its creation."""
        if self._identity.sys_id:
            return self._identity.sys_id
        columns = ["sys_id", "number", *self._identity.conditions]
        records = TableStore(self._client, self._table, self._trail)
        found = self._identity.only(records.search(self._identity.query, fields=columns), records.request)
        if found is not None:
            return found["sys_id"].value
        if not (self._trail.check_mode and self._identity.creates):
            raise self._no_record()
        self._trail.warnings.append(
            f"There is no {self._identity} yet; check mode assumes that an earlier task would make it."
        )
        return None

    def _no_record(self, error: NotFound | None = None) -> NoResults:
        context = error.as_error() if error else {}
        context.pop("type", None)
        return NoResults(f"There is no {self._identity}, or the user may not read it; check the identifier.", **context)

    def _plan(self, before: list[Stored], after: list[Stored], changed: bool) -> None:
        if changed:
            self._trail.expects({"attachments": before}, {"attachments": after})
        if changed and self._trail.check_mode:
            self._trail.changed = True

    def _delete(self, stored: list[Stored]) -> None:
        for item in stored:
            # Not there any more is what was wanted: an earlier attempt may have deleted it and lost its answer.
            with contextlib.suppress(NotFound):
                self._files.delete(str(item["sys_id"]))
            self._trail.wrote()

    def _return(self, attachment: Stored) -> None:
        self._trail.extra["attachment"] = attachment


def _shown(name: str, sha256: str, size: int) -> Stored:
    return {"file_name": name, "hash": sha256, "size_bytes": str(size)}


def _shown_stored(item: Stored) -> Stored:
    return {name: item.get(name, "") for name in ("file_name", "hash", "size_bytes")}
