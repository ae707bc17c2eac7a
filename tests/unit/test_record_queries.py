# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries of the modules for records: what names one record, in which order, and what numbers are."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.changegate.snow.plugins.module_utils.aggregates import Numbers, number
from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Query
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    InvalidUsage,
    MultipleResults,
    QueryEmpty,
    QueryError,
    UnexpectedResponseFormat,
)
from ansible_collections.changegate.snow.plugins.module_utils.fields import kinds_of_table
from ansible_collections.changegate.snow.plugins.module_utils.queried import ByQuery, by_query, parsed
from ansible_collections.changegate.snow.plugins.module_utils.reading import asked_about, ordered, shaped

KINDS = kinds_of_table("incident")


def identity(query: Any, data: dict[str, Any] | None = None, may_create: bool = True) -> ByQuery:
    return by_query("incident", parsed(query), data or {}, KINDS, may_create)


@pytest.mark.parametrize("query", [None, "", "  ", {}])
def test_an_empty_query_names_nothing(query: Any) -> None:
    with pytest.raises(QueryEmpty):
        parsed(query)


@pytest.mark.parametrize("query", [5, True, ["active=true"], "active", "NUMBER=1"])
def test_what_is_no_query(query: Any) -> None:
    with pytest.raises(QueryError):
        parsed(query)


def test_equalities_are_the_new_record() -> None:
    made = identity("correlation_id=a^^b^active=true")
    assert (made.creates, dict(made.conditions)) == (True, {"correlation_id": "a^b", "active": "true"})
    assert made.query == "correlation_id=a^^b^active=true"
    assert not identity("correlation_id=a", may_create=False).creates


@pytest.mark.parametrize(
    "query",
    [
        "state!=7", "correlation_idLIKEa", "correlation_idISEMPTY", "a=1^ORb=1", "a=1^NQb=1", "cmdb_ci.name=web-01",
        "a=1^a=2", "a= ", "assigned_to=Abel", "number=INC1", "a=2026-01-01", "correlation_id=" + "x" * 101,
        "a=javascript:x()",
    ],
)  # fmt: skip
def test_nothing_is_made_that_might_not_be_found_again(query: str) -> None:
    found = identity(query)
    assert not found.creates
    assert not found.conditions
    assert "none is made" in found.advice


def test_data_must_not_hide_what_was_asked_for() -> None:
    assert identity("urgency=2", {"urgency": 2.0}).creates
    with pytest.raises(InvalidUsage, match="urgency"):
        identity("urgency=2", {"urgency": 1})
    assert not identity("urgency=2", {"urgency": 1}, may_create=False).creates
    changes = kinds_of_table("change_request")
    assert by_query("change_request", parsed("state=-5"), {"state": "New"}, changes, True).creates
    with pytest.raises(InvalidUsage, match="state"):
        by_query("change_request", parsed("state=-5"), {"state": "Assess"}, changes, True)


def test_what_a_query_found_has_to_fit() -> None:
    found = identity("urgency=2")
    fits = {"sys_id": Cell("a" * 32, "a" * 32), "number": Cell("INC1", "INC1"), "urgency": Cell("2", "2 - Medium")}
    assert found.only([fits], "GET") is fits
    assert found.only([], "GET") is None
    with pytest.raises(MultipleResults, match="INC1, INC1"):
        found.only([fits, fits], "GET")
    with pytest.raises(UnexpectedResponseFormat):
        found.only([{**fits, "urgency": Cell("3", "3 - Low")}], "GET")
    with pytest.raises(UnexpectedResponseFormat):
        found.only([{name: fits[name] for name in ("sys_id", "number")}], "GET")


def test_orders() -> None:
    assert str(ordered(parsed("a=1"), ["-b", "C"])) == "a=1^ORDERBYDESCb^ORDERBYc"
    assert ordered(Query(), []) == Query()
    for query, order in (
        ("a=1", ["--b"]),
        ("a=1", ["-"]),
        ("a=1^ORDERBYb", ["c"]),
        ("a=1", ["b", "-b"]),
        ("a=1", ["b c"]),
    ):
        with pytest.raises(InvalidUsage):
            ordered(parsed(query), order)


def test_what_a_query_is_about() -> None:
    query = "a=1^ORb.c=2^dSAMEASe^RLQUERYt.f,>=1^g=1^ENDRLQUERY^123TEXTQUERY321=x^ORDERBYh"
    assert asked_about(parsed(query)) == ["a", "b.c", "d", "e", "h"]


def test_shapes() -> None:
    rows = [{"b": {"value": "1", "display_value": "One"}, "a": None}]
    assert shaped(rows, "both") == [
        {"a": {"value": "", "display_value": ""}, "b": {"value": "1", "display_value": "One"}}
    ]
    assert shaped(rows, "values") == [{"a": "", "b": "1"}]


def test_numbers() -> None:
    texts = ["3", "2.5000", "", None, "2026-01-01 08:00:00", "1e400", "nan"]
    assert [number(text) for text in texts[:5]] == [3, 2.5, None, None, "2026-01-01 08:00:00"]
    # What JSON cannot carry stays text.
    assert [number(text) for text in texts[5:]] == ["1e400", "nan"]
    asked = Numbers.of({"group_by": ["State", "state"], "sum": None, "avg": ["x"]})
    assert asked == Numbers(["state"], {"avg": ["x"]})
