"""WSGI environs: those of requests that come in other requests, and what headers change about them."""

from __future__ import annotations

import io
import time
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from .exchange import Incoming
from .reply import Inner

# What a URL may hold as it is; anything else of a batch's JSON is written in percent signs.
_URL = "%/?:@!$&'()*+,;=~-._[]|^<>{}\"`\\"
_KEPT = ("SCRIPT_NAME", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "REMOTE_ADDR", "wsgi.url_scheme", "HTTP_HOST")


def override_method(environ: dict[str, Any]) -> None:
    """X-HTTP-Method-Override: for clients whose proxies let no PATCH pass (REST API reference, "Other headers")."""
    method = environ.get("HTTP_X_HTTP_METHOD_OVERRIDE", "").strip().upper()
    if method.isascii() and method.isalpha():
        environ["REQUEST_METHOD"] = method


def inner_request(outer: Incoming, inner: Inner) -> Incoming:
    """A request of a batch: on the connection of the batch, with headers of its own."""
    path, _, query = quote(inner.url, safe=_URL).partition("?")
    environ: dict[str, Any] = {name: outer.environ[name] for name in _KEPT if name in outer.environ}
    environ.update(
        {
            "REQUEST_METHOD": inner.method,
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "RAW_PATH": path,
            "CONTENT_LENGTH": str(len(inner.body)),
            "CONTENT_TYPE": "",
            "wsgi.input": io.BytesIO(inner.body),
            "wsgi.input_terminated": True,
        }
    )
    for name, value in inner.headers:
        key = name.upper().replace("-", "_")
        if key == "CONTENT_TYPE":
            environ[key] = _header(value)
        elif key != "CONTENT_LENGTH":
            environ[f"HTTP_{key}"] = _header(value)
    override_method(environ)
    return Incoming(environ, outer.connection, len(inner.body), time.perf_counter())


def _header(value: str) -> str:
    return value.encode("latin-1", "replace").decode("latin-1")
