# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Choices: those that every instance begins with, and what an instance has in its choice lists. No input or output.

An instance takes nearly any text for a choice and keeps it as it is, so that a slip of the pen becomes a category. What
is among the usual choices is written and then seen in the answer; of everything else the instance is asked first.

Source: ServiceNow documentation, "Change Management API", GET /sn_chg_rest/change (possible values), and the table
"Choice" (sys_choice).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, text_of
from ansible_collections.changegate.snow.plugins.module_utils.values import same

_LEVELS = {"1": "1 - High", "2": "2 - Medium", "3": "3 - Low"}


def _alike(*texts: str) -> dict[str, str]:
    return {text: text for text in texts}


#: Column to value to label, as a new instance has them for changes and change tasks.
USUAL: Mapping[str, Mapping[str, str]] = {
    "type": {"normal": "Normal", "standard": "Standard", "emergency": "Emergency"},
    "priority": {"1": "1 - Critical", "2": "2 - High", "3": "3 - Moderate", "4": "4 - Low"},
    "impact": _LEVELS,
    "urgency": _LEVELS,
    "risk": {"2": "High", "3": "Moderate", "4": "Low"},
    "scope": {"1": "Massive", "2": "Large", "3": "Medium", "4": "Small", "5": "Tiny"},
    "phase": {"accept": "Accept", "build": "Build", "plan": "Plan", "requested": "Requested"},
    "category": _alike(
        "Hardware",
        "Software",
        "Service",
        "System Software",
        "Applications Software",
        "Network",
        "Telecom",
        "Documentation",
        "Other",
        "Cloud Management",
    ),
    "close_code": {
        "successful": "Successful",
        "successful_issues": "Successful with issues",
        "unsuccessful": "Unsuccessful",
    },
    "change_task_type": {
        "planning": "Planning",
        "implementation": "Implementation",
        "testing": "Testing",
        "review": "Review",
    },
    "contact_type": {"chat": "Chat", "email": "Email", "phone": "Phone", "social": "Social", "web": "Web"},
}


class Choice(NamedTuple):
    """One option of a choice list."""

    value: str
    label: str

    def __str__(self) -> str:
        return self.label if self.label.casefold() == self.value.casefold() else f"{self.label} ({self.value})"

    def is_meant_by(self, wanted: object) -> bool:
        return same("choice", wanted, Cell(self.value, self.label))


def is_usual(column: str, wanted: object) -> bool:
    """Whether *wanted* is, by value or label, a choice that instances have from the beginning."""
    return any(Choice(*item).is_meant_by(wanted) for item in USUAL.get(column, {}).items())


def is_unlabeled(column: str, cell: Cell) -> bool:
    """Whether the column holds a usual choice without its label: this instance has another list."""
    label = USUAL.get(column, {}).get(cell.value, cell.value)
    return cell.value == cell.display != label


def lists_of(rows: Iterable[Mapping[str, Any]], tables: Sequence[str]) -> dict[str, list[Choice]]:
    """Column to its choices, from records of sys_choice; of *tables*, nearest first, the first that has any counts."""
    found: dict[tuple[str, str], dict[str, Choice]] = {}
    for row in rows:
        name, element, value = (text_of(row.get(key)) for key in ("name", "element", "value"))
        if value:
            known = found.setdefault((name, element), {})
            known.setdefault(value, Choice(value, text_of(row.get("label")) or value))
    lists: dict[str, list[Choice]] = {}
    for table in tables:
        for (name, element), known in found.items():
            if name == table:
                lists.setdefault(element, list(known.values()))
    return lists


def listed(choices: Sequence[Choice], most: int = 15) -> str:
    """The choices for a sentence."""
    shown = ", ".join(str(choice) for choice in choices[:most])
    return f"{shown} and {len(choices) - most} more" if len(choices) > most else shown
