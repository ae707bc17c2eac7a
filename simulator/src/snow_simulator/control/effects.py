"""What the actions of a fault do to an answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..errors import ApiError, not_authenticated
from ..http.reply import Reply
from .actions import MAINTENANCE, Action

_HIBERNATING = """<!DOCTYPE html>
<html><head><title>Instance Hibernating page</title></head>
<body><h1>Your instance is hibernating</h1><p>Sign in to the developer site to wake it up.</p></body></html>
"""
MAINTENANCE_PAGE = """<!DOCTYPE html>
<html><head><title>Maintenance</title></head>
<body><h1>This instance is undergoing maintenance</h1><p>Please try again later.</p></body></html>
"""
QUOTA = "Transaction cancelled: maximum execution time exceeded"


def instead(action: Action, url: str) -> Reply | None:
    """The answer that an action gives without the request being processed; None if there is no such."""
    spec = action.spec
    if "html" in spec:
        return page(200, _HIBERNATING if spec["html"] in ("hibernating", True) else str(spec["html"]))
    if "redirect" in spec:
        target = f"{url}/{MAINTENANCE}.do" if spec["redirect"] == MAINTENANCE else str(spec["redirect"])
        return Reply(status=302, headers={"Location": target}, blocks=[], content_type="text/html")
    if "status" in spec and not action.after:
        return _status(spec)
    return None


def afterwards(action: Action, reply: Reply) -> Reply:
    """What becomes of the answer to a request that was processed."""
    if action.after:
        return _status(action.spec)
    if action.spec.get("quota") and isinstance(reply.data, dict):
        return _cancelled(reply, whole_text=action.spec["quota"] == "string")
    return reply


def spoil(action: Action, reply: Reply) -> Reply:
    """Cuts off the end of the body; its Content-Length may go on promising it."""
    if action.part >= 1 or reply.blocks is None:
        return reply
    length = int(reply.length * action.part)
    if reply.length and action.part > 0:
        length = max(1, length)
    promised = reply.length if action.spec.get("keep_length") else None
    blocks = _first(reply.blocks, length)
    return Reply(None, reply.status, reply.headers, blocks, length, reply.content_type, promised)


def _first(blocks: Iterable[bytes], length: int) -> Iterator[bytes]:
    for block in blocks:
        if length <= 0:
            return
        yield block[:length]
        length -= len(block)


def _status(spec: dict[str, Any]) -> Reply:
    status = int(spec["status"])
    headers = {str(name): str(value) for name, value in (spec.get("headers") or {}).items()}
    body = spec.get("body")
    if isinstance(body, str):
        return _raw(status, body, headers, str(spec.get("content_type") or "text/plain"))
    if body is None:
        body = _default_body(status)
    reply = Reply(body, status, headers)
    reply.content_type = str(spec.get("content_type") or reply.content_type)
    return reply


def _default_body(status: int) -> dict[str, object]:
    if status == 429:
        detail = "Rate limit of 100 requests per hour for Table API exceeded"
        return ApiError(status, "Rate limit exceeded", detail).body()
    if status == 401:
        return not_authenticated().body()
    message = "Exception while executing request: null"
    return ApiError(status, message, message).body()


def _cancelled(reply: Reply, *, whole_text: bool) -> Reply:
    """The quota ended the transaction while the answer was being written: half of it, and an error."""
    if whole_text:
        return Reply({"result": QUOTA}, 200, reply.headers)
    partial = reply.data.get("result") if isinstance(reply.data, dict) else None
    if isinstance(partial, list):
        partial = partial[: len(partial) // 2]
    detail = f"{QUOTA}. Check logs for error trace or enable glide.rest.debug property"
    body = {"result": partial, "error": {"message": QUOTA, "detail": detail}, "status": "failure"}
    return Reply(body, 200, reply.headers)


def page(status: int, text: str) -> Reply:
    return _raw(status, text, {}, "text/html;charset=UTF-8")


def _raw(status: int, text: str, headers: dict[str, str], content_type: str) -> Reply:
    data = text.encode()
    return Reply(None, status, headers, [data], len(data), content_type)
