# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A record that is named by a query, instead of by a key of its own. No input or output.

Whatever a query finds has to show that it is what was asked for, see ``proof.py``; and what it does not find is made
only if it is sure to be found by the same query the next time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.cells import Record, text_of
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Condition, Query
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    InvalidUsage,
    MultipleResults,
    QueryEmpty,
    QueryTypeError,
)
from ansible_collections.changegate.snow.plugins.module_utils.fields import STATES
from ansible_collections.changegate.snow.plugins.module_utils.filters import from_data
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity, name_of, of_matching
from ansible_collections.changegate.snow.plugins.module_utils.plan import Kinds
from ansible_collections.changegate.snow.plugins.module_utils.proof import check_found, columns_of

#: Columns that a new record gets from the instance.
_GIVEN = frozenset({"sys_id", "number"})


def parsed(query: object) -> Query:
    """*query*, encoded or as plain data (``filters.py``).

    :raises QueryError: it is no query; or an empty one, as of a variable that was never set.
    """
    if query is None or (isinstance(query, str) and not query.strip()) or query == {}:
        raise QueryEmpty("query is empty and would find every record; give a condition.")
    if isinstance(query, Mapping):
        return from_data(query)
    if isinstance(query, str):
        return Query.parse(query.strip())
    raise QueryTypeError(f"query is a {type(query).__name__}; give an encoded query, or columns and their conditions.")


class ByQuery(Identity):
    """The one record that a query finds. *conditions* are empty unless it can be made; see :func:`by_query`."""

    asked: Query
    #: Columns that a record has to show.
    columns: Sequence[str]
    #: Why no record is made for the query.
    doubt: str

    @property
    def query(self) -> str:
        return str(self.asked)

    @property
    def advice(self) -> str:
        if not self.doubt:
            return "check the query, and whether the user may read what it finds"
        return f"none is made, because the next run might not find it again: {self.doubt}; use match_on for that"

    def __str__(self) -> str:
        return f"{self.kind} that {self.asked} finds"

    @property
    def walks(self) -> bool:
        """Whether it asks about columns of other records, which a record shows only if they are asked for."""
        return any("." in column for column in self.columns)

    def only(self, records: Sequence[Record], request: str) -> Record | None:
        for record in records:
            check_found(self.kind, self.asked, self.columns, record)
        if len(records) > 1:
            listed = ", ".join(name_of(record) for record in records[:10])
            raise MultipleResults(
                f"There is more than one {self}: {listed}; narrow the query, or use a number or sys_id.",
                request=request,
            )
        return records[0] if records else None


def by_query(kind: str, asked: Query, data: Mapping[str, Any], kinds: Kinds, may_create: bool) -> ByQuery:
    """The identity that the query *asked* gives.

    :param data: what the record is to hold. :param may_create: whether a record is made where there is none.
    :raises QueryError: a query for everything, or one that cannot be checked on the record that it finds.
    :raises InvalidUsage: a record would be made again and again, because *data* changes what it is found by.
    """
    columns = columns_of(asked)
    doubt = _doubt(asked, kinds) if may_create else ""
    conditions = _equalities(asked) if may_create and not doubt else {}
    other = [name for name, text in conditions.items() if name in data and _differs(data[name], text, kinds.get(name))]
    if other:
        raise InvalidUsage(
            f"data changes {', '.join(other)}, which the query asks about, so the next run would make another record; "
            "set if_missing to fail or ignore, or ask about something else."
        )
    found = ByQuery(kind, conditions, creates=may_create and not doubt)
    found.asked, found.columns, found.doubt = asked, columns, doubt
    return found


def _equalities(asked: Query) -> dict[str, str]:
    """Column to value, of a query that is nothing but that."""
    terms = [term for group in asked.branches[0] for term in group]
    return {term.column: term.value for term in terms if isinstance(term, Condition)}


def _doubt(asked: Query, kinds: Kinds) -> str:
    """Why a record that is made by this query might not be found by it; empty if it is sure to be."""
    if len(asked.branches) > 1 or any(len(group) > 1 for group in asked.branches[0]):
        return "the query has alternatives"
    seen: set[str] = set()
    for (term,) in asked.branches[0]:
        if not isinstance(term, Condition) or term.operator != "=" or term.raw or not term.value.strip():
            return f"{term} is not a column and its value"
        if "." in term.column or term.column in seen:
            return f"{term} is about {'another record' if '.' in term.column else 'a column that was named before'}"
        if term.column in _GIVEN:
            return f"{term.column} is the instance's to give"
        seen.add(term.column)
    try:
        of_matching("record", list(seen), _equalities(asked), kinds)
    except InvalidUsage as error:
        return str(error).rstrip(".").replace("match_on", "query").replace("data.", "")
    return ""


def _differs(wanted: object, text: str, kind: str | None) -> bool:
    ours = text_of(wanted).strip()
    states = STATES.get(kind or "")
    if states:
        ours = states.value_of(ours)
    return ours.casefold() != text.strip().casefold()
