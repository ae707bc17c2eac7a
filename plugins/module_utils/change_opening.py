# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a task wants its change found and opened: what it is made from, and what is looked at before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils import change_options
from ansible_collections.changegate.snow.plugins.module_utils.cells import Record
from ansible_collections.changegate.snow.plugins.module_utils.change_checks import ChangeChecks
from ansible_collections.changegate.snow.plugins.module_utils.change_origin import Origin
from ansible_collections.changegate.snow.plugins.module_utils.change_requests import ChangeRequests
from ansible_collections.changegate.snow.plugins.module_utils.change_store import ChangeStore
from ansible_collections.changegate.snow.plugins.module_utils.change_types import TypedChanges
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.fields import kinds_of_changes
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity
from ansible_collections.changegate.snow.plugins.module_utils.plan import Desired
from ansible_collections.changegate.snow.plugins.module_utils.state_labels import state_labels
from ansible_collections.changegate.snow.plugins.module_utils.state_wait import StateWait
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail


class Opening:
    """What the options of ``snow_change`` say besides its columns.

    :param params: of the module, and *given*, those that the user wrote.
    :param desired: column to wanted value, the state included; encrypted columns are added if they are always written.
    :raises InvalidUsage: options that contradict each other.
    """

    def __init__(
        self, params: Mapping[str, Any], given: Collection[str], desired: dict[str, Any], who: Identity
    ) -> None:
        change_options.check_options(params, given, desired, who)
        secrets = change_options.encrypted(params, desired)
        self._template = (params["template"], params["template_table"]) if "template" in given else None
        # What a number or a sys_id names is meant to be written to, closed or not.
        self._if_closed = params["if_closed"] or ("fail" if who.creates else None)
        self._if_missing: str = params["if_missing"]
        self._creates = who.creates and self._if_missing == "create"
        self._state_match: str = params["state_match"]
        self._origin: Origin | None = None
        #: Column to kind, the encrypted ones included.
        self.kinds = {**kinds_of_changes(), **dict.fromkeys(secrets, "secret")}
        #: What a new change gets besides what is desired.
        self.defaults = _type_of(desired, self._template is not None)
        if params["update_encrypted"] == "always":
            desired.update(secrets)
        else:
            self.defaults.update(secrets)
        self._secrets, self._desired = frozenset(secrets), dict(desired)

    @property
    def required(self) -> tuple[str, ...]:
        """Columns without which no change is made."""
        return () if self._template else ("short_description",)

    def store(self, client: Client, trail: Trail, wait: StateWait) -> ChangeStore:
        trail.hidden = self._secrets
        api, labels = ChangeRequests(client.transport), partial(state_labels, client)
        store = ChangeStore(api, trail, self._state_match, wait, labels)
        store.open_only = self._if_closed == "create"
        if self._template:
            typed, origin = TypedChanges(client.transport), Origin(client, *self._template)
            store.make = lambda payload: typed.create_standard(origin.sys_id, payload, strict=False)
            self._origin = origin
        return store

    def checks(
        self, client: Client, store: ChangeStore, trail: Trail, around: Callable[[Record], Collection[str]]
    ) -> ChangeChecks:
        """What to call with the change before it is written; *around* as :class:`ChangeChecks` takes it."""
        return ChangeChecks(
            client,
            store,
            self._desired,
            self.kinds,
            trail,
            self._origin,
            if_missing=self._if_missing,
            if_closed=self._if_closed,
            creates=self._creates,
            around=around,
        )


def _type_of(desired: Desired, from_template: bool) -> dict[str, Any]:
    if from_template:
        return {"type": "standard"}
    return {} if "chg_model" in desired else {"type": "normal"}
