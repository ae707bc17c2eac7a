# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ordinary host of a task: a module in a Python process of its own."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NoReturn

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.changegate.snow.plugins.module_utils.arguments import Spec
from ansible_collections.changegate.snow.plugins.module_utils.connection import secrets_of
from ansible_collections.changegate.snow.plugins.module_utils.task import Run, Task, execute, refused


class SnowModule(AnsibleModule):
    """An AnsibleModule that remembers which options were written at all."""

    written: Mapping[str, Any] = MappingProxyType({})

    def _load_params(self) -> None:
        super()._load_params()  # type: ignore[no-untyped-call]
        # A copy: what was left out of suboptions is filled in during validation.
        self.written = copy.deepcopy(self.params)
        # Now, because a failing argument check ends the module, and its log is written, before anything else is asked.
        self.no_log_values.update(secrets_of(self.params.get("instance"), os.environ))

    def fail_json(self, msg: str, **result: Any) -> NoReturn:
        """Also called by the check of the arguments, which knows nothing of the fields that a failure has here."""
        whole = {**refused(str(msg)), **result, "msg": msg}
        super().fail_json(**whole)


def run_module(spec: Spec, run: Run) -> None:
    """The ``main()`` of every module."""
    module = SnowModule(  # type: ignore[no-untyped-call]
        argument_spec=spec.argument_spec(), supports_check_mode=True, **spec.constraints()
    )
    task = Task(module.params, spec.canonical(module.written), module.check_mode, written=module.written)
    result = execute(run, task, module.no_log_values)
    # The invocation, which is added now, has those too that only the instance knew for secrets.
    module.no_log_values.update(task.trail.secrets)
    _exit(module, result)


def _exit(module: AnsibleModule, result: dict[str, Any]) -> None:
    for line in result.pop("warnings", []):
        module.warn(line)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)
