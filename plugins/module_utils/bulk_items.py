# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records on their way through a bulk write, and what became of each. No input or output."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils import plan, values
from ansible_collections.changegate.snow.plugins.module_utils.cells import RawRecord, cell_of, record_of, text_of
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, SnowError, Unapplied
from ansible_collections.changegate.snow.plugins.module_utils.params import ParamsBuilder
from ansible_collections.changegate.snow.plugins.module_utils.plan import Kinds, Miss, Payload
from ansible_collections.changegate.snow.plugins.module_utils.query import check_field, check_sys_id

_DISPLAY, _FIELDS = "sysparm_display_value", "sysparm_fields"
_INPUT, _LINKS = "sysparm_input_display_value", "sysparm_exclude_reference_link"
#: Parameters of a look-up that a write does not take.
_OF_READS = ("sysparm_query", "sysparm_limit", "sysparm_offset", "sysparm_suppress_pagination_header")


@dataclass(frozen=True)
class Result:
    """What became of one record of the input.

    :param index: its place in the input, from 0.
    :param done: ``inserted``, ``updated``, ``unchanged``, ``deleted``, ``absent`` (it was not there to be deleted) or
        ``failed``.
    :param record: the record as the instance returned it, in the form that the resource's parameters ask for.
    :param unapplied: fields that were sent and do not hold what was asked for.
    :param unverified: journals that were sent: they read back empty.
    :param error: why it failed; where *done* says otherwise, it was done in part.
    """

    index: int
    done: str
    sys_id: str | None = None
    record: RawRecord | None = None
    unapplied: tuple[Miss, ...] = ()
    unverified: tuple[str, ...] = ()
    error: SnowError | None = None

    @property
    def ok(self) -> bool:
        """Whether all that was asked for is so."""
        return self.error is None and not self.unapplied


class Results:
    """What became of all records, in the order of the input.

    With a callback that takes each result as it comes, they are counted and not kept.
    """

    def __init__(self, each: Callable[[Result], None] | None = None) -> None:
        self._each = each
        self._kept: list[Result] = []
        #: How many were ``inserted``, ``failed`` ...
        self.counts: dict[str, int] = {}
        #: The first that is not ok.
        self.first_failure: Result | None = None
        #: Why the rest of the input was not tried, if it was not.
        self.stopped: SnowError | None = None

    def add(self, result: Result) -> None:
        """Take one more result over."""
        self.counts[result.done] = self.counts.get(result.done, 0) + 1
        if not result.ok and self.first_failure is None:
            self.first_failure = result
        if self._each is None:
            self._kept.append(result)
        else:
            self._each(result)

    def __iter__(self) -> Iterator[Result]:
        return iter(self._kept)

    def __getitem__(self, position: int) -> Result:
        return self._kept[position]

    def __len__(self) -> int:
        return sum(self.counts.values())

    @property
    def ok(self) -> bool:
        return self.first_failure is None and self.stopped is None

    def raise_for_failure(self) -> None:
        """Raise the error of the first record that is not as it was asked for, if there is one."""
        failure = self.first_failure
        if failure is None:
            return
        if failure.error is not None:
            raise failure.error
        listed = ", ".join(miss.field for miss in failure.unapplied)
        raise Unapplied(
            f"Record {failure.index} of the input was written, but the instance did not apply {listed}.", detail=listed
        )


