# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a query finds, read in as few requests as it takes, with proof that the instance answered this query.

An instance drops a condition on a column that it does not know, and then finds everything; likewise an order. So the
columns of both are read along, and have to be there. Source: ServiceNow documentation, "Table API".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Optional

from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.dictionary import missing_paths
from ansible_collections.changegate.snow.plugins.module_utils.encoded import TEXT_QUERY, Condition, Query
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    InvalidUsage,
    MultipleResults,
    NoResults,
)
from ansible_collections.changegate.snow.plugins.module_utils.known import is_known
from ansible_collections.changegate.snow.plugins.module_utils.proof import TWO_COLUMNS
from ansible_collections.changegate.snow.plugins.module_utils.query import check_field
from ansible_collections.changegate.snow.plugins.module_utils.resource import Resource

Row = dict[str, Any]
Progress = Callable[[int, Optional[int]], None]
#: What ``display_value`` is called in a task, and in a request.
DISPLAYS: Mapping[str, bool | str] = {"values": False, "display": True, "both": "all"}
#: Records that are read where one is expected: more are listed.
FEW = 20
#: Records that are looked at for a column: a user may not be allowed to read it in the first.
_LOOKED_AT = 20


class Wanted(NamedTuple):
    """Which records of *table* to read, and what of them.

    :param fields: columns, also of other records (``caller_id.name``); None is all of the table's own.
    :param display: a key of :data:`DISPLAYS`.
    """

    table: str
    query: Query
    fields: Sequence[str] | None = None
    limit: int | None = None
    offset: int = 0
    display: str = "values"


def ordered(query: Query, order_by: Sequence[str]) -> Query:
    """*query* in the order of the columns *order_by*, each descending if a minus sign is before it."""
    if not order_by:
        return query
    if query.order:
        raise InvalidUsage("The query has an order of its own, and order_by gives another; give one of them.")
    order = [(check_field(name.removeprefix("-").strip().lower()), name.startswith("-")) for name in order_by]
    if len({column for column, _descending in order}) < len(order):
        raise InvalidUsage("order_by names a column twice; name each once.")
    return query.ordered(*order)


def asked_about(query: Query) -> list[str]:
    """The columns that conditions and order of *query* are about; those inside a related list are not the table's."""
    terms = [term for branch in query.branches for group in branch for term in group]
    columns = {term.column: None for term in terms if isinstance(term, Condition) and term.column != TEXT_QUERY}
    others = {term.value: None for term in terms if isinstance(term, Condition) and term.operator in TWO_COLUMNS}
    return list({**columns, **others, **{column: None for column, _descending in query.order}})


def read(client: Client, wanted: Wanted, progress: Progress | None = None) -> tuple[list[Row], list[str]]:
    """The records, and those of the fields asked for that none of them shows.

    :raises InvalidUsage: a column of the query is not known to the instance, which may have dropped its condition.
    """
    asked = asked_about(wanted.query)
    walked = [column for column in asked if "." in column]
    if wanted.fields is None and walked:
        # They are shown only if they are asked for, and then no others are.
        if not prove(client, wanted.table, wanted.query):
            return [], []
        asked = [column for column in asked if column not in walked]
    fields = None if wanted.fields is None else list(dict.fromkeys([*wanted.fields, *asked]))
    resource = _resource(client, wanted.table)
    resource.parameters.display_value = DISPLAYS[wanted.display]
    rows: list[Row] = resource.get(
        query=wanted.query, fields=fields, limit=wanted.limit, offset=wanted.offset, progress=progress
    ).all()
    if not rows:
        check_known(client, wanted.table, asked)
        return [], []
    shown = {column for row in rows for column in row}
    refuse(wanted.table, [column for column in asked if column not in shown])
    missing = [column for column in wanted.fields or () if column not in shown]
    if fields is not None:
        own = set(wanted.fields or ())
        rows = [{column: value for column, value in row.items() if column in own} for row in rows]
    return rows, missing


def prove(client: Client, table: str, query: Query) -> bool:
    """Whether *query* finds anything; one request, unless every instance knows its columns.

    :raises InvalidUsage: a column of it is not known to the instance.
    """
    asked = asked_about(query)
    doubtful = [column for column in asked if not is_known(table, column)]
    if not doubtful or check_shown(client, table, query.ordered(), doubtful):
        return True
    check_known(client, table, asked)
    return False


def check_shown(client: Client, table: str, query: Query, columns: Sequence[str]) -> bool:
    """Whether *query* finds anything; raises unless that shows each of *columns*. One request."""
    rows = list(_resource(client, table).get(query=query, fields=["sys_id", *columns], limit=_LOOKED_AT).all())
    if rows:
        refuse(table, [column for column in columns if not any(column in row for row in rows)])
    return bool(rows)


def _resource(client: Client, table: str) -> Resource:
    resource = client.table(table)
    resource.parameters.exclude_reference_link = True
    return resource


def check_known(client: Client, table: str, columns: Sequence[str]) -> None:
    """Some instances find nothing, instead of everything, by a column that they do not know.

    :raises InvalidUsage: the dictionary has no such column; it is asked for those that not every instance has.
    """
    doubtful = [column for column in columns if not is_known(table, column)]
    refuse(table, missing_paths(client, table, doubtful) if doubtful else [])


def refuse(table: str, columns: Sequence[str]) -> None:
    """Raise for *columns* that *table* does not show, if there are any."""
    if columns:
        raise InvalidUsage(
            f"{table} shows no column {', '.join(columns)}, so the instance may have dropped what the query says about "
            "it and found other records; check its name, and whether the user may read it."
        )


def only_one(table: str, what: str, rows: Sequence[Mapping[str, Any]], needed: bool) -> None:
    """Raise unless *rows* are exactly one, or none where none is *needed*."""
    if not rows and needed:
        raise NoResults(
            f"There is no record of {table} that {what}; check it, and whether the user may read the record."
        )
    if len(rows) > 1:
        names = [_text(row.get("number") or row.get("name") or row.get("sys_id")) for row in rows[:10]]
        listed = ", ".join(str(name) for name in names if name)
        raise MultipleResults(
            f"More than one record of {table} {what}{f' ({listed})' if listed else ''}; narrow it, or name one of them."
        )


def shaped(rows: Sequence[Mapping[str, Any]], display: str) -> list[Row]:
    """*rows* as they are returned: column to value or display value, or to both."""
    if display != "both":
        return [{column: _text(value) for column, value in sorted(row.items())} for row in rows]
    return [{column: _both(value) for column, value in sorted(row.items())} for row in rows]


def _text(value: Any) -> Any:
    if isinstance(value, Mapping):
        return value.get("value", value.get("display_value"))
    return "" if value is None else value


def _both(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return {"value": _text(value.get("value")), "display_value": _text(value.get("display_value"))}
    return {"value": _text(value), "display_value": _text(value)}
