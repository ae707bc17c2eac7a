# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attachments as files on this side: whole, verified, and never outside the folder that was named."""

from __future__ import annotations

import os
import stat
from functools import partial
from typing import Any, NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.attached_record import Stored
from ansible_collections.changegate.snow.plugins.module_utils.attachment_choice import by_name, the_same
from ansible_collections.changegate.snow.plugins.module_utils.attachment_selection import Selection
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.content import check_path, digest, unreadable
from ansible_collections.changegate.snow.plugins.module_utils.download import Destination, save
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, LocalFileError
from ansible_collections.changegate.snow.plugins.module_utils.file_mode import Mode
from ansible_collections.changegate.snow.plugins.module_utils.several import Entry, Several
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail


class _Local(NamedTuple):
    """The file at a path: its SHA-256 and its mode, None if there is none."""

    sha256: str
    mode: int


class Fetch:
    """Brings the attachments of a *selection* to *dest*: a folder, or the path of the one file.

    :param mode: permissions of the files; those that a file has, or by the umask, if None.
    """

    def __init__(self, client: Client, selection: Selection, dest: str, mode: Mode | None, trail: Trail) -> None:
        self._client = client
        self._selection = selection
        self._dest = check_path(dest, "the path of a file to write")
        self._mode = mode
        self._trail = trail
        self._before: list[dict[str, Any]] = []
        self._after: list[dict[str, Any]] = []
        self.entries: list[Entry] = []

    def run(self, if_no_match: str) -> list[Entry]:
        """An entry for each name, with its ``path``; where some fail, the others are fetched all the same.

        :param if_no_match: ``fail`` or ``ignore``.
        :raises NoResults: there is none, and that is a failure.
        """
        # Its folder is looked for before anything is sent.
        destination = Destination(self._dest, overwrite=True)
        found = self._selection.find()
        if found is None:
            self._trail.changed = True
            return self.entries
        if not found and if_no_match == "fail":
            raise self._selection.missing()
        groups = by_name(found)
        if len(groups) > 1 and not os.path.isdir(self._dest):
            raise InvalidUsage(
                f"{len(groups)} attachments fit, and dest {self._dest} is no folder; give that of one which is there."
            )
        several = Several("attachments")
        self.entries = several.entries
        for name, items in groups.items():
            several.attempt(name, partial(self._fetch, items, destination))
        if self._before or self._after:
            self._trail.expects({"files": self._before}, {"files": self._after})
        several.finish()
        return self.entries

    def _fetch(self, items: list[Stored], destination: Destination, entry: Entry) -> None:
        item = the_same(items)
        place = destination.place(item)
        entry.update(path=place, attachment=item)
        local = _local(place)
        wanted = str(item.get("hash") or "").lower()
        if not wanted:
            wanted = self._selection.api.digest(str(item["sys_id"]))
        if local is not None and local.sha256 == wanted:
            self._permit(place, local, entry)
            return
        if not self._trail.check_mode:
            self._download(item, place, local, entry)
        else:
            self._changes(entry)
        self._note(place, local, wanted)

    def _download(self, item: Stored, place: str, local: _Local | None, entry: Entry) -> None:
        sys_id = str(item["sys_id"])
        destination = Destination(place, overwrite=True, mode=lambda usual: self._mode_of(local, usual))
        patience = self._client.transport.retry_deadline
        if save(lambda: self._selection.api.open(sys_id), destination, patience).written:
            self._changes(entry)

    def _permit(self, place: str, local: _Local, entry: Entry) -> None:
        """See to the mode of a file that has its content already."""
        wanted = self._mode_of(local, local.mode)
        if wanted == local.mode:
            return
        if not self._trail.check_mode:
            _chmod(place, wanted)
        self._changes(entry)
        self._before.append({"path": place, "mode": f"{local.mode:04o}"})
        self._after.append({"path": place, "mode": f"{wanted:04o}"})

    def _mode_of(self, local: _Local | None, usual: int) -> int:
        current = usual if local is None else local.mode
        return current if self._mode is None else self._mode(current)

    def _changes(self, entry: Entry) -> None:
        entry["changed"] = True
        self._trail.changed = True

    def _note(self, place: str, local: _Local | None, sha256: str) -> None:
        if local is not None:
            self._before.append({"path": place, "hash": local.sha256})
        self._after.append({"path": place, "hash": sha256})


def _local(place: str) -> _Local | None:
    try:
        if not os.path.exists(place):
            return None
        if not os.path.isfile(place):
            raise LocalFileError(f"{place} is no regular file, so it is not replaced; give another path.")
        with open(place, "rb") as file:
            return _Local(digest(file)[0], stat.S_IMODE(os.fstat(file.fileno()).st_mode))
    except (OSError, ValueError) as error:
        raise unreadable(place, error) from error


def _chmod(place: str, mode: int) -> None:
    """Set the mode of the file itself: one that a link leads to may be anywhere."""
    if os.path.islink(place):
        raise LocalFileError(
            f"{place} is a link, so the mode of what it leads to is left alone; give another path, or no mode."
        )
    try:
        os.chmod(place, mode)
    except OSError as error:
        raise LocalFileError(f"The mode of {place} cannot be set ({error.strerror}); give another path.") from error
