#!/usr/bin/python
# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Approve or reject a change request as the calling user."""

from __future__ import annotations

DOCUMENTATION = r"""
module: snow_change_approval
short_description: Approve or reject a ServiceNow change request
version_added: 0.1.0
author:
  - changegate.snow contributors (@changegate)
description:
  - Decides on the approval that a change request asks of the user of the connection. Nobody can decide for somebody
    else, and a user who is not asked is told whom the change asks instead.
  - What counts is the decision of that user, not what becomes of the change. A user who has decided so already, and is
    not asked again, decides nothing.
  - Where a change asks for approval in several stages, each of them is a decision of its own. A task decides on the
    stage that the change is in when it begins; it never decides on the next one because an answer was lost. A later run
    decides on the next stage, if that asks the same user; O(change_state) holds a task to one stage.
  - In check mode a change that is not yet where it asks for approval, or that this user does not see yet, is taken for
    one that an earlier task would bring there; the task predicts the decision and warns. A change that is past that, or
    that asks others in the state that is meant, fails in check mode, too.
extends_documentation_fragment:
  - changegate.snow.instance
  - changegate.snow.attributes
  - changegate.snow.attributes.writes
options:
  sys_id:
    description: The sys_id of the change.
    type: str
  number:
    description: The number of the change.
    type: str
  correlation_id:
    description:
      - The correlation ID of the change, as in M(changegate.snow.snow_change). Of several changes with one, that which
        is open is meant, whatever the user has decided on the others.
    type: str
  state:
    description: The decision.
    type: str
    choices: [approved, rejected]
    required: true
  comments:
    description:
      - Goes with the decision, once. Needed to reject.
      - A task that decides nothing adds nothing.
    type: str
  change_state:
    description:
      - Decide only while the change is in this state, by label or value, in any case, for example V(assess) or
        V(authorize). In any other state an earlier decision counts, and without one the task fails.
    type: str
seealso:
  - module: changegate.snow.snow_change
  - module: changegate.snow.snow_change_info
    description: Who is asked, and what they said.
"""

EXAMPLES = r"""
- name: Approve the change for the group
  changegate.snow.snow_change_approval:
    number: CHG0030001
    state: approved
    comments: Tested in staging.
    change_state: assess

- name: Reject it
  changegate.snow.snow_change_approval:
    correlation_id: shop-2026.11.1-production
    state: rejected
    comments: The tests of the release have failed.
  register: decision

- name: Where the change has gone
  ansible.builtin.debug:
    msg: "{{ decision.change.display.state }}"
"""

RETURN = r"""
record:
  description: The approval (table sysapproval_approver) after the task, column to stored value.
  returned: when the user is or was asked
  type: dict
  sample: {"sys_id": "dc349d26b8d54252a14689e77c88ef6d", "state": "approved"}
display:
  description: The same approval, column to display value.
  returned: when the user is or was asked
  type: dict
  sample: {"approver": "Fred Luddy", "state": "Approved"}
change:
  description: >-
    The change after the task, as far as the approval shows it. In check mode, as it is: where a decision would lead it
    is up to the instance.
  returned: when the user is or was asked
  type: dict
  contains:
    record:
      description: Column to stored value, of C(sys_id), C(number), C(correlation_id), C(state), C(approval) and
        C(active).
      type: dict
    display:
      description: Column to display value.
      type: dict
  sample: {"record": {"number": "CHG0030001", "state": "-3"}, "display": {"number": "CHG0030001", "state": "Authorize"}}
diff:
  description: The decision, before and after, and the comments that go with it.
  returned: always
  type: dict
  sample: {"before": {"state": "Requested"}, "after": {"state": "Approved"}}
unapplied:
  description: The decision, if the instance took it and the approval does not show it. The task fails then.
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
  sample: 3
error:
  description: What went wrong, for a program to read.
  returned: failure
  type: dict
  contains:
    type:
      description: >-
        The kind of failure, for example V(authentication), V(connection), V(forbidden), V(invalid_usage),
        V(instance_unavailable), V(no_results), V(not_asked), V(outcome_unknown) or V(unapplied).
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

from ansible_collections.changegate.snow.plugins.module_utils import arguments, identity
from ansible_collections.changegate.snow.plugins.module_utils.arguments import Spec
from ansible_collections.changegate.snow.plugins.module_utils.module import run_module
from ansible_collections.changegate.snow.plugins.module_utils.task import Task

_IDENTITIES = ("sys_id", "number", "correlation_id")
_OWN = Spec(
    {
        "state": {"type": "str", "choices": ["approved", "rejected"], "required": True},
        "comments": {"type": "str"},
        "change_state": {"type": "str"},
    },
    mutually_exclusive=[_IDENTITIES],
    required_one_of=[_IDENTITIES],
)
SPEC = arguments.INSTANCE.merge(arguments.identity(*_IDENTITIES)).merge(_OWN)


def run(task: Task) -> None:
    from ansible_collections.changegate.snow.plugins.module_utils.approvals import decision_of
    from ansible_collections.changegate.snow.plugins.module_utils.approving import Approving

    who = identity.chosen("change request", task.options(_IDENTITIES), _IDENTITIES)
    wanted = decision_of(task.params["state"], task.params["comments"], task.params["change_state"])
    Approving(task.client, task.trail, who).ensure(wanted)


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
