# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where records live: the operations that converge needs, and their form for any table.

Source: ServiceNow documentation, "Table API".
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from ansible_collections.changegate.snow.plugins.module_utils.cells import Record, record_of
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import NotFound
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity
from ansible_collections.changegate.snow.plugins.module_utils.plan import Desired, Difference, Payload, payloads_of
from ansible_collections.changegate.snow.plugins.module_utils.queried import ByQuery
from ansible_collections.changegate.snow.plugins.module_utils.resource import Resource
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail

Differences = tuple[Difference, ...]
#: A look-up by identity asks for no more rows than this: it expects one, and lists them if there are more.
FEW = 20


class Store(Protocol):
    """A kind of record. Writers note each success in the task's trail."""

    table: str

    def find(self, identity: Identity) -> Record | None:
        """The one record with *identity*, or None."""

    def reread(self, record: Record) -> Record:
        """The record as it is now."""

    def create(self, differences: Differences) -> Record: ...

    def update(self, record: Record, differences: Differences) -> Record: ...

    def delete(self, record: Record) -> None: ...

    def foresee(self, record: Record | None, differences: Differences) -> None:
        """In check mode, instead of a write: raise what it would surely raise, and warn of what is not known."""

    def pending(self, record: Record, desired: Desired) -> Desired:
        """*desired* without what the record satisfies in a way that only this kind of record knows."""


class TableStore:
    """Records of any table."""

    def __init__(self, client: Client, table: str, trail: Trail) -> None:
        self.table = table
        self._client = client
        self._trail = trail
        #: For messages about what a look-up found.
        self.request = f"GET /api/now/table/{table}"

    def find(self, identity: Identity) -> Record | None:
        return identity.only(self.search(identity.query), self.request)

    def search(self, query: str, limit: int | None = FEW, fields: Sequence[str] | None = None) -> list[Record]:
        """The records that an encoded query finds, with values and display values; all columns, or *fields*."""
        return [record_of(raw) for raw in self._resource().get(query=query, limit=limit, fields=fields).all()]

    def reread(self, record: Record) -> Record:
        found = self.search(f"sys_id={record['sys_id'].value}", 1)
        if not found:
            raise NotFound(
                f"The record {record['sys_id'].value} of {self.table} is gone or hidden after it was written."
            )
        return found[0]

    def create(self, differences: Differences) -> Record:
        first, *rest = payloads_of(differences)
        record = record_of(self._resource(first).create(first.texts, once=False))
        self._trail.wrote(record)
        return self._send(record, rest)

    def update(self, record: Record, differences: Differences) -> Record:
        return self._send(record, payloads_of(differences))

    def delete(self, record: Record) -> None:
        self._client.table(self.table).delete_one(record["sys_id"].value)
        self._trail.wrote()

    def foresee(self, record: Record | None, differences: Differences) -> None:
        """Of a table nothing is known but what the plan tells."""

    def pending(self, record: Record, desired: Desired) -> Desired:
        return desired

    def _send(self, record: Record, payloads: Collection[Payload]) -> Record:
        for payload in payloads:
            resource = self._resource(payload)
            after = record_of(resource.update_one(record["sys_id"].value, payload.texts, payload.repeatable))
            self._trail.updated(record, after, journal=not payload.repeatable)
            record = after
        return record

    def _resource(self, payload: Payload | None = None) -> Resource:
        resource = self._client.table(self.table)
        resource.parameters.display_value = "all"
        if payload is not None and payload.display:
            resource.parameters.input_display_value = True
        return resource


class QueriedStore(TableStore):
    """Records of any table that a query names, instead of a key."""

    def find(self, identity: Identity) -> Record | None:
        if not isinstance(identity, ByQuery) or not identity.walks:
            return super().find(identity)
        # Columns of other records are shown only if they are asked for, and then no others are.
        found = identity.only(self.search(identity.query, fields=["sys_id", *identity.columns]), self.request)
        return None if found is None else self.reread(found)
