# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy of a gate, and its patience, from the options that say them. No input or output.

Whatever was written and says nothing (null, an empty list, an empty text) is refused: it is a variable that was never
filled, and a gate without its rule is open.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.change_filter import check_columns
from ansible_collections.changegate.snow.plugins.module_utils.durations import seconds_of
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.fields import kinds_of_changes
from ansible_collections.changegate.snow.plugins.module_utils.gate_policy import ANY, FourEyes, GatePolicy, Window
from ansible_collections.changegate.snow.plugins.module_utils.queried import parsed
from ansible_collections.changegate.snow.plugins.module_utils.query import check_identifier

#: Options that say what is wanted.
POLICY = (
    "states",
    "approval",
    "on_hold",
    "window",
    "hosts",
    "cis",
    "type",
    "model",
    "risk_at_most",
    "conflicts",
    "tasks",
    "required_fields",
    "match",
    "no_open_incidents",
    "approved_by",
)
Options = Mapping[str, Any]


class Patience(NamedTuple):
    """How long to wait for the gate to open, how often to look, and how often to say so; in seconds."""

    timeout: int = 0
    interval: int = 10
    heartbeat: int = 60


def policy_of(params: Options, given: Collection[str]) -> GatePolicy:
    """The policy that the options *params* say, of which *given* were written; raises :class:`InvalidUsage`."""
    for name in POLICY:
        if name in given and params[name] is None:
            raise InvalidUsage(f"{name} is null, a variable that was never set; give it or leave it out.")
    tasks, window = params["tasks"], params["window"] or {}
    if tasks is not None and not (tasks.get("closed") or tasks.get("open")):
        raise InvalidUsage("tasks names none; give those that have to be closed, or open.")
    risk = params["risk_at_most"]
    return GatePolicy(
        states=_alone("states", _texts("states", params["states"])),
        approval=_alone("approval", _texts("approval", params["approval"])),
        may_be_on_hold=params["on_hold"] == "allow",
        window=_window(window) if window.get("required", True) else None,
        hosts=_texts("hosts", params["hosts"]),
        cis=_texts("cis", params["cis"]),
        types=_texts("type", params["type"]),
        models=_texts("model", params["model"]),
        risk_at_most=None if risk is None else check_identifier(risk, "risk_at_most"),
        conflict_max_age=_max_age(params),
        tasks_closed=_texts("tasks.closed", (tasks or {}).get("closed")),
        tasks_open=_texts("tasks.open", (tasks or {}).get("open")),
        required_fields=_columns(params["required_fields"]),
        match=None if params["match"] is None else parsed(params["match"]),
        no_open_incidents=params["no_open_incidents"],
        four_eyes=None if params["approved_by"] is None else _four_eyes(params["approved_by"]),
    )


def patience_of(params: Options) -> Patience:
    """How long and how often; raises :class:`InvalidUsage`."""
    found = Patience(*(_seconds(name, params[name]) for name in Patience._fields))
    for name in ("interval", "heartbeat"):
        if getattr(found, name) < 1:
            raise InvalidUsage(f"{name} is {params[name]!r}; give at least one second.")
    return found


def _window(window: Options) -> Window:
    return Window(*(_seconds(f"window.{name}", window.get(name)) for name in Window._fields))


def _max_age(params: Options) -> int | None:
    age = _seconds("conflict_max_age", params["conflict_max_age"])
    return age if params["conflicts"] == "none" else None


def _seconds(name: str, value: Any) -> int:
    return 0 if value is None or str(value).strip() == "0" else seconds_of(str(value), name)


def _texts(name: str, value: Collection[Any] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    if not value:
        raise InvalidUsage(f"{name} is empty, and an empty list would ask nothing; fill it or leave it out.")
    return tuple(dict.fromkeys(check_identifier(text, name) for text in value))


def _alone(name: str, texts: tuple[str, ...]) -> tuple[str, ...]:
    words = tuple(text.casefold() for text in texts)
    if ANY not in words:
        return texts
    if len(texts) > 1:
        raise InvalidUsage(f"{name} names {ANY} and others; give {ANY} alone, or without it.")
    return words


def _columns(columns: Collection[Any] | None) -> tuple[str, ...]:
    names = tuple(check_columns(_texts("required_fields", columns), "required_fields"))
    journals = [name for name in names if kinds_of_changes().get(name) == "journal"]
    if journals:
        raise InvalidUsage(f"required_fields names {journals[0]}, a journal, which always reads empty; leave it out.")
    return names


def _four_eyes(option: Options) -> FourEyes:
    groups = _texts("approved_by.groups", option.get("groups"))
    users = _texts("approved_by.users", option.get("users"))
    least = option.get("at_least") or 0
    if least < 1:
        raise InvalidUsage(f"approved_by.at_least is {option.get('at_least')!r}; give at least 1.")
    if users and not groups and least > len(users):
        raise InvalidUsage(f"approved_by wants {least} people and names {len(users)}; name more, or want fewer.")
    return FourEyes(groups, users, least)
