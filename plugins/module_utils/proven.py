# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of the Change Management API, with proof that the instance has answered what they were asked for.

An instance drops a condition on a column that it does not know, and then finds everything. These lists show all columns
of their records, but none of the records that these refer to: those are asked of the Table API, and only where not
every instance has them.

Source: ServiceNow documentation, "Change Management API", "Table API", and the property
``glide.invalid_query.returns_no_rows``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TypeVar

from ansible_collections.changegate.snow.plugins.module_utils import reading
from ansible_collections.changegate.snow.plugins.module_utils.cells import Record
from ansible_collections.changegate.snow.plugins.module_utils.change_filter import Wanted
from ansible_collections.changegate.snow.plugins.module_utils.change_lists import PAGE
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Query
from ansible_collections.changegate.snow.plugins.module_utils.filters import from_data
from ansible_collections.changegate.snow.plugins.module_utils.known import DOCUMENTED, is_known

Item = TypeVar("Item")
#: Records that are looked at for columns of others: a user may not be allowed to read some of those.
_SOME = 20


def asked_about(wanted: Wanted) -> list[str]:
    """The columns that a list is about: conditions, pairs, and its order."""
    query = Query.parse(wanted.query) if isinstance(wanted.query, str) else wanted.query
    columns = [*(reading.asked_about(query) if query is not None else ()), *(wanted.pairs or ())]
    return list(dict.fromkeys([*columns, *([wanted.order] if wanted.order else [])]))


def proven(
    client: Client, table: str, wanted: Wanted, items: Iterable[Item], shown: Callable[[Item], Record]
) -> list[Item]:
    """All of *items*, each of which is, or holds, a record of *table*: that which *shown* gives.

    :raises InvalidUsage: the instance does not know a column that the list was asked about.
    """
    columns, rest = asked_about(wanted), iter(items)
    # More than that are not read before it is clear that they are what was asked for.
    found = list(islice(rest, PAGE))
    _check(client, table, columns, [shown(item) for item in found])
    return [*found, *rest]


def _check(client: Client, table: str, columns: Sequence[str], records: Sequence[Record]) -> None:
    if not records:
        reading.check_known(client, table, columns)
        return
    # The answers for models and templates may be shorter than the records.
    there = DOCUMENTED.get(table, frozenset()).union(*records)
    reading.refuse(table, [column for column in columns if column.split(".")[0] not in there])
    walked = [column for column in columns if "." in column and not is_known(table, column)]
    if walked:
        some = [record["sys_id"].value for record in records[:_SOME]]
        if not reading.check_shown(client, table, from_data({"sys_id": some}), walked):
            reading.refuse(table, walked)
