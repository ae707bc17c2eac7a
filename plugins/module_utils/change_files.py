# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on a change: each is there once with its content, and one look-up tells for all of them.

A replacement is uploaded before the old file is deleted, so that nothing is lost when the upload fails.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.cells import Record
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.content import Content, content_of, content_of_file
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, NotFound
from ansible_collections.changegate.snow.plugins.module_utils.outgoing import is_same
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail

Stored = dict[str, Any]
_SHOWN = ("file_name", "hash", "size_bytes")


class ChangeFiles:
    """The files *wanted* (``src`` or ``content``, ``name``, ``content_type``) on one change.

    They are read now, so that a file that is not there fails before anything is written.
    """

    def __init__(self, client: Client, wanted: Sequence[Mapping[str, Any]], trail: Trail) -> None:
        self._contents = [_content(item) for item in wanted]
        names = [content.name for content in self._contents]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InvalidUsage(f"attachments names {', '.join(twice)} more than once; give each file its own name.")
        self._files = client.table("change_request").attachments
        self._trail = trail
        self._stored: dict[str, list[Stored]] = {}

    def check(self, record: Record | None) -> None:
        """Look up what is attached already; nothing to a change that is not there."""
        if record is None or not self._contents:
            return
        found = self._files.find({"table_sys_id": record["sys_id"].value})
        for item in sorted(found, key=lambda item: str(item.get("sys_created_on", ""))):
            self._stored.setdefault(str(item.get("file_name")), []).append(item)

    def ensure(self, record: Record | None) -> None:
        """Attach what :meth:`check` did not find; None is a change that check mode did not make."""
        returned: list[Stored] = []
        before: list[Stored] = []
        after: list[Stored] = []
        self._trail.extra["attachments"] = returned
        for content in self._contents:
            stored = self._stored.get(content.name, [])
            kept = next((item for item in stored if is_same(item, content)), None)
            stale = [item for item in stored if item is not kept]
            planned = {"file_name": content.name, "hash": content.sha256, "size_bytes": str(content.size)}
            if kept is None or stale:
                before += [{name: item.get(name, "") for name in _SHOWN} for item in stored]
                after.append(planned)
                self._trail.expects({"attachments": list(before)}, {"attachments": list(after)})
            if self._trail.check_mode or record is None:
                self._trail.changed |= kept is None or bool(stale)
                returned.append(kept or planned)
            else:
                returned.append(kept or self._upload(record["sys_id"].value, content))
                self._delete(stale)

    def _upload(self, sys_id: str, content: Content) -> Stored:
        """What was written and turns out to be something else is a change all the same."""
        attachment = self._files.add(sys_id, content)
        self._trail.wrote()
        return self._files.verified(attachment, content)

    def _delete(self, stale: Sequence[Stored]) -> None:
        for item in stale:
            # Not there any more is what was wanted.
            with suppress(NotFound):
                self._files.delete(str(item["sys_id"]))
            self._trail.wrote()


def _content(item: Mapping[str, Any]) -> Content:
    if item["content"] is not None:
        return content_of(item["content"], item["name"], item["content_type"])
    if not item["src"]:
        raise InvalidUsage("An entry of attachments has an empty src; give the path of a file, or content.")
    return content_of_file(item["src"], item["name"], item["content_type"])
