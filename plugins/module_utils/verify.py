# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a write did what was asked for: the record that came back is compared, and what it does not hold is told."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.changegate.snow.plugins.module_utils import plan
from ansible_collections.changegate.snow.plugins.module_utils.cells import Record
from ansible_collections.changegate.snow.plugins.module_utils.choices import listed
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.column_types import ColumnTypes, cut_text
from ansible_collections.changegate.snow.plugins.module_utils.errors import SnowError, Unapplied
from ansible_collections.changegate.snow.plugins.module_utils.lookups import choices_of, journal_holds, unlisted
from ansible_collections.changegate.snow.plugins.module_utils.plan import Desired, Miss
from ansible_collections.changegate.snow.plugins.module_utils.stores import Store
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail


class Verifier:
    """Compares records of *store* with what was written to them. What it finds goes into *trail*.

    :param unapplied: ``fail`` or ``warn`` about fields that the server did not take.
    """

    def __init__(self, client: Client, store: Store, types: ColumnTypes, trail: Trail, unapplied: str) -> None:
        self._client, self._store, self._types = client, store, types
        self._trail, self._unapplied = trail, unapplied

    def verified(self, record: Record, desired: Desired) -> Record:
        """The record that a write returned, or as it was read once more if that does not show all.

        :raises Unapplied: it does not hold what was asked for.
        """
        notes = self._unseen_notes(record, desired)
        if any(miss.actual is None for miss in self.misses(record, desired)):
            record = self._store.reread(record)
            self._trail.record = record
        misses, filled = self._types.judged(record, self._store.pending(record, desired))
        self._types.hide(desired, self._trail)
        self.warn_cut(filled)
        misses += [*notes, *self._refused_secrets(record, desired), *self._unlisted(record, desired)]
        if misses:
            self._trail.unapplied.extend(misses)
            self._trail.corrects(record, misses)
            self._report(record, misses)
        return record

    def misses(self, record: Record, desired: Desired) -> list[Miss]:
        """What of *desired* the record does not hold, as far as the kinds of its columns are known by now."""
        return plan.missed(record, self._store.pending(record, desired), self._types.kinds)

    def warn_cut(self, columns: Iterable[str]) -> None:
        """Warn of *columns* that hold only the beginning of what was asked for."""
        for column in columns:
            text = cut_text(column)
            if text not in self._trail.warnings:
                self._trail.warnings.append(text)

    def _of_kind(self, desired: Desired, kind: str) -> list[str]:
        return [name for name in desired if plan.kind_of(name, self._types.kinds) == kind and desired[name]]

    def _unseen_notes(self, record: Record, desired: Desired) -> list[Miss]:
        """Notes that were sent and that the journal does not show: not written, or not to be read by this user."""
        notes = {name: str(desired[name]) for name in self._of_kind(desired, "journal")}
        unseen = [name for name, text in notes.items() if not journal_holds(self._client, record, name, text)]
        return [Miss(name, notes[name], None) for name in unseen]

    def _refused_secrets(self, record: Record, desired: Desired) -> list[Miss]:
        """What cannot be seen in the record, and the instance says that it did not apply."""
        ignored = getattr(record, "ignored", ())
        secrets = [name for name in desired if plan.kind_of(name, self._types.kinds) == "secret"]
        return [Miss(name, plan.HIDDEN, None) for name in secrets if name in ignored]

    def _unlisted(self, record: Record, desired: Desired) -> list[Miss]:
        strange = unlisted(self._client, self._store.table, record, self._of_kind(desired, "choice"))
        return [Miss(name, str(desired[name]), f"{record[name].value}, no choice of this instance") for name in strange]

    def _report(self, record: Record, misses: list[Miss]) -> None:
        missed = "; ".join(str(miss) for miss in misses)
        name = record["number"].value if "number" in record else record["sys_id"].value
        text = f"{name} was {'written' if self._trail.changed else 'sent'}, but the instance did not apply {missed}."
        # An instance may keep a choice that is to be cleared: nothing that a task could do about it.
        kept = all(plan.keeps_choice(miss, record, self._types.kinds) for miss in misses)
        if kept or self._unapplied == "warn":
            self._trail.warnings.append(text)
            return
        advice = f"{text}{self._valid_choices(misses)} Check the names and the user's rights, or set unapplied=warn."
        raise Unapplied(advice, detail=missed)

    def _valid_choices(self, misses: list[Miss]) -> str:
        """What could be given instead of choices that were not applied: looked up only now."""
        kinds = self._types.kinds
        columns = [miss.field for miss in misses if miss.wanted and plan.kind_of(miss.field, kinds) == "choice"]
        try:
            lists = choices_of(self._client, self._store.table, columns) if columns else {}
        except SnowError:
            return ""  # the failure to be told of is another one
        return "".join(f" {name} takes {listed(choices)}." for name, choices in lists.items())
