"""Random requests to the endpoints beside the Table API: none of them breaks anything."""

from __future__ import annotations

import base64
import json
import random
from typing import Any

from tests.simulator.support import Sim

VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 3.5, 1e308, float("inf"), float("nan"), "", "a", "^", "x^y", "avg^order^>^nan", "COUNT^DESC",
    "number,state", "caller_id.name", "\0", "ü€😀", "/api/now/table/incident", "%zz", "[", "before", "9" * 40, [], {},
    [1], {"value": {}}, "javascript:gs.now()", "\ud800", "application/xml",
)  # fmt: skip
AGGREGATE = (
    "sysparm_count", "sysparm_avg_fields", "sysparm_min_fields", "sysparm_group_by", "sysparm_having",
    "sysparm_order_by", "sysparm_display_value", "sysparm_query", "sysparm_tiny", "sysparm_view",
)  # fmt: skip
FAULT = ("path", "method", "user", "count", "skip", "probability", "seconds", "action", "script", "limit", "role")
ACTION = ("status", "when", "headers", "body", "html", "delay_ms", "truncate", "keep_length", "quota", "stale")


def text(source: random.Random) -> str:
    return str(source.choice(VALUES)).encode("utf-8", "replace").decode()


def batch(source: random.Random) -> dict[str, Any]:
    body = base64.b64encode(json.dumps(source.choice(VALUES)).encode()).decode()
    name = source.choice(("Accept", "X-HTTP-Method-Override", "Content-Type", "Cookie", source.choice(VALUES)))
    item = {
        "id": source.choice(("1", source.choice(VALUES))),
        "method": source.choice(("GET", "POST", "PATCH", source.choice(VALUES))),
        "url": source.choice(("/api/now/table/incident?sysparm_query=é^", "/_sim/reset", source.choice(VALUES))),
        "headers": source.choice(([{"name": name, "value": source.choice(VALUES)}], source.choice(VALUES))),
        "body": source.choice((body, source.choice(VALUES))),
    }
    return {"batch_request_id": source.choice(VALUES), "rest_requests": [item, item]}


def test_no_answer_is_a_500(sim: Sim) -> None:
    source = random.Random(20260715)
    json_type = {"Content-Type": "application/json"}
    seen = set()
    for _ in range(250):
        spec = {name: source.choice(VALUES) for name in source.sample(FAULT, 3)}
        spec["action"] = {name: source.choice(VALUES) for name in source.sample(ACTION, 2)}
        params = {name: text(source) for name in source.sample(AGGREGATE, 5)}
        answers = [
            sim.call("POST", "/api/now/batch", "admin", data=json.dumps(batch(source)), headers=json_type),
            sim.call("GET", "/api/now/stats/task", "admin", params=params),
            sim.call("POST", "/api/now/tinyurl", data=json.dumps({"url": source.choice(VALUES)}), headers=json_type),
            sim.call("POST", f"/_sim/{source.choice(('faults', 'rate_limits'))}", "", data=json.dumps(spec)),
            sim.call("PUT", "/_sim/latency", "", data=json.dumps({"uniform": [source.choice(VALUES), 1]})),
        ]
        sim.simulator.clear_faults()
        sim.simulator.clear_rate_limits()
        sim.simulator.latency(0)
        assert all(answer.status_code < 500 for answer in answers), [answer.text for answer in answers]
        for item in answers[0].json().get("serviced_requests", ()):
            assert item["status_code"] < 500, base64.b64decode(item["body"])
            seen.add(item["status_code"])
    assert seen >= {200, 201, 400}
