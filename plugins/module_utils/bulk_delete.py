# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a query means to delete: an instance drops a condition that it does not know, and then finds everything."""

from __future__ import annotations

from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.bulk_items import Item
from ansible_collections.changegate.snow.plugins.module_utils.bulk_table import Table, key_of
from ansible_collections.changegate.snow.plugins.module_utils.cells import record_of
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Query as Encoded
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    MultipleResults,
)
from ansible_collections.changegate.snow.plugins.module_utils.params import ParamsBuilder, Query
from ansible_collections.changegate.snow.plugins.module_utils.proof import check_found, columns_of
from ansible_collections.changegate.snow.plugins.module_utils.query import check_sys_id


def read(item: Item, raw: Any) -> None:
    """Take a sys_id of the input over."""
    item.sys_id = check_sys_id(raw, f"sys_id {item.index}")


def keys_of(table: Table, query: Query, at_most: int | None) -> list[str]:
    """The sys_ids of the records that *query* finds, each of which shows every column that the query asks about.

    :raises QueryEmpty: it asks for everything.
    :raises MultipleResults: it finds more than *at_most* records.
    :raises UnexpectedResponseFormat: a column is not shown, so that its condition may have been dropped.
    """
    parsed = Encoded.parse(ParamsBuilder.stringify_query(query))
    columns = columns_of(parsed)
    resource = table.client.resource(f"/table/{table.name}", table.path.rsplit("/table/", 1)[0])
    resource.parameters.display_value = "all"
    limit = None if at_most is None else at_most + 1
    keys: dict[str, None] = {}
    for row in resource.get(query=parsed, fields=["sys_id", *columns], limit=limit).all():
        check_found(table.name, parsed, columns, record_of(row))
        keys[check_sys_id(key_of(row))] = None
    if at_most is not None and len(keys) > at_most:
        raise MultipleResults(
            f"The query finds more than {at_most} records of {table.name}; raise at_most, or narrow it. "
            "Nothing was deleted."
        )
    return list(keys)
