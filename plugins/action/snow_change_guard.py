# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of snow_change_guard: checks its options, and starts the process that watches this run."""

from __future__ import annotations

import os
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

from ansible_collections.changegate.snow.plugins.module_utils import arguments, connection
from ansible_collections.changegate.snow.plugins.module_utils.arguments import Spec
from ansible_collections.changegate.snow.plugins.module_utils.errors import SnowError
from ansible_collections.changegate.snow.plugins.module_utils.identity import chosen
from ansible_collections.changegate.snow.plugins.module_utils.task import masked, refused
from ansible_collections.changegate.snow.plugins.plugin_utils import guard
from ansible_collections.changegate.snow.plugins.plugin_utils.plain import plain

try:
    import requests
except ImportError:
    requests = None  # type: ignore[assignment]

_IDENTITIES = ("sys_id", "number")
_FILE = {"src": {"type": "path"}, "content": {"type": "str"}, "name": {"type": "str"}}
SPEC = arguments.INSTANCE.merge(
    Spec(
        {
            "sys_id": {"type": "str"},
            "number": {"type": "str"},
            "close_code": {"type": "str", "default": "unsuccessful"},
            "close_notes": {"type": "str", "default": guard.CLOSE_NOTES},
            "task_notes": {"type": "str", "default": guard.TASK_NOTES},
            "attachments": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": _FILE,
                "mutually_exclusive": [["src", "content"]],
                "required_one_of": [["src", "content"]],
                "required_by": {"content": "name"},
            },
        },
        mutually_exclusive=[("sys_id", "number")],
        required_one_of=[("sys_id", "number")],
    )
)


class ActionModule(ActionBase):
    """Starts the watch."""

    _supports_check_mode = True
    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        environment: dict[str, str] = {}
        self._compute_environment_string(environment)  # type: ignore[no-untyped-call]
        environ = {**os.environ, **{name: str(value) for name, value in environment.items()}}
        args = plain(self._task.args)
        found = ArgumentSpecValidator(SPEC.argument_spec(), **SPEC.constraints()).validate(args)
        secrets = found._no_log_values | connection.secrets_of(args.get("instance"), environ)
        return masked(self._start(found.error_messages, found.validated_parameters, args, environ), secrets)

    def _start(
        self, wrong: list[str], params: dict[str, Any], args: dict[str, Any], environ: dict[str, str]
    ) -> dict[str, Any]:
        if wrong:
            return refused(wrong[0])
        if requests is None:
            return refused("The Python of the controller has no requests, which the guard needs; install it there.")
        try:
            chosen("change request", {name: params[name] for name in _IDENTITIES if name in args}, _IDENTITIES)
            connection.resolve(params.get("instance") or {}, environ)
        except SnowError as error:
            return {"failed": True, "msg": str(error), "error": error.as_error()}
        if self._task.check_mode:
            return {"changed": False, "watching": False}
        # Tasks run in a child of the run; where they do not (a debugger, a test), this process is the run.
        run = guard.run_of_this_task()
        watch = guard.start(guard.job_of(params, args, run), environ)
        return {"changed": False, "watching": True, "pid": watch, "watched": run}
