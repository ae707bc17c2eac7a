# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of a change request that make no sense together, and those that are no columns. No input or output."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.cells import text_of
from ansible_collections.changegate.snow.plugins.module_utils.change_rules import check_periods
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.fields import CHANGE_STATES
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity
from ansible_collections.changegate.snow.plugins.module_utils.plan import Desired
from ansible_collections.changegate.snow.plugins.module_utils.query import check_field

#: Columns that are never encrypted, or that decide which record it is.
_NEVER_SECRET = frozenset({"sys_id", "number", "correlation_id", "state"})

#: The states in which a change has ended.
_ENDS = frozenset({CHANGE_STATES.order[-1], CHANGE_STATES.canceled})


def check_options(params: Mapping[str, Any], given: Collection[str], desired: Desired, who: Identity) -> None:
    """Refuse what contradicts itself, before any request.

    :raises InvalidUsage: a template beside another type or model, a new change in place of one that is named by what
        only one can have, one that is to end and ends nothing, no state, or an end before its beginning.
    """
    if "state" in given and not str(params["state"] or "").strip():
        raise InvalidUsage("state is empty, which no change can be in; leave it out to keep the state as it is.")
    check_periods(desired)
    kind = desired.get("type")
    if "template" in given and "type" in desired and text_of(kind).strip().casefold() != "standard":
        raise InvalidUsage(f"template makes a standard change, and type is {text_of(kind)!r}; leave one of them out.")
    if "template" in given and "chg_model" in desired:
        raise InvalidUsage("template makes a standard change by its own model; leave template or chg_model out.")
    if params["if_closed"] == "create" and not who.creates:
        raise InvalidUsage("if_closed=create makes another change of the same correlation_id; name the change by that.")
    if params["if_closed"] == "create" and desired.get("state") in _ENDS:
        raise InvalidUsage(
            f"if_closed=create with state={params['state']} would make another change at each run, because it counts "
            "no closed one; leave if_closed out, or set it to keep."
        )


def encrypted(params: Mapping[str, Any], desired: Desired) -> dict[str, Any]:
    """Column to value of what is written and never shown.

    :raises InvalidUsage: a column that cannot be encrypted or is given elsewhere too, or a value that is no text.
    """
    columns = params["encrypted_fields"] or {}
    for column, value in columns.items():
        if check_field(column) in _NEVER_SECRET or "." in column:
            raise InvalidUsage(f"{column} stands in encrypted_fields, and cannot be encrypted; leave it out.")
        if column in desired:
            raise InvalidUsage(f"{column} is given twice, once in encrypted_fields; give it once.")
        if isinstance(value, (Mapping, list)):
            raise InvalidUsage(f"{column} in encrypted_fields is a {type(value).__name__}; give a text.")
    return dict(columns)
