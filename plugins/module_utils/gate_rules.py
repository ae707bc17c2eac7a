# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the gate about the change itself: what its own columns and the time say. No input or output.

Each takes the policy and the facts and gives its findings; none if it does not apply. docs/gate.md, "The rules", says
what each of them means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell
from ansible_collections.changegate.snow.plugins.module_utils.fields import CHANGE_STATES
from ansible_collections.changegate.snow.plugins.module_utils.gate_facts import Facts
from ansible_collections.changegate.snow.plugins.module_utils.gate_policy import ANY, GatePolicy, Window
from ansible_collections.changegate.snow.plugins.module_utils.gate_texts import (
    is_approval,
    is_named,
    is_state,
    is_unclear_state,
    norm,
    number_of,
    plain,
)
from ansible_collections.changegate.snow.plugins.module_utils.gate_verdict import Finding, broken, either, kept
from ansible_collections.changegate.snow.plugins.module_utils.query import utc_text
from ansible_collections.changegate.snow.plugins.module_utils.values import parse_datetime

Rule = Callable[[GatePolicy, Facts], Iterator[Finding]]

#: States that a change does not leave.
_ENDED = (CHANGE_STATES.value_of("closed"), CHANGE_STATES.canceled)
_REJECTED = "rejected"
_TIMELESS = "the instance does not tell its time"


def states(policy: GatePolicy, facts: Facts) -> Iterator[Finding]:
    rule, wanted, cell = "states", either(policy.states), facts.change.get("state")
    if cell is None or not cell.value.strip():
        yield broken(rule, wanted, "", _hidden(cell, "state"))
        return
    ended = cell.value.strip() in _ENDED
    if policy.states == (ANY,):
        wanted, good = "any state but Closed and Canceled", not ended
    else:
        good = any(is_state(state, cell) for state in policy.states)
    good = good and not is_unclear_state(cell.value.strip())
    if good:
        yield kept(rule, wanted, _shown(cell), f"it is in {cell.display or cell.value}")
    else:
        yield broken(rule, wanted, _shown(cell), f"its state is {_shown(cell)}, not {wanted}", final=ended)


def approval(policy: GatePolicy, facts: Facts) -> Iterator[Finding]:
    rule, wanted, cell = "approval", either(policy.approval), facts.change.get("approval")
    if cell is None or not cell.value.strip():
        yield broken(rule, wanted, "", _hidden(cell, "approval"))
        return
    rejected = norm(cell.value) == _REJECTED
    if policy.approval == (ANY,):
        wanted, good = "anything but rejected", not rejected
    else:
        good = any(is_approval(each, cell) for each in policy.approval)
    found = cell.display or cell.value
    if good:
        yield kept(rule, wanted, cell.value, f"its approval is {found}")
    else:
        yield broken(rule, wanted, cell.value, f"its approval is {found}, not {wanted}", final=rejected)


def on_hold(policy: GatePolicy, facts: Facts) -> Iterator[Finding]:
    if policy.may_be_on_hold:
        return
    rule, wanted, cell = "on_hold", "false", facts.change.get("on_hold")
    value = "" if cell is None else plain(cell.value)
    if value in ("false", "0"):
        yield kept(rule, wanted, value, "it is not on hold")
    elif value in ("true", "1"):
        reason = facts.change.get("on_hold_reason", Cell("", "")).value.strip().rstrip(".")
        yield broken(rule, wanted, value, f"it is on hold{': ' if reason else ''}{reason}")
    else:
        yield broken(rule, wanted, value, _hidden(cell, "on_hold"))


def window(policy: GatePolicy, facts: Facts) -> Iterator[Finding]:
    if policy.window is None:
        return
    start, end, now = planned(facts, "start_date"), planned(facts, "end_date"), facts.now
    wanted = _wanted_time(start, end, policy.window)
    found = _TIMELESS if now is None else utc_text(now)
    problem, final = _outside(start, end, now, policy.window)
    if problem or now is None or end is None:
        yield broken("window", wanted, found, problem, final)
    else:
        ends = "ends" if now < end else "ended, within the grace,"
        yield kept("window", wanted, found, f"its window {ends} at {utc_text(end)} UTC")


def types(policy: GatePolicy, facts: Facts) -> Iterator[Finding]:
    if not policy.types:
        return
    wanted, cell = either(policy.types), facts.change.get("type")
    if cell is None or not cell.value.strip():
        yield broken("type", wanted, "", _hidden(cell, "type"))
    elif plain(cell.value) in map(plain, policy.types):
        yield kept("type", wanted, cell.value, f"its type is {cell.value}")
    else:
        yield broken("type", wanted, cell.value, f"its type is {cell.value}, not {wanted}")


