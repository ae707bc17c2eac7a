# Copyright: (c) 2026, changegate.snow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong is told in one sentence and in fields for a program, and what was done before is told with it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from tests.integration.contracts.case import MODULES, Case, Contract, contract_of, faulty, task_of, written
from tests.integration.contracts.plays import TROUBLES, Plays
from tests.integration.contracts.watched import Seen, Step, own_instance, watch
from tests.integration.helpers import Instance, Played, password_of, refusal

over_all_modules = pytest.mark.parametrize("module", MODULES)


def hold(seen: Seen, kind: str) -> None:
    """It failed for a reason of this *kind* (any if it is empty), and says ``changed`` exactly if it was."""
    error = seen.result.get("error")
    assert seen.outcome.failed, seen.result
    assert error is not None, seen.result["msg"]
    message = refusal(seen.outcome, kind or error["type"])
    assert "please report" not in message
    assert seen.outcome.changed == bool(seen.changes)
    hold_diff(seen)
    assert {"diff", "unapplied", "requests"} <= seen.result.keys()
    if error["status"] is not None:
        statuses = {(request.status, str(request)) for request in seen.requests}
        assert (error["status"], error["request"]) in statuses


def hold_diff(seen: Seen) -> None:
    """The diff of a failure shows what was done before it, unless nobody knows that."""
    status = seen.result["error"]["status"] or 0
    if status < 500 and seen.result["error"]["type"] not in ("outcome_unknown", "unexpected_response"):
        diff = seen.result["diff"]
        assert (diff["before"] != diff["after"]) == seen.outcome.changed, diff


@over_all_modules
@pytest.mark.parametrize("name", TROUBLES)
def test_trouble(plays: Plays, module: str, name: str) -> None:
    """No host, a wrong password, a refusal, an error, an HTML page, half an answer."""
    seen = plays.trouble(module, name)
    if name == "not found" and not seen.outcome.failed:
        # A record that is not there may be what a task wants, or be no news to a module that lists.
        assert not seen.changes
        return
    kind = TROUBLES[name][2]
    # Whether an answer of 404 means the record or the way to it is known to the module alone.
    hold(seen, "" if name == "not found" and seen.result["error"]["type"] == "no_results" else kind)


@over_all_modules
def test_wrong_call(plays: Plays, module: str) -> None:
    """A record that is not there; arguments that are refused before any request, by us or by Ansible."""
    missing, wrong, unknown = plays.wrong_calls(module)
    if contract_of(module).missing is not None:
        hold(missing, "")
        assert missing.result["error"]["type"] in ("no_results", "not_found", "not_asked")
        assert missing.writes == []
    assert wrong.outcome.failed
    assert wrong.requests == []
    assert "\n" not in wrong.result["msg"]
    if wrong.result["msg"].endswith("."):  # the others are refused by Ansible
        hold(wrong, "")
    assert "colour" in unknown.result["msg"]
    assert (unknown.outcome.failed, unknown.requests) == (True, [])
    nothing = {"status": None, "detail": None, "request": None, "transaction_id": None}
    for seen in (wrong, unknown):
        assert seen.result["error"] == {**nothing, "type": seen.result["error"]["type"]}
        assert seen.result["error"]["type"].startswith("invalid_")
        assert (seen.outcome.changed, seen.result["requests"]) == (False, 0)
        assert seen.result["diff"] == {"before": {}, "after": {}}


@over_all_modules
def test_failing_on_the_way(plays: Plays, module: str) -> None:
    """What fails in part is a failure, with what was done."""
    for case, seen in zip(contract_of(module).partial, plays.partial(module), strict=True):
        assert seen.outcome.failed, case.name
        refusal(seen.outcome, seen.result["error"]["type"])
        assert (case.name, seen.outcome.changed) == (case.name, bool(seen.changes))
        hold_diff(seen)


def _partial() -> Iterator[tuple[str, Case]]:
    for module in written():
        for case in contract_of(module).cases:
            yield module, case


def test_partial_work(plays: Plays) -> None:
    """A task that fails at its last write says what it wrote before: ``changed``, the diff, and the record."""
    steps, names = [], []
    for module, case in _partial():
        real = plays.real(module, case)
        if len(real.writes) > 1:
            last = real.writes[-1]
            path = _any_id(last.path)
            alike = [write for write in real.writes if write.method == last.method and re.search(path, write.path)]
            fault = faulty({"status": 403}, method=last.method, path=path, skip=len(alike) - 1)
            steps.append(Step(task_of(module, case.args, case.user), [*case.prepare, fault]))
            names.append(f"{module} {case.name}")
    assert steps
    with own_instance() as instance:
        found = watch(instance, steps)
    for name, seen in zip(names, found, strict=True):
        assert seen.outcome.failed, name
        assert (name, seen.outcome.changed) == (name, bool(seen.changes))
        assert seen.outcome.changed, name
        assert seen.result["diff"]["before"] != seen.result["diff"]["after"], name
        refusal(seen.outcome, seen.result["error"]["type"])


def _any_id(path: str) -> str:
    """A pattern for *path* that does not name a record: the next one gets another sys_id."""
    return re.sub(r"[0-9a-f]{32}", "[0-9a-f]{32}", path) + "$"


# Secrets ----------------------------------------------------------------------------------------------------

WRONG, HEADER = "pass-4f9c0a71", "header-value-17af02"


def _secret_tasks(contract: Contract, module: str) -> list[dict[str, Any]]:
    """A good call, a case, one that is refused, one whose arguments are wrong; each with secrets of its own."""
    user = contract.cases[0].user
    right = {"password": password_of(user), "username": user, "custom_headers": {"X-Api-Key": HEADER}}
    wrong = {**right, "password": WRONG, "retry_deadline": 0}
    calls = [
        {**contract.cases[0].args, "instance": right},
        {**contract.base, "instance": wrong},
        {**contract.base, "instance": wrong, "colour": "red"},
    ]
    tasks: list[dict[str, Any]] = []
    for args in calls:
        tasks.append(task_of(module, args, register="kept", ignore_errors=True))
        tasks.append({"ansible.builtin.debug": {"var": "kept"}})
    return tasks


def assert_hidden(played: Played) -> None:
    results = json.dumps([outcome.result for outcome in played.outcomes])
    users = {contract_of(module).cases[0].user for module in MODULES}
    secrets = [*(password_of(user) for user in users), WRONG, HEADER]
    for user, secret in [(user, secret) for user in users for secret in secrets]:
        for text in (secret, base64.b64encode(f"{user}:{secret}".encode()).decode()):
            assert text not in played.output, [line for line in played.output.splitlines() if text in line][:3]
            assert text not in results


def test_secrets(instance: Instance, in_process: bool) -> None:
    """With -vvvv and --diff, in results that were registered and in failures, of every module."""
    tasks: list[dict[str, Any]] = []
    for module in MODULES:
        contract = contract_of(module)
        for prepare in (*contract.prepare, *contract.cases[0].prepare):
            prepare(instance)
        tasks += _secret_tasks(contract, module)
    played = instance.play(*tasks, in_process=in_process, arguments=["-vvvv", "--diff"])
    assert "Traceback" not in played.output
    assert [outcome.failed for outcome in played.ours] == [False, True, True] * len(MODULES), played.output
    assert_hidden(played)
