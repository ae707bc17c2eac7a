# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A gate's verdict as a module returns it, and as people read it. No input or output."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell
from ansible_collections.changegate.snow.plugins.module_utils.change_window import window_of
from ansible_collections.changegate.snow.plugins.module_utils.gate_facts import ConflictOutcome, Facts, Unknown
from ansible_collections.changegate.snow.plugins.module_utils.gate_verdict import Finding, Verdict
from ansible_collections.changegate.snow.plugins.module_utils.query import utc_text

#: How many reasons a line holds; all of them are in the result.
_TOLD = 12


def name_of(facts: Facts) -> str:
    cell = facts.change.get("number") or facts.change.get("sys_id") or Cell("The change", "")
    return cell.value


def summary(facts: Facts, verdict: Verdict) -> str:
    """One line for a log: whether it is open, and why."""
    if verdict.open:
        return f"{name_of(facts)} is open: {_told(verdict.findings)}."
    return f"{name_of(facts)} is not open: {_told(verdict.reasons)}."


def findings(found: Iterable[Finding]) -> list[dict[str, Any]]:
    """The ``reasons`` and the ``passed`` return value."""
    names = ("rule", "wanted", "found", "text", "final")
    return [{name: getattr(finding, name) for name in names} for finding in found]


def facts_of(facts: Facts) -> dict[str, Any]:
    """The ``facts`` return value: what the verdict rests on; null where it was not asked for, or is not known."""
    window = window_of(facts.change, facts.now)
    return {
        "now": window["now"],
        "window": {name: window[name] for name in ("start", "end", "inside")},
        "affected_cis": _rows(facts.items),
        "tasks": _rows(facts.tasks),
        "approvals": _rows(facts.approvers),
        "incidents": None if isinstance(facts.incidents, Unknown) else _row(facts.incidents),
        "conflicts": _conflicts(facts.conflicts),
        "matched": None if isinstance(facts.matched, Unknown) else facts.matched,
    }


def _conflicts(outcome: ConflictOutcome | Unknown) -> dict[str, Any] | None:
    if isinstance(outcome, Unknown):
        return None
    return {**_row(outcome), "began": None if outcome.began is None else utc_text(outcome.began)}


def _rows(rows: Any) -> list[dict[str, Any]] | None:
    return None if isinstance(rows, Unknown) else [_row(row) for row in rows]


def _row(row: Any) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in row._asdict().items()}


def _told(found: Iterable[Finding]) -> str:
    texts = list(dict.fromkeys(finding.text for finding in found))
    more = [f"and {len(texts) - _TOLD} more"] if len(texts) > _TOLD else []
    return "; ".join([*texts[:_TOLD], *more])
