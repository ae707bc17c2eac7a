# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The affected items of a change as hosts of an inventory: their names and variables. No input or output.

Whoever may edit an item must not be able to choose what a play does: a name has to look like one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, Record
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, MultipleResults
from ansible_collections.changegate.snow.plugins.module_utils.inventory_source import ALWAYS, Source, variable

#: Neither option characters nor templates, patterns or paths.
_NAME = re.compile(r"\w[\w .:@()+-]*\Z")
#: What these mean to Ansible nobody can change.
_RESERVED = frozenset({"all", "ungrouped", "localhost"})
#: Columns and the values in them that mean that an item is out of service, as an instance has them at first.
_RETIRED = {"install_status": "7", "operational_status": "6"}
#: Columns that are read for that.
LIFE_CYCLE = tuple(_RETIRED)
#: What of a change is told to all hosts, by its stored value.
_OF_CHANGE = (
    "number",
    "sys_id",
    "correlation_id",
    "type",
    "state",
    "approval",
    "short_description",
    "start_date",
    "end_date",
)


class Deployment(NamedTuple):
    """What all hosts are told of a change, and its affected items: column to cell, without those that one hides."""

    change: dict[str, str]
    items: list[dict[str, Cell]]

    def packed(self) -> dict[str, Any]:
        """The same in JSON types, for a cache."""
        return {
            "change": self.change,
            "items": [{column: [cell.value, cell.display] for column, cell in item.items()} for item in self.items],
        }

    @classmethod
    def unpacked(cls, data: object) -> Deployment | None:
        """What :meth:`packed` gave; None if it was not that."""
        try:
            change, items = data["change"], data["items"]  # type: ignore[index]
            rows = [{column: Cell(str(pair[0]), str(pair[1])) for column, pair in item.items()} for item in items]
            return cls({name: str(text) for name, text in change.items()}, rows)
        except (AttributeError, IndexError, KeyError, TypeError):
            return None


class Host(NamedTuple):
    """A host, its variables, and the sys_id of the item that it is."""

    name: str
    variables: dict[str, Any]
    sys_id: str


def hosts_of(items: Sequence[Record], source: Source) -> list[Host]:
    """The hosts that *items* are for the *source*, in the order of their names.

    A column that an item does not show becomes no variable.

    :raises InvalidUsage: an item has no name, or one that no host can have.
    :raises MultipleResults: two of them have the same.
    """
    found: dict[str, Host] = {}
    wanted = list(dict.fromkeys([*ALWAYS, *source.columns]))
    for item in items:
        name = _name_of(item, source.naming, source.group)
        variables = {variable(source.prefix, at): _shown(item[at], source.display) for at in wanted if at in item}
        host = Host(name, variables, item["sys_id"].value)
        other = found.setdefault(name.casefold(), host)
        if other is not host:
            raise MultipleResults(
                f"Two affected items would be the host {name}: {other.sys_id} and {host.sys_id}; give other columns in "
                "inventory_hostname, or take one of them out of the change."
            )
    return sorted(found.values(), key=lambda host: host.name)


def retired(items: Sequence[Record]) -> list[str]:
    """The names of those *items* that are out of service, as far as they show it."""
    return [
        described(item)
        for item in items
        if any(column in item and item[column].value == value for column, value in _RETIRED.items())
    ]


def described(item: Record) -> str:
    """What a person calls an item."""
    name = item.get("name")
    return name.value if name is not None and name.value else item["sys_id"].value


def unseen(items: Sequence[Record], columns: Sequence[str]) -> list[str]:
    """Those of *columns* that no item shows."""
    return [column for column in columns if not any(column in item for item in items)]


def about(change: Record) -> dict[str, str]:
    """What all hosts are told of the *change*, as far as it shows it."""
    told = {name: change[name].value for name in _OF_CHANGE if name in change}
    for name, column in (("state_label", "state"), ("assignment_group", "assignment_group")):
        if column in change:
            told[name] = change[column].display
    return told


def _name_of(item: Record, naming: Sequence[str], group: str) -> str:
    for column in naming:
        name = item[column].value.strip() if column in item else ""
        if not name:
            continue
        if not _NAME.match(name) or name.casefold() in _RESERVED | {group.casefold()}:
            raise InvalidUsage(
                f"{column} of the affected item {item['sys_id'].value} is {name!r}, which can be no host's name; "
                "correct it, give other columns in inventory_hostname, or leave the item out with filters or classes."
            )
        return name
    raise InvalidUsage(
        f"The affected item {item['sys_id'].value} shows nothing in {', '.join(naming)}, so it has no name as a host; "
        "give other columns in inventory_hostname, or leave the item out with filters or classes."
    )


def _shown(cell: Cell, display: str) -> str | Mapping[str, str]:
    if display == "both":
        return {"value": cell.value, "display_value": cell.display}
    return cell.display if display == "display" else cell.value
