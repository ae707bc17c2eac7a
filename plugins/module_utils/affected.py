# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The items, services or offerings that a change is associated with: those that are missing are added, and where the
list is to be exact, the others are removed.

The Change Management API adds and lists them and cannot remove any; that goes over the table of the associations.
Source: ServiceNow documentation, "Change Management API", GET and POST /sn_chg_rest/change/{sys_id}/ci.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, Record
from ansible_collections.changegate.snow.plugins.module_utils.change_catalog import AssociatedItem
from ansible_collections.changegate.snow.plugins.module_utils.change_item_calls import ChangeItems
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    NotFound,
    SnowError,
    Unapplied,
    UnexpectedResponseFormat,
    WorkerFailed,
)
from ansible_collections.changegate.snow.plugins.module_utils.item_names import AFFECTED, ItemKind, resolve
from ansible_collections.changegate.snow.plugins.module_utils.once import exactly_once
from ansible_collections.changegate.snow.plugins.module_utils.plan import Miss
from ansible_collections.changegate.snow.plugins.module_utils.query import check_identifier, is_sys_id
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail
from ansible_collections.changegate.snow.plugins.module_utils.values import same

#: Seconds for the instance's worker; associating a handful of items takes it one or two.
WORKER_TIMEOUT = 120.0
#: In place of a worker's sys_id: there is nothing to wait for.
_DONE = ""


