#!/usr/bin/python
# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create, update, move or delete a change request."""

from __future__ import annotations

DOCUMENTATION = r"""
module: snow_change
short_description: Manage a ServiceNow change request
version_added: 0.1.0
author:
  - changegate.snow contributors (@changegate)
description:
  - Opens a change request, updates it, moves it through its states, or deletes it, over the Change Management API.
  - Only what is given is compared and written. An option that is left out leaves its field as it is; C(null) or
    an empty string clears it.
  - References and choices can be given by name, label, value or sys_id. Names are resolved by the instance.
  - O(state) is gone to over the steps that the change's model allows; each step is returned in RV(transitions).
    A step that the instance does not take fails the task with the conditions that are not met. No step ever
    leads through Canceled.
extends_documentation_fragment:
  - changegate.snow.instance
  - changegate.snow.writer
  - changegate.snow.attributes
  - changegate.snow.attributes.writes
options:
  sys_id:
    description:
      - The sys_id of the change. It must exist, unless O(state=absent).
    type: str
  number:
    description:
      - The number of the change. It must exist, unless O(state=absent).
    type: str
  correlation_id:
    description:
      - Your own ID of the change, for example of a release and its environment. If no change has it, one is created.
      - At most 100 characters.
    type: str
  if_missing:
    description:
      - What happens if no change has the O(correlation_id). V(create) creates one, V(fail) fails, V(ignore) does
        nothing and succeeds; also where the O(number) or O(sys_id) does not exist.
      - In check mode V(fail) predicts a change and warns, because an earlier task may be the one that would
        create it.
      - With O(state=absent) it has no effect.
    type: str
    choices: [create, fail, ignore]
    default: create
  if_closed:
    description:
      - What happens if the change that is found is closed or canceled, and something of it would have to be changed.
      - V(fail) fails. It is the default for a change that is named by its O(correlation_id); one that is named by
        O(number) or O(sys_id) is written to, as far as the instance allows. Items and files that are missing count as
        well, and O(encrypted_fields) that are always written. Notes are added to a closed change, and a state that it
        cannot go to is refused as always.
      - V(keep) leaves it as it is, and warns if the task wanted something else.
      - V(create) creates another one with the same O(correlation_id), which later tasks then find, because it is the
        one that is open. It does not go with O(state=closed) or O(state=canceled), which would make one at each run.
      - V(fail) and V(keep) have no effect with O(state=absent).
    type: str
    choices: [fail, keep, create]
  template:
    description:
      - The standard change template that a new change is made from, by its name or sys_id, or by those of its
        current version. The change is a standard one then, so that neither O(type) nor O(chg_model) says otherwise.
      - What the task gives besides is compared with what the template has filled in, and written after.
      - A change that is there must have been made from this template, or the task fails.
    type: str
  template_table:
    description:
      - Table in which O(template) is looked up, if it is not among the templates of the API. Its records are templates,
        or versions that name theirs in C(std_change_producer).
    type: str
  state:
    description:
      - The state that the change should be in, by label or value, in any case. The usual ones are V(new), V(assess),
        V(authorize), V(scheduled), V(implement), V(review), V(closed) and V(canceled).
      - In check mode one that no way leads to fails the task as in the real run. Of conditions that are not met yet,
        and of all steps after the first, it warns and assumes that they can be taken by then.
      - V(absent) deletes the change, which needs the role C(change_manager) or C(admin). Of several with one
        O(correlation_id) none is deleted, unless O(if_closed=create) says that only the open one counts.
    type: str
  state_match:
    description:
      - V(exact) wants just O(state). V(at_least) is satisfied by a change that has passed it already, so that a
        playbook can be run again after its change was closed. A canceled change has passed nothing.
      - Without O(state), and with O(state=absent), it has no effect.
    type: str
    choices: [exact, at_least]
    default: exact
  wait_timeout:
    description:
      - Seconds to wait in all where O(state) cannot be reached yet but may be, because of a condition that others meet,
        such as an approval. Steps that the instance then takes by itself are waited for, the others are taken.
      - Waiting ends when the state is reached, and at once when that can surely not come any more, because the change
        was rejected, canceled or taken back. Fields are written before.
      - Where the task runs inside the controller, it says what it waits for.
      - Without O(state), and with O(state=absent), it has no effect.
    type: int
    default: 0
  type:
    description:
      - Type of change, for example V(normal) or V(emergency). A new change is V(normal) if neither this nor
        O(chg_model) is set. The instance lets it be changed only while the change is new.
    type: str
  chg_model:
    description:
      - Name or sys_id of the change model. It must be active; looked up before it is written, which costs a request.
    type: str
  short_description:
    description: Summary. Needed to create a change, unless O(template) gives it one.
    type: str
  description:
    description: Detailed description.
    type: str
  requested_by:
    description:
      - User who wants the change, by name, user name, e-mail or sys_id. By anything but the sys_id it must be exactly
        one; that is looked up before it is written, with one request for all users of the task. One that is given by
        user name or e-mail is looked up each time, because the change shows only the name.
    type: str
  assignment_group:
    description:
      - Name or sys_id of the group that does the work. The instance demands it beyond New.
      - The instance resolves the name, as those of all that is neither a user nor in a list; of two with one name it
        takes one without a word. Give the sys_id where that may be.
    type: str
  assigned_to:
    description: User who does the work, by name, user name, e-mail or sys_id.
    type: str
  cmdb_ci:
    description: Name or sys_id of the main configuration item.
    type: str
  affected_cis:
    description:
      - Names or sys_ids of configuration items that the change affects. Those that are missing are added before the
        change goes to another O(state), so that whoever approves it sees them.
      - Costs one request more, and a few while the instance associates the items.
      - A list that is left out, or C(null), leaves them alone.
    type: list
    elements: str
  impacted_services:
    description:
      - Names or sys_ids of services that the change impacts, as with O(affected_cis).
    type: list
    elements: str
  service_offerings:
    description:
      - Names or sys_ids of service offerings that the change impacts, as with O(affected_cis).
    type: list
    elements: str
  items_match:
    description:
      - How O(affected_cis), O(impacted_services) and O(service_offerings) are meant. With V(add) others stay. With
        V(exact) others are removed, so that an empty list means none.
      - O(cmdb_ci) is never removed from the affected items, because the instance puts it there by itself.
      - The Change Management API cannot remove items, so that V(exact) needs the right to delete records of
        C(task_ci), C(task_cmdb_ci_service) or C(task_service_offering).
      - Without one of these options it has no effect.
    type: str
    choices: [add, exact]
    default: add
  refresh_impacted_services:
    description:
      - Has the instance find the impacted services anew, from O(affected_cis) if they are given and not empty, or
        else from the change's O(cmdb_ci). It is a change if the services are others than before. With
        O(state_match=at_least) a change that O(if_closed) protects keeps them.
      - The instance is asked to each time; in check mode nobody knows what it would find, so that no change by it is
        predicted, and a warning says so.
    type: bool
    default: false
  calculate_risk:
    description:
      - Has the instance calculate risk and impact by its own conditions, after the fields are written. It is a change
        if they are others than before. Refused beside O(risk) and O(impact), and for a change that is closed or
        canceled; but with O(state_match=at_least) a closed one keeps its risk.
      - The instance is asked to each time; in check mode nobody knows the outcome, so that no change by it is
        predicted, and a warning says so.
    type: bool
    default: false
  attachments:
    description:
      - Files that are attached to the change. One of the same name and content is left as it is, one with other
        content is replaced; files of other names stay. Use M(changegate.snow.snow_attachment) to remove one.
      - They are attached before the change goes to another O(state).
    type: list
    elements: dict
    suboptions:
      src:
        description:
          - Path of the file, on the host where the task runs, or a pattern such as V(logs/*.txt). Either this or
            O(attachments[].content).
        type: path
      content:
        description: Text that becomes the content of the file.
        type: str
      name:
        description: Name of the attachment. That of the file, if not set; needed with O(attachments[].content).
        type: str
      content_type:
        description: Media type. Guessed from the name, if not set.
        type: str
  business_service:
    description: Name or sys_id of the business service.
    type: str
  category:
    description:
      - Category, by label or value as this instance defines them.
      - This and every other choice is refused before anything is written if the instance does not have it, with those
        that it has. One that is not among the usual choices is looked up for that, which costs a request where it
        is about to be written.
    type: str
  priority:
    description: Priority, by label or value as this instance defines them.
    type: str
  impact:
    description: Impact, by label or value as this instance defines them.
    type: str
  risk:
    description: Risk, by label or value as this instance defines them.
    type: str
  urgency:
    description: Urgency, by label or value as this instance defines them.
    type: str
  scope:
    description: Scope, by label or value, for example V(Large).
    type: str
  phase:
    description: Phase, by label or value, for example V(Plan).
    type: str
  reason:
    description: Why the change is made, by label or value as this instance defines them.
    type: str
  justification:
    description: What the change is good for, and what happens without it.
    type: str
  implementation_plan:
    description: The steps of the implementation.
    type: str
  backout_plan:
    description: How the change is taken back.
    type: str
  test_plan:
    description: How its success is tested.
    type: str
  risk_impact_analysis:
    description: Risk and impact analysis.
    type: str
  proposed_change:
    description: What is to be changed.
    type: str
  change_plan:
    description: Activities and roles with which the change is managed.
    type: str
  start_date:
    description: Planned start, such as V(2026-07-15T08:00:00Z). Without an offset it is UTC.
    type: str
  end_date:
    description: Planned end, in the same form. Refused if it is before the O(start_date) of the same task.
    type: str
  work_start:
    description: Actual start, in the same form.
    type: str
  work_end:
    description: Actual end, in the same form. Refused if it is before the O(work_start) of the same task.
    type: str
  requested_by_date:
    description: By when it is wanted, in the same form.
    type: str
  due_date:
    description: When it is due, in the same form.
    type: str
  cab_required:
    description: Whether the Change Advisory Board has to decide.
    type: bool
  cab_date:
    description: When the board meets, a day or, where the instance keeps one, a date and time.
    type: str
  cab_delegate:
    description: User who stands in for the manager of the board, by name, user name, e-mail or sys_id.
    type: str
  cab_recommendation:
    description: What the board recommends.
    type: str
  review_date:
    description: Day of the review, such as V(2026-07-20).
    type: str
  review_status:
    description: Result of the review, by label or value.
    type: str
  review_comments:
    description: What the review found.
    type: str
  on_hold:
    description:
      - Whether the change waits. It needs O(on_hold_reason), and a change that is past New and neither Closed nor
        Canceled. With O(state) the change goes there first.
      - V(false) takes it off hold and clears the reason.
    type: bool
  on_hold_reason:
    description: Why the change is on hold.
    type: str
  outside_maintenance_schedule:
    description: Whether it is outside the maintenance schedule.
    type: bool
  production_system:
    description: Whether a production system is changed.
    type: bool
  unauthorized:
    description: Whether the change was made without authorization.
    type: bool
  opened_by:
    description: User who opened it, by name, user name, e-mail or sys_id.
    type: str
  company:
    description: Name or sys_id of the company.
    type: str
  location:
    description: Name or sys_id of the location.
    type: str
  service_offering:
    description: Name or sys_id of the service offering.
    type: str
  parent:
    description: Number or sys_id of the task that this change belongs to.
    type: str
  contact_type:
    description: How the change was asked for, by label or value, for example V(Phone).
    type: str
  correlation_display:
    description: Name of the system that the O(correlation_id) belongs to.
    type: str
  watch_list:
    description:
      - All users who are told of comments, each by name, user name, e-mail or sys_id; an address that is no user's is
        kept as it is. An empty list clears it.
    type: list
    elements: str
  work_notes_list:
    description: All users who are told of work notes, in the same form.
    type: list
    elements: str
  close_code:
    description: How it went, for example V(successful), V(successful_issues) or V(unsuccessful). Needed to close.
    type: str
  close_notes:
    description: What was done. Needed to close.
    type: str
  work_notes:
    description: A work note to add, once. Looked up before, which costs a request.
    type: str
  comments:
    description: A comment to add, once. Looked up before, which costs a request.
    type: str
  fields:
    description:
      - Any other columns and their values, custom ones included.
    type: dict
  encrypted_fields:
    description:
      - Columns that the instance encrypts, and their values. They are sent as such, never compared, and neither they
        nor their values appear in RV(record), RV(display) or RV(diff).
    type: dict
  update_encrypted:
    description:
      - When O(encrypted_fields) are written. V(on_create) writes them into a new change only, V(always) each time,
        which is a change if the instance says that its record changed.
      - Without O(encrypted_fields) it has no effect.
    type: str
    choices: [on_create, always]
    default: on_create
seealso:
  - module: changegate.snow.snow_change_task
  - module: changegate.snow.snow_change_info
  - module: changegate.snow.snow_attachment
"""

