# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fast host of a task: inside the controller.

An API module needs no machine to run on. Shipping it to a new Python process costs several hundred milliseconds a
task; here the same ``run(task)`` is called in the worker that ansible-core has forked anyway. What this file
imports is there in every worker, because the strategy loads action plugins before it forks: that is why the
library and requests are imported at the top, and not when the first request is sent.

Where running here would be wrong, the ordinary module is run instead, with the same result.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator, ValidationResult
from ansible.module_utils.errors import UnsupportedError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action.normal import ActionModule as NormalAction

from ansible_collections.changegate.snow.plugins.module_utils import (
    approving,
    attached_file,
    attachment_listing,
    attachment_states,
    catalog_reading,
    change_opening,
    change_reading,
    change_store,
    change_task_list,
    change_task_store,
    conflict_checking,
    converge,
    gate_asking,
    many,
    parts,
    record_listing,
    scheduling,
    surroundings,
)
from ansible_collections.changegate.snow.plugins.module_utils.arguments import Spec
from ansible_collections.changegate.snow.plugins.module_utils.connection import secrets_of
from ansible_collections.changegate.snow.plugins.module_utils.task import Result, Task, execute, masked, refused
from ansible_collections.changegate.snow.plugins.plugin_utils.plain import plain

try:
    import requests
except ImportError:
    requests = None  # type: ignore[assignment]

#: Imported late by the modules; loaded here, the workers have them already.
PRELOADED = (
    approving,
    attached_file,
    attachment_listing,
    attachment_states,
    catalog_reading,
    change_opening,
    change_reading,
    change_store,
    change_task_list,
    change_task_store,
    conflict_checking,
    converge,
    gate_asking,
    many,
    parts,
    record_listing,
    surroundings,
    requests,
    scheduling,
)

#: A variable that, set to false, has every task run as an ordinary module.
SWITCH = "changegate_snow_in_process"


#: Seconds after which a line that says nothing new is shown again.
HEARTBEAT = 30.0


class Progress:
    """Shows how far a long task is: at once when something has changed, and otherwise now and then.

    On standard error, where Ansible has its warnings: standard output may be some callback's JSON.
    """

    def __init__(self, display: Callable[..., Any], now: Callable[[], float]) -> None:
        self._display = display
        self._now = now
        self._begin = now()
        self._shown: tuple[str, float] | None = None

    def __call__(self, text: str) -> None:
        now = self._now()
        if self._shown is None or text != self._shown[0] or now - self._shown[1] >= HEARTBEAT:
            self._shown = (text, now)
            self._display(f"... {text} ({now - self._begin:.0f} s)", stderr=True)


class SnowAction(NormalAction):
    """Runs a module of this collection in process. A subclass names the *module*."""

    module: ModuleType

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> Result:
        if not self._fits(task_vars or {}):
            ordinary: Result = super().run(tmp, task_vars)  # type: ignore[no-untyped-call]
            return ordinary
        environment: dict[str, str] = {}
        self._compute_environment_string(environment)  # type: ignore[no-untyped-call]
        with _environ(environment):
            result = self._run_here()
        if not _wants_invocation(task_vars or {}):
            result.pop("invocation", None)
        return result

    def _fits(self, task_vars: Mapping[str, Any]) -> bool:
        """Whether running in the controller is what the user means: this host, this user, now."""
        return bool(
            requests is not None
            and self._connection.transport == "local"
            and not self._task.async_val
            and not self._connection.become
            and boolean(self._templar.template(task_vars.get(SWITCH, True)), strict=False)
        )

    def _run_here(self) -> Result:
        spec: Spec = self.module.SPEC
        args = plain(self._task.args)
        validated = ArgumentSpecValidator(spec.argument_spec(), **spec.constraints()).validate(args)
        secrets = validated._no_log_values | secrets_of(args.get("instance"), os.environ)
        params = validated.validated_parameters
        if validated.error_messages:
            result: Result = refused(self._first_error(validated))
        else:
            say = None if self._task.no_log else Progress(self._display.display, time.monotonic)
            task = Task(params, spec.canonical(args), self._task.check_mode, progress=say, written=args)
            result = execute(self.module.run, task)
            secrets |= task.trail.secrets
        return masked(plain({**result, "invocation": {"module_args": params}}), secrets)

    def _first_error(self, validated: ValidationResult) -> str:
        """The message that AnsibleModule would give."""
        error = validated.errors[0]
        if isinstance(error, UnsupportedError):
            return f"Unsupported parameters for ({self._task.action}) module: {error.msg}"
        return str(error.msg)


def _wants_invocation(task_vars: Mapping[str, Any]) -> bool:
    """Whether a module would return its arguments: always, until ansible-core 2.21 made it a setting."""
    try:
        return bool(constants.config.get_config_value("INJECT_INVOCATION", variables=dict(task_vars)))
    except AnsibleError:
        return True


@contextmanager
def _environ(changes: Mapping[str, str]) -> Iterator[None]:
    """The task's ``environment:`` for as long as it runs; a worker runs one task at a time."""
    saved = dict(os.environ)
    os.environ.update({name: str(value) for name, value in changes.items()})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(saved)
