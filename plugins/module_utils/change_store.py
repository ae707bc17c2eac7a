# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Change requests as records that converge can write: over the Change Management API, their state walked to.

Source: ServiceNow documentation, "Change Management API" and "State model and transitions".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from ansible_collections.changegate.snow.plugins.module_utils import walk
from ansible_collections.changegate.snow.plugins.module_utils.cells import Record
from ansible_collections.changegate.snow.plugins.module_utils.change_calls import ROOT
from ansible_collections.changegate.snow.plugins.module_utils.change_requests import ChangeRequests
from ansible_collections.changegate.snow.plugins.module_utils.change_rules import current, is_closed
from ansible_collections.changegate.snow.plugins.module_utils.change_states import NextStates
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    Forbidden,
    NotFound,
)
from ansible_collections.changegate.snow.plugins.module_utils.fields import CHANGE_STATES
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity
from ansible_collections.changegate.snow.plugins.module_utils.plan import (
    Desired,
    Difference,
    Payload,
    for_update,
    payload_of,
)
from ansible_collections.changegate.snow.plugins.module_utils.state_wait import StateWait
from ansible_collections.changegate.snow.plugins.module_utils.state_ways import StateWays
from ansible_collections.changegate.snow.plugins.module_utils.stores import FEW, Differences
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail
from ansible_collections.changegate.snow.plugins.module_utils.values import form_of

#: What a standard change has from its template, and does not take at its creation.
_OF_TEMPLATE = frozenset({"type", "chg_model", "description", "backout_plan", "test_plan", "implementation_plan"})

Seen = TypeVar("Seen", bound="Record | None")