EXAMPLES = r"""
- name: A change for this release, opened once
  changegate.snow.snow_change:
    correlation_id: shop-2026.11.1-production
    short_description: Deploy shop 2026.11.1 to production
    requested_by: Abel Tuter
    assignment_group: Network
    start_date: 2026-11-24T20:00:00Z
    end_date: 2026-11-24T22:00:00Z
    implementation_plan: Deploy the release with the playbook deploy.yml.
    backout_plan: Deploy the previous release with the same playbook.
    test_plan: Ask the health page of each server.
    affected_cis: [PS Apache01]
    attachments:
      - name: plan.txt
        content: Deploy with deploy.yml, and look at the health page.
  register: change

- name: It affects just these, and whatever services depend on them
  changegate.snow.snow_change:
    number: "{{ change.record.number }}"
    affected_cis: [PS Apache01, web-01]
    items_match: exact
    refresh_impacted_services: true
    calculate_risk: true
- name: A standard change from its template
  changegate.snow.snow_change:
    correlation_id: switch-rack-7
    template: Add network switch to datacenter cabinet
    requested_by: abel.tuter@example.com
    start_date: 2026-11-25T20:00:00Z
    end_date: 2026-11-25T21:00:00Z

- name: One by a change model, anew each time that the last one was closed
  changegate.snow.snow_change:
    correlation_id: nightly-import
    if_closed: create
    chg_model: Change Registration
    short_description: Import the nightly data
    assignment_group: Database
    fields:
      upon_reject: goto

- name: Ask for its assessment
  changegate.snow.snow_change:
    number: "{{ change.record.number }}"
    state: assess
    state_match: at_least

- name: Begin when it was approved, for which an hour is waited
  changegate.snow.snow_change:
    number: "{{ change.record.number }}"
    state: implement
    wait_timeout: 3600

- name: Close it
  changegate.snow.snow_change:
    correlation_id: shop-2026.11.1-production
    if_missing: fail
    state: closed
    close_code: successful
    close_notes: Deployed without issues.
  when: deployed | default(false)

- name: Have it wait
  changegate.snow.snow_change:
    number: CHG0030001
    on_hold: true
    on_hold_reason: The spare part has not arrived.
  when: waiting | default(false)

- name: Cancel another one
  changegate.snow.snow_change:
    number: CHG0030007
    state: canceled
    work_notes: Superseded by the next release.
  when: superseded | default(false)
"""

