# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files are to be attached: the options of a task, their patterns resolved, as contents with a name each."""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.content import Content, content_of, content_of_file
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, LocalFileError

#: What an entry of ``files`` may say.
_KEYS = ("src", "content", "name", "content_type")


class Wish(NamedTuple):
    """A file as it was asked for: from *src*, a path or a pattern, or a *content*."""

    src: str | None = None
    content: str | None = None
    name: str | None = None
    content_type: str | None = None


def wishes_of(files: Sequence[Any]) -> list[Wish]:
    """The entries of ``files``, each a path or a dict; raises :class:`InvalidUsage` for anything else."""
    return [_wish(number, entry) for number, entry in enumerate(files, 1)]


def contents_of(wishes: Sequence[Wish], if_no_match: str = "fail") -> list[Content]:
    """The files themselves, read for their hashes; the same path twice is one file.

    :param if_no_match: ``ignore`` lets a pattern match nothing, ``fail`` refuses it.
    :raises InvalidUsage: two of them would have one name. :raises LocalFileError: one cannot be read.
    """
    found: dict[str, tuple[Content, str]] = {}
    for wish in wishes:
        for path in _paths(wish, if_no_match):
            content = _content(wish, path)
            source = os.path.abspath(path) if path is not None else ""
            other = found.get(content.name)
            if other is not None and not (source and other == (other[0], source) and _alike(other[0], content)):
                raise InvalidUsage(
                    f"Two files would be called {content.name}: {other[1] or 'a content'} and {source or 'a content'}; "
                    "give one of them another name."
                )
            found.setdefault(content.name, (content, source))
    return [content for content, _source in found.values()]


def text_of(value: Any) -> str:
    """A content as text. What looks like data has become data on its way through a template: it is JSON again."""
    if isinstance(value, (Mapping, list)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _alike(one: Content, other: Content) -> bool:
    return (one.sha256, one.content_type) == (other.sha256, other.content_type)


def _wish(number: int, entry: Any) -> Wish:
    if isinstance(entry, str):
        entry = {"src": entry}
    if not isinstance(entry, Mapping):
        raise InvalidUsage(f"files[{number}] is {entry!r}; give a path, or a dict with src or content.")
    unknown = sorted(str(key) for key in entry if key not in _KEYS)
    if unknown:
        raise InvalidUsage(f"files[{number}] has {', '.join(unknown)}; give {', '.join(_KEYS)} and nothing else.")
    values = {key: value for key, value in entry.items() if value is not None}
    texts = {key: value if key != "content" else text_of(value) for key, value in values.items()}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise InvalidUsage(f"{key} of files[{number}] is of type {type(value).__name__}; give a text.")
    return _checked(f"files[{number}]", Wish(**texts))


def _checked(where: str, wish: Wish) -> Wish:
    if (wish.src is None) == (wish.content is None):
        raise InvalidUsage(f"{where} takes either src or content; give one of them.")
    if wish.content is not None and not wish.name:
        raise InvalidUsage(f"{where} has a content without a name; give one.")
    if wish.name == "":
        raise InvalidUsage(f"The name of {where} is empty; give one, or leave it out.")
    if wish.src is None:
        return wish
    if not wish.src:
        raise InvalidUsage(f"src of {where} is empty; give the path of a file, or content.")
    # What the type "path" does to an option of its own.
    return wish._replace(src=os.path.expanduser(os.path.expandvars(wish.src)))


def _paths(wish: Wish, if_no_match: str) -> list[str | None]:
    """The files that a wish means; None for one that is no file."""
    if wish.src is None:
        return [None]
    # A file may have such letters in its very name.
    if "\0" in wish.src or not glob.has_magic(wish.src) or os.path.lexists(wish.src):
        return [wish.src]
    matching = sorted(path for path in glob.glob(wish.src, recursive=True) if os.path.isfile(path))
    if not matching and if_no_match == "fail":
        raise LocalFileError(f"{wish.src} matches no file; check it, or set if_no_match to ignore.")
    if wish.name is not None and len(matching) > 1:
        raise InvalidUsage(
            f"{wish.src} matches {len(matching)} files, which cannot all be called {wish.name}; give no name."
        )
    return list(matching)


def _content(wish: Wish, path: str | None) -> Content:
    if path is not None:
        return content_of_file(path, wish.name, wish.content_type)
    return content_of(wish.content or "", wish.name or "", wish.content_type)
