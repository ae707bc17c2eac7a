# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which record a task is about. No input or output.

An identity is a set of columns and the values that they must have. It is checked before any request, and again on
whatever comes back: a server that does not know a column drops its condition and returns other records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, Record, text_of
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    InvalidIdentity,
    InvalidUsage,
    MultipleResults,
    UnexpectedResponseFormat,
)
from ansible_collections.changegate.snow.plugins.module_utils.query import (
    all_of,
    check_identifier,
    check_sys_id,
    is_sys_id,
)
from ansible_collections.changegate.snow.plugins.module_utils.values import parse_date

#: ``correlation_id`` is this long; a longer one would be cut, and never be found again.
_LONGEST_CORRELATION_ID = 100


class Identity(NamedTuple):
    """What identifies a record of *kind* (a word for messages).

    :param conditions: column to value.
    :param creates: whether a record that is not there can be made with it; a number or a sys_id is the server's.
    """

    kind: str
    conditions: Mapping[str, Any]
    creates: bool

    @property
    def sys_id(self) -> str | None:
        return self.conditions.get("sys_id")

    @property
    def query(self) -> str:
        return all_of(self.conditions)

    @property
    def advice(self) -> str:
        """What to do where it is not there and is not made, either."""
        return "check the identifier, and whether the user may read it"

    def __str__(self) -> str:
        return f"{self.kind} with " + " and ".join(f"{column} {value}" for column, value in self.conditions.items())

    def only(self, records: Sequence[Record], request: str) -> Record | None:
        """The one record among *records* that the server found with *request* (for messages), or None.

        :raises MultipleResults: there are more; they are listed.
        :raises UnexpectedResponseFormat: one of them does not bear the identity.
        """
        for record in records:
            self._check(record, request)
        if len(records) > 1:
            listed = ", ".join(name_of(record) for record in records[:10])
            raise MultipleResults(
                f"There is more than one {self}: {listed}; use the number or sys_id of one of them.",
                request=request,
            )
        return records[0] if records else None

    def fits(self, record: Record) -> bool:
        """Whether *record* would be found by this identity."""
        return all(name in record and bears(wanted, record[name]) for name, wanted in self.conditions.items())

    def _check(self, record: Record, request: str) -> None:
        for column, wanted in self.conditions.items():
            cell = record.get(column)
            if cell is None or not bears(wanted, cell):
                found = "does not show that column" if cell is None else f"has {cell.value!r} there"
                raise UnexpectedResponseFormat(
                    f"The instance was asked for the {self} and returned {name_of(record)}, which {found}; check that "
                    f"the table has a column {column} and that the user may read it. Nothing was written.",
                    request=request,
                )


def bears(wanted: object, cell: Cell) -> bool:
    """Whether the stored value is the identifier *wanted*: but for case, as the server compares, the very same text."""
    return text_of(wanted).strip().casefold() == cell.value.strip().casefold()


def name_of(record: Record) -> str:
    """What a person calls *record*."""
    for column in ("number", "name", "sys_id"):
        if column in record and record[column].value:
            return record[column].value
    return "a record without a sys_id"


def chosen(kind: str, options: Mapping[str, Any], names: Sequence[str]) -> Identity:
    """The identity that *options* give under the first of *names* that is set.

    A name that is set and empty is refused: it is a variable that was never filled, not a wish for any record.
    """
    for name in names:
        if name in options:
            return of_column(kind, name, options[name])
    raise InvalidIdentity(f"No {kind} was named; set one of {', '.join(names)}.")


def of_column(kind: str, column: str, value: object, option: str | None = None) -> Identity:
    """The identity ``column = value``, as the *option* (in messages; the column's name, if not said) gives it."""
    name = option or column
    text = check_identifier(value, name)
    if column == "sys_id":
        text = check_sys_id(text, name)
    _check_length(column, text, name)
    return Identity(kind, {column: text}, creates=column not in ("sys_id", "number"))


def _check_length(column: str, text: str, option: str) -> None:
    if column == "correlation_id" and len(text) > _LONGEST_CORRELATION_ID:
        raise InvalidIdentity(f"{option} has {len(text)} characters; give {_LONGEST_CORRELATION_ID} at most.")


def of_matching(kind: str, match_on: Sequence[str], data: Mapping[str, Any], kinds: Mapping[str, str]) -> Identity:
    """The identity made of the columns *match_on* of *data*.

    :raises InvalidUsage: a value that is not stored as it is written, and would never be found again: a date, or the
        name of a reference.
    """
    if not match_on:
        raise InvalidIdentity("match_on is empty; name columns of data that identify the record.")
    missing = [column for column in match_on if column not in data]
    if missing:
        raise InvalidUsage(f"match_on names {', '.join(missing)}, which data does not give.")
    return Identity(kind, {column: _matched(column, data[column], kinds) for column in match_on}, creates=True)


def refuse_names(conditions: Mapping[str, Any], kinds: Mapping[str, str]) -> None:
    """Refuse to make a record that would not be found again, because a reference among *conditions* is a name.

    For kinds that are known only when the instance has told them.
    """
    named = [name for name, value in conditions.items() if kinds.get(name) == "reference" and not is_sys_id(str(value))]
    if named:
        raise InvalidUsage(
            f"The record is found by {', '.join(named)}, which is the name of a reference, not its sys_id; match on "
            "columns that hold what you write. Nothing was written."
        )


def _matched(column: str, value: object, kinds: Mapping[str, str]) -> object:
    text = check_identifier(value, f"data.{column}")
    _check_length(column, text, f"data.{column}")
    named = kinds.get(column) == "reference" and not is_sys_id(text)
    if named or (not isinstance(value, (int, float)) and parse_date(value) is not None):
        what = "the name of a reference, not its sys_id" if named else "a date"
        raise InvalidUsage(f"match_on names {column}, which is {what}; match on columns that hold what you write.")
    return value
