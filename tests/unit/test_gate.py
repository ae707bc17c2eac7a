# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate: a truth table for each rule, and what it says of itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ansible_collections.changegate.snow.plugins.module_utils import gate, gate_result
from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell
from ansible_collections.changegate.snow.plugins.module_utils.gate_facts import (
    Approver,
    ChangeTask,
    ConflictOutcome,
    Facts,
    Incidents,
    Item,
    Unknown,
)
from ansible_collections.changegate.snow.plugins.module_utils.gate_policy import FourEyes, GatePolicy, Window
from ansible_collections.changegate.snow.plugins.module_utils.gate_verdict import Verdict

#: Noon; the window is from ten to two.
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECRET = Unknown("the user may not read it")
CHANGE = {
    "sys_id": Cell("c1", "c1"),
    "number": Cell("CHG1", "CHG1"),
    "state": Cell("-1", "Implement"),
    "approval": Cell("approved", "Approved"),
    "on_hold": Cell("false", "false"),
    "start_date": Cell("2026-11-24 10:00:00", "2026-11-24 02:00:00"),
    "end_date": Cell("2026-11-24 14:00:00", "2026-11-24 06:00:00"),
    "type": Cell("normal", "Normal"),
    "chg_model": Cell("m1", "Normal"),
    "risk": Cell("3", "Moderate"),
    "requested_by": Cell("u1", "Abel Tuter"),
    "opened_by": Cell("u2", "Ansible"),
    "backout_plan": Cell("Back.", "Back."),
    "conflict_status": Cell("No Conflict", "No Conflict"),
}
#: Asks nothing.
LAX = GatePolicy(states=("any",), approval=("any",), may_be_on_hold=True, window=None)


def facts(now: datetime | None = NOW, **columns: Any) -> Facts:
    """The change with other cells: a text is stored and displayed, None is not shown."""
    cells = {name: value if isinstance(value, Cell) else Cell(value, value) for name, value in columns.items() if value}
    hidden = {name for name, value in columns.items() if value is None}
    empty = {name: Cell("", "") for name, value in columns.items() if value == ""}
    shown = {**CHANGE, **cells, **empty}
    return Facts({name: cell for name, cell in shown.items() if name not in hidden}, now)


def judge(policy: GatePolicy, known: Facts) -> Verdict:
    return gate.evaluate(policy, known)


def hold(rule: str, policy: GatePolicy, known: Facts, expected: str) -> None:
    """*expected* is ``open``, ``closed`` by this rule alone, or ``final``."""
    verdict = judge(policy, known)
    assert {reason.rule for reason in verdict.reasons} == (set() if expected == "open" else {rule}), verdict.reasons
    assert (verdict.open, verdict.final) == (expected == "open", expected == "final")


STATES = [
    ("implement", Cell("-1", "Implement"), "open"),
    (" IMPLEMENT ", Cell("-1", "Implement"), "open"),
    ("-1", Cell("-1", "Implement"), "open"),
    # Another language, and a label of one's own: the value counts.
    ("implement", Cell("-1", "Implementieren"), "open"),
    ("implement", Cell("-1", ""), "open"),
    # What is displayed contradicts what is stored.
    ("implement", Cell("-1", "Review"), "closed"),
    ("implement", Cell("0", "Implement"), "closed"),
    ("implement", Cell("-2", "Scheduled"), "closed"),
    ("-1", Cell("1", "Implement"), "closed"),
    # A state of this instance.
    ("Build", Cell("10", "Build"), "open"),
    ("implement", Cell("10", "Implement"), "open"),
    ("10", Cell("10", "Build"), "open"),
    ("Build", Cell("11", "Verify"), "closed"),
    ("Build", Cell("10", ""), "closed"),
    ("implement", "", "closed"),
    ("implement", None, "closed"),
    ("implement", Cell("3", "Closed"), "final"),
    ("implement", Cell("4", "Canceled"), "final"),
    ("closed", Cell("3", "Closed"), "open"),
    ("cancelled", Cell("4", "Canceled"), "open"),
    ("any", Cell("-5", "New"), "open"),
    ("any", Cell("3", "Closed"), "final"),
    ("any", Cell("4", "Canceled"), "final"),
    ("any", "", "closed"),
    ("any", None, "closed"),
]


