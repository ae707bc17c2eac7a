"""What the actions of a fault do to an answer."""

from __future__ import annotations

import json
from typing import Any

from ..http.call import Reply

_HIBERNATING = """<!DOCTYPE html>
<html><head><title>Instance Hibernating page</title></head>
<body><h1>Your instance is hibernating</h1><p>Sign in to the developer site to wake it up.</p></body></html>
"""
QUOTA = "Transaction cancelled: maximum execution time exceeded"


def instead(action: dict[str, Any]) -> Reply | None:
    """The answer that an action gives without the request being processed; None if there is no such."""
    if "html" in action:
        page = _HIBERNATING if action["html"] in ("hibernating", True) else str(action["html"])
        return _page(200, page)
    if "redirect" in action:
        return Reply(status=302, headers={"Location": str(action["redirect"])}, blocks=[], content_type="text/html")
    if "status" in action:
        return _status(action)
    return None


def _status(action: dict[str, Any]) -> Reply:
    status = int(action["status"])
    headers = {str(name): str(value) for name, value in (action.get("headers") or {}).items()}
    body = action.get("body")
    if isinstance(body, str):
        return _raw(status, body, headers, str(action.get("content_type") or "text/plain"))
    if body is None:
        body = _default_body(status)
    reply = Reply(body, status, headers)
    reply.content_type = str(action.get("content_type") or reply.content_type)
    return reply


def _default_body(status: int) -> dict[str, object]:
    if status == 429:
        message, detail = "Rate limit exceeded", "Rate limit of 100 requests per hour for Table API exceeded"
    elif status == 401:
        message, detail = "User Not Authenticated", "Required to provide Auth information"
    else:
        message = detail = "Exception while executing request: null"
    return {"error": {"message": message, "detail": detail}, "status": "failure"}


def afterwards(action: dict[str, Any], reply: Reply) -> Reply:
    """Spoils the answer of a request that was processed."""
    if action.get("quota") and isinstance(reply.data, dict):
        partial = reply.data.get("result")
        if isinstance(partial, list):
            partial = partial[: len(partial) // 2]
        error = {
            "message": QUOTA,
            "detail": "Transaction cancelled: maximum execution time exceeded. "
            "Check logs for error trace or enable glide.rest.debug property",
        }
        return Reply({"result": partial, "error": error, "status": "failure"}, 200, reply.headers)
    if action.get("truncate") and reply.blocks is None:
        text = json.dumps(reply.data)
        return _raw(200, text[: max(1, len(text) * 2 // 3)], reply.headers, reply.content_type)
    return reply


def _page(status: int, text: str) -> Reply:
    return _raw(status, text, {}, "text/html;charset=UTF-8")


def _raw(status: int, text: str, headers: dict[str, str], content_type: str) -> Reply:
    data = text.encode()
    return Reply(None, status, headers, [data], len(data), content_type)
