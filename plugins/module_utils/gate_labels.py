# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The labels of a gate's policy, proven by the choice lists of the instance. Asked for only where one is not shipped.

A word that is no choice would keep the gate closed for ever: it is a slip of the pen, and said at once.

Source: ServiceNow documentation, table "Choice" (sys_choice).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ansible_collections.changegate.snow.plugins.module_utils import labels
from ansible_collections.changegate.snow.plugins.module_utils.choices import Choice, listed
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.fields import CHANGE_STATES
from ansible_collections.changegate.snow.plugins.module_utils.gate_policy import ANY, GatePolicy
from ansible_collections.changegate.snow.plugins.module_utils.gate_texts import is_shipped_approval, norm, number_of
from ansible_collections.changegate.snow.plugins.module_utils.lookups import choices_of

_TABLE = "change_request"


def resolved(client: Client, policy: GatePolicy) -> GatePolicy:
    """*policy* with values for labels where a rule compares values only. No request unless a label is not shipped.

    :raises InvalidUsage: a word that is no choice of its column on this instance.
    """
    if policy.match is not None:
        policy = policy._replace(match=labels.resolved(client, _TABLE, policy.match))
    words = {"state": _own_states(policy), "approval": _own_approvals(policy), "risk": _own_risks(policy)}
    asked = [column for column, named in words.items() if named]
    if not asked:
        return policy
    lists = choices_of(client, _TABLE, asked, active=False)
    for column in asked:
        for word in words[column]:
            choice = _choice(column, word, lists.get(column, ()))
            if column == "risk":
                policy = policy._replace(risk_at_most=_number(choice))
    return policy


def _own_states(policy: GatePolicy) -> list[str]:
    shipped = (*CHANGE_STATES.values, ANY)
    return [state for state in policy.states if norm(state) not in shipped and not CHANGE_STATES.is_known(state)]


def _own_approvals(policy: GatePolicy) -> list[str]:
    return [each for each in policy.approval if each != ANY and not is_shipped_approval(each)]


def _own_risks(policy: GatePolicy) -> Collection[str]:
    risk = policy.risk_at_most
    return [] if risk is None or number_of(risk) is not None else [risk]


def _choice(column: str, word: str, choices: Sequence[Choice]) -> Choice | None:
    found = next((choice for choice in choices if choice.is_meant_by(word)), None)
    if found is None and choices:
        raise InvalidUsage(f"{column} is never {word!r} on this instance; it has {listed(choices)}.")
    return found


def _number(choice: Choice | None) -> str:
    if choice is None:
        raise InvalidUsage("The user may not read what risks there are; give risk_at_most as a number, such as 3.")
    if number_of(choice.value) is None:
        raise InvalidUsage(f"The risk {choice} is no number, so nothing is at most that; use match instead.")
    return choice.value
