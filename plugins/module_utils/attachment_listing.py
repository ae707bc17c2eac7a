# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of attachments: of a record, of a query, or of both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from ansible_collections.changegate.snow.plugins.module_utils import attachment_options as options
from ansible_collections.changegate.snow.plugins.module_utils.attached_record import Stored
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Query
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.query import all_of, check_table
from ansible_collections.changegate.snow.plugins.module_utils.reading import asked_about, check_known
from ansible_collections.changegate.snow.plugins.module_utils.task import Task

_NAMING = ("sys_id", "number", "correlation_id", "match", "query", "attachment_sys_id")


def listed(task: Task) -> list[Stored]:
    """The attachments that the task asks for, ``limit`` at most."""
    limit = task.params["limit"]
    if limit is not None and limit < 1:
        raise InvalidUsage(f"limit is {limit}; give at least 1.")
    choice = options.choice_of(task)
    found = _of_record(task) if any(task.params[name] is not None for name in _NAMING) else _of_query(task)
    return list(islice((item for item in found if choice.fits(item)), limit))


def _of_record(task: Task) -> Iterable[Stored]:
    selection = options.selection_of(task)
    asked = _asked(task)
    if selection.record is None or asked is None:
        return selection.find() or []
    record = selection.record.find()
    if record is None:
        return []
    return _proven(task, asked, selection.record.attachments(record, selection.choice.name, asked))


def _of_query(task: Task) -> Iterable[Stored]:
    asked = _asked(task) or Query()
    if "table" in task.given:
        asked = Query.parse(all_of({"table_name": check_table(task.params["table"])})) & asked
    # The server stops where nothing is left out here.
    plain = task.params["name"] is None and task.params["pattern"] is None
    answer = task.client.resource("/attachment").get(
        query=asked, limit=task.params["limit"] if plain else None, stream=True
    )
    return _proven(task, asked, (dict(item) for item in answer.all()))


def _proven(task: Task, asked: Query, found: Iterable[Stored]) -> Iterator[Stored]:
    """What was *found*; raises where it does not show a column that *asked* is about, or there is none."""
    columns, empty = asked_about(asked), True
    for item in found:
        empty = False
        missing = [column for column in columns if column not in item]
        if missing:
            raise InvalidUsage(
                f"Attachments show no column {', '.join(missing)}, so the instance may have dropped what "
                "attachment_query says about it and found others; check its name, and whether the user may read it."
            )
        yield item
    if empty:
        check_known(task.client, "sys_attachment", columns)


def _asked(task: Task) -> Query | None:
    """The query on attachments; raises for one that finds everything."""
    value = task.params["attachment_query"]
    if value is None:
        return None
    asked = options.query_of(value, "attachment_query")
    if not asked.branches:
        raise InvalidUsage("attachment_query has no condition, so it finds every attachment; give one.")
    walked = [column for column in asked_about(asked) if "." in column]
    if walked:
        raise InvalidUsage(
            f"attachment_query is about {', '.join(walked)}, of other records, which attachments do not show, so that "
            "nobody sees whether the instance knows it; ask about columns of attachments, and name the record by query."
        )
    return asked
