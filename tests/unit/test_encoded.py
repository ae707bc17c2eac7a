# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Encoded queries as data: what is read is what was written, and nothing in a value becomes a condition."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.changegate.snow.plugins.module_utils import errors
from ansible_collections.changegate.snow.plugins.module_utils.encoded import (
    OPERATORS,
    UNARY,
    Condition,
    Query,
    Related,
)

A, B, C = (Condition(name, "=", "1") for name in "abc")


@pytest.mark.parametrize(
    ("query", "text"),
    [
        (Query(), ""),
        (Query.where(A, B), "a=1^b=1"),
        (Query((((A, B), (C,)),)), "a=1^ORb=1^c=1"),
        (Query((((A,),), ((B,), (C,)))), "a=1^NQb=1^c=1"),
        (Query.where(A).ordered(("b", False), ("c.d", True)), "a=1^ORDERBYb^ORDERBYDESCc.d"),
        (Query().ordered(("b", True)), "ORDERBYDESCb"),
        (Query.where(Condition("a", "NOT IN", "x,y")), "aNOT INx,y"),
        (Query.where(Condition("a", "=", "x^y")), "a=x^^y"),
        (Query.where(Condition("a", "=", "x^"), B), "a=x^^^b=1"),
        (Query.where(Condition("a", "=", "^x")), "a=^^x"),
        (Query.where(Condition("a", "=", "=x")), "a==x"),
        (Query.where(Condition("a", "=", "javascript:gs.getUserID()", raw=True)), "a=javascript:gs.getUserID()"),
        (Query.where(Condition("123TEXTQUERY321", "=", "two words")), "123TEXTQUERY321=two words"),
        (Query.where(Related("task_ci", "task", ">=", 1)), "RLQUERYtask_ci.task,>=1^ENDRLQUERY"),
        (
            Query.where(A, Related("task_ci", "task", "=", 0, Query.where(B, C), m2m=True), C),
            "a=1^RLQUERYtask_ci.task,=0,m2m^b=1^c=1^ENDRLQUERY^c=1",
        ),
    ],
)
def test_writing_and_reading(query: Query, text: str) -> None:
    assert str(query) == text
    assert Query.parse(text) == query


@pytest.mark.parametrize(
    ("text", "same"),
    [("a=1^EQ", "a=1"), ("^a=1", "a=1"), ("^ORa=1", "a=1"), ("a=1^NQ^b=1", "a=1^NQb=1"), ("a=1^", "a=1"),
     ("ORDERBYb^a=1", "a=1^ORDERBYb"), ("a=1^NQORDERBYb", "a=1^ORDERBYb")],
)  # fmt: skip
def test_reading_what_others_write(text: str, same: str) -> None:
    assert str(Query.parse(text)) == same


@pytest.mark.parametrize(
    "text", ["a", "a=1^b", "=1", "A=1", "a b=1", "a~1", "RLQUERYx^ENDRLQUERY", "RLQUERYa.b,>=1", "ORDERBY", "a.=1"]
)
def test_what_is_no_query_is_named(text: str) -> None:
    with pytest.raises(errors.QueryExpressionError):
        Query.parse(text)


@pytest.mark.parametrize("value", ["javascript:x", "a\nb", "a\x00"])
def test_dangerous_values_take_a_word(value: str) -> None:
    with pytest.raises(errors.QueryTypeError):
        str(Condition("a", "=", value))
    assert Query.parse(f"a={value}") == Query.where(Condition("a", "=", value, raw=True))


@pytest.mark.parametrize(
    ("column", "operator", "value"),
    [("a", "<", "=1"), ("a", "IN", "STANCEOFx"), ("a", "ISEMPTY", "x"), ("A", "=", "1"), ("a^b", "=", "1"),
     ("", "=", "1"), ("a", "==", "1"), ("a", "LIKE ", "1")],
)  # fmt: skip
def test_conditions_that_would_be_read_otherwise_are_refused(column: str, operator: str, value: str) -> None:
    with pytest.raises(errors.QueryError):
        Condition(column, operator, value)


def test_both_and_either() -> None:
    either = Query.where(A) | Query.where(B)
    assert str(either) == "a=1^NQb=1"
    assert str(either & Query.where(C).ordered(("d", False))) == "a=1^c=1^NQb=1^c=1^ORDERBYd"
    assert Query() & either == either
    assert (Query() | either).branches == ()


NAMES = st.from_regex(r"\A[a-z][a-z0-9_]{0,8}(\.[a-z]{1,4})?\Z")
VALUES = st.text(max_size=12)


def _condition(parts: tuple[str, str, str]) -> Condition | None:
    column, operator, value = parts
    try:
        condition = Condition(column, operator, "" if operator in UNARY else value)
        str(condition)
    except errors.QueryTypeError:
        return Condition(column, operator, value, raw=True)
    except errors.QueryExpressionError:
        return None
    return condition


CONDITIONS: st.SearchStrategy[Condition] = (
    st.tuples(NAMES, st.sampled_from(OPERATORS), VALUES)
    .map(_condition)
    .filter(bool)
    .map(lambda made: cast(Condition, made))
)
INNER = st.lists(CONDITIONS, min_size=1, max_size=2).map(lambda found: Query.where(*found))
RELATED = st.builds(
    Related,
    st.sampled_from(["task_ci", "u_x"]),
    st.sampled_from(["task", "a_b"]),
    st.sampled_from([">=", "=", "<", "!="]),
    st.integers(0, 99),
    st.none() | INNER,
    m2m=st.booleans(),
)
GROUPS = st.lists(CONDITIONS | RELATED, min_size=1, max_size=3).map(tuple)
BRANCHES = st.lists(GROUPS, min_size=1, max_size=3).map(tuple)
QUERIES = st.builds(
    Query,
    st.lists(BRANCHES, max_size=3).map(tuple),
    st.lists(st.tuples(NAMES, st.booleans()), max_size=2).map(tuple),
)


@settings(max_examples=500)
@given(QUERIES)
def test_what_is_written_is_read_back(query: Query) -> None:
    assert Query.parse(str(query)) == query


@settings(max_examples=500)
@given(st.text(st.sampled_from("ab=^<>!ORNQIE@,. 1LKDBYSC"), max_size=30))
def test_any_text_is_read_the_same_twice_or_refused(text: str) -> None:
    try:
        query = Query.parse(text)
    except errors.QueryError:
        return
    assert Query.parse(str(query)) == query
