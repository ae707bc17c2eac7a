#!/usr/bin/python
# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of an action that runs in the controller only: it watches the run, and no other host could."""

from __future__ import annotations

DOCUMENTATION = r"""
module: snow_change_guard
short_description: Close a ServiceNow change as unsuccessful if the run ends without closing it
version_added: 0.1.0
author:
  - changegate.snow contributors (@changegate)
description:
  - When a run is canceled, Ansible ends at once. Neither C(rescue) nor C(always) is run, and the change that is being
    implemented stays open. So this starts a small process beside the run, in a session of its own, that waits for the
    run to end in whatever way. Canceled with Ctrl-C or SIGTERM, killed with its whole process group as ansible-runner
    does it, crashed, or just stopped because no host was left.
  - Then it looks at the change once. If it is closed, canceled, or has not reached Implement, nothing is done.
    Otherwise its open tasks are closed in their order, the files are attached, C(work_end) is set, and the change is
    closed. Where the instance cannot be reached it tries again for ten minutes.
  - What it cannot survive is the end of its machine or its container. See the documentation of the role
    C(changegate.snow.gated_change), which uses it, for what covers that.
  - It runs in the controller always, wherever the task is delegated to, and needs requests in the controller's
    Python. The login is handed over through a pipe, and neither written to a file nor shown in the list of processes.
extends_documentation_fragment:
  - changegate.snow.instance
options:
  sys_id:
    description: The sys_id of the change.
    type: str
  number:
    description: The number of the change.
    type: str
  close_code:
    description: How it went, as in M(changegate.snow.snow_change).
    type: str
    default: unsuccessful
  close_notes:
    description: What is written when the change is closed. When the run ended is added.
    type: str
    default: The run that deployed ended before it had closed this change. It was canceled or killed, or it stopped.
  task_notes:
    description: What is written when its open tasks are closed, with the same O(close_code).
    type: str
    default: Not done, because the run ended before.
  attachments:
    description:
      - Files that are attached before the change is closed, as in M(changegate.snow.snow_change). A file that is not
        there then is left out.
    type: list
    elements: dict
    default: []
    suboptions:
      src:
        description: Path of the file on the controller. It is read when the run has ended.
        type: path
      content:
        description: Text that becomes the content of the file.
        type: str
      name:
        description: Name of the attachment. That of the file, if not set; needed with O(attachments[].content).
        type: str
attributes:
  check_mode:
    description: Can run in check mode and return the changed status prediction without modifying the instance.
    support: full
    details:
      - It watches nothing then.
  diff_mode:
    description: Returns what has changed (or would change), before and after.
    support: N/A
    details:
      - The task itself changes nothing.
  idempotent:
    description: When run twice in a row outside check mode with the same arguments, the second run changes nothing.
    support: full
    details:
      - Each task starts a watch of its own. The first one that finds the change open closes it.
  action:
    description: Runs inside the controller.
    support: full
seealso:
  - module: changegate.snow.snow_change
  - module: changegate.snow.snow_change_gate
"""

EXAMPLES = r"""
- name: From here on the change is closed, however this run ends
  changegate.snow.snow_change_guard:
    number: CHG0030020
    close_notes: The nightly deployment of the shop was canceled.
    attachments:
      - src: /var/log/deploy.log
"""

RETURN = r"""
watching:
  description: Whether the run is watched; not in check mode.
  returned: success
  type: bool
  sample: true
pid:
  description: The process that watches. Ending it with C(kill) ends the watch, and nothing else.
  returned: when RV(watching)
  type: int
  sample: 4711
watched:
  description: The process that is watched, the run itself.
  returned: when RV(watching)
  type: int
  sample: 4242
error:
  description: What went wrong, for a program to read.
  returned: failure
  type: dict
  contains:
    type:
      description: The kind of failure, V(invalid_usage).
      type: str
    status:
      description: Always null; the HTTP status of other modules.
      type: int
    detail:
      description: Always null; what the instance said to other modules.
      type: str
    request:
      description: Always null; the request of other modules.
      type: str
    transaction_id:
      description: Always null; the request's ID of other modules.
      type: str
"""
