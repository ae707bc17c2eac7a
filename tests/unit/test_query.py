# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Encoded queries: nothing that a value holds may become part of the query."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.changegate.snow.plugins.module_utils import errors, query
from ansible_collections.changegate.snow.plugins.module_utils.query import QueryBuilder


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a^b", "a^^b"),
        ("a^ORactive=true", "a^^ORactive=true"),
        ("ends with ^", "ends with ^^"),
        ("^", "^^"),
        ("x=y@z,1", "x=y@z,1"),
        ("", ""),
        (True, "true"),
        (3, "3"),
        (datetime(2026, 7, 15, 10, tzinfo=timezone(timedelta(hours=2))), "2026-07-15 08:00:00"),
        (datetime(2026, 7, 15, 10), "2026-07-15 10:00:00"),
    ],
)
def test_operand(value: object, text: str) -> None:
    assert query.operand(value) == text


@pytest.mark.parametrize("value", ["javascript:gs.getUserID()", " JavaScript:x", "a\nb", "a\x00b", "a\tb", None, [1]])
def test_operand_refuses(value: object) -> None:
    with pytest.raises(errors.QueryTypeError):
        query.operand(value)


@given(st.text(st.characters(exclude_categories=("Cc", "Cs"))).filter(lambda t: "javascript:" not in t.lower()))
def test_an_escaped_value_holds_no_separator(value: str) -> None:
    escaped = query.escape(value)
    assert "^" not in escaped.replace("^^", "")
    assert escaped.replace("^^", "^") == value


@pytest.mark.parametrize("name", ["a^b", "", "a b", "1a", "a..b", ".a", "a=b", "a\n", "ä"])
def test_field_names_are_checked(name: str) -> None:
    with pytest.raises(errors.QueryMissingField):
        query.check_field(name)


@pytest.mark.parametrize("name", ["incident/1", "", "a.b", "a b", "../x", "a\n"])
def test_table_names_are_checked(name: str) -> None:
    with pytest.raises(errors.InvalidUsage):
        query.check_table(name)


@pytest.mark.parametrize("value", ["", " ", None, "None", "null", "undefined"])
def test_empty_identifiers_are_refused(value: object) -> None:
    with pytest.raises(errors.InvalidIdentity, match="number is"):
        query.check_identifier(value, "number")


def test_sys_ids() -> None:
    assert query.check_sys_id("A" * 32) == "a" * 32
    for wrong in ("", "a" * 31, "g" * 32, "a" * 32 + "\n", "global"):
        with pytest.raises(errors.InvalidIdentity):
            query.check_sys_id(wrong)


def test_all_of() -> None:
    assert query.all_of({"number": "CHG1", "u_x.name": "a^b"}) == "number=CHG1^u_x.name=a^^b"
    with pytest.raises(errors.QueryEmpty):
        query.all_of({})


