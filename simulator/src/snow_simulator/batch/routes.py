"""POST /api/now/v1/batch: several requests in one (ServiceNow REST API reference, "Batch API").

Limits: an item of the request 5 MB, one of the response 10 MB, all 30 seconds. Whatever reaches one of them ends the
batch: that item and those behind it come back as unserviced. What has been done stays done.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Iterable
from typing import Any

from ..errors import ApiError, bad_json, bad_request
from ..http.call import Call, Reply
from ..http.formats import JSON, read_body, render
from ..http.headers import phrase
from ..http.reply import Inner
from ..http.routing import Router, Trait
from ..values.text import from_json

_METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
_OUTPUT_HEADER = "X-BATCHREQUEST-MAX-OUTPUT-SIZE"


def register(router: Router) -> None:
    # Later versions answer that there is no such resource.
    router.add_versioned("POST", "now", "/batch", batch, Trait.COMPOUND, versions=("v1",))


def batch(call: Call) -> Reply:
    document = read_body(call.request)
    items = document.get("rest_requests") if isinstance(document, dict) else None
    if not isinstance(document, dict):
        raise bad_json()
    if not isinstance(items, list):
        raise bad_request("Invalid batch request", "'rest_requests' is required: a list of requests")
    if not all(isinstance(item, dict) and from_json(item.get("id")) for item in items):
        raise bad_request("Invalid batch request", "Each of 'rest_requests' is an object with an 'id'")
    identifier = from_json(document.get("batch_request_id"))
    serviced, unserviced = _all(call, items, identifier)
    return Reply(
        {"batch_request_id": identifier, "serviced_requests": serviced, "unserviced_requests": unserviced},
    )


def _all(call: Call, items: list[dict[str, Any]], identifier: str) -> tuple[list[object], list[str]]:
    """In the order of the request. An item that fails stops nobody, one that reaches a limit stops the rest."""
    settings, largest = call.instance.settings, _largest_output(call)
    ends = time.monotonic() + settings.batch_seconds
    serviced: list[object] = []
    for position, item in enumerate(items):
        answered = None
        if time.monotonic() < ends and len(from_json(item.get("body"))) * 3 // 4 <= settings.batch_input_bytes:
            answered = _one(call, item, identifier, largest)
        if answered is None:
            return serviced, [from_json(rest["id"]) for rest in items[position:]]
        serviced.append(answered)
    return serviced, []


def _largest_output(call: Call) -> int:
    """The header can make the limit lower, not higher."""
    limit, text = call.instance.settings.batch_output_bytes, call.request.headers.get(_OUTPUT_HEADER, "").strip()
    return min(limit, int(text)) if text.isascii() and text.isdigit() and len(text) < 15 else limit


def _one(call: Call, item: dict[str, Any], identifier: str, largest: int) -> dict[str, object] | None:
    """The answer to one request; None where it is larger than allowed."""
    assert call.again is not None, "the dispatcher says how requests are served"
    started = time.perf_counter()
    error = ""
    try:
        reply = call.again(_read(item, identifier))
    except ApiError as problem:
        reply, error = render(Reply(problem.body(), problem.status), JSON), problem.detail or problem.message
    body = _joined(reply.blocks or (), largest)
    if body is None:
        return None
    answer: dict[str, object] = {
        "id": from_json(item["id"]),
        "body": base64.b64encode(body).decode(),
        "status_code": reply.status,
        "status_text": phrase(reply.status),
        "headers": [] if _true(item.get("exclude_response_headers")) else _headers(reply),
        "execution_time": round((time.perf_counter() - started) * 1000),
    }
    if error:
        answer["error_message"] = error
    if 300 <= reply.status < 400 and "Location" in reply.headers:
        answer["redirect_url"] = reply.headers["Location"]
    return answer


def _read(item: dict[str, Any], identifier: str) -> Inner:
    """An item as a request; ApiError (400, for this item alone) says what is wrong with it."""
    method, url = from_json(item.get("method")).upper(), from_json(item.get("url"))
    if method not in _METHODS:
        raise bad_request("Invalid batch request", f"'method' is one of {', '.join(_METHODS)}")
    if not url.startswith("/") or url.startswith("//"):
        raise bad_request("Invalid batch request", "'url' is a path on this instance, like /api/now/table/incident")
    headers = item.get("headers") or []
    if not isinstance(headers, list) or not all(isinstance(one, dict) and one.get("name") for one in headers):
        raise bad_request("Invalid batch request", "'headers' is a list of objects with 'name' and 'value'")
    pairs = tuple((from_json(one["name"]), from_json(one.get("value"))) for one in headers)
    try:
        # Line breaks are allowed: the documents' own example has them.
        body = base64.b64decode("".join(from_json(item.get("body")).split()), validate=True)
    except (binascii.Error, ValueError):
        raise bad_request("Invalid batch request", "'body' is not base64") from None
    return Inner(method, url, pairs, body, identifier)


def _joined(blocks: Iterable[bytes], largest: int) -> bytes | None:
    parts, size = [], 0
    for block in blocks:
        size += len(block)
        if size > largest:
            return None
        parts.append(block)
    return b"".join(parts)


def _headers(reply: Reply) -> list[dict[str, str]]:
    always = {
        "Pragma": "no-store,no-cache",
        "Expires": "0",
        "Cache-control": "no-cache,no-store,must-revalidate,max-age=-1",
    }
    if reply.status != 204:
        always |= {"Content-Length": str(reply.length), "Content-Type": reply.content_type}
    return [{"name": name, "value": value} for name, value in {**always, **reply.headers}.items()]


def _true(value: object) -> bool:
    return from_json(value).lower() == "true"
