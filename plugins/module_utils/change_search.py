# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which changes there are: by identity, or by what a list is asked for; of any type, or of one.

Source: ServiceNow documentation, "Change Management API", the operations that read change requests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils import labels, reading
from ansible_collections.changegate.snow.plugins.module_utils.cells import Record
from ansible_collections.changegate.snow.plugins.module_utils.change_calls import ROOT
from ansible_collections.changegate.snow.plugins.module_utils.change_filter import Wanted
from ansible_collections.changegate.snow.plugins.module_utils.change_requests import ChangeRequests
from ansible_collections.changegate.snow.plugins.module_utils.change_rules import current
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.encoded import TEXT_QUERY, Condition, Query
from ansible_collections.changegate.snow.plugins.module_utils.errors import MultipleResults, NoResults, NotFound
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity, name_of
from ansible_collections.changegate.snow.plugins.module_utils.proven import proven
from ansible_collections.changegate.snow.plugins.module_utils.stores import FEW

_TABLE = "change_request"


class _Operations(NamedTuple):
    """How changes of a type are read."""

    get: Callable[[str], Record]
    list: Callable[..., Iterator[Record]]
    path: str


def identified(client: Client, who: Identity, kind: str | None = None) -> list[Record]:
    """The change with an identity, if it is there, and of this type if one is given."""
    api = _operations(client, kind)
    if who.sys_id is None:
        found = who.only(current(list(api.list(who.query, limit=FEW)), FEW), f"GET {api.path}")
    else:
        try:
            found = who.only([api.get(who.sys_id)], f"GET {api.path}/{who.sys_id}")
        except NotFound:
            found = None
    return [] if found is None else [found]


def listed(client: Client, wanted: Wanted, kind: str | None = None) -> list[Record]:
    """The changes of a list; raises :class:`InvalidUsage` if the instance does not know what it is asked about."""
    return proven(client, _TABLE, wanted, _operations(client, kind).list(**wanted._asdict()), lambda change: change)


def only(client: Client, which: Identity | Query) -> Record:
    """The one change that an identity or conditions mean, with labels in place of values.

    :raises NoResults: there is none. :raises MultipleResults: there are several; some are listed.
    :raises InvalidUsage: the instance does not know what it is asked about.
    """
    if isinstance(which, Identity):
        found, what = identified(client, which), str(which)
    else:
        found = listed(client, Wanted(labels.resolved(client, _TABLE, which), limit=FEW))
        what = f"change request that {which} finds"
    if not found:
        raise NoResults(f"There is no {what}; check what it is looked for by, and whether the user may read it.")
    if len(found) > 1:
        names = ", ".join(name_of(change) for change in found[:10])
        raise MultipleResults(f"There is more than one {what}: {names}; give the number, or more conditions.")
    return found[0]


def counted(client: Client, wanted: Wanted, kind: str | None = None) -> int:
    """How many changes a list has, whatever its limit; the instance counts before it hides what a user may not read.

    :raises InvalidUsage: it does not know a column of the query, and would count others.
    """
    more = [Condition("type", "=", kind)] if kind else []
    if wanted.text:
        more.append(Condition(TEXT_QUERY, "=", wanted.text))
    query = Query.parse(wanted.query) if isinstance(wanted.query, str) else wanted.query or Query()
    reading.prove(client, _TABLE, query)
    return client.table(_TABLE).get(query=query & Query.where(*more), fields=["sys_id"]).count


def _operations(client: Client, kind: str | None) -> _Operations:
    if kind is None:
        api = ChangeRequests(client.transport)
        return _Operations(api.get, api.changes, ROOT)
    from ansible_collections.changegate.snow.plugins.module_utils.change_types import TypedChanges

    typed = TypedChanges(client.transport)
    get = {"normal": typed.get_normal, "standard": typed.get_standard, "emergency": typed.get_emergency}[kind]
    lists = {
        "normal": typed.normal_changes,
        "standard": typed.standard_changes,
        "emergency": typed.emergency_changes,
    }
    return _Operations(get, lists[kind], f"{ROOT}/{kind}")
