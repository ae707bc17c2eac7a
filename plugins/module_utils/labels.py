# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions by the labels of choices, as people know them: an instance compares stored values only.

Source: ServiceNow documentation, tables "Choice" (sys_choice), and "Encoded query strings".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Condition, Query, Term
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.fields import STATES, kinds_of_table
from ansible_collections.changegate.snow.plugins.module_utils.lookups import choices_of
from ansible_collections.changegate.snow.plugins.module_utils.query import is_sys_id

_EQUALITIES = frozenset({"=", "!=", "IN", "NOT IN"})
_LISTS = frozenset({"IN", "NOT IN"})
#: Columns whose stored values are numbers on every instance.
_NUMBERED = frozenset({"state", "priority", "urgency", "impact", "risk", "scope"})
#: Column and one value of a condition, to the value that it stands for.
Translate = Callable[[str, str], str]


def resolved(client: Client, table: str, query: Query) -> Query:
    """*query* with values in place of labels, in the columns of *table* that are known to hold choices.

    States of changes and their tasks cost no request, other labels one for all of them.

    :raises InvalidUsage: the name of a reference, or a word that is no choice of a column of numbers: both would find
        nothing.
    """
    kinds = kinds_of_table(table)
    query = _mapped(query, lambda column, text: _state_or_reference(table, column, text, kinds.get(column, "")))
    members = [member for member in _members(query) if kinds.get(member[0]) in ("choice", *STATES)]
    words = [member for member in members if _is_label(*member)]
    if not words:
        return query
    values = _values_of(client, table, sorted({column for column, _text in words}))
    for column, text in words:
        _check_listed(table, column, text, values)
    return _mapped(query, lambda column, text: values.get((column, text.strip().casefold()), text))


def _check_listed(table: str, column: str, text: str, values: Mapping[tuple[str, str], str]) -> None:
    """Refuse a word where only a number can stand, if there is a list and the word is not in it."""
    known = {word: value for (name, word), value in values.items() if name == column}
    if column in _NUMBERED and known and text.strip().casefold() not in known:
        labels = ", ".join(word for word, value in known.items() if word != value.casefold())
        raise InvalidUsage(
            f"{column} of {table} is never {text!r} on this instance; give a number, or one of {labels}."
        )


def _state_or_reference(table: str, column: str, text: str, kind: str) -> str:
    if kind == "reference" and not is_sys_id(text.strip()):
        raise InvalidUsage(
            f"{column} of {table} is a reference, and {text!r} is no sys_id; ask about a column of what it refers to, "
            f"such as {column}.name."
        )
    return STATES[kind].value_of(text) if kind in STATES else text


def _is_label(column: str, text: str) -> bool:
    """Whether *text* can be a label: stored values are numbers, or words such as ``network``."""
    number = text.strip().lstrip("-").isdigit()
    return bool(text.strip()) and not number and (column in _NUMBERED or not re.match(r"[a-z0-9_]+\Z", text))


def _values_of(client: Client, table: str, columns: list[str]) -> dict[tuple[str, str], str]:
    """Column and label in lower case, to the value; empty where the user may not read choices."""
    lists = choices_of(client, table, columns, active=False)
    choices = [(column, choice) for column, known in lists.items() for choice in known]
    labels = {(column, choice.label.strip().casefold()): choice.value for column, choice in choices}
    # What is a value already is one.
    return {**labels, **{(column, choice.value.casefold()): choice.value for column, choice in choices}}


def _members(query: Query) -> list[tuple[str, str]]:
    terms = [term for branch in query.branches for group in branch for term in group if _is_equality(term)]
    return [(term.column, text) for term in terms if isinstance(term, Condition) for text in _texts(term)]


def _is_equality(term: Term) -> bool:
    return isinstance(term, Condition) and term.operator in _EQUALITIES and not term.raw


def _texts(term: Condition) -> list[str]:
    return term.value.split(",") if term.operator in _LISTS else [term.value]


def _mapped(query: Query, translate: Translate) -> Query:
    def of(term: Term) -> Term:
        if not isinstance(term, Condition) or not _is_equality(term):
            return term
        texts = [translate(term.column, text) for text in _texts(term)]
        return Condition(term.column, term.operator, ",".join(texts))

    branches = tuple(tuple(tuple(of(term) for term in group) for group in branch) for branch in query.branches)
    return Query(branches, query.order)
