# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a change can go, what stands in its way, and how that is said.

Source: ServiceNow documentation, "Change Management API", GET /sn_chg_rest/change/{sys_id}/nextstates, and "State
model and transitions".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ansible_collections.changegate.snow.plugins.module_utils import walk
from ansible_collections.changegate.snow.plugins.module_utils.cells import Record
from ansible_collections.changegate.snow.plugins.module_utils.change_requests import ChangeRequests
from ansible_collections.changegate.snow.plugins.module_utils.change_rules import is_closed
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    Forbidden,
    NotFound,
    SnowError,
    TransitionRefused,
)
from ansible_collections.changegate.snow.plugins.module_utils.fields import CHANGE_STATES
from ansible_collections.changegate.snow.plugins.module_utils.plan import Named
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail


class StateWays:
    """The ways of one change. What check mode cannot know goes into the warnings of *trail*.

    :param state_match: ``exact``, or ``at_least``: a change that has passed the state has reached it.
    :param labels: asks for the states of this instance, value to label.
    """

    def __init__(
        self, api: ChangeRequests, trail: Trail, state_match: str, labels: Callable[[], Mapping[str, str]]
    ) -> None:
        self._api, self._trail, self._state_match, self._labels = api, trail, state_match, labels
        self._own_labels: Mapping[str, str] = {}

    def foresee(self, record: Record, target: str | None, retyped: bool) -> None:
        """Say what can be known beforehand of the way of *record* to *target* (None: it stays where it is).

        :param retyped: whether the type of the change is written as well.
        :raises TransitionRefused: it is out of reach, whatever an earlier task would do.
        """
        state = record.get("state")
        if state is None:
            return
        if state.value != CHANGE_STATES.order[0] and retyped:
            self._trail.warnings.append(
                f"{record['number'].value} is in {state.display}, and an instance lets type be changed in New only; "
                "check mode assumes that this one takes it."
            )
        if target is None:
            return
        target = self.known(record, target)
        refused, doubt = self._outlook(record, target)
        if refused:
            raise self.refused(record, target, refused, None)
        if doubt:
            self._trail.warnings.append(
                f"{record['number'].value} is in {record['state'].display}: {doubt}; check mode assumes that it can go "
                f"to {self._label(target)} by then."
            )

    def foresee_new(self, target: str | None) -> None:
        """A change that is not there cannot be asked where it can go."""
        made, new = self._trail.record or {}, CHANGE_STATES.order[0]
        kind = made["type"].value.casefold() if "type" in made else ""
        if target is None or target == new or walk.direct_step(new, target, kind):
            return
        self._trail.warnings.append(
            f"Where a new change can go nobody knows before it is there; check mode assumes that it can go to "
            f"{self._label(target)}."
        )

    def _outlook(self, record: Record, target: str) -> walk.Outlook:
        try:
            self.respect_rejection(record, target)
            states = self._api.next_states(record["sys_id"].value)
        except TransitionRefused as error:
            return walk.Outlook(doubt=error.detail or "")  # an earlier task may have asked again by then
        except (Forbidden, NotFound) as error:
            return walk.Outlook(doubt=f"the states that it can go to cannot be read ({error.detail or error.message})")
        return walk.outlook(states, record["state"].value, target, is_closed(record))

    def named_state(self, record: Record | None, wanted: str) -> Named | None:
        """The state *wanted*, which is none of the usual ones; None where nobody tells which states there are.

        :raises TransitionRefused: this instance has none of that name.
        """
        self._own_labels = self._labels()
        if not self._own_labels:
            return None
        value = walk.state_by_label(self._own_labels, wanted)
        if value is not None:
            return Named(value, self._own_labels[value])
        known = f"there is no such state; give one of {', '.join(self._own_labels.values())}"
        if record is None:
            raise TransitionRefused(f"state is {wanted!r}, but {known}. Nothing was written.", detail=known)
        states = self._api.next_states(record["sys_id"].value)
        if walk.named_state(states, wanted) in states.available:
            return None
        raise self.refused(record, wanted, known, None)

    def known(self, record: Record, target: str) -> str:
        """*target*, if it is a state of the usual process; of another one the instance is asked what it is."""
        if target in (*CHANGE_STATES.order, CHANGE_STATES.canceled) or target in self._own_labels:
            return target
        states = self._api.next_states(record["sys_id"].value)
        value = walk.named_state(states, target)
        if value not in states.available:
            raise self.refused(record, target, walk.obstacles(states, value, record["state"].value), None)
        return value

    def respect_rejection(self, record: Record, target: str) -> None:
        """Who was refused does not ask again on the way to somewhere else, only if that is what the task wants."""
        state, approval = record["state"].value, record.get("approval")
        if approval is None or approval.value != "rejected" or state == target:
            return
        change_type = record["type"].value if "type" in record else ""
        if not walk.direct_step(state, target, change_type):
            raise self.refused(record, target, "its approval was rejected; go to the next state to ask again", None)

    def why(self, record: Record, step: str, target: str) -> str:
        """The conditions that stand in the way, asked for only now that *step* was refused."""
        try:
            states = self._api.next_states(record["sys_id"].value)
        except SnowError as error:
            return f"the states that it can go to cannot be read ({error.detail or error.message})"
        state = record["state"].value
        if step in states.available and step != state:
            return f"the step to {states.label(step)} is offered, but the instance did not take it"
        return walk.obstacles(states, target, state)

    def refused(self, record: Record, target: str, reason: str, error: SnowError | None) -> TransitionRefused:
        number, state = record["number"].value, record["state"].display
        cause = f" ({error.detail.rstrip('.')})" if error is not None and error.detail else ""
        if self._state_match == "at_least" and not walk.are_ordered(record["state"].value, target):
            reason += (
                "; whether it is past that state cannot be told: nobody knows the order of the instance's own states"
            )
        return TransitionRefused(
            f"{number} is in {state} and did not go to {self._label(target)}{cause}: {reason}.",
            status=error.status if error else None,
            detail=error.detail if error else reason,
            request=error.request if error else None,
            transaction_id=error.transaction_id if error else None,
        )

    def _label(self, target: str) -> str:
        return self._own_labels.get(target) or CHANGE_STATES.label_of(target)
