# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of any table as a task asks for them: which, in what form, or only how many there are."""

from __future__ import annotations

from ansible_collections.changegate.snow.plugins.module_utils import (
    aggregates,
    checks,
    identity,
    labels,
    queried,
    reading,
)
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Query
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.query import check_field, check_table
from ansible_collections.changegate.snow.plugins.module_utils.task import Task

_IDENTITIES = ("sys_id", "number")
#: Options that say nothing beside another one.
_NOT_WITH = {
    "sys_id": ("order_by", "limit", "offset"),
    "number": ("order_by", "limit", "offset"),
    "exactly_one": ("order_by", "limit", "offset"),
    "all": ("limit",),
    "count_only": ("fields", "order_by", "limit", "offset", "display_value"),
    "aggregate": ("fields", "order_by", "limit", "offset", "display_value"),
}


def run(task: Task) -> None:
    """Read what the task asks for into its trail: records, or numbers about them."""
    table = check_table(task.params["table"])
    _check_together(task)
    query = _query(task, table)
    if task.params["count_only"] or task.params["aggregate"] is not None:
        _numbers(task, table, query)
    else:
        _records(task, table, query)


def _check_together(task: Task) -> None:
    for name, others in _NOT_WITH.items():
        both = [other for other in others if task.params[name] and other in task.given]
        if both:
            raise InvalidUsage(f"{', '.join(both)} has no meaning with {name}; leave it out.")
    for name, empty in (("fields", "all columns"), ("order_by", "any order")):
        if name in task.given and not task.params[name]:
            raise InvalidUsage(f"{name} is empty; name columns, or leave it out for {empty}.")
    if "limit" in task.given:
        checks.count("limit", task.params["limit"])
    checks.count("offset", task.params["offset"], 0)


def _query(task: Task, table: str) -> Query:
    """What the task asks for; no condition is every record."""
    if task.options(_IDENTITIES):
        return queried.parsed(dict(identity.chosen(table, task.options(_IDENTITIES), _IDENTITIES).conditions))
    if "query" in task.given:
        query = queried.parsed(task.params["query"])
        if not isinstance(task.params["query"], str):
            query = labels.resolved(task.client, table, query)
    elif task.params["all"] or task.params["limit"] or task.params["count_only"] or task.params["aggregate"]:
        query = Query()
    else:
        raise InvalidUsage("Nothing says which records; give a query, a limit, or all=true for the whole table.")
    return reading.ordered(query, task.params["order_by"] or ())


def _numbers(task: Task, table: str, query: Query) -> None:
    numbers = aggregates.Numbers.of(task.params["aggregate"] or {})
    there = reading.prove(task.client, table, query)
    # One entry for all records, also if there are none.
    asked = there or (task.params["aggregate"] is not None and not numbers.group_by)
    groups = aggregates.groups(task.client, table, query, numbers) if asked else []
    task.trail.extra["count"] = sum(group["count"] for group in groups)
    if task.params["aggregate"] is not None:
        task.trail.extra["groups"] = groups


def _records(task: Task, table: str, query: Query) -> None:
    single = task.params["exactly_one"] or bool(task.options(_IDENTITIES))
    fields = None if task.params["fields"] is None else [check_field(name.lower()) for name in task.params["fields"]]
    limit = reading.FEW if single else task.params["limit"]
    wanted = reading.Wanted(table, query, fields, limit, task.params["offset"], task.params["display_value"])
    rows, missing = reading.read(task.client, wanted, task.counter(f"records of {table}"))
    if single:
        reading.only_one(table, f"is found by {query}", rows, needed=task.params["exactly_one"])
    if missing:
        task.trail.warnings.append(f"No record of {table} shows {', '.join(missing)}; check the name, and the rights.")
    task.trail.extra.update(records=reading.shaped(rows, task.params["display_value"]), count=len(rows))
    if len(rows) == 1:
        task.trail.extra["record"] = task.trail.extra["records"][0]