@pytest.mark.parametrize(("wanted", "state", "expected"), STATES)
def test_states(wanted: str, state: Any, expected: str) -> None:
    hold("states", LAX._replace(states=(wanted,)), facts(state=state), expected)
    if wanted != "any":
        hold("states", LAX._replace(states=("authorize", wanted)), facts(state=state), expected)


APPROVALS = [
    ("approved", Cell("approved", "Approved"), "open"),
    ("Approved ", Cell("approved", "Genehmigt"), "open"),
    ("approved", Cell("requested", "Approved"), "closed"),
    ("approved", Cell("requested", "Requested"), "closed"),
    ("approved", Cell("not requested", "Not Yet Requested"), "closed"),
    ("not_requested", Cell("not requested", "Not Yet Requested"), "open"),
    ("not required", Cell("not_required", "Not Required"), "open"),
    ("approved", Cell("rejected", "Rejected"), "final"),
    ("rejected", Cell("rejected", "Rejected"), "open"),
    ("Waved through", Cell("waved", "Waved through"), "open"),
    ("approved", "", "closed"),
    ("approved", None, "closed"),
    ("any", Cell("requested", "Requested"), "open"),
    ("any", Cell("rejected", "Rejected"), "final"),
    ("any", "", "closed"),
    ("any", None, "closed"),
]


@pytest.mark.parametrize(("wanted", "approval", "expected"), APPROVALS)
def test_approval(wanted: str, approval: Any, expected: str) -> None:
    hold("approval", LAX._replace(approval=(wanted,)), facts(approval=approval), expected)


HOLDS = [("false", "open"), ("0", "open"), ("False", "open"), ("true", "closed"), ("1", "closed"), ("", "closed"),
         (None, "closed"), ("perhaps", "closed")]  # fmt: skip


@pytest.mark.parametrize(("value", "expected"), HOLDS)
def test_on_hold(value: str | None, expected: str) -> None:
    hold("on_hold", LAX._replace(may_be_on_hold=False), facts(on_hold=value), expected)
    assert judge(LAX, facts(on_hold=value)).open


S = timedelta(seconds=1)
H = timedelta(hours=1)
#: min_remaining, early, grace; the time; the verdict.
WINDOWS = [
    ((0, 0, 0), NOW, "open"),
    ((0, 0, 0), NOW - 2 * H, "open"),
    ((0, 0, 0), NOW - 2 * H - S, "closed"),
    ((0, 0, 0), NOW + 2 * H - S, "open"),
    ((0, 0, 0), NOW + 2 * H, "final"),
    ((0, 0, 0), NOW + 200 * H, "final"),
    ((0, 600, 0), NOW - 2 * H - 600 * S, "open"),
    ((0, 600, 0), NOW - 2 * H - 601 * S, "closed"),
    ((0, 0, 600), NOW + 2 * H + 599 * S, "open"),
    ((0, 0, 600), NOW + 2 * H + 600 * S, "final"),
    ((3600, 0, 0), NOW + H, "open"),
    ((3600, 0, 0), NOW + H + S, "final"),
    ((3600, 0, 600), NOW + H + 600 * S, "open"),
    ((3600, 0, 600), NOW + H + 601 * S, "final"),
    # No window is that long.
    ((5 * 3600, 0, 0), NOW, "final"),
    ((5 * 3600, 3600, 0), NOW - 3 * H, "open"),
    ((0, 0, 0), None, "closed"),
]