BUILDERS: list[tuple[Callable[[QueryBuilder], QueryBuilder], str]] = [
    (lambda q: q.field("a").equals("x"), "a=x"),
    (lambda q: q.field("a").equals(["x", "y"]), "aINx,y"),
    (lambda q: q.field("a").not_equals("x"), "a!=x"),
    (lambda q: q.field("a").not_equals(["x", "y"]), "aNOT INx,y"),
    (lambda q: q.field("a").starts_with("x"), "aSTARTSWITHx"),
    (lambda q: q.field("a").ends_with("x"), "aENDSWITHx"),
    (lambda q: q.field("a").contains("x^y"), "aLIKEx^^y"),
    (lambda q: q.field("a").not_contains("x"), "aNOT LIKEx"),
    (lambda q: q.field("a").is_empty(), "aISEMPTY"),
    (lambda q: q.field("a").is_not_empty(), "aISNOTEMPTY"),
    (lambda q: q.field("a").greater_than(3), "a>3"),
    (lambda q: q.field("a").greater_than_or_equal(datetime(2026, 1, 1)), "a>=2026-01-01 00:00:00"),
    (lambda q: q.field("a").less_than(3), "a<3"),
    (lambda q: q.field("a").less_than_or_equal(3), "a<=3"),
    (lambda q: q.field("a").between(1, 5), "aBETWEEN1@5"),
    (
        lambda q: q.field("a").between(datetime(2026, 1, 1), datetime(2026, 1, 2)),
        'aBETWEENjavascript:gs.dateGenerate("2026-01-01 00:00:00")@javascript:gs.dateGenerate("2026-01-02 00:00:00")',
    ),
    (lambda q: q.field("a").raw("=javascript:gs.getUserID()"), "a=javascript:gs.getUserID()"),
    (lambda q: q.field("a").equals("x").AND().field("b").equals("y"), "a=x^b=y"),
    (lambda q: q.field("a").equals("x").OR().field("b").equals("y"), "a=x^ORb=y"),
    (lambda q: q.field("a").equals("x").NQ().field("b").equals("y"), "a=x^NQb=y"),
    (lambda q: q.field("a").equals("x").AND().field("b").order_descending(), "a=x^ORDERBYDESCb"),
    (lambda q: q.field("b").order_ascending(), "ORDERBYb"),
    (lambda q: q.field("a").less_than(date(2026, 1, 1)), "a<2026-01-01 00:00:00"),
    (
        lambda q: q.field("a").between(date(2026, 1, 1), datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(0)))),
        'aBETWEENjavascript:gs.dateGenerate("2026-01-01 00:00:00")@2026-01-02 03:00:00',
    ),
]


@pytest.mark.parametrize(("build", "text"), BUILDERS)
def test_builder(build: Callable[[QueryBuilder], QueryBuilder], text: str) -> None:
    assert str(build(QueryBuilder())) == text


MISTAKES: list[tuple[Callable[[QueryBuilder], object], type[Exception]]] = [
    (str, errors.QueryEmpty),
    (lambda q: q.equals("x"), errors.QueryMissingField),
    (lambda q: q.order_ascending(), errors.QueryMissingField),
    (lambda q: str(q.field("a").equals("x").AND()), errors.QueryMissingField),
    (lambda q: str(q.field("a").equals("x").AND().field("b")), errors.QueryExpressionError),
    (lambda q: q.field("a").AND(), errors.QueryExpressionError),
    (lambda q: q.field("a").equals("x").equals("y"), errors.QueryMultipleExpressions),
    (lambda q: q.field("a").equals("x").field("b").order_ascending(), errors.QueryMultipleExpressions),
    (lambda q: q.field("a").order_ascending().order_descending(), errors.QueryMultipleExpressions),
    (lambda q: q.starts_with(3), errors.QueryMissingField),  # type: ignore[arg-type]
    (lambda q: q.field("a").equals(None), errors.QueryTypeError),
    (lambda q: q.field("a").not_equals(["x,y"]), errors.QueryTypeError),
    (lambda q: q.field("a").equals("javascript:x"), errors.QueryTypeError),
    (lambda q: q.field("a").greater_than("3"), errors.QueryTypeError),  # type: ignore[arg-type]
    (lambda q: q.field("a").between("1", "2"), errors.QueryTypeError),
    (lambda q: q.field("a").starts_with(3), errors.QueryTypeError),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("build", "error"), MISTAKES)
def test_builder_mistakes(build: Callable[[QueryBuilder], object], error: type[Exception]) -> None:
    with pytest.raises(error):
        build(QueryBuilder())


def test_a_list_with_what_a_list_cannot_carry() -> None:
    """Commas divide a list and blanks at its ends are trimmed: such values are conditions of their own."""
    text = str(QueryBuilder().field("active").equals("true").AND().field("name").equals(["a", "b,c", " d", "e"]))
    assert text == "active=true^nameINa,e^ORname=b,c^ORname= d"
    assert str(QueryBuilder().field("name").equals(["b,c"])) == "name=b,c"
    assert str(QueryBuilder().field("name").equals(["a", "e"])) == "nameINa,e"
    with pytest.raises(errors.QueryTypeError, match="not_equals"):
        QueryBuilder().field("name").not_equals(["a", "b,c"])
