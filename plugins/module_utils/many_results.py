# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task returns about many records, and how it says that some of them failed. No input or output."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.bulk_items import Item
from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, Record, stored
from ansible_collections.changegate.snow.plugins.module_utils.errors import RecordsFailed, SnowError, Unapplied
from ansible_collections.changegate.snow.plugins.module_utils.plan import Miss, Plan
from ansible_collections.changegate.snow.plugins.module_utils.trail import COUNTER, Trail

_ACTIONS = {"inserted": "created", "updated": "updated", "deleted": "deleted"}
_NOTHING = Plan(())
#: Of how many failures a message tells.
_TOLD = 3


@dataclass(eq=False)
class Work:
    """One of the records: what was planned for it, and what came of it.

    :param item: the record as the bulk library has it. :param label: what identifies it, for a person.
    """

    item: Item
    label: str
    before: Record | None = None
    plan: Plan = _NOTHING
    after: dict[str, Cell] | None = None
    misses: list[Miss] = field(default_factory=list)
    #: All that was missed are choices that were to be cleared and that the instance keeps.
    kept: bool = False
    shown: dict[str, str] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Whether the instance's record has changed, or in check mode would."""
        if self.item.done != "updated":
            return self.item.done in ("inserted", "deleted")
        missed = {miss.field for miss in self.misses}
        # An entry of a journal that is not to be seen may be there all the same; a secret may be the one that is there.
        return any(
            self._touched if change.kind == "secret" else change.column not in missed or change.kind == "journal"
            for change in self.plan.differences
        )

    @property
    def _touched(self) -> bool:
        """Whether the instance counted the update as one."""
        before, after = ((seen or {}).get(COUNTER) for seen in (self.before, self.after))
        return before is None or after is None or before.value != after.value

    @property
    def diff(self) -> dict[str, dict[str, str]]:
        """Before and after of what was touched; of a deleted record, what it was."""
        if self.item.done == "deleted":
            return {"before": self.shown, "after": {}}
        if self.item.done not in _ACTIONS:
            return {"before": {}, "after": {}}
        done = Trail(before=dict(self.plan.before()), after=dict(self.plan.after()))
        done.corrects(self.after or {}, self.misses)
        return {"before": done.before, "after": done.after}

    def predict(self) -> None:
        """What would be done, and what the record would hold: the result of a task in check mode."""
        self.item.done = "inserted" if self.before is None else "updated"
        self.after = {**(self.before or {}), **self.plan.predictions()}
        self.after.pop(COUNTER, None)

    def removes(self, columns: Sequence[str]) -> None:
        """It is about to be deleted; a diff shows these of its columns."""
        self.shown = {name: self.before[name].display for name in columns if self.before and name in self.before}

    def error(self, lenient: bool) -> SnowError | None:
        """Why it is not as it was asked for; *lenient* takes it as it is where only fields were not applied."""
        if self.item.error is not None or lenient or self.kept or not self.misses:
            return self.item.error
        return Unapplied(f"the instance did not apply {explained(self.misses)}")

    def entry(self, lenient: bool, hidden: Collection[str]) -> dict[str, Any]:
        """Its part of the return value ``results``, without the columns *hidden*."""
        error = self.error(lenient)
        record = self.after if self.after is not None else self.before
        if record is not None:
            record = {name: cell for name, cell in record.items() if name not in hidden}
        return {
            "index": self.item.index,
            "changed": self.changed,
            "action": "failed" if error else _ACTIONS[self.item.done] if self.changed else "unchanged",
            "record": stored(record) if record is not None else None,
            "diff": self.diff,
            "unapplied": [miss._asdict() for miss in self.misses],
            "error": {"msg": str(error), **error.as_error()} if error else None,
        }


def explained(misses: Sequence[Miss]) -> str:
    return "; ".join(str(miss) for miss in misses)


def report(trail: Trail, works: Sequence[Work], lenient: bool) -> None:
    """Add what became of all records to the *trail*: results in their order, whether anything changed, one diff."""
    trail.extra["results"] = [work.entry(lenient, trail.hidden | {COUNTER}) for work in works]
    trail.changed = trail.changed or any(work.changed for work in works)
    for work in works:
        diff = work.diff
        if diff["before"] or diff["after"]:
            trail.expects({work.label: diff["before"]}, {work.label: diff["after"]})
        trail.unapplied.extend(work.misses)
    missed = [work for work in works if work.misses and (lenient or work.kept)]
    if missed:
        listed = _listed({work: f"the instance did not apply {explained(work.misses)}" for work in missed})
        trail.warnings.append(f"Not all was applied to {len(missed)} of {len(works)} records: {listed}.")


def failure(table: str, works: Sequence[Work], lenient: bool) -> RecordsFailed | None:
    """The failure of the task, if any of its records failed: how many, and of the first few why."""
    errors = {work: error for work in works if (error := work.error(lenient)) is not None}
    if not errors:
        return None
    first = next(iter(errors.values()))
    rest = ", and the others are as they were asked for" if len(errors) < len(works) else ""
    return RecordsFailed(
        f"{len(errors)} of {len(works)} records of {table} failed{rest}: {_listed(errors)}; see results.",
        status=first.status,
        detail=first.detail,
        request=first.request,
        transaction_id=first.transaction_id,
    )


def _listed(reasons: Mapping[Work, object]) -> str:
    told = [f"record {work.item.index} ({work.label}): {str(why).rstrip('.')}" for work, why in reasons.items()]
    more = f"; and {len(told) - _TOLD} more" if len(told) > _TOLD else ""
    return "; ".join(told[:_TOLD]) + more
