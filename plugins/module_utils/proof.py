# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a record is what a query asked for. No input or output.

An instance drops a condition on a column that it does not know, and then finds everything: what a query found is
written or deleted only if it shows that it fits. Source: ServiceNow documentation, "Encoded query strings" and the
property ``glide.invalid_query.returns_no_rows``.
"""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.changegate.snow.plugins.module_utils.cells import Record
from ansible_collections.changegate.snow.plugins.module_utils.encoded import TEXT_QUERY, Condition, Query, Term
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    QueryEmpty,
    QueryExpressionError,
    UnexpectedResponseFormat,
)
from ansible_collections.changegate.snow.plugins.module_utils.values import same

#: Operators whose value is another column.
TWO_COLUMNS = frozenset({"SAMEAS", "NSAMEAS", "GT_FIELD", "LT_FIELD", "GT_OR_EQUALS_FIELD", "LT_OR_EQUALS_FIELD"})


def columns_of(query: Query) -> list[str]:
    """The columns that *query* asks about, which its records have to show.

    :raises QueryEmpty: it asks for everything. :raises QueryExpressionError: it cannot be checked on a record.
    """
    terms = [term for branch in query.branches for group in branch for term in group]
    if not terms:
        raise QueryEmpty("The query has no condition, so it finds every record; give one.")
    columns: dict[str, None] = {}
    for term in terms:
        if not isinstance(term, Condition) or term.column == TEXT_QUERY:
            raise QueryExpressionError(
                f"{term} cannot be checked on the records that it finds; read their sys_ids, and write by these."
            )
        columns[term.column] = None
        if term.operator in TWO_COLUMNS:
            columns[term.value] = None
    return list(columns)


def check_found(table: str, query: Query, columns: Sequence[str], record: Record) -> None:
    """Whether *record* is one that *query* asks for, as far as its *columns* tell; before it is written or deleted.

    :raises UnexpectedResponseFormat: it shows not all of them, or another value than an equality asks for.
    """
    missing = [column for column in columns if column not in record]
    if missing:
        raise UnexpectedResponseFormat(
            f"{table} shows no column {', '.join(missing)}, so the instance may have dropped the condition on it; "
            "check its name, and whether the user may read it. Nothing was written."
        )
    if not any(all(any(_may_hold(term, record) for term in group) for group in branch) for branch in query.branches):
        raise UnexpectedResponseFormat(
            f"{table} returned {record['sys_id'].value}, which is not what {query} asks for. Nothing was written."
        )


def _may_hold(term: Term, record: Record) -> bool:
    """Whether *term* holds on *record*, as far as that can be told here: of an equality."""
    if not isinstance(term, Condition) or term.raw or term.operator != "=" or not term.value:
        return True
    cell = record[term.column]
    return any(same(kind, term.value, cell) for kind in ("auto", "boolean", "choice"))
