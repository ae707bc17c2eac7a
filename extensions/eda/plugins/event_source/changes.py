# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events about ServiceNow change requests, for ansible-rulebook."""

from __future__ import annotations

DOCUMENTATION = r"""
module: changes
short_description: Events about ServiceNow change requests
version_added: 0.1.0
author:
  - changegate.snow contributors (@changegate)
description:
  - Looks at the change requests of an instance every so often, and reports what happened to them since, as events. A
    change enters a state, is approved or rejected, goes on or off hold, or its planned window begins or ends.
  - With O(state_file) nothing is missed and nothing reported twice across restarts; what that means exactly, and what
    an event holds, is in C(docs/eda.md) of the collection.
  - Only the clock of the instance counts. That of the machine on which this runs may be wrong.
  - A user with the role C(itil) is enough. What happened between two looks is known in full only to a user who may also
    read the table C(sys_audit), see O(history).
requirements:
  - ansible-rulebook (tested with 1.3), and with it Java 17
  - requests, in the Python that runs ansible-rulebook
options:
  instance:
    description:
      - How to reach the ServiceNow instance, and who is calling. The same options and environment variables as in
        all modules of the collection, see M(changegate.snow.snow_change), such as V(host), V(username), V(password).
      - An option that is not set here is read from its environment variable (C(SN_HOST), C(SN_USERNAME),
        C(SN_PASSWORD) and so on) of ansible-rulebook.
    type: dict
  query:
    description:
      - Only changes that this finds. Conditions by column, as in M(changegate.snow.snow_change_info), or an encoded
        query.
      - Nothing can be asked about what is watched (V(state), V(approval), V(on_hold), V(start_date), V(end_date),
        V(active)); a change would be out of sight in the moment that matters. Use O(events) and O(states), or
        conditions in the rulebook.
      - All changes, if neither this nor O(type) nor O(assignment_group) is set.
    type: raw
  type:
    description: Only changes of this type.
    type: str
    choices: [normal, standard, emergency]
  assignment_group:
    description: Only changes of this group, by its name or sys_id.
    type: str
  events:
    description:
      - Which kinds of events to report.
      - V(entered), a change entered a state, see O(states). V(approved) and V(rejected), the change as a whole was.
        V(held) and V(released), it went on hold, or off.
      - V(window_begins) and V(window_ends), its planned start or planned end is reached, and it is not closed or
        canceled.
      - V(approver_approved) and V(approver_rejected), one of those who were asked has decided. They take one request
        more with every look.
    type: list
    elements: str
    choices:
      - entered
      - approved
      - rejected
      - held
      - released
      - window_begins
      - window_ends
      - approver_approved
      - approver_rejected
    default: [entered, approved, rejected, held, released, window_begins, window_ends]
  states:
    description: Report V(entered) only for these states, by label or value. All of them, if this is not set.
    type: list
    elements: str
  fields:
    description:
      - More columns of the change for the event's C(record) and C(display). Columns of records that it refers to are
        written with a dot, such as V(assignment_group.manager).
    type: list
    elements: str
  start:
    description:
      - Where the first run begins, V(now), or a date and time (UTC without an offset) that is over.
      - It means nothing where O(state_file) is there already, which says where to go on.
    type: str
    default: now
  state_file:
    description:
      - The absolute path of the file in which is kept what was reported, so that a restart goes on where the source
        was. It is made with mode 0600; a second process that wants the same file is refused.
      - It must not lie in a folder with playbooks, because ansible-rulebook copies that for each one that it runs.
      - Without it every start begins at O(start).
    type: str
  history:
    description:
      - Whether to read in C(sys_audit) what happened to a change that was updated more than once between two looks.
      - V(auto) does so where the user may read it. V(required) fails where it shows nothing. V(never) does not ask.
      - Without it such a change is reported as it is now, with V(complete) false, and states between are missed.
    type: str
    choices: [auto, required, never]
    default: auto
  interval:
    description:
      - Seconds between two looks, from 1, give or take a tenth. A window is looked at in the second in which it begins.
      - While the instance does not answer, the pauses grow to five minutes, or to what it asks for.
    type: float
    default: 30
  overlap:
    description:
      - Seconds by which a look reaches back before the one before it, from 10. What the instance writes in the
        beginning of a long transaction, and shows only at its end, is found in it.
    type: float
    default: 300
  resync:
    description:
      - Seconds after which a look is one at all changes that are active or were updated in the day before, as the first
        after a start always is. It finds what O(overlap) does not, and what scripts change without a new time of
        update. 0 for never.
    type: float
    default: 3600
  feedback:
    description: An option of ansible-rulebook. With it an event counts as delivered when the rulebook has taken it.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Deploy approved changes of the group Network when their window begins
  hosts: localhost
  sources:
    - changegate.snow.changes:
        instance:
          host: https://dev1234.service-now.com
          username: eda
          password: "{{ snow_password }}"
        assignment_group: Network
        events: [window_begins, entered]
        states: [Implement]
        state_file: /var/lib/eda/network.json
  rules:
    - name: The change may begin
      condition: event.state_label == "Implement" and event.window == "within"
      action:
        run_playbook:
          name: deploy.yml
          extra_vars:
            change_number: "{{ event.number }}"

- name: Tell the team about rejections
  hosts: localhost
  sources:
    - changegate.snow.changes:
        query:
          cmdb_ci.name: {starts_with: web}
        type: normal
        events: [rejected]
        interval: 60
        state_file: /var/lib/eda/rejected.json
  rules:
    - name: It was rejected
      condition: event.kind == "rejected"
      action:
        debug:
          msg: "{{ event.number }} was rejected by {{ event.by }}"
"""

import asyncio
import importlib.util
import os
import sys
from collections.abc import Mapping
from typing import Any


def _find_collection() -> None:
    """Make the collection importable: ansible-rulebook runs this file by its path, and puts no collection on Python's.

    Where an ``ansible_collections`` is imported already, which may know other folders only, its path is extended.
    """
    name = "ansible_collections.changegate.snow.plugins.module_utils"
    try:
        if importlib.util.find_spec(name) is not None:
            return
    except ModuleNotFoundError:
        pass
    folder = os.path.abspath(__file__)
    for _level in range(8):
        folder = os.path.dirname(folder)
    sys.path.append(folder)
    importlib.invalidate_caches()
    for package, part in (
        ("ansible_collections", ()),
        ("ansible_collections.changegate", ("changegate",)),
    ):
        known = getattr(sys.modules.get(package), "__path__", None)
        path = os.path.join(folder, "ansible_collections", *part)
        if isinstance(known, list) and path not in known:
            known.append(path)


async def main(queue: asyncio.Queue[Any], args: Mapping[str, Any]) -> None:
    """Put events into *queue* until this is cancelled."""
    _find_collection()
    from ansible_collections.changegate.snow.plugins.module_utils.watching import watch

    await watch(queue, args)