class Item:
    """A record of the input while it is at work."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.sys_id = ""
        #: The sys_id was made here and not by the caller: a record that has it is ours.
        self.own = False
        #: How often its insert was sent.
        self.sent = 0
        self.desired: dict[str, Any] = {}
        self.payloads: list[Payload] = []
        self.done = "failed"
        #: As it was returned, with values and display values.
        self.record: RawRecord | None = None
        self.error: SnowError | None = None

    def attempt(self, step: Callable[[], None]) -> None:
        """Do *step*; an error is the item's own."""
        try:
            step()
        except SnowError as error:
            self.error = error

    def take(self, raw: Any, keyed: bool) -> None:
        """Take the record *raw* over; *keyed* is one that may have a further sys_id of its own."""
        self.desired = desired_of(raw)
        if "sys_id" in self.desired:
            given = self.desired.pop("sys_id")
            if given is not None or not keyed:
                self.sys_id = check_sys_id(given, f"sys_id of record {self.index}")
        elif not keyed:
            raise InvalidUsage(f"Record {self.index} has no sys_id; give it, or use upsert_many.")

    def result(self, kinds: Kinds, view: View) -> Result:
        """What became of it, judged by the record that came back."""
        misses: list[Miss] = []
        wrote = self.done in ("inserted", "updated")
        if wrote and self.record is not None:
            record = record_of(self.record)
            misses = plan.missed(record, self.desired, kinds)
            for column, wanted in self.desired.items():
                if column in record and values.is_cut(wanted, record[column]):
                    misses.append(Miss(column, text_of(wanted), record[column].value))
        journals = (name for name in self.desired if plan.kind_of(name, kinds) == "journal" and self.desired[name])
        shown = view.shown(self.record) if self.record is not None else None
        unverified = tuple(journals) if wrote else ()
        return Result(self.index, self.done, self.sys_id or None, shown, tuple(misses), unverified, self.error)


def desired_of(raw: Any) -> dict[str, Any]:
    """The columns and values of one record of the input; raises :class:`InvalidUsage`.

    A reference may have the form that an answer gives it: ``{link, value}``.
    """
    if not isinstance(raw, Mapping):
        raise InvalidUsage(f"A record is a mapping of columns to values, not {type(raw).__name__}.")
    desired: dict[str, Any] = {}
    for name, value in raw.items():
        column = check_field(name)
        if "." in column:
            raise InvalidUsage(f"{column} is a column of another record; write to that one.")
        if isinstance(value, Mapping):
            if "value" not in value:
                raise InvalidUsage(f"{column} is a mapping without a value; give a text, a number or a list.")
            value = cell_of(value).value
        if isinstance(value, (bytes, bytearray)):
            raise InvalidUsage(f"{column} holds bytes; give text.")
        desired[column] = value
    return desired


class View:
    """How records are asked for, with all that a comparison needs, and shown as the resource's parameters have it."""

    def __init__(self, parameters: ParamsBuilder) -> None:
        given = parameters.as_dict()
        self._mode = given.get(_DISPLAY, "false")
        self._links = given.get(_LINKS) != "true"
        self._fields = [name for name in given.get(_FIELDS, "").split(",") if name]
        unused = {_DISPLAY, _LINKS, _FIELDS, _INPUT, *_OF_READS}
        self._rest = {name: value for name, value in given.items() if name not in unused}

    def params(self, columns: Iterable[str], display_input: bool = False) -> dict[str, str]:
        """Parameters of a request whose answer has *columns*, and whatever the caller wants to see."""
        made = {**self._rest, _DISPLAY: "all"}
        if self._fields:
            made[_FIELDS] = ",".join(dict.fromkeys(["sys_id", *self._fields, *columns]))
        if display_input:
            made[_INPUT] = "true"
        return made

    def shown(self, raw: RawRecord) -> RawRecord:
        """A record that was asked for with both values, in the form that the caller asked for."""
        names = [name for name in self._fields if name in raw] if self._fields else list(raw)
        return {name: self._shape(raw[name]) for name in names}

    def _shape(self, cell: Any) -> Any:
        """Source: ServiceNow documentation, "Table API", sysparm_display_value."""
        if not isinstance(cell, Mapping):
            return cell
        if self._mode == "all":
            return {key: value for key, value in cell.items() if self._links or key != "link"}
        name = "display_value" if self._mode == "true" else "value"
        if cell.get("link") and self._links:
            return {name: cell.get(name), "link": cell["link"]}
        return cell.get(name)
