"""The instance itself, where it acts on nobody's behalf."""

from __future__ import annotations

from ..access.users import User
from ..values import dates

SYSTEM = User("", "system", "System", frozenset({"admin"}), dates.zone("UTC"))
