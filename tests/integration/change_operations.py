# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which module reaches which operation of the Change Management API, and docs/change-operations.md made from that.

Usage: python -m tests.integration.change_operations > docs/change-operations.md, which ``make docs`` runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_ROOT = "/sn_chg_rest"

TITLE = """# The operations of the Change Management API

Each operation of the document (`/api/sn_chg_rest/change...`), the module that reaches it, by which option, and
the method of the library that sends it (`ChangeApi`, see [library.md](library.md#change-management-api)). Where it
gets the same by another request, that is named: one operation for changes of all types in place of one for each.
Names and labels in a task of a change are written over the Table API, because the document has no such values for
tasks. This page is made by `make docs`, and a test holds it to the modules.

"""


class Reach(NamedTuple):
    """How playbooks reach an operation.

    :param options: the options that do it, each by name or as ``name: value``.
    :param instead: the request that the module sends, if it is another one.
    """

    module: str
    options: tuple[str, ...]
    instead: str = ""


def _any_type(kind: str) -> dict[str, Reach]:
    """The operations on changes of one type, which the modules reach by those on changes of any type."""
    one = f"/change/{kind}/{{sys_id}}"
    return {
        f"GET /change/{kind}": Reach("snow_change_info", (f"type: {kind}",)),
        f"GET {one}": Reach("snow_change_info", ("sys_id",), "GET /change/{sys_id}"),
        f"PATCH {one}": Reach("snow_change", ("sys_id", "number", "correlation_id"), "PATCH /change/{sys_id}"),
        f"DELETE {one}": Reach("snow_change", ("state: absent",), "DELETE /change/{sys_id}"),
    }


#: Operation to what reaches it; paths are written without ``/sn_chg_rest``.
REACHES: dict[str, Reach] = {
    "GET /change": Reach("snow_change_info", ("query",)),
    "GET /change/{sys_id}": Reach("snow_change_info", ("sys_id",)),
    "POST /change": Reach("snow_change", ("correlation_id", "chg_model", "type")),
    "PATCH /change/{sys_id}": Reach("snow_change", ("sys_id", "number", "correlation_id")),
    "DELETE /change/{sys_id}": Reach("snow_change", ("state: absent",)),
    "GET /change/{change_sys_id}/nextstates": Reach("snow_change_info", ("include: next_states",)),
    "PATCH /change/{sys_id}/approvals": Reach(
        "snow_change_approval", ("state: approved", "state: rejected", "comments")
    ),
    "PATCH /change/standard/{sys_id}/risk": Reach("snow_change", ("calculate_risk",)),
    **_any_type("normal"),
    "POST /change/normal": Reach("snow_change", ("type",), "POST /change"),
    **_any_type("emergency"),
    "POST /change/emergency": Reach("snow_change", ("type",), "POST /change"),
    **_any_type("standard"),
    "POST /change/standard/{standard_change_template_id}": Reach("snow_change", ("template", "template_table")),
    "GET /change/standard/template": Reach("snow_change_template_info", ("name", "query", "text_search")),
    "GET /change/standard/template/{sys_id}": Reach("snow_change_template_info", ("sys_id",)),
    "GET /change/model": Reach("snow_change_model_info", ("name", "query", "text_search")),
    "GET /change/model/{sys_id}": Reach("snow_change_model_info", ("sys_id",)),
    "GET /change/{change_sys_id}/task": Reach("snow_change_info", ("include: tasks",)),
    "POST /change/{change_sys_id}/task": Reach("snow_change_task", ("change", "tasks")),
    "PATCH /change/{change_sys_id}/task/{task_sys_id}": Reach(
        "snow_change_task",
        ("sys_id", "number", "correlation_id", "short_description", "tasks"),
    ),
    "DELETE /change/{change_sys_id}/task/{task_sys_id}": Reach("snow_change_task", ("state: absent", "purge")),
    "GET /change/{sys_id}/ci": Reach(
        "snow_change_info", ("include: affected_cis", "include: impacted_services", "include: service_offerings")
    ),
    "POST /change/{sys_id}/ci": Reach("snow_change", ("affected_cis", "impacted_services", "service_offerings")),
    "POST /change/{sys_id}/refresh_impacted_services": Reach("snow_change", ("refresh_impacted_services",)),
    "GET /change/worker/{sys_id}": Reach("snow_change_schedule", ("timeout",)),
    "GET /change/{change_sys_id}/schedule": Reach("snow_change_schedule", ("state: reported", "number", "sys_id")),
    "GET /change/ci/{cmdb_ci_sys_id}/schedule": Reach("snow_change_schedule", ("ci", "duration", "planned_start")),
    "PATCH /change/{change_sys_id}/schedule/first_available": Reach("snow_change_schedule", ("state: planned",)),
    "POST /change/{sys_id}/conflict": Reach("snow_change_conflict", ("state: checked", "state: started")),
    "GET /change/{sys_id}/conflict": Reach("snow_change_conflict", ("state: reported",)),
    "DELETE /change/{sys_id}/conflict": Reach("snow_change_conflict", ("state: canceled",)),
}


def library_methods() -> dict[str, str]:
    """Operation to method of ``ChangeApi``: each of them begins its docstring with the operation that it is."""
    from ansible_collections.changegate.snow.plugins.module_utils.change import ChangeApi

    first = {name: (getattr(ChangeApi, name).__doc__ or "").split("\n")[0] for name in dir(ChangeApi)}
    found = {name: re.match(r"((?:GET|POST|PATCH|DELETE) \S+): ", line) for name, line in first.items()}
    return {match.group(1).replace(_ROOT, "", 1): name for name, match in found.items() if match}


def page() -> str:
    """The text of docs/change-operations.md."""
    methods = library_methods()
    rows = (_row(operation, reach, methods[operation]) for operation, reach in REACHES.items())
    return TITLE + "\n".join(["| operation | module | option | library |", "|---|---|---|---|", *rows]) + "\n"


def _row(operation: str, reach: Reach, method: str) -> str:
    return f"| `{operation}` | `{reach.module}` | {' '.join(_cells(reach))} | `{method}` |"


def _cells(reach: Reach) -> Iterator[str]:
    yield ", ".join(f"`{option}`" for option in reach.options)
    if reach.instead:
        yield f"(`{reach.instead}`)"


if __name__ == "__main__":
    print(page(), end="")
