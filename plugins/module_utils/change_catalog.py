# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Change models, standard change templates, associated items and risk as they are answered. No input or output.

Source: ServiceNow documentation, "Change Management API", the operations on models, templates, items and risk.
"""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell, Record

_EMPTY = Cell("", "")
#: Association types, and the column that holds the item of each.
ASSOCIATIONS = {"affected": "ci_item", "impacted": "cmdb_ci_service", "offering": "service_offering"}


class Model(NamedTuple):
    """A change model (chg_model); *preset* is an encoded query of the values that a new change gets."""

    sys_id: str
    name: str
    active: bool
    available_in_ui: bool
    default: bool
    description: str
    preset: str
    record: Record


class Template(NamedTuple):
    """A standard change template (std_change_record_producer); *template* is the record with its values."""

    sys_id: str
    short_description: str
    template: Cell
    record: Record


class AssociatedItem(NamedTuple):
    """An item, service or offering of a change; *record* is the association, which has a sys_id of its own."""

    item: Cell
    record: Record


class Risk(NamedTuple):
    """Risk and impact of a change as they were calculated, and the change."""

    risk: Cell
    impact: Cell
    record: Record


def model_of(record: Record) -> Model:
    def text(column: str) -> str:
        return record.get(column, _EMPTY).value

    return Model(
        sys_id=text("sys_id"),
        name=text("name"),
        active=text("active") == "true",
        available_in_ui=text("available_in_ui") == "true",
        default=text("default_change_model") == "true",
        description=text("description"),
        preset=text("record_preset"),
        record=record,
    )


def template_of(record: Record) -> Template:
    return Template(
        sys_id=record.get("sys_id", _EMPTY).value,
        short_description=record.get("short_description", _EMPTY).value,
        template=record.get("template", _EMPTY),
        record=record,
    )


def item_of(record: Record, association: str) -> AssociatedItem:
    return AssociatedItem(record.get(ASSOCIATIONS[association], _EMPTY), record)


def risk_of(record: Record) -> Risk:
    return Risk(record.get("risk", _EMPTY), record.get("impact", _EMPTY), record)
