# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The second opinion on the gate says what docs/gate.md says: tables written by hand, sentence by sentence."""

from __future__ import annotations

import calendar
import time
from random import Random
from typing import Any

import pytest
from tests.unit import gate_oracle
from tests.unit.gate_oracle import Situation, opinion
from tests.unit.gate_situations import kept_situation

A, B, C = "a" * 32, "b" * 32, "c" * 32
KEPT, NO, NEVER = "kept", "no", "never"


def at(text: str) -> int:
    return calendar.timegm(time.strptime(f"2030-02-02 {text}", "%Y-%m-%d %H:%M:%S"))


def verdict(rule: str, policy: dict[str, Any], change: dict[str, Any] | None = None, **facts: Any) -> str:
    """What is said of one rule: kept, no, or never (a no that is final)."""
    wanted = {"states": ["implement"], "approval": ["approved"], "may_be_on_hold": False, "window": None, "types": [],
              "models": [], "risk_at_most": None, "hosts": [], "cis": [], "conflict_max_age": None, "tasks_closed": [],
              "tasks_open": [], "required_fields": [], "match": False, "no_open_incidents": False,
              "four_eyes": None, **policy}  # fmt: skip
    situation: Situation = {
        "policy": wanted, "change": change or {}, "now": None, "items": None, "tasks": None, "conflicts": None,
        "incidents": None, "approvers": None, "matched": None, **facts,
    }  # fmt: skip
    said = opinion(situation)
    return KEPT if rule not in said.broken else NEVER if rule in said.final else NO


@pytest.mark.parametrize(
    ("wanted", "cell", "expected"),
    [
        (["implement"], ("-1", "Implement"), KEPT), ([" IMPLEMENT "], (" -1 ", "x"), KEPT),
        (["implement"], ("-1", "Implementieren"), KEPT), (["implement"], ("-1", "Closed"), NO),
        (["implement"], ("-2", "Implement"), NO), (["implement"], ("-7", "implement"), KEPT),
        (["implement"], ("-7", "Implementieren"), NO), (["-1"], ("-1", "Closed"), KEPT), (["-1"], ("1", "-1"), NO),
        (["-7"], ("-7", "Closed"), KEPT), (["scheduled", "implement"], ("-1", ""), KEPT),
        (["in_progress"], ("17", "In Progress"), KEPT), (["in progress"], ("-1", "In_Progress"), KEPT),
        (["cancelled"], ("4", "Canceled"), KEPT), (["canceled"], ("4", "Cancelled"), KEPT),
        (["closed"], ("3", "Fermé"), KEPT), (["closed"], ("4", "Canceled"), NEVER), (["implement"], ("3", ""), NEVER),
        (["any"], ("-5", "New"), KEPT), (["any"], ("17", "x"), KEPT), (["any"], ("3", "Closed"), NEVER),
        (["any"], ("4", "Implement"), NEVER), (["any"], None, NO), (["implement"], None, NO),
        (["implement"], ("", "Implement"), NO), (["implement"], ("-1.0", "Implement"), NO),
        (["any"], ("3.0", "Closed"), NO),
    ],
)  # fmt: skip
def test_states(wanted: list[str], cell: tuple[str, str] | None, expected: str) -> None:
    assert verdict("states", {"states": wanted}, {"state": cell} if cell else {}) == expected


@pytest.mark.parametrize(
    ("wanted", "cell", "expected"),
    [
        (["approved"], ("approved", "Genehmigt"), KEPT), (["Approved"], (" APPROVED ", ""), KEPT),
        (["approved"], ("requested", "Approved"), NO), (["approved"], ("rejected", "Approved"), NEVER),
        (["genehmigt"], ("approved", "Genehmigt"), KEPT), (["waived"], ("waived", "x"), KEPT),
        (["not requested"], ("not requested", ""), KEPT), (["not_requested"], ("not requested", ""), KEPT),
        (["not_required"], ("not_required", ""), KEPT), (["rejected"], ("rejected", ""), KEPT),
        (["any"], ("requested", ""), KEPT), (["any"], ("rejected", ""), NEVER), (["any"], ("", "Approved"), NO),
        (["any"], None, NO), (["approved"], None, NO),
    ],
)  # fmt: skip
def test_approval(wanted: list[str], cell: tuple[str, str] | None, expected: str) -> None:
    assert verdict("approval", {"approval": wanted}, {"approval": cell} if cell else {}) == expected


