#!/usr/bin/python
# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check a change request for scheduling conflicts."""

from __future__ import annotations

DOCUMENTATION = r"""
module: snow_change_conflict
short_description: Check a ServiceNow change request for conflicts
version_added: 0.1.0
author:
  - changegate.snow contributors (@changegate)
description:
  - Has the instance look for what stands against the planned dates of a change (blackouts, maintenance windows, other
    changes of the same items), waits for it, and returns what was found. That there are conflicts is no failure.
  - The change needs planned dates and a configuration item.
  - Starting a check is a change, because the instance writes to the change request when and with what result it was
    checked, and forgets what the check before has found. Waiting for one that is running already is none.
extends_documentation_fragment:
  - changegate.snow.instance
  - changegate.snow.attributes
  - changegate.snow.attributes.writes
options:
  sys_id:
    description: The sys_id of the change. It saves the request that looks it up.
    type: str
  number:
    description: The number of the change.
    type: str
  correlation_id:
    description: The correlation ID of the change, as in M(changegate.snow.snow_change).
    type: str
  state:
    description:
      - V(checked) wants the outcome of a recent check. If none is running and there is none of the last O(max_age)
        seconds, one is started; then its end is awaited.
      - V(started) does the same, and does not wait.
      - V(reported) starts nothing and returns what is known.
      - V(canceled) cancels a check that is running.
    type: str
    choices: [checked, started, reported, canceled]
    default: checked
  max_age:
    description:
      - Seconds since the beginning of a check, by the instance's clock, for which its outcome is recent enough. V(0)
        always starts one, unless one is running.
      - An outcome is not recent any more when the plan of the change was altered; the instance does not tell, see the
        examples.
      - Without O(state=checked) or O(state=started) it has no effect.
    type: int
    default: 300
  timeout:
    description:
      - Seconds to wait for the end of the check. Without O(state=checked) or O(state=canceled) it has no effect.
    type: int
    default: 120
seealso:
  - module: changegate.snow.snow_change_schedule
  - module: changegate.snow.snow_change
"""

EXAMPLES = r"""
- name: Plan the change
  changegate.snow.snow_change:
    number: CHG0030001
    start_date: 2031-03-04T20:00:00Z
    end_date: 2031-03-04T22:00:00Z
  register: plan

- name: Check it for conflicts, anew if the plan is another
  changegate.snow.snow_change_conflict:
    number: CHG0030001
    max_age: "{{ plan.changed | ternary(0, 3600) }}"
  register: checked

- name: What stands against it
  ansible.builtin.debug:
    msg: "{{ checked.conflicts | map(attribute='display.type') }}"

- name: Start a check, and go on
  changegate.snow.snow_change_conflict:
    number: CHG0030001
    state: started
    max_age: 0

- name: Take it back
  changegate.snow.snow_change_conflict:
    number: CHG0030001
    state: canceled

- name: What is known
  changegate.snow.snow_change_conflict:
    number: CHG0030001
    state: reported
"""

RETURN = r"""
check:
  description: The check that is running, or the last one.
  returned: when the change is there
  type: dict
  contains:
    status:
      description: >-
        The outcome as the instance calls it, for example V(Conflict) or V(Not Run). It can be V(Conflict) where no
        conflict was found; look at RV(conflicts).
      type: str
    state:
      description: >-
        How far the check is, V(pending), V(running), V(complete), V(failed) or V(canceled); V(none) if the instance
        knows of none.
      type: str
    last_run:
      description: When it began, in UTC; empty if the instance does not tell.
      type: str
    records:
      description: How many records were checked.
      type: int
  sample: {"status": "Conflict", "state": "complete", "last_run": "2031-03-01 12:58:05", "records": 1}
conflicts:
  description: >-
    What stands against the planned dates, in the fields of the table conflict. Empty while a check is running.
  returned: when the change is there
  type: list
  elements: dict
  contains:
    record:
      description: Column to stored value, for example C(type), C(change) and C(configuration_item).
      type: dict
    display:
      description: Column to display value.
      type: dict
  sample: [{"record": {"type": "not_in_maintenance_window"}, "display": {"type": "Not In Maintenance Window"}}]
diff:
  description: RV(check.state) before, and that a check was started or canceled.
  returned: always
  type: dict
  sample: {"before": {"conflict_check": "none"}, "after": {"conflict_check": "started"}}
unapplied:
  description: Always empty; what the instance does not do fails the task.
  returned: always
  type: list
  elements: dict
  contains:
    field:
      description: The column.
      type: str
    wanted:
      description: What was asked for.
      type: str
    actual:
      description: What the record holds; null if it does not show the column.
      type: str
  sample: []
requests:
  description: How many HTTP requests the task sent.
  returned: always
  type: int
  sample: 6
error:
  description: What went wrong, for a program to read.
  returned: failure
  type: dict
  contains:
    type:
      description: >-
        The kind of failure, for example V(authentication), V(connection), V(forbidden), V(invalid_usage),
        V(instance_unavailable), V(no_results), V(response), V(worker_failed) or V(worker_timed_out).
      type: str
    status:
      description: The HTTP status, if there was one.
      type: int
    detail:
      description: What the instance said.
      type: str
    request:
      description: Method and path of the request.
      type: str
    transaction_id:
      description: By this ID the instance lists the request in its logs.
      type: str
"""

from ansible_collections.changegate.snow.plugins.module_utils import arguments, checks, identity
from ansible_collections.changegate.snow.plugins.module_utils.arguments import Spec
from ansible_collections.changegate.snow.plugins.module_utils.module import run_module
from ansible_collections.changegate.snow.plugins.module_utils.task import Task

_IDENTITIES = ("sys_id", "number", "correlation_id")
_OWN = Spec(
    {
        "state": {"type": "str", "choices": ["checked", "started", "reported", "canceled"], "default": "checked"},
        "max_age": {"type": "int", "default": 300},
        "timeout": {"type": "int", "default": 120},
    },
    mutually_exclusive=[_IDENTITIES],
    required_one_of=[_IDENTITIES],
)
SPEC = arguments.INSTANCE.merge(arguments.identity(*_IDENTITIES)).merge(_OWN)


def run(task: Task) -> None:
    from ansible_collections.changegate.snow.plugins.module_utils.conflict_checking import ConflictChecking

    who = identity.chosen("change request", task.options(_IDENTITIES), _IDENTITIES)
    state = task.params["state"]
    for name in ("max_age", "timeout"):
        checks.count(name, task.params[name], least=0)
    checking = ConflictChecking(task.client, task.trail, who, task.progress)
    if state == "reported":
        checking.report()
    elif state == "canceled":
        checking.cancel(task.params["timeout"])
    else:
        checking.ensure(task.params["max_age"], task.params["timeout"] if state == "checked" else None)


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
