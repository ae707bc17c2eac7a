# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change and its affected items with their columns, in as few requests as it takes.

One request finds the change, and one its items with all columns that every item has: they are read through the
reference of the association. What only a class has (``os``, ``host_name``) is read from that class, one request for
all items of it. Whatever is not sure is an error: what is read here says where to deploy to.

Source: ServiceNow documentation, tables "CIs Affected" (task_ci) and "Configuration Item" (cmdb_ci), "Table API".
"""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.changegate.snow.plugins.module_utils import change_search, reading
from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, Record, record_of
from ansible_collections.changegate.snow.plugins.module_utils.change_hosts import (
    LIFE_CYCLE,
    Deployment,
    about,
)
from ansible_collections.changegate.snow.plugins.module_utils.change_rules import SHOWS_CLOSED, is_closed
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Query
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    Forbidden,
    NoResults,
    NotConverged,
    NotFound,
    ResponseError,
    UnexpectedResponseFormat,
)
from ansible_collections.changegate.snow.plugins.module_utils.filters import from_data
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity, name_of
from ansible_collections.changegate.snow.plugins.module_utils.inventory_source import ALWAYS, within

_TABLE, _ITEM = "task_ci", "ci_item"
_BASE_CLASS = "cmdb_ci"


def read(
    client: Client,
    which: Identity | Query,
    conditions: Query,
    columns: Sequence[str],
    closed: bool = False,
) -> Deployment:
    """The one change that *which* means, and those of its affected items on which *conditions* hold.

    :param columns: of the items, also those of other records (``support_group.name``).
    :param closed: whether the change may be closed or canceled.
    :raises NoResults: there is no such change, or no such item; :raises MultipleResults: there are several changes.
    :raises NotConverged: the change is closed, or does not show whether it is.
    """
    change = change_search.only(client, which)
    if not closed:
        _check_open(change)
    every = list(dict.fromkeys([*ALWAYS, *LIFE_CYCLE, *columns]))
    items = _items(client, change, conditions, every)
    _add_of_classes(client, items, columns)
    return Deployment(about(change), items)


def _check_open(change: Record) -> None:
    name = name_of(change)
    if not any(column in change for column in SHOWS_CLOSED):
        raise NotConverged(f"{name} does not show its state; check whether the user may read it.")
    if is_closed(change):
        state = change["state"].display if "state" in change else "closed"
        raise NotConverged(
            f"{name} is {state}, and nothing may be deployed under it any more; name an open change, or set closed to "
            "true to look at its items."
        )


def _items(client: Client, change: Record, conditions: Query, columns: Sequence[str]) -> list[dict[str, Cell]]:
    sys_id = change["sys_id"].value
    query = from_data({"task": sys_id}) & within(_ITEM, conditions)
    fields = ["task", _ITEM, *(f"{_ITEM}.{column}" for column in columns)]
    hidden: list[int] = []

    def note(count: int, total: int | None) -> None:
        hidden[:] = [total - count] if total is not None else []

    rows, _missing = reading.read(client, reading.Wanted(_TABLE, query, fields, display="both"), note)
    name = name_of(change)
    if any(left > 0 for left in hidden):
        raise NoResults(
            f"The user may not read {hidden[0]} of the affected items of {name}; grant it access to {_TABLE}."
        )
    found: dict[str, dict[str, Cell]] = {}
    for row in rows:
        record = record_of(row)
        if _ITEM not in record or "task" not in record or record["task"].value != sys_id:
            raise UnexpectedResponseFormat(
                f"{_TABLE} returned what is no affected item of {name}; check whether the user may read its columns."
            )
        if record[_ITEM].value:
            found[record[_ITEM].value] = _item(record)
    if not found:
        which = " that classes and filters ask for" if conditions.branches else ""
        raise NoResults(
            f"{name} has no affected items{which}, so there is nothing to deploy to; add them to the change."
        )
    _check_readable(name, found)
    return list(found.values())


def _item(record: Record) -> dict[str, Cell]:
    start = f"{_ITEM}."
    own = {name[len(start) :]: cell for name, cell in record.items() if name.startswith(start)}
    return {**own, "sys_id": Cell(record[_ITEM].value, record[_ITEM].value)}


def _check_readable(name: str, found: dict[str, dict[str, Cell]]) -> None:
    """To leave out a host without a word would be to deploy to a part, and to say that it was all."""
    unknown = [sys_id for sys_id, item in found.items() if "sys_class_name" not in item or not _class_of(item)]
    if unknown:
        listed = ", ".join(unknown[:5]) + (" ..." if len(unknown) > 5 else "")
        raise NoResults(
            f"{name} affects items that are gone, or that the user may not read: {listed}; take them out of the "
            f"change, or grant the user access to {_BASE_CLASS}."
        )


def _class_of(item: Record) -> str:
    return item["sys_class_name"].value


def _add_of_classes(client: Client, items: Sequence[dict[str, Cell]], columns: Sequence[str]) -> None:
    """Add to *items* what only their own classes have of *columns*."""
    classes: dict[str, list[dict[str, Cell]]] = {}
    for item in items:
        classes.setdefault(_class_of(item), []).append(item)
    for name, members in sorted(classes.items()):
        missing = [column for column in columns if not all(column in item for item in members)]
        if missing and name != _BASE_CLASS:
            _add(client, name, members, missing)


def _add(client: Client, table: str, items: Sequence[dict[str, Cell]], columns: Sequence[str]) -> None:
    by_key = {item["sys_id"].value: item for item in items}
    resource = client.table(table)
    resource.parameters.display_value = "all"
    query = from_data({"sys_id": list(by_key)})
    try:
        rows = resource.get(query=query, fields=["sys_id", *columns]).all()
    except ResponseError as error:
        if isinstance(error, (Forbidden, NotFound)) or error.status == 400:
            return  # not to be read: its columns stay unknown
        raise
    for row in rows:
        record = record_of(row)
        item = by_key.get(record["sys_id"].value) if "sys_id" in record else None
        if item is not None:
            item.update({column: record[column] for column in columns if column in record})
