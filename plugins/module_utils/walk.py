# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From one state of a change to another, over the steps that its model allows. No input or output.

Source: ServiceNow documentation, "State model and transitions", and the operation ``nextstates``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.change_states import NextStates
from ansible_collections.changegate.snow.plugins.module_utils.fields import CHANGE_STATES, SKIPPED_STATES


class Outlook(NamedTuple):
    """What is known before the first step: *refused* says why the state is out of reach, *doubt* what it hangs on."""

    refused: str = ""
    doubt: str = ""


def direct_step(state: str, target: str, change_type: str) -> bool:
    """Whether the standard process leads from *state* to *target* in one step, so that nobody has to be asked."""
    if target == CHANGE_STATES.canceled:
        return True
    skipped = SKIPPED_STATES.get(change_type, frozenset())
    order = [item for item in CHANGE_STATES.order if item not in skipped]
    if state not in order or target not in order:
        return False
    return order.index(target) == order.index(state) + 1


def next_step(states: NextStates, state: str, target: str, visited: Collection[str]) -> str | None:
    """The state to go to on the way to *target*, or None if there is none that may be taken now.

    Canceled is never a step, and no state is visited twice. Of several ways the one that goes furthest in the
    standard order without passing the target is taken; among states outside it, only one that has no rival. To a
    target outside the order no state of the order is a step: nobody knows what lies between.
    """
    open_ways = {way.to_state for way in states.transitions if way.available}
    if not states.transitions:
        open_ways = set(states.available)
    open_ways -= {state, CHANGE_STATES.canceled, *visited}
    if target in states.available and target in {*open_ways, CHANGE_STATES.canceled}:
        return target
    ahead = [item for item in open_ways if _between(item, state, target)]
    if ahead:
        return max(ahead, key=CHANGE_STATES.order.index)
    others = [item for item in open_ways if item not in CHANGE_STATES.order]
    return others[0] if len(others) == 1 and len(open_ways) == 1 else None


def step_to_try(states: NextStates, state: str, target: str, visited: Collection[str]) -> str | None:
    """As :func:`next_step`, where what is written along with the step may open it: no way is taken for closed but those
    that nobody but the instance takes."""
    ways = tuple(way._replace(available=way.available or not way.automatic) for way in states.transitions)
    open_ways = tuple(dict.fromkeys((*states.available, *(way.to_state for way in ways if way.available))))
    return next_step(states._replace(available=open_ways, transitions=ways), state, target, visited)


def may_open(states: NextStates, target: str, visited: Collection[str]) -> bool:
    """Whether a way that is closed now would lead on to *target*; also where nobody tells which ways there are."""
    if not states.transitions:
        return True
    closed = {way.to_state for way in states.transitions if not way.available}
    closed -= {CHANGE_STATES.canceled, *visited} - {target}
    here = next((way.from_state for way in states.transitions if way.from_state), "")
    return any(item == target or item not in CHANGE_STATES.order or _between(item, here, target) for item in closed)


def outlook(states: NextStates, state: str, target: str, ended: bool) -> Outlook:
    """What ``nextstates`` tells of the way from *state* to *target*. Conditions may be met by then, ways do not open.

    :param ended: whether the change is closed or canceled.
    """
    step = next_step(states, state, target, [state])
    if step == target:
        return Outlook()
    if step is not None:
        return Outlook(doubt=f"only the step to {states.label(step)} is known to be open")
    reason = obstacles(states, target, state)
    # Without a model nobody tells what may open, but what is offered leads nowhere but on.
    back = not states.transitions and CHANGE_STATES.is_past(state, target)
    if ended or back or not may_open(states, target, [state]):
        return Outlook(refused=reason)
    return Outlook(doubt=reason)


def are_ordered(state: str, target: str) -> bool:
    """Whether it is known which of the two comes first; a canceled change has passed nothing."""
    known = (*CHANGE_STATES.order, CHANGE_STATES.canceled)
    return state in known and target in known


def state_by_label(labels: Mapping[str, str], target: str) -> str | None:
    """The value of the state that *target* names by value or label, in any case."""
    if target in labels:
        return target
    return next((value for value, label in labels.items() if label.casefold() == target.casefold()), None)


def named_state(states: NextStates, target: str) -> str:
    """The value of the state *target*, which may be a label that only this instance has; itself if it is neither."""
    value = state_by_label(states.labels, target)
    return target if value is None else value


def _between(candidate: str, state: str, target: str) -> bool:
    """Whether *candidate* lies after *state* and not after *target*; an unknown beginning is no limit."""
    if candidate not in CHANGE_STATES.order or target not in CHANGE_STATES.order:
        return False
    after = state not in CHANGE_STATES.order or CHANGE_STATES.is_past(candidate, state)
    return after and not CHANGE_STATES.is_past(candidate, target)


def obstacles(states: NextStates, target: str, state: str = "") -> str:
    """Why the change cannot go on from *state* to *target*: the unmet conditions, or the states that it can go to."""
    blocked = [way for way in states.transitions if not way.available and way.unmet]
    relevant = [way for way in blocked if way.to_state == target] or [
        way for way in blocked if way.to_state != CHANGE_STATES.canceled
    ]
    if relevant:
        return "; ".join(dict.fromkeys(f"{way.name} waits for: {', '.join(way.unmet)}" for way in relevant))
    reachable = [states.label(item) for item in states.available if item != state]
    return f"from here it can go to {', '.join(reachable)}" if reachable else "no other state is open to it"
