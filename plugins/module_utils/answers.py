# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer means: the parsed body of a good one, the right exception for any other.

No input or output; it works on status, headers and text. Source: ServiceNow documentation, "REST API HTTP response
codes", and the "Table API" error envelope ``{"error": {"message", "detail"}, "status": "failure"}``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from ansible_collections.changegate.snow.plugins.module_utils import errors

if TYPE_CHECKING:
    from datetime import datetime

_CANCELLED = "transaction cancelled"
# Compiled at its first use.
_TITLE = r"(?is)<title[^>]*>(.*?)</title>"
#: Digits of a number of rows; no table has more.
_DIGITS = 10
_HINTS = (
    ("invalid table", "Check the name of the table."),
    ("business rule", "A rule of the instance forbids it; change what it asks for."),
    ("data policy", "Set the field that the instance demands."),
    ("insufficient rights", "Give the user a role that may read this table."),
    ("acl", "Give the user a role that may do this."),
    ("maximum execution time", "Ask for less at once, or try again when the instance is less busy."),
)
_BY_STATUS = {
    403: "Give the user a role that may do this.",
    404: "Check the identifier, and whether the user may read the record.",
    429: "The instance allows no more requests now; try again later or raise instance.retry_deadline.",
}
_CLASSES = {
    401: errors.AuthenticationFailed,
    403: errors.Forbidden,
    404: errors.NotFound,
    429: errors.RateLimited,
}


class Raw(NamedTuple):
    """An answer before anybody has judged it."""

    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def request(self) -> str:
        """Method and path, without the query: a query can be long, and hold what a log should not."""
        return f"{self.method} {urlsplit(self.url).path}"

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def transaction_id(self) -> str | None:
        return self.headers.get("X-Transaction-ID")


def parse(raw: Raw) -> Any:
    """The JSON body of a good answer, None for an empty one.

    :raises InstanceUnavailable: a redirect or an HTML page
    :raises ResponseError: an error status, or an error inside a 200
    :raises UnexpectedResponseFormat: no JSON, or half of it
    """
    check_kind(raw)
    body = _body(raw)
    if raw.status >= 400 or _error_of(body):
        raise refusal(raw, body)
    return body


def total_in(headers: Mapping[str, str]) -> int | None:
    """How many rows match in all, by ``X-Total-Count``; None where it does not tell, or tells what cannot be."""
    text = str(headers.get("X-Total-Count", ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None


def moment_in(headers: Mapping[str, str]) -> datetime | None:
    """The time of the instance, by ``Date``; None where it does not tell."""
    # Few requests ask what time it is.
    from datetime import timezone
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(str(headers.get("Date", "")))
    except (TypeError, ValueError):
        return None
    return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)


def check_kind(raw: Raw) -> None:
    """Raise :class:`InstanceUnavailable` for a redirect or an HTML page, which no API answers with."""
    context: dict[str, Any] = {
        "status": raw.status,
        "request": raw.request,
        "transaction_id": raw.transaction_id,
    }
    if 300 <= raw.status < 400:
        target = urlsplit(raw.headers.get("Location", "")).netloc or "another page"
        raise errors.InstanceUnavailable(
            f"{raw.host} redirects to {target} (single sign-on or maintenance) instead of answering {raw.request}; "
            "check instance.host, and whether the instance is awake.",
            **context,
        )
    if "html" in raw.headers.get("Content-Type", "").lower() or raw.text.lstrip()[:9].lower() == "<!doctype":
        match = re.search(_TITLE, raw.text)
        title = " ".join(match.group(1).split())[:80] if match else "no title"
        raise errors.InstanceUnavailable(
            f"{raw.host} answered {raw.request} with an HTML page ({title}), so the instance is hibernating, in "
            "maintenance or behind single sign-on; wake it in a browser, or check instance.host.",
            detail=title,
            **context,
        )


def _body(raw: Raw) -> Any:
    if not raw.text.strip():
        return None
    try:
        return json.loads(raw.text)
    except (ValueError, RecursionError) as error:
        if raw.status >= 400:
            return None
        raise errors.UnexpectedResponseFormat(
            f"{raw.host} answered {raw.request} with something that is not whole JSON; try again, and look at the "
            "instance's logs if it happens again.",
            status=raw.status,
            detail=str(error),
            request=raw.request,
            transaction_id=raw.transaction_id,
        ) from error


def _error_of(body: Any) -> Any:
    if not isinstance(body, dict):
        return None
    result = body.get("result")
    # A transaction that took too long may leave its message where the records should be.
    cancelled = isinstance(result, str) and _CANCELLED in result.lower()
    return result if cancelled else body.get("error")


def _texts(body: Any) -> tuple[str, str]:
    """Message and detail of an error body; the OAuth endpoint has strings where all others have an object."""
    error = _error_of(body)
    if isinstance(error, dict):
        return str(error.get("message") or ""), str(error.get("detail") or "")
    if isinstance(error, str):
        return error, str(body.get("error_description") or "")
    return "", ""


def refusal(raw: Raw, body: Any) -> errors.ResponseError:
    """The exception for an answer that has an error as its status, or in its *body*."""
    message, detail = _texts(body)
    cause = ": ".join(part for part in (message, detail) if part) or "no reason given"
    kind = _CLASSES.get(raw.status, errors.ResponseError)
    if raw.status == 401:
        text = (
            f"{raw.host} did not accept the login ({cause}); check instance.username and instance.password, or the "
            "token, API key or certificate, and whether the instance allows this way of signing in."
        )
    else:
        text = f"{raw.request} failed with status {raw.status}: {cause.rstrip('.')}. {_hint(raw.status, cause)}"
    return kind(
        text, status=raw.status, detail=detail or message, request=raw.request, transaction_id=raw.transaction_id
    )


def _hint(status: int, cause: str) -> str:
    lowered = cause.lower()
    for words, hint in _HINTS:
        # A 404 says that a record is missing or hidden; its text speaks of ACLs for the second case.
        if words in lowered and status != 404:
            return hint
    return _BY_STATUS.get(status, "Look at the instance's logs for the transaction.")
