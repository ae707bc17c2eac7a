# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions as plain data, against the simulator: what is searched for is found, and nothing else."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.integration.helpers import Instance

from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Query
from ansible_collections.changegate.snow.plugins.module_utils.filters import from_data
from ansible_collections.changegate.snow.plugins.module_utils.resource import Resource

#: What has a meaning in encoded queries, in SQL, in patterns, in URLs, or in no alphabet of ours.
PIECES = (
    "^", "^^", "^OR", "^NQ", "^EQ", "ORDERBYnumber", "active=true", "=", "!=", "IN", "LIKE", "ISEMPTY", "@", ",",
    "%", "_", "*", "\\", "'", '"', ";", "--", "&", "#", "+", "?", "/", "%5E", "<b>", "ü", "Ä", "ß", "日本", "🙂",
    "\u0301", "\u00a0", " ", "a", "Z", "0", "null", "true", "RLQUERY", "123TEXTQUERY321=", "javascript",
)  # fmt: skip
RANDOM = random.Random(11)


@pytest.fixture
def incident(client: Client) -> Resource:
    resource = client.table("incident")
    resource.parameters.fields = ["number", "short_description", "category", "description"]
    return resource


def texts(count: int) -> list[str]:
    """Different ones, also where case and blanks at the ends do not count."""
    chance = random.Random(7)
    made: dict[str, str] = {}
    while len(made) < count:
        text = "".join(chance.choices(PIECES, k=chance.randint(1, 6)))
        if text.strip() == text and text.isprintable():
            made.setdefault(text.lower(), text)
    return list(made.values())


def test_any_text_is_found_and_nothing_else(instance: Instance, incident: Resource) -> None:
    values = texts(120)
    instance.control("POST", "seed", {"table": "incident", "records": [{"short_description": v} for v in values]})
    for value in values:
        found = incident.get(query={"short_description": value}).all()
        assert [row["short_description"] for row in found] == [value]
    some = values[10:40]
    several = incident.get(query={"short_description": some, "category": {"not_equals": "x"}}).all()
    assert sorted(row["short_description"] for row in several) == sorted(some)
    others = {row["short_description"] for row in incident.get(query={"short_description": {"not_in": some}}).all()}
    assert others.isdisjoint(some)
    assert others >= {*values[:10], *values[40:]}


#: What a query can carry: anything but control characters.
ANYTHING = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=30)


@given(values=st.lists(ANYTHING, min_size=1, max_size=12))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_arbitrary_text_is_found_and_nothing_else(instance: Instance, incident: Resource, values: list[str]) -> None:
    """Equal, beginning, end and inside, in lists and alone: the record itself, and only what fits as well.

    Case does not count for an instance, nor do blanks at the ends of what is asked for.
    """
    values = [value for value in values if value.strip() and not value.strip().lower().startswith("javascript:")]
    mark = f"{RANDOM.getrandbits(64):x}"
    if values:
        instance.seed("incident", *({"short_description": value, "category": mark} for value in values))

    def found(condition: Any) -> set[str]:
        rows = incident.get(query={"category": mark, "short_description": condition}).all()
        return {row["short_description"] for row in rows}

    def fits(kind: str, value: str, wanted: str) -> bool:
        one, other = value.casefold(), wanted.casefold()
        return {
            "equals": one.strip() == other.strip(),
            "contains": other.strip() in one,
            "starts_with": one.strip().startswith(other.strip()),
            "ends_with": one.strip().endswith(other.strip()),
        }[kind]

    for value in values:
        for kind in ("equals", "contains", "starts_with", "ends_with"):
            rows = found(value if kind == "equals" else {kind: value})
            assert value in rows, kind
            assert all(fits(kind, row, value) for row in rows), kind
    if values:
        assert found(values) == set(values)


def test_what_is_written_comes_back(incident: Resource) -> None:
    for value in texts(25):
        made = incident.create(payload={"short_description": value, "description": f"{value}\n{value}"})
        again = incident.get(query={"number": made["number"]}).one()
        assert (again["short_description"], again["description"]) == (value, f"{value}\n{value}")


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        ({"short_description": {"starts_with": "T", "ends_with": "2"}}, {2}),
        ({"short_description": {"contains": ["two", "three"]}}, {2, 3}),
        ({"short_description": {"all": [{"contains": "T"}, {"contains": "e"}]}}, {1, 3}),
        ({"short_description": {"not_contains": "T"}}, {4}),
        ({"impact": {"greater_than": 1, "less_or_equal": 2}}, {2, 3}),
        ({"impact": {"between": [2, 3]}}, {2, 3, 4}),
        ({"description": None}, {1, 4}),
        ({"description": {"empty": False}}, {2, 3}),
        ({"description": ["left", None]}, {1, 2, 4}),
        ({"opened_at": {"on_or_after": "2026-02-01", "before": "2026-03-01T01:00:00+01:00"}}, {2}),
        ({"opened_at": {"between": ["2026-01-15", "2026-02-15"]}}, {2}),
        ({"opened_at": {"older_than": "200 years"}}, set()),
        ({"impact": {"same_as": "urgency"}}, {1, 2}),
        ({"urgency": {"less_than_column": "impact"}}, {3, 4}),
        ({"impact": 2, "or": [{"description": "left"}, {"description": "right"}]}, {2, 3}),
        ({"or": [{"impact": 1}, {"impact": 2, "description": "right"}]}, {1, 3}),
        ({"sys_class_name": {"instance_of": "task"}, "impact": 3}, {4}),
    ],
)
def test_every_kind_of_condition(
    instance: Instance, incident: Resource, data: dict[str, Any], wanted: set[int]
) -> None:
    rows = [
        {"short_description": "The one 1", "impact": 1, "urgency": 1, "opened_at": "2026-01-01 00:00:00"},
        {"short_description": "Two 2", "impact": 2, "urgency": 2, "opened_at": "2026-02-01 12:00:00",
         "description": "left"},
        {"short_description": "Three", "impact": 2, "urgency": 1, "opened_at": "2026-03-01 00:00:00",
         "description": "right"},
        {"short_description": "Four".replace("F", "f"), "impact": 3, "urgency": 2, "opened_at": "2026-04-01 00:00:00"},
    ]  # fmt: skip
    marked = [{**row, "category": "hardware", "correlation_id": f"here-{n}"} for n, row in enumerate(rows, 1)]
    instance.control("POST", "seed", {"table": "incident", "records": marked})
    incident.parameters.fields = ["correlation_id"]
    query = from_data({"correlation_id": {"starts_with": "here-"}}) & from_data(data)
    found = list(incident.get(query=query).all())
    assert {int(row["correlation_id"].removeprefix("here-")) for row in found} == wanted
    assert list(incident.get(query=Query.parse(str(query))).all()) == found
