# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes into a write of the Change Management API, and what of it came out. No input or output.

Source: ServiceNow documentation, "Change Management API", PATCH /sn_chg_rest/change/{sys_id} (``encrypted_fields``) and
``__meta.ignoredFields`` of the operations that write.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Union

from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, Record
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, Unapplied
from ansible_collections.changegate.snow.plugins.module_utils.query import check_field

# What compares and converts values is imported with the first write.
if TYPE_CHECKING:
    from ansible_collections.changegate.snow.plugins.module_utils.plan import Kinds, Miss, Payload

    #: Columns and their values; or what a plan has made of them.
    Columns = Union[Mapping[str, Any], Payload]
else:
    Columns = Any


class Written(dict[str, Cell]):
    """The record as a write returned it, column to cell.

    :ivar ignored: the columns that the instance says it did not apply.
    :ivar unapplied: what was asked for and is not in the record, with what is there instead.
    """

    def __init__(self, record: Record, ignored: Iterable[str] = (), unapplied: Iterable[Miss] = ()) -> None:
        super().__init__(record)
        self.ignored = tuple(ignored)
        self.unapplied = tuple(unapplied)


def payload_from(columns: Columns, display: Collection[str], kinds: Kinds) -> Payload:
    """What to send for *columns*; None clears one, times are sent in UTC.

    :param display: the columns whose values are names or labels.
    :raises InvalidUsage: a column or a value that cannot be sent.
    """
    from ansible_collections.changegate.snow.plugins.module_utils.plan import Payload, kind_of

    if isinstance(columns, Payload):
        return columns
    if not isinstance(columns, Mapping):
        raise InvalidUsage(f"The columns to write are a mapping of names to values, not {type(columns).__name__}.")
    texts = {_column(name): _text(name, value, kinds) for name, value in columns.items()}
    journals = any(kind_of(name, kinds) == "journal" for name in texts)
    return Payload(texts, _display(display, texts, kinds), not journals)


def body_of(payload: Payload) -> dict[str, str]:
    """The JSON of a write. ``encrypted_fields`` is documented for encryption, and for display values of any field."""
    named = {"encrypted_fields": ",".join(sorted(payload.display))} if payload.display else {}
    return {**payload.texts, **named}


def written(record: Record, ignored: Collection[str], payload: Payload, kinds: Kinds) -> Written:
    """The *record* that a write returned, compared with what was sent."""
    from ansible_collections.changegate.snow.plugins.module_utils.plan import Miss, kind_of, missed

    misses = missed(record, payload.texts, kinds)
    known = {miss.field for miss in misses}
    for name in ignored:
        # A journal cannot be compared; all else that was ignored may hold what was asked for already.
        if name in payload.texts and name not in known and kind_of(name, kinds) == "journal":
            misses.append(Miss(name, payload.texts[name], None))
    return Written(record, ignored, misses)


def check_applied(result: Written, request: str) -> Written:
    """*result*, if all that was asked for is in it; raises :class:`Unapplied` with the record otherwise."""
    if not result.unapplied:
        return result
    listed = ", ".join(f"{miss.field} ({_state(miss, result)})" for miss in result.unapplied)
    name = result["number"].value if "number" in result else result["sys_id"].value
    error = Unapplied(
        f"{name} was written by {request}, but the instance did not apply {listed}; check the names, the values and "
        "the user's rights, or write with strict=False.",
        detail=listed,
        request=request,
    )
    error.record = result
    raise error


def _state(miss: Miss, result: Written) -> str:
    if miss.field in result.ignored:
        return "ignored"
    return "not shown" if miss.actual is None else f"is {miss.actual!r}"


def _column(name: object) -> str:
    if not isinstance(name, str) or "." in check_field(name) or name == "encrypted_fields":
        raise InvalidUsage(f"{name!r} is no column that can be written; give the name of one of the record's own.")
    return name


def _text(name: str, value: object, kinds: Kinds) -> str:
    if isinstance(value, (Mapping, bytes)):
        raise InvalidUsage(f"{name} is a {type(value).__name__}; give a text, a number, a boolean, a time or a list.")
    from ansible_collections.changegate.snow.plugins.module_utils import values
    from ansible_collections.changegate.snow.plugins.module_utils.plan import kind_of

    return values.to_send(kind_of(name, kinds), value, name)


def _display(display: Collection[str], texts: Mapping[str, str], kinds: Kinds) -> frozenset[str]:
    if isinstance(display, str) or not isinstance(display, Collection) or not all(name in texts for name in display):
        raise InvalidUsage(f"display is {display!r}; give a list of names of columns that are written.")
    from ansible_collections.changegate.snow.plugins.module_utils.plan import kind_of

    for name in display:
        if kind_of(name, kinds) in ("datetime", "date"):
            raise InvalidUsage(f"{name} is a time, which is never sent as a display value; leave it out of display.")
    return frozenset(display)