@pytest.mark.parametrize(("window", "now", "expected"), WINDOWS)
def test_window(window: tuple[int, int, int], now: datetime | None, expected: str) -> None:
    policy = LAX._replace(window=Window(*window))
    hold("window", policy, facts(now=now), expected)
    if now is not None:
        # Whatever zone somebody lives in.
        hold("window", policy, facts(now=now.astimezone(ZoneInfo("Asia/Kathmandu"))), expected)


PLANS = [
    ("", "2026-11-24 14:00:00", "closed"),
    ("2026-11-24 10:00:00", "", "closed"),
    (None, "2026-11-24 14:00:00", "closed"),
    ("2026-11-24 10:00:00", None, "closed"),
    ("soon", "2026-11-24 14:00:00", "closed"),
    ("2026-11-24 10:00:00", "late", "closed"),
    ("2026-11-24 14:00:00", "2026-11-24 14:00:00", "closed"),
    ("2026-11-24 14:00:00", "2026-11-24 13:00:00", "closed"),
    ("", "2026-11-24 11:00:00", "final"),
    ("2026-11-24 11:00:00", "2026-11-24 10:00:00", "final"),
    # The hour that a clock in Zurich strikes twice, and the one that it leaves out, are like any other.
    ("2026-11-24 12:00:00", "2026-11-24 12:00:01", "open"),
]


@pytest.mark.parametrize(("start", "end", "expected"), PLANS)
def test_plans(start: str | None, end: str | None, expected: str) -> None:
    hold("window", LAX._replace(window=Window()), facts(start_date=start, end_date=end), expected)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        # 25 October 2026, 02:30 comes twice in Zurich: at 00:30 and at 01:30 UTC.
        (datetime(2026, 10, 25, 2, 30, fold=0, tzinfo=ZoneInfo("Europe/Zurich")), "closed"),
        (datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Zurich")), "open"),
        # 29 March 2026, 01:30 UTC is 03:30 there.
        (datetime(2026, 3, 29, 3, 30, tzinfo=ZoneInfo("Europe/Zurich")), "open"),
    ],
)
def test_daylight_saving(now: datetime, expected: str) -> None:
    day = f"{now.astimezone(UTC):%Y-%m-%d}"
    known = facts(now=now.astimezone(UTC), start_date=f"{day} 01:00:00", end_date=f"{day} 02:00:00")
    hold("window", LAX._replace(window=Window()), known, expected)


TYPES = [
    ("normal", "normal", "open"),
    ("NORMAL", "normal", "open"),
    ("normal", "emergency", "closed"),
    ("normal", Cell("emergency", "Normal"), "closed"),
    ("normal", "", "closed"),
    ("normal", None, "closed"),
]


@pytest.mark.parametrize(("wanted", "value", "expected"), TYPES)
def test_type(wanted: str, value: Any, expected: str) -> None:
    hold("type", LAX._replace(types=("standard", wanted)), facts(type=value), expected)


MODELS = [("m1", Cell("m1", "Normal"), "open"), ("M1", Cell("m1", "Normal"), "open"),
          ("normal", Cell("m1", "Normal"), "open"), ("normal", Cell("m2", "Cloud"), "closed"),
          ("normal", "", "closed"), ("normal", None, "closed"), ("normal", Cell("", "Normal"), "closed")]  # fmt: skip


@pytest.mark.parametrize(("wanted", "value", "expected"), MODELS)
def test_model(wanted: str, value: Any, expected: str) -> None:
    hold("model", LAX._replace(models=(wanted,)), facts(chg_model=value), expected)


RISKS = [("3", "2", "closed"), ("3", "3", "open"), ("3", "4", "open"), ("2", "1", "closed"), ("3", "", "closed"),
         ("3", None, "closed"), ("3", "low", "closed"), ("3", "3.5", "closed"), ("3", "-3", "closed"),
         ("moderate", "3", "closed")]  # fmt: skip