RETURN = r"""
record:
  description: The record after the task, column to stored value. In check mode, as it would be.
  returned: when the record is there
  type: dict
  sample: {"sys_id": "b0dbda5347c12200e0ef563dbb9a718f", "number": "CHG0000024", "state": "-5"}
display:
  description: The same record, column to display value.
  returned: when the record is there
  type: dict
  sample: {"number": "CHG0000024", "state": "New"}
diff:
  description: The fields that were touched, before and after. Dates are in UTC.
  returned: always
  type: dict
  sample: {"before": {"state": "New"}, "after": {"state": "Assess"}}
unapplied:
  description: Fields that were asked for and that the instance did not apply.
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
  sample: 2
error:
  description: What went wrong, for a program to read.
  returned: failure
  type: dict
  contains:
    type:
      description: >-
        The kind of failure, for example V(authentication), V(connection), V(forbidden), V(invalid_usage),
        V(instance_unavailable), V(multiple_results), V(not_converged), V(not_found),
        V(transition_refused) or V(unapplied).
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
transitions:
  description: The steps that the change took during the task, in their order; also those that it took by itself.
  returned: unless Ansible refused the options
  type: list
  elements: dict
  contains:
    from:
      description: Label of the state that was left.
      type: str
    to:
      description: Label of the state that was reached.
      type: str
    at:
      description: When, by the instance's clock, in UTC.
      type: str
  sample: [{"from": "New", "to": "Assess", "at": "2026-11-22 10:00:00"}]
affected_cis:
  description: The affected configuration items after the task.
  returned: when O(affected_cis) is set
  type: list
  elements: dict
  contains:
    name:
      description: Name of the item.
      type: str
    sys_id:
      description: Its sys_id.
      type: str
  sample: [{"name": "PS Apache01", "sys_id": "3a27d4370a0a0bb4006316812bf45439"}]
impacted_services:
  description: The impacted services after the task, as RV(affected_cis).
  returned: when O(impacted_services) or O(refresh_impacted_services) is set
  type: list
  elements: dict
  sample: [{"name": "Online Shop", "sys_id": "d0b0a3d5c0a8016400fe2a5d2b4d9a31"}]
service_offerings:
  description: The impacted service offerings after the task, as RV(affected_cis).
  returned: when O(service_offerings) is set
  type: list
  elements: dict
  sample: [{"name": "Online Shop Europe", "sys_id": "5c0a3d5c0a8016400fe2a5d2b4d9a31d"}]
attachments:
  description:
    - The attachments that O(attachments) stands for, in its order, as the instance describes them. One that check mode
      did not attach has its C(file_name), C(hash) and C(size_bytes).
  returned: when O(attachments) is set
  type: list
  elements: dict
  sample: [{"file_name": "plan.txt", "content_type": "text/plain", "size_bytes": "11",
            "hash": "64ec88ca00b268e5ba1a35678a1b5316d212f4f366b2477232534a8aeca37f3c"}]
"""

