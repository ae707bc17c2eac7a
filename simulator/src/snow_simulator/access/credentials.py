"""Finds out who is calling: Basic or Bearer (ServiceNow REST facts, section 4)."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from ..values.text import clean
from .users import User

if TYPE_CHECKING:
    from ..instance import Instance


def identify(instance: Instance, header: str) -> User | None:
    """The caller that an Authorization header names; None if it names nobody, or wrongly."""
    scheme, _, value = header.partition(" ")
    match scheme.lower():
        case "basic":
            return _basic(instance, value.strip())
        case "bearer":
            user_id = instance.tokens.user_of(value.strip())
            return instance.users.by_id(user_id) if user_id else None
    return None


def _basic(instance: Instance, value: str) -> User | None:
    try:
        text = clean(base64.b64decode(value, validate=True).decode("utf-8", "replace"))
    except (binascii.Error, ValueError):
        return None
    user_name, _, password = text.partition(":")
    return instance.users.authenticate(user_name, password)
