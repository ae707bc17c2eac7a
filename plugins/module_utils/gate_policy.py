# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a gate wants of a change: its policy, from the options that say it. No input or output."""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.changegate.snow.plugins.module_utils.encoded import Query

ANY = "any"


class Window(NamedTuple):
    """How much of the planned time has to be left, and how far beyond it the gate opens; all in seconds."""

    min_remaining: int = 0
    early: int = 0
    grace: int = 0


class FourEyes(NamedTuple):
    """Who has to have approved. Without *groups* and *users* anybody but the requester."""

    groups: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    at_least: int = 1


class GatePolicy(NamedTuple):
    """What is wanted; None, and an empty tuple, want nothing.

    :param states: values or labels, or ``any`` alone; so is *approval*.
    :param conflict_max_age: seconds; None does not ask about conflicts.
    :param risk_at_most: the stored value of a risk, a whole number.
    """

    states: tuple[str, ...] = ("implement",)
    approval: tuple[str, ...] = ("approved",)
    may_be_on_hold: bool = False
    window: Window | None = Window()
    hosts: tuple[str, ...] = ()
    cis: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    risk_at_most: str | None = None
    conflict_max_age: int | None = None
    tasks_closed: tuple[str, ...] = ()
    tasks_open: tuple[str, ...] = ()
    required_fields: tuple[str, ...] = ()
    match: Query | None = None
    no_open_incidents: bool = False
    four_eyes: FourEyes | None = None
