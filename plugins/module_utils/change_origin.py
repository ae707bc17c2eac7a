# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a new change is made from: a standard change template, or a change model.

Source: ServiceNow documentation, "Change Management API", POST .../change/standard/{standard_change_template_id}, GET
.../standard/template and GET .../model, and the tables "Standard Change Template" and its versions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, Record, record_of
from ansible_collections.changegate.snow.plugins.module_utils.change_catalog import Model, Template
from ansible_collections.changegate.snow.plugins.module_utils.change_catalog_calls import ChangeCatalog
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    Forbidden,
    InvalidUsage,
    MultipleResults,
    NotFound,
    SnowError,
)
from ansible_collections.changegate.snow.plugins.module_utils.filters import from_data
from ansible_collections.changegate.snow.plugins.module_utils.plan import Named
from ansible_collections.changegate.snow.plugins.module_utils.query import check_identifier, check_table, is_sys_id

Found = TypeVar("Found", Model, Template)
_VERSION, _PRODUCER = "std_change_producer_version", "std_change_producer"
_EMPTY = Cell("", "")
#: How many rows a name may find, and how many valid ones a failure lists.
_FEW, _LISTED = 20, 10


def model_named(client: Client, wanted: str) -> Named | None:
    """The active change model *wanted* (name or sys_id); None where the instance does not list its models.

    :raises InvalidUsage: there is none, or it is not active; with some that are.
    """
    catalog, text = ChangeCatalog(client.transport), check_identifier(wanted, "chg_model")
    key = "sys_id" if is_sys_id(text) else "name"
    try:
        found = list(catalog.models(str(from_data({key: text})), limit=_FEW))
    except (NotFound, Forbidden):
        return None
    known = [model for model in found if _bears(model.record, key, text)]
    model = _only("change model", text, known, lambda: catalog.models("active=true^ORDERBYname", limit=_LISTED))
    return Named(model.sys_id, model.name or text)


class Origin:
    """The standard change template that a task names: by name or sys_id of its own, or of its current version.

    :param table: where it is looked up instead of among the templates of the API: a table whose records are
        templates, or versions that name theirs in ``std_change_producer``.
    """

    def __init__(self, client: Client, wanted: str, table: str | None = None) -> None:
        self._client = client
        self._catalog = ChangeCatalog(client.transport)
        self._wanted = check_identifier(wanted, "template")
        self._table = check_table(table) if table is not None else None
        #: The sys_id of the template, when :meth:`check` has found it for a new change.
        self.sys_id = ""

    def check(self, record: Record | None) -> None:
        """Find the template for a new change (None), or see that the change *record* was made from it."""
        if record is None:
            self.sys_id = self._in_table(self._table) if self._table else self._in_catalog()
        else:
            self._compare(record)

    def _in_catalog(self) -> str:
        keys = ("sys_id", "current_version") if is_sys_id(self._wanted) else ("name", "current_version.name")
        query = from_data({"or": [{key: self._wanted} for key in keys]})
        found = list(self._catalog.templates(str(query), limit=_FEW))
        known = [item for item in found if _is_template(item.record, self._wanted)]
        valid = self._catalog.templates
        return _only(
            "standard change template", self._wanted, known, lambda: valid("active=true^ORDERBYname", limit=_LISTED)
        ).sys_id

    def _in_table(self, table: str) -> str:
        key = "sys_id" if is_sys_id(self._wanted) else "name"
        rows = self._client.table(table).get(query={key: self._wanted}, limit=_FEW).all()
        known = [record for record in map(record_of, rows) if _bears(record, key, self._wanted)]
        if not known:
            raise InvalidUsage(f"{table} shows no template {self._wanted!r}; check template and template_table.")
        producers = {record.get(_PRODUCER, record["sys_id"]).value for record in known}
        if len(producers) > 1:
            raise _ambiguous("standard change template", self._wanted, sorted(producers))
        return producers.pop()

    def _compare(self, record: Record) -> None:
        version, name = record.get(_VERSION), record["number"].value
        if version is None or self._names_version(version):
            return
        if version.value and self._names_producer(version.value):
            return
        made = f"was made from {version.display}" if version.value else "was made without a template"
        raise InvalidUsage(
            f"{name} {made}, not from {self._wanted!r}, and cannot be made anew; leave template out, or give another "
            "correlation_id. Nothing was written."
        )

    def _names_version(self, version: Cell) -> bool:
        """Whether the version is the one that the task names, or by its name one of the template that it names."""
        ours, theirs = self._wanted.casefold(), version.display.casefold()
        base, _dash, number = theirs.rpartition(" - ")
        return ours in (theirs, version.value.casefold()) or (ours == base and number.isdigit())

    def _names_producer(self, version: str) -> bool:
        resource = self._client.table(_VERSION)
        resource.parameters.display_value = "all"
        try:
            rows = list(resource.get(query={"sys_id": version}, fields=[_PRODUCER], limit=1).all())
        except SnowError:
            rows = []
        producer = record_of(rows[0]).get(_PRODUCER, _EMPTY) if rows else _EMPTY
        ours = self._wanted.casefold()
        if ours in (producer.value.casefold(), producer.display.casefold()):
            return True
        return self._table is not None and self._in_table(self._table) == producer.value


def _is_template(record: Record, wanted: str) -> bool:
    version = record.get("current_version", _EMPTY)
    names = (record.get("sys_id", _EMPTY).value, record.get("name", _EMPTY).value, version.value, version.display)
    return wanted.casefold() in [name.casefold() for name in names]


def _bears(record: Record, key: str, wanted: str) -> bool:
    """Whether the row has what was asked for: a server that does not know the column answers with others."""
    return record.get(key, _EMPTY).value.casefold() == wanted.casefold()


def _only(what: str, wanted: str, found: Sequence[Found], valid: Callable[[], Iterable[Found]]) -> Found:
    """The one active of *found*; the valid ones are asked for only where there is none."""
    active = [item for item in found if item.record.get("active", _EMPTY).value != "false"]
    if len(active) == 1:
        return active[0]
    if active:
        raise _ambiguous(what, wanted, [item.sys_id for item in active])
    problem = f"The {what} {wanted!r} is not active" if found else f"There is no {what} {wanted!r}"
    names = ", ".join(item.record.get("name", item.record["sys_id"]).value for item in valid())
    raise InvalidUsage(f"{problem}; this instance has {names or 'none'}. Nothing was written.")


def _ambiguous(what: str, wanted: str, sys_ids: Sequence[str]) -> MultipleResults:
    return MultipleResults(f"There is more than one {what} {wanted!r}: {', '.join(sys_ids)}; give the sys_id of one.")
