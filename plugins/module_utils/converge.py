# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read, plan, write, verify: the only writer, for any kind of record.

No module decides what has changed, what check mode means or what a partial failure returns: it is all here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from ansible_collections.changegate.snow.plugins.module_utils import plan
from ansible_collections.changegate.snow.plugins.module_utils.cells import Record
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.column_types import ColumnTypes, not_shown
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    InvalidUsage,
    NoResults,
    NotFound,
    SnowError,
    Unapplied,
    surely_not_done,
)
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity, refuse_names
from ansible_collections.changegate.snow.plugins.module_utils.lookups import (
    journal_holds,
)
from ansible_collections.changegate.snow.plugins.module_utils.once import exactly_once
from ansible_collections.changegate.snow.plugins.module_utils.plan import Desired, Kinds, Plan
from ansible_collections.changegate.snow.plugins.module_utils.policy import Policy
from ansible_collections.changegate.snow.plugins.module_utils.stores import Store
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail
from ansible_collections.changegate.snow.plugins.module_utils.verify import Verifier

#: What the server thinks of, and a diff of a deleted record should show.
SHOWN_OF_DELETED = ("number", "short_description", "name", "state", "sys_id")


class Converger:
    """Brings one record to what a task wants, or removes it. What it does goes into *trail*."""

    def __init__(
        self,
        client: Client,
        store: Store,
        kinds: Kinds,
        trail: Trail,
        policy: Policy,
        people: Collection[str] = (),
    ) -> None:
        self._client = client
        self._store = store
        self._types = ColumnTypes(client, store.table, kinds, people)
        self._trail = trail
        self._policy = policy
        self._verifier = Verifier(client, store, self._types, trail, policy.unapplied)
        #: Whether the record is one that was not there before; in check mode, one that would be made.
        self.made = False

    @property
    def _kinds(self) -> Kinds:
        """As far as they are known by now."""
        return self._types.kinds

    def present(
        self,
        identity: Identity,
        desired: Desired,
        defaults: Desired | None = None,
        before_write: Callable[[Record | None], Desired | None] = lambda _record: None,
    ) -> Record | None:
        """The record with *identity*, holding *desired*; None if check mode stands before its creation.

        :param defaults: what a new record gets besides, where *desired* says nothing.
        :param before_write: the caller's own checks of the record (or None), which raise if nothing may be written;
            what they return takes the place of what was desired.
        :raises NoResults: it is not there and may not be made.
        :raises Unapplied: the server did not take a field.
        """
        self._types.hide(desired, self._trail)
        record = self._store.find(identity)
        desired = {**desired, **{name: value for name, value in identity.conditions.items() if name in desired}}
        desired = {**desired, **(before_write(record) or {})}
        desired = self._types.without_blank_notes(desired)
        if record is None and self._policy.if_missing == "ignore":
            return None
        if record is None:
            return self._make(identity, {**(defaults or {}), **desired})
        self._trail.record = record
        return self._bring(record, desired)

    def go_on(self, record: Record | None, desired: Desired) -> Record | None:
        """Bring *record*, as :meth:`present` returned it or as it was written since, to *desired* as well.

        None is one that check mode did not make: it is predicted as if all had been given at once.
        """
        if record is not None:
            return self._bring(record, desired)
        the_plan = plan.for_create(desired, self._kinds)
        self._trail.expects({}, the_plan.after())
        self._trail.record = {**(self._trail.record or {}), **the_plan.predictions()}
        self._store.foresee(None, the_plan.differences)
        return None

    def absent(self, identity: Identity) -> None:
        """No record with *identity*."""
        try:
            record = self._store.find(identity)
        except NoResults:
            return  # what it would belong to is not there either
        if record is None:
            return
        shown = {name: record[name].display for name in SHOWN_OF_DELETED if name in record}
        self._trail.expects(shown, {})
        self._trail.record = record
        if self._trail.check_mode:
            self._trail.changed = True
        else:
            self._delete(identity, record)

    def _delete(self, identity: Identity, record: Record) -> None:
        try:
            self._store.delete(record)
        except NotFound:
            # Gone by an earlier attempt whose answer was lost, or by somebody else; unless it is only hidden.
            if self._store.find(identity) is not None:
                raise
            self._trail.wrote()

    def _make(self, identity: Identity, desired: Desired) -> Record | None:
        complete = {**desired, **identity.conditions}
        self._check_creatable(identity, complete)
        missing = self._types.missing(complete)
        self._types.hide(complete, self._trail)  # before anything is refused: a failure shows what was given
        self._refuse_unknown(missing)
        refuse_names(identity.conditions, self._kinds)
        complete = dict(self._types.without_blank_notes(complete))
        complete.update(self._users(None, complete, identity.conditions))
        the_plan = plan.for_create(complete, self._kinds, identity.conditions)
        self._trail.expects(the_plan.before(), the_plan.after())
        self.made = True
        if self._trail.check_mode:
            self._trail.changed = True
            self._trail.record = the_plan.predictions()
            self._store.foresee(None, the_plan.differences)
            return None
        with self._told(complete):
            record = self._create_once(identity, the_plan)
        record = self._verifier.verified(record, complete)
        if not identity.fits(record):
            raise Unapplied(f"The new record is no {identity}, and the next run would make another; delete it.")
        return record

    def _check_creatable(self, identity: Identity, complete: Desired) -> None:
        """Refuse to create what may not or cannot be made; in check mode an earlier task may be the one to make it."""
        missing = [column for column in self._policy.required if not complete.get(column)]
        if identity.creates and self._policy.if_missing == "create" and not missing:
            return
        if identity.creates and self._trail.check_mode:
            self._trail.warnings.append(
                f"There is no {identity} yet; check mode assumes that an earlier task would make it."
            )
            return
        advice = identity.advice
        if identity.creates and self._policy.if_missing == "create":
            advice = f"give {', '.join(missing)} to create it"
        raise NoResults(f"There is no {identity}; {advice}.")

    def _create_once(self, identity: Identity, the_plan: Plan) -> Record:
        """Create a record that is not there twice afterwards, whatever became of the first request."""
        return exactly_once(
            lambda: self._store.create(the_plan.differences),
            lambda: self._adopted(identity, the_plan),
            self._client.transport.retry_deadline,
        )

    def _adopted(self, identity: Identity, the_plan: Plan) -> Record | None:
        """What a request of unknown outcome has made, and the rest of the plan done; None if it made nothing."""
        record = self._store.find(identity)
        if record is None:
            return None
        self._trail.wrote(record)
        wanted = {item.column: item.wanted for item in the_plan.differences}
        rest = plan.for_update(record, self._store.pending(record, wanted), self._kinds)
        missing = tuple(item for item in rest.differences if item.kind != "journal")
        return self._store.update(record, missing) if missing else record

    def _bring(self, record: Record, desired: Desired) -> Record:
        desired, the_plan = self._planned(record, desired)
        self._refuse_unknown(the_plan.unknown)
        the_plan, full = self._types.without_full(record, the_plan)
        self._verifier.warn_cut(full)
        if not the_plan.differences:
            return record
        if self._trail.check_mode:
            self._store.foresee(record, the_plan.differences)
        # Of a record that this task has made there is nothing before.
        self._trail.expects({} if self.made else the_plan.before(), the_plan.after())
        if self._trail.check_mode:
            self._trail.changed = True
            self._trail.record = {**record, **the_plan.predictions()}
            return self._trail.record
        with self._told(desired):
            record = self._update_once(record, desired, the_plan)
        return self._verifier.verified(record, desired)

    @contextmanager
    def _told(self, desired: Desired) -> Iterator[None]:
        """Have the diff of a write that fails say what of it was done, by the record as it was last seen."""
        before = self._trail.record
        try:
            yield
        except SnowError as error:
            seen = self._trail.record
            if surely_not_done(error) and (seen is None or seen is before):
                self._trail.forgets(desired)
            elif surely_not_done(error) and seen is not None:
                self._trail.corrects(seen, self._verifier.misses(seen, desired))
            raise

    def _planned(self, record: Record, desired: Desired) -> tuple[Desired, Plan]:
        """What is still to be done to *record*, and the plan; planned again where types had to be learned for it."""
        desired = self._without_written_notes(record, self._store.pending(record, desired))
        asked = self._journals(desired)
        the_plan = plan.for_update(record, desired, self._kinds)
        learned = self._types.learn_from(the_plan)
        self._types.hide(desired, self._trail)  # before anything is refused: a failure shows what was given
        users = self._users(record, desired)
        if learned or users:
            desired = self._without_written_notes(record, {**desired, **users}, asked)
            the_plan = plan.for_update(record, desired, self._kinds)
        return desired, the_plan

    def _users(self, record: Record | None, desired: Desired, besides: Collection[str] = ()) -> Desired:
        try:
            return self._types.users(record, desired, besides)
        except InvalidUsage:
            if self._policy.unapplied != "warn":
                raise
            return {}  # as the instance takes the names

    def _update_once(self, record: Record, desired: Desired, the_plan: Plan) -> Record:
        """Update a record so that no note of it is written twice, whatever became of the first request."""
        if not any(item.kind == "journal" for item in the_plan.differences):
            return self._store.update(record, the_plan.differences)
        return exactly_once(
            lambda: self._store.update(record, the_plan.differences),
            lambda: self._continued(record, desired),
            self._client.transport.retry_deadline,
        )

    def _continued(self, record: Record, desired: Desired) -> Record | None:
        """What an update of unknown outcome left, and the rest of it done; None if its notes are not there."""
        current = self._store.reread(record)
        rest = self._without_written_notes(current, self._store.pending(current, desired))
        differences = plan.for_update(current, rest, self._kinds).differences
        if any(item.kind == "journal" for item in differences):
            return None
        self._trail.wrote(current)
        return self._store.update(current, differences) if differences else current

    def _journals(self, desired: Desired) -> list[str]:
        return [name for name in desired if plan.kind_of(name, self._kinds) == "journal"]

    def _without_written_notes(self, record: Record, desired: Desired, new: Collection[str] = ()) -> Desired:
        """What is left of *desired*; of the journals *new* it is known that they do not have their notes."""
        desired = self._types.without_blank_notes(desired)
        doubtful = [name for name in self._journals(desired) if name not in new]
        done = {name for name in doubtful if journal_holds(self._client, record, name, desired[name])}
        return {column: value for column, value in desired.items() if column not in done}

    def _refuse_unknown(self, columns: list[str] | tuple[str, ...]) -> None:
        if columns and self._policy.unapplied != "warn":
            raise not_shown(self._store.table, columns)
