# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions as plain data: every operator, and a clear word for what makes no sense."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.changegate.snow.plugins.module_utils import errors
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Query
from ansible_collections.changegate.snow.plugins.module_utils.filters import from_data

CET = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({}, ""),
        ({"number": "CHG1"}, "number=CHG1"),
        ({"active": True, "impact": 1}, "active=true^impact=1"),
        ({"state": ["new", "assess"]}, "stateINnew,assess"),
        ({"state": ["new"]}, "state=new"),
        ({"name": ["a", "b", "x,y", "a"]}, "nameINa,b^ORname=x,y"),
        ({"name": ["a", "b,c", "d^e"]}, "nameINa,d^^e^ORname=b,c"),
        ({"name": ["a", None]}, "name=a^ORnameISEMPTY"),
        ({"assigned_to": None}, "assigned_toISEMPTY"),
        ({"assigned_to": ""}, "assigned_toISEMPTY"),
        ({"Caller_ID.Name": "x"}, "caller_id.name=x"),
        ({"caller_id": {"link": "https://x/y", "value": "abc"}}, "caller_id=abc"),
        ({"caller_id": {"display_value": "", "value": ""}}, "caller_idISEMPTY"),
        ({"short_description": "x^NQnumberISNOTEMPTY"}, "short_description=x^^NQnumberISNOTEMPTY"),
        ({"a": {"equals": 1}}, "a=1"),
        ({"a": {"not_equals": "x"}}, "a!=x"),
        ({"a": {"not_in": ["x", "y", "p,q", ""]}}, "aNOT INx,y^a!=p,q^aISNOTEMPTY"),
        ({"a": {"in": "x"}}, "a=x"),
        ({"a": {"contains": "x"}}, "aLIKEx"),
        ({"a": {"contains": ["x", "y"]}}, "aLIKEx^ORaLIKEy"),
        ({"a": {"not_contains": ["x", "y"]}}, "aNOT LIKEx^aNOT LIKEy"),
        ({"a": {"starts_with": "x", "ends_with": "y"}}, "aSTARTSWITHx^aENDSWITHy"),
        ({"a": {"all": [{"contains": "x"}, {"contains": "y"}]}}, "aLIKEx^aLIKEy"),
        ({"a": {"empty": True}}, "aISEMPTY"),
        ({"a": {"empty": False}}, "aISNOTEMPTY"),
        ({"a": {"greater_than": 1, "less_or_equal": 2.5}}, "a>1^a<=2.5"),
        ({"a": {"between": [1, 5]}}, "aBETWEEN1@5"),
        ({"a": {"between": ["2026-01-01", "2026-01-02T01:00:00+01:00"]}}, "aBETWEEN2026-01-01@2026-01-02 00:00:00"),
        ({"a": {"after": "2026-07-15T08:00:00Z"}}, "a>2026-07-15 08:00:00"),
        ({"a": {"on_or_after": date(2026, 7, 15), "before": "2026-07-16"}}, "a>=2026-07-15^a<2026-07-16"),
        ({"a": {"on_or_before": datetime(2026, 7, 15, 10, tzinfo=CET)}}, "a<=2026-07-15 09:00:00"),
        ({"a": datetime(2026, 7, 15, 10, tzinfo=CET)}, "a=2026-07-15 09:00:00"),
        ({"a": {"within_last": "7 days"}}, "aRELATIVEGE@day@ago@7^aRELATIVELE@minute@ago@0"),
        ({"a": {"within_next": "1 hour"}}, "aRELATIVELE@hour@ahead@1^aRELATIVEGE@minute@ahead@0"),
        ({"a": {"older_than": "2 months"}}, "aRELATIVELT@month@ago@2"),
        ({"a": {"same_as": "b"}}, "aSAMEASb"),
        ({"a": {"less_than_column": "b.c"}}, "aLT_FIELDb.c"),
        ({"a": {"dynamic": "90d1921e5f510100a9ad2572f2b477fe"}}, "aDYNAMIC90d1921e5f510100a9ad2572f2b477fe"),
        ({"a": {"instance_of": "cmdb_ci_server"}}, "aINSTANCEOFcmdb_ci_server"),
        ({"a": 1, "or": [{"b": 1}, {"c": {"contains": "x"}}]}, "a=1^b=1^ORcLIKEx"),
        ({"or": [{"a": 1, "b": 2}, {"c": 3}], "d": 4}, "a=1^b=2^d=4^NQc=3^d=4"),
        ({"or": [{"or": [{"a": 1}, {"b": 2}]}, {"c": 3}]}, "a=1^ORb=2^ORc=3"),
    ],
)
def test_what_data_mean(data: dict[str, Any], text: str) -> None:
    assert str(from_data(data)) == text
    assert Query.parse(text) == from_data(data)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        ([], "mapping"),
        ({"a": []}, "empty list"),
        ({"a": {}}, "no operator"),
        ({"a": {"like": "x"}}, "'like' is not an operator; give one of after, all, "),
        ({"a": {"contains": ""}}, "empty"),
        ({"a": {"contains": []}}, "empty"),
        ({"a": {"empty": "yes"}}, "true or false"),
        ({"a": {"between": [1]}}, "two values"),
        ({"a": {"between": ["x", "y"]}}, "not a date"),
        ({"a": {"after": "yesterday"}}, "2026-07-15T08:00:00Z"),
        ({"a": {"within_last": "a while"}}, "length of time"),
        ({"a": {"same_as": "b^c"}}, "not a column"),
        ({"a": {"dynamic": 1}}, "identifier"),
        ({"a": {"all": "x"}}, "list of conditions"),
        ({"a": object()}, "a: A query value is"),
        ({"a": "javascript:gs.getUserID()"}, "a: A query value begins with 'javascript:'"),
        ({"a": ["x", "javascript:y"]}, "javascript:"),
        ({"a": "line\nbreak"}, "line break"),
        ({"a^b": 1}, "not a column"),
        ({"or": []}, "at least one"),
        ({"or": [{}]}, "no condition"),
        ({"or": {"a": 1}}, "list"),
        ({"or": [{"a": str(n), "b": 1} for n in range(65)]}, "64"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(data: Any, word: str) -> None:
    with pytest.raises(errors.QueryError) as caught:
        str(from_data(data))
    assert word in str(caught.value)


@given(st.dictionaries(st.sampled_from("abc"), st.text(max_size=12) | st.integers() | st.booleans(), max_size=3))
def test_any_value_is_itself_or_refused(data: dict[str, Any]) -> None:
    try:
        text = str(from_data(data))
    except errors.QueryError:
        return
    query = Query.parse(text)
    terms = [group[0] for branch in query.branches for group in branch]
    wanted = [str(value).lower() if isinstance(value, bool) else str(value) for value in data.values()]
    assert [getattr(term, "value", None) for term in terms] == wanted
