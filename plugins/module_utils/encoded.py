# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An encoded query as data: read from text, put together, and written again. No input or output.

``Query.parse(str(query)) == query`` for every query. A query is a union of branches (``^NQ``); a branch is true when
all of its groups are; a group is true when one of its terms is (``^OR``); a sort order may follow. There are no
parentheses in ServiceNow's language, so nothing deeper can be said.

Source: ServiceNow documentation, "Encoded query strings" and "Operators available for filters and queries".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple, Optional, Union

from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    QueryError,
    QueryExpressionError,
    QueryMissingField,
)
from ansible_collections.changegate.snow.plugins.module_utils.query import escape

#: Full-text search is a condition on this name instead of a column.
TEXT_QUERY = "123TEXTQUERY321"
#: Every operator; longest first, so that ``NOT IN`` is not read as something else.
OPERATORS = (
    "GT_OR_EQUALS_FIELD", "LT_OR_EQUALS_FIELD", "EMPTYSTRING", "ISNOTEMPTY", "STARTSWITH", "INSTANCEOF",
    "RELATIVEEE", "RELATIVEGE", "RELATIVEGT", "RELATIVELE", "RELATIVELT", "CONTAINS", "ENDSWITH", "GT_FIELD",
    "LT_FIELD", "ANYTHING", "NOT LIKE", "NOTLIKE", "NSAMEAS", "BETWEEN", "DATEPART", "DYNAMIC", "ISEMPTY",
    "MORETHAN", "LESSTHAN", "NOT IN", "SAMEAS", "NOTON", "LIKE", "!=", "<=", ">=", "IN", "ON", "=", "<", ">",
)  # fmt: skip
#: Operators that take no value.
UNARY = frozenset({"ISEMPTY", "ISNOTEMPTY", "ANYTHING", "EMPTYSTRING"})

_NAME = r"[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)*"
_FIELD = re.compile(rf"(?:{_NAME}|{TEXT_QUERY})\Z")
_CONDITION = re.compile(rf"({_NAME}|{TEXT_QUERY})({'|'.join(map(re.escape, OPERATORS))})(.*)\Z", re.DOTALL)
_RELATED = re.compile(rf"({_NAME})\.([a-z_][a-z0-9_]*),(>=|<=|!=|=|>|<)([0-9]+)(,m2m)?\Z")
_ORDER = re.compile(rf"ORDERBY(DESC)?({_NAME})\Z")


def _column(name: str) -> str:
    """*name* as a query can carry it: capitals would be read as an operator."""
    if not isinstance(name, str) or not _FIELD.match(name):
        raise QueryMissingField(
            f"{name!r} is not a column name; give lower-case letters, digits, underscores and dots."
        )
    return name


class _ConditionParts(NamedTuple):
    column: str
    operator: str
    value: str
    raw: bool


# Tuples with a check, because dataclasses cost a quarter of what importing the library may take.
class Condition(_ConditionParts):
    """``column operator value``; the value as it is meant, not escaped.

    *raw* lets a value begin with ``javascript:``, which the server runs, and hold control characters.
    """

    __slots__ = ()

    def __new__(cls, column: str, operator: str, value: str = "", raw: bool = False) -> Condition:
        _column(column)
        if operator not in OPERATORS:
            raise QueryExpressionError(f"{operator!r} is not an operator of encoded queries.")
        if operator in UNARY and value:
            raise QueryExpressionError(f"{operator} takes no value.")
        # 'a' '<' '=b' would be read as 'a' '<=' 'b'.
        match = _CONDITION.match(f"{column}{operator}{value}")
        if not match or match[2] != operator:
            read = match[2] if match else "nothing"
            raise QueryExpressionError(
                f"{column}{operator}{value} would be read as the operator {read}, not {operator}."
            )
        return super().__new__(cls, column, operator, value, raw)

    def __str__(self) -> str:
        text = self.value.replace("^", "^^") if self.raw else escape(self.value)
        return f"{self.column}{self.operator}{text}"


class _RelatedParts(NamedTuple):
    table: str
    column: str
    comparison: str
    number: int
    query: Optional[Query]  # noqa: UP045 - evaluated on Python 3.9
    m2m: bool


class Related(_RelatedParts):
    """Records with so many others that refer to them: ``RLQUERY table.column,comparison count ... ENDRLQUERY``.

    *query* restricts the others; with *m2m*, *table* is a many-to-many table.
    """

    __slots__ = ()

    def __new__(
        cls, table: str, column: str, comparison: str, number: int, query: Query | None = None, m2m: bool = False
    ) -> Related:
        head = f"{table}.{column},{comparison}{number}"
        if not _RELATED.match(head):
            raise QueryExpressionError(f"{head!r} is not a related list; give table, column, comparison and count.")
        if query is not None and (len(query.branches) != 1 or query.order):
            raise QueryExpressionError("The query of a related list has conditions, but no NQ and no order.")
        if query is not None and any(isinstance(t, Related) for g in query.branches[0] for t in g):
            raise QueryExpressionError("A related list cannot stand in another one.")
        return super().__new__(cls, table, column, comparison, number, query, m2m)

    def __str__(self) -> str:
        head = f"RLQUERY{self.table}.{self.column},{self.comparison}{self.number}{',m2m' if self.m2m else ''}"
        inner = f"^{self.query}" if self.query is not None else ""
        return f"{head}{inner}^ENDRLQUERY"


