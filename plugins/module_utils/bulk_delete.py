# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a query means to delete: an instance drops a condition that it does not know, and then finds everything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.bulk_items import Item
from ansible_collections.changegate.snow.plugins.module_utils.bulk_table import Table, key_of
from ansible_collections.changegate.snow.plugins.module_utils.cells import Record, record_of
from ansible_collections.changegate.snow.plugins.module_utils.encoded import TEXT_QUERY, Condition, Term
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Query as Encoded
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    MultipleResults,
    QueryEmpty,
    QueryExpressionError,
    UnexpectedResponseFormat,
)
from ansible_collections.changegate.snow.plugins.module_utils.params import ParamsBuilder, Query
from ansible_collections.changegate.snow.plugins.module_utils.query import check_sys_id
from ansible_collections.changegate.snow.plugins.module_utils.values import same

_TWO_COLUMNS = frozenset({"SAMEAS", "NSAMEAS", "GT_FIELD", "LT_FIELD", "GT_OR_EQUALS_FIELD", "LT_OR_EQUALS_FIELD"})


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
    columns = _columns(parsed)
    resource = table.client.resource(f"/table/{table.name}", table.path.rsplit("/table/", 1)[0])
    resource.parameters.display_value = "all"
    limit = None if at_most is None else at_most + 1
    keys: dict[str, None] = {}
    for row in resource.get(query=parsed, fields=["sys_id", *columns], limit=limit).all():
        _check(table.name, parsed, columns, record_of(row))
        keys[check_sys_id(key_of(row))] = None
    if at_most is not None and len(keys) > at_most:
        raise MultipleResults(
            f"The query finds more than {at_most} records of {table.name}; raise at_most, or narrow it. "
            "Nothing was deleted."
        )
    return list(keys)


def _columns(query: Encoded) -> list[str]:
    terms = [term for branch in query.branches for group in branch for term in group]
    if not terms:
        raise QueryEmpty("The query to delete by has no condition; give one.")
    columns: dict[str, None] = {}
    for term in terms:
        if not isinstance(term, Condition) or term.column == TEXT_QUERY:
            raise QueryExpressionError(
                f"{term} cannot be checked on the records that it finds; read their sys_ids, and delete by these."
            )
        columns[term.column] = None
        if term.operator in _TWO_COLUMNS:
            columns[term.value] = None
    return list(columns)


def _check(table: str, query: Encoded, columns: Sequence[str], record: Record) -> None:
    missing = [column for column in columns if column not in record]
    if missing:
        raise UnexpectedResponseFormat(
            f"{table} shows no column {', '.join(missing)}, so the instance may have dropped the condition on it; "
            "check its name, and whether the user may read it. Nothing was deleted."
        )
    if not any(all(any(_may_hold(term, record) for term in group) for group in branch) for branch in query.branches):
        raise UnexpectedResponseFormat(
            f"{table} returned {record['sys_id'].value}, which is not what {query} asks for. Nothing was deleted."
        )


def _may_hold(term: Term, record: Record) -> bool:
    """Whether *term* holds on *record*, as far as that can be told here: of an equality."""
    if not isinstance(term, Condition) or term.raw or term.operator != "=" or not term.value:
        return True
    cell = record[term.column]
    return any(same(kind, term.value, cell) for kind in ("auto", "boolean", "choice"))
