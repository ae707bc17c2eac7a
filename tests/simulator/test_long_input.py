"""Long texts made to be slow: nobody else waits for them."""

from __future__ import annotations

import time

import pytest
from tests.simulator.behaviors import behavior
from tests.simulator.support import Sim

# What is percent-encoded counts three times, and an address has 64 KB.
BLANKS, DIGITS = " " * 6_000, "1" * 20_000
UNCLOSED = ("<a " * 70_000, "<a " * 70_000 + ">")
pytestmark = [behavior("Queries", "Texts of any length are read in a moment, however they are made")]


@pytest.mark.parametrize(
    "query",
    [
        f"number=javascript:gs.x({BLANKS}){BLANKS}x",
        f"number=javascript:gs.daysAgo(1,{BLANKS}'{BLANKS}",
        "number=javascript:gs." + "getUser()." * 1_000,
        f"u_price={DIGITS}x",
        f"u_price=USD;{DIGITS}.{DIGITS}x"[:40_000],
        f"u_elapsed={DIGITS} {BLANKS}x",
        f"u_elapsed={'1 ' * 8_000}x",
        f"sys_created_on>{DIGITS}-1-1",
        f"sys_created_on>2026-01-01 1:1:1.{DIGITS}x",
        f"sys_created_onRELATIVEGT@day@ago@{DIGITS}",
        f"sys_created_onON{BLANKS}@{BLANKS}@{BLANKS}",
        "a" * 50_000,
        "a." * 25_000 + "=1",
        "a=" + "^^" * 8_000,
        "^OR" * 8_000,
        "^NQ" * 8_000,
        "^" + "JOINa.b=" * 4_000,
        "RLQUERYa.b,>=1^" * 1_200,
        "ORDERBYnumber^" * 2_500,
        "number=1^OR" * 2_500,
        "short_descriptionLIKE" + "%_" * 10_000,
        "123TEXTQUERY321=" + "word " * 6_000,
        "numberIN" + "1," * 12_000,
    ],
    ids=lambda query: query[:30].strip(),
)
@pytest.mark.parametrize("table", ["task", "u_value_sample"])
def test_a_long_query(sim: Sim, table: str, query: str) -> None:
    started = time.perf_counter()
    # The header Link would repeat the query, and no client reads headers of that length.
    options = {"sysparm_query": query, "sysparm_limit": 1, "sysparm_suppress_pagination_header": "true"}
    answer = sim.get(f"/api/now/table/{table}", **options)
    assert answer.status_code in (200, 403), answer.text
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("name", ["u_price", "u_elapsed", "u_text", "u_time", "u_decimal", "u_integer", "u_day"])
@pytest.mark.parametrize(
    "text",
    ["1" * 200_000, "1" * 200_000 + "x", " " * 200_000 + "x", "<" * 200_000, *UNCLOSED, "&#" * 99_999],
    ids=("digits", "nearly digits", "blanks", "brackets", "open tags", "one tag", "references"),
)
@pytest.mark.parametrize("shown", ["true", "false"])
def test_a_long_value(sim: Sim, name: str, text: str, shown: str) -> None:
    started = time.perf_counter()
    path = f"/api/now/table/u_value_sample?sysparm_input_display_value={shown}&sysparm_fields=sys_id"
    answer = sim.call("POST", path, "admin", json={name: text})
    assert answer.status_code == 201, answer.text
    assert time.perf_counter() - started < 2
