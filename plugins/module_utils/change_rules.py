# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be asked of a change request, before anything is written. No input or output.

Source: ServiceNow documentation, "State model and transitions" and "Put a change request on hold".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.cells import Record, text_of
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, NotConverged
from ansible_collections.changegate.snow.plugins.module_utils.fields import CHANGE_STATES
from ansible_collections.changegate.snow.plugins.module_utils.plan import Desired, for_update
from ansible_collections.changegate.snow.plugins.module_utils.values import is_empty, parse_datetime

_TRUE = frozenset({"true", "1", "yes"})
_NEW, _CLOSED = "-5", "3"
#: States in which no change can be put on hold.
_NEVER_HELD = frozenset({_NEW, _CLOSED, CHANGE_STATES.canceled})
#: The columns by which :func:`is_closed` goes.
SHOWS_CLOSED = ("active", "state")


#: Columns of changes and their tasks that hold the beginning and the end of something.
_PERIODS = (("start_date", "end_date"), ("work_start", "work_end"), ("planned_start_date", "planned_end_date"))


class LeftAlone(Exception):
    """The task wants nothing done to what it found, or did not find."""


def is_closed(record: Record) -> bool:
    """Whether the change is closed or canceled, by whatever states its model has."""
    if "active" in record:
        return record["active"].value == "false"
    return record["state"].value in (_CLOSED, CHANGE_STATES.canceled) if "state" in record else False


def current(found: list[Record], limit: int | None = None) -> list[Record]:
    """Of several changes with one identity the open one: the others were followed by it.

    :param limit: with so many there may be more, of which nobody knows.
    """
    open_ones = [record for record in found if not is_closed(record)]
    return open_ones if len(open_ones) == 1 and (limit is None or len(found) < limit) else found


def respect_missing(record: Record | None, if_missing: str | None) -> None:
    """:raises LeftAlone: there is none, and that is well."""
    if record is None and if_missing == "ignore":
        raise LeftAlone


def unlike(record: Record, desired: Desired, kinds: Mapping[str, str]) -> list[str]:
    """The columns of a closed change that are not as wanted, then the notes that would be added."""
    columns = {name: wanted for name, wanted in desired.items() if kinds.get(name) != "journal"}
    notes = [name for name, text in desired.items() if kinds.get(name) == "journal" and text]
    return [*(item.column for item in for_update(record, columns, kinds).differences), *notes]


def kept_without(record: Record, rest: Collection[str]) -> str:
    """What to warn of where a closed change is left as it is, although the task wants *rest* of it."""
    name, state = record["number"].value, record["state"].display
    return f"{name} is {state} and was left as it is, without {', '.join(rest)} (if_closed=keep)."


def respect_closed(record: Record, desired: Desired, kinds: Mapping[str, str], around: Collection[str] = ()) -> None:
    """A closed change gets notes, and nothing else.

    :param around: options about what is no column of the change, and not as they ask for.
    :raises NotConverged: it would have to be changed.
    """
    if not is_closed(record):
        return
    columns = {name: wanted for name, wanted in desired.items() if kinds.get(name) != "journal"}
    # A state that it cannot go to, and a risk, are refused with what the instance says of them.
    rest = [name for name in (*unlike(record, columns, kinds), *around) if name not in ("state", "calculate_risk")]
    if rest:
        raise NotConverged(
            f"{record['number'].value} is {record['state'].display}, and {', '.join(rest)} would have to be changed; "
            "give another correlation_id, or its number, or set if_closed to keep or create.",
            detail=", ".join(rest),
        )


def check_periods(desired: Desired) -> None:
    """:raises InvalidUsage: something is to end before it begins; an instance may take that without a word."""
    for begin, end in _PERIODS:
        first, last = parse_datetime(desired.get(begin)), parse_datetime(desired.get(end))
        if first is not None and last is not None and last < first:
            raise InvalidUsage(f"{end} ({desired[end]}) is before {begin} ({desired[begin]}); correct one of them.")


def check_hold(record: Record | None, desired: Desired) -> dict[str, Any]:
    """What goes with a change that is put on hold or taken off: its reason is cleared with it.

    :raises InvalidUsage: no reason, a reason without hold, or a state in which a change cannot be on hold.
    """
    reason = desired.get("on_hold_reason")
    held = record is not None and "on_hold" in record and record["on_hold"].value == "true"
    if "on_hold" not in desired:
        if not is_empty(reason) and not held:
            raise InvalidUsage("on_hold_reason is given for a change that is not on hold; give on_hold: true with it.")
        return {}
    if text_of(desired["on_hold"]).strip().lower() not in _TRUE:
        if not is_empty(reason):
            raise InvalidUsage("on_hold_reason is given for a change that is taken off hold; leave it out.")
        return {"on_hold_reason": ""} if record is not None and "on_hold_reason" in record else {}
    if is_empty(reason):
        raise InvalidUsage("on_hold is set without on_hold_reason; say why the change waits.")
    if not held:
        _check_state(record, desired)
    return {}


def _check_state(record: Record | None, desired: Desired) -> None:
    now = record["state"].value if record is not None and "state" in record else _NEW
    state = text_of(desired.get("state") or now)
    if state in _NEVER_HELD:
        label = CHANGE_STATES.label_of(state)
        raise InvalidUsage(
            f"A change in {label} cannot be put on hold; only one that is past New and neither Closed nor Canceled can."
        )