@pytest.mark.parametrize(
    ("allowed", "stored", "expected"),
    [(False, "false", KEPT), (False, "0", KEPT), (False, "False ", KEPT), (False, "true", NO), (False, "", NO),
     (False, "no", NO), (False, None, NO), (True, "true", KEPT), (True, None, KEPT)],
)  # fmt: skip
def test_on_hold(allowed: bool, stored: str | None, expected: str) -> None:
    change = {} if stored is None else {"on_hold": (stored, "false")}
    assert verdict("on_hold", {"may_be_on_hold": allowed}, change) == expected


@pytest.mark.parametrize(
    ("grants", "now", "expected"),
    [
        ((0, 0, 0), "08:00:00", KEPT), ((0, 0, 0), "07:59:59", NO), ((0, 0, 0), "09:59:59", KEPT),
        ((0, 0, 0), "10:00:00", NEVER), ((0, 60, 0), "07:59:00", KEPT), ((0, 60, 0), "07:58:59", NO),
        ((0, 0, 60), "10:00:59", KEPT), ((0, 0, 60), "10:01:00", NEVER), ((3600, 0, 0), "09:00:00", KEPT),
        ((3600, 0, 0), "09:00:01", NEVER), ((3600, 0, 60), "09:01:00", KEPT), ((3600, 0, 60), "09:01:01", NEVER),
        ((7200, 0, 0), "07:00:00", NO), ((7201, 0, 0), "07:00:00", NEVER), ((7201, 1, 0), "07:00:00", NO),
        ((7200, 0, 0), "08:00:00", KEPT), ((7200, 0, 0), "08:00:01", NEVER),
    ],
)  # fmt: skip
def test_window(grants: tuple[int, int, int], now: str, expected: str) -> None:
    change = {"start_date": ("2030-02-02 08:00:00", ""), "end_date": ("2030-02-02 10:00:00", "")}
    assert verdict("window", {"window": list(grants)}, change, now=at(now)) == expected


@pytest.mark.parametrize(
    ("start", "end", "now", "expected"),
    [
        ("2030-02-02 08:00:00", "2030-02-02 10:00:00", None, NO), ("", "2030-02-02 10:00:00", "09:00:00", NO),
        ("", "2030-02-02 10:00:00", "10:00:00", NEVER), ("2030-02-02 08:00:00", "", "09:00:00", NO),
        ("2030-02-02 08:00:00", "2030-02-02 08:00:00", "07:59:59", NO),
        ("2030-02-02 08:00:00", "2030-02-02 08:00:00", "08:00:00", NEVER),
        ("2030-02-02 10:00:00", "2030-02-02 08:00:00", "07:00:00", NO),
        ("2030-02-02 10:00:00", "2030-02-02 08:00:00", "09:00:00", NEVER),
        ("2030-02-02T08:00:00Z", "2030-02-02 12:00:00+02:00", "09:59:59", KEPT),
        ("2030-02-02T08:00:00Z", "2030-02-02 12:00:00+02:00", "10:00:00", NEVER),
        ("02.02.2030 08:00:00", "2030-02-30 10:00:00", "09:00:00", NO),
        ("0001-01-01 00:00:00", "9999-12-31 23:59:59", "09:00:00", KEPT),
    ],
)  # fmt: skip
def test_planned(start: str, end: str, now: str | None, expected: str) -> None:
    change = {"start_date": (start, ""), "end_date": (end, "")}
    moment = None if now is None else at(now)
    assert verdict("window", {"window": [0, 0, 0]}, change, now=moment) == expected
    assert verdict("window", {"window": None}, {}, now=moment) == KEPT


