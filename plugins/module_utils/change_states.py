# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``nextstates`` answers: where a change can go from here. No input or output.

Source: ServiceNow documentation, "Change Management API", GET /sn_chg_rest/change/{change_sys_id}/nextstates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.cells import text_of
from ansible_collections.changegate.snow.plugins.module_utils.change_answers import unwrap


class Transition(NamedTuple):
    """A way from one state to another; *unmet* and *met* name its conditions."""

    name: str
    to_state: str
    available: bool
    automatic: bool
    unmet: tuple[str, ...]
    met: tuple[str, ...] = ()
    from_state: str = ""


class NextStates(NamedTuple):
    """The states that can be reached and the present one, their labels, and the ways there.

    Changes that are not driven by a model name no ways.
    """

    available: tuple[str, ...]
    labels: Mapping[str, str]
    transitions: tuple[Transition, ...]

    def label(self, state: str) -> str:
        return self.labels.get(state, state)


def next_states_of(body: Any, request: str) -> NextStates:
    """The answer as one structure; the ways come in lists, one a target state."""
    result = unwrap(body, request)
    flat = [way for group in result.get("state_transitions") or [] for way in _listed(group)]
    return NextStates(
        available=tuple(text_of(state) for state in result.get("available_states") or []),
        labels={text_of(state): text_of(label) for state, label in (result.get("state_label") or {}).items()},
        transitions=tuple(_transition(way) for way in flat),
    )


def _transition(way: Mapping[str, Any]) -> Transition:
    conditions = way.get("conditions") or []
    return Transition(
        name=text_of(way.get("display_value")),
        to_state=text_of(way.get("to_state")),
        available=bool(way.get("transition_available")),
        automatic=bool(way.get("automatic_transition")),
        unmet=tuple(_name(item) for item in conditions if not item.get("passed")),
        met=tuple(_name(item) for item in conditions if item.get("passed")),
        from_state=text_of(way.get("from_state")),
    )


def _listed(group: Any) -> Sequence[Mapping[str, Any]]:
    return group if isinstance(group, list) else [group]


def _name(item: Mapping[str, Any]) -> str:
    condition = item.get("condition") or {}
    return text_of(condition.get("name") or condition.get("description") or condition.get("sys_id"))
