# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``snow_change_info`` does: from its options to the changes, their parts, or their number."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils import change_filter, change_search, identity, labels
from ansible_collections.changegate.snow.plugins.module_utils.cells import Record
from ansible_collections.changegate.snow.plugins.module_utils.change_filter import Wanted
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Query
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidUsage, MultipleResults, NoResults
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity
from ansible_collections.changegate.snow.plugins.module_utils.parts import with_parts
from ansible_collections.changegate.snow.plugins.module_utils.related import Reading
from ansible_collections.changegate.snow.plugins.module_utils.stores import FEW
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail

_IDENTITIES = ("sys_id", "number", "correlation_id")
#: Options that an unset variable must not turn into a search for everything.
_CONDITIONS = ("query", "filters", "text_search", "type", "model")
_NOT_COUNTED = (*_IDENTITIES, "filters", "fields", "include", "order_by", "limit", "offset", "exactly_one")


class Asked(NamedTuple):
    """What is asked for: a change, or those of a list; and what of it."""

    who: Identity | None
    wanted: Wanted
    kind: str | None
    include: Sequence[str]
    columns: Sequence[str]
    count_only: bool
    exactly_one: bool


def ask(params: Mapping[str, Any], given: Collection[str]) -> Asked:
    """What the options ask for; raises :class:`InvalidUsage` before anything is sent."""
    for name in _CONDITIONS:
        if name in given and params[name] is None:
            raise InvalidUsage(f"{name} is null, a variable that was never set; give it or leave it out.")
    _check_together(params, given)
    named = {name: params[name] for name in _IDENTITIES if name in given}
    return Asked(
        who=identity.chosen("change request", named, _IDENTITIES) if named else None,
        wanted=change_filter.wanted(
            params["query"],
            change_filter.by_name_or_id("chg_model", params["model"], "model") if "model" in given else None,
            params["filters"],
            params["order_by"] or [],
            params["text_search"],
            FEW if params["exactly_one"] else params["limit"],
            params["offset"],
        ),
        kind=params["type"],
        include=params["include"] or [],
        columns=change_filter.check_columns(params["fields"] or []),
        count_only=params["count_only"],
        exactly_one=params["exactly_one"],
    )


def read(client: Client, trail: Trail, asked: Asked) -> None:
    """Put the ``changes``, or their ``count``, into the *trail*."""
    trail.extra.update(changes=[], count=0)
    if isinstance(asked.wanted.query, Query):
        query = labels.resolved(client, "change_request", asked.wanted.query)
        asked = asked._replace(wanted=asked.wanted._replace(query=query))
    if asked.count_only:
        trail.extra["count"] = change_search.counted(client, asked.wanted, asked.kind)
        return
    if asked.who is not None:
        found = change_search.identified(client, asked.who, asked.kind)
    else:
        found = change_search.listed(client, asked.wanted, asked.kind)
    if asked.exactly_one:
        _check_one(found, asked.who)
    _warn_missing(found, asked.columns, trail)
    trail.extra["changes"] = with_parts(Reading(client, found, trail), asked.include, asked.columns)
    trail.extra["count"] = len(found)
    if len(found) == 1:
        trail.record = _shown(found[0], asked.columns)


def _check_together(params: Mapping[str, Any], given: Collection[str]) -> None:
    if params["count_only"]:
        beside = [name for name in _NOT_COUNTED if name in given and params[name] not in (False, [])]
        if beside:
            raise InvalidUsage(f"count_only counts what query, type, model and text_search find, without {beside[0]}.")
    if params["exactly_one"]:
        beside = [name for name in ("limit", "offset") if name in given]
        if beside:
            raise InvalidUsage(f"exactly_one wants to see every change there is, so it does not go with {beside[0]}.")


def _check_one(found: Sequence[Record], who: Identity | None) -> None:
    if not found:
        what = f"There is no {who}" if who else "No change request was found"
        raise NoResults(f"{what}; check what it is looked for by, and whether the user may read it.")
    if len(found) > 1:
        names = ", ".join(change["number"].value if "number" in change else "?" for change in found[:10])
        raise MultipleResults(f"More than one change request was found: {names}; give its number, or more conditions.")


def _warn_missing(found: Sequence[Record], columns: Sequence[str], trail: Trail) -> None:
    missing = [name for name in columns if not any(name in change for change in found)]
    if found and missing:
        trail.warnings.append(
            f"change_request shows no field {', '.join(missing)}; check its name, and whether the user may read it."
        )


def _shown(change: Record, columns: Sequence[str]) -> Record:
    return {name: change[name] for name in columns if name in change} if columns else change
