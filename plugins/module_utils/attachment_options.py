# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the modules for attachments, as what they work with: a record, its attachments, contents."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils import identity, labels
from ansible_collections.changegate.snow.plugins.module_utils.attached_record import AttachedRecord
from ansible_collections.changegate.snow.plugins.module_utils.attachment_choice import Choice, check_pattern
from ansible_collections.changegate.snow.plugins.module_utils.attachment_selection import Selection
from ansible_collections.changegate.snow.plugins.module_utils.content import Content, check_name
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Query
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidIdentity, InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.fields import kinds_of_table
from ansible_collections.changegate.snow.plugins.module_utils.files_option import (
    Wish,
    contents_of,
    text_of,
    wishes_of,
)
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity
from ansible_collections.changegate.snow.plugins.module_utils.params import ParamsBuilder
from ansible_collections.changegate.snow.plugins.module_utils.queried import by_query
from ansible_collections.changegate.snow.plugins.module_utils.query import (
    check_field,
    check_identifier,
    check_table,
    is_sys_id,
)
from ansible_collections.changegate.snow.plugins.module_utils.task import Task
from ansible_collections.changegate.snow.plugins.module_utils.values import parse_date

_KEYS = ("sys_id", "number", "correlation_id")


def refuse_others(task: Task, used: Mapping[str, Collection[str]]) -> None:
    """Refuse what was written and has no meaning with the task's state.

    :param used: state to the options that mean something with it; what stands under no state is for all of them.
    """
    state = task.params["state"]
    others = {option for options in used.values() for option in options} - set(used[state])
    wrong = sorted(option for option in others & task.given if task.params[option] is not None)
    if wrong:
        raise InvalidUsage(f"{', '.join(wrong)} means nothing with state {state}; leave it out, or set another state.")


def contents_from(task: Task) -> list[Content]:
    """The files that the task attaches."""
    params = task.params
    if params["files"] is not None:
        alone = sorted(name for name in ("name", "content_type") if params[name] is not None)
        if alone:
            raise InvalidUsage(f"{', '.join(alone)} stands beside files; give it in the entry of its file.")
        wishes = wishes_of(params["files"])
        if not wishes and params["if_no_match"] == "fail":
            raise InvalidUsage("files is empty; name a file, or set if_no_match to ignore.")
    else:
        if params["src"] == "" or (params["src"] is None and params["content"] is None):
            # Null is what a variable holds that was never set, and no wish for an empty file.
            raise InvalidUsage("There is nothing to attach: src is empty; give the path of a file, content or files.")
        content = None if params["content"] is None else text_of(params["content"])
        wishes = [Wish(params["src"], content, params["name"], params["content_type"])]
    return contents_of(wishes, params["if_no_match"])


def wanted_record(task: Task) -> Identity:
    """The record that the task names, not looked up yet."""
    table = check_table(task.params["table"])
    if task.params["match"] is not None:
        return _matching(table, task.params["match"])
    if task.params["query"] is not None:
        asked = query_of(task.params["query"], "query")
        plain = isinstance(task.params["query"], Mapping)
        return by_query(table, labels.resolved(task.client, table, asked) if plain else asked, {}, {}, may_create=False)
    return identity.chosen(table, task.options(_KEYS), _KEYS)


def query_of(value: Any, option: str) -> Query:
    """An encoded query, or one as plain data; raises :class:`QueryEmpty` for one that asks for everything."""
    if not isinstance(value, (str, Mapping)):
        raise InvalidUsage(f"{option} is of type {type(value).__name__}; give an encoded query, or columns and values.")
    return Query.parse(ParamsBuilder.stringify_query(value))


def selection_of(task: Task) -> Selection:
    """The attachments that the task means."""
    choice = choice_of(task)
    if choice.sys_id is not None:
        if "table" in task.given:
            raise InvalidUsage("table stands beside attachment_sys_id, which needs none; give one of them.")
        return Selection(task.client, None, choice)
    wanted = wanted_record(task)
    return Selection(task.client, AttachedRecord(task.client, wanted.kind, wanted, task.trail), choice)


def choice_of(task: Task) -> Choice:
    """The attachments of a record that the task names, checked."""
    params = task.params
    if params["pattern"] is not None:
        check_pattern(params["pattern"])
    if params["name"] is not None:
        check_name(params["name"])
    return Choice(params["name"], params["pattern"], params["attachment_sys_id"])


def _matching(table: str, match: Mapping[str, Any]) -> Identity:
    if not match:
        raise InvalidIdentity("match is empty; give columns that identify the record, and their values.")
    kinds = kinds_of_table(table)
    for column, value in match.items():
        check_field(column)
        if isinstance(value, (list, dict)):
            raise InvalidIdentity(f"match.{column} is of type {type(value).__name__}; give one value.")
        text = check_identifier(value, f"match.{column}")
        if kinds.get(column) == "reference" and not is_sys_id(text):
            raise InvalidUsage(f"match.{column} is the name of a reference; give its sys_id, or match {column}.name.")
        if not isinstance(value, (int, float)) and parse_date(value) is not None:
            raise InvalidUsage(f"match.{column} is a date, which is not stored as it is written; use query.")
    return Identity(table, dict(match), creates=True)
