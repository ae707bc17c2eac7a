"""One change with everything around it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from ..attachment.download import file_reply
from ..change.conditions import Conditions
from ..change.deciding import pending
from ..change.models import Model
from ..change.states import CANCELED
from ..http.call import Reply
from ..store.records import Record
from . import html
from .errors import PageError
from .times import window_state
from .visit import Shown, Visit

_FIELDS = (
    "number", "short_description", "description", "type", "chg_model", "state", "approval", "risk", "impact",
    "priority", "category", "start_date", "end_date", "work_start", "work_end", "requested_by", "assignment_group",
    "assigned_to", "cmdb_ci", "business_service", "conflict_status", "conflict_last_run", "on_hold_reason",
    "correlation_id", "justification", "implementation_plan", "backout_plan", "test_plan", "close_code", "close_notes",
    "sys_created_by", "sys_created_on", "sys_updated_by", "sys_updated_on",
)  # fmt: skip
_PLANS = ("description", "justification", "implementation_plan", "backout_plan", "test_plan", "close_notes")
# Table, the field that leads to the change, and what is shown of it.
_PARTS = {
    "tasks": ("change_task", "change_request", ("number", "short_description", "change_task_type", "state",
              "assignment_group", "assigned_to", "close_notes")),
    "affected": ("task_ci", "task", ("ci_item",)),
    "impacted": ("task_cmdb_ci_service", "task", ("cmdb_ci_service",)),
    "offerings": ("task_service_offering", "task", ("service_offering",)),
    "conflicts": ("conflict", "change", ("configuration_item", "type", "conflicting_change", "schedule",
                  "last_checked")),
    "approvals": ("sysapproval_approver", "sysapproval", ("approver", "state", "sys_updated_on", "sys_id")),
    "attachments": ("sys_attachment", "table_sys_id", ("file_name", "content_type", "size_bytes", "sys_created_by",
                    "sys_created_on", "sys_id")),
    "journal": ("sys_journal_field", "element_id", ("element", "value", "sys_created_by", "sys_created_on")),
}  # fmt: skip


def change(visit: Visit, number: str) -> Reply:
    """GET /changes/{number}"""
    record = find_change(visit, number)
    asked = bool(pending(visit.instance, record["sys_id"], visit.reader))
    parts: dict[str, Any] = {name: _part(visit, record, *source) for name, source in _PARTS.items()}
    parts["journal"].reverse()
    for row in parts["approvals"]:
        row["comments"] = _comments(visit, row["sys_id"])
    return html.page(
        "change.html",
        visit=visit,
        change=visit.shown("change_request", record, _FIELDS),
        record=record,
        plans=_plans(visit, record),
        path=_path(visit, record),
        transitions=_transitions(visit, record),
        window=window_state(record, visit.instance.clock.now()),
        asked=asked,
        done=visit.call.parameters.get("done", ""),
        **parts,
    )


def attachment(visit: Visit, number: str, sys_id: str) -> Reply:
    """A file of the change, as a download and never shown as a page of this site."""
    record = find_change(visit, number)
    found = visit.find("sys_attachment", {"sys_id": sys_id, "table_sys_id": record["sys_id"]})
    if not found:
        raise PageError(404, f"{number} has no such attachment")
    return file_reply(visit.instance.contents, found[0], "application/octet-stream", html.HEADERS)


def by_link(visit: Visit) -> Reply:
    """/change_request.do?sys_id=.. and /nav_to.do?uri=change_request.do?sys_id=.., as an instance's links look."""
    parameters = dict(visit.call.parameters)
    if "uri" in parameters:
        target = urlsplit(parameters["uri"])
        if target.path.strip("/") != "change_request.do":
            raise PageError(404, "Only links to changes lead somewhere here")
        parameters = {name: values[0] for name, values in parse_qs(target.query).items()}
    for name, parameter in (("sys_id", "sys_id"), ("number", "number"), ("number", "sysparm_query")):
        text = parameters.get(parameter, "").removeprefix("number=")
        if text and (found := visit.find("change_request", {name: text})):
            return html.redirect(f"/changes/{quote(found[0]['number'])}")
    raise PageError(404, "There is no such change")


def find_change(visit: Visit, number: str) -> Record:
    found = visit.find("change_request", {"number": number})
    if not found:
        raise PageError(404, f"There is no change {number}")
    return found[0]


def _part(visit: Visit, change: Record, table: str, field: str, names: tuple[str, ...]) -> list[Shown]:
    rows = visit.find(table, {field: change["sys_id"]})
    return [visit.shown(table, row, names) | {"code": row.get("state", "")} for row in rows]


def _plans(visit: Visit, change: Record) -> list[tuple[str, str]]:
    """Label and text of each plan that there is, and that the visitor may read."""
    fields, shown = visit.table("change_request").fields, visit.shown("change_request", change, _PLANS)
    return [(fields[name].label, text) for name, text in shown.items() if text]


def _comments(visit: Visit, approval: str) -> str:
    """What the approver said: journals are kept apart from their record."""
    return "\n".join(row["value"] for row in visit.find("sys_journal_field", {"element_id": approval}))


def _path(visit: Visit, change: Record) -> list[dict[str, object]]:
    """The states of the change's model in their order, and which of them it has passed."""
    model = visit.instance.models.of(change)
    known = {state for item in model.transitions for state in (item.from_state, item.to_state)} | {change["state"]}
    if change["state"] != CANCELED:
        known.discard(CANCELED)
    labels, order = _labels(visit), sorted(known, key=float)
    place = order.index(change["state"])
    return [
        {"label": labels.get(state, state), "passed": position < place, "present": position == place}
        for position, state in enumerate(order)
    ]


def _transitions(visit: Visit, change: Record) -> list[dict[str, object]]:
    """Where the change can go, and which conditions are not met yet."""
    model: Model = visit.instance.models.of(change)
    conditions, labels = Conditions(visit.instance), _labels(visit)
    return [
        {
            "to": labels.get(item.to_state, item.to_state),
            "automatic": item.automatic,
            "unmet": [each.name for each in item.conditions if not conditions.holds(each, change)],
        }
        for item in model.leaving(change["state"])
    ]


def _labels(visit: Visit) -> dict[str, str]:
    return visit.instance.choices.of(visit.table("change_request"), "state")
