# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Change models and standard change templates as modules return them.

Source: ServiceNow documentation, "Change Management API", the operations on models and templates; table Template
(sys_template), whose column ``template`` holds the values of a standard change.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar, Union

from ansible_collections.changegate.snow.plugins.module_utils import change_filter
from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, Record, record_of
from ansible_collections.changegate.snow.plugins.module_utils.change_catalog import Model, Template
from ansible_collections.changegate.snow.plugins.module_utils.change_catalog_calls import ChangeCatalog
from ansible_collections.changegate.snow.plugins.module_utils.change_filter import Wanted
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Condition, Query
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, NotFound, QueryError
from ansible_collections.changegate.snow.plugins.module_utils.proven import proven
from ansible_collections.changegate.snow.plugins.module_utils.query import check_identifier, check_sys_id
from ansible_collections.changegate.snow.plugins.module_utils.reading import FEW, only_one
from ansible_collections.changegate.snow.plugins.module_utils.related import entry_of, queries
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail

Found = TypeVar("Found", Model, Template)
#: The sys_id of the one that is asked for, or a list.
Asked = Union[str, Wanted]
_EMPTY = Cell("", "")
_ASKED_FOR = "fits what was asked for"


def ask(params: Mapping[str, Any], given: Collection[str], flags: Sequence[str]) -> Asked:
    """What the options ask for; raises :class:`InvalidUsage` before anything is sent.

    :param flags: options that are columns which are true or false.
    """
    for name in ("query", "filters", "text_search", *flags):
        if name in given and params[name] is None:
            raise InvalidUsage(f"{name} is null, a variable that was never set; give it or leave it out.")
    beside = [name for name in ("limit", "offset") if name in given]
    if params["exactly_one"] and beside:
        raise InvalidUsage(f"exactly_one wants to see all that there are, so it does not go with {beside[0]}.")
    if "sys_id" in given:
        return check_sys_id(check_identifier(params["sys_id"], "sys_id"))
    more = {name: str(params[name]).lower() for name in flags if name in given}
    if "name" in given:
        more["name"] = check_identifier(params["name"], "name")
    order = params["order_by"] or (() if isinstance(params["query"], str) else ["name"])
    return change_filter.wanted(
        params["query"],
        more,
        params["filters"],
        order,
        params["text_search"],
        FEW if params["exactly_one"] else params["limit"],
        params["offset"],
    )


def read_models(client: Client, trail: Trail, asked: Asked, only: bool) -> None:
    """Put the ``models`` into the *trail*; with *only* there has to be exactly one."""
    api, table = ChangeCatalog(client.transport), "chg_model"
    models = [_model(each) for each in _found(client, table, asked, api.model, api.models)]
    if only:
        only_one(table, _ASKED_FOR, models, needed=True)
    trail.extra["models"] = models
    if len(models) == 1:
        trail.extra["model"] = models[0]


def read_templates(client: Client, trail: Trail, asked: Asked, only: bool, with_values: bool) -> None:
    """Put the ``templates`` into the *trail*; *only* as above. The values that they set cost a request."""
    api, table = ChangeCatalog(client.transport), "std_change_record_producer"
    found = _found(client, table, asked, api.template, api.templates)
    templates = [_template(each) for each in found]
    if only:
        only_one(table, _ASKED_FOR, templates, needed=True)
    if with_values:
        set_values = _values_of(client, [each.template.value for each in found if each.template.value])
        for template, each in zip(templates, found):
            template["values"] = set_values.get(each.template.value, {})
    trail.extra["templates"] = templates
    if len(templates) == 1:
        trail.extra["template"] = templates[0]


def preset_of(text: str) -> dict[str, str]:
    """Column to value of what a model or a template sets: ``type=normal^short_description=...^EQ``.

    Empty where the text is nothing of that kind; the record holds it as it is.
    """
    try:
        branches = Query.parse(text).branches
    except QueryError:
        return {}
    terms = [term for branch in branches for group in branch for term in group]
    return {term.column: term.value for term in terms if isinstance(term, Condition) and term.operator == "="}


def _found(
    client: Client, table: str, asked: Asked, one: Callable[[str], Found], many: Callable[..., Iterable[Found]]
) -> list[Found]:
    if isinstance(asked, Wanted):
        return proven(client, table, asked, many(**asked._asdict()), lambda each: each.record)
    try:
        return [one(asked)]
    except NotFound:
        return []


def _model(model: Model) -> dict[str, Any]:
    return {
        "sys_id": model.sys_id,
        "name": model.name,
        "description": model.description,
        "active": model.active,
        "available_in_ui": model.available_in_ui,
        "default": model.default,
        "preset": preset_of(model.preset),
        **entry_of(model.record),
    }


def _template(found: Template) -> dict[str, Any]:
    def text(column: str) -> str:
        return found.record.get(column, _EMPTY).value

    return {
        "sys_id": found.sys_id,
        "name": text("name") or found.template.display,
        "short_description": found.short_description,
        "active": text("active") == "true" if "active" in found.record else None,
        "template": {"name": found.template.display, "sys_id": found.template.value},
        **entry_of(found.record),
    }


def _values_of(client: Client, sys_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """What templates set, by the sys_id of the template."""
    found = {}
    for query in queries("sys_id", list(dict.fromkeys(sys_ids))):
        for raw in client.table("sys_template").get(query=query, fields=["sys_id", "template"]).all():
            row: Record = record_of(raw)
            found[row["sys_id"].value] = preset_of(row.get("template", _EMPTY).value)
    return found
