# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an event source is to watch, from the arguments that say it. No input or output."""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.change_filter import by_name_or_id
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Condition, Query, Related, Term
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.options import FALSE, OPTIONS, TRUE, headers_of
from ansible_collections.changegate.snow.plugins.module_utils.queried import parsed
from ansible_collections.changegate.snow.plugins.module_utils.query import check_field, utc_text
from ansible_collections.changegate.snow.plugins.module_utils.values import parse_datetime
from ansible_collections.changegate.snow.plugins.module_utils.watch_events import KINDS, USUAL
from ansible_collections.changegate.snow.plugins.module_utils.watch_rows import MOVING, PLANNED

#: What ``ansible-rulebook`` adds, or reads itself, beside the arguments of this source.
FEEDBACK = "eda_feedback_queue"
HISTORY = ("auto", "required", "never")
TYPES = ("normal", "standard", "emergency")
#: Columns that are watched: a condition on one would hide the change in the moment that matters.
_WATCHED = frozenset({*MOVING, *PLANNED, "active", "closed_at", "sys_updated_on", "sys_mod_count"})
#: Columns of every event's record.
COLUMNS = (
    "number", "short_description", "state", "approval", "on_hold", "on_hold_reason", "start_date", "end_date", "type",
    "chg_model", "risk", "impact", "priority", "category", "phase", "cmdb_ci", "business_service", "assignment_group",
    "assigned_to", "requested_by", "correlation_id", "close_code", "active", "closed_at", "sys_id", "sys_created_on",
    "sys_created_by", "sys_updated_on", "sys_updated_by", "sys_mod_count",
)  # fmt: skip


class Watch(NamedTuple):
    """Arguments, checked. *states* are labels or values as they were written; *start* is empty for the present.

    Times are in seconds. *query* has conditions only; labels of choices in it are still to be resolved where *plain*.
    """

    instance: Mapping[str, Any]
    query: Query
    plain: bool
    kinds: tuple[str, ...]
    states: tuple[str, ...]
    columns: tuple[str, ...]
    start: str
    state_file: str | None
    history: str
    interval: float
    overlap: float
    resync: float


_NAMES = (
    "instance", "query", "type", "assignment_group", "events", "states", "fields", "start", "state_file", "history",
    "interval", "overlap", "resync", "feedback",
)  # fmt: skip


def watch_of(args: Mapping[str, Any]) -> Watch:
    """What *args* ask for; raises :class:`InvalidUsage` with one sentence for the first that cannot be."""
    given = {name: value for name, value in args.items() if value is not None and name != FEEDBACK}
    unknown = sorted(str(name) for name in given if name not in _NAMES)
    if unknown:
        raise InvalidUsage(f"{', '.join(unknown)} is no argument of this source; there are {', '.join(_NAMES)}.")
    kinds = _listed(given, "events", USUAL)
    for kind in kinds:
        if kind not in KINDS:
            raise InvalidUsage(f"events holds {kind!r}; give some of {', '.join(KINDS)}.")
    states = _listed(given, "states", ())
    if states and "entered" not in kinds:
        raise InvalidUsage("states says which states a change enters, but entered is not among events; add it there.")
    return Watch(
        instance=_instance(given.get("instance", {})),
        query=_query(given),
        plain=isinstance(given.get("query"), Mapping),
        kinds=kinds,
        states=states,
        columns=_columns(given),
        start=_start(given.get("start", "now")),
        state_file=_path(given.get("state_file")),
        history=_choice(given, "history", HISTORY) or HISTORY[0],
        interval=_seconds(given, "interval", 30.0, 1.0),
        overlap=_seconds(given, "overlap", 300.0, 10.0),
        resync=_seconds(given, "resync", 3600.0, 60.0, or_zero=True),
    )


def _query(given: Mapping[str, Any]) -> Query:
    query = parsed(given["query"]) if "query" in given else Query()
    if query.order:
        raise InvalidUsage("query has an order (ORDERBY), which events cannot follow; leave it out.")
    terms = [term for branch in query.branches for group in branch for term in group]
    _check_terms(terms)
    more = [Condition("type", "=", kind)] if (kind := _choice(given, "type", TYPES)) else []
    if "assignment_group" in given:
        found = by_name_or_id("assignment_group", given["assignment_group"], "assignment_group")
        more += [Condition(column, "=", value) for column, value in found.items()]
    both = {term.column for term in more} & {term.column for term in terms if isinstance(term, Condition)}
    if both:
        raise InvalidUsage(f"{', '.join(sorted(both))} stands in query and is an argument too; give it once.")
    return query & Query.where(*more)