class AssociatedItems:
    """The items of one *kind* on one change.

    :param wanted: names or sys_ids.
    :param exact: nothing else stays, but for the change's own configuration item among the affected ones, which the
        instance puts there by itself.
    :param lenient: warn about what the instance did not do, instead of failing.
    """

    def __init__(
        self, client: Client, kind: ItemKind, wanted: Sequence[str], exact: bool, lenient: bool, trail: Trail
    ) -> None:
        self.kind = kind
        self._client = client
        self._api = ChangeItems(client.transport)
        names = (check_identifier(name, kind.option) for name in wanted)
        self._names = list({name.casefold(): name for name in names}.values())
        self._exact = exact
        self._lenient = lenient
        self._trail = trail
        self._begin: list[str] = []
        self._current: list[AssociatedItem] = []
        self._known: dict[str, Cell] = {}
        self._looked = False
        self._made = False

    @property
    def sys_ids(self) -> list[str]:
        """The items that there are on the change, in no order."""
        return sorted({found.item.value for found in self._current})

    @property
    def wanted_ids(self) -> list[str]:
        """Those of the items that there are which were asked for."""
        return sorted({found.item.value for found in self._current if self._is_wanted(found.item)})

    def check(self, record: Record | None) -> None:
        """Look up what there is on the change *record* (None: it is not there yet), and what is missing.

        :raises InvalidUsage: a name is not exactly one item.
        """
        self._made = record is None
        if record is not None and not self._looked:
            self.read(record)
        self._begin = _shown(found.item for found in self._current)
        there = {name: found.item for name in self._names for found in self._current if _is(name, found.item)}
        self._known = {**there, **resolve(self._client, self.kind, self._missing())}

    def differs(self, record: Record) -> bool:
        """Whether the change *record* has not what was asked for; names that it has not are not looked up."""
        self.read(record)
        self._looked = True
        return bool(self._missing() or self._surplus(record))

    def read(self, record: Record) -> None:
        """Look again at what there is."""
        sys_id = record["sys_id"].value
        listed = self._api.cis(sys_id, self.kind.association)
        self._current = [found for found in listed if found.item.value]
        # What is found here may be removed.
        if any("task" in found.record and found.record["task"].value != sys_id for found in self._current):
            raise UnexpectedResponseFormat(
                f"The instance was asked for {self.kind.option} of {record['number'].value} and returned some of "
                "another record; try again."
            )

    def refreshed(self, record: Record) -> None:
        """Look at what the instance itself has made of the list."""
        self._read_again(record)
        self._tell()

    def ensure(self, record: Record | None) -> None:
        """Do to the change *record* what :meth:`check` found to be done; None is one that check mode did not make."""
        if self._made and self._exact and record is not None:
            # The instance, or the template, may have put some there with its creation.
            self.read(record)
        added = {self._known[name].value: self._known[name] for name in self._missing()}
        surplus = self._surplus(record)
        if added or surplus:
            kept = [found.item for found in self._current if found not in surplus]
            self._trail.expects({self.kind.option: self._begin}, {self.kind.option: _shown([*kept, *added.values()])})
            if self._trail.check_mode or record is None:
                self._trail.changed = True
                self._return([*kept, *added.values()])
                return
            self._carry_out(record, list(added), surplus)
        self._return(found.item for found in self._current)

    def _missing(self) -> list[str]:
        return [name for name in self._names if not any(_is(name, found.item) for found in self._current)]

    def _is_wanted(self, item: Cell) -> bool:
        return any(_is(name, item) for name in self._names)

    def _surplus(self, record: Record | None) -> list[AssociatedItem]:
        if not self._exact:
            return []
        return [
            found
            for found in self._current
            if not (self._is_wanted(found.item) or self._is_primary(found.item, record))
        ]

    def _is_primary(self, item: Cell, record: Record | None) -> bool:
        """Whether it is the change's own item; one that check mode predicts is known as it was written only."""
        primary = record.get("cmdb_ci") if record is not None and self.kind is AFFECTED else None
        if primary is None or not primary.value:
            return False
        by_name = not is_sys_id(primary.value) and item.display.casefold() == primary.display.casefold()
        return by_name or item.value == primary.value.lower()

    def _carry_out(self, record: Record, added: list[str], surplus: list[AssociatedItem]) -> None:
        """Add first, then remove: what fails in between leaves too many items rather than too few."""
        told = ""
        if added:
            told = self._associate(record, added)
            self._read_again(record)
        for found in surplus:
            # Not there any more is what was wanted.
            with suppress(NotFound):
                self._client.table(self.kind.table).delete_one(found.record["sys_id"].value)
                self._trail.wrote()
        if surplus:
            self._read_again(record)
        self._tell()
        self._verify(record, told)

    def _tell(self) -> None:
        """Have the diff say what there is now, and nothing if that is what there was."""
        option, after = self.kind.option, _shown(found.item for found in self._current)
        if after == self._begin:
            self._trail.before.pop(option, None)
            self._trail.after.pop(option, None)
        else:
            self._trail.expects({option: self._begin}, {option: after})

    def _read_again(self, record: Record) -> None:
        before = self.sys_ids
        self.read(record)
        if self.sys_ids != before:
            self._trail.wrote()

    def _associate(self, record: Record, items: list[str]) -> str:
        """Have the instance's worker add *items*; what it has to say against some of them."""
        sys_id = record["sys_id"].value

        def begin() -> str:
            return self._api.associate(sys_id, items, self.kind.association).sys_id

        def find() -> str | None:
            self._read_again(record)
            return None if set(items) - set(self.sys_ids) else _DONE

        worker = exactly_once(begin, find, self._client.transport.retry_deadline)
        if worker == _DONE:
            return ""
        try:
            return "; ".join(self._api.wait(worker, WORKER_TIMEOUT).messages.warnings)
        except WorkerFailed as error:
            return error.detail or ""
        except SnowError:
            # The worker goes on, whether or not anybody waits for it.
            self._trail.wrote()
            raise

    def _verify(self, record: Record, told: str) -> None:
        missing = [self._known[name].display or name for name in self._missing()]
        surplus = _shown(found.item for found in self._surplus(record))
        if not (missing or surplus):
            return
        self._trail.unapplied.append(
            Miss(self.kind.option, ", ".join(self._names), ", ".join(_shown(found.item for found in self._current)))
        )
        number = record["number"].value
        parts = [f"associate {', '.join(missing)} with {number}"] if missing else []
        parts += [f"take {', '.join(surplus)} off {number}"] if surplus else []
        cause = f" ({told.rstrip('.')})" if told else ""
        said = f"The instance did not {', nor '.join(parts)}{cause}"
        text = f"{said}, although it took the request; check {self.kind.option}."
        if not self._lenient:
            raise Unapplied(text, detail=told or None)
        self._trail.warnings.append(text)

    def _return(self, items: Iterable[Cell]) -> None:
        distinct = {item.value: item for item in items}
        ordered = sorted(distinct.values(), key=lambda item: (item.display, item.value))
        self._trail.extra[self.kind.option] = [{"name": item.display, "sys_id": item.value} for item in ordered]


def _is(name: str, item: Cell) -> bool:
    return same("reference", name, item)


def _shown(items: Iterable[Cell]) -> list[str]:
    return sorted({item.value: item.display or item.value for item in items}.values())
