"""Dynamic filters: scripts that give a list of sys_ids, by themselves or as records of sys_filter_option_dynamic."""

from __future__ import annotations

from collections.abc import Callable

from ..store.records import RawRecords
from .script import PREFIX, Scope, evaluate

_Source = Callable[[RawRecords, str], list[str]]


def _groups(records: RawRecords, user: str) -> list[str]:
    rows = records.find(records.schema["sys_user_grmember"], {"user": user})
    return list(dict.fromkeys(row["group"] for row in rows))


def _with_roles(records: RawRecords, user: str) -> list[str]:
    rows = records.find(records.schema["sys_user_has_role"], {})
    return list(dict.fromkeys(row["user"] for row in rows))


def _alone(records: RawRecords, user: str) -> list[str]:
    """Oneself and whom one stands in for; nobody delegates here."""
    return [user]


_LISTS: dict[str, _Source] = {
    "gs.getUser().getMyGroups()": _groups,
    "getMyGroups()": _groups,
    "getMyAssignments()": _alone,
    "getMyApprovals()": _alone,
    "getRoledUsers()": _with_roles,
}


def listed(value: str, scope: Scope) -> list[str] | None:
    """The sys_ids that a `javascript:` value gives; None for a script that gives no list."""
    source = _LISTS.get(value[len(PREFIX) :].strip().rstrip(";")) if value.startswith(PREFIX) else None
    return source(scope.records, scope.user_id) if source and scope.records else None


def option(sys_id: str, scope: Scope) -> list[str] | None:
    """The values of a dynamic filter option; None where there is none, or its script is not understood."""
    if scope.records is None:
        return None
    record = scope.records.get(scope.records.schema["sys_filter_option_dynamic"], sys_id)
    if record is None or record["active"] != "true":
        return None
    script = PREFIX + record["script"].removeprefix(PREFIX)
    many = listed(script, scope)
    if many is not None:
        return many
    one = evaluate(script, scope)
    return None if one is None else [one]
