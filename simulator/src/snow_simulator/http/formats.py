"""Which format a client sends and wants: JSON or XML (ServiceNow REST API reference, "Data format headers").

406: no format of the Accept header can be given. 415: the body is in a format that the endpoint does not read.
"""

from __future__ import annotations

import json
from typing import Any

from werkzeug.wrappers import Request

from ..errors import ApiError, bad_json, bad_xml
from . import xml
from .reply import Reply

JSON, XML = "json", "xml"
_ANSWERS = {"application/json": JSON, "application/xml": XML, "text/xml": XML, "text/json": JSON}
_XML_TYPE = "application/xml;charset=UTF-8"


def wanted(request: Request) -> str | None:
    """The format to answer in; JSON where nothing or anything is asked for, None where nothing fits."""
    if not request.accept_mimetypes:
        return JSON
    best = request.accept_mimetypes.best_match(list(_ANSWERS))
    return _ANSWERS[best] if best else None


def sent(request: Request) -> str | None:
    """The format of the body; JSON where no Content-Type says otherwise, None for any other format."""
    kind = request.mimetype
    if not kind:
        return JSON
    if kind in _ANSWERS:
        return _ANSWERS[kind]
    return next((form for form in (JSON, XML) if kind.endswith(f"+{form}")), None)


def check(request: Request, *, json_only: bool = False) -> None:
    """Refuses what cannot be read or answered."""
    form = wanted(request)
    if form is None or (json_only and form != JSON):
        raise not_acceptable(request.headers.get("Accept", ""))
    has_body = request.method in ("POST", "PUT", "PATCH") and request.content_length
    read = sent(request) if has_body else JSON
    if read is None or (json_only and read != JSON):
        raise unsupported_media_type(request.mimetype)


def read_body(request: Request) -> Any:
    """The document that was sent, {} for none; 400 for one that cannot be read."""
    raw = request.get_data()
    if not raw.strip():
        return {}
    try:
        return xml.loads(raw) if sent(request) == XML else json.loads(raw, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise (bad_xml() if sent(request) == XML else bad_json()) from None


def _no_number(name: str) -> None:
    """NaN and Infinity are Python's, not JSON's."""
    raise ValueError(name)


def render(reply: Reply, form: str | None) -> Reply:
    """A reply whose document has become bytes."""
    if reply.blocks is not None:
        return reply
    kind = reply.content_type
    if form == XML and kind == Reply.JSON_TYPE and reply.data is not None:
        data, kind = xml.dumps(reply.data), _XML_TYPE
    else:
        data = reply.json()
    return Reply(None, reply.status, reply.headers, [data], len(data), kind)


def not_acceptable(accept: str) -> ApiError:
    return ApiError(406, "Not acceptable", f"No response format of the Accept header is supported: {accept}")


def unsupported_media_type(kind: str) -> ApiError:
    return ApiError(415, "Unsupported media type", f"The format of the request body is not supported: {kind}")
