"""The list of changes."""

from __future__ import annotations

from ..http.call import Reply
from ..store.records import Record
from . import html
from .times import window_state
from .visit import Shown, Visit

LIMIT = 200
_SHOW = {"open": "active=true", "closed": "active=false", "all": ""}
_FIELDS = (
    "number", "short_description", "type", "state", "approval", "start_date", "end_date", "assignment_group",
    "assigned_to", "requested_by", "conflict_status", "risk", "sys_updated_on",
)  # fmt: skip


def changes(visit: Visit) -> Reply:
    """GET /?show=open|closed|all&q=words"""
    parameters = visit.call.parameters
    show = parameters.get("show", "open")
    show = show if show in _SHOW else "open"
    words = parameters.get("q", "").strip()
    page = visit.select("change_request", _query(show, words), LIMIT)
    rows = [_row(visit, record) for record in page.records]
    return html.page(
        "changes.html",
        visit=visit,
        rows=rows,
        total=page.total,
        show=show,
        words=words,
        waiting=_waiting(visit),
    )


def _query(show: str, words: str) -> str:
    parts = [_SHOW[show]] if _SHOW[show] else []
    if words:
        text = words.replace("^", "^^")
        parts.append(f"numberLIKE{text}^ORshort_descriptionLIKE{text}^ORcorrelation_idLIKE{text}")
    return "^".join([*parts, "ORDERBYDESCsys_updated_on", "ORDERBYDESCnumber"])


def _row(visit: Visit, record: Record) -> dict[str, object]:
    tasks = visit.find("change_task", {"change_request": record["sys_id"]})
    return {
        **visit.shown("change_request", record, _FIELDS),
        "code": record["state"],
        "approval_code": record["approval"],
        "on_hold": record["on_hold"] == "true",
        "window": window_state(record, visit.instance.clock.now()),
        "tasks": len(tasks),
        "tasks_open": sum(task["active"] == "true" for task in tasks),
        "affected": len(visit.find("task_ci", {"task": record["sys_id"]})),
    }


def _waiting(visit: Visit) -> list[Shown]:
    """Changes that wait for the visitor's own answer."""
    asked = visit.find("sysapproval_approver", {"approver": visit.reader.sys_id, "state": "requested"})
    ids = dict.fromkeys(row["sysapproval"] for row in asked)
    found = [record for sys_id in ids for record in visit.find("change_request", {"sys_id": sys_id})]
    return [visit.shown("change_request", record, _FIELDS) for record in found]
