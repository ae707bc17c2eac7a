# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One task on whichever host runs it: its parameters, its connection, and its result.

``execute()`` holds the one try/except of the collection: whatever happens in ``run(task)`` becomes a result dict,
with secrets masked.
"""

from __future__ import annotations

import copy
import os
import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ansible.module_utils.common.parameters import remove_values

from ansible_collections.changegate.snow.plugins.module_utils import connection
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, SnowError, surely_not_done
from ansible_collections.changegate.snow.plugins.module_utils.fields import Field
from ansible_collections.changegate.snow.plugins.module_utils.progress import Progress
from ansible_collections.changegate.snow.plugins.module_utils.query import check_field
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail

if TYPE_CHECKING:
    from ansible_collections.changegate.snow.plugins.module_utils.client import Client
    from ansible_collections.changegate.snow.plugins.module_utils.converge import Converger
    from ansible_collections.changegate.snow.plugins.module_utils.fields import States
    from ansible_collections.changegate.snow.plugins.module_utils.policy import Policy
    from ansible_collections.changegate.snow.plugins.module_utils.stores import Store

Result = dict[str, Any]

#: Columns that say which record it is, or that are not simply written.
_OPTIONS_ONLY = frozenset({"sys_id", "number", "state"})


class Task:
    """What ``run(task)`` works with.

    :param params: validated parameters, None where an option was omitted.
    :param given: the options that the user wrote, ``null`` ones included: omitted means leave alone, null clears.
    :param progress: shows a line to whoever watches; None where nobody can see it.
    :param written: the options as they were written, by which :meth:`entries` tells the same of suboptions.
    """

    def __init__(
        self,
        params: Mapping[str, Any],
        given: Iterable[str],
        check_mode: bool,
        environ: Mapping[str, str] | None = None,
        progress: Callable[[str], None] | None = None,
        written: Mapping[str, Any] | None = None,
    ) -> None:
        self.params = params
        self.given = frozenset(given)
        self._written = written or {}
        self.trail = Trail(check_mode)
        self._environ = os.environ if environ is None else environ
        self._client: Client | None = None
        self._progress = progress

    def progress(self, text: str) -> None:
        """Say how far a long task is. An ordinary module cannot: its output is read when it has ended."""
        if self._progress is not None:
            self._progress(text)

    @property
    def client(self) -> Client:
        """The client for this task's connection. Made late: a task that fails in its arguments needs no requests."""
        if self._client is None:
            from ansible_collections.changegate.snow.plugins.module_utils.client import connect

            self._client = connect(connection.resolve(self.params.get("instance") or {}, self._environ))
        return self._client

    @property
    def requests(self) -> int:
        """How many HTTP requests the task has sent."""
        return self._client.transport.count if self._client is not None else 0

    def converger(
        self,
        store: Store,
        kinds: Mapping[str, str],
        if_missing: str = "create",
        required: tuple[str, ...] = (),
        people: tuple[str, ...] = (),
    ) -> Converger:
        """What brings a record of *store* to what this task wants; *people* are columns whose users it looks up."""
        from ansible_collections.changegate.snow.plugins.module_utils.converge import Converger

        return Converger(self.client, store, kinds, self.trail, self.policy(if_missing, required), people)

    def policy(self, if_missing: str = "create", required: tuple[str, ...] = ()) -> Policy:
        """How this task wants to be treated."""
        from ansible_collections.changegate.snow.plugins.module_utils.policy import Policy

        return Policy(if_missing, self.params["unapplied"], required)

    def counter(self, what: str) -> Progress | None:
        """What to call with how many of *what* are done, and how many there are; None where nobody can see it."""
        return None if self._progress is None else Progress(self._progress, what)

    def options(self, names: Iterable[str]) -> dict[str, Any]:
        """Those of the options *names* that the user wrote."""
        return {name: self.params[name] for name in names if name in self.given}

    def entries(self, option: str) -> list[Task]:
        """Each dict of a list *option* as a task of its own, whose options are those of the dict."""
        written, found = self._written.get(option), []
        for position, params in enumerate(self.params[option] or []):
            raw = written[position] if isinstance(written, (list, tuple)) and position < len(written) else None
            entry = copy.copy(self)
            entry.params = params
            # A dict that came as a text, such as "number=x", cannot say null.
            entry.given = frozenset(raw if isinstance(raw, Mapping) else [n for n in params if params[n] is not None])
            found.append(entry)
        return found

    def desired(self, fields: Iterable[Field], more: str | None = None) -> dict[str, Any]:
        """Column to wanted value: the options of *fields* that were written, and the columns in the option *more*.

        :raises InvalidUsage: *more* names a column that an option stands for, and that option is there too; or one
            that only an option may set; or it holds what is no value of a column.
        """
        found = {field.column: self.params[field.option] for field in fields if field.option in self.given}
        extra = _columns_of((self.params.get(more) or {}) if more else {})
        for column in extra:
            if check_field(column) in _OPTIONS_ONLY:
                raise InvalidUsage(f"{column} stands in {more}; use the option {column} instead.")
        both = sorted(found.keys() & extra.keys())
        if both:
            raise InvalidUsage(f"{', '.join(both)} is given twice, as an option and in {more}; give it once.")
        return {**found, **extra}

    def state(self, states: States) -> dict[str, str]:
        """The column ``state`` and its wanted value, if the task names a state."""
        label = self.params["state"]
        return {"state": states.value_of(label)} if label else {}

    def secrets(self) -> set[str]:
        auth = self._client.transport.auth if self._client is not None else None
        fetched = auth.secrets() if auth is not None else set()
        return connection.secrets_of(self.params.get("instance"), self._environ) | fetched | self.trail.secrets

    def close(self) -> None:
        if self._client is not None:
            self._client.close()


def _columns_of(given: Mapping[str, Any]) -> dict[str, Any]:
    if not given:
        return {}
    from ansible_collections.changegate.snow.plugins.module_utils.bulk_items import desired_of

    return desired_of(given)


Run = Callable[[Task], None]


def execute(run: Run, task: Task, no_log_values: Iterable[str] = ()) -> Result:
    """Run *task* and return its result; a failed one holds ``failed``, ``msg`` and ``error``."""
    failure: Result = {}
    try:
        run(task)
    except SnowError as error:
        if not task.trail.changed and surely_not_done(error):
            task.trail.forgets()
        failure = {"failed": True, "msg": str(error), "error": error.as_error()}
    except Exception as error:  # a mistake of ours: the one case in which a traceback helps somebody
        text = f"The collection failed ({type(error).__name__}: {error}); please report this with the exception."
        failure = {
            "failed": True,
            "msg": text,
            "exception": traceback.format_exc(),
            "error": SnowError(text).as_error(),
        }
    finally:
        task.close()
    result = {**task.trail.as_result(), "requests": task.requests, **failure}
    return masked(result, {*no_log_values, *task.secrets()})


def refused(msg: str) -> Result:
    """The result of a task whose options Ansible's own check did not take, with what every failure holds."""
    failure = {"failed": True, "msg": msg, "error": InvalidUsage(msg).as_error()}
    return {**Trail().as_result(), "requests": 0, **failure}


def masked(result: Result, secrets: Iterable[str]) -> Result:
    """*result* without any of *secrets*, as AnsibleModule masks it: booleans and nulls stay what they are."""
    kept = {name: value for name, value in result.items() if value is None or isinstance(value, bool)}
    cleaned: Result = remove_values(result, {secret for secret in secrets if secret})
    return {**cleaned, **kept}
