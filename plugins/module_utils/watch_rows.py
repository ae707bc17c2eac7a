# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a look at a change shows, what is remembered of it, and what its history says. No input or output.

Moments are text as the instance stores it, ``2026-11-24 20:00:00`` in UTC: such texts sort as the moments do.

Source: ServiceNow documentation, tables "Change Request", "Approval" (sysapproval_approver), "Sys Audit" (sys_audit).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.cells import Record
from ansible_collections.changegate.snow.plugins.module_utils.query import utc_text
from ansible_collections.changegate.snow.plugins.module_utils.values import parse_datetime

#: The columns whose values make events, and those with the planned window.
MOVING = ("state", "approval", "on_hold")
PLANNED = ("start_date", "end_date")
#: Without these nobody can tell what is new about a record.
NEEDED = ("sys_id", "sys_mod_count", "sys_updated_on", "sys_created_on")
_BOOLEANS = {"1": "true", "0": "false"}


class Row(NamedTuple):
    """A record as an answer shows it. *values* are those of watched columns; one that is hidden is not in it.

    :param revision: how often it was updated (``sys_mod_count``).
    :param closed: when it was closed; empty if it is not, or if that is hidden.
    :param parent: the change that an approval belongs to; of a change itself its own sys_id.
    """

    sys_id: str
    revision: int
    updated: str
    created: str
    active: bool
    closed: str
    values: Mapping[str, str]
    record: Record
    parent: str


class Known(NamedTuple):
    """What is remembered of a record.

    :param begun: beginnings and ends of windows that were reported or passed over, as ``kind moment``.
    :param gone: it was not there when it was asked for: deleted, hidden, or no longer what the query asks for.
    :param since: when a change that had been there for longer came to be watched; empty for all others.
    """

    revision: int
    updated: str
    active: bool
    values: Mapping[str, str]
    begun: tuple[str, ...] = ()
    gone: bool = False
    parent: str = ""
    since: str = ""

    def as_data(self) -> dict[str, Any]:
        return {**self._asdict(), "values": dict(self.values), "begun": list(self.begun)}


class Step(NamedTuple):
    """One change of a column, as the audit tells it; *revision* is that of the record after it."""

    column: str
    old: str
    new: str
    revision: int
    at: str
    by: str


class History(NamedTuple):
    """Steps by sys_id of the record. *proven*: where the history shows nothing, nothing happened."""

    steps: Mapping[str, Sequence[Step]]
    proven: bool


def known_from(data: Mapping[str, Any]) -> Known:
    """The inverse of :meth:`Known.as_data`; raises KeyError, TypeError or ValueError for anything else."""
    values = {str(name): str(value) for name, value in dict(data["values"]).items()}
    begun = tuple(str(entry) for entry in list(data["begun"]))
    return Known(
        int(data["revision"]), str(data["updated"]), bool(data["active"]), values, begun, bool(data["gone"]),
        str(data["parent"]), str(data["since"]),
    )  # fmt: skip


def known_of(row: Row, before: Known | None = None, begun: Iterable[str] = (), since: str = "") -> Known:
    """What to remember after *row*; a column that it hides stays as it was."""
    values = {**(before.values if before else {}), **row.values}
    kept, noted = (before.begun, before.since) if before else (tuple(begun), since)
    return Known(row.revision, row.updated, row.active, values, kept, False, row.parent, noted)


def is_older(row: Row, known: Known) -> bool:
    """Whether *row* is from before what is known, as a node or replica that lags behind shows it."""
    return row.revision < known.revision and row.updated <= known.updated


def row_of(record: Record, columns: Sequence[str], parent: str = "sys_id") -> Row | None:
    """*record* as it is watched; None if it hides what that takes."""
    if any(not record[name].value if name in record else True for name in NEEDED):
        return None
    count = record["sys_mod_count"].value
    if not count.isdigit() or not record.get(parent):
        return None
    prefix = "" if parent == "sys_id" else f"{parent}."
    active, closed = record.get(f"{prefix}active"), record.get(f"{prefix}closed_at")
    return Row(
        sys_id=record["sys_id"].value,
        revision=int(count),
        updated=record["sys_updated_on"].value,
        created=record["sys_created_on"].value,
        active=active is None or active.value != "false",
        closed=closed.value if closed is not None else "",
        values={name: normal(name, record[name].value) for name in columns if name in record},
        record=record,
        parent=record[parent].value,
    )


def step_of(record: Record) -> tuple[str, Step] | None:
    """The record that a row of sys_audit is about, and what it says; None if it hides a part."""
    texts = {name: cell.value for name, cell in record.items()}
    column, count = texts.get("fieldname", ""), texts.get("record_checkpoint", "")
    if not {"documentkey", "oldvalue", "newvalue", "sys_created_on"} <= texts.keys() or not count.isdigit():
        return None
    old, new = (normal(column, texts[name]) for name in ("oldvalue", "newvalue"))
    return texts["documentkey"], Step(column, old, new, int(count), texts["sys_created_on"], texts.get("user", ""))


def normal(column: str, value: str) -> str:
    """*value* in the form in which it is compared: the audit may have booleans as digits. No moment is empty."""
    if column in PLANNED:
        return value if parse_datetime(value) is not None else ""
    if column == "on_hold":
        return _BOOLEANS.get(value, value or "false")
    return value


def moved(moment: str, seconds: float) -> str:
    """*moment* and so many *seconds*; raises ValueError for a text that is no moment."""
    found = parse_datetime(moment)
    if found is None:
        raise ValueError(moment)
    return utc_text(found + timedelta(seconds=seconds))


def between(first: str, second: str) -> int:
    """Seconds from *first* to *second*."""
    begin, end = parse_datetime(first), parse_datetime(second)
    return int((end - begin).total_seconds()) if begin is not None and end is not None else 0
