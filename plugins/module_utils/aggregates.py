# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts and other numbers about the records that a query finds, made by the instance.

Source: ServiceNow documentation, "Aggregate API".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Query
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, MissingResult
from ansible_collections.changegate.snow.plugins.module_utils.query import check_field, check_table

FUNCTIONS = ("sum", "avg", "min", "max")


class Numbers(NamedTuple):
    """What to tell of each group, or of all records if *group_by* is empty.

    :param functions: a name of :data:`FUNCTIONS` to columns.
    """

    group_by: Sequence[str] = ()
    functions: Mapping[str, Sequence[str]] = {}

    @classmethod
    def of(cls, asked: Mapping[str, Sequence[str] | None]) -> Numbers:
        """What the option ``aggregate`` says; raises :class:`QueryMissingField` for what cannot be a column."""
        names = {
            name: list(dict.fromkeys(check_field(column.lower()) for column in asked[name] or ())) for name in asked
        }
        functions = {name: names[name] for name in FUNCTIONS if names.get(name)}
        return cls(names.get("group_by", ()), functions)


def count(client: Client, table: str, query: Query) -> int:
    """How many records *query* finds."""
    (group,) = groups(client, table, query, Numbers())
    return int(group["count"])


def groups(client: Client, table: str, query: Query, numbers: Numbers) -> list[dict[str, Any]]:
    """One entry for each group: ``group`` and ``display`` (column to value and to label), ``count``, and each
    function as column to number (text, if it is none; None, if no record of the group has a value).

    :raises InvalidUsage: the instance does not tell of one of the columns.
    """
    resource = client.resource(f"/stats/{check_table(table)}")
    resource.parameters.display_value = "all"
    custom = {"sysparm_count": "true"}
    if numbers.group_by:
        custom["sysparm_group_by"] = ",".join(numbers.group_by)
    for function, columns in numbers.functions.items():
        custom[f"sysparm_{function}_fields"] = ",".join(columns)
    resource.parameters.add_custom(custom)
    found = [_group(raw, resource.path) for raw in resource.get(query=query or None).all()]
    for group in found:
        _check(table, group, numbers)
    return found


def _group(raw: Any, path: str) -> dict[str, Any]:
    stats = raw.get("stats") if isinstance(raw, Mapping) else None
    if not isinstance(stats, Mapping) or "count" not in stats:
        raise MissingResult(f"The answer of {path} tells no count.", request=f"GET {path}")
    fields = [field for field in raw.get("groupby_fields") or () if isinstance(field, Mapping)]
    told = {function: stats[function] for function in FUNCTIONS if isinstance(stats.get(function), Mapping)}
    return {
        "group": {str(field.get("field")): field.get("value", "") for field in fields},
        "display": {str(field.get("field")): field.get("display_value", field.get("value", "")) for field in fields},
        "count": number(stats["count"]),
        **{function: {column: number(value) for column, value in told.get(function, {}).items()} for function in told},
    }


def _check(table: str, group: Mapping[str, Any], numbers: Numbers) -> None:
    missing = [name for name in numbers.group_by if name not in group["group"]]
    for function, columns in numbers.functions.items():
        missing += [name for name in columns if name not in group.get(function, {})]
    if missing:
        raise InvalidUsage(
            f"The instance tells nothing about {', '.join(dict.fromkeys(missing))} of {table}; check the names, and "
            "whether the user may read these columns."
        )


def number(text: Any) -> Any:
    """*text* as a number if it is one; None for an empty one."""
    if text is None or text == "":
        return None
    try:
        value = float(text)
    except (TypeError, ValueError):
        return text
    if not math.isfinite(value):
        return text
    return int(value) if value.is_integer() and abs(value) < 2**53 else value
