"""Finds out who is calling.

An Authorization header decides alone, then an API key, then a client certificate, then the session's cookie.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request

from ..access.certificates import user_of_certificate
from ..access.users import User
from ..http.exchange import CLIENT_CERTIFICATE
from ..values import dates
from ..values.text import clean

if TYPE_CHECKING:
    from ..instance import Instance

COOKIE = "JSESSIONID"
API_KEY = "x-sn-apikey"


def identify(instance: Instance, request: Request) -> User | None:
    """The caller; None if the request names nobody, or wrongly."""
    if header := request.headers.get("Authorization", "").strip():
        return _authorized(instance, header)
    if key := request.headers.get(API_KEY):
        return _by_key(instance, key)
    certificate: bytes | None = request.environ.get(CLIENT_CERTIFICATE)
    if certificate and (user := user_of_certificate(instance, certificate)):
        return user
    return instance.users.who_may_log_in(instance.sessions.user_of(request.cookies.get(COOKIE, "")))


def _authorized(instance: Instance, header: str) -> User | None:
    scheme, _, value = header.partition(" ")
    match scheme.lower():
        case "basic":
            return _basic(instance, value.strip())
        case "bearer":
            return instance.users.who_may_log_in(instance.tokens.user_of(value.strip()) or "")
    return None


def _basic(instance: Instance, value: str) -> User | None:
    try:
        text = clean(base64.b64decode(value, validate=True).decode("utf-8", "replace"))
    except (binascii.Error, ValueError):
        return None
    user_name, _, password = text.partition(":")
    user = instance.users.authenticate(user_name, password)
    if user and not user.integration and not instance.settings.basic_auth_for_interactive_users:
        return None
    return user


def _by_key(instance: Instance, key: str) -> User | None:
    """A record of api_key; the look-up ignores case, the comparison does not."""
    table = instance.raw.schema["api_key"]
    now = dates.stored(instance.clock.now())
    for record in instance.raw.find(table, {"token": clean(key), "active": "true"}):
        same = hmac.compare_digest(record["token"].encode(), clean(key).encode())
        if same and (not record["expiry"] or record["expiry"] > now):
            return instance.users.who_may_log_in(record["user"])
    return None
