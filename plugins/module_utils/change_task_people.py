# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who does a task of a change, by user name or e-mail, which an instance does not take: looked up before the write."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.changegate.snow.plugins.module_utils.cells import Record
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.people import resolve, to_resolve
from ansible_collections.changegate.snow.plugins.module_utils.plan import Desired


def people_of(client: Client, desired: Desired) -> Callable[[Record | None], Desired]:
    """A check before a task is written, which gives the user in place of a user name or an e-mail.

    A text with a blank is a name, which the instance resolves along with the group's, so that one request carries both.
    """

    def look(record: Record | None) -> Desired:
        wanted = to_resolve(record, desired, ("assigned_to",))
        single = {column: text for column, text in wanted.items() if not any(map(str.isspace, text))}
        return resolve(client, single, {}) if single else {}

    return look
