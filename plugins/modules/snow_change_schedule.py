#!/usr/bin/python
# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find free time for a change, and plan the change for it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: snow_change_schedule
short_description: Find free time for a ServiceNow change request
version_added: 0.1.0
author:
  - changegate.snow contributors (@changegate)
description:
  - Returns the slots in which the instance has time for a change or for work on a configuration item, in maintenance
    windows, and outside of blackouts and of other planned changes.
  - Or it plans a change for the first of them. A change that is planned for free time already stays so.
  - The instance searches in the background, for which it keeps a worker of its own; that is all that
    O(state=reported) and check mode leave behind.
  - The user needs the role sn_change_writer.
extends_documentation_fragment:
  - changegate.snow.instance
  - changegate.snow.attributes
  - changegate.snow.attributes.writes
options:
  ci:
    description:
      - Name or sys_id of a configuration item. It needs O(duration).
    type: str
  sys_id:
    description: The sys_id of the change.
    type: str
  number:
    description: The number of the change.
    type: str
  correlation_id:
    description: The correlation ID of the change, as in M(changegate.snow.snow_change).
    type: str
  state:
    description:
      - V(reported) returns the free slots and changes nothing.
      - V(planned) wants the change to be planned for free time. It stays as it is if its planned window is as long as
        O(duration), not before O(planned_start), and free, which the instance tells by the slots that it finds for
        the change as it is planned. Otherwise the first available slot becomes its planned start and end. Of a window
        that has begun only what is left of it has to be free.
      - A change whose implementation has begun is not planned anew. The task is content with its window if that is as
        asked, and fails otherwise.
    type: str
    choices: [reported, planned]
    default: reported
  duration:
    description:
      - How long the work takes, in seconds such as V(7200), or in days, hours, minutes and seconds such as V(2h),
        V(1h30m) or V(1d 12h).
      - Without it a change takes as long as it is planned to.
    type: str
  planned_start:
    description:
      - Free time before this is not wanted. A date and time such as V(2026-07-15T08:00:00Z), without an offset in
        UTC.
      - Without it, and with O(duration), free time is searched from now on. Without either, O(state=reported)
        searches from the planned start of the change.
      - With it or O(duration), O(state=reported) searches the free time of the change's item, in which the present
        window of the change itself counts as taken.
    type: str
  timeout:
    description: Seconds to wait for the instance, which searches in the background.
    type: int
    default: 120
seealso:
  - module: changegate.snow.snow_change_conflict
  - module: changegate.snow.snow_change
"""

EXAMPLES = r"""
- name: When there are two hours for the router
  changegate.snow.snow_change_schedule:
    ci: rtr-core-01
    duration: 2h
    planned_start: 2031-03-01T00:00:00Z
  register: free

- name: The first three slots
  ansible.builtin.debug:
    msg: "{{ free.slots[:3] | map(attribute='start') }}"

- name: Plan the change for the first of them
  changegate.snow.snow_change_schedule:
    number: CHG0030001
    state: planned
    duration: 2h
    planned_start: 2031-03-01T00:00:00Z
  register: plan

- name: When it will be
  ansible.builtin.debug:
    msg: From {{ plan.slot.start }} to {{ plan.slot.end }}
"""

RETURN = r"""
slots:
  description: The free slots, the first one first. Empty if there is none.
  returned: when O(state=reported)
  type: list
  elements: dict
  contains:
    start:
      description: Start, in UTC.
      type: str
    end:
      description: End, in UTC.
      type: str
    start_display:
      description: Start in the time zone and format of the user.
      type: str
    end_display:
      description: End in the time zone and format of the user.
      type: str
  sample:
    - start: "2031-03-01 09:00:00"
      end: "2031-03-01 11:00:00"
      start_display: "2031-03-01 10:00:00"
      end_display: "2031-03-01 12:00:00"
slot:
  description: The planned window of the change after the task, in UTC. In check mode, the one that would be taken.
  returned: when O(state=planned), and the change is there
  type: dict
  sample: {"start": "2031-03-01 09:00:00", "end": "2031-03-01 11:00:00"}
record:
  description: The change after the task, column to stored value. In check mode, as it would be.
  returned: when the task names a change that is there
  type: dict
  sample: {"number": "CHG0030001", "start_date": "2031-03-01 09:00:00"}
display:
  description: The same change, column to display value.
  returned: when the task names a change that is there
  type: dict
  sample: {"number": "CHG0030001", "state": "New"}
diff:
  description: The planned start and end that were changed, in UTC, before and after.
  returned: always
  type: dict
  sample: {"before": {"start_date": ""}, "after": {"start_date": "2031-03-01 09:00:00"}}
unapplied:
  description: >-
    The planned start, if the instance did not plan the change although it had a free slot. The task fails then.
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
        V(instance_unavailable), V(no_results), V(not_converged), V(unapplied) or V(worker_timed_out).
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
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.module import run_module
from ansible_collections.changegate.snow.plugins.module_utils.query import check_identifier
from ansible_collections.changegate.snow.plugins.module_utils.task import Task

_IDENTITIES = ("sys_id", "number", "correlation_id")
_OWN = Spec(
    {
        "ci": {"type": "str"},
        "state": {"type": "str", "choices": ["reported", "planned"], "default": "reported"},
        "duration": {"type": "str"},
        "planned_start": {"type": "str"},
        "timeout": {"type": "int", "default": 120},
    },
    mutually_exclusive=[("ci", *_IDENTITIES)],
    required_one_of=[("ci", *_IDENTITIES)],
)
SPEC = arguments.INSTANCE.merge(arguments.identity(*_IDENTITIES)).merge(_OWN)


def run(task: Task) -> None:
    from ansible_collections.changegate.snow.plugins.module_utils.scheduling import Scheduling, Waiting
    from ansible_collections.changegate.snow.plugins.module_utils.windows import asked_of

    timeout = checks.count("timeout", task.params["timeout"], least=0)
    asked = asked_of(task.params["duration"], task.params["planned_start"])
    planned = task.params["state"] == "planned"
    if "ci" in task.given:
        ci = check_identifier(task.params["ci"], "ci")
        if planned:
            raise InvalidUsage("An item cannot be planned, only a change; name the change instead of ci.")
        Scheduling(task.client, task.trail, Waiting(timeout, task.progress)).of_item(ci, asked)
        return
    who = identity.chosen("change request", task.options(_IDENTITIES), _IDENTITIES)
    scheduling = Scheduling(task.client, task.trail, Waiting(timeout, task.progress))
    if planned:
        scheduling.plan(who, asked)
    else:
        scheduling.of_change(who, asked)


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
