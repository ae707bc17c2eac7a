# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a gate rests on: facts about a change and what belongs to it. No input or output."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.cells import Record


class Unknown(NamedTuple):
    """In place of a fact: nobody knows, and *why*."""

    why: str


NOT_READ = Unknown("it was not read")


class Item(NamedTuple):
    """An affected configuration item. What it does not show is empty."""

    sys_id: str
    name: str
    fqdn: str = ""
    ip_address: str = ""


class ChangeTask(NamedTuple):
    """A task of the change; *state* is the stored value, *label* what is displayed."""

    number: str
    short_description: str
    state: str
    label: str = ""


class ConflictOutcome(NamedTuple):
    """The last conflict check: *state* is ``complete`` or how far it is, *status* what the instance calls the outcome.

    *began* is in UTC; *conflicts* are the kinds of what was found, as they are displayed.
    """

    state: str
    status: str
    began: datetime | None
    conflicts: tuple[str, ...] = ()


class Incidents(NamedTuple):
    """Active incidents of the affected items: how many there are, and the numbers of those that the user may read."""

    total: int
    numbers: tuple[str, ...] = ()


class Approver(NamedTuple):
    """One row of table Approval: who (*user* is a sys_id), the stored *state*, and for whom.

    *groups* are names and sys_ids: the group that was asked, and groups of the policy in which the user is a member.
    """

    user: str
    user_name: str
    email: str
    state: str
    groups: tuple[str, ...] = ()


class Facts(NamedTuple):
    """All that a verdict rests on. *now* is the instance's time when it sent the change; None if it did not tell."""

    change: Record
    now: datetime | None
    items: Sequence[Item] | Unknown = NOT_READ
    tasks: Sequence[ChangeTask] | Unknown = NOT_READ
    conflicts: ConflictOutcome | Unknown = NOT_READ
    incidents: Incidents | Unknown = NOT_READ
    approvers: Sequence[Approver] | Unknown = NOT_READ
    matched: bool | Unknown = NOT_READ