@pytest.mark.parametrize(("most", "value", "expected"), RISKS)
def test_risk_at_most(most: str, value: str | None, expected: str) -> None:
    hold("risk_at_most", LAX._replace(risk_at_most=most), facts(risk=value), expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("Back.", "open"), ("false", "open"), ("0", "open"), ("", "closed"), (" \r\n ", "closed"), (None, "closed")],
)
def test_required_fields(value: str | None, expected: str) -> None:
    hold("required_fields", LAX._replace(required_fields=("number", "test_plan")), facts(test_plan=value), expected)


WEB = Item("a" * 32, "web-01", "web-01.example.com", "10.0.2.1")
TWIN = Item("b" * 32, "web-01", "web-01.example.net", "10.0.2.2")
SIX = Item("c" * 32, "web-06", "", "2001:db8::6")
BLANK = Item("d" * 32, "", "", "")
HOSTS = [
    ("web-01", [WEB], "open"),
    ("WEB-01", [WEB], "open"),
    ("web-01.example.com.", [WEB], "open"),
    ("10.0.2.1", [WEB], "open"),
    (" 10.0.2.1 ", [WEB], "open"),
    ("A" * 32, [WEB], "open"),
    ("2001:0DB8:0:0:0:0:0:6", [SIX], "open"),
    ("[2001:db8::6]", [SIX], "open"),
    # A short name of something else, a part, an address of another one.
    ("web-01.example.org", [WEB], "closed"),
    ("web-0", [WEB], "closed"),
    ("10.0.2.10", [WEB], "closed"),
    ("web-01", [], "closed"),
    ("web-01", [BLANK], "closed"),
    ("web-01", [WEB, TWIN], "closed"),
    ("10.0.2.2", [WEB, TWIN], "open"),
    # The same item twice is one item.
    ("web-01", [WEB, WEB], "open"),
    ("web-01", [Item("", "web-01")], "closed"),
    ("web-01", SECRET, "closed"),
]


@pytest.mark.parametrize(("name", "items", "expected"), HOSTS)
def test_hosts(name: str, items: Any, expected: str) -> None:
    hold("hosts", LAX._replace(hosts=(name,)), facts()._replace(items=items), expected)


@pytest.mark.parametrize(("name", "items", "expected"), HOSTS)
def test_cis(name: str, items: Any, expected: str) -> None:
    by_address = "example" in name or "." in name or ":" in name
    hold("cis", LAX._replace(cis=(name,)), facts()._replace(items=items), "closed" if by_address else expected)


def test_all_hosts() -> None:
    """Each that is missing is a reason of its own."""
    verdict = judge(LAX._replace(hosts=("web-01", "web-02", "web-03")), facts()._replace(items=[WEB]))
    assert [reason.wanted for reason in verdict.reasons] == ["web-02", "web-03"]


def outcome(state: str = "complete", age: float | None = 60, found: tuple[str, ...] = ()) -> ConflictOutcome:
    return ConflictOutcome(state, "Conflict", None if age is None else NOW - timedelta(seconds=age), found)


CONFLICTS = [
    (outcome(), "No Conflict", "open"),
    (outcome(age=3600), "No Conflict", "open"),
    (outcome(age=3601), "No Conflict", "closed"),
    (outcome(age=-60), "No Conflict", "open"),
    (outcome(age=-61), "No Conflict", "closed"),
    (outcome(age=None), "No Conflict", "closed"),
    (outcome(found=("Blackout",)), "No Conflict", "closed"),
    (outcome(), "Conflict", "closed"),
    (outcome(), "Not Run", "closed"),
    (outcome(), None, "closed"),
    *[(outcome(state), "No Conflict", "closed") for state in ("none", "pending", "running", "failed", "canceled", "")],
    (SECRET, "No Conflict", "closed"),
]


@pytest.mark.parametrize(("found", "status", "expected"), CONFLICTS)
def test_conflicts(found: Any, status: str | None, expected: str) -> None:
    policy, known = LAX._replace(conflict_max_age=3600), facts(conflict_status=status)._replace(conflicts=found)
    hold("conflicts", policy, known, expected)
    assert not judge(policy, known._replace(now=None)).open
    assert judge(LAX, known).open


