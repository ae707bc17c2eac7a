# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked for of one task of a change, or of several that belong together. No input or output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from ansible_collections.changegate.snow.plugins.module_utils import fields, identity
from ansible_collections.changegate.snow.plugins.module_utils.cells import Record
from ansible_collections.changegate.snow.plugins.module_utils.change_rules import check_periods
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, SnowError
from ansible_collections.changegate.snow.plugins.module_utils.fields import Field, States
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity
from ansible_collections.changegate.snow.plugins.module_utils.plan import Desired

#: The options that name a task; the first that is given counts.
IDENTITIES = ("sys_id", "number", "correlation_id", "short_description")
#: Characters of a summary, as every instance begins with: what is longer would be cut, and never be found again.
_LONGEST = 160
#: Between two tasks of a list, so that one more finds a place.
_STEP = 10


class Options(Protocol):
    """Where the options of a task come from."""

    params: Mapping[str, Any]
    given: frozenset[str]

    def options(self, names: Iterable[str]) -> dict[str, Any]: ...

    def desired(self, fields: Iterable[Field], more: str | None = None) -> dict[str, Any]: ...

    def state(self, states: States) -> dict[str, str]: ...


class Wish(NamedTuple):
    """One task as it should be.

    :param label: what it is called in messages and results.
    :param purged: it should not be there because nobody listed it.
    """

    label: str
    identity: Identity
    desired: Desired
    absent: bool = False
    state_match: str = "exact"
    purged: bool = False


def wish_of(asked: Options) -> Wish:
    """The task that the options name; raises :class:`InvalidUsage` where they make no sense."""
    who = identity.chosen("change task", asked.options(IDENTITIES), IDENTITIES)
    state = str(asked.params["state"] or "").strip()
    if "state" in asked.given and not state:
        raise InvalidUsage("state is empty, which no task can be in; leave it out to keep the state as it is.")
    desired = asked.desired(fields.CHANGE_TASK, more="fields")
    check_periods(desired)
    (label,) = who.conditions.values()
    if "short_description" in who.conditions and len(str(label)) > _LONGEST:
        raise InvalidUsage(
            f"short_description has {len(str(label))} characters, of which an instance keeps {_LONGEST}, so that the "
            "task would not be found by it; give a correlation_id."
        )
    if state.lower() != "absent":
        desired.update(asked.state(fields.CHANGE_TASK_STATES))
        return Wish(str(label), who, desired, state_match=asked.params["state_match"])
    rest = [column for column in desired if column not in IDENTITIES]
    if rest:
        raise InvalidUsage(f"state=absent deletes {who}; it does not go with {', '.join(rest)}.")
    return Wish(str(label), who, {}, absent=True)


def wishes_of(asked: Sequence[Options]) -> list[Wish]:
    """The tasks of a list, each in its place: ``order`` is 10 more than that of the one before, where it is not given.

    :raises InvalidUsage: two of them are one task, or one makes no sense; the text says which.
    """
    wishes: list[Wish] = []
    order: object = 0
    for position, options in enumerate(asked):
        try:
            wish = wish_of(options)
        except SnowError as error:
            raise type(error)(f"tasks[{position}]: {error}") from None
        if not wish.absent:
            if "order" not in wish.desired:
                wish = wish._replace(desired={**wish.desired, "order": _after(order)})
            order = wish.desired["order"]
        wishes.append(wish)
    _check_different(wishes)
    return wishes


def check_apart(wishes: Sequence[Wish], tasks: Sequence[Record]) -> None:
    """Raise :class:`InvalidUsage` if two wishes, named in two ways, are about one of *tasks*."""
    for task in tasks:
        labels = [wish.label for wish in wishes if wish.identity.fits(task)]
        if len(labels) > 1:
            raise InvalidUsage(f"tasks names {task['number'].value} twice, as {' and as '.join(labels)}; name it once.")


def is_over(task: Record) -> bool:
    """Whether a task is closed or canceled, so that it tells what was done."""
    states, state = fields.CHANGE_TASK_STATES, task["state"].value if "state" in task else ""
    inactive = "active" in task and task["active"].value == "false"
    return inactive or state in (states.order[-1], states.canceled)


def _after(order: object) -> int:
    try:
        return int(str(order)) + _STEP
    except ValueError:
        return _STEP


def _check_different(wishes: Sequence[Wish]) -> None:
    names: dict[tuple[str, str], str] = {}
    for wish in wishes:
        (column,) = wish.identity.conditions
        key = (column, _key(wish.label))
        if key in names:
            raise InvalidUsage(f"tasks holds two with the {column} {wish.label!r}; name each task once.")
        names[key] = wish.label
    summaries = [_key(wish.desired.get("short_description")) for wish in wishes]
    for wish in wishes:
        if (
            "short_description" in wish.identity.conditions
            and not wish.absent
            and summaries.count(_key(wish.label)) > 1
        ):
            raise InvalidUsage(
                f"tasks holds two with the short_description {wish.label!r}, by which one of them is known; give that "
                "one a correlation_id."
            )


def _key(text: object) -> str:
    return str(text or "").strip().casefold()
