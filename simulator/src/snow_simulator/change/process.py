"""A change's way through its states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..access.users import User
from ..errors import ApiError, mandatory, rule_aborted
from ..records.write import Write
from ..store.records import Record
from ..values import dates
from . import states
from .approvals import Approvals, approval_on_entry
from .conditions import APPROVAL_KINDS, Conditions, active_tasks
from .models import Model

if TYPE_CHECKING:
    from ..instance import Instance

_STATE_RULE = ("Change Model: Check State Transition", "27b7d4e9c343101035ae3f52c1d3ae5c")
_CLOSING = ("close_code", "close_notes")


class Process:
    """The rules that need the instance: its models, settings and users."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance

    @property
    def approvals(self) -> Approvals:
        return Approvals(self.instance.records, self.instance.users)

    @property
    def conditions(self) -> Conditions:
        return Conditions(self.instance)

    def _model(self, change: Record) -> Model:
        return self.instance.models.of(change)

    # Before --------------------------------------------------------------------------------------------

    def choose_model(self, write: Write) -> None:
        """A change without a model gets that of its type; the model's preset fills what was not given."""
        record = write.after
        if not record["chg_model"]:
            record["chg_model"] = self.instance.models.for_type(record["type"]).sys_id
        for part in self._model(record).preset.removesuffix("^EQ").split("^"):
            name, _, value = part.partition("=")
            if name in record and name not in write.given:
                record[name] = value

    def check(self, write: Write) -> None:
        """Type only in New; states only along the model's transitions, with what they require."""
        if write.operation == "insert":
            write.before = {**write.before, "state": states.NEW, "sys_id": write.after["sys_id"]}
        elif write.changed("type") and write.before["state"] != states.NEW:
            write.after["type"] = write.before["type"]
        if not write.changed("state"):
            return
        error = self._refusal(write)
        if error is None:
            self._enter(write.after)
        elif self.instance.settings.illegal_transition == "ignore":
            write.after["state"] = write.before["state"]
        else:
            raise error

    def _refusal(self, write: Write) -> ApiError | None:
        before, record = write.before["state"], write.after
        if not self.conditions.reachable(self._model(record), record, before, record["state"]):
            return rule_aborted("change_request", *_STATE_RULE)
        needed: tuple[str, ...] = ()
        if record["state"] not in (states.NEW, states.CANCELED):
            needed = ("assignment_group",)
        if record["state"] == states.CLOSED:
            needed += _CLOSING
        missing = [write.table.fields[name].label for name in needed if not record[name]]
        return mandatory(missing) if missing else None

    def _enter(self, record: Record) -> None:
        """Fields that follow the new state."""
        approval = approval_on_entry(self._model(record), record)
        record["approval"] = approval if approval is not None else record["approval"]
        now = dates.stored(self.instance.clock.now())
        if record["state"] == states.IMPLEMENT:
            record["work_start"] = record["work_start"] or now
        elif record["state"] == states.REVIEW:
            record["work_end"] = record["work_end"] or now

    # After ---------------------------------------------------------------------------------------------

    def entered(self, write: Write) -> None:
        change = write.after
        if write.operation == "update" and write.changed("on_hold"):
            self._held(write)
        if not write.changed("state"):
            return
        model = self._model(change)
        # What the state before asked for and did not get is asked no more.
        withdrawn = "not_required" if change["state"] == states.CANCELED else "cancelled"
        self.approvals.withdraw(write.user, change["sys_id"], withdrawn)
        match change["state"]:
            case states.IMPLEMENT:
                self._generate_tasks(write, model)
            case states.REVIEW:
                self._cancel_tasks(write, generated_only=True)
            case states.CANCELED:
                self._cancel_tasks(write, generated_only=False)
        if change["state"] in model.approvals:
            self.approvals.request(write.user, change, model)

    def _held(self, write: Write) -> None:
        if write.after["on_hold"] == "true":
            self.approvals.withdraw(write.user, write.sys_id, "not_required")
            return
        self.approvals.reinstate(write.user, write.after)
        # Tasks may all have been closed meanwhile, which moved nothing then.
        if write.service.raw.first(write.service.schema["change_task"], {"change_request": write.sys_id}):
            self.advance(write.user, write.sys_id, frozenset({"no_active_tasks"}))

    def _generate_tasks(self, write: Write, model: Model) -> None:
        if not self.instance.settings.generate_tasks:
            return
        change, table = write.after, write.service.schema["change_task"]
        for task in model.tasks:
            values = {
                "change_request": change["sys_id"],
                "state": states.TASK_OPEN,
                "created_from": "workflow",
                "assignment_group": change["assignment_group"],
                "assigned_to": change["assigned_to"],
                "cmdb_ci": change["cmdb_ci"],
                "planned_start_date": change["start_date"],
                "planned_end_date": change["end_date"],
            }
            write.service.insert_raw(write.user, table, values | task)

    def _cancel_tasks(self, write: Write, *, generated_only: bool) -> None:
        table = write.service.schema["change_task"]
        for task in active_tasks(write.service, write.after):
            if task["created_from"] == "workflow" or not generated_only:
                write.service.update_raw(write.user, table, task, {"state": states.TASK_CANCELED})

    # Moving on by itself -------------------------------------------------------------------------------

    def task_closed(self, write: Write) -> None:
        if write.changed("active") and write.after["active"] == "false" and write.after["change_request"]:
            self.advance(write.user, write.after["change_request"], frozenset({"no_active_tasks"}))

    def approval_decided(self, write: Write) -> None:
        state = write.after["state"]
        if not write.changed("state") or state not in ("approved", "rejected"):
            return
        self.approvals.decided(write.user, write.after)
        self.advance(write.user, write.after["sysapproval"], APPROVAL_KINDS)

    def advance(self, user: User, sys_id: str, kinds: frozenset[str]) -> None:
        """Take the automatic transition, if there is one that waited for conditions of these kinds."""
        table = self.instance.raw.schema["change_request"]
        change = self.instance.raw.get(table, sys_id)
        if change is None or change["active"] != "true":
            return
        model = self._model(change)
        for item in model.leaving(change["state"]):
            waited = any(condition.kind in kinds for condition in item.conditions)
            if item.automatic and waited and self.conditions.available(item, change):
                values = {"state": item.to_state}
                if any(condition.kind == "stage_rejected" for condition in item.conditions):
                    values["approval"] = "rejected"
                elif kinds is APPROVAL_KINDS and item.to_state not in model.approvals:
                    values["approval"] = "approved"
                self.instance.records.update_raw(user, table, change, values)
                return
