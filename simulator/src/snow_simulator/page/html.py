"""Templates, and the headers of every page."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from ..http.call import Reply

# Nothing comes from elsewhere, and nobody else shows these pages in a frame.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_STATIC = {"page.css": "text/css;charset=UTF-8", "page.js": "text/javascript;charset=UTF-8"}


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader(__package__, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(template: str, status: int = 200, **values: object) -> Reply:
    """A rendered template as an answer."""
    text = _environment().get_template(template).render(**values)
    return _text(text, status, "text/html;charset=UTF-8")


def redirect(address: str, headers: dict[str, str] | None = None) -> Reply:
    reply = _text("", 303, "text/html;charset=UTF-8")
    reply.headers |= {"Location": address, **(headers or {})}
    return reply


@cache
def _content(name: str) -> str:
    return (files(__package__) / "static" / name).read_text(encoding="utf-8")


def static(name: str) -> Reply | None:
    """A style sheet or script; None if there is none of that name."""
    return _text(_content(name), 200, _STATIC[name]) if name in _STATIC else None


def _text(text: str, status: int, content_type: str) -> Reply:
    data = text.encode()
    return Reply(None, status, dict(HEADERS), [data], len(data), content_type)
