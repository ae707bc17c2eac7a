"""Headers and cookies of every answer."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus

from werkzeug.wrappers import Request

_ALWAYS = (
    ("X-Is-Logged-In", "true"),
    ("Cache-Control", "no-cache,no-store,must-revalidate,max-age=-1"),
    ("Pragma", "no-store,no-cache"),
    ("Expires", "0"),
    ("Server", "ServiceNow"),
    ("Strict-Transport-Security", "max-age=63072000; includeSubDomains"),
)


def phrase(status: int) -> str:
    """`Not Found` for 404."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


@dataclass(frozen=True, slots=True)
class Session:
    """A server session that a call without cookies has opened: its JSESSIONID, and the way to its node."""

    id: str
    route: str


def instance_headers(
    request: Request, now: datetime, opened: Session | None, *, logged_in: bool
) -> list[tuple[str, str]]:
    """All but Content-Type and Content-Length."""
    headers = [("Date", format_datetime(now, usegmt=True)), *_ALWAYS]
    headers[1] = ("X-Is-Logged-In", "true" if logged_in else "false")
    headers.append(("X-Transaction-ID", secrets.token_hex(6)))
    if opened:
        headers.extend(_cookies(opened, "; Secure" if request.is_secure else ""))
    return headers


def _cookies(opened: Session, secure: str) -> list[tuple[str, str]]:
    """A call without cookies opens a server session; whoever sends them back stays on it."""
    values = (
        f"JSESSIONID={opened.id}; Path=/; HttpOnly; SameSite=None",
        'glide_user=""; Expires=Thu, 01-Jan-1970 00:00:10 GMT; Path=/; HttpOnly; SameSite=None',
        'glide_user_session=""; Expires=Thu, 01-Jan-1970 00:00:10 GMT; Path=/; HttpOnly; SameSite=None',
        f"glide_user_route={opened.route}; Path=/; HttpOnly; SameSite=None",
        f"glide_session_store={secrets.token_hex(16).upper()}; Max-Age=1800; Path=/; HttpOnly; SameSite=None",
        f"BIGipServerpool_simulator={secrets.token_hex(16)}; Path=/; HttpOnly; SameSite=None",
    )
    return [("Set-Cookie", value + secure) for value in values]