def models(policy: GatePolicy, facts: Facts) -> Iterator[Finding]:
    if not policy.models:
        return
    wanted, cell = either(policy.models), facts.change.get("chg_model")
    if cell is None or not cell.value.strip():
        yield broken("model", wanted, "", _hidden(cell, "chg_model"))
    elif any(is_named(model, cell) for model in policy.models):
        yield kept("model", wanted, cell.display, f"its model is {cell.display}")
    else:
        yield broken("model", wanted, cell.display, f"its model is {cell.display}, not {wanted}")


def risk(policy: GatePolicy, facts: Facts) -> Iterator[Finding]:
    if policy.risk_at_most is None:
        return
    rule, cell, most = "risk_at_most", facts.change.get("risk"), number_of(policy.risk_at_most)
    found = None if cell is None else number_of(cell.value)
    if cell is None or found is None or most is None:
        yield broken(rule, policy.risk_at_most, "" if cell is None else cell.value, _hidden(cell, "risk"))
    elif found >= most:
        yield kept(rule, policy.risk_at_most, _shown(cell), f"its risk is {_shown(cell)}")
    else:
        yield broken(rule, policy.risk_at_most, _shown(cell), f"its risk is {_shown(cell)}, above the {most} allowed")


def required_fields(policy: GatePolicy, facts: Facts) -> Iterator[Finding]:
    for column in policy.required_fields:
        cell = facts.change.get(column)
        if cell is None or not cell.value.strip():
            yield broken("required_fields", f"a value in {column}", "", _hidden(cell, column))
        else:
            yield kept("required_fields", f"a value in {column}", cell.value, f"{column} is filled")


def duration(time: timedelta) -> str:
    """*time* for a person, in its two largest units."""
    seconds = max(0, int(time.total_seconds()))
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    parts = [(seconds // size % wrap, name) for (name, size), wrap in zip(units, (10**9, 24, 60, 60))]
    while len(parts) > 1 and not parts[0][0]:
        parts.pop(0)
    return " ".join(f"{count} {name}" for count, name in parts[:2] if count or len(parts) == 1)


def planned(facts: Facts, column: str) -> datetime | None:
    """The planned time in *column*, or None."""
    return parse_datetime(facts.change[column].value) if column in facts.change else None


def _wanted_time(start: datetime | None, end: datetime | None, window: Window) -> str:
    inside = " to ".join("not planned" if moment is None else utc_text(moment) for moment in (start, end))
    return ", ".join([inside, *(f"{name} {seconds} s" for name, seconds in window._asdict().items() if seconds)])


def _outside(start: datetime | None, end: datetime | None, now: datetime | None, window: Window) -> tuple[str, bool]:
    """Why the present is not inside, empty if it is; and whether no later moment can be."""
    least, early, grace = (timedelta(seconds=seconds) for seconds in window)
    # In this order: the last day of the calendar and a grace are no date.
    left = None if end is None or now is None else (end - now) + grace
    over = left is not None and (left <= timedelta() or left < least)
    if start is None or end is None:
        missing = " and ".join(name for name, moment in (("start", start), ("end", end)) if moment is None)
        return f"its planned {missing} is not set", over
    if start >= end:
        return f"its planned end {utc_text(end)} is not after its planned start {utc_text(start)}", over
    if now is None:
        return _TIMELESS, False
    if early + (end - start) + grace < least:
        return f"its window is shorter than {duration(least)}", True
    if over:
        return _over(end, end - now, least), True
    return (f"its window begins at {utc_text(start)} UTC", False) if start - now > early else ("", False)


def _over(end: datetime, left: timedelta, least: timedelta) -> str:
    if left <= timedelta():
        return f"its window ended {duration(-left)} ago, at {utc_text(end)} UTC"
    return f"its window has only {duration(left)} left, less than {duration(least)}"


def _shown(cell: Cell) -> str:
    """What is displayed, and the stored value if that is another."""
    shown = cell.display or cell.value
    return shown if plain(shown) == plain(cell.value) else f"{shown} ({cell.value.strip()})"


def _hidden(cell: Cell | None, column: str) -> str:
    if cell is None:
        return f"it does not show {column}: the user may not read it, or there is no such column"
    return f"{column} is empty" if not cell.value.strip() else f"{column} is {cell.value!r}, which nobody understands"