def _check_terms(terms: Iterable[Term]) -> None:
    for term in terms:
        if isinstance(term, Related):
            raise InvalidUsage("query asks about a related list, which events cannot follow; ask about columns.")
        if isinstance(term, Condition) and term.column in _WATCHED:
            raise InvalidUsage(
                f"query asks about {term.column}, so that a change would be out of sight when that becomes another; "
                "choose by events and states, or by conditions on the event in the rulebook."
            )


def _listed(given: Mapping[str, Any], name: str, usual: Iterable[str]) -> tuple[str, ...]:
    if name not in given:
        return tuple(usual)
    value = given[name]
    entries = [value] if isinstance(value, (str, int)) and not isinstance(value, bool) else value
    if not isinstance(entries, (list, tuple)) or not entries or any(isinstance(item, bool) for item in entries):
        raise InvalidUsage(f"{name} is {value!r}; give a list of words, or leave it out.")
    found = dict.fromkeys(str(item).strip() for item in entries)
    if not all(found):
        raise InvalidUsage(f"{name} holds an empty word; give a list of words, or leave it out.")
    return tuple(found)


def _columns(given: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*COLUMNS, *(check_field(name.lower()) for name in _listed(given, "fields", ()))]))


def _choice(given: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> str | None:
    if name not in given:
        return None
    word = str(given[name]).strip().lower()
    if word not in choices:
        raise InvalidUsage(f"{name} is {given[name]!r}; give one of {', '.join(choices)}.")
    return word


def _seconds(given: Mapping[str, Any], name: str, usual: float, least: float, or_zero: bool = False) -> float:
    value = given.get(name, usual)
    try:
        number = float(value) if not isinstance(value, bool) else -1.0
    except (TypeError, ValueError):
        number = -1.0
    if not (least <= number <= 86400 or (or_zero and number == 0)):
        zero = ", or 0 for never" if or_zero else ""
        raise InvalidUsage(f"{name} is {value!r}; give seconds from {least:g} to 86400{zero}.")
    return number


def _start(value: object) -> str:
    if isinstance(value, str) and value.strip().lower() == "now":
        return ""
    moment = parse_datetime(value)
    if moment is None:
        raise InvalidUsage(f"start is {value!r}; give now, or a date and time such as 2026-07-15T08:00:00Z.")
    return utc_text(moment)


def _path(value: object) -> str | None:
    if value is None:
        return None
    path = os.path.expanduser(value) if isinstance(value, str) else ""
    if not os.path.isabs(path) or path.endswith("/") or "\0" in path:
        raise InvalidUsage(f"state_file is {value!r}; give the absolute path of a file.")
    return path


def _instance(value: object) -> dict[str, Any]:
    """The connection options in their types; what they mean together is ``connection.resolve``'s affair."""
    if not isinstance(value, Mapping):
        raise InvalidUsage("instance is no mapping of connection options; give host, username, password or others.")
    options = {option.name: option for option in OPTIONS}
    unknown = sorted(str(name) for name in value if name not in options)
    if unknown:
        raise InvalidUsage(f"instance holds {', '.join(unknown)}; there are {', '.join(options)}.")
    typed = {name: _typed(name, options[name].type, item) for name, item in value.items() if item is not None}
    for name, item in typed.items():
        if options[name].choices and item not in options[name].choices:
            raise InvalidUsage(f"instance.{name} is {item!r}; give one of {', '.join(options[name].choices)}.")
    return typed


def _typed(name: str, kind: str, value: Any) -> Any:
    """No value is repeated in a refusal: it may be a secret."""
    word = str(value).strip().lower()
    if kind == "bool" and word in TRUE | FALSE:
        return word in TRUE
    if kind == "dict" and isinstance(value, (str, Mapping)):
        try:
            return headers_of(value) if isinstance(value, str) else dict(value)
        except ValueError:
            pass
    if kind == "float" and not isinstance(value, bool):
        try:
            return float(value)
        except (TypeError, ValueError):
            pass
    if kind == "raw" or (kind in ("str", "path") and isinstance(value, (str, int)) and not isinstance(value, bool)):
        return value if kind == "raw" else str(value)
    wanted = {"bool": "true or false", "float": "a number", "dict": "a mapping of names to texts"}.get(kind, "a text")
    raise InvalidUsage(f"instance.{name} has the wrong type; give {wanted}.")
