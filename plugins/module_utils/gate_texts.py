# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparing what people write with what an instance stores or displays. No input or output."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell
from ansible_collections.changegate.snow.plugins.module_utils.fields import CHANGE_STATES
from ansible_collections.changegate.snow.plugins.module_utils.query import is_sys_id

_NUMBER = re.compile(r"[+-]?[0-9]{1,9}\Z")
#: What ServiceNow ships for a column ``approval``. Source: table Task, field Approval.
_APPROVALS = frozenset({"not requested", "requested", "approved", "rejected", "cancelled", "duplicate", "not required"})


def plain(text: str) -> str:
    """*text* without case and blanks around it."""
    return text.strip().casefold()


def norm(label: str) -> str:
    """*label* as labels are compared: ``_`` is a blank."""
    return plain(label).replace("_", " ")


def number_of(text: str) -> int | None:
    """The whole number that *text* is, or None."""
    return int(text.strip()) if _NUMBER.match(text.strip()) else None


def is_unclear_state(text: str) -> bool:
    """Whether a stored state is a number that is not written as states are: nothing tells whether ``3.0`` is Closed."""
    try:
        number = float(text)
    except ValueError:
        return False
    return not (number.is_integer() and text == str(int(number)))


def is_state(wanted: str, cell: Cell) -> bool:
    """Whether the stored state *cell* is the one that is *wanted* by value or label."""
    value, display = cell.value.strip(), norm(cell.display)
    if number_of(wanted) is not None:
        return number_of(wanted) == number_of(value)
    shipped = CHANGE_STATES.values.get(norm(wanted))
    if shipped is not None and CHANGE_STATES.is_known(value):
        # A display value that is the name of another state is a contradiction, and no translation.
        return shipped == value and CHANGE_STATES.values.get(display, value) == value
    return bool(display) and norm(wanted) == display


def is_shipped_approval(wanted: str) -> bool:
    return norm(wanted) in _APPROVALS


def is_approval(wanted: str, cell: Cell) -> bool:
    """Whether the approval *cell* is the one that is *wanted*."""
    if is_shipped_approval(wanted):
        return norm(wanted) == norm(cell.value)
    return bool(norm(wanted)) and norm(wanted) in (norm(cell.value), norm(cell.display))


def is_named(wanted: str, cell: Cell) -> bool:
    """Whether the reference *cell* is *wanted*, a sys_id or a name."""
    if not plain(wanted) or not cell.value.strip():
        return False
    # What has the form of a sys_id is no name, whatever somebody calls a model.
    names = (plain(cell.value),) if is_sys_id(plain(wanted)) else (plain(cell.value), plain(cell.display))
    return plain(wanted) in names


@lru_cache(maxsize=4096)
def host_key(text: str) -> str:
    """*text* as host names and addresses are compared: an address in its one spelling, a name without its last dot."""
    key = plain(text).removesuffix(".")
    try:
        return str(ipaddress.ip_address(key.strip("[]")))
    except ValueError:
        return key
