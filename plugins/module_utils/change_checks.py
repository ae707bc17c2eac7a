# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is looked at before a change is written, so that nothing wrong is, and nothing at all where that is wished.

Each look-up is made only for what is about to be written; what the change holds already costs none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any, NoReturn

from ansible_collections.changegate.snow.plugins.module_utils.cells import Record, text_of
from ansible_collections.changegate.snow.plugins.module_utils.change_origin import Origin, model_named
from ansible_collections.changegate.snow.plugins.module_utils.change_rules import (
    LeftAlone,
    check_hold,
    is_closed,
    kept_without,
    respect_closed,
    respect_missing,
    unlike,
)
from ansible_collections.changegate.snow.plugins.module_utils.change_store import ChangeStore
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.fields import CHANGE_STATES, PEOPLE, PEOPLE_LISTS
from ansible_collections.changegate.snow.plugins.module_utils.lookups import check_choices
from ansible_collections.changegate.snow.plugins.module_utils.people import lists_to_resolve, resolve, to_resolve
from ansible_collections.changegate.snow.plugins.module_utils.plan import Desired, chosen
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail
from ansible_collections.changegate.snow.plugins.module_utils.values import is_empty, same


class ChangeChecks:
    """The checks of one task.

    :param desired: all that the task wants, its state included.
    :param origin: the template that a new change is made from, if any.
    :param if_closed: ``fail``, ``keep`` or ``create``; None asks for nothing.
    :param creates: whether the task may make a change that is not there.
    :param around: the options about what is no column of a closed change, and not as they ask for.
    """

    def __init__(
        self,
        client: Client,
        store: ChangeStore,
        desired: Desired,
        kinds: Mapping[str, str],
        trail: Trail,
        origin: Origin | None = None,
        *,
        if_missing: str | None = None,
        if_closed: str | None = None,
        creates: bool = True,
        around: Callable[[Record], Collection[str]] = lambda _record: (),
    ) -> None:
        self._client, self._store, self._trail = client, store, trail
        self._desired, self._kinds, self._origin = desired, kinds, origin
        self._if_missing, self._if_closed, self._creates = if_missing, if_closed, creates
        self._around = around

    def __call__(self, record: Record | None) -> Desired:
        """Look at the change *record* (None: it is not there yet); the columns whose values are now better known.

        :raises LeftAlone: nothing is to be done.
        """
        respect_missing(record, self._if_missing)
        if record is None and not self._creates:
            return {}
        desired = self._desired if record is None else self._store.pending(record, self._desired)
        if record is not None and self._if_closed:
            self._trail.record = record
        protected = record is not None and self._if_closed in ("fail", "keep") and is_closed(record)
        if record is not None and protected and self._if_closed == "keep":
            self._keep(record, desired)
        resolved = self._people(record, desired)
        desired = {**desired, **resolved}
        if record is not None and protected:
            respect_closed(record, desired, self._kinds, self._around(record))
        better: dict[str, Any] = check_hold(record, desired)
        if self._origin is not None:
            self._origin.check(record)
        better.update(self._model(record))
        better.update(self._state(record, desired))
        check_choices(self._client, self._store.table, chosen(record, self._desired, self._kinds))
        return {**better, **resolved}

    def _keep(self, record: Record, desired: Desired) -> NoReturn:
        """Leave the change alone, and warn if something else is wanted.

        Who is meant by a user name or an e-mail is looked up only where nothing but that decides about the warning.
        """
        rest = [*unlike(record, desired, self._kinds), *self._around(record)]
        if rest and set(rest) <= _by_key(record, desired):
            # Whoever is not known is not the one whom the change has.
            with suppress(InvalidUsage):
                rest = unlike(record, {**desired, **self._people(record, desired)}, self._kinds)
        if rest:
            self._trail.warnings.append(kept_without(record, rest))
        raise LeftAlone

    def _people(self, record: Record | None, desired: Desired) -> Desired:
        lists = lists_to_resolve(record, desired, PEOPLE_LISTS)
        return resolve(self._client, to_resolve(record, desired, PEOPLE), lists)

    def _model(self, record: Record | None) -> Desired:
        wanted = self._desired.get("chg_model")
        if is_empty(wanted) or _holds("reference", wanted, record, "chg_model"):
            return {}
        model = model_named(self._client, text_of(wanted).strip())
        return {} if model is None else {"chg_model": model}

    def _state(self, record: Record | None, desired: Desired) -> Desired:
        """A state that only this instance has, by its value; one that it does not have is refused now."""
        wanted = desired.get("state")
        if (
            is_empty(wanted)
            or CHANGE_STATES.is_known(text_of(wanted))
            or _holds("change_state", wanted, record, "state")
        ):
            return {}
        state = self._store.ways.named_state(record, text_of(wanted))
        return {} if state is None else {"state": state}


def _by_key(record: Record, desired: Desired) -> set[str]:
    """The columns with users that a change cannot show to be the same: it shows names, and a key has no blank."""
    people = {column: [text] for column, text in to_resolve(record, desired, PEOPLE).items()}
    given = {**people, **lists_to_resolve(record, desired, PEOPLE_LISTS)}
    return {column for column, texts in given.items() if any(len(text.split()) == 1 for text in texts)}


def _holds(kind: str, wanted: object, record: Record | None, column: str) -> bool:
    return record is not None and column in record and same(kind, wanted, record[column])