@pytest.mark.parametrize(
    ("rule", "policy", "cell", "expected"),
    [
        ("type", {"types": ["normal"]}, ("Normal", ""), KEPT), ("type", {"types": ["normal"]}, ("x", "normal"), NO),
        ("type", {"types": ["normal", "standard"]}, ("standard", ""), KEPT), ("type", {"types": ["normal"]}, None, NO),
        ("model", {"models": [A]}, (A.upper(), "x"), KEPT), ("model", {"models": [A]}, (B, A), NO),
        ("model", {"models": ["Cloud"]}, (B, "cloud"), KEPT), ("model", {"models": ["Cloud"]}, ("Cloud", "x"), KEPT),
        ("risk_at_most", {"risk_at_most": "3"}, ("3", ""), KEPT),
        ("risk_at_most", {"risk_at_most": "3"}, ("4", ""), KEPT),
        ("risk_at_most", {"risk_at_most": "3"}, ("2", ""), NO), ("risk_at_most", {"risk_at_most": "3"}, ("", ""), NO),
        ("risk_at_most", {"risk_at_most": "3"}, ("low", "4"), NO), ("risk_at_most", {"risk_at_most": "3"}, None, NO),
        ("risk_at_most", {"risk_at_most": "3"}, ("10", ""), KEPT),
        ("risk_at_most", {"risk_at_most": "3"}, ("4.0", ""), NO),
        ("required_fields", {"required_fields": ["u_release"]}, ("1.2", ""), KEPT),
        ("required_fields", {"required_fields": ["u_release"]}, ("", "x"), NO),
        ("required_fields", {"required_fields": ["u_release"]}, (" ", ""), NO),
        ("required_fields", {"required_fields": ["u_release"]}, None, NO),
    ],
)  # fmt: skip
def test_columns(rule: str, policy: dict[str, Any], cell: tuple[str, str] | None, expected: str) -> None:
    column = {"type": "type", "model": "chg_model", "risk_at_most": "risk", "required_fields": "u_release"}[rule]
    assert verdict(rule, policy, {column: cell} if cell else {}) == expected


ITEMS = [
    (A, "web1", "web1.example.com.", "10.0.0.1"),
    (B, "web2", "", "2001:db8::2"),
    (C, "10.0.0.9", "web2.example.com", ""),
]


@pytest.mark.parametrize(
    ("text", "as_host", "as_ci"),
    [
        ("web1", KEPT, KEPT), (" WEB1. ", KEPT, KEPT), ("web1.example.com", KEPT, NO), (A.upper(), KEPT, KEPT),
        ("10.0.0.1", KEPT, NO), ("2001:0DB8:0:0::2", KEPT, NO), ("10.0.0.9", KEPT, KEPT), ("web3", NO, NO),
        ("::ffff:10.0.0.1", NO, NO), (".", NO, NO), ("web", NO, NO),
    ],
)  # fmt: skip
def test_items(text: str, as_host: str, as_ci: str) -> None:
    assert verdict("hosts", {"hosts": [text]}, items=ITEMS) == as_host
    assert verdict("cis", {"cis": ["web1", text]}, items=ITEMS) == as_ci
    assert verdict("hosts", {"hosts": [text]}, items=[*ITEMS, *ITEMS]) == as_host
    assert verdict("hosts", {"hosts": [text]}) == verdict("cis", {"cis": [text]}, items=[]) == NO


@pytest.mark.parametrize("text", ["web1", "web1.", A, "10.0.0.9"])
def test_what_fits_two_items_fits_none(text: str) -> None:
    """By their names, or as the name of the one and the sys_id of the other."""
    items = [*ITEMS, ("d" * 32, text, "", "")]
    assert verdict("cis", {"cis": [text]}, items=items) == verdict("hosts", {"hosts": [text]}, items=items) == NO


@pytest.mark.parametrize(
    ("found", "status", "expected"),
    [
        (("complete", "Conflict", at("08:00:00"), ()), "No Conflict", KEPT),
        (("complete", "No Conflict", at("07:59:59"), ()), "No Conflict", NO),
        (("complete", "No Conflict", at("09:01:00"), ()), " no conflict", KEPT),
        (("complete", "No Conflict", at("09:01:01"), ()), "No Conflict", NO),
        (("running", "No Conflict", at("08:30:00"), ()), "No Conflict", NO),
        (("complete", "No Conflict", at("08:30:00"), ()), "Conflict", NO),
        (("complete", "No Conflict", at("08:30:00"), ()), "", NO),
        (("complete", "No Conflict", at("08:30:00"), ("x",)), "No Conflict", NO),
        (("complete", "No Conflict", None, ()), "No Conflict", NO), (None, "No Conflict", NO),
    ],
)  # fmt: skip
def test_conflicts(found: Any, status: str, expected: str) -> None:
    change, wanted = {"conflict_status": (status, "No Conflict")}, {"conflict_max_age": 3600}
    assert verdict("conflicts", wanted, change, conflicts=found, now=at("09:00:00")) == expected
    assert verdict("conflicts", wanted, change, conflicts=found) == NO
    assert verdict("conflicts", wanted, {}, conflicts=found, now=at("09:00:00")) == NO
    assert verdict("conflicts", {}, change, conflicts=found) == KEPT