Term = Union[Condition, Related]
Group = tuple[Term, ...]
Branch = tuple[Group, ...]


class _QueryParts(NamedTuple):
    branches: tuple[Branch, ...]
    order: tuple[tuple[str, bool], ...]


class Query(_QueryParts):
    """A whole query. *order* is ``(column, descending)``, in the order in which it counts."""

    __slots__ = ()

    def __new__(cls, branches: tuple[Branch, ...] = (), order: tuple[tuple[str, bool], ...] = ()) -> Query:
        if not all(branches) or not all(group for branch in branches for group in branch):
            raise QueryExpressionError("A branch or a group of a query has no condition.")
        for column, _descending in order:
            _column(column)
        return super().__new__(cls, branches, order)

    @classmethod
    def where(cls, *terms: Term) -> Query:
        """All of *terms*."""
        return cls((tuple((term,) for term in terms),) if terms else ())

    @classmethod
    def parse(cls, text: str) -> Query:
        """The query that *text* encodes; raises :class:`QueryExpressionError` naming the part that is none."""
        return _Reader(text).query()

    def __and__(self, other: Query) -> Query:
        """Both: each branch of the one with each of the other, since there are no parentheses. The orders follow."""
        order = (*self.order, *(item for item in other.order if item not in self.order))
        if not self.branches or not other.branches:
            return Query(self.branches or other.branches, order)
        return Query(tuple(left + right for left in self.branches for right in other.branches), order)

    def __or__(self, other: Query) -> Query:
        """Either; a query without conditions stands for every record, and so does the result."""
        order = (*self.order, *(item for item in other.order if item not in self.order))
        if not self.branches or not other.branches:
            return Query((), order)
        return Query(self.branches + other.branches, order)

    def ordered(self, *order: tuple[str, bool]) -> Query:
        """The same conditions in this order."""
        return Query(self.branches, order)

    def __str__(self) -> str:
        branches = "^NQ".join("^".join(_group(group) for group in branch) for branch in self.branches)
        order = [f"ORDERBY{'DESC' if descending else ''}{column}" for column, descending in self.order]
        return "^".join(([branches] if branches else []) + order)


def _group(group: Iterable[Term]) -> str:
    return "^OR".join(map(str, group))


class _Reader:
    """Reads one encoded query, clause by clause."""

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise QueryExpressionError(f"An encoded query is a string, not {type(text).__name__}.")
        self._clauses = _split(text) if text else []
        self._branches: list[list[list[Term]]] = []
        self._order: list[tuple[str, bool]] = []

    def query(self) -> Query:
        fresh = True
        for clause in self._take():
            text, alternative = clause, False
            if text.startswith("NQ"):
                text, fresh = text[2:], True
            elif text.startswith("OR") and not text.startswith("ORDERBY"):
                text, alternative = text[2:], True
            if text in ("", "EQ"):
                continue
            match = _ORDER.match(text)
            if match:
                self._order.append((match[2], bool(match[1])))
                continue
            self._add(self._term(text), alternative, fresh)
            fresh = False
        branches = tuple(tuple(tuple(group) for group in branch) for branch in self._branches)
        return Query(branches, tuple(self._order))

    def _take(self) -> Iterable[str]:
        while self._clauses:
            yield self._clauses.pop(0)

    def _add(self, term: Term, alternative: bool, fresh: bool) -> None:
        if fresh:
            self._branches.append([])
        branch = self._branches[-1]
        if alternative and branch:
            branch[-1].append(term)
        else:
            branch.append([term])

    def _term(self, text: str) -> Term:
        if text.startswith("RLQUERY"):
            return self._related(text[len("RLQUERY") :])
        match = _CONDITION.match(text)
        if not match:
            raise QueryExpressionError(f"{text!r} is not a condition of an encoded query.")
        return Condition(match[1], match[2], match[3], raw=_needs_raw(match[3]))

    def _related(self, head: str) -> Related:
        match = _RELATED.match(head)
        if not match or "ENDRLQUERY" not in self._clauses:
            raise QueryExpressionError(f"RLQUERY{head!r} is not a related list that ends with ENDRLQUERY.")
        end = self._clauses.index("ENDRLQUERY")
        inner, self._clauses = self._clauses[:end], self._clauses[end + 1 :]
        query = None
        if inner:
            reader = _Reader("")
            reader._clauses = inner
            query = reader.query()
        return Related(match[1], match[2], match[3], int(match[4]), query, m2m=bool(match[5]))


def _needs_raw(value: str) -> bool:
    """Whether *value*, as it was read, would be refused of somebody who gives it."""
    try:
        escape(value)
    except QueryError:
        return True
    return False


def _split(text: str) -> list[str]:
    """At each ``^``; a doubled one is a caret in a value."""
    clauses = [""]
    position = 0
    while True:
        found = text.find("^", position)
        if found < 0:
            clauses[-1] += text[position:]
            return clauses
        clauses[-1] += text[position:found]
        if text[found + 1 : found + 2] == "^":
            clauses[-1] += "^"
            position = found + 2
        else:
            clauses.append("")
            position = found + 1
