# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``snow_change_gate`` does: from its options to a verdict, and to the failure that keeps a play from going on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from ansible_collections.changegate.snow.plugins.module_utils import (
    change_search,
    gate_options,
    gate_result,
    identity,
)
from ansible_collections.changegate.snow.plugins.module_utils.cells import Record
from ansible_collections.changegate.snow.plugins.module_utils.client import Client
from ansible_collections.changegate.snow.plugins.module_utils.conflict_checking import ConflictChecking
from ansible_collections.changegate.snow.plugins.module_utils.errors import (
    GateClosed,
    NoResults,
    SnowError,
)
from ansible_collections.changegate.snow.plugins.module_utils.gate_keeping import GateKeeper, Looked
from ansible_collections.changegate.snow.plugins.module_utils.identity import Identity
from ansible_collections.changegate.snow.plugins.module_utils.queried import parsed
from ansible_collections.changegate.snow.plugins.module_utils.trail import Trail

IDENTITIES = ("sys_id", "number", "correlation_id")
KIND = "change request"
#: Seconds that the end of a conflict check is awaited at most.
_CHECKED_IN = 300


def ask(
    client: Client, trail: Trail, params: Mapping[str, Any], given: Collection[str], tell: Callable[[str], None]
) -> None:
    """Put the verdict into the *trail*.

    :raises GateClosed: it is a no, and that is to fail the task.
    """
    trail.extra.update(open=False, final=False, summary="", reasons=[], passed=[], facts=None, waited=0, looks=0)
    policy = gate_options.policy_of(params, given)
    patience = gate_options.patience_of(params)
    if trail.check_mode:
        patience = patience._replace(timeout=0)
    find, who = _finder(client, params, given)
    keeper = GateKeeper(client, policy, patience, find, _rechecker(client, trail, params, tell), tell)
    try:
        looked = keeper.wait()
    except SnowError as error:
        trail.extra.update(summary=f"Nobody knows whether the gate is open: {error}", waited=keeper.waited)
        trail.extra["looks"] = keeper.looks
        if isinstance(error, NoResults) and trail.check_mode and who is not None and who.creates:
            trail.warnings.append(f"There is no {who} yet; check mode assumes that an earlier task would make it.")
            return
        raise
    _conclude(trail, keeper, looked, params)


def _conclude(trail: Trail, keeper: GateKeeper, looked: Looked, params: Mapping[str, Any]) -> None:
    facts, verdict = looked
    summary = gate_result.summary(facts, verdict)
    trail.record = facts.change
    trail.extra.update(
        open=verdict.open,
        final=verdict.final,
        summary=summary,
        reasons=gate_result.findings(verdict.reasons),
        passed=gate_result.findings(finding for finding in verdict.findings if finding.kept),
        facts=gate_result.facts_of(facts),
        waited=keeper.waited,
        looks=keeper.looks,
    )
    if verdict.open or not params["enforce"]:
        return
    waits = gate_options.patience_of(params).timeout
    if trail.check_mode and not verdict.final and (waits or trail.changed):
        # What a real run would wait for may come: to fail here would foretell what nobody knows.
        trail.warnings.append(f"{summary} Check mode asks once, and starts no check; a real run would wait for that.")
        return
    if verdict.final:
        raise GateClosed(f"{summary} It cannot open any more.")
    raise GateClosed(f"{summary} That did not change in {waits} seconds." if waits else summary)


def _finder(
    client: Client, params: Mapping[str, Any], given: Collection[str]
) -> tuple[Callable[[], Record], Identity | None]:
    """What gives the change, and its identity, if it is named by one; raises :class:`InvalidUsage`."""
    named = {name: params[name] for name in IDENTITIES if name in given}
    if not named:
        query = parsed(params["query"])
        return lambda: change_search.only(client, query), None
    who = identity.chosen(KIND, named, IDENTITIES)
    return lambda: change_search.only(client, who), who


def _rechecker(
    client: Client, trail: Trail, params: Mapping[str, Any], tell: Callable[[str], None]
) -> Callable[[str], bool] | None:
    if params["conflict_check"] != "fresh":
        return None

    def recheck(sys_id: str) -> bool:
        who = identity.of_column(KIND, "sys_id", sys_id)
        # What is asked for is an outcome that is young enough, and there is none.
        ConflictChecking(client, trail, who, tell).ensure(0, _CHECKED_IN)
        for name in ("check", "conflicts"):
            trail.extra.pop(name, None)
        return not trail.check_mode

    return recheck
