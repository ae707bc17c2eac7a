# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happened to a record between what is remembered of it and what it shows now. No input or output.

A record that was updated once since says all by itself. Where it was updated more often, the audit tells what lay
between, if the user may read it; otherwise only the difference is known, and is marked as not complete.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.watch_rows import History, Known, Row, Step


class Move(NamedTuple):
    """A column got another value.

    :param old: None where it is not known, or where there was none.
    :param complete: whether it is known that nothing lay between *old* and *new*.
    """

    column: str
    old: str | None
    new: str
    revision: int
    at: str
    by: str
    complete: bool


def since_known(known: Known, row: Row, columns: Sequence[str], history: History | None) -> list[Move]:
    """What happened since *known*."""
    found: list[Move] = []
    for column in columns:
        old, new = known.values.get(column), row.values.get(column)
        steps = _steps(row, column, known.revision, history)
        if new is None:
            continue
        if steps and _chained(steps, old, new):
            found += [_step(step) for step in steps]
        elif old != new:
            found.append(_present(row, column, old, new, row.revision == known.revision + 1))
    return found


def is_told(known: Known, row: Row, columns: Sequence[str], history: History) -> bool:
    """Whether the history tells all that happened since *known*; it may be written a moment after the record."""
    for column in columns:
        old, new = known.values.get(column), row.values.get(column)
        steps = _steps(row, column, known.revision, history)
        if new is not None and not (_chained(steps, old, new) if steps else old == new):
            return False
    return True


def since_created(row: Row, columns: Sequence[str], history: History | None) -> list[Move]:
    """What happened to a record that is new since the last look: its first values, and what followed."""
    found: list[Move] = []
    for column in columns:
        new = row.values.get(column)
        steps = _steps(row, column, 0, history)
        if new is None:
            continue
        if not row.revision or (history is not None and (_chained(steps, None, new) if steps else history.proven)):
            first = steps[0].old if steps else new
            found.append(Move(column, None, first, 0, row.created, _by(row, "sys_created_by"), True))
            found += [_step(step) for step in steps]
        else:
            found.append(_present(row, column, None, new, False))
    return found


def since_moment(row: Row, columns: Sequence[str], history: History | None, start: str) -> list[Move]:
    """What happened from the moment *start* on to an older record of which nothing is remembered."""
    found: list[Move] = []
    for column in columns:
        new = row.values.get(column)
        steps = [step for step in _steps(row, column, 0, history) if step.at >= start]
        if new is None:
            continue
        if steps and _chained(steps, None, new):
            found += [_step(step) for step in steps]
        elif row.updated >= start and not (history is not None and history.proven and not steps):
            found.append(_present(row, column, None, new, False))
    return found


def as_it_is(row: Row, columns: Sequence[str]) -> list[Move]:
    """The present values of a record that was not among those that are watched before."""
    return [_present(row, column, None, row.values[column], False) for column in columns if column in row.values]


def _steps(row: Row, column: str, behind: int, history: History | None) -> list[Step]:
    every = history.steps.get(row.sys_id, ()) if history is not None else ()
    own = {step for step in every if step.column == column and behind < step.revision <= row.revision}
    return sorted(own, key=lambda step: (step.revision, step.at))


def _chained(steps: Sequence[Step], old: str | None, new: str) -> bool:
    """Whether *steps* lead from *old* (None: wherever they begin) to *new* without a gap."""
    values = [steps[0].old if old is None else old, *(step.new for step in steps)]
    return [step.old for step in steps] == values[:-1] and values[-1] == new


def _step(step: Step) -> Move:
    return Move(step.column, step.old, step.new, step.revision, step.at, step.by, True)


def _present(row: Row, column: str, old: str | None, new: str, complete: bool) -> Move:
    return Move(column, old, new, row.revision, row.updated, _by(row, "sys_updated_by"), complete)


def _by(row: Row, column: str) -> str:
    return row.record[column].value if column in row.record else ""
