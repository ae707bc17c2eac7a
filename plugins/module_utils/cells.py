# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields of an answer, in any of its shapes, reduced to text. No input or output.

Source: ServiceNow documentation, "Table API" (value shapes) and "Change Management API" (typed values).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.query import utc_text


class Cell(NamedTuple):
    """One field of a record, reduced to text: stored value, display value, and the link that a reference carries."""

    value: str
    display: str
    link: str | None = None


#: A record as an answer has it: column to text, number, boolean, or an object with value and display value.
RawRecord = dict[str, Any]
Record = Mapping[str, Cell]


def text_of(raw: object) -> str:
    """The text that ServiceNow stores for *raw*: ``None`` is empty, ``-5.0`` is ``-5``, booleans in lower case."""
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return str(raw).lower()
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    if isinstance(raw, datetime):
        return utc_text(raw)
    if isinstance(raw, (list, tuple, set, frozenset)):
        return ",".join(text_of(item) for item in raw)
    return str(raw)


def cell_of(raw: Any) -> Cell:
    """A field of an answer, in any of its shapes: plain, ``{link, value}``, ``{display_value, link}``, or all."""
    if not isinstance(raw, Mapping):
        text = text_of(raw)
        return Cell(text, text)
    link = raw.get("link") or None
    display = raw.get("display_value")
    if "value" in raw:
        value = text_of(raw["value"])
    else:
        value = str(link).rstrip("/").rsplit("/", 1)[-1] if link else text_of(display)
    # The documented examples pad some values and numbers with a blank.
    return Cell(value.strip() if link else value, value if display is None else text_of(display), link)


def record_of(raw: Mapping[str, Any]) -> dict[str, Cell]:
    """A record of an answer as cells; ``__meta``, which is no field, is left out."""
    return {column: cell_of(value) for column, value in raw.items() if not column.startswith("__")}


def stored(record: Record) -> dict[str, str]:
    """Column to stored value: the ``record`` return value."""
    return {column: record[column].value for column in sorted(record)}


def displayed(record: Record) -> dict[str, str]:
    """Column to display value: the ``display`` return value."""
    return {column: record[column].display for column in sorted(record)}
