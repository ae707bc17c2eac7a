# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be done to a record: the only judge of ``changed``. No input or output.

A plan is made from the record as it is and from what the user gave; only what the user gave is compared. The same
comparison, made again on the record that a write returned, says what the server did not apply.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils import values
from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, Record
from ansible_collections.changegate.snow.plugins.module_utils.fields import STATES

Desired = Mapping[str, Any]
Kinds = Mapping[str, str]


#: What stands in a diff for a value that nobody is to see.
HIDDEN = "********"


class Named(str):
    """A sys_id, and how a person reads what it stands for."""

    shown: str

    def __new__(cls, sys_id: str, shown: str) -> Named:
        made = super().__new__(cls, sys_id)
        made.shown = shown
        return made


class Difference(NamedTuple):
    """A column whose content is not what was asked for; *before* is None where there is no record yet.

    A *key* is part of what the record is found by again.
    """

    column: str
    kind: str
    before: Cell | None
    wanted: Any
    key: bool = False

    @property
    def old(self) -> str:
        """For a diff: dates by their stored value (UTC), all else as a person reads it."""
        if self.before is None:
            return ""
        if self.kind == "secret":
            return HIDDEN if self.before.value else ""
        return self.before.value if self.kind in ("datetime", "date") else self.before.display

    @property
    def new(self) -> str:
        return values.to_send(self.kind, self.wanted, self.column)

    @property
    def new_shown(self) -> str:
        """For a diff: as :attr:`new`, but a state by its label, as it stands before, and a secret not at all."""
        if self.kind == "secret":
            return HIDDEN
        if isinstance(self.wanted, Named):
            return self.wanted.shown
        states = STATES.get(self.kind)
        return states.label_of(self.new) if states else self.new

    @property
    def predicted(self) -> Cell:
        """What the field would hold."""
        value = self.new_shown if self.kind == "secret" else self.new
        return Cell(value, self.new_shown, self.before.link if self.before else None)


class Plan(NamedTuple):
    """The differences between a record and what was asked for.

    :param unknown: columns that the record does not show: they do not exist, or the user may not read them.
    :param cut: columns that hold the start of what was asked for, and may end there.
    """

    differences: tuple[Difference, ...]
    unknown: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()

    def before(self) -> dict[str, str]:
        return {item.column: item.old for item in self.differences if item.before is not None}

    def after(self) -> dict[str, str]:
        return {item.column: item.new_shown for item in self.differences}

    def predictions(self) -> dict[str, Cell]:
        return {item.column: item.predicted for item in self.differences}


class Payload(NamedTuple):
    """Columns and texts to send, and which of them are display values (names and labels).

    :param repeatable: whether sending it twice has the effect of sending it once; an entry of a journal has not.
    """

    texts: dict[str, str]
    display: frozenset[str]
    repeatable: bool = True


class Miss(NamedTuple):
    """A field that was asked for and that the server did not apply; *actual* is None where it is not shown."""

    field: str
    wanted: str
    actual: str | None

    def __str__(self) -> str:
        held = "which it does not show" if self.actual is None else f"which holds {self.actual!r}"
        return f"{self.field} (asked for {self.wanted!r}), {held}"


def kind_of(column: str, kinds: Kinds) -> str:
    return kinds.get(column, "auto")


def for_create(desired: Desired, kinds: Kinds, keys: Container[str] = ()) -> Plan:
    """Everything that was given and is not empty: a new record has nothing to clear."""
    given = [(column, wanted) for column, wanted in desired.items() if not values.is_empty(wanted)]
    return Plan(tuple(Difference(name, kind_of(name, kinds), None, wanted, name in keys) for name, wanted in given))


def for_update(current: Record, desired: Desired, kinds: Kinds) -> Plan:
    """What of *desired* the record does not hold yet."""
    differences, unknown, cut = [], [], []
    for column, wanted in desired.items():
        kind, cell = kind_of(column, kinds), current.get(column)
        if kind == "journal" and cell is not None:
            # A journal reads back empty whatever it holds; the caller has looked for the entry.
            differences.append(Difference(column, kind, Cell("", ""), wanted))
        elif cell is None:
            if kind != "secret":
                unknown.append(column)
            differences.append(Difference(column, kind, None, wanted))
        elif not values.same(kind, wanted, cell):
            differences.append(Difference(column, kind, cell, wanted))
            if values.is_cut(wanted, cell) or (kind == "auto" and values.is_start(wanted, cell)):
                cut.append(column)
    return Plan(tuple(differences), tuple(unknown), tuple(cut))


def missed(record: Record, desired: Desired, kinds: Kinds) -> list[Miss]:
    """What of *desired* is not in the *record* that a write returned."""
    found = []
    for column, wanted in desired.items():
        kind, cell = kind_of(column, kinds), record.get(column)
        if kind in ("journal", "secret") or (cell is None and values.is_empty(wanted)):
            continue
        if cell is None or not (values.same(kind, wanted, cell) or values.is_cut(wanted, cell)):
            text = values.to_send(kind, wanted, column)
            found.append(Miss(column, text, None if cell is None else _shown(cell)))
    return found


def chosen(record: Record | None, desired: Desired, kinds: Kinds) -> dict[str, Any]:
    """The choices of *desired* that are about to be written to *record*; None is one that is not there yet."""
    found: dict[str, Any] = {}
    for column, wanted in desired.items():
        kind, cell = kind_of(column, kinds), record.get(column) if record is not None else None
        is_one = kind == "choice" if cell is None else values.is_choice(kind, cell)
        if is_one and not values.is_empty(wanted) and (cell is None or not values.same(kind, wanted, cell)):
            found[column] = wanted
    return found


def keeps_choice(miss: Miss, record: Record, kinds: Kinds) -> bool:
    """Whether *miss* is a choice that was to be cleared and still holds its value."""
    cell = record.get(miss.field)
    return miss.wanted == "" and cell is not None and values.is_choice(kind_of(miss.field, kinds), cell)


def _shown(cell: Cell) -> str:
    return cell.value if cell.value == cell.display or not cell.display else f"{cell.display} ({cell.value})"


def payload_of(differences: tuple[Difference, ...]) -> Payload:
    """One request that carries everything, for an API that takes display values column by column."""
    texts = {item.column: item.new for item in differences}
    display = (item.column for item in differences if _form(item) == "display")
    return Payload(texts, frozenset(display), all(item.kind != "journal" for item in differences))


def payloads_of(differences: tuple[Difference, ...]) -> list[Payload]:
    """One or two requests, for an API that takes either values or display values in one request.

    Two only where names or labels stand beside dates or sys_ids: names first, because they decide whether the
    record can be made at all.
    """
    strict = tuple(item for item in differences if _form(item) == "value")
    if len(strict) in (0, len(differences)) or not any(_form(item) == "display" for item in differences):
        return [payload_of(differences)] if differences else []
    return [payload_of(tuple(item for item in differences if item not in strict)), payload_of(strict)]


def _form(item: Difference) -> str:
    # A key goes with whatever is sent first: a record that was made without it could not be found again.
    return "either" if item.key else values.form_of(item.kind, item.wanted, item.before)
