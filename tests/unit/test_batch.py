# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documents of the Batch API, and how many requests go into one."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, strategies

from ansible_collections.changegate.snow.plugins.module_utils import batch_wire
from ansible_collections.changegate.snow.plugins.module_utils.batch_pace import Pace
from ansible_collections.changegate.snow.plugins.module_utils.batch_wire import Call, Headers
from ansible_collections.changegate.snow.plugins.module_utils.bulk_table import chunks
from ansible_collections.changegate.snow.plugins.module_utils.errors import UnexpectedResponseFormat

URL = "https://dev1.service-now.com"
CALLS = {number: Call("GET", f"/api/{number}") for number in range(4)}


def served(number: Any, **more: Any) -> dict[str, Any]:
    return {"id": number, "status_code": 200, "body": base64.b64encode(b"{}").decode(), "headers": [], **more}


def test_a_document() -> None:
    call = Call("POST", "/api/now/table/incident", {"sysparm_fields": "a,b"}, {"a": "\u00fc"}, {"X-Own": "1"})
    document = json.loads(batch_wire.document("name", [batch_wire.entry(3, call), batch_wire.entry(4, CALLS[1])]))
    assert document["batch_request_id"] == "name"
    first, second = document["rest_requests"]
    assert json.loads(base64.b64decode(first.pop("body"))) == {"a": "\u00fc"}
    assert {item["name"]: item["value"] for item in first.pop("headers")} == {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "X-Own": "1",
    }
    assert first == {"id": "3", "method": "POST", "url": "/api/now/table/incident?sysparm_fields=a%2Cb"}
    assert "body" not in second


@given(sizes=strategies.lists(strategies.integers(1, 3000), max_size=60), count=strategies.integers(1, 20))
def test_groups_keep_order_and_limits(sizes: list[int], count: int) -> None:
    found = list(batch_wire.groups(dict(enumerate(sizes)), count, 4000))
    assert [position for group in found for position in group] == list(range(len(sizes)))
    assert all(len(group) <= count for group in found)
    # One that is too large by itself goes alone.
    assert all(len(group) == 1 or sum(sizes[position] for position in group) <= 4000 for group in found)


@given(parts=strategies.lists(strategies.text(max_size=300), max_size=80))
def test_queries_stay_short(parts: list[str]) -> None:
    found = list(chunks(parts))
    assert [position for group in found for position in group] == list(range(len(parts)))


def test_answers() -> None:
    """Ids as numbers or texts; what is left as ids or as requests; what is nothing that is documented."""
    body = {
        "serviced_requests": [
            served(0, headers=[{"name": "X-Total-Count", "value": 1}], redirect_url="https://other/"),
            served("1", body="%%%", status_code="x"),
            served("99"),
            "nothing",
        ],
        "unserviced_requests": [{"id": "3"}, 2, "77"],
    }
    found = batch_wire.read(body, CALLS, URL)
    assert (found.raws[0].url, found.raws[0].headers["location"]) == (f"{URL}/api/0", "https://other/")
    assert found.raws[0].headers.get("x-TOTAL-count") == "1"
    assert (list(found.raws), list(found.broken), found.unserviced) == ([0], [1], [2, 3])
    for headers in ({"a": 1}, [{"value": "x"}], "x"):
        assert list(batch_wire.read({"serviced_requests": [served(2, headers=headers)]}, CALLS, URL).broken) == [2]


@pytest.mark.parametrize("body", [None, [], {}, {"serviced_requests": 1}, {"result": []}])
def test_no_answer_to_a_batch(body: Any) -> None:
    with pytest.raises(UnexpectedResponseFormat, match="serviced_requests"):
        batch_wire.read(body, CALLS, URL)


def test_headers_in_any_case() -> None:
    headers = Headers({"Retry-After": "1"})
    assert headers["retry-after"] == headers.get("RETRY-AFTER") == "1"
    assert "ReTry-After" in headers
    assert headers.get("Other", "-") == "-"


def test_pace() -> None:
    """Larger while all is well, smaller for slow or large answers, and as many as were serviced."""
    pace = Pace()
    pace.note(100, 1.0, 1000, 0)
    assert pace.size == 200
    pace.note(200, 1.0, 1000, 0)
    assert pace.size == 250
    pace.note(100, 25.0, 1000, 0)
    assert pace.size == 40
    pace.note(40, 1.0, 40_000_000, 0)
    assert pace.size == 5
    pace.note(3, 30.0, 10, 2)
    assert pace.size == 3
    pace.note(0, 30.0, 0, 3)
    pace.note(0, 30.0, 0, 1)
    assert pace.size == 1
    pace = Pace()
    pace.refuse(50)
    assert pace.size == 25
    pace.refuse(80)
    assert pace.size == 25