def task(state: str, name: str = "Back up", number: str = "CTASK1") -> ChangeTask:
    return ChangeTask(number, name, state)


#: Tasks; whether "back UP" is closed, and whether it is open.
TASKS = [
    ([task("3")], "open", "closed"),
    ([task("1")], "closed", "open"),
    ([task("2")], "closed", "open"),
    ([task("-5")], "closed", "closed"),
    ([task("4")], "closed", "closed"),
    ([task("")], "closed", "closed"),
    ([task("7")], "closed", "closed"),
    ([], "closed", "closed"),
    ([task("3", "Something else")], "closed", "closed"),
    ([task("3"), task("3", number="CTASK2")], "open", "closed"),
    ([task("3"), task("1", number="CTASK2")], "closed", "closed"),
    ([task("1"), task("3", "Something else")], "closed", "open"),
    (SECRET, "closed", "closed"),
]


@pytest.mark.parametrize(("listed", "closed", "opened"), TASKS)
def test_tasks(listed: Any, closed: str, opened: str) -> None:
    known = facts()._replace(tasks=listed)
    hold("tasks", LAX._replace(tasks_closed=("back UP",)), known, closed)
    hold("tasks", LAX._replace(tasks_open=("back UP",)), known, opened)
    if listed and listed is not SECRET and listed[0].short_description == "Back up" and len(listed) == 1:
        hold("tasks", LAX._replace(tasks_closed=("ctask1",)), known, closed)


@pytest.mark.parametrize(("matched", "expected"), [(True, "open"), (False, "closed"), (SECRET, "closed")])
def test_match(matched: Any, expected: str) -> None:
    from ansible_collections.changegate.snow.plugins.module_utils.encoded import Query

    hold("match", LAX._replace(match=Query.parse("risk=3")), facts()._replace(matched=matched), expected)


INCIDENTS = [
    ([WEB], Incidents(0), "open"),
    ([WEB], Incidents(1, ("INC1",)), "closed"),
    # Counted, and not readable.
    ([WEB], Incidents(2), "closed"),
    ([], Incidents(0), "closed"),
    (SECRET, Incidents(0), "closed"),
    ([WEB], SECRET, "closed"),
]


@pytest.mark.parametrize(("items", "incidents", "expected"), INCIDENTS)
def test_no_open_incidents(items: Any, incidents: Any, expected: str) -> None:
    known = facts()._replace(items=items, incidents=incidents)
    hold("no_open_incidents", LAX._replace(no_open_incidents=True), known, expected)


def row(user: str, state: str = "approved", groups: tuple[str, ...] = (), mail: str = "") -> Approver:
    return Approver(user, f"{user}.name", mail or f"{user}@example.com", state, groups)


