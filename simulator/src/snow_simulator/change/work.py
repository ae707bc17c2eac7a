"""What a worker does when its time has come, by the request that started it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..access.users import User
from ..errors import ApiError
from ..values import dates
from .association import Associations
from .messages import Messages
from .schedules import planned_period
from .slots import Slots

if TYPE_CHECKING:
    from ..instance import Instance

SCHEDULE = "schedule"


def do(
    instance: Instance, user: User, kind: str, request: dict[str, Any], messages: Messages
) -> dict[str, object] | None:
    """The worker's payload, if it has one; what there is to say goes to `messages`."""
    if kind != SCHEDULE:
        _associate(Associations(instance, user), kind, request, messages)
        return None
    slots = Slots(instance, user)
    if "cmdb_ci_sys_id" in request:
        return _slots_of_item(slots, request, messages)
    if "duration_in_seconds" in request:
        _first_available(slots, request, messages)
        return None
    return _slots_of_change(slots, request, messages)


def _associate(associations: Associations, kind: str, request: dict[str, Any], messages: Messages) -> None:
    if not associations.has_task(request):
        messages.errors.append("The change request no longer exists")
    elif "cmdb_ci_sys_ids" in request:
        associations.associate(kind, request, messages)
    else:
        associations.refresh(str(request["task"]), messages)


def _slots_of_item(slots: Slots, request: dict[str, Any], messages: Messages) -> dict[str, object] | None:
    earliest = dates.parse(str(request["planned_start_time"]))
    found = slots.find(str(request["cmdb_ci_sys_id"]), int(request["duration_in_seconds"]), earliest)
    if not found:
        messages.infos.append(slots.none_found())
    return slots.shown(found) if found else None


def _slots_of_change(slots: Slots, request: dict[str, Any], messages: Messages) -> dict[str, object] | None:
    """As long as the change is planned to take, not before it is planned to begin."""
    raw = slots.instance.raw
    change = raw.get(raw.schema["change_request"], str(request["change_sys_id"]))
    period = planned_period(change) if change else None
    if change is None or period is None or not change["cmdb_ci"]:
        messages.errors.append("The change request is not planned any more")
        return None
    duration = int((period[1] - period[0]).total_seconds())
    found = slots.find(change["cmdb_ci"], duration, period[0], change)
    if not found:
        messages.infos.append(slots.none_found())
    return slots.shown(found) if found else None


def _first_available(slots: Slots, request: dict[str, Any], messages: Messages) -> None:
    """Sets the planned dates of the change."""
    raw = slots.instance.raw
    table = raw.schema["change_request"]
    change = raw.get(table, str(request["change_sys_id"]))
    if change is None or not change["cmdb_ci"]:
        messages.errors.append("The change request has no configuration item any more")
        return
    earliest = dates.parse(str(request.get("planned_start_time") or ""))
    found = slots.find(change["cmdb_ci"], int(request["duration_in_seconds"]), earliest, change)
    if not found:
        messages.infos.append(slots.none_found())
        return
    values = {"start_date": dates.stored(found[0][0]), "end_date": dates.stored(found[0][1])}
    try:
        slots.instance.records.update_raw(slots.user, table, change, values)
    except ApiError as error:
        messages.errors.append(error.detail or error.message)
        return
    messages.infos.append("Change has been updated")
