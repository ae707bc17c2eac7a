# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of a record's attachments are meant, and how they are shown. No input or output."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.content import Content
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, MultipleResults

_SHOWN = ("file_name", "content_type", "hash", "size_bytes")


class Choice(NamedTuple):
    """Attachments by their very name, by a pattern for it, or one by its own sys_id: one of these is set, or none."""

    name: str | None = None
    pattern: str | None = None
    sys_id: str | None = None

    def fits(self, item: Mapping[str, Any]) -> bool:
        """Whether *item* is one of them; letters of another case are other letters."""
        name = str(item.get("file_name", ""))
        if self.pattern is not None:
            return fnmatch.fnmatchcase(name, self.pattern)
        return self.name is None or name == self.name

    def __str__(self) -> str:
        if self.sys_id is not None:
            return f"attachment with the sys_id {self.sys_id}"
        if self.pattern is not None:
            return f"attachment whose name fits {self.pattern}"
        return f"attachment called {self.name}"


def check_pattern(pattern: str) -> str:
    """*pattern*, if it says anything; raises :class:`InvalidUsage` otherwise."""
    if not pattern.strip():
        raise InvalidUsage("pattern is empty; give one such as *.log, or * for every attachment of the record.")
    return pattern


def by_name(items: Iterable[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """*items* under their names, in their order."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        groups.setdefault(str(item.get("file_name", "")), []).append(dict(item))
    return groups


def the_same(items: list[dict[str, Any]]) -> dict[str, Any]:
    """The first of *items* of one name, which all have the same content; raises where they have not."""
    if len({str(item.get("hash") or item.get("sys_id")).lower() for item in items}) > 1:
        raise several_of_one_name(items)
    return items[0]


def several_of_one_name(items: list[dict[str, Any]]) -> MultipleResults:
    """The error where one attachment is wanted and several are there."""
    listed = ", ".join(str(item.get("sys_id")) for item in items[:10])
    name = items[0].get("file_name")
    return MultipleResults(f"{len(items)} attachments are called {name}: {listed}; give attachment_sys_id for one.")


def shown(content: Content) -> dict[str, str]:
    """An attachment that is not there yet, as a diff shows it."""
    values = (content.name, content.content_type, content.sha256, str(content.size))
    return dict(zip(_SHOWN, values))


def has_type(item: Mapping[str, Any], content: Content) -> bool:
    """Whether *item* has the media type that *content* asks for, if it asks; parameters count if it has some."""
    stored, wanted = (
        "".join(text.split()).lower() for text in (str(item.get("content_type") or ""), content.content_type)
    )
    return not content.typed or wanted == (stored if ";" in wanted else stored.partition(";")[0])


def shown_stored(item: Mapping[str, Any]) -> dict[str, str]:
    """An attachment of the instance, as a diff shows it."""
    return {column: str(item.get(column, "")) for column in _SHOWN}