class ChangeStore:
    """Change requests. Among their fields ``state`` is special: it is gone to over the steps of the process.

    :param state_match: ``exact``, or ``at_least``: a change that has passed the state has reached it.
    :param wait: how long to wait for what the change does by itself; not at all without it.
    :param labels: asks for the states of this instance, value to label.
    """

    table = "change_request"

    def __init__(
        self,
        api: ChangeRequests,
        trail: Trail,
        state_match: str = "exact",
        wait: StateWait | None = None,
        labels: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._api = api
        self._trail = trail
        self._state_match = state_match
        self._wait = wait or StateWait()
        self._arrived = False
        self._seen: Record | None = None
        self.ways = StateWays(api, trail, state_match, labels)
        #: Makes a new change with what can go into its creation, where that is not the usual one.
        self.make: Callable[[Payload], Record] | None = None
        #: Whether a closed change is as good as none.
        self.open_only = False
        #: Whether closed ones count as well, so that several are too many.
        self.exactly = False

    def find(self, identity: Identity) -> Record | None:
        if identity.sys_id is not None:
            try:
                return self._saw(identity.only([self._api.get(identity.sys_id)], f"GET {ROOT}/{identity.sys_id}"))
            except NotFound:
                return None
        query = f"{identity.query}^active=true" if self.open_only else identity.query
        found = list(self._api.changes(query, limit=FEW))
        return self._saw(identity.only(self._current(found), f"GET {ROOT}"))

    def _current(self, found: list[Record]) -> list[Record]:
        """Of several changes with one identity the open one: the others were followed by it."""
        if self.open_only:
            return [record for record in found if not is_closed(record)]
        # What is deleted is not followed by anything: the next run would find, and delete, the one before.
        return found if self.exactly else current(found, FEW)

    def reread(self, record: Record) -> Record:
        return self._saw(self._api.get(record["sys_id"].value))

    def create(self, differences: Differences) -> Record:
        state, fields = _split_state(differences)
        hold, fields = _split_hold(fields) if state is not None else ((), fields)
        record = self._made(fields)
        record = record if state is None else self._walk(record, (), state)
        return self._updated(record, payload_of(hold)) if hold else record

    def _made(self, fields: Differences) -> Record:
        """A new change; what its template or model made of it is compared, and what is other than wanted written."""
        if self.make is None:
            record = self._wrote(self._api.create(payload_of(fields), strict=False))
            sent = {item.column for item in fields if item.kind in ("journal", "secret")}
        else:
            first = tuple(item for item in fields if _goes_with_template(item))
            record = self._wrote(self.make(payload_of(first)))
            sent = set()
        if self.make is None and not any(item.column == "chg_model" for item in fields):
            return record
        wanted = {item.column: item.wanted for item in fields if item.column not in sent}
        rest = for_update(record, wanted, {item.column: item.kind for item in fields}).differences
        return self._updated(record, payload_of(rest)) if rest else record

    def update(self, record: Record, differences: Differences) -> Record:
        state, fields = _split_state(differences)
        if state is not None:
            hold, fields = _split_hold(fields)
            if not hold and any(item.column == "on_hold" for item in fields):
                # What is on hold can go nowhere, and the instance would say so if it were asked.
                record, fields = self._updated(record, payload_of(fields)), ()
            record = self._walk(record, fields, state)
            return self._updated(record, payload_of(hold)) if hold else record
        return self._updated(record, payload_of(fields))

    def delete(self, record: Record) -> None:
        self._api.delete(record["sys_id"].value)
        self._trail.wrote()

    def foresee(self, record: Record | None, differences: Differences) -> None:
        """Ask where the change can go, as the first step would be asked for; a state out of reach is refused."""
        target, fields = _split_state(differences)
        if record is None:
            self.ways.foresee_new(target)
        else:
            self.ways.foresee(record, target, any(item.column == "type" for item in fields))

    def pending(self, record: Record, desired: Desired) -> Desired:
        """A state that the change has passed counts if the task says ``at_least``, or if this task went through it."""
        wanted, state = desired.get("state"), record.get("state")
        if wanted is None or state is None:
            return desired
        passed = self._state_match == "at_least" and CHANGE_STATES.is_past(state.value, wanted)
        if passed or self._arrived:
            return {column: value for column, value in desired.items() if column != "state"}
        return desired

    def _updated(self, record: Record, payload: Payload) -> Record:
        answer = self._api.update(record["sys_id"].value, payload, strict=False)
        after = self._saw(answer) if "state" in answer else self.reread(answer)
        self._trail.updated(record, after, journal=not payload.repeatable)
        return after

    def _wrote(self, answer: Record) -> Record:
        record = self._saw(answer) if "state" in answer else self.reread(answer)
        self._trail.wrote(record)
        return record

    def _saw(self, record: Seen) -> Seen:
        """Note each step, whoever took it: also that of a request whose answer was lost, and those of the instance."""
        if record is not None and "state" in record:
            if self._seen is not None and self._seen["state"].value != record["state"].value:
                self._trail.transitions.append(_transition(self._seen, record))
            self._seen = record
        return record

    def _walk(self, record: Record, fields: Differences, target: str) -> Record:
        """Go to *target* step by step; *fields* are written along with the first step."""
        target = self.ways.known(record, target)
        self.ways.respect_rejection(record, target)
        visited: list[str] = []
        while record["state"].value != target:
            visited.append(record["state"].value)
            step = self._choose(record, target, visited, bool(fields))
            if isinstance(step, NextStates) and fields:
                # Before it is waited: whoever decides sees them as they are to be, and they may open the way.
                record = self._updated(record, payload_of(fields))
            elif isinstance(step, NextStates):
                record = self._waited(record, step, target, visited)
            else:
                record = self._step(record, payload_of(fields), step, target)
            fields = ()
            after = record["state"].value
            if after == visited[-1]:
                visited.pop()  # a step is open now that was not
            if CHANGE_STATES.is_past(after, target):
                break  # an automatic transition led on from the target at once
            if after != target and (step == target or after in visited):
                raise self.ways.refused(record, target, "the instance moved it there instead", None)
        self._arrived = True
        return record

    def _waited(self, record: Record, states: NextStates, target: str, visited: list[str]) -> Record:
        """The change when it has gone on or can."""
        waited = self._wait.pass_by(self._api, record, states, target, visited)
        after = self._saw(waited.record)
        self._trail.record = after
        if after["state"].value != record["state"].value:
            self._trail.wrote(after)
        if waited.obstacle:
            raise self.ways.refused(after, target, waited.obstacle, None)
        return after

    def _choose(self, record: Record, target: str, visited: list[str], more: bool) -> str | NextStates:
        """The next step; or, where none is open yet, what there is to wait for.

        :param more: whether something is written along with the step, which may be what it waits for.
        """
        state, change_type = record["state"].value, record["type"].value if "type" in record else ""
        # Who waits does not try what is not open yet, for notes would be written with each attempt.
        if walk.direct_step(state, target, change_type) and not (self._wait and target in CHANGE_STATES.order):
            return target
        states = self._api.next_states(record["sys_id"].value)
        step = walk.next_step(states, state, target, visited)
        if step is None and more and states.transitions and not self._wait:
            step = walk.step_to_try(states, state, target, visited)
        if step is None and (is_closed(record) or not (self._wait and walk.may_open(states, target, visited))):
            raise self.ways.refused(record, target, walk.obstacles(states, target, state), None)
        return states if step is None else step

    def _step(self, record: Record, payload: Payload, step: str, target: str) -> Record:
        combined = payload._replace(texts={**payload.texts, "state": step})
        sent = self._api.sent
        try:
            answer = self._api.update(record["sys_id"].value, combined, strict=False)
            after = self._saw(answer) if "state" in answer else self.reread(record)
        except Forbidden as error:
            # Of several attempts an earlier one may have been carried out, and the last refused for that reason.
            # One that is waited for may have moved by itself meanwhile.
            after = self.reread(record) if self._wait or self._api.sent > sent + 1 else record
            if after["state"].value == record["state"].value:
                raise self.ways.refused(record, target, self.ways.why(record, step, target), error) from error
        self._trail.updated(record, after, journal=not payload.repeatable)
        if after["state"].value == record["state"].value:
            raise self.ways.refused(after, target, self.ways.why(after, step, target), None)
        return after


def _transition(before: Record, after: Record) -> dict[str, str]:
    """One entry of the ``transitions`` return value; the time is the instance's, in UTC."""
    moment = after["sys_updated_on"].value if "sys_updated_on" in after else ""
    return {"from": before["state"].display, "to": after["state"].display, "at": moment}


def _goes_with_template(item: Difference) -> bool:
    """Whether a standard change can be made with it; names, notes and what is the template's own are written after."""
    if item.key:
        return True
    own = item.kind in ("journal", "secret") or item.column in _OF_TEMPLATE
    return not own and form_of(item.kind, item.wanted, item.before) != "display"


def _split_hold(differences: Differences) -> tuple[Differences, Differences]:
    """What puts a change on hold, and all else: from there it could go nowhere but to Canceled."""
    held = any(item.column == "on_hold" and item.new.lower() in ("true", "1", "yes") for item in differences)
    hold = tuple(item for item in differences if held and item.column in ("on_hold", "on_hold_reason"))
    return hold, tuple(item for item in differences if item not in hold)


def _split_state(differences: Differences) -> tuple[str | None, Differences]:
    state = next((item.new for item in differences if item.column == "state"), None)
    return state, tuple(item for item in differences if item.column != "state")
