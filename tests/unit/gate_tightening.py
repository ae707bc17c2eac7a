# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies that want more than another one does: no change keeps them that does not keep the other."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.unit.gate_situations import COLUMNS, sometimes, sys_id

Policy = dict[str, Any]


def tightened(rng: Random, policy: Policy) -> Policy:
    """*policy* with one to three more wishes."""
    tighter = dict(policy)
    for _ in range(rng.randint(1, 3)):
        rng.choice(WAYS)(rng, tighter)
    return tighter


def _fewer(texts: list[str]) -> list[str]:
    """An alternative less, if one is left."""
    return [text for place, text in enumerate(texts) if place or len(texts) == 1]


def _states(_rng: Random, policy: Policy) -> None:
    is_any = policy["states"][0].strip().lower() == "any"
    policy["states"] = ["implement"] if is_any else _fewer(policy["states"])


def _approval(_rng: Random, policy: Policy) -> None:
    is_any = policy["approval"][0].strip().lower() == "any"
    policy["approval"] = ["approved"] if is_any else _fewer(policy["approval"])


def _on_hold(_rng: Random, policy: Policy) -> None:
    policy["may_be_on_hold"] = False


def _window(rng: Random, policy: Policy) -> None:
    left, early, grace = policy["window"] or (0, 3600, 3600)
    policy["window"] = rng.choice(([left + 1, early, grace], [left, early // 2, grace], [left, early, grace // 2]))


def _columns(rng: Random, policy: Policy) -> None:
    policy["types"] = _fewer(policy["types"]) or ["normal"]
    policy["models"] = _fewer(policy["models"]) or [sys_id(rng)]


def _risk(_rng: Random, policy: Policy) -> None:
    policy["risk_at_most"] = str(int(policy["risk_at_most"] or 1) + 1)


def _required(rng: Random, policy: Policy) -> None:
    policy["required_fields"] = [*policy["required_fields"], rng.choice((*COLUMNS, "u_none"))]
    policy["match"] = policy["match"] or sometimes(rng, 0.3)


def _items(rng: Random, policy: Policy) -> None:
    option = rng.choice(("hosts", "cis"))
    policy[option] = [*policy[option], rng.choice(("web1", "WEB2.", "10.0.0.1", "mail server"))]
    policy["no_open_incidents"] = policy["no_open_incidents"] or sometimes(rng, 0.3)


def _tasks(rng: Random, policy: Policy) -> None:
    option = rng.choice(("tasks_closed", "tasks_open"))
    policy[option] = [*policy[option], rng.choice(("Deploy", "verify", "CTASK0010001"))]


def _conflicts(_rng: Random, policy: Policy) -> None:
    oldest = policy["conflict_max_age"]
    policy["conflict_max_age"] = 86400 if oldest is None else oldest // 2


def _four_eyes(rng: Random, policy: Policy) -> None:
    eyes = policy["four_eyes"]
    if eyes is None:
        policy["four_eyes"] = {"groups": [], "users": [], "at_least": 1}
        return
    name = rng.choice(("groups", "users"))
    others = eyes["users" if name == "groups" else "groups"]
    # Without anybody named, anybody counts: the last name of all stays.
    fewer = eyes[name][1:] if others else _fewer(eyes[name])
    policy["four_eyes"] = {**eyes, name: fewer, "at_least": eyes["at_least"] + rng.randrange(2)}


WAYS: tuple[Callable[[Random, Policy], None], ...] = (
    _states, _approval, _on_hold, _window, _columns, _risk, _required, _items, _tasks, _conflicts, _four_eyes,
)  # fmt: skip
