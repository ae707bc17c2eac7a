# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate: a policy and facts in, a verdict out. No input or output.

docs/gate.md, "The rules", says what each rule means. It fails closed: what is unknown, missing or ambiguous is a no.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils import gate_parts, gate_rules
from ansible_collections.changegate.snow.plugins.module_utils.gate_facts import Facts
from ansible_collections.changegate.snow.plugins.module_utils.gate_policy import GatePolicy
from ansible_collections.changegate.snow.plugins.module_utils.gate_rules import Rule
from ansible_collections.changegate.snow.plugins.module_utils.gate_verdict import Verdict

#: What the change itself tells: one request.
OF_CHANGE: tuple[Rule, ...] = (
    gate_rules.states,
    gate_rules.approval,
    gate_rules.on_hold,
    gate_rules.window,
    gate_rules.types,
    gate_rules.models,
    gate_rules.risk,
    gate_rules.required_fields,
)
#: What has to be read besides.
OF_PARTS: tuple[Rule, ...] = (
    gate_parts.hosts,
    gate_parts.cis,
    gate_parts.conflicts,
    gate_parts.tasks,
    gate_parts.match,
    gate_parts.no_open_incidents,
    gate_parts.approved_by,
)


class Parts(NamedTuple):
    """Which parts of the change the policy asks about; the fields are those of :class:`Facts`."""

    items: bool
    tasks: bool
    conflicts: bool
    incidents: bool
    approvers: bool
    matched: bool


def evaluate(policy: GatePolicy, facts: Facts, rules: Iterable[Rule] = (*OF_CHANGE, *OF_PARTS)) -> Verdict:
    """What *policy* says of *facts*; with *rules*, only some of it."""
    return Verdict(tuple(finding for rule in rules for finding in rule(policy, facts)))


def parts_of(policy: GatePolicy) -> Parts:
    return Parts(
        items=bool(policy.hosts or policy.cis or policy.no_open_incidents),
        tasks=bool(policy.tasks_closed or policy.tasks_open),
        conflicts=policy.conflict_max_age is not None,
        incidents=policy.no_open_incidents,
        approvers=policy.four_eyes is not None,
        matched=policy.match is not None,
    )
