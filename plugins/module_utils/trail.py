# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task has done so far, or in check mode: what it would do.

Writers add to it as soon as a write has succeeded, so that a failure at any later point still says what was
changed, and carries the record as it was last seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.cells import Record, displayed, stored
from ansible_collections.changegate.snow.plugins.module_utils.plan import Miss

#: How often a record was updated: it shows what no other column does.
COUNTER = "sys_mod_count"


@dataclass
class Trail:
    """Goes with a task through all layers.

    :param check_mode: predict, write nothing. It is here, because every writer has the trail, and no module asks.
    """

    check_mode: bool = False
    changed: bool = False
    record: Record | None = None
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    transitions: list[dict[str, str]] = field(default_factory=list)
    unapplied: list[Miss] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    #: Columns that are written and never shown.
    hidden: frozenset[str] = frozenset()
    #: Texts that are masked wherever they would be shown.
    secrets: set[str] = field(default_factory=set)

    def hides(self, secrets: Mapping[str, str]) -> None:
        """Show neither these columns nor what was to be written to them."""
        self.hidden |= secrets.keys()
        self.secrets.update(text for text in secrets.values() if text)

    def wrote(self, record: Record | None = None) -> None:
        """A write has succeeded; *record* is what it returned."""
        self.changed = True
        if record is not None:
            self.record = record

    def updated(self, before: Record, after: Record, journal: bool = False) -> None:
        """An update was taken, and *after* is what it returned; an instance may take one and apply nothing of it.

        :param journal: something was added that the columns do not show.
        """
        common = before.keys() & after.keys()
        moved = any(before[name].value != after[name].value for name in common)
        if moved or (journal and COUNTER not in common):
            self.changed = True
        self.record = after

    def expects(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Add to the diff."""
        self.before.update(before)
        self.after.update(after)

    def forgets(self, columns: Iterable[str] | None = None) -> None:
        """Take *columns* (None: all) out of the diff, because nothing was done to them."""
        for name in list({**self.before, **self.after}) if columns is None else columns:
            self.before.pop(name, None)
            self.after.pop(name, None)

    def corrects(self, record: Record, misses: Iterable[Miss]) -> None:
        """Have the diff say what *record* holds where something else was asked for."""
        for miss in misses:
            if miss.field not in self.after:
                continue
            shown = record[miss.field].display if miss.field in record else ""
            if self.before.get(miss.field, "") in (shown, record[miss.field].value if miss.field in record else ""):
                self.before.pop(miss.field, None)
                del self.after[miss.field]
            else:
                self.after[miss.field] = shown

    def as_result(self) -> dict[str, Any]:
        """The return values that every module has in common, and the module's own in ``extra``."""
        result: dict[str, Any] = {"changed": self.changed, **self.extra}
        if self.record is not None:
            shown = {column: cell for column, cell in self.record.items() if column not in self.hidden}
            result["record"] = stored(shown)
            result["display"] = displayed(shown)
        result["diff"] = {"before": self.before, "after": self.after}
        result["unapplied"] = [miss._asdict() for miss in self.unapplied]
        if self.warnings:
            result["warnings"] = list(self.warnings)
        return result
