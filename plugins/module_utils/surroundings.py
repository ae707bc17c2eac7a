# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What surrounds a change beside its own fields: its items and services, its risk, its files.

All of it is looked up and checked before anything is written, and done before the change moves on: whoever approves it
has to see what it affects. What a task does not ask for costs no request.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils.affected import AssociatedItems
from ansible_collections.changegate.snow.plugins.module_utils.cells import Record, text_of
from ansible_collections.changegate.snow.plugins.module_utils.change_files import ChangeFiles
from ansible_collections.changegate.snow.plugins.module_utils.change_requests import ChangeRequests
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.converge import Converger
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity
from ansible_collections.changegate.snow.plugins.module_utils.item_names import AFFECTED, IMPACTED, OFFERING, ItemKind
from ansible_collections.changegate.snow.plugins.module_utils.plan import Desired
from ansible_collections.changegate.snow.plugins.module_utils.risk_calculation import RiskCalculation
from ansible_collections.changegate.snow.plugins.module_utils.services_found import ServicesFound
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail

_OPTIONS = (
    "affected_cis",
    "impacted_services",
    "service_offerings",
    "refresh_impacted_services",
    "calculate_risk",
    "attachments",
)


class Surroundings:
    """Everything around one change that the options *params* ask for.

    :param desired: the columns that the task sets, which must not contradict the rest.
    :raises InvalidUsage: options that cannot go together, a file that cannot be read; nothing was asked yet.
    """

    def __init__(self, client: Client, params: Mapping[str, Any], desired: Desired, trail: Trail) -> None:
        _check(params, desired)
        self._trail = trail
        self._exact = params["items_match"] == "exact"
        self._lenient = params["unapplied"] == "warn"
        self._client = client
        affected, impacted, offering = (self._items(kind, params) for kind in (AFFECTED, IMPACTED, OFFERING))
        self._refresh = None
        if params["refresh_impacted_services"]:
            impacted = impacted or AssociatedItems(client, IMPACTED, [], False, self._lenient, trail)
            self._refresh = ServicesFound(client, impacted, affected, trail)
        self._affected = affected
        self._others = [items for items in (impacted, offering) if items is not None]
        api = ChangeRequests(client.transport)
        self._past = bool(params["state"]) and params["state_match"] == "at_least"
        self._risk = RiskCalculation(api, trail, self._past) if params["calculate_risk"] else None
        self._files = ChangeFiles(client, params["attachments"], trail) if params["attachments"] else None

    def bring(
        self,
        converger: Converger,
        who: Identity,
        desired: Desired,
        defaults: Desired | None = None,
        checks: Callable[[Record | None], Desired | None] = lambda _record: None,
    ) -> None:
        """The change *who* with the fields *desired*, then everything around it, then its state.

        :param checks: what to look at before anything is written, as :meth:`Converger.present` takes it.
        """
        if not (self._affected or self._others or self._risk or self._files):
            converger.present(who, desired, defaults, checks)
            return

        def look(found: Record | None) -> Desired | None:
            better = checks(found)
            self._look(found)
            return better

        last = _last(desired)
        fields = {column: value for column, value in desired.items() if column not in last}
        record = converger.present(who, fields, defaults, before_write=look)
        if record is None and not converger.made:
            return  # neither there nor to be made
        record = self._ensure(record, converger.made)
        if "state" in desired:
            converger.go_on(record, last)

    def differing(self, record: Record) -> list[str]:
        """The options that would have something done around a change that has ended.

        What the instance itself would find stays as it is where a change that has passed its state is wanted.
        """
        self._refresh = None if self._past else self._refresh
        listed = [items for items in (self._affected, *self._others) if items is not None]
        found = [items.kind.option for items in listed if items.differs(record)]
        found += ["refresh_impacted_services"] if self._refresh is not None else []
        found += ["calculate_risk"] if self._risk is not None and not self._risk.is_past(record) else []
        return found + (["attachments"] if self._files is not None and self._files.differs(record) else [])

    def _items(self, kind: ItemKind, params: Mapping[str, Any]) -> AssociatedItems | None:
        wanted = params[kind.option]
        if wanted is None or not (wanted or self._exact):
            return None
        return AssociatedItems(self._client, kind, wanted, self._exact, self._lenient, self._trail)

    def _look(self, record: Record | None) -> None:
        """Everything that may have to be refused, before anything is written."""
        for part in (self._risk, self._affected, *self._others):
            if part is not None:
                part.check(record)

    def _ensure(self, record: Record | None, made: bool) -> Record | None:
        if self._affected is not None:
            self._affected.ensure(record)
        if self._refresh is not None:
            self._refresh.ensure(record)
        for items in self._others:
            items.ensure(record)
        if self._risk is not None:
            record = self._risk.ensure(record, made)
        if self._files is not None:
            self._files.ensure(record)
        return record


def _last(desired: Desired) -> dict[str, Any]:
    """What follows when all else is there: the state, and with it a hold, from which the change could go nowhere."""
    if "state" not in desired:
        return {}
    held = text_of(desired.get("on_hold")).strip().lower() in ("true", "1", "yes")
    names = ("state", "on_hold", "on_hold_reason") if held else ("state",)
    return {name: desired[name] for name in names if name in desired}


def _check(params: Mapping[str, Any], desired: Collection[str]) -> None:
    asked = [name for name in _OPTIONS if params[name]]
    if asked and (params["state"] or "").strip().lower() == "absent":
        raise InvalidUsage(f"{', '.join(asked)} cannot go with state=absent, which deletes the change; leave it out.")
    if params["calculate_risk"]:
        given = [name for name in ("risk", "impact") if name in desired]
        if given:
            raise InvalidUsage(
                f"calculate_risk sets {' and '.join(given)}, which the task gives too; give one of them."
            )
    exact = params["items_match"] == "exact" and params["impacted_services"] is not None
    if exact and params["refresh_impacted_services"]:
        raise InvalidUsage(
            "refresh_impacted_services would find services that items_match=exact removes again; leave one of them out."
        )
