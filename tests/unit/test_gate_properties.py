# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate and its second opinion agree about more than 100,000 situations, and neither order, zone nor clock matters.

The generator is adversarial (``gate_situations.py`` makes a change that keeps its policy, ``gate_perturbations.py``
changes one or two facts of it), and it is held here that it reaches every rule.
"""

from __future__ import annotations

import functools
import os
import pprint
import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.gate_oracle import JUDGES, Opinion, Situation, epoch, opinion
from tests.unit.gate_perturbations import FACTS, perturbed
from tests.unit.gate_situations import ZONES, kept_situation, utc_text
from tests.unit.gate_tightening import tightened

from ansible_collections.changegate.snow.plugins.module_utils.cells import Cell
from ansible_collections.changegate.snow.plugins.module_utils.encoded import Query
from ansible_collections.changegate.snow.plugins.module_utils.gate import evaluate
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

#: Every run asks about the same situations, and about some that no run has seen; a failure prints its seed.
SEEDS = (1, 2, 3, random.SystemRandom().randrange(10**9))
POLICIES_OF_A_SEED, CHANGES_OF_A_POLICY = 3200, 8
MATCH = Query.parse("category=software")
UNKNOWN = Unknown("the user may not read it")


# ---- from plain data to what the gate takes


@functools.cache
def zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    if name[0] not in "+-":
        return ZoneInfo(name)
    minutes = int(name[1:3]) * 60 + int(name[4:])
    return timezone(timedelta(minutes=-minutes if name[0] == "-" else minutes))


@functools.lru_cache(maxsize=4096)
def row_of(kind: Any, row: tuple[Any, ...]) -> Any:
    return kind(*row)


def moment(seconds: int, name: str) -> datetime:
    return datetime.fromtimestamp(seconds, zone(name))


def policy_of(situation: Situation) -> GatePolicy:
    wanted: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in situation["policy"].items()
    }
    eyes = wanted["four_eyes"]
    return GatePolicy(**{
        **wanted,
        "window": None if wanted["window"] is None else Window(*wanted["window"]),
        "match": MATCH if wanted["match"] else None,
        "four_eyes": eyes and FourEyes(tuple(eyes["groups"]), tuple(eyes["users"]), eyes["at_least"]),
    })  # fmt: skip


def facts_of(situation: Situation) -> Facts:
    def rows(name: str, kind: Any) -> Any:
        return UNKNOWN if situation[name] is None else tuple(row_of(kind, row) for row in situation[name])

    now, conflicts, incidents = situation["now"], situation["conflicts"], situation["incidents"]
    checked: ConflictOutcome | Unknown = UNKNOWN
    if conflicts is not None:
        state, status, began, kinds = conflicts
        checked = ConflictOutcome(state, status, None if began is None else moment(began, "UTC"), tuple(kinds))
    return Facts(
        change={column: row_of(Cell, cell) for column, cell in situation["change"].items()},
        now=None if now is None else moment(now, situation["zone"]),
        items=rows("items", Item),
        tasks=rows("tasks", ChangeTask),
        conflicts=checked,
        incidents=UNKNOWN if incidents is None else Incidents(*incidents),
        approvers=rows("approvers", Approver),
        matched=UNKNOWN if situation["matched"] is None else situation["matched"],
    )


def asked(situation: Situation) -> Any:
    return evaluate(policy_of(situation), facts_of(situation))


def rules(verdict: Any) -> set[str]:
    return {reason.rule for reason in verdict.reasons}


# ---- both about the same situations


def situations(seed: int) -> Iterator[Situation]:
    rng = Random(seed)
    for _ in range(POLICIES_OF_A_SEED):
        kept = kept_situation(rng)
        for _ in range(CHANGES_OF_A_POLICY):
            yield perturbed(rng, kept)


def disagreement(situation: Situation, expected: Opinion) -> str | None:
    """What the gate says otherwise than the oracle, if it does."""
    policy, facts = policy_of(situation), facts_of(situation)
    try:
        verdict = evaluate(policy, facts)
    except Exception as failure:  # Whatever it is, a gate has an answer.
        return f"the gate ended with {failure!r}"
    found = rules(verdict)
    final = {reason.rule for reason in verdict.reasons if reason.final}
    if verdict.open and not expected.open:
        return f"THE GATE OPENS, and the policy says no: {sorted(expected.broken)}"
    if verdict.open != expected.open or found != expected.broken:
        return f"too many reasons: {sorted(found - expected.broken)}; missing: {sorted(expected.broken - found)}"
    if final != expected.final or verdict.final != bool(expected.final):
        return f"final: {verdict.final} {sorted(final)}, not {sorted(expected.final)}"
    return None


def told(seed: object, situation: Situation, difference: str) -> str:
    return f"seed {seed}: {difference}\n{pprint.pformat(situation, width=120)}"


def test_there_are_enough_situations() -> None:
    assert len(set(SEEDS)) * POLICIES_OF_A_SEED * CHANGES_OF_A_POLICY >= 100_000


@pytest.mark.parametrize("seed", SEEDS, ids=["first", "second", "third", "unseen"])
def test_the_gate_says_what_the_oracle_says(seed: int) -> None:
    """No situation opens it against the policy; the reasons are the broken rules; final is what stays so."""
    seen: Counter[str] = Counter()
    broken: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    final: Counter[str] = Counter()
    different = []
    for situation in situations(seed):
        said = opinion(situation)
        difference = disagreement(situation, said)
        if difference:
            different.append((difference, situation))
        seen["asked"] += 1
        seen["open"] += said.open
        broken.update(said.broken)
        final.update(said.final)
        alone.update(said.broken if len(said.broken) == 1 else ())
    # Those that open come first.
    different.sort(key=lambda pair: (not pair[0].startswith("THE GATE OPENS"), len(str(pair[1]))))
    assert not different, f"{len(different)} of {seen['asked']}\n" + "\n\n".join(
        told(seed, situation, difference) for difference, situation in different[:3]
    )
    _check_that_it_reaches_everything(seen, broken, alone, final)


def _check_that_it_reaches_everything(
    seen: Counter[str], broken: Counter[str], alone: Counter[str], final: Counter[str]
) -> None:
    """Of a quarter of the situations: none of the rules is left out, none is always hidden behind another."""
    assert seen["asked"] == POLICIES_OF_A_SEED * CHANGES_OF_A_POLICY
    assert 0.2 <= seen["open"] / seen["asked"] <= 0.6
    assert set(broken) == set(alone) == set(JUDGES)
    assert min(broken.values()) >= 250, broken
    assert min(alone.values()) >= 150, alone
    assert set(final) == {"states", "approval", "window"}
    assert min(final.values()) >= 75, final


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_the_smallest_situation_in_which_they_differ(rng: Random) -> None:
    """Fewer situations, but one that fails is made as small as can be."""
    situation = perturbed(rng, kept_situation(rng))
    difference = disagreement(situation, opinion(situation))
    assert difference is None, told("of hypothesis", situation, str(difference))


# ---- what must not make a difference, and what can only close


def some(seed: int, count: int = 1500) -> Iterator[tuple[Random, Situation]]:
    rng = Random(seed)
    for place in range(count):
        kept = kept_situation(rng)
        yield rng, kept if place % 3 == 0 else perturbed(rng, kept)


def check_only_closes(before: Any, situation: Situation) -> None:
    after = asked(situation)
    assert rules(before) <= rules(after), told("of a property", situation, f"{rules(before)} became {rules(after)}")
    assert before.open or not after.open


def test_a_verdict_says_the_same_in_all_its_parts() -> None:
    for _rng, situation in some(11):
        verdict = asked(situation)
        assert verdict.open == (not verdict.reasons)
        assert verdict.final == any(reason.final for reason in verdict.reasons)
        assert rules(verdict) <= set(JUDGES)
        for reason in verdict.reasons:
            assert reason.wanted
            assert reason.text
        assert asked(situation) == verdict


@pytest.mark.parametrize("fact", FACTS)
def test_what_nobody_knows_never_opens(fact: str) -> None:
    for _rng, situation in some(12, 500):
        check_only_closes(asked(situation), {**situation, fact: None})


def test_a_column_less_never_opens() -> None:
    for _rng, situation in some(13, 500):
        before = asked(situation)
        for column in situation["change"]:
            rest = {name: cell for name, cell in situation["change"].items() if name != column}
            check_only_closes(before, {**situation, "change": rest})


def test_a_tighter_policy_never_opens() -> None:
    for rng, situation in some(14):
        policy = tightened(rng, situation["policy"])
        after = asked({**situation, "policy": policy})
        assert asked(situation).open or not after.open, told(14, situation, f"opens with {policy}")


def test_order_changes_nothing() -> None:
    for rng, situation in some(15):
        other = {**situation, "policy": {**situation["policy"]}}
        for name in ("items", "tasks", "approvers"):
            other[name] = situation[name] and rng.sample(situation[name], len(situation[name]))
        for name, value in situation["policy"].items():
            if isinstance(value, list) and name != "window":
                other["policy"][name] = rng.sample(value, len(value))
        other["change"] = dict(rng.sample(list(situation["change"].items()), len(situation["change"])))
        one, two = asked(situation), asked(other)
        assert (one.open, one.final, rules(one)) == (two.open, two.final, rules(two)), told(15, situation, str(other))


def test_what_is_listed_twice_changes_nothing() -> None:
    for _rng, situation in some(16):
        other = dict(situation)
        for name in ("items", "tasks", "approvers"):
            # Nothing tells whether two items that show no sys_id are the same.
            other[name] = situation[name] and [*situation[name], *(row for row in situation[name] if row[0])]
        one, two = asked(situation), asked(other)
        assert (one.open, one.final, rules(one)) == (two.open, two.final, rules(two)), told(16, situation, "twice")


def test_the_zone_of_the_time_changes_nothing() -> None:
    for _rng, situation in some(17, 300):
        reasons = [asked({**situation, "zone": name}).reasons for name in ZONES]
        assert all(those == reasons[0] for those in reasons), told(17, situation, str(reasons))


def test_the_clock_and_the_zone_of_the_controller_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Situations of 2000 and of 2061 are judged alike, here; and so they are where the controller is elsewhere."""
    here = [asked(situation).reasons for _rng, situation in some(18)]
    for place in ("Pacific/Kiritimati", "America/Los_Angeles", "XXX+23:59"):
        monkeypatch.setenv("TZ", place)
        time.tzset()
        assert [asked(situation).reasons for _rng, situation in some(18)] == here
    monkeypatch.undo()
    time.tzset()
    assert "TZ" not in os.environ or os.environ["TZ"] != "XXX+23:59"


def test_years_from_now_and_before_are_judged_alike() -> None:
    """All times moved by the same span: nothing but the instance's time counts."""
    for _rng, situation in some(19):
        one, two = asked(situation), asked(_moved(situation, 400 * 366 * 86400 // 10))
        assert (one.open, one.final, rules(one)) == (two.open, two.final, rules(two)), told(19, situation, "moved")


def _moved(situation: Situation, seconds: int) -> Situation:
    change = dict(situation["change"])
    for column in ("start_date", "end_date"):
        planned = epoch(change[column][0]) if column in change else None
        if planned is not None and 0 < planned < 2**33:
            change[column] = (utc_text(planned + seconds), change[column][1])
    conflicts = situation["conflicts"]
    if conflicts and conflicts[2] is not None:
        conflicts = (*conflicts[:2], conflicts[2] + seconds, conflicts[3])
    now = situation["now"]
    return {**situation, "change": change, "conflicts": conflicts, "now": None if now is None else now + seconds}
