# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an instance holds of a change in the end, as a person would want to read it."""

from __future__ import annotations

from typing import Any

from demo.instance import Instance

from ansible_collections.changegate.snow.plugins.module_utils.client import Client, connect
from ansible_collections.changegate.snow.plugins.module_utils.connection import resolve

_CHANGE = (
    "sys_id,number,short_description,state,approval,close_code,close_notes,opened_at,work_start,work_end,closed_at"
)


def report(target: Instance, correlation_id: str) -> tuple[dict[str, str], list[str]]:
    """The change, column to what is displayed, and the lines about it."""
    with connect(resolve({}, target.environment())) as client:
        return _read(client, correlation_id)


def _read(client: Client, correlation_id: str) -> tuple[dict[str, str], list[str]]:
    (change,) = _rows(client, "change_request", f"correlation_id={correlation_id}", _CHANGE)
    key = change["sys_id"]
    asked = _rows(
        client,
        "sysapproval_approver",
        f"sysapproval={key}^stateINapproved,rejected^ORDERBYsys_updated_on",
        "approver,state,sys_updated_on,comments",
    )
    tasks = _rows(client, "change_task", f"change_request={key}^ORDERBYorder", "short_description,state,close_code")
    items = _rows(client, "task_ci", f"task={key}^ORDERBYci_item.name", "ci_item")
    files = _rows(client, "sys_attachment", f"table_sys_id={key}^ORDERBYfile_name", "file_name,size_bytes")
    ended = f", {change['close_code']}" if change["close_code"] else ""
    lines = [f"{change['number']}  {change['short_description']}: {change['state']}{ended}"]
    lines += [f"  opened     {change['opened_at']} UTC"]
    lines += [f"  {row['state'].lower():10} {row['sys_updated_on']} UTC by {_said(row)}" for row in asked]
    lines += [f"  {word:10} {change[name]} UTC" for word, name in _TIMES if change[name]]
    lines += [f"  item       {row['ci_item']}" for row in items]
    lines += [f"  task       {row['short_description']}: {row['state']}{_code(row)}" for row in tasks]
    lines += [f"  file       {row['file_name']} ({row['size_bytes']} bytes)" for row in files]
    lines += [f"  note       {line}" for line in change["close_notes"].splitlines()]
    return change, lines


_TIMES = (("begun", "work_start"), ("ended", "work_end"), ("closed", "closed_at"))


def _said(row: dict[str, str]) -> str:
    """Who decided, and the first words of it: a journal shows who wrote in a line before them."""
    words = [line for line in row.get("comments", "").splitlines() if line.strip()]
    return f"{row['approver']}{': ' if words else ''}{words[1] if len(words) > 1 else ''}"


def _code(row: dict[str, str]) -> str:
    return f", {row['close_code']}" if row["close_code"] else ""


def _rows(client: Client, table: str, query: str, fields: str) -> list[dict[str, Any]]:
    resource = client.table(table)
    resource.parameters.display_value = True
    resource.parameters.exclude_reference_link = True
    rows: list[dict[str, Any]] = resource.get(query=query, fields=fields.split(",")).all()
    return rows
