# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory source asks for: which change, which of its items, what of them. No input or output."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils import identity, queried
from ansible_collections.changegate.snow.plugins.module_utils.encoded import TEXT_QUERY, Condition, Query, Term
from ansible_collections.changegate.snow.plugins.module_utils.errors import InvalidIdentity, InvalidUsage
from ansible_collections.changegate.snow.plugins.module_utils.filters import from_data
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity
from ansible_collections.changegate.snow.plugins.module_utils.proof import TWO_COLUMNS
from ansible_collections.changegate.snow.plugins.module_utils.query import check_field, check_table

#: What a change can be named by from outside of the file.
IDENTITIES = ("sys_id", "number", "correlation_id")
#: Columns of which every host has a variable.
ALWAYS = ("sys_id", "name", "sys_class_name")
_WHICH = (*IDENTITIES, "query")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class Source(NamedTuple):
    """A source whose options make sense."""

    which: Identity | Query
    closed: bool
    conditions: Query
    columns: Sequence[str]
    naming: Sequence[str]
    display: str
    prefix: str
    group: str

    @property
    def asked(self) -> list[str]:
        """All columns that are read of the items."""
        return list(dict.fromkeys([*self.columns, *self.naming]))

    def key(self) -> list[Any]:
        """What tells what is read for this source from what is read for others."""
        return [str(self.which), self.closed, str(self.conditions), sorted(self.asked)]


def source_of(params: Mapping[str, Any], in_file: Sequence[str]) -> Source:
    """The source that *params* describe, of which those *in_file* stand in the file.

    :raises InvalidUsage: options that make no sense, not exactly one change.
    """
    for name in ("filters", "classes", "columns", "inventory_hostname", "group", "vars_prefix"):
        if name in in_file and params[name] is None:
            raise InvalidUsage(f"{name} is null, a variable that was never set; give it or leave it out.")
    group, prefix = params["group"], params["vars_prefix"]
    if not _WORD.match(group) or group in ("all", "ungrouped"):
        raise InvalidUsage(f"group is {group!r}; give letters, digits and underscores, and neither all nor ungrouped.")
    if prefix and not _WORD.match(prefix):
        raise InvalidUsage(f"vars_prefix is {prefix!r}; give letters, digits and underscores.")
    if not params["inventory_hostname"]:
        raise InvalidUsage("inventory_hostname is empty; name columns of the items, such as fqdn and name.")
    return Source(
        which=_which(params, in_file),
        closed=params["closed"],
        conditions=_conditions(params["classes"], params["filters"]),
        columns=_checked(params["columns"], prefix),
        naming=_names(params["inventory_hostname"]),
        display=params["display_value"],
        prefix=prefix,
        group=group,
    )


def variable(prefix: str, column: str) -> str:
    """The name of the variable that holds *column*."""
    return prefix + column.replace(".", "_")


def _which(params: Mapping[str, Any], in_file: Sequence[str]) -> Identity | Query:
    given = [name for name in _WHICH if name in in_file]
    # What is empty around a file is a variable of somebody who names the change in another way.
    given = given or [name for name in IDENTITIES if params[name]]
    if not given:
        raise InvalidIdentity(
            "No change was named; set number, sys_id, correlation_id or query in the file, or the environment variable "
            "SN_CHANGE_NUMBER, or give -e snow_change_number=..."
        )
    if len(given) > 1:
        raise InvalidIdentity(f"{' and '.join(given)} both say which change it is; give one of them.")
    if given == ["query"]:
        return queried.parsed(params["query"])
    return identity.of_column("change request", given[0], params[given[0]])


def _names(columns: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(check_field(name.strip().lower()) for name in columns))


def _checked(columns: Sequence[str], prefix: str) -> list[str]:
    names = _names(columns)
    variables: dict[str, str] = {}
    for name in dict.fromkeys([*ALWAYS, *names]):
        other = variables.setdefault(variable(prefix, name), name)
        if other != name:
            raise InvalidUsage(f"The columns {other} and {name} would be the same variable; leave one of them out.")
    return names


def _conditions(classes: Sequence[str], filters: object) -> Query:
    """The conditions on items: one of *classes*, or of what extends one of them, and *filters*."""
    alternatives = [{"sys_class_name": {"instance_of": check_table(name.strip())}} for name in classes]
    wanted = from_data({"or": alternatives}) if alternatives else Query()
    if filters is None:
        return wanted
    try:
        more = queried.parsed(filters)
    except InvalidUsage as error:
        raise InvalidUsage(f"filters: {error}") from error
    both = wanted & Query(more.branches)
    within("item", both)
    return both


def within(reference: str, query: Query) -> Query:
    """*query* on the records that the column *reference* refers to.

    :raises InvalidUsage: it has a part that cannot be asked through a reference.
    """

    def of(term: Term) -> Term:
        if not isinstance(term, Condition) or term.column == TEXT_QUERY:
            raise InvalidUsage(f"filters hold {term}, which cannot be asked of items; give columns and conditions.")
        value = f"{reference}.{term.value}" if term.operator in TWO_COLUMNS else term.value
        return Condition(f"{reference}.{term.column}", term.operator, value, term.raw)

    return Query(tuple(tuple(tuple(of(term) for term in group) for group in branch) for branch in query.branches))
