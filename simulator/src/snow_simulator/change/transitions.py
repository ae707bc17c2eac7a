"""The answer of GET /change/{change_sys_id}/nextstates."""

from __future__ import annotations

from ..store.records import Record
from .conditions import Conditions
from .models import Model, Transition


def next_states(conditions: Conditions, model: Model, change: Record, labels: dict[str, str]) -> dict[str, object]:
    """Available states with the present one last; for a change with a model also what each waits for."""
    grouped: dict[str, list[Transition]] = {}
    for item in model.leaving(change["state"]):
        grouped.setdefault(item.to_state, []).append(item)
    available = [state for state, group in grouped.items() if any(conditions.available(item, change) for item in group)]
    states = [*available, change["state"]]
    answer: dict[str, object] = {"available_states": states}
    # Not available for type driven and legacy changes, says the document.
    if change["chg_model"]:
        answer["state_transitions"] = [
            [_shown(conditions, item, change, labels) for item in group] for group in grouped.values()
        ]
    answer["state_label"] = {state: labels.get(state, state) for state in states}
    return answer


def _shown(conditions: Conditions, item: Transition, change: Record, labels: dict[str, str]) -> dict[str, object]:
    passed = [(condition, conditions.holds(condition, change)) for condition in item.conditions]
    before, after = (labels.get(state, state) for state in (item.from_state, item.to_state))
    return {
        "sys_id": item.sys_id,
        "display_value": f"{before} to {after}",
        "from_state": item.from_state,
        "to_state": item.to_state,
        "transition_available": conditions.available(item, change),
        "automatic_transition": item.automatic,
        "conditions": [
            {"passed": good, "condition": {"name": each.name, "description": None, "sys_id": each.sys_id}}
            for each, good in passed
        ],
    }
