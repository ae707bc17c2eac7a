# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the gate about what belongs to the change: items, tasks, approvals, conflicts. No input or output.

Each takes the policy and the facts and gives its findings; none if it does not apply. docs/gate.md, "The rules", says
what each of them means.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import timedelta

from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell
from ansible_collections.changegate.snow.plugins.module_utils.gate_facts import (
    Approver,
    ChangeTask,
    Facts,
    Item,
    Unknown,
)
from ansible_collections.changegate.snow.plugins.module_utils.gate_policy import FourEyes, GatePolicy
from ansible_collections.changegate.snow.plugins.module_utils.gate_rules import duration
from ansible_collections.changegate.snow.plugins.module_utils.gate_texts import host_key, norm, plain
from ansible_collections.changegate.snow.plugins.module_utils.gate_verdict import Finding, broken, either, kept

#: How far in the future a check may seem to have begun: the nodes of an instance have clocks of their own.
_CLOCKS_DIFFER = timedelta(seconds=60)
_CLOSED, _OPEN = ("3",), ("1", "2")
_NOTHING = Cell("", "")
#: How many names a sentence holds.
_NAMED = 5


def hosts(policy: GatePolicy, facts: Facts) -> Iterator[Finding]:
    for name in policy.hosts:
        yield _affected("hosts", name, facts, lambda item: (item.sys_id, item.name, item.fqdn, item.ip_address))


def cis(policy: GatePolicy, facts: Facts) -> Iterator[Finding]:
    for name in policy.cis:
        yield _affected("cis", name, facts, lambda item: (item.sys_id, item.name))


def conflicts(policy: GatePolicy, facts: Facts) -> Iterator[Finding]:
    if policy.conflict_max_age is None:
        return
    rule, most, outcome = "conflicts", timedelta(seconds=policy.conflict_max_age), facts.conflicts
    wanted = f"no conflicts, checked in the last {duration(most)}"
    if isinstance(outcome, Unknown):
        yield broken(rule, wanted, "", f"nobody knows of conflicts: {outcome.why}")
        return
    found = outcome.status or outcome.state
    age = None if facts.now is None or outcome.began is None else facts.now - outcome.began
    problem = ""
    if outcome.conflicts:
        kinds = ", ".join(dict.fromkeys(outcome.conflicts))
        problem = f"it has {_count(len(outcome.conflicts), 'conflict')} ({kinds})"
    elif outcome.state != "complete":
        problem = f"its conflict check is {outcome.state}" if outcome.state != "none" else "no conflict check was run"
    elif norm(facts.change.get("conflict_status", _NOTHING).value) != "no conflict":
        # What the check itself says is "Conflict" even where it found none, so the document.
        problem = "its conflict_status is not No Conflict, although the last check lists none"
    elif age is None:
        problem = "nobody knows when its conflict check began"
    elif age > most:
        problem = f"its conflict check is older than {duration(most)}"
    elif age < -_CLOCKS_DIFFER:
        problem = "its conflict check began in the future"
    yield broken(rule, wanted, found, problem) if problem else kept(rule, wanted, found, "no conflicts")


def wants_check(policy: GatePolicy, facts: Facts) -> bool:
    """Whether the rule about conflicts is broken for want of a recent outcome, and not by conflicts."""
    outcome, most = facts.conflicts, policy.conflict_max_age
    if most is None or isinstance(outcome, Unknown) or all(finding.kept for finding in conflicts(policy, facts)):
        return False
    ended = outcome.state == "complete" and facts.now is not None and outcome.began is not None
    return not ended or (facts.now - outcome.began).total_seconds() > most  # type: ignore[operator]


def tasks(policy: GatePolicy, facts: Facts) -> Iterator[Finding]:
    yield from _tasks("closed", policy.tasks_closed, _CLOSED, facts)
    yield from _tasks("open", policy.tasks_open, _OPEN, facts)


def match(policy: GatePolicy, facts: Facts) -> Iterator[Finding]:
    if policy.match is None:
        return
    wanted = str(policy.match)
    if isinstance(facts.matched, Unknown):
        yield broken("match", wanted, "", f"nobody knows whether it matches: {facts.matched.why}")
    elif facts.matched is True:
        yield kept("match", wanted, "it matches", "it matches the conditions")
    else:
        yield broken("match", wanted, "it does not match", f"it does not match {wanted}")


def no_open_incidents(policy: GatePolicy, facts: Facts) -> Iterator[Finding]:
    if not policy.no_open_incidents:
        return
    rule, wanted = "no_open_incidents", "no active incident of the affected items"
    items, incidents = facts.items, facts.incidents
    if isinstance(items, Unknown):
        yield broken(rule, wanted, "", f"nobody knows of incidents: {items.why}")
    elif isinstance(incidents, Unknown):
        yield broken(rule, wanted, "", f"nobody knows of incidents: {incidents.why}")
    elif not items:
        yield broken(rule, wanted, "", "it has no affected items whose incidents could be looked for")
    elif incidents.total or incidents.numbers:
        names = ", ".join(incidents.numbers[:_NAMED]) or "none that the user may read"
        yield broken(
            rule, wanted, str(incidents.total), f"its items have {_count(incidents.total, 'active incident')} ({names})"
        )
    else:
        yield kept(rule, wanted, "0", "no active incidents")