from contextlib import suppress

from ansible_collections.changegate.snow.plugins.module_utils import arguments, fields, identity
from ansible_collections.changegate.snow.plugins.module_utils.arguments import Spec
from ansible_collections.changegate.snow.plugins.module_utils.module import run_module
from ansible_collections.changegate.snow.plugins.module_utils.task import Task

_IDENTITIES = ("sys_id", "number", "correlation_id")
_OWN = Spec(
    {
        "wait_timeout": {"type": "int", "default": 0},
        "if_missing": {"type": "str", "choices": ["create", "fail", "ignore"], "default": "create"},
        "if_closed": {"type": "str", "choices": ["fail", "keep", "create"]},
        "template": {"type": "str"},
        "template_table": {"type": "str"},
        "encrypted_fields": {"type": "dict", "no_log": True},
        "update_encrypted": {
            "type": "str",
            "choices": ["on_create", "always"],
            "default": "on_create",
            "no_log": False,
        },
        "affected_cis": {"type": "list", "elements": "str"},
        "impacted_services": {"type": "list", "elements": "str"},
        "service_offerings": {"type": "list", "elements": "str"},
        "items_match": {"type": "str", "choices": ["add", "exact"], "default": "add"},
        "refresh_impacted_services": {"type": "bool", "default": False},
        "calculate_risk": {"type": "bool", "default": False},
        "attachments": {
            "type": "list",
            "elements": "dict",
            "options": {
                "src": {"type": "path"},
                "content": {"type": "str"},
                "name": {"type": "str"},
                "content_type": {"type": "str"},
            },
            "mutually_exclusive": [("src", "content")],
            "required_one_of": [("src", "content")],
            "required_by": {"content": "name"},
        },
    },
    mutually_exclusive=[("sys_id", "number")],
    required_one_of=[_IDENTITIES],
    required_by={"template_table": ["template"]},
)
_FIELDS = arguments.PROCESS.merge(arguments.of_fields(fields.CHANGE))
SPEC = arguments.WRITER.merge(arguments.identity(*_IDENTITIES)).merge(_FIELDS).merge(_OWN)


def run(task: Task) -> None:
    from ansible_collections.changegate.snow.plugins.module_utils.change_opening import Opening
    from ansible_collections.changegate.snow.plugins.module_utils.change_rules import LeftAlone
    from ansible_collections.changegate.snow.plugins.module_utils.state_wait import StateWait
    from ansible_collections.changegate.snow.plugins.module_utils.surroundings import Surroundings

    task.trail.extra["transitions"] = task.trail.transitions
    who = identity.chosen("change request", task.options(_IDENTITIES), _IDENTITIES)
    desired = {**task.desired(fields.CHANGE, more="fields"), **task.state(fields.CHANGE_STATES)}
    opening = Opening(task.params, task.given, desired, who)
    store = opening.store(task.client, task.trail, StateWait(task.params["wait_timeout"], task.progress))
    converger = task.converger(store, opening.kinds, task.params["if_missing"], opening.required)
    around = Surroundings(task.client, task.params, desired, task.trail)
    if (task.params["state"] or "").strip().lower() == "absent":
        store.exactly = True
        converger.absent(who)
        return
    with suppress(LeftAlone):
        checks = opening.checks(task.client, store, task.trail, around.differing)
        around.bring(converger, who, desired, opening.defaults, checks)


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