@pytest.mark.parametrize(
    ("closed", "open_", "expected"),
    [
        (["Back up"], [], KEPT), (["CTASK1", "back up"], ["Deploy"], KEPT), (["Verify"], [], NO), ([], ["Verify"], NO),
        (["Deploy"], [], NO), ([], ["Back up"], NO), (["Test"], [], NO), ([], ["Test"], NO), (["Nothing"], [], NO),
        (["CTASK4"], [], KEPT), ([], [], KEPT),
    ],
)  # fmt: skip
def test_tasks(closed: list[str], open_: list[str], expected: str) -> None:
    rows = [("CTASK1", "Back up", "3", ""), ("CTASK2", "Deploy", "1", "Closed"), ("CTASK3", "Deploy", "2", ""),
            ("CTASK4", "Test", "3", ""), ("CTASK5", "Test", "1", ""), ("CTASK6", "Verify", "4", "")]  # fmt: skip
    wanted = {"tasks_closed": closed, "tasks_open": open_}
    assert verdict("tasks", wanted, tasks=rows) == expected
    assert verdict("tasks", wanted) == (NO if closed or open_ else KEPT)


def test_match_and_incidents() -> None:
    assert [verdict("match", {"match": True}, matched=found) for found in (True, False, None)] == [KEPT, NO, NO]
    assert verdict("match", {}, matched=False) == KEPT
    for items, incidents, expected in (
        (ITEMS, (0, ()), KEPT), (ITEMS, (1, ()), NO), (ITEMS, (1, ("INC1",)), NO), (ITEMS, None, NO), ([], (0, ()), NO),
        (None, (0, ()), NO),
    ):  # fmt: skip
        assert verdict("no_open_incidents", {"no_open_incidents": True}, items=items, incidents=incidents) == expected


APPROVERS = [
    (A, "abel", "abel@example.com", "approved", ()), (B, "beth", "team@example.com", "approved", ("CAB", "1" * 32)),
    (C, "carl", "team@example.com", "requested", ("CAB",)), (B, "beth", "team@example.com", "approved", ()),
    ("d" * 32, "dora", "dora@example.com", "Approved", ("Network",)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("groups", "users", "enough", "expected"),
    [
        ([], [], 2, KEPT), ([], [], 3, NO), (["cab"], [], 1, KEPT), (["1" * 32], [], 1, KEPT), (["cab"], [], 2, NO),
        ([], ["dora"], 1, KEPT), ([], ["abel"], 1, NO), ([], ["team@example.com"], 1, NO), ([], [B], 1, KEPT),
        ([], ["team@example.com", "beth"], 1, KEPT), (["cab"], ["dora@example.com"], 2, KEPT), ([], ["carl"], 1, NO),
        (["network", "cab"], [], 2, KEPT),
    ],
)  # fmt: skip
def test_four_eyes(groups: list[str], users: list[str], enough: int, expected: str) -> None:
    policy = {"four_eyes": {"groups": groups, "users": users, "at_least": enough}}
    change = {"requested_by": (A, ""), "opened_by": ("", "")}
    assert verdict("approved_by", policy, change, approvers=APPROVERS) == expected
    assert verdict("approved_by", policy, {**change, "requested_by": ("", "Abel")}, approvers=APPROVERS) == NO
    assert verdict("approved_by", policy, {"requested_by": (A, "")}, approvers=APPROVERS) == NO
    assert verdict("approved_by", policy, {"opened_by": (A, "")}, approvers=APPROVERS) == NO
    assert verdict("approved_by", policy, change) == NO


def test_four_eyes_of_the_opener() -> None:
    policy = {"four_eyes": {"groups": [], "users": [], "at_least": 2}}
    change = {"requested_by": (A, ""), "opened_by": (B.upper(), "")}
    assert verdict("approved_by", policy, change, approvers=APPROVERS) == NO


def test_what_is_made_to_keep_its_policy_keeps_it() -> None:
    rng = Random(7)
    for _ in range(2000):
        situation = kept_situation(rng)
        assert opinion(situation).open, situation


def test_nothing_of_the_collection_is_imported() -> None:
    assert not [
        name for name, value in vars(gate_oracle).items() if "changegate" in str(getattr(value, "__module__", ""))
    ]
