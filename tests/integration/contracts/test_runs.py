# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module, called twice, in check mode and in both hosts; what it says is held against what the instance holds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.integration.contracts.case import MODULES, Case, contract_of, written
from tests.integration.contracts.plays import Plays, alike
from tests.integration.contracts.watched import Seen


def _cases() -> Iterator[object]:
    for module in written():
        for case in contract_of(module).cases:
            yield pytest.param(module, case, id=f"{module}-{case.name}")


CASES = list(_cases())
over_all_cases = pytest.mark.parametrize(("module", "case"), CASES)


@pytest.fixture(autouse=True)
def _known(request: pytest.FixtureRequest) -> None:
    """What is known to fail must fail: when it does not any more, its case says so for too long."""
    case: Case | None = request.node.callspec.params.get("case") if hasattr(request.node, "callspec") else None
    name = request.node.originalname.removeprefix("test_")
    if case is not None and name in case.known:
        request.applymarker(pytest.mark.xfail(reason=case.known[name], strict=True))


def test_every_module_has_its_cases() -> None:
    assert written() == MODULES
    for module in MODULES:
        names = [case.name for case in contract_of(module).cases]
        assert len(names) == len(set(names)) > 0, module


@over_all_cases
def test_check_mode(plays: Plays, module: str, case: Case) -> None:
    """It writes nothing, and predicts whether something changes and what."""
    check, real, _again, _ordinary = plays.runs(module, case)
    assert not check.outcome.failed, check.result["msg"]
    assert (check.writes, check.changes) == ([], [])
    assert not real.outcome.failed, real.result["msg"]
    assert check.outcome.changed == real.outcome.changed
    assert alike([check.result["diff"]]) == alike([real.result["diff"]])


@over_all_cases
def test_changed(plays: Plays, module: str, case: Case) -> None:
    """It is said exactly if the instance holds something else than before; a difference is shown exactly then, too."""
    real = plays.runs(module, case).real
    assert not real.outcome.failed, real.result["msg"]
    assert (real.outcome.changed, bool(real.changes)) == (case.changed, case.changed and not case.local), real.changes
    assert (real.result["diff"]["before"] != real.result["diff"]["after"]) == case.changed
    assert real.result["unapplied"] == []


@over_all_cases
def test_second_run(plays: Plays, module: str, case: Case) -> None:
    """It changes nothing, at the price of what it has to read."""
    again = plays.runs(module, case).again
    assert not again.outcome.failed, again.result["msg"]
    assert again.methods == case.again or case.waits
    assert again.result["requests"] == len(again.requests)
    assert len({request.connection for request in again.requests}) <= 1
    if case.repeats:
        assert again.outcome.changed == bool(again.changes)
        return
    assert (again.outcome.changed, again.changes, again.writes) == (False, [], [])


@over_all_cases
def test_both_hosts(plays: Plays, module: str, case: Case) -> None:
    """In the controller and as an ordinary module, byte for byte."""
    _check, *inside, ordinary = plays.runs(module, case)
    chance = {"requests"} if case.waits else set()
    for here, there in zip(inside, ordinary, strict=False):
        ours, theirs = (
            alike([{name: value for name, value in seen.result.items() if name not in chance}])
            for seen in (here, there)
        )
        assert ours == theirs
        assert traces_of(here) == traces_of(there)
        assert case.waits or here.methods == there.methods


def traces_of(seen: Seen) -> list[str]:
    """What became of the instance, but for what hangs on the second in which something happened."""
    found = [[change.table, change.column, change.before, change.after] for change in seen.changes]
    lines = {alike([change])[0] for change in found if change[0] != "sys_audit" and not change[1].startswith("sys_")}
    return sorted(line for line in lines if "<now>" not in line)
