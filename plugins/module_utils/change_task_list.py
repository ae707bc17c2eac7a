# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several tasks of one change, each brought to what was asked for: one look-up for all, a write for each that differs.

They are written one by one, in their order, because an instance may do more with each (close the change's phase, send
mail), and a change has few. One that fails stops no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.cells import Record
from ansible_collections.changegate.snow.plugins.module_utils.change_task_checks import checks_of
from ansible_collections.changegate.snow.plugins.module_utils.change_task_store import ChangeTaskStore
from ansible_collections.changegate.snow.plugins.module_utils.change_task_wishes import Wish, check_apart, is_over
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.converge import Converger
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    AuthenticationFailed,
    ConnectionFailed,
    InstanceUnavailable,
    MissingToken,
    NoResults,
    SnowError,
)
from ansible_collections.changegate.snow.plugins.module_utils.fields import kinds_of_change_tasks
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity
from ansible_collections.changegate.snow.plugins.module_utils.policy import Policy
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail

#: After these, and after such an answer, every further task would only wait for the same end.
_HOPELESS = (AuthenticationFailed, ConnectionFailed, InstanceUnavailable, MissingToken)
_BUSY = (429, 502, 503, 504)


class TaskList:
    """The tasks of the change *parent*. What becomes of each goes into ``results`` of the *trail*."""

    def __init__(self, client: Client, store: ChangeTaskStore, trail: Trail, parent: Identity, policy: Policy) -> None:
        self._client, self._store, self._trail = client, store, trail
        self._parent, self._policy = parent, policy
        self._results: list[dict[str, Any]] = []
        self._failed: list[tuple[str, SnowError]] = []
        self._given_up: SnowError | None = None
        trail.extra["results"] = self._results

    def bring(self, wishes: Sequence[Wish], purge: bool) -> None:
        """Bring the tasks to what is wished, and with *purge* delete the others that are not over.

        :raises SnowError: that of the first task that failed, when all have been tried.
        """
        tasks = self._tasks(wishes)
        check_apart(wishes, tasks)
        for wish in wishes:
            self._bring(wish, tasks)
        others = [_purged(task) for task in tasks if not is_over(task) and not _is_wished(task, wishes)]
        others.sort(key=lambda wish: wish.label)
        if purge and self._failed and others:
            self._trail.warnings.append("Nothing was purged, because not all tasks are as they were asked for.")
        elif purge:
            for wish in others:
                self._bring(wish, tasks)
        if self._failed:
            raise self._failure()

    def _tasks(self, wishes: Sequence[Wish]) -> list[Record]:
        try:
            return self._store.tasks()
        except NoResults:
            if wishes and all(wish.absent for wish in wishes):
                return []  # what they would belong to is not there either
            raise

    def _bring(self, wish: Wish, tasks: list[Record]) -> None:
        trail = Trail(self._trail.check_mode)
        error = self._given_up
        if error is None:
            store = self._store.after(tasks, trail, wish.state_match)
            converger = Converger(self._client, store, kinds_of_change_tasks(), trail, self._policy)
            try:
                if wish.absent:
                    converger.absent(wish.identity)
                else:
                    checks = checks_of(self._client, wish.desired)
                    converger.present(wish.identity, wish.desired, before_write=checks)
            except SnowError as caught:
                error = caught
        self._note(wish, trail, error, any(wish.identity.fits(task) for task in tasks))

    def _note(self, wish: Wish, trail: Trail, error: SnowError | None, there: bool) -> None:
        result = trail.as_result()
        result.pop("warnings", None)
        self._results.append(
            {
                "index": None if wish.purged else len(self._results),
                "task": wish.label,
                "action": "failed" if error is not None else _action(wish, trail, there),
                "purged": wish.purged,
                "record": None,
                "display": None,
                **result,
                "error": None if error is None else {"msg": str(error), **error.as_error()},
            }
        )
        self._trail.changed = self._trail.changed or trail.changed
        self._trail.expects(
            {wish.label: trail.before} if trail.before else {}, {wish.label: trail.after} if trail.after else {}
        )
        self._trail.unapplied.extend(trail.unapplied)
        self._trail.warnings.extend(f"{wish.label}: {text}" for text in trail.warnings)
        if error is not None:
            self._failed.append((wish.label, error))
            if isinstance(error, _HOPELESS) or error.status in _BUSY:
                self._given_up = error

    def _failure(self) -> SnowError:
        """The first error, whose text now tells of all."""
        label, error = self._failed[0]
        reason = str(error).replace(" Nothing was written.", "")  # true of this task, not of all
        text = f"{len(self._failed)} of {len(self._results)} tasks of the {self._parent} failed: {label}: {reason}"
        others = list(dict.fromkeys(name for name, _error in self._failed[1:]))
        if others:
            text = f"{text.rstrip('.')}; results tells what became of {', '.join(others)}."
        error.message, error.args = text, (text,)
        return error


def _action(wish: Wish, trail: Trail, there: bool) -> str:
    """What was done to a task; *there* says whether it was there before."""
    if not trail.changed:
        return "unchanged"
    return "deleted" if wish.absent else "updated" if there else "created"


def _is_wished(task: Record, wishes: Sequence[Wish]) -> bool:
    return any(wish.identity.fits(task) for wish in wishes)


def _purged(task: Record) -> Wish:
    sys_id = task["sys_id"].value
    label = task["number"].value if "number" in task else sys_id
    who = Identity("change task", {"sys_id": sys_id}, creates=False)
    return Wish(label, who, {}, absent=True, purged=True)


def policy_of(unapplied: str) -> Policy:
    """How tasks of a change are treated: made if they are missing, with a summary at least."""
    return Policy("create", unapplied, ("short_description",))