def approved_by(policy: GatePolicy, facts: Facts) -> Iterator[Finding]:
    if policy.four_eyes is None:
        return
    rule, eyes = "approved_by", policy.four_eyes
    wanted = _wanted_people(eyes)
    if isinstance(facts.approvers, Unknown):
        yield broken(rule, wanted, "", f"nobody knows who approved: {facts.approvers.why}")
        return
    requester, opener = facts.change.get("requested_by"), facts.change.get("opened_by")
    if requester is None or opener is None or not requester.value.strip():
        yield broken(rule, wanted, "", "it does not show who requested and who opened it")
        return
    own = {plain(requester.value), plain(opener.value)}
    allowed = [row for row in facts.approvers if row.state == "approved" and row.user.strip()]
    allowed = [row for row in allowed if _is_among(row, eyes, facts.approvers)]
    people = {plain(row.user): row.user_name or row.user for row in allowed}
    others = [name for user, name in people.items() if user not in own]
    found = ", ".join(others)
    if len(others) >= max(1, eyes.at_least):
        yield kept(rule, wanted, found, f"approved by {found}")
    else:
        itself = "; who requested or opened it does not count" if len(others) < len(people) else ""
        yield broken(rule, wanted, found, f"it is approved by {found or 'nobody'}, not by {wanted}{itself}")


def _affected(rule: str, name: str, facts: Facts, names: Callable[[Item], Sequence[str]]) -> Finding:
    """Whether *name* is exactly one of the affected items, each of which is called by *names*."""
    if isinstance(facts.items, Unknown):
        return broken(rule, name, "", f"nobody knows whether {name} is affected: {facts.items.why}")
    key = host_key(name)
    bearers = [item for item in facts.items if key in {host_key(text) for text in names(item) if text.strip()}]
    found = {plain(item.sys_id): item for item in bearers}
    shown = ", ".join(f"{item.name} ({item.sys_id})" for item in found.values())
    if len(found) == 1 and "" not in found:
        return kept(rule, name, shown, f"{name} is affected")
    if found:
        return broken(rule, name, shown, f"{name} is ambiguous among the affected items: {shown}")
    there = ", ".join(item.name or item.sys_id for item in facts.items[:_NAMED])
    more = " and others" if len(facts.items) > _NAMED else ""
    return broken(rule, name, f"{there}{more}", f"{name} is not among the affected items")


def _tasks(what: str, wanted: Sequence[str], states: Collection[str], facts: Facts) -> Iterator[Finding]:
    for name in wanted:
        text = f"{name} {what}"
        if isinstance(facts.tasks, Unknown):
            yield broken("tasks", text, "", f"nobody knows whether the task {name} is {what}: {facts.tasks.why}")
            continue
        found = [task for task in facts.tasks if plain(name) in (plain(task.number), plain(task.short_description))]
        other = [task for task in found if task.state.strip() not in states]
        shown = ", ".join(_shown_task(task) for task in found)
        if not found:
            yield broken("tasks", text, "", f"it has no task {name}")
        elif other:
            listed = ", ".join(_shown_task(task) for task in other[:_NAMED])
            yield broken("tasks", text, shown, f"its task {name} is not {what}: {listed}")
        else:
            yield kept("tasks", text, shown, f"the task {name} is {what}")


def _shown_task(task: ChangeTask) -> str:
    return f"{task.number or task.short_description} is {task.label or task.state or 'in no state'}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _wanted_people(eyes: FourEyes) -> str:
    count = "somebody" if eyes.at_least <= 1 else f"{eyes.at_least} people"
    among = [*(f"of {group}" for group in eyes.groups), *eyes.users]
    return f"{count} ({either(among)})" if among else f"{count} other than the requester"


def _is_among(row: Approver, eyes: FourEyes, rows: Sequence[Approver]) -> bool:
    if not eyes.groups and not eyes.users:
        return True
    if {plain(group) for group in eyes.groups} & {plain(group) for group in row.groups if group.strip()}:
        return True
    return any(_is_only(user, row, rows) for user in eyes.users)


def _is_only(user: str, row: Approver, rows: Sequence[Approver]) -> bool:
    """Whether *user* names the approver of *row* and nobody else who was asked."""
    return _names(user, row) and len({plain(each.user) for each in rows if _names(user, each)}) == 1


def _names(user: str, row: Approver) -> bool:
    return plain(user) in {plain(text) for text in (row.user, row.user_name, row.email) if text.strip()}
