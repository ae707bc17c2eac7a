# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is looked at before a task of a change is written: states and choices that are none, and who does it.

Each look-up is made only for what is about to be written and cannot be taken for granted.
"""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.changegate.snow.plugins.module_utils.cells import Record, text_of
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.fields import CHANGE_TASK_STATES, kinds_of_change_tasks
from ansible_collections.changegate.snow.plugins.module_utils.lookups import check_choices
from ansible_collections.changegate.snow.plugins.module_utils.people import resolve, to_resolve
from ansible_collections.changegate.snow.plugins.module_utils.plan import Desired, chosen
from ansible_collections.changegate.snow.plugins.module_utils.values import is_empty, same


def checks_of(client: Client, desired: Desired) -> Callable[[Record | None], Desired]:
    """A check before a task is written, which gives the user in place of a user name or an e-mail."""

    def look(record: Record | None) -> Desired:
        _check_state(client, record, desired)
        check_choices(client, "change_task", chosen(record, desired, kinds_of_change_tasks()))
        return _people(client, record, desired)

    return look


def _check_state(client: Client, record: Record | None, desired: Desired) -> None:
    """Refuse a state that the instance does not have; the usual ones cost no request."""
    wanted = desired.get("state")
    if is_empty(wanted) or CHANGE_TASK_STATES.is_known(text_of(wanted)):
        return
    if record is None or "state" not in record or not same("change_task_state", wanted, record["state"]):
        check_choices(client, "change_task", {"state": wanted})


def _people(client: Client, record: Record | None, desired: Desired) -> Desired:
    """The user whom a user name or an e-mail means, which an instance does not take.

    A text with a blank is a name, which the instance resolves along with the group's, so that one request carries both.
    """
    wanted = to_resolve(record, desired, ("assigned_to",))
    single = {column: text for column, text in wanted.items() if not any(map(str.isspace, text))}
    return resolve(client, single, {}) if single else {}
