# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""People by user name, e-mail or name: looked up before they are written, so that nobody is taken for another.

An instance that is given a display value takes the first user who has it, and knows neither user names nor e-mails.
Source: ServiceNow documentation, table "User" (sys_user).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.cells import Record, text_of
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import Forbidden, InvalidUsage, NotFound
from ansible_collections.changegate.snow.plugins.module_utils.filters import from_data
from ansible_collections.changegate.snow.plugins.module_utils.plan import Desired, Named
from ansible_collections.changegate.snow.plugins.module_utils.query import is_sys_id
from ansible_collections.changegate.snow.plugins.module_utils.values import is_empty, same

#: What may be given, the surest first.
_KEYS = ("user_name", "email", "name")
#: A user whom every instance has: whoever sees nobody may not read the table, which proves nothing.
_WITNESS = "admin"

Row = Mapping[str, Any]


def to_resolve(record: Record | None, desired: Desired, columns: Iterable[str]) -> dict[str, str]:
    """Those of *columns* that are to be written and do not name a sys_id; a name that is there already stays."""
    given = {column: text_of(desired[column]).strip() for column in columns if not is_empty(desired.get(column))}
    return {
        column: text
        for column, text in given.items()
        if not is_sys_id(text)
        and (record is None or (column in record and not same("reference", text, record[column])))
    }


def lists_to_resolve(record: Record | None, desired: Desired, columns: Iterable[str]) -> dict[str, list[str]]:
    """Those of the list *columns* that are to be written, and the members of each."""
    given = {column: desired[column] for column in columns if not is_empty(desired.get(column))}
    return {
        column: [part.strip() for part in text_of(wanted).split(",") if part.strip()]
        for column, wanted in given.items()
        if record is None or (column in record and not same("list", wanted, record[column]))
    }


def resolve(client: Client, wanted: Mapping[str, str], lists: Mapping[str, Sequence[str]]) -> dict[str, Named]:
    """Column to the user whom *wanted* means by user name, e-mail or name, and the same for the members of *lists*.

    One request for all. A list may hold addresses that are no user's. A column is left out where the user table may
    not be read: then the instance resolves the name.

    :raises InvalidUsage: there is nobody of that name, or there are several.
    """
    texts = {*wanted.values(), *(text for members in lists.values() for text in members)}
    return meant(users(client, texts), wanted, lists)


def meant(rows: Sequence[Row], wanted: Mapping[str, str], lists: Mapping[str, Sequence[str]]) -> dict[str, Named]:
    """As :func:`resolve`, of users who have been looked up."""
    if not rows:
        return {}
    found = {column: _one(column, text, rows) for column, text in wanted.items()}
    for column, members in lists.items():
        if any(not is_sys_id(text) for text in members):
            named = list(dict.fromkeys(_member(column, text, rows) for text in members))
            found[column] = Named(",".join(named), ", ".join(user.shown for user in named))
    return found


def _member(column: str, text: str, rows: Sequence[Row]) -> Named:
    if is_sys_id(text) or ("@" in text and not _meant(text, rows)):
        return Named(text, text)
    return _one(column, text, rows)


def users(client: Client, texts: Collection[str]) -> list[Row]:
    """Those whom any of *texts* may mean, by user name, e-mail or name; none if the user table may not be read."""
    names = sorted(text for text in texts if not is_sys_id(text))
    if not names:
        return []
    alternatives = [{key: names} for key in _KEYS]
    query = from_data({"or": [*alternatives, {"user_name": _WITNESS}]})
    resource = client.table("sys_user")
    try:
        return list(resource.get(query=query, fields=["sys_id", "active", *_KEYS]).all())
    except (Forbidden, NotFound):
        return []


def _one(column: str, text: str, rows: Sequence[Row]) -> Named:
    found = _meant(text, rows)
    if not found:
        raise InvalidUsage(
            f"{column} is {text!r}, but no user has that user name, e-mail or name; check it. Nothing was written."
        )
    if len(found) > 1:
        names = ", ".join(sorted(f"{row.get('user_name')} ({row.get('sys_id')})" for row in found))
        raise InvalidUsage(
            f"{column} is {text!r}, which is more than one user: {names}; give the user name or sys_id of one of them. "
            "Nothing was written."
        )
    (row,) = found
    return Named(text_of(row.get("sys_id")), text_of(row.get("name")) or text)


def _meant(text: str, rows: Sequence[Row]) -> list[Row]:
    """The users with that user name, or else that e-mail, or else that name; of several the active ones."""
    for key in _KEYS:
        found = [row for row in rows if text_of(row.get(key)).casefold() == text.casefold()]
        if found:
            active = [row for row in found if text_of(row.get("active")) != "false"]
            return active or found
    return []
