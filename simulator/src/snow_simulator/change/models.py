"""Change models: which transitions there are, and what each state brings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ..store.loader import derived_id
from ..store.records import Record

KINDS = ("not_on_hold", "no_active_tasks", "stage_approved", "stage_rejected", "query")


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that a transition waits for."""

    name: str
    sys_id: str
    kind: str
    query: str = ""


@dataclass(frozen=True, slots=True)
class Transition:
    sys_id: str
    from_state: str
    to_state: str
    automatic: bool
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """`approvals` maps a state to who is asked there; `tasks` are generated at Implement."""

    name: str
    sys_id: str
    type: str
    transitions: tuple[Transition, ...]
    approvals: dict[str, str] = field(default_factory=dict)
    tasks: tuple[dict[str, str], ...] = ()
    pre_approved: bool = False
    preset: str = ""

    def leaving(self, state: str) -> list[Transition]:
        return [item for item in self.transitions if item.from_state == state]

    def between(self, before: str, after: str) -> list[Transition]:
        return [item for item in self.leaving(before) if item.to_state == after]


class Models:
    """All models of the data set."""

    def __init__(self, documents: Iterable[dict[str, Any]]) -> None:
        self._models = {model.sys_id: model for model in map(_model, documents)}

    def find(self, text: str) -> Model | None:
        """By sys_id or name."""
        by_name = (model for model in self._models.values() if model.name.lower() == text.lower())
        return self._models.get(text) or next(by_name, None)

    def of(self, change: Record) -> Model:
        """The model of a change; one without is driven by its type, as a legacy change is."""
        return self._models.get(change["chg_model"]) or self.for_type(change["type"])

    def for_type(self, name: str) -> Model:
        typed = {model.type: model for model in self._models.values() if model.type}
        return typed.get(name) or typed["normal"]


def _model(document: dict[str, Any]) -> Model:
    try:
        return _read(document)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{getattr(document, 'source', 'models')}: model '{document.get('name')}': {error}") from None


def _read(document: dict[str, Any]) -> Model:
    name = str(document["name"])
    rows = [*(document.get("transitions") or ()), *(document.get("more_transitions") or ())]
    return Model(
        name=name,
        sys_id=str(document["sys_id"]),
        type=str(document.get("type") or ""),
        transitions=tuple(_transition(name, row) for row in rows),
        approvals={str(state): str(who) for state, who in (document.get("approvals") or {}).items()},
        tasks=tuple(document.get("tasks") or ()),
        pre_approved=bool(document.get("pre_approved")),
        preset=str((document.get("record") or {}).get("record_preset") or ""),
    )


def _transition(model: str, row: dict[str, Any]) -> Transition:
    automatic = bool(row.get("automatic"))
    before, after = str(row["from"]), str(row["to"])
    conditions = tuple(_condition(item) for item in row.get("conditions") or ())
    derived = derived_id("sttrm_state_transition", model, before, after, str(automatic), repr(conditions))
    return Transition(str(row.get("sys_id") or derived), before, after, automatic, conditions)


def _condition(item: dict[str, Any]) -> Condition:
    name = str(item["name"])
    kind = "query" if item.get("query") else str(item["kind"])
    if kind not in KINDS:
        raise ValueError(f"condition '{name}': kind is one of {', '.join(KINDS)}")
    return Condition(name, str(item.get("sys_id") or derived_id("condition", name)), kind, str(item.get("query") or ""))