CAB = ("g1", "CAB Approval")
ANYBODY, BY_CAB, BY_U5 = FourEyes(), FourEyes(groups=("cab approval",)), FourEyes(users=("U5.name",))
EYES = [
    (ANYBODY, [row("u5")], "open"),
    (ANYBODY, [], "closed"),
    (ANYBODY, [row("u5", "requested")], "closed"),
    (ANYBODY, [row("u5", "rejected")], "closed"),
    (ANYBODY, [row("u5", "not_required")], "closed"),
    (ANYBODY, [row("")], "closed"),
    # Who requested it, and who opened it.
    (ANYBODY, [row("u1")], "closed"),
    (ANYBODY, [row("U2")], "closed"),
    (ANYBODY, [row("u1"), row("u5")], "open"),
    (ANYBODY._replace(at_least=2), [row("u5")], "closed"),
    (ANYBODY._replace(at_least=2), [row("u5"), row("u5")], "closed"),
    (ANYBODY._replace(at_least=2), [row("u5"), row("u1")], "closed"),
    (ANYBODY._replace(at_least=2), [row("u5"), row("u6")], "open"),
    (BY_CAB, [row("u5", groups=CAB)], "open"),
    (BY_CAB._replace(groups=("G1",)), [row("u5", groups=CAB)], "open"),
    (BY_CAB, [row("u5", groups=("g2", "Hardware"))], "closed"),
    (BY_CAB, [row("u5", "requested", CAB), row("u6")], "closed"),
    (BY_CAB, [row("u1", groups=CAB)], "closed"),
    (BY_U5, [row("u5")], "open"),
    (BY_U5, [row("u6")], "closed"),
    (BY_U5._replace(users=("u5",)), [row("u5")], "open"),
    (BY_U5._replace(users=("U5@example.com",)), [row("u5")], "open"),
    # An address that two people have names neither.
    (BY_U5._replace(users=("ops@example.com",)), [row("u5", mail="ops@example.com")], "open"),
    (
        BY_U5._replace(users=("ops@example.com",)),
        [row("u5", mail="ops@example.com"), row("u6", "requested", mail="ops@example.com")],
        "closed",
    ),
    (FourEyes(("CAB Approval",), ("u6",), 2), [row("u5", groups=CAB), row("u6")], "open"),
    (FourEyes(("CAB Approval",), ("u6",), 2), [row("u5", groups=CAB), row("u7")], "closed"),
    (ANYBODY, SECRET, "closed"),
]


@pytest.mark.parametrize(("eyes", "rows", "expected"), EYES)
def test_approved_by(eyes: FourEyes, rows: Any, expected: str) -> None:
    policy, known = LAX._replace(four_eyes=eyes), facts()._replace(approvers=rows)
    hold("approved_by", policy, known, expected)
    for hidden in ({"requested_by": None}, {"requested_by": ""}, {"opened_by": None}):
        hold("approved_by", policy, facts(**hidden)._replace(approvers=rows), "closed")


def test_the_defaults() -> None:
    assert judge(GatePolicy(), facts()).open
    wrong = facts(state=Cell("-4", "Assess"), approval="requested", on_hold="true", start_date="")
    assert [reason.rule for reason in judge(GatePolicy(), wrong).reasons] == ["states", "approval", "on_hold", "window"]


def test_nothing_is_open_that_was_not_asked() -> None:
    assert not Verdict(()).open


def test_what_was_not_read_is_a_no() -> None:
    """A rule about a part of which nobody asked the instance."""
    for more in ({"hosts": ("a",)}, {"cis": ("a",)}, {"conflict_max_age": 1}, {"tasks_closed": ("a",)},
                 {"tasks_open": ("a",)}, {"no_open_incidents": True}, {"four_eyes": ANYBODY}):  # fmt: skip
        policy = LAX._replace(**more)
        assert not judge(policy, facts()).open
        assert any(gate.parts_of(policy))
    assert not any(gate.parts_of(GatePolicy()))


def test_one_line() -> None:
    """For a log: a name, a verdict and all reasons, as far as a person reads."""
    open_ = gate_result.summary(facts(), judge(GatePolicy(), facts()))
    assert open_ == (
        "CHG1 is open: it is in Implement; its approval is Approved; it is not on hold; "
        "its window ends at 2026-11-24 14:00:00 UTC."
    )
    late = facts(now=NOW + 3 * H, state=Cell("-2", "Scheduled"))
    assert gate_result.summary(late, judge(GatePolicy(), late)) == (
        "CHG1 is not open: its state is Scheduled (-2), not implement; "
        "its window ended 1 h ago, at 2026-11-24 14:00:00 UTC."
    )
    many = LAX._replace(hosts=tuple(f"h{number}" for number in range(20)))
    text = gate_result.summary(facts(), judge(many, facts()._replace(items=[])))
    assert text.endswith("h11 is not among the affected items; and 8 more.")
